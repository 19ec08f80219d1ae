"""The limit for the page store: the same web server, sending constant bytes with the same headers (``BENCH_BODY``, ``BENCH_HEADERS``)."""

import json
import os
from pathlib import Path

BODY = [Path(os.environ["BENCH_BODY"]).read_bytes()]
HEADERS = [(name, value) for name, value in json.loads(Path(os.environ["BENCH_HEADERS"]).read_text())]


def application(environ, start_response):
    """Send the bytes."""
    start_response("200 OK", HEADERS)
    return BODY
