"""Addresses of the staff side: sign-in, our own screens, the doors that stay shut, then Wagtail's admin for what is left."""

from django.urls import include, path, re_path
from django.views.decorators.cache import never_cache
from django.views.i18n import JavaScriptCatalog
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.utils.urlpatterns import decorate_urlpatterns

from lianxin.casedesk import urls as casedesk_urls
from lianxin.desk import closed, system, today
from lianxin.figures import desk as figures_urls
from lianxin.hotline import desk_urls as hotline_urls
from lianxin.petitions import urls as petitions_urls
from lianxin.publishing.desk import urls as publishing_urls
from lianxin.supervision import urls as supervision_urls

own = (
    [
        path("", today.today, name="today"),
        path("jobs/", system.jobs, name="jobs"),
        path("jobs/<int:pk>/retry/", system.retry, name="retry"),
        path("jobs/<int:pk>/discard/", system.discard, name="discard_job"),
        path("audit/", system.audit_trail, name="audit"),
    ],
    "desk",
)

# Wagtail's own catalogue knows nothing of the sentences that we translate (locale/).
javascript_words = JavaScriptCatalog.as_view(packages=["wagtail.admin", "lianxin.desk"])

urlpatterns = [
    path("", include("lianxin.identity.urls")),
    path("jsi18n/", javascript_words),
    *decorate_urlpatterns(
        [
            path("", include(own)),
            path("", include(publishing_urls)),
            path("cases/", include(casedesk_urls)),
            path("figures/", include(figures_urls)),
            path("hotline/", include(hotline_urls)),
            path("supervision/", include(supervision_urls)),
            path("petitions/", include(petitions_urls)),
            path("", include(supervision_urls.digest_urlpatterns)),
            *(re_path(pattern, closed.closed) for pattern in closed.PATTERNS),
        ],
        lambda view: never_cache(require_admin_access(view)),
    ),
    path("", include(wagtailadmin_urls)),
]
