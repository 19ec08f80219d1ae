"""Backup into one archive while the site runs, and restore from it.

The archive (``.tar.gz``) holds the database (a copy by SQLite's online backup, or ``pg_dump``'s custom format), ``media/``, the
keys in ``secrets/`` unless they are left out, and last ``manifest.json`` with the SHA-256 of each file.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

import lianxin
from lianxin.foundation import audit, preparation
from lianxin.foundation.errors import Refused
from lianxin.foundation.search import shelf

FORMAT = 1
FOLDERS = ("media", "secrets")
_DATABASE_FILE = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
# Pages copied between two looks at the writers, so that a copy of gigabytes holds nobody up.
_PAGES = 2000


@dataclass(frozen=True)
class Report:
    """What a backup holds or a restore brought back."""

    path: Path
    files: int
    size: int
    """Bytes before packing."""
    made_at: str
    aside: Path | None = None
    """Where a forced restore put what was there before."""


# --- backup ------------------------------------------------------------------------------------------------------------------------------


def back_up(path: Path, *, secrets: bool = True) -> Report:
    """Write an archive to ``path``, readable by its owner only; appears under its name when it is complete.

    Raises Refused when the file exists already or a needed program is missing.
    """
    path = archive_path(path)
    if path.exists():
        raise Refused(f"文件 {path} 已经存在，请换一个名字。")
    if not path.parent.is_dir():
        raise Refused(f"文件夹 {path.parent} 不存在，请先建好。")
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".lianxin-") as work, os.fdopen(_private(draft), "wb") as raw:
            report = _write(path, raw, Path(work), FOLDERS if secrets else FOLDERS[:1])
            raw.flush()
            os.fsync(raw.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return report


def archive_path(path: Path) -> Path:
    """``path`` with the ending that the archive has."""
    return path if path.name.endswith((".tar.gz", ".tgz")) else path.with_name(path.name + ".tar.gz")


def _private(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _write(path: Path, raw: IO[bytes], work: Path, folders: tuple[str, ...]) -> Report:
    vendor = connections[DEFAULT_DB_ALIAS].vendor
    # The database first: media that arrive meanwhile are in the archive without a row, which harms nothing.
    copy = work / _DATABASE_FILE[vendor]
    _copy_database(copy)
    sums: dict[str, dict[str, Any]] = {}
    with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as archive:
        _add(archive, copy, copy.name, sums)
        for folder in folders:
            for file in _files(Path(settings.HOME) / folder):
                _add(archive, file, f"{folder}/{file.relative_to(Path(settings.HOME) / folder)}", sums)
        manifest = _manifest(vendor, folders, sums)
        content = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        entry = tarfile.TarInfo("manifest.json")
        entry.size, entry.mtime, entry.mode = len(content), int(timezone.now().timestamp()), 0o600
        archive.addfile(entry, io.BytesIO(content))
    return Report(path, len(sums), sum(part["size"] for part in sums.values()), manifest["made_at"])


def _manifest(vendor: str, folders: tuple[str, ...], sums: dict[str, dict[str, Any]]) -> dict[str, Any]:
    seq, chain = audit.head()
    return {
        "format": FORMAT,
        "version": lianxin.__version__,
        "made_at": timezone.localtime().isoformat(timespec="seconds"),
        "database": vendor,
        "folders": list(folders),
        "migrations": sorted(f"{app}.{name}" for app, name in MigrationLoader(connections[DEFAULT_DB_ALIAS]).applied_migrations),
        # Noted outside the database, the chain's end shows a later forgery.
        "audit_head": {"seq": seq, "hash": chain},
        "files": sums,
    }


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _add(archive: tarfile.TarFile, file: Path, name: str, sums: dict[str, dict[str, Any]]) -> None:
    try:
        source = file.open("rb")
    except FileNotFoundError:
        return  # deleted since the folder was read
    with source:
        entry = archive.gettarinfo(arcname=name, fileobj=source)
        entry.mode, entry.uid, entry.gid, entry.uname, entry.gname = 0o600, 0, 0, "", ""
        summed = _Summing(source)
        archive.addfile(entry, summed)
    sums[name] = {"size": entry.size, "sha256": summed.sum.hexdigest()}


class _Summing:
    """A file that is summed up while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source, self.sum = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """As of any file."""
        piece = self.source.read(size)
        self.sum.update(piece)
        return piece


def _copy_database(target: Path) -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(target)) as copy:
            # A connection of its own: the copy starts over when another connection writes, and must not hold up this one's users.
            with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=20)) as source:
                source.execute("BEGIN")
                source.execute("SELECT count(*) FROM django_migrations").fetchone()
                source.backup(copy, pages=_PAGES)
            (answer,) = copy.execute("PRAGMA quick_check").fetchone()
        if answer != "ok":
            raise Refused(f"数据库文件有损坏（{answer}），没有备份。请停止服务，先用最近的完好备份核对。")
        return
    _run_tool("pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])


def _run_tool(tool: str, arguments: list[str]) -> None:
    """Run one of PostgreSQL's programs on our database; the password travels in the environment, never on the command line."""
    if not shutil.which(tool):
        raise Refused(f"没有 {tool}，请先安装：apt-get install postgresql-client")
    database = connections[DEFAULT_DB_ALIAS].settings_dict
    names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
    environment = {**os.environ, **{variable: str(database[key]) for key, variable in names.items() if database.get(key)}}
    done = subprocess.run([tool, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{tool} 没有成功：{done.stderr.strip()[-500:]}")


# --- restore -----------------------------------------------------------------------------------------------------------------------------


def restore(path: Path, *, force: bool = False, say: Callable[[str], None] = print) -> Report:
    """Bring an archive back. Nothing is touched before the whole archive has been unpacked and every sum compared.

    Refused while there is data and ``force`` is not given; with it, the files that were there are put aside, not deleted.
    Call it while nothing else uses the home folder (``supervisor.home_lock``).
    """
    home = Path(settings.HOME)
    if not path.is_file():
        raise Refused(f"找不到备份文件 {path}。")
    if not force and not is_empty():
        raise Refused("这里已经有数据。请换一个空的 LIANXIN_HOME（和空的数据库）来恢复；确实要覆盖，请加 --force，原有文件会移到一旁。")
    with tempfile.TemporaryDirectory(dir=home, prefix="restore-") as folder:
        work = Path(folder)
        manifest = _unpack(path, work)
        _check_fits(manifest)
        say(f"备份完好：{manifest['made_at']}，{len(manifest['files'])} 个文件。正在恢复……")
        aside = _put_aside(home, manifest) if force else None
        # The database first: of the two it is the one that can fail.
        _restore_database(work / _DATABASE_FILE[manifest["database"]])
        for name in manifest["folders"]:
            if (work / name).is_dir():
                shutil.rmtree(home / name, ignore_errors=True)
                shutil.move(work / name, home / name)
                _close_to_others(home / name)
    preparation.forget(home)
    # Not in the backup, as it can be built from the database; the next start does.
    shelf.discard_all()
    sizes = sum(part["size"] for part in manifest["files"].values())
    return Report(path, len(manifest["files"]), sizes, manifest["made_at"], aside)


def is_empty() -> bool:
    """Whether neither the database nor the home folder holds data."""
    connection = connections[DEFAULT_DB_ALIAS]
    if any(True for _ in _files(Path(settings.HOME) / "media")):
        return False
    if connection.vendor == "sqlite":
        path = Path(connection.settings_dict["NAME"])
        return not path.exists() or path.stat().st_size == 0
    return "django_migrations" not in connection.introspection.table_names()


def _unpack(path: Path, work: Path) -> dict[str, Any]:
    try:
        with tarfile.open(path, "r:gz") as archive:
            for entry in archive:
                _extract(archive, entry, work)
        manifest: dict[str, Any] = json.loads((work / "manifest.json").read_text())
    except (OSError, EOFError, tarfile.TarError, ValueError) as error:
        raise Refused(f"{path.name} 不是完整的连心备份（{type(error).__name__}），没有动任何数据。") from error
    if manifest.get("format") != FORMAT:
        raise Refused(f"备份的格式是第 {manifest.get('format')} 版，这个程序只认第 {FORMAT} 版，请用做备份时的版本恢复。")
    for name, expected in manifest["files"].items():
        file = work / name
        if not file.is_file() or _sum(file) != expected["sha256"]:
            raise Refused(f"备份里的 {name} 缺失或有改动，没有动任何数据。请用另一份备份。")
    return manifest


def _extract(archive: tarfile.TarFile, entry: tarfile.TarInfo, work: Path) -> None:
    """Unpack one file; whatever is no plain file below ``work`` makes the archive none of ours."""
    target = (work / entry.name).resolve()
    if not entry.isfile() or not target.is_relative_to(work.resolve()):
        raise tarfile.ReadError(f"unexpected entry {entry.name!r}")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = archive.extractfile(entry)
    if content is None:
        raise tarfile.ReadError(f"unreadable entry {entry.name!r}")
    with content, target.open("xb") as file:
        shutil.copyfileobj(content, file)


def _sum(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _check_fits(manifest: dict[str, Any]) -> None:
    """The archive is of our kind of database and not of a newer version."""
    vendor = connections[DEFAULT_DB_ALIAS].vendor
    if manifest["database"] != vendor:
        raise Refused(f"备份来自 {manifest['database']}，这里用的是 {vendor}。请按 DATABASE_URL 选同一种数据库后再恢复。")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    newer = [name for name in manifest["migrations"] if name not in known and name.split(".")[0] in _own_apps()]
    if newer:
        raise Refused(f"备份来自更新的版本（{manifest['version']}），请先升级程序再恢复。")


def _own_apps() -> set[str]:
    return {name.rpartition(".")[2] for name in settings.INSTALLED_APPS if name.startswith("lianxin.")}


def _put_aside(home: Path, manifest: dict[str, Any]) -> Path:
    aside = home / f"before-restore-{timezone.localtime():%Y%m%d-%H%M%S}"
    aside.mkdir(mode=0o700)
    for name in manifest["folders"]:
        if (home / name).exists():
            shutil.move(home / name, aside / name)
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        connection.close()
        path = Path(connection.settings_dict["NAME"])
        for file in (path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm"))):
            if file.exists():
                shutil.move(file, aside / file.name)
    else:
        _run_tool("pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--file={aside / 'database.pgdump'}"])
    return aside


def _restore_database(source: Path) -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    connection.close()
    if connection.vendor == "sqlite":
        path = Path(connection.settings_dict["NAME"])
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        shutil.move(source, path)
        path.chmod(0o600)
        return
    _run_tool(
        "pg_restore",
        [
            "--clean",
            "--if-exists",
            "--no-owner",
            "--no-privileges",
            "--single-transaction",
            "--dbname",
            connection.settings_dict["NAME"],
            str(source),
        ],
    )


def _close_to_others(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


@contextmanager
def nobody_else(home: Path, doing: str = "正在恢复备份") -> Iterator[None]:
    """Hold the home folder, so that nothing starts while ``doing`` goes on; Refused when something runs."""
    from lianxin.foundation.supervisor import AlreadyRunning, home_lock

    try:
        with home_lock(home, doing=doing):
            yield
    except AlreadyRunning as error:
        raise Refused(str(error)) from error
