"""Migrates the database, makes the cache table, collects static files; what is done already is left alone."""

import logging
import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor

from lianxin.foundation import preparation, processes
from lianxin.foundation.search import folder
from lianxin.foundation.search.rebuild import rebuild


class Command(BaseCommand):
    help = "准备数据库和静态文件；带 --demo 时，在没有任何账号的数据库里生成演示城市。"
    # Checks would look at a database that is not there yet; `lianxin check` makes them.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The one option."""
        parser.add_argument("--demo", action="store_true", help="空数据库里生成演示城市")

    def handle(self, *args: Any, demo: bool = False, **options: Any) -> None:
        """Do whatever is left to do and leave the stamp that lets the next start pass quickly."""
        home = Path(settings.HOME)
        # Compressing needs a core and no database: it goes on beside the migrations.
        static = None if preparation.static_is_current(home) else self._collect_static()
        self._migrate()
        call_command("createcachetable", verbosity=0)
        if static is not None:
            self._report("收集页面文件", static.wait)
            if static.returncode:
                raise CommandError("收集页面文件失败，详情见上。")
        # The demo is written in one transaction: interrupted, it has left nobody behind and is made at the next start.
        if demo and "demo" in get_commands() and not get_user_model().objects.exists():
            # Wagtail reports every page it makes.
            logging.getLogger("wagtail").setLevel(logging.WARNING)
            call_command("demo")
        if not folder.exists():
            self._report("建立搜索索引", lambda: rebuild(processes=os.cpu_count() or 1))
        preparation.note_prepared(home, settings.DATABASES["default"], inhabited=get_user_model().objects.exists())

    def _migrate(self) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        try:
            executor = MigrationExecutor(connection)
        except OperationalError as error:
            raise CommandError(f"连不上数据库：{error}\n请检查 DATABASE_URL，或确认数据库服务已经启动。") from error
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if not plan:
            return
        is_new = not executor.loader.applied_migrations
        if is_new and connection.vendor == "sqlite":
            # Nothing to lose yet: an interrupted first start begins again.
            connection.ensure_connection()
            connection.cursor().execute("PRAGMA synchronous=OFF")
        self._report(f"数据库升级（{len(plan)} 步）", lambda: call_command("migrate", interactive=False, verbosity=0))
        connection.close()

    def _collect_static(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "django", "collectstatic", "--no-input", "--verbosity", "0", "--settings", settings.SETTINGS_MODULE]
        parent = os.getpid()
        return subprocess.Popen(command, preexec_fn=lambda: processes.die_with(parent))

    def _report(self, what: str, work: Any) -> None:
        begun = time.monotonic()
        work()
        self.stdout.write(f"  {what}：完成，{time.monotonic() - begun:.1f} 秒")
