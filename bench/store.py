"""``python -m bench.store``: kept pages against the limit and the peers, in one run.

Each server gets one core and the client (wrk) the other; they are measured in turn, several rounds, so that all meet the same machine:
constant bytes of the same size and headers from the same Granian (the limit), the page store with visits counted, Django's own cache of
whole pages, the page rendered anew, and nginx with a file of that size where it is installed. Needs ``wrk`` (apt-get install wrk).
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.start import _free_port

TOP = Path(__file__).resolve().parent.parent
LIMIT, STORE, PEER, ANEW, NGINX = (
    "constant bytes, same Granian",
    "page store, visits counted",
    "Django's cache of pages",
    "rendered anew",
    "nginx, static file",
)
CLIENTS = 32


def granian(target: str, port: int, environment: dict[str, str]) -> list[str]:
    """One web process as ``lianxin run`` starts it, on the first core."""
    from lianxin.foundation.supervisor import web_command

    command = web_command("127.0.0.1", port, 1, 8)
    command[-1] = target
    return ["taskset", "-c", "0", *command]


@contextmanager
def serving(command: list[str], environment: dict[str, str], address: str) -> Iterator[None]:
    """A server that answers at ``address``."""
    process = subprocess.Popen(command, cwd=TOP, env=environment, stdout=sys.stderr, stderr=sys.stderr)
    try:
        end = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(address, timeout=10).read()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{' '.join(command)} did not start") from None
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(30)


def load(address: str, seconds: float) -> float:
    """Requests per second that wrk gets answered from the second core; refuses a run with errors."""
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds:g}s", "-H", "Accept-Encoding: br", address]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in answer or "Socket errors" in answer:
        raise RuntimeError(answer)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", answer)[1])


def measure(home: Path, path: str, seconds: float, rounds: int) -> list[dict[str, Any]]:
    """All servers on one page of the demo city in ``home``; their rates, and each as a ratio of the limit."""
    base = {**os.environ, "LIANXIN_HOME": str(home), "PYTHONPATH": str(TOP)}
    base.pop("DATABASE_URL", None)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lianxin-store-")))
        addresses: dict[str, str] = {}

        def serve(name: str, target: str, **more: str) -> None:
            port = _free_port()
            environment = {**base, "PORT": str(port), "DJANGO_SETTINGS_MODULE": "lianxin.settings", **more}
            addresses[name] = f"http://localhost:{port}{path}"
            stack.enter_context(serving(granian(target, port, environment), environment, addresses[name]))

        serve(STORE, "lianxin.foundation.web:application")
        request = urllib.request.Request(addresses[STORE], headers={"Accept-Encoding": "br"})
        with urllib.request.urlopen(request) as answer:
            body = answer.read()
            headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in ("server", "date", "connection")]
        (folder / "body").write_bytes(body)
        (folder / "headers").write_text(json.dumps(headers))
        serve(LIMIT, "bench.constant:application", BENCH_BODY=str(folder / "body"), BENCH_HEADERS=str(folder / "headers"))
        serve(PEER, "lianxin.foundation.web:application", DJANGO_SETTINGS_MODULE="bench.cached_settings")
        serve(ANEW, "lianxin.foundation.web:application", LIANXIN_STORE_MB="0")
        if shutil.which("nginx"):
            addresses[NGINX] = stack.enter_context(_nginx(folder, body))
        rates: dict[str, list[float]] = {name: [] for name in addresses}
        for _ in range(rounds):
            for name, address in addresses.items():
                rates[name].append(load(address, seconds))
    limit = statistics.median(rates[LIMIT])
    return [
        {"page": path, "bytes": len(body), "what": name, "rate": statistics.median(found), "ratio": statistics.median(found) / limit}
        for name, found in rates.items()
    ]


@contextmanager
def _nginx(folder: Path, body: bytes) -> Iterator[str]:
    port = _free_port()
    root = folder / "www"
    root.mkdir()
    (root / "index.html").write_bytes(body)
    folder.chmod(0o755)
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; daemon off; events {{ worker_connections 512; }} "
        f"http {{ access_log off; sendfile on; open_file_cache max=10; keepalive_requests 1000000; "
        f"server {{ listen 127.0.0.1:{port}; root {root}; }} }}"
    )
    command = ["taskset", "-c", "0", "nginx", "-c", str(folder / "nginx.conf")]
    with serving(command, dict(os.environ), f"http://127.0.0.1:{port}/"):
        yield f"http://127.0.0.1:{port}/"


def main() -> None:
    """Measure the home page, a column and an article of a demo city and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--home", type=Path, help="a home folder with the demo city; default: one is made")
    options = parser.parse_args()
    with ExitStack() as stack:
        home = options.home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lianxin-bench-")))
        subprocess.run(
            [sys.executable, "-m", "bench.prepared"], cwd=TOP, env={**os.environ, "LIANXIN_HOME": str(home)}, check=True, stdout=sys.stderr
        )
        article = (home / "bench-article").read_text()
        rows = [row for path in ("/", "/news/headlines/", article) for row in measure(home, path, options.seconds, options.rounds)]
    print("| page | bytes (br) | what | requests/s | of the limit |\n|---|---|---|---|---|")
    for row in rows:
        print(f"| {row['page'][:40]} | {row['bytes']:,} | {row['what']} | {row['rate']:,.0f} | {row['ratio']:.3f} |")


if __name__ == "__main__":
    main()
