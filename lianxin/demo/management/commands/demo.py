"""``lianxin demo``: the invented city 和安市 in an empty database."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lianxin.demo import build
from lianxin.foundation.errors import Refused


class Command(BaseCommand):
    help = "在空数据库里建立演示城市“和安市”：机构、人员、栏目、三年的稿件和各种状态的审核。示例：lianxin demo"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--port`` is the port that the sites' addresses name."""
        parser.add_argument("--port", type=int, default=None, help="站点地址里的端口，默认取环境变量 PORT")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the city and print its accounts once."""
        try:
            report = build.build(say=self.stdout.write, port=options["port"])
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        self.stdout.write(
            f"演示城市已建好：{report.organisations} 个机构，{report.people} 名人员，{report.columns} 个栏目，{report.articles} 篇稿件。\n"
            f"演示账号：admin {' '.join(build.DEMO_ACCOUNTS)}\n密码（只显示这一次，也保存在 {build.accounts_file()}）：{report.password}"
        )
