"""How long ``make run`` takes from a bare copy of the project until it answers, and how long when everything is in place."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path


def _bare_copy(top: Path, folder: Path) -> None:
    """What a clone would hold, the changes that are not committed yet included."""
    listing = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=top, capture_output=True, text=True, check=True)
    for name in listing.stdout.splitlines():
        if (top / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(top / name, folder / name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _until_answered(folder: Path, home: Path) -> float:
    """Start, wait for the home page, stop; return the seconds until the page was there."""
    port = _free_port()
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL")}
    environment |= {"PORT": str(port), "LIANXIN_HOME": str(home)}
    began = time.monotonic()
    process = subprocess.Popen(["make", "run"], cwd=folder, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://localhost:{port}/", timeout=30).read()
                return time.monotonic() - began
            except (urllib.error.URLError, ConnectionError):
                if process.poll() is not None or time.monotonic() - began > 600:
                    raise RuntimeError("make run did not come up") from None
                time.sleep(0.05)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)


def measure_start(top: Path) -> list[dict]:
    """One first start and five later ones."""
    with tempfile.TemporaryDirectory(prefix="lianxin-start-") as name:
        folder = Path(name) / "lianxin"
        folder.mkdir()
        _bare_copy(top, folder)
        home = Path(name) / "home"
        first = _until_answered(folder, home)
        later = sorted(_until_answered(folder, home) for _ in range(5))
    return [
        {"database": "SQLite", "what": "`make run`, first start", "median": first, "unit": "s", "target": 180},
        {"database": "SQLite", "what": "`make run`, later start", "median": later[2], "p95": later[-1], "unit": "s", "target": 5},
    ]
