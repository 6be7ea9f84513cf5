"""The admin, Django's own account pages, and one view that says who the visitor is."""

from django.contrib import admin
from django.http import JsonResponse
from django.urls import include, path


def whoami(request):
    user = request.user
    return JsonResponse(
        {
            "user": user.get_username() if user.is_authenticated else None,
            "session": {
                key: value
                for key, value in request.session.items()
                if not key.startswith("_")
            },
        }
    )


urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("django.contrib.auth.urls")),
    path("whoami/", whoami),
]
