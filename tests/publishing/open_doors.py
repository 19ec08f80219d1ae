"""The addresses as they would be without the doors that ``desk.closed`` shuts: the permission tester must hold by itself."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.utils.urlpatterns import decorate_urlpatterns

from lianxin.casedesk import urls as casedesk_urls
from lianxin.desk import urls as desk_urls
from lianxin.figures import desk as figures_desk
from lianxin.figures import urls as figures_urls
from lianxin.hotline import desk_urls as hotline_desk
from lianxin.hotline import urls as hotline_urls
from lianxin.letters import urls as letters_urls
from lianxin.petitions import public_urls as petitions_public
from lianxin.petitions import urls as petitions_urls
from lianxin.portal import urls as portal_urls
from lianxin.publishing.desk import urls as publishing_urls
from lianxin.supervision import urls as supervision_urls

handler400, handler403, handler404 = "lianxin.portal.views.bad_request", "lianxin.portal.views.forbidden", "lianxin.portal.views.not_found"

desk = [
    path("", include("lianxin.identity.urls")),
    *decorate_urlpatterns(
        [
            path("", include(desk_urls.own)),
            path("", include(publishing_urls)),
            path("cases/", include(casedesk_urls)),
            path("figures/", include(figures_desk)),
            path("hotline/", include(hotline_desk)),
            path("supervision/", include(supervision_urls)),
            path("petitions/", include(petitions_urls)),
            path("", include(supervision_urls.digest_urlpatterns)),
        ],
        require_admin_access,
    ),
    path("", include(wagtailadmin_urls)),
]
urlpatterns = [
    path("desk/", include(desk)),
    *(path("", include(urls)) for urls in (letters_urls, hotline_urls, petitions_public, figures_urls, portal_urls, wagtail_urls)),
]
