"""The application as ``lianxin run`` serves it: it ends with the web server's parent, so that no orphan stays on the port."""

import os
import signal

from lianxin.foundation import processes

if os.environ.get("LIANXIN_SUPERVISED") == "1":
    # The parent leads this process group: a parent that is already gone shows.
    processes.die_with(os.getpgrp())
    # Granian's own handlers come after the import; until then a worker asked to stop has nothing in hand and just ends.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

from django.urls import get_resolver

from lianxin.wsgi import application

# Loaded now, before this process takes its first request, and not by that request.
get_resolver().url_patterns  # noqa: B018

__all__ = ["application"]
