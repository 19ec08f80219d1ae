"""``lianxin demo``: the invented city 和安市 in an empty database."""

import logging
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lianxin.demo import build, scale
from lianxin.foundation.errors import Refused


class Command(BaseCommand):
    help = "在空数据库里建立演示城市“和安市”：机构、人员、栏目、三年的稿件、各种状态的审核和半年的来信。示例：lianxin demo"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--port`` is the port that the sites' addresses name; the others grow the city for measurements."""
        parser.add_argument("--port", type=int, default=None, help="站点地址里的端口，默认取环境变量 PORT")
        parser.add_argument("--articles", type=int, default=0, help="另外生成多少篇稿件，用于测量")
        parser.add_argument("--sites", type=int, default=scale.FEWEST_SITES, help="共开设多少个站点，最多 273")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the city and print its accounts once; a demo city that is there already grows."""
        # A line for every page written would bury what the command says.
        logging.getLogger("wagtail").setLevel(logging.WARNING)
        grows = options["articles"] or options["sites"] != scale.FEWEST_SITES
        try:
            if not (grows and build.accounts_file().exists()):
                self._build(options["port"])
            if grows:
                made = scale.grow(options["articles"], options["sites"], say=self.stdout.write, port=options["port"])
                self.stdout.write(f"生成了 {made} 篇稿件。搜索索引要重建：lianxin search rebuild")
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal

    def _build(self, port: int | None) -> None:
        report = build.build(say=self.stdout.write, port=port)
        self.stdout.write(
            f"演示城市已建好：{report.organisations} 个机构，{report.people} 名人员，{report.columns} 个栏目，"
            f"{report.articles} 篇稿件，{report.letters} 件来信，{report.calls} 个热线来电。\n"
            f"演示账号：admin {' '.join(build.DEMO_ACCOUNTS)}\n密码（只显示这一次，也保存在 {build.accounts_file()}）：{report.password}\n"
            f"{build.CITIZENS_SIGN_IN}"
        )
