"""The first look at every request: what no honest browser sends is answered here, before it costs anything."""

import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from lianxin.portal import views

LONGEST_ADDRESS = 2_000
# Bulk deeds of the desk name their pages in the query.
LONGEST_DESK_ADDRESS = 8_000
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; font-src 'self'; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
# Letters, digits, hyphens, dots; an IPv6 address in brackets; a port.
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9._-]{0,252}[a-z0-9])?\.?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# A pasted search may hold a tab or a line end; nothing else of the kind has business in a query.
_CONTROL_IN_QUERY = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Django writes bytes of a path that are no UTF-8 as percent signs again.
_BROKEN = re.compile(r"%[89A-F][0-9A-F]")


class CleanAddressMiddleware:
    """Refuses malformed, over-long and tricky addresses (400) and oversized bodies (413) in Chinese, and sets the content policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the address and the size of the body, then pass on."""
        response = self._refusal(request) or self.get_response(request)
        if not request.path_info.startswith("/desk/"):
            response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
            response.headers.setdefault("Permissions-Policy", PERMISSIONS)
            response.headers.setdefault("X-Content-Type-Options", "nosniff")
            response.headers.setdefault("Referrer-Policy", settings.SECURE_REFERRER_POLICY)
        return response

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        host = request.META.get("HTTP_HOST", "").lower()
        if host:
            if not _HOST.fullmatch(host):
                return views.bad_request(request)
            # One site has one address: WWW.X.GOV.CN. is www.x.gov.cn.
            name, colon, port = host.partition(":") if not host.startswith("[") else (host, "", "")
            request.META["HTTP_HOST"] = name.rstrip(".") + colon + port
        if not is_clean(request.path_info, request.META.get("QUERY_STRING", "")):
            return views.bad_request(request)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isascii() or not length.isdigit():
            return views.bad_request(request)
        if len(length) > 15 or int(length) > settings.MAX_REQUEST_BYTES:
            response = views.too_large(request)
            # The body stays unread, so that the connection cannot serve another request.
            response.headers["Connection"] = "close"
            return response
        return None


def is_clean(path: str, raw_query: str) -> bool:
    """Whether an address is one that a browser may send: ``path`` as Django decoded it, ``raw_query`` as WSGI hands it over."""
    longest = LONGEST_DESK_ADDRESS if path.startswith("/desk/") else LONGEST_ADDRESS
    if len(path) + len(raw_query) > longest:
        return False
    try:
        query = unquote_to_bytes(raw_query.encode("latin-1")).decode("utf-8")
    except UnicodeError:
        return False
    if _CONTROL.search(path) or _CONTROL_IN_QUERY.search(query) or _BROKEN.search(path):
        return False
    if "\\" in path or "//" in path or "\ufffd" in path:
        return False
    # ".." as a step, also when it was encoded twice.
    steps = unquote_to_bytes(path).decode("utf-8", "replace").split("/")
    return not any(step in (".", "..") or step.startswith("..;") for step in steps)
