"""What a project that shares a host with Vestibule has of its own."""

import json

from django.http import JsonResponse
from django.views.decorators.http import require_POST


def client_ip(request):
    """Who called the proxy: without this, axes would count all the world's failures as those of the proxy."""
    return request.META.get("HTTP_X_FORWARDED_FOR", request.META["REMOTE_ADDR"])


@require_POST
def basket(request):
    """Puts an entry of the visitor's basket, any JSON, into the session, and says how many there are."""
    entries = request.session.setdefault("basket", {})
    entries[request.POST["name"]] = json.loads(request.POST["entry"])
    request.session.modified = True
    return JsonResponse({"entries": len(entries)})
