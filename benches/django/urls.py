"""The two pages that are compared, and the API where it is."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.shortcuts import render
from django.urls import include, path


@login_required
def dashboard(request):
    user = request.user
    facts = [("Username", user.username), ("E-mail", user.email or "none")]
    if user.last_login:
        facts.append(("Last log-in", moment(user.last_login)))
    facts.append(("Member since", moment(user.date_joined)))
    facts.append(("Logged in through", request.session[BACKEND_SESSION_KEY].rsplit(".", 1)[-1]))
    display_name = user.get_full_name() or user.username
    return render(request, "dashboard.html", {"facts": facts, "display_name": display_name, "site_name": "Vestibule"})


def moment(at):
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


urlpatterns = [
    path("login/", LoginView.as_view(extra_context={"site_name": "Vestibule"})),
    path("dashboard/", dashboard),
    *([path("api/", include("api"))] if settings.API else []),
]
