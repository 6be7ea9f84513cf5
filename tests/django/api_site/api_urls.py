from api_views import Profile
from django.urls import path
from rest_framework_simplejwt import views as jwt

urlpatterns = [
    path("api/auth/login/", jwt.TokenObtainPairView.as_view()),
    path("api/auth/refresh/", jwt.TokenRefreshView.as_view()),
    path("api/auth/verify/", jwt.TokenVerifyView.as_view()),
    path("api/auth/logout/", jwt.TokenBlacklistView.as_view()),
    path("api/profile/", Profile.as_view()),
]
