"""The first question to every request: is this a host of ours?"""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from wagtail.models import Site

from lianxin.publishing import cachebox

LOCAL_NAMES = ("localhost", "testserver")


class KnownHostMiddleware:
    """Answers requests for hosts that no site here has with a clear page (421), before anything else looks at them.

    A bare loopback or private address and the desk's host show the default site, so that a first start needs no name server.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on requests for known hosts."""
        host = request.get_host().rsplit(":", 1)[0].strip("[]").lower()
        if request.path in ("/healthz", "/readyz") or self._is_known(host):
            return self.get_response(request)
        return HttpResponse(render_to_string("portal/unknown_host.html", {"host": host[:100]}), status=421)

    def _is_known(self, host: str) -> bool:
        if host in (settings.DESK_HOST, *LOCAL_NAMES) or _is_local_address(host):
            return True
        return host in cachebox.remember("hosts", lambda: set(Site.objects.values_list("hostname", flat=True)))


def _is_local_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False
