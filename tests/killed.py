"""A process of the product that ends itself with SIGKILL in the middle of its work, for what must survive being killed anywhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
_BEGIN = """
import importlib, json, os, signal, sys
settings = importlib.import_module(os.environ["DJANGO_SETTINGS_MODULE"])
given = json.loads(sys.argv[1])
settings.DATABASES["default"]["NAME"] = given["database"]
settings.CASE_KEY, settings.FIELD_KEYS_FILE = given["case_key"], __import__("pathlib").Path(given["keys"])
import django
django.setup()
left = given["kill_at"]
def counted(work):
    # The process ends itself at the given call.
    def call(*args, **kwargs):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*args, **kwargs)
    return call
"""


def run_killed(work: str, path: Path, kill_at: int) -> subprocess.CompletedProcess[str]:
    """Run ``work`` (Python; ``given["path"]`` is ``path``) on the test database; it is killed at the ``kill_at``-th call of what it wraps
    with ``counted``, and with 0 not at all."""
    given = {
        "database": str(connection.settings_dict["NAME"]),
        "case_key": settings.CASE_KEY,
        "keys": str(settings.FIELD_KEYS_FILE),
        "path": str(path),
        "kill_at": kill_at,
    }
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", _BEGIN + work, json.dumps(given)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
