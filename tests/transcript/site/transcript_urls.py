"""Vestibule's addresses, answered by Django's own views."""

from api_urls import urlpatterns as api
from django.contrib import admin
from django.contrib.auth import urls as account, views
from django.contrib.auth.mixins import LoginRequiredMixin
from django.urls import include, path
from django.views.generic import TemplateView
from posts.views import Posts
from rest_framework.routers import SimpleRouter


class Dashboard(LoginRequiredMixin, TemplateView):
    template_name = "dashboard.html"


router = SimpleRouter()
router.register("api/posts", Posts, basename="post")

urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("dashboard/", Dashboard.as_view()),
    path("account/", include([each for each in account.urlpatterns if each.name not in ("login", "logout")])),
    path("admin/", admin.site.urls),
    *api,
    *router.urls,
]
