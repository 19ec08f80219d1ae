"""Addresses of the staff side: sign-in, our own screens, the doors that stay shut, then Wagtail's admin for what is left."""

from django.urls import include, path, re_path
from django.views.decorators.cache import never_cache
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.utils.urlpatterns import decorate_urlpatterns

from lianxin.desk import closed, system, today
from lianxin.publishing.desk import urls as publishing_urls

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

urlpatterns = [
    path("", include("lianxin.identity.urls")),
    *decorate_urlpatterns(
        [
            path("", include(own)),
            path("", include(publishing_urls)),
            *(re_path(pattern, closed.closed) for pattern in closed.PATTERNS),
        ],
        lambda view: never_cache(require_admin_access(view)),
    ),
    path("", include(wagtailadmin_urls)),
]
