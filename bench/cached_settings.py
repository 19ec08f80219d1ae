"""The product without its page store and with Django's own cache of pages, in memory: a peer for ``bench.store``."""

from lianxin.settings import *  # noqa: F403
from lianxin.settings import MIDDLEWARE

STORE_BYTES = 0
MIDDLEWARE = ["django.middleware.cache.UpdateCacheMiddleware", *MIDDLEWARE, "django.middleware.cache.FetchFromCacheMiddleware"]
CACHE_MIDDLEWARE_SECONDS = 600
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
