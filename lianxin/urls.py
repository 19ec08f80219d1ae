"""Addresses of the whole deployment; each room brings its own, Wagtail's pages come last."""

from django.urls import include, path
from wagtail import urls as wagtail_urls

from lianxin.desk import urls as desk_urls
from lianxin.figures import urls as figures_urls
from lianxin.hotline import urls as hotline_urls
from lianxin.letters import urls as letters_urls
from lianxin.petitions import public_urls as petitions_urls
from lianxin.portal import urls as portal_urls

handler400 = "lianxin.portal.views.bad_request"
handler403 = "lianxin.portal.views.forbidden"
handler404 = "lianxin.portal.views.not_found"
handler500 = "lianxin.portal.views.server_error"

urlpatterns = [
    path("desk/", include(desk_urls)),
    path("", include(letters_urls)),
    path("", include(hotline_urls)),
    path("", include(figures_urls)),
    path("", include(petitions_urls)),
    path("", include(portal_urls)),
    path("", include(wagtail_urls)),
]
