"""A private PostgreSQL server that lives as long as one command: ``python scripts/postgres.py COMMAND…`` sets DATABASE_URL for it.

The server listens on a socket in its own temporary folder only, trades durability for speed, and is gone afterwards, also after Ctrl-C.
With ``--durable`` before the command it waits for the disk and vacuums as a city's own server does, for measurements.
"""

import contextlib
import ctypes
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

OLDEST = 15
PR_SET_PDEATHSIG = 1
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "80",
    "shared_buffers": "128MB",
}
# What a server of two cores and some gigabytes of memory is usually given; durability and vacuum as PostgreSQL comes.
DURABLE = {
    "listen_addresses": "",
    "jit": "off",
    "max_connections": "80",
    "shared_buffers": "2GB",
    "effective_cache_size": "8GB",
    "max_wal_size": "8GB",
    "random_page_cost": "1.1",
}


def find_binaries() -> Path:
    """Return the folder of the newest PostgreSQL that is new enough; exits with a Chinese sentence when there is none."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin")]
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    found = []
    for folder in folders:
        if not (folder / "initdb").exists() or not (folder / "postgres").exists():
            continue
        answer = subprocess.run([folder / "initdb", "--version"], capture_output=True, text=True, check=True).stdout
        found.append((int(re.search(r"\d+", answer).group()), folder))
    version, folder = max(found, default=(0, None))
    if version < OLDEST:
        sys.exit(f"没有找到 PostgreSQL {OLDEST} 或更新版本。请先安装：apt-get install postgresql")
    return folder


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


@contextlib.contextmanager
def private_server(settings: dict[str, str] = SETTINGS) -> Iterator[str]:
    """Start a fresh server, yield its database's address for DATABASE_URL, and leave nothing behind."""
    binaries = find_binaries()
    folder = Path(tempfile.mkdtemp(prefix="lianxin-pg-"))
    # PostgreSQL refuses to run as root.
    owner = {}
    if os.getuid() == 0:
        account = pwd.getpwnam("postgres")
        owner = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        os.chown(folder, account.pw_uid, account.pw_gid)
    server = None
    try:
        with (folder / "log").open("wb") as log:
            run = {"cwd": folder, "stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, **owner}
            subprocess.run(
                [binaries / "initdb", "-D", folder / "data", "-U", "lianxin", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
                check=True,
                **run,
            )
            options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            # A session of its own: Ctrl-C is for the command, the server is stopped when that has ended.
            server = subprocess.Popen(
                [binaries / "postgres", "-D", folder / "data", "-k", folder, *options],
                start_new_session=True,
                preexec_fn=_die_with_parent,
                **run,
            )
        _wait_until_ready(binaries, folder, server)
        subprocess.run([binaries / "createdb", "-h", folder, "-U", "lianxin", "lianxin"], check=True)
        yield f"postgres://lianxin@{quote(str(folder), safe='')}/lianxin"
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(binaries: Path, folder: Path, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while subprocess.run([binaries / "pg_isready", "-q", "-h", folder, "-U", "lianxin"]).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            sys.exit("PostgreSQL 没有启动：\n" + (folder / "log").read_text(errors="replace")[-2000:])
        time.sleep(0.05)


def end_on_signal(number: int, frame: object) -> None:
    """Turn a termination into an ordinary exit, so that the server is stopped on the way out."""
    raise SystemExit(128 + number)


def main() -> int:
    """Run the command of the command line beside a private server; return its exit code."""
    command = sys.argv[1:]
    is_durable = command[:1] == ["--durable"]
    command = command[is_durable:]
    if not command:
        sys.exit("用法：python scripts/postgres.py [--durable] 命令 [参数…]")
    signal.signal(signal.SIGTERM, end_on_signal)
    with private_server(DURABLE if is_durable else SETTINGS) as address:
        try:
            return subprocess.run(command, env={**os.environ, "DATABASE_URL": address}).returncode
        except KeyboardInterrupt:
            return 130


if __name__ == "__main__":
    sys.exit(main())
