"""``lianxin doctor``: what is set, what is missing, what would fail, each in one line."""

import os
import platform
import shutil
import smtplib
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

Grade = Literal["good", "note", "bad"]
MARKS: dict[Grade, str] = {"good": "✓", "note": "!", "bad": "✗"}
_GIB = 1024**3
_NEEDED, _WANTED = _GIB // 2, 5 * _GIB
_SECRET_WORDS = ("PASSWORD", "SECRET", "KEY", "URL")


@dataclass(frozen=True)
class Line:
    """One finding: ``bad`` fails or will fail, ``note`` is worth knowing."""

    grade: Grade
    text: str


def examine() -> Iterator[Line]:
    """Look at everything an operator answers for; a part that cannot even be looked at is a finding too."""
    parts: tuple[Callable[[], Iterator[Line]], ...] = (
        _python,
        _home,
        _database,
        _settings,
        _clock,
        _mail,
        _services,
        _fonts,
        _papers,
        _foundation,
        _jobs,
        _search,
        _kept_pages,
    )
    for part in parts:
        try:
            yield from part()
        except Exception as error:
            yield Line("bad", f"{part.__name__.strip('_')} 检查不了：{type(error).__name__}：{error}")


def _python() -> Iterator[Line]:
    yield Line("good" if sys.version_info >= (3, 11) else "bad", f"Python {platform.python_version()}（需要 3.11 或更新），{platform.platform()}")


def _home() -> Iterator[Line]:
    home = Path(settings.HOME)
    if not os.access(home, os.W_OK):
        yield Line("bad", f"数据目录 {home} 不能写入，请检查属主和权限。")
        return
    yield Line("good", f"数据目录 {home}")
    if home.stat().st_mode & 0o077:
        yield Line("note", f"数据目录对其他用户开放，请执行：chmod 700 {home}")
    for path in (home / "secrets").glob("*") if (home / "secrets").is_dir() else ():
        if path.stat().st_mode & 0o077:
            yield Line("bad", f"密钥文件 {path} 对其他用户开放，请执行：chmod 600 {path}")
    free = shutil.disk_usage(home).free
    grade: Grade = "bad" if free < _NEEDED else "note" if free < _WANTED else "good"
    yield Line(grade, f"磁盘剩余 {free / _GIB:.1f} GB" + ("" if grade == "good" else "，请尽快清理或扩容。"))


def _database() -> Iterator[Line]:
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        yield Line("bad", f"连不上数据库：{error}".strip() + " 请检查 DATABASE_URL，或确认数据库服务已经启动。")
        return
    if connection.vendor == "postgresql":
        version = connection.cursor().connection.info.server_version // 10000
        yield Line("good" if version >= 15 else "bad", f"PostgreSQL {version}（需要 15 或更新），数据库 {connection.settings_dict['NAME']}")
        for tool in ("pg_dump", "pg_restore"):
            if not shutil.which(tool):
                yield Line("note", f"没有 {tool}，备份和恢复用不了，请安装：apt-get install postgresql-client")
    else:
        yield Line("good", f"SQLite {sqlite3.sqlite_version}，文件 {connection.settings_dict['NAME']}")
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    yield Line("note", f"数据库有 {len(plan)} 步升级未做，启动时会自动完成。") if plan else Line("good", "数据库结构是最新的")


def _settings() -> Iterator[Line]:
    names = sorted(name for name in os.environ if name.startswith("LIANXIN_") or name in ("DATABASE_URL", "PORT"))
    for name in names:
        hidden = any(word in name for word in _SECRET_WORDS)
        yield Line("good", f"{name} = {'（已设置，不显示）' if hidden else os.environ[name]}")
    if not names:
        yield Line("good", "没有设置环境变量，全部使用默认值")
    if settings.DEBUG:
        yield Line("bad", "LIANXIN_DEBUG=1：出错页面会泄露内部信息，只能在自己的电脑上用。")
    is_public = settings.DESK_HOST not in ("localhost", "127.0.0.1")
    if is_public and not settings.HTTPS:
        yield Line("bad", "工作台用了正式域名而没有 HTTPS：口令会明文传输。请配置证书并设置 LIANXIN_HTTPS=1。")


def _clock() -> Iterator[Line]:
    now = timezone.now()
    if now.year < 2025:
        yield Line("bad", f"系统时间是 {timezone.localtime(now):%Y-%m-%d %H:%M}，明显不对：时限和发布时间都会出错。请校准时间。")
        return
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            apart = abs((cursor.fetchone()[0] - datetime.now(UTC)).total_seconds())
        if apart > 2:
            yield Line("bad", f"本机与数据库服务器的时间相差 {apart:.0f} 秒，请都启用时间同步。")
    yield Line("good", f"现在是 {timezone.localtime(now):%Y-%m-%d %H:%M}（{settings.TIME_ZONE}）")


def _mail() -> Iterator[Line]:
    if not settings.EMAIL_HOST:
        yield Line("note", "没有设置邮件服务器（LIANXIN_SMTP_HOST），通知只写进日志。")
        return
    try:
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=8) as server:
            if settings.EMAIL_USE_TLS:
                server.starttls()
            if settings.EMAIL_HOST_USER:
                server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        yield Line("bad", f"邮件服务器 {settings.EMAIL_HOST}:{settings.EMAIL_PORT} 用不了：{type(error).__name__}。通知会一直等待。")
        return
    yield Line("good", f"邮件服务器 {settings.EMAIL_HOST}:{settings.EMAIL_PORT} 可用")


def _services() -> Iterator[Line]:
    """The two services that citizens' accounts stand on."""
    missing: Grade = "note" if settings.DEVELOPMENT else "bad"
    if settings.SMS_SERVICE == "outbox":
        yield Line(missing, "没有接通短信服务（LIANXIN_SMS_SERVICE）：验证码只出现在本机的 /my/outbox/，市民收不到，不能登录。")
    else:
        yield Line("good", f"短信服务：{settings.SMS_SERVICE}")
    if settings.REAL_NAME_SERVICE == "digits":
        yield Line(missing, "没有接通实名核验服务（LIANXIN_REAL_NAME_SERVICE）：只检查身份证号的校验码。")
    else:
        yield Line("good", f"实名核验服务：{settings.REAL_NAME_SERVICE}")


def _fonts() -> Iterator[Line]:
    if not shutil.which("fc-list"):
        told = "查不了字体（没有 fontconfig）。页面用访问者电脑上的字体，不受影响；生成图片和公文（PDF）时需要，"
        yield Line("note", f"{told}请安装：apt-get install fontconfig fonts-noto-cjk")
        return
    found = subprocess.run(["fc-list", ":lang=zh", "family"], capture_output=True, text=True, timeout=20, check=False).stdout.split("\n")
    count = len({line for line in found if line})
    if count:
        yield Line("good", f"服务器上有 {count} 种中文字体")
    else:
        yield Line("note", "服务器上没有中文字体，生成的图片里中文会缺字，公文（PDF）不能生成，请安装：apt-get install fonts-noto-cjk")


def _papers() -> Iterator[Line]:
    """Orders, notices and sheets are set by WeasyPrint, which stands on the system's Pango."""
    try:
        import weasyprint
    except OSError:
        yield Line(
            "note",
            "缺少排版用的系统库，督办单、告知书等公文（PDF）不能生成，请安装：apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
        )
    else:
        yield Line("good", f"公文（PDF）可以生成（WeasyPrint {weasyprint.__version__}）")


def _foundation() -> Iterator[Line]:
    from lianxin.foundation import checks

    for text in checks.findings():
        yield Line("bad", text)


def _jobs() -> Iterator[Line]:
    from lianxin.foundation import queries

    for health in queries.job_health():
        for problem in health.problems:
            yield Line("note", problem)
        if not health.problems:
            yield Line("good", f"{health.name}队列：{health.workers} 个工作进程，等待 {health.waiting} 项，定时 {health.later} 项")
    letters = queries.dead_letters().count()
    if letters:
        yield Line("note", f"有 {letters} 项后台任务多次失败，请到工作台处理。")


def _search() -> Iterator[Line]:
    from lianxin.foundation.models import IndexChange
    from lianxin.foundation.search import folder

    try:
        opened = folder.reader()
    except folder.NotBuilt:
        yield Line("note", "还没有搜索索引，十分钟内会自动建立，也可以执行：lianxin search rebuild")
        return
    waiting = IndexChange.objects.filter(done_at=None).count()
    yield Line("good", f"搜索索引：{opened.searcher().num_docs} 篇" + (f"，等待更新 {waiting} 篇" if waiting else ""))


def _kept_pages() -> Iterator[Line]:
    if settings.STORE_BYTES:
        yield Line("good", f"整页存储：每个网站进程最多 {settings.STORE_BYTES // 2**20} MB")
    else:
        yield Line("note", "整页存储已关闭（LIANXIN_STORE_MB=0），每次访问都重新生成页面。")
    if not settings.REDIS_URL:
        return
    import redis

    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3, socket_timeout=3).ping()
    except redis.RedisError as error:
        yield Line("bad", f"连不上 Redis：{type(error).__name__}。页面只能保留一秒，请检查 LIANXIN_REDIS_URL，或确认 Redis 已经启动。")
    else:
        yield Line("good", "Redis 可用，各台机器的页面同步更新")
