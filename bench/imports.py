"""Measures ``lianxin import articles`` on a file of JSON Lines: revision, lists, references and jobs included. Started by ``bench.run``."""

import contextlib
import json
import random
import sys
import tempfile
import time
from pathlib import Path

ARTICLES = 6_000
SENTENCES = (
    "市政府召开常务会议，研究部署近期重点工作。",
    "各县区、各部门要压实责任，按照时间节点推进项目建设。",
    "市民可以到政务服务中心窗口办理，也可以在网上提交材料。",
    "会议要求，坚持问题导向，听取群众意见，及时公布办理结果。",
    "工程总投资一亿二千万元，预计明年六月完工。",
    "图书馆、文化馆、体育馆节日期间照常免费开放。",
)


def write_articles(path: Path, count: int) -> None:
    """``count`` articles of about 900 characters with headings, the same ones each time."""
    rng = random.Random(20061121)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            paragraphs = ["".join(rng.choices(SENTENCES, k=7)) for _ in range(6)]
            body = "\n".join([paragraphs[0], "一、总体要求", *paragraphs[1:3], "二、主要任务", *paragraphs[3:]])
            row = {
                "标题": f"第{number}号：{rng.choice(SENTENCES)[:14]}",
                "正文": body,
                "发布时间": f"20{rng.randrange(10, 24)}-0{rng.randrange(1, 10)}-1{number % 10}",
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def main() -> None:
    """A site with one column, the file, the import; one line of JSON at the end."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ARTICLES
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from lianxin.organisations.models import Organisation
    from lianxin.publishing import actions
    from lianxin.publishing.imports import run, sources
    from lianxin.publishing.models import SiteProfile

    with contextlib.redirect_stdout(sys.stderr):
        call_command("prepare", demo=False)
    unit = Organisation.add_root(name="和安市人民政府", short_name="市政府", slug="hean", kind=Organisation.Kind.GOVERNMENT)
    site = {"hostname": "localhost", "port": 8000, "name": "和安市", "tier": SiteProfile.Tier.CITY, "organisation": unit}
    profile = actions.add_site(None, **site, is_default=True, organiser="和安市")
    actions.open_column(None, profile.site.root_page.specific, title="要闻", slug="news", kind="news")
    plan = run.Plan(profile, column="news")
    with tempfile.TemporaryDirectory(prefix="lianxin-bench-") as folder:
        path = Path(folder) / "articles.jsonl"
        write_articles(path, count)
        where = sources.source(path)
        began, busy = time.perf_counter(), time.process_time()
        report = run.run(sources.entries(where), where.name, run.key_of(str(path), where.files, plan), plan, show=False)
        passed, worked = time.perf_counter() - began, time.process_time() - busy
    if report.imported != count:
        raise RuntimeError(f"{report.imported} of {count} articles came in")
    target = 1000 / (500 if connection.vendor == "postgresql" else 800)
    each = {"median": passed * 1000 / count, "cpu": worked * 1000 / count, "target": target}
    print(json.dumps([{"what": f"import, each of {count:,} articles ({count / passed:,.0f} a second)", **each}]))


if __name__ == "__main__":
    main()
