"""``python -m bench.purge``: from the end of ``publish()`` until every web process shows the new title.

Several web processes serve one home folder, each on a port of its own so that each can be asked; an editor publishes again and again, and
after each publication every process is asked for the list until it shows the new title. A second row says how long a deed takes itself.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from bench.start import _free_port
from bench.store import serving

TOP = Path(__file__).resolve().parent.parent
LIST = "/news/headlines/"


def publications(ports: list[int], times: int) -> None:
    """Publish ``times`` articles and print, for each, the milliseconds of the deed and until all processes showed it."""
    import django

    django.setup()
    from django.db import transaction
    from django.utils import timezone

    from lianxin.publishing import actions
    from lianxin.publishing.actions import publication
    from lianxin.publishing.models import ArticlePage, ColumnPage

    column = ColumnPage.objects.get(slug="headlines", depth=4)
    unit = ArticlePage.objects.first().organisation
    body = [{"type": "text", "value": "<p>正文。</p>"}]
    article = actions.import_published(column, published_at=timezone.now(), title="尚未开始", organisation=unit, body=body)
    for number in range(times):
        title = f"第{number}次发布{time.time_ns()}"
        began = time.perf_counter()
        with transaction.atomic():
            present = ArticlePage.objects.get(pk=article.pk)
            present.title = title
            publication.publish(present, present.save_revision())
        published = time.perf_counter()
        for port in ports:
            while title not in urllib.request.urlopen(f"http://localhost:{port}{LIST}").read().decode().replace("<wbr>", ""):
                time.sleep(0.002)
        print(f"{(published - began) * 1000:.2f} {(time.perf_counter() - published) * 1000:.2f}", flush=True)


def main() -> None:
    """Start the processes, publish, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--ports", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ports:
        publications([int(port) for port in options.ports.split(",")], options.times)
        return
    from lianxin.foundation.supervisor import web_command

    with ExitStack() as stack:
        home = options.home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lianxin-bench-")))
        base = {**os.environ, "LIANXIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "lianxin.settings"}
        subprocess.run([sys.executable, "-m", "bench.prepared"], cwd=TOP, env=base, check=True, stdout=sys.stderr)
        ports = [_free_port() for _ in range(options.processes)]
        for port in ports:
            stack.enter_context(serving(web_command("127.0.0.1", port, 1, 4), {**base, "PORT": str(port)}, f"http://localhost:{port}{LIST}"))
        command = [sys.executable, "-m", "bench.purge", "--ports", ",".join(map(str, ports)), "--times", str(options.times)]
        answer = subprocess.run(command, cwd=TOP, env=base, check=True, capture_output=True, text=True).stdout
    deeds, shown = zip(*(map(float, line.split()) for line in answer.splitlines()), strict=True)
    print("| what | median | p99 | worst |\n|---|---|---|---|")
    for what, found in (("publish() itself", deeds), (f"… until {options.processes} processes show it", shown)):
        print(f"| {what} | {statistics.median(found):.0f} ms | {sorted(found)[int(len(found) * 0.99) - 1]:.0f} ms | {max(found):.0f} ms |")


if __name__ == "__main__":
    main()
