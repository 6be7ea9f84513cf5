"""Vestibule's API as a Django project has it: REST framework and simplejwt."""

from django.urls import path
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView


def with_claims(token, user):
    token["email"] = user.email
    token["username"] = user.username
    token["is_staff"] = user.is_staff
    # What Vestibule says of somebody who was given no role; Django's users have none.
    token["role"] = "user"
    return token


class PairSerializer(TokenObtainPairSerializer):
    @classmethod
    def get_token(cls, user):
        return with_claims(super().get_token(user), user)


class Profile(APIView):
    """Without a serializer, with which it is slower."""

    authentication_classes = [JWTAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request):
        user = request.user
        return Response({"id": user.id, "username": user.username, "email": user.email})


urlpatterns = [
    path("auth/login/", TokenObtainPairView.as_view(serializer_class=PairSerializer)),
    path("auth/refresh/", TokenRefreshView.as_view()),
    path("profile/", Profile.as_view()),
]
