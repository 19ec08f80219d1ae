"""``python -m bench.memory``: what one web process holds after some hundred different pages, as ``lianxin run`` starts it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from bench.pages import prepare

PAGES = 300
LIMIT_MB = 200


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _descendants(pid: int) -> list[int]:
    return [found for child in _children(pid) for found in (child, *_descendants(child))]


def _held(pid: int) -> float:
    """Megabytes of a process: what is its own, and its share of what it has together with others."""
    return int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE).group(1)) / 1024


def _is_web_process(pid: int) -> bool:
    """Granian's own parent answers nothing; the one that answers has threads for it."""
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return "granian" in words and not _children(pid)


def main() -> None:
    """Start with one web process, read pages, look."""
    prepare()
    from lianxin.publishing.models import Listing, SiteProfile

    root = SiteProfile.objects.get(tier=SiteProfile.Tier.CITY).site.root_page_id
    addresses = ["/", "/news/", "/orgs/", *Listing.objects.filter(column=root).order_by("-published_at").values_list("href", flat=True)[:PAGES]]
    port = _free_port()
    environment = os.environ | {"PORT": str(port), "LIANXIN_WEB_PROCESSES": "1"}
    process = subprocess.Popen([sys.executable, "-m", "lianxin", "run"], env=environment, stdout=sys.stderr)
    try:
        _wait(port)
        for address in addresses:
            urllib.request.urlopen(f"http://localhost:{port}{address}", timeout=30).read()
        [web] = [pid for pid in _descendants(process.pid) if _is_web_process(pid)]
        print(json.dumps([{"what": f"one web process after {len(addresses)} pages", "median": _held(web), "unit": "MB", "target": LIMIT_MB}]))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait(port: int) -> None:
    end = time.monotonic() + 180
    while True:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/healthz", timeout=5).read()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


if __name__ == "__main__":
    main()
