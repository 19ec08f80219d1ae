"""The WSGI application that Granian serves: the page store, and Django behind it."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.settings")

_django = get_wsgi_application()

from lianxin.foundation import pagestore  # noqa: E402  (rooms are loaded by the line above)
from lianxin.foundation.pagestore.front import Front  # noqa: E402
from lianxin.foundation.pagestore.store import PageStore  # noqa: E402

application = Front(
    _django,
    PageStore(pagestore.clock(), settings.STORE_BYTES) if settings.STORE_BYTES else None,
    import_string(settings.IS_SITE_ADDRESS),
    behind_proxy=settings.USE_X_FORWARDED_HOST,
)
