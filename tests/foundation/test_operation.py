"""What an operator is told: ``lianxin check``, ``lianxin doctor``, and how the command answers."""

import argparse
import sys
from pathlib import Path

import pytest
from django.core import checks
from django.core.checks import Error, Warning
from django.core.management.base import CommandError

from lianxin import cli
from lianxin.foundation import calendar, doctor, health, preparation, supervisor
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import CalendarDay, DeadLetter

CALM = [Warning("只是提醒", id="x.W001")]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, health.Check]:
    """An empty registry of checks."""
    registry: dict[str, health.Check] = {}
    monkeypatch.setattr(health, "_checks", registry)
    monkeypatch.setattr(checks, "run_checks", lambda **options: CALM)
    return registry


# --- the command -------------------------------------------------------------------------------------------------------------------------


def every_parser(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """The parser and those of all its subcommands."""
    found = [(path, parser)]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                found += every_parser(sub, (*path, name))
    return found


@pytest.mark.parametrize(("path", "parser"), every_parser(cli.build_parser()), ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_every_subcommand_explains_itself_in_chinese_with_an_example(path, parser, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([*path, "--help"])
    text = capsys.readouterr().out
    assert ended.value.code == 0
    assert text.startswith("用法：lianxin")
    assert "例：" in text
    assert "lianxin" in text.split("例：")[1]
    assert "显示这段说明" in text
    assert "show this help" not in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "还缺少：命令"),
        (["site"], "还缺少：命令"),
        (["site", "add", "x"], "还缺少：--name, --tier, --organisation"),
        (["worker", "quick"], "“quick”不是可用的选择"),
        (["import", "site", "http://x/", "--selectors", "x"], "还缺少，写其中一个：--sitemap --list"),
        (["import", "site", "http://x/", "--selectors", "x", "--sitemap", "--list", "y"], "--list 和 --sitemap 只能写一个"),
        (["run", "--nonsense"], "不认识的参数：--nonsense"),
        (["demo", "--port", "x"], "--port 的值 'x' 不对"),
        (["demo", "--port"], "--port 后面需要一个值"),
    ],
)
def test_a_wrong_call_is_answered_with_two(arguments, says, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (Refused("这里已经有数据。"), 2, "这里已经有数据。"),
        (CommandError("没有成功。"), 1, "没有成功。"),
        (CommandError("不行。", returncode=2), 2, "不行。"),
        (KeyboardInterrupt(), 1, "已中断"),
    ],
)
def test_errors_that_are_no_surprise_are_told_in_one_line(error, code, says, capsys, monkeypatch) -> None:
    def fail(options: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr(cli, "_doctor", fail)
    assert cli.main(["doctor"]) == code
    told = capsys.readouterr().err
    assert says in told
    assert "Traceback" not in told


def test_a_port_that_is_no_number_is_refused(monkeypatch, capsys) -> None:
    monkeypatch.setenv("PORT", "八千")
    assert cli.main(["run"]) == 2
    assert "PORT 应是一个端口号" in capsys.readouterr().err


def test_a_surprise_keeps_its_traceback(monkeypatch) -> None:
    monkeypatch.setattr(cli, "_doctor", lambda options: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        cli.main(["doctor"])


def test_a_notice_of_holidays_is_imported_and_bad_rows_are_named(db, tmp_path: Path, capsys) -> None:
    file = tmp_path / "2031.csv"
    file.write_text("日期,是否上班,名称\n2031-01-01,否,元旦\n2031-13-01,否,不存在\n")
    assert cli.main(["calendar", "import", str(file)]) == 1
    told = capsys.readouterr().out
    assert "导入 1 天（2031年）" in told
    assert "第 3 行没有导入" in told
    assert "2031 年的通知还不完整" in told
    assert CalendarDay.objects.filter(date="2031-01-01").exists()
    calendar.forget()
    assert cli.main(["calendar", "import", str(tmp_path / "none.csv")]) == 2


def test_a_site_is_opened_and_listed(city, site_tree, capsys) -> None:
    opened = ["site", "add", "Qingshi.Example.gov.cn", "--name", "青石县人民政府网", "--tier", "county", "--organisation", "qingshi"]
    assert cli.main(opened) == 0
    assert "青石县人民政府网" in capsys.readouterr().out
    assert cli.main(["site", "list"]) == 0
    assert "qingshi.example.gov.cn" in capsys.readouterr().out
    assert cli.main(opened) == 2
    assert "已经有一个站点" in capsys.readouterr().err
    assert cli.main(["site", "add", "a.example", "--name", "甲", "--tier", "county", "--organisation", "none"]) == 2
    assert "没有叫“none”的机构" in capsys.readouterr().err
    assert cli.main(["site", "add", "a.example", "--name", "甲", "--tier", "county", "--organisation", "qingshi", "--parent", "none.example"]) == 2


# --- check -------------------------------------------------------------------------------------------------------------------------------


def test_all_is_well(db, registry, capsys) -> None:
    health.register("列表", lambda: [])
    assert cli.main(["check"]) == 0
    assert capsys.readouterr().out.splitlines() == ["! 只是提醒（x.W001）", "✓ 列表", "一切正常。"]


def test_what_can_be_repaired_is_repaired_when_asked(db, registry, capsys) -> None:
    wrong = ["甲", "乙", "丙"]
    health.register("列表", lambda: wrong, repair=lambda: wrong.__delitem__(slice(1, None)))
    health.register("人工", lambda: ["要人看"])
    assert cli.main(["check"]) == 1
    told = capsys.readouterr().out
    assert "可以修复：lianxin check --repair" in told
    assert wrong == ["甲", "乙", "丙"], "a check without --repair changed something"
    assert cli.main(["check", "--repair"]) == 1
    told = capsys.readouterr().out
    assert "✗ 列表（修复了 2 处）\n    甲\n" in told
    wrong.clear()
    registry.pop("人工")
    assert cli.main(["check", "--repair"]) == 0


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on(registry) -> None:
    health.register("坏", lambda: 1 // 0)
    health.register("修不好", lambda: ["甲"], repair=lambda: 1 // 0)
    health.register("好", lambda: [])
    bad, unrepaired, good = health.examine(repair=True)
    assert "ZeroDivisionError" in bad.problems[0]
    assert unrepaired.problems[0] == "甲"
    assert "修复时出错" in unrepaired.problems[1]
    assert good.problems == []


def test_a_system_check_that_fails_fails_the_command(db, registry, monkeypatch, capsys) -> None:
    monkeypatch.setattr(checks, "run_checks", lambda **options: [Error("设置不对", id="x.E001")])
    assert cli.main(["check"]) == 1
    assert "✗ 设置不对（x.E001）" in capsys.readouterr().out


def test_the_audit_trail_and_dead_letters_are_looked_at(db, clock) -> None:
    results = {result.name: result.problems for result in health.examine()}
    assert results["审计记录"] == []
    assert results["后台任务"] == []
    now = "2025-03-03T09:00+08:00"
    DeadLetter.objects.create(
        job_id="0" * 32, task_path="a.b", queue="fast", args_kwargs={}, fingerprint="x", tries=1, error="E", first_died_at=now, died_at=now
    )
    results = {result.name: result.problems for result in health.examine()}
    assert "1 项后台任务" in results["后台任务"][0]


# --- doctor ------------------------------------------------------------------------------------------------------------------------------


def texts(part) -> str:
    """What a part of the doctor says, with its marks."""
    return "\n".join(f"{doctor.MARKS[line.grade]} {line.text}" for line in part())


def test_the_doctor_looks_at_everything(db, capsys, settings, tmp_path) -> None:
    settings.HOME = tmp_path
    assert cli.main(["doctor"]) in (0, 1)
    told = capsys.readouterr().out
    for words in ("Python 3", "数据目录", "磁盘剩余", "数据库结构是最新的", "Asia/Shanghai", "LIANXIN_SMTP_HOST", "字体", "快速队列没有工作进程"):
        assert words in told


def test_the_doctor_hides_secrets(monkeypatch) -> None:
    monkeypatch.setenv("LIANXIN_SMTP_PASSWORD", "hunter2")
    monkeypatch.setenv("DATABASE_URL", "postgres://lianxin:hunter2@db/lianxin")
    monkeypatch.setenv("LIANXIN_DESK_HOST", "www.example.gov.cn")
    told = texts(doctor._settings)
    assert "hunter2" not in told
    assert "LIANXIN_DESK_HOST = www.example.gov.cn" in told


def test_the_doctor_names_what_would_fail(settings, tmp_path, monkeypatch) -> None:
    settings.DEBUG, settings.DESK_HOST, settings.HTTPS = True, "www.example.gov.cn", False
    assert texts(doctor._settings).count("✗") == 2
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "secret-key").write_text("x")
    (tmp_path / "secrets" / "secret-key").chmod(0o644)
    tmp_path.chmod(0o755)
    settings.HOME = tmp_path
    monkeypatch.setattr(doctor, "_NEEDED", 10**18)
    told = texts(doctor._home)
    assert "chmod 700" in told
    assert "chmod 600" in told
    assert "✗ 磁盘剩余" in told
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert texts(doctor._mail).startswith("✗ 邮件服务器 127.0.0.1:1 用不了")


def test_citizens_services_that_are_missing_are_bad_in_production_only(settings) -> None:
    assert texts(doctor._services).count("! ") == 2
    settings.DEVELOPMENT = False
    assert texts(doctor._services).count("✗ ") == 2
    settings.SMS_SERVICE = settings.REAL_NAME_SERVICE = "tencent"
    assert texts(doctor._services).count("✓ ") == 2


def test_what_papers_need_is_told_with_the_command_that_brings_it(monkeypatch) -> None:
    class NoPango:
        def find_spec(self, name, *args):
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    assert texts(doctor._papers).startswith("✓ 公文")
    for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NoPango(), *sys.meta_path])
    told = texts(doctor._papers)
    assert told.startswith("! ") and "apt-get install libpango-1.0-0" in told


def test_a_wrong_clock_is_noticed(db, clock) -> None:
    clock.set("1970-01-02 00:00")
    assert "明显不对" in texts(doctor._clock)


def test_a_part_that_cannot_be_looked_at_is_a_finding(monkeypatch) -> None:
    def _python():
        raise OSError("no")
        yield

    for part in (
        "_home",
        "_database",
        "_settings",
        "_clock",
        "_mail",
        "_services",
        "_fonts",
        "_papers",
        "_foundation",
        "_jobs",
        "_search",
        "_kept_pages",
    ):
        monkeypatch.setattr(doctor, part, lambda: iter(()))
    monkeypatch.setattr(doctor, "_python", _python)
    (line,) = doctor.examine()
    assert line.grade == "bad"


# --- preparation -------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def prepared(tmp_path: Path) -> tuple[Path, dict[str, object]]:
    """A home folder that was prepared, and its database."""
    import contextlib
    import sqlite3

    database = {"ENGINE": "lianxin.foundation.sqlite", "NAME": tmp_path / "lianxin.sqlite3"}
    with contextlib.closing(sqlite3.connect(tmp_path / "lianxin.sqlite3")) as file:
        file.execute("CREATE TABLE django_migrations (id INTEGER PRIMARY KEY)")
        file.execute("INSERT INTO django_migrations VALUES (1)")
        file.commit()
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "staticfiles.json").write_text("{}")
    preparation.note_prepared(tmp_path, database, inhabited=True)
    return tmp_path, database


def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that preparation would have run."""
    seen: list[list[str]] = []

    def run(command: list[str], **options: object) -> argparse.Namespace:
        seen.append(command[3:])
        return argparse.Namespace(returncode=0)

    monkeypatch.setattr(preparation.subprocess, "run", run)
    return seen


def test_a_home_that_is_ready_is_left_alone(prepared, monkeypatch) -> None:
    home, database = prepared
    seen = calls(monkeypatch)
    assert preparation.prepare(home, database, demo=True, say=print)
    assert seen == []


@pytest.mark.parametrize("change", ["database", "migrated", "static", "stamp", "package"])
def test_whatever_has_changed_is_noticed(prepared, change, monkeypatch) -> None:
    import sqlite3

    home, database = prepared
    if change == "database":
        (home / "lianxin.sqlite3").unlink()
    elif change == "migrated":
        with sqlite3.connect(home / "lianxin.sqlite3") as file:
            file.execute("DELETE FROM django_migrations")
    elif change == "static":
        (home / "static" / "staticfiles.json").unlink()
    elif change == "stamp":
        preparation.forget(home)
    else:
        monkeypatch.setattr(preparation, "static_fingerprint", lambda home: "other")
    seen = calls(monkeypatch)
    assert preparation.prepare(home, database, demo=False, say=lambda text: None)
    assert seen == [["prepare"]]


def test_the_demo_city_is_only_thought_of_while_nobody_has_an_account(prepared, monkeypatch) -> None:
    home, database = prepared
    preparation.note_prepared(home, database, inhabited=False)
    seen = calls(monkeypatch)
    preparation.prepare(home, database, demo=False, say=lambda text: None)
    preparation.prepare(home, database, demo=True, say=lambda text: None)
    assert seen == [["prepare", "--demo"]]


def test_no_city_is_built_where_one_runs(monkeypatch, tmp_path, settings, capsys) -> None:
    settings.HOME = tmp_path
    monkeypatch.setattr("django.core.management.call_command", lambda *names, **options: pytest.fail("the city was touched"))
    with supervisor.home_lock(tmp_path, "http://127.0.0.1:8000/"):
        assert cli.main(["demo"]) == 2
    assert "已经在运行" in capsys.readouterr().err


def test_a_site_that_starts_while_the_city_is_built_says_so(monkeypatch, tmp_path, settings) -> None:
    settings.HOME = tmp_path
    told: list[str] = []

    def meanwhile(*names: str, **options: object) -> None:
        with pytest.raises(supervisor.AlreadyRunning, match="正在建立演示城市") as refused, supervisor.home_lock(tmp_path, "http://127.0.0.1:8000/"):
            pass
        told.append(str(refused.value))

    monkeypatch.setattr("django.core.management.call_command", meanwhile)
    monkeypatch.setattr("lianxin.foundation.search.rebuild.rebuild", lambda **options: meanwhile())
    assert cli.main(["demo"]) == 0
    assert len(told) == 3 and "请等它完成后再试" in told[0]


def test_the_doctor_tells_how_pages_are_kept(settings, tmp_path) -> None:
    settings.REDIS_URL = ""
    settings.STORE_BYTES = 64 * 2**20
    assert "64 MB" in texts(doctor._kept_pages)
    settings.STORE_BYTES = 0
    assert "已关闭" in texts(doctor._kept_pages)
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    assert "连不上 Redis" in texts(doctor._kept_pages)
