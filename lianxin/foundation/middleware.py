"""What every request carries for the rooms above."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from lianxin.foundation import audit, once


class RequestAddressMiddleware:
    """Lets the audit trail know from which address the request came."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with audit.address(client_address(request)):
            return self.get_response(request)


class ShowingMiddleware:
    """What a request that changes nothing asks for again and again is read once (``foundation.once``)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with once.showing():
            return self.get_response(request)


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address, or None when there is none.

    Behind a proxy (``LIANXIN_BEHIND_PROXY``) it is the last address of ``X-Forwarded-For``, the one that our own proxy wrote;
    what stands before it comes from the client and proves nothing.
    """
    candidate = request.META.get("REMOTE_ADDR", "")
    if settings.USE_X_FORWARDED_HOST:
        candidate = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or candidate
    try:
        found = ipaddress.ip_address(candidate)
    except ValueError:
        return None
    # A socket for both families reports IPv4 clients in their IPv6 form.
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
