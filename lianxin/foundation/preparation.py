"""Makes a home folder ready to serve: database migrated, cache table made, static files collected, demo city loaded when asked for.

A later start finds a stamp of what was prepared and from what; when nothing has changed since, nothing is done and Django is not
even loaded.
"""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from lianxin.foundation import processes

PACKAGE = Path(__file__).resolve().parent.parent


def prepare(home: Path, database: Mapping[str, Any], *, demo: bool, say: Callable[[str], None]) -> bool:
    """Do what is left to do, in a process of its own; return whether the home folder is ready. ``demo`` asks for the demo city."""
    stamp = _read(home)
    settled = not demo or stamp.get("inhabited")
    if settled and stamp.get("prepared") == fingerprint(home, database):
        return True
    say("正在准备数据库和页面文件，第一次约需一两分钟……" if not stamp else "正在检查更新……")
    command = [sys.executable, "-m", "lianxin", "prepare", *(["--demo"] if demo else [])]
    supervisor = os.getpid()
    return subprocess.run(command, check=False, preexec_fn=lambda: processes.die_with(supervisor)).returncode == 0


def note_prepared(home: Path, database: Mapping[str, Any], *, inhabited: bool) -> None:
    """Leave the stamp; ``inhabited`` says that somebody has an account, so that the demo city is out of the question."""
    path = _stamp(home)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    content = {"prepared": fingerprint(home, database), "static": static_fingerprint(home), "inhabited": inhabited}
    draft.write_text(json.dumps(content))
    draft.replace(path)


def forget(home: Path) -> None:
    """Let the next start look at everything again (after a restore)."""
    _stamp(home).unlink(missing_ok=True)


def static_is_current(home: Path) -> bool:
    """Whether the collected static files are those of this code."""
    return (home / "static" / "staticfiles.json").exists() and _read(home).get("static") == static_fingerprint(home)


def fingerprint(home: Path, database: Mapping[str, Any]) -> str:
    """A hash over everything that would call for work: migrations, packages, static files, settings, and the database itself."""
    parts = [static_fingerprint(home), repr(_migrated(database))]
    parts += _files(PACKAGE.glob("*/migrations/*.py"))
    parts += [str((home / "static" / "staticfiles.json").exists()), os.environ.get("LIANXIN_REDIS_URL", "")]
    return _hash(parts)


def static_fingerprint(home: Path) -> str:
    """A hash over our static files and the versions of all packages, which bring theirs."""
    packages = sorted(path.name for path in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))
    static = (path for top in PACKAGE.glob("*/static") for path in top.rglob("*") if path.is_file())
    return _hash([str(home), *packages, *_files(static)])


def _files(paths: Iterable[Path]) -> list[str]:
    found = []
    for path in sorted(paths):
        stat = path.stat()
        found.append(f"{path.relative_to(PACKAGE)} {stat.st_size} {stat.st_mtime_ns}")
    return found


def _hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _migrated(database: Mapping[str, Any]) -> object:
    """How far the database is migrated, asked without Django; None when it is new or does not answer."""
    question = "SELECT count(*), max(id) FROM django_migrations"
    if database["ENGINE"] == "lianxin.foundation.sqlite":
        path = Path(database["NAME"])
        if not path.exists():
            return None
        try:
            with closing(sqlite3.connect(path, timeout=5)) as file:
                return file.execute(question).fetchone()
        except sqlite3.DatabaseError:
            return None
    import psycopg

    try:
        with psycopg.connect(
            host=database["HOST"],
            port=database["PORT"] or None,
            dbname=database["NAME"],
            user=database["USER"],
            password=database["PASSWORD"],
            connect_timeout=5,
            **database.get("OPTIONS", {}),
        ) as connection:
            return connection.execute(question).fetchone()
    except psycopg.Error:
        return None


def _stamp(home: Path) -> Path:
    return home / "run" / "prepared.json"


def _read(home: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(_stamp(home).read_text()))
    except (OSError, ValueError):
        return {}
