"""Backup while the site runs, restore into an empty place, and nothing else."""

import contextlib
import json
import os
import shutil
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection, connections

from lianxin.foundation import backup, supervisor
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Schedule

POSTGRES = connection.vendor == "postgresql"
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(POSTGRES and not shutil.which("pg_dump"), reason="needs PostgreSQL's client programs"),
]


@pytest.fixture
def home(tmp_path: Path, settings) -> Path:
    """A home folder with a picture, two keys and a row in the database."""
    home = tmp_path / "home"
    (home / "media" / "leaders").mkdir(parents=True)
    (home / "media" / "leaders" / "林清和.jpg").write_bytes(os.urandom(50_000))
    (home / "secrets").mkdir()
    (home / "secrets" / "field-keys.json").write_text("{}")
    settings.HOME = home
    Schedule.objects.create(name="kept", rule="每天 07:30", next_at="2025-03-03T07:30+08:00")
    return home


@pytest.fixture
def elsewhere(home: Path, tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """``elsewhere.go()``: from then on an empty home folder with an empty database of the same kind."""
    place = SimpleNamespace(home=tmp_path / "elsewhere", database=None)

    def go() -> None:
        (place.home / "secrets").mkdir(parents=True)
        (place.home / "secrets" / "secret-key").write_text("drawn anew at the first command")
        settings.HOME = place.home
        other = connection.copy("default")
        other.settings_dict["NAME"] = "lianxin_elsewhere" if POSTGRES else str(place.home / "lianxin.sqlite3")
        if POSTGRES:
            _run_beside("DROP DATABASE IF EXISTS lianxin_elsewhere", "CREATE DATABASE lianxin_elsewhere")
        place.database = other
        monkeypatch.setattr(backup, "connections", {"default": other})

    place.go = go
    yield place
    if place.database is not None:
        place.database.close()
        if POSTGRES:
            _run_beside("DROP DATABASE IF EXISTS lianxin_elsewhere")


def _run_beside(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def rows(database) -> list[str]:
    """The names in the restored database."""
    with database.cursor() as cursor:
        cursor.execute("SELECT name FROM foundation_schedule ORDER BY name")
        return [name for (name,) in cursor.fetchall()]


def repack(path: Path, target: Path, change) -> Path:
    """A copy of the archive with ``change(name, content)`` applied to each file; None leaves it out."""
    with tarfile.open(path) as source, tarfile.open(target, "w:gz") as copy:
        for entry in source:
            content = change(entry.name, source.extractfile(entry).read())
            if content is not None:
                with contextlib.closing(_file(content)) as file:
                    entry.size = len(content)
                    copy.addfile(entry, file)
    return target


def _file(content: bytes):
    import io

    return io.BytesIO(content)


def test_what_was_backed_up_comes_back(home, elsewhere, tmp_path) -> None:
    report = backup.back_up(tmp_path / "first")
    assert report.path == tmp_path / "first.tar.gz"
    assert report.path.stat().st_mode & 0o777 == 0o600
    assert report.files == 3
    with tarfile.open(report.path) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))
    assert manifest["database"] == connection.vendor
    assert manifest["audit_head"].keys() == {"seq", "hash"}
    elsewhere.go()
    said: list[str] = []
    backup.restore(report.path, say=said.append)
    picture = elsewhere.home / "media" / "leaders" / "林清和.jpg"
    assert picture.read_bytes() == (home / "media" / "leaders" / "林清和.jpg").read_bytes()
    assert picture.stat().st_mode & 0o777 == 0o600
    assert (elsewhere.home / "secrets" / "field-keys.json").exists()
    assert rows(elsewhere.database) == ["kept"]
    assert "备份完好" in said[0]
    assert not list(elsewhere.home.glob("restore-*"))


def test_the_keys_can_be_left_out(home, elsewhere, tmp_path) -> None:
    report = backup.back_up(tmp_path / "first", secrets=False)
    with tarfile.open(report.path) as archive:
        assert not [name for name in archive.getnames() if name.startswith("secrets")]
    elsewhere.go()
    backup.restore(report.path, say=lambda text: None)
    assert [path.name for path in (elsewhere.home / "secrets").iterdir()] == ["secret-key"]


def test_nothing_is_overwritten_unless_asked_for_and_then_put_aside(home, elsewhere, tmp_path) -> None:
    report = backup.back_up(tmp_path / "first")
    with pytest.raises(Refused, match="已经存在"):
        backup.back_up(tmp_path / "first")
    elsewhere.go()
    backup.restore(report.path, say=lambda text: None)
    with elsewhere.database.cursor() as cursor:
        cursor.execute("UPDATE foundation_schedule SET name = 'changed since'")
    elsewhere.database.close()
    with pytest.raises(Refused, match="--force"):
        backup.restore(report.path, say=lambda text: None)
    assert rows(elsewhere.database) == ["changed since"]
    forced = backup.restore(report.path, force=True, say=lambda text: None)
    assert rows(elsewhere.database) == ["kept"]
    assert forced.aside is not None
    assert (forced.aside / "media" / "leaders" / "林清和.jpg").exists()
    assert (forced.aside / ("database.pgdump" if POSTGRES else "lianxin.sqlite3")).exists()


def test_a_damaged_or_foreign_archive_changes_nothing(home, elsewhere, tmp_path) -> None:
    report = backup.back_up(tmp_path / "first")
    damaged = repack(report.path, tmp_path / "a.tar.gz", lambda name, content: b"other" if name.startswith("media") else content)
    lacking = repack(report.path, tmp_path / "b.tar.gz", lambda name, content: None if name.startswith("media") else content)
    newer = repack(
        report.path,
        tmp_path / "c.tar.gz",
        lambda name, content: content.replace(b"foundation.0001_initial", b"foundation.9999_later") if name == "manifest.json" else content,
    )
    cut = tmp_path / "d.tar.gz"
    cut.write_bytes(report.path.read_bytes()[:20_000])
    outside = tmp_path / "e.tar.gz"
    with tarfile.open(outside, "w:gz") as archive:
        entry = tarfile.TarInfo("../escaped")
        entry.size = 1
        archive.addfile(entry, _file(b"x"))
    linked = tmp_path / "f.tar.gz"
    with tarfile.open(linked, "w:gz") as archive:
        entry = tarfile.TarInfo("media")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(entry)
    elsewhere.go()
    for path, reason in (
        (damaged, "缺失或有改动"),
        (lacking, "缺失或有改动"),
        (newer, "更新的版本"),
        (cut, "不是完整的连心备份"),
        (outside, "不是完整的连心备份"),
        (linked, "不是完整的连心备份"),
        (tmp_path / "none.tar.gz", "找不到"),
    ):
        with pytest.raises(Refused, match=reason):
            backup.restore(path, say=lambda text: None)
        assert backup.is_empty(), f"{path.name} changed something"
    assert not (tmp_path / "escaped").exists()
    assert sorted(path.name for path in elsewhere.home.iterdir()) in (["secrets"], ["lianxin.sqlite3", "secrets"])


def test_an_archive_of_the_other_database_is_refused(home, elsewhere, tmp_path) -> None:
    report = backup.back_up(tmp_path / "first")
    other = "sqlite" if POSTGRES else "postgresql"
    foreign = repack(
        report.path,
        tmp_path / "other.tar.gz",
        lambda name, content: content.replace(f'"database": "{connection.vendor}"'.encode(), f'"database": "{other}"'.encode()),
    )
    elsewhere.go()
    with pytest.raises(Refused, match="同一种数据库"):
        backup.restore(foreign, say=lambda text: None)


def test_a_backup_is_of_one_moment_while_others_write(home, tmp_path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            Schedule.objects.update_or_create(name=f"row {number % 50}", defaults={"rule": "x" * 60, "next_at": "2025-03-03T07:30+08:00"})
        connections["default"].close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        report = backup.back_up(tmp_path / "busy")
    finally:
        stop.set()
        thread.join(30)
    if POSTGRES:
        return
    with tarfile.open(report.path) as archive:
        (tmp_path / "copy.sqlite3").write_bytes(archive.extractfile("database.sqlite3").read())
    with contextlib.closing(sqlite3.connect(tmp_path / "copy.sqlite3")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_failed_backup_leaves_nothing(home, tmp_path, monkeypatch) -> None:
    def fail(*args: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(backup, "_add", fail)
    with pytest.raises(OSError):
        backup.back_up(tmp_path / "first")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    with pytest.raises(Refused, match="不存在"):
        backup.back_up(tmp_path / "nowhere" / "first")


def test_nothing_is_restored_under_a_running_site(home) -> None:
    with supervisor.home_lock(home, "http://127.0.0.1:8000/"), pytest.raises(Refused, match="已经在运行"), backup.nobody_else(home):
        pass
    with backup.nobody_else(home):
        pass
