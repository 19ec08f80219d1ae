"""How quick the search is over a large city: building the index, one to three words with facets, and from publication to being found;
PostgreSQL's ranking and plain LIKE over the same articles in the same run.

::

    python -m bench.search --articles 200000            # makes the city first; --keep FOLDER keeps and reuses it
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.run import table

TOP = Path(__file__).resolve().parent.parent
# One to three words as people type them, common ones included; every one is in the demo city's texts.
QUERIES = [
    *("政府", "通知", "工作", "公积金", "教育局", "图书馆", "人民政府", "和安市", "养老保险", "招聘"),
    *("政府 通知", "教育 报名", "公积金 提取", "医保 缴费", "停水 通知", "项目 审批", "环境 整治", "安全 检查"),
    *("和安市 政府 工作", "学校 招生 报名", "居民 医保 缴费", "道路 施工 通行", "企业 政策 服务", "乡镇 卫生 检查"),
]
TIMES = 10
BUILD_SECONDS, ANSWER_MS, FOUND_SECONDS = 90, 5, 2


def timed(work: Callable[[str], Any], times: int) -> dict[str, float]:
    """Median and 95th percentile in milliseconds over all queries, the first round of which only warms up."""
    for query in QUERIES:
        work(query)
    took = []
    for _ in range(times):
        for query in QUERIES:
            begun = time.perf_counter()
            work(query)
            took.append((time.perf_counter() - begun) * 1000)
    took.sort()
    return {"median": took[len(took) // 2], "p95": took[int(len(took) * 0.95)]}


def measure() -> list[dict]:
    """Everything, in a process whose settings name the city."""
    import django

    django.setup()
    from django.db import connection

    from lianxin.foundation.search import engine, rebuild

    database = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    begun = time.perf_counter()
    report = rebuild.rebuild(processes=os.cpu_count() or 1, show_progress=True)
    rows = [_row(database, f"build the index, {report.documents} articles", time.perf_counter() - begun, unit="s", target=BUILD_SECONDS)]
    rows.append(
        {"database": database, "what": "search with facets", "target": ANSWER_MS, **timed(lambda q: engine.search(engine.Question(q)), TIMES)}
    )
    rows.append({"database": database, "what": "suggestions", **timed(lambda q: engine.suggest(q), TIMES)})
    rows.append(_row(database, "from publication to being found", _until_found(), unit="s", target=FOUND_SECONDS))
    if connection.vendor == "postgresql":
        rows += _postgres(database)
    return rows


def _row(database: str, what: str, value: float, **more: Any) -> dict:
    return {"database": database, "what": what, "median": value, **more}


def _until_found() -> float:
    """The longest of ten publications, each followed by questions until it is found; a worker runs beside."""
    from django.utils import timezone
    from django_tasks_db.models import DBTaskResult

    from lianxin.foundation.search import engine
    from lianxin.organisations.models import Organisation
    from lianxin.publishing import actions
    from lianxin.publishing.models import ColumnPage

    worker = subprocess.Popen([sys.executable, "-m", "lianxin", "worker", "fast"], cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        column = ColumnPage.objects.filter(kind="news", live=True).order_by("pk").first()
        unit = Organisation.objects.order_by("pk").first()
        longest = 0.0
        # A city that was just made left a purge for every article, and no worker has run yet.
        while DBTaskResult.objects.ready().filter(queue_name="fast").exists():
            time.sleep(0.1)
        # The first is not counted: it waits for connections to open.
        for number in range(11):
            mark = f"bench{time.monotonic_ns()}"
            actions.import_published(column, published_at=timezone.now(), title=f"发布到搜到 {mark}", organisation=unit, body=[])
            begun = time.perf_counter()
            while not engine.search(engine.Question(mark)).total:
                time.sleep(0.02)
            longest = max(longest, time.perf_counter() - begun) if number else 0.0
        return longest
    finally:
        worker.terminate()
        worker.wait()


def _postgres(database: str) -> list[dict]:
    """PostgreSQL's full text over our words with its own ranking, and LIKE ordered by date."""
    from django.db import connection

    from lianxin.foundation.search import folder, sources

    analyzer = folder.reader().analyzer
    cursor = connection.cursor()
    cursor.execute("CREATE TEMP TABLE found (number bigint, title text, body text, at timestamptz, document tsvector)")
    source = sources.registered()["article"]
    for numbers in source.numbers():
        rows = []
        for document in source.documents(numbers):
            words = [" ".join(analyzer.terms(text).fine).replace("\0", "") for text in (document.title, document.body)]
            rows.append((document.number, document.title, document.body, document.at, *words))
        cursor.executemany(
            "INSERT INTO found VALUES (%s, %s, %s, %s, setweight(to_tsvector('simple', %s), 'A') || setweight(to_tsvector('simple', %s), 'D'))", rows
        )
    cursor.execute("CREATE INDEX ON found USING gin (document)")
    cursor.execute("ANALYZE found")

    def ranked(query: str) -> None:
        cursor.execute(
            "SELECT number FROM found, plainto_tsquery('simple', %s) q WHERE document @@ q ORDER BY ts_rank(document, q) DESC LIMIT 15",
            [" ".join(analyzer.terms(query).fine)],
        )
        cursor.fetchall()

    def like(query: str) -> None:
        words = query.split()
        conditions = " AND ".join(["(title LIKE %s OR body LIKE %s)"] * len(words))
        values = [f"%{word}%" for word in words for _ in range(2)]
        cursor.execute(f"SELECT number FROM found WHERE {conditions} ORDER BY at DESC LIMIT 15", values)
        cursor.fetchall()

    return [
        {"database": database, "what": "PostgreSQL ts_rank, no facets", **timed(ranked, 1)},
        {"database": database, "what": "LIKE by date, no facets", **timed(like, 1)},
    ]


def main() -> None:
    """Make the city if need be, then measure on it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--sites", type=int, default=20)
    parser.add_argument("--keep", type=Path, help="keep the home folder here, and use the one that is there (SQLite)")
    parser.add_argument("--postgres", action="store_true", help="on a private PostgreSQL, with its own ranking beside ours")
    options = parser.parse_args()
    if os.environ.get("SEARCH_BENCH_CITY"):
        print(table(measure()))
        return
    with tempfile.TemporaryDirectory(prefix="lianxin-search-") as temporary:
        home = options.keep or Path(temporary)
        home.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "LIANXIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "lianxin.settings", "SEARCH_BENCH_CITY": "1"}
        if not options.postgres:
            environment.pop("DATABASE_URL", None)
        city = f"{sys.executable} -m lianxin demo --articles {options.articles} --sites {options.sites}"
        steps = f"{'' if (home / 'search').exists() else city + ' && '}{sys.executable} -m bench.search"
        command = ["sh", "-c", steps]
        if options.postgres:
            command = [sys.executable, str(TOP / "scripts" / "postgres.py"), *command]
        subprocess.run(command, cwd=TOP, env=environment, check=True)


if __name__ == "__main__":
    main()
