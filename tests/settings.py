"""Settings of the test suite: the product's own, in a home folder that is thrown away.

Settings read the environment when they are imported, so the home folder is chosen here, before that, once for every process
(each worker of pytest-xdist is one). ``DATABASE_URL`` chooses PostgreSQL; without it the suite runs on SQLite.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

_home = Path(tempfile.mkdtemp(prefix="lianxin-tests-"))
_owner = os.getpid()
(_home / "static").mkdir()


def _forget_home() -> None:
    # A forked child runs exit handlers too and must leave its parent's folder alone.
    if os.getpid() == _owner:
        shutil.rmtree(_home, ignore_errors=True)


atexit.register(_forget_home)
os.environ["LIANXIN_HOME"] = str(_home)
os.environ.pop("LIANXIN_DEBUG", None)

from lianxin.settings import *  # noqa: E402, F403
from lianxin.settings import DATABASES, LOGGING, STORAGES  # noqa: E402

_default: dict[str, Any] = {**DATABASES["default"]}
DATABASES = {"default": _default}
if _default["ENGINE"] == "lianxin.foundation.sqlite":
    # A file, as in production, so that threads, the live server and the write lock behave as they do there; only the wait for the disk is left out.
    _default["TEST"] = {"NAME": str(_home / "test.sqlite3")}
    _options = _default["OPTIONS"]
    _default["OPTIONS"] = {**_options, "init_command": _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")}
_default["CONN_MAX_AGE"] = 0

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True
# Every page written says so; a failing test's output is for what matters.
LOGGING["loggers"]["wagtail"] = {"level": "WARNING"}
