"""``make bench``: runs the measurements, each database in a process and a home folder of its own, and prints one table."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.start import measure_start

TOP = Path(__file__).resolve().parent.parent
REPORT = TOP / "build" / "bench.md"
DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
BENCHES = ("pages", "imports", "letters", "start", "scale", "rendering", "memory", "supervision", "cases", "figures")


def table(rows: list[dict]) -> str:
    """The rows as a Markdown table; a row without a target has no ratio."""
    lines = ["| database | what | median | p95 | CPU | target | ratio |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        unit, target = row.get("unit", "ms"), row.get("target")
        least = row.get("at_least")
        ratio = f"{row['median'] / target:.2f}" if target else f"{least / row['median']:.2f}" if least else ""
        p95, cpu = (f"{row[name]:.1f} {unit}" if name in row else "" for name in ("p95", "cpu"))
        goal = f"{target} {unit}" if target else f"at least {least} {unit}" if least else ""
        lines.append(f"| {row['database']} | {row['what']} | {row['median']:.1f} {unit} | {p95} | {cpu} | {goal} | {ratio} |")
    return "\n".join(lines)


def measure_in_process(bench: str, database: str, *arguments: object, keep: Path | None = None) -> list[dict]:
    """Run ``bench`` on ``database`` in a process and a home folder of its own."""
    with ExitStack() as stack:
        home = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lianxin-bench-")))
        (home / database).mkdir(parents=True, exist_ok=True)
        environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        environment |= {"LIANXIN_HOME": str(home / database), "DJANGO_SETTINGS_MODULE": "lianxin.settings"}
        command = [sys.executable, "-m", f"bench.{bench}", *map(str, arguments)]
        if database == "postgres":
            durable = ["--durable"] if bench == "casework_scale" else []
            command = [sys.executable, str(TOP / "scripts" / "postgres.py"), *durable, *command]
        answer = subprocess.run(command, cwd=TOP, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return [{"database": DATABASES[database], **row} for row in json.loads(answer.stdout.splitlines()[-1])]


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benches", nargs="*", metavar="|".join(BENCHES), help="what to measure; default: everything")
    parser.add_argument("--database", choices=DATABASES, action="append", help="default: both")
    parser.add_argument("--requests", type=int, default=200, help="requests for each page, after 20 to warm up")
    parser.add_argument("--sizes", type=int, nargs="+", default=[200_000, 1_000_000], help="articles for scale, ascending")
    parser.add_argument("--cases", type=int, nargs="+", default=[10_000, 1_000_000], help="cases, ascending; SQLite takes the first alone")
    parser.add_argument("--keep", type=Path, help="keep the home folders here, and use those that are there")
    options = parser.parse_args()
    benches = options.benches or list(BENCHES)
    if unknown := set(benches) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    rows = []
    if "pages" in benches:
        for database in options.database or DATABASES:
            rows += measure_in_process("pages", database, str(options.requests), keep=options.keep)
    if "imports" in benches:
        for database in options.database or DATABASES:
            rows += measure_in_process("imports", database)
    if "letters" in benches:
        for database in options.database or DATABASES:
            rows += measure_in_process("letters_import", database)
    if "scale" in benches:
        for database in options.database or DATABASES:
            rows += measure_in_process("scale", database, *options.sizes, keep=options.keep and options.keep / "scale")
    if "figures" in benches:
        for database in options.database or DATABASES:
            rows += measure_in_process("figures", database, *(options.cases if database == "postgres" else options.cases[:1]))
    if "rendering" in benches:
        rows += measure_in_process("rendering", "sqlite", options.requests, keep=options.keep)
    if "memory" in benches:
        rows += measure_in_process("memory", "sqlite", keep=options.keep)
    if "supervision" in benches:
        for database in options.database or DATABASES:
            rows += measure_in_process("supervision", database, keep=options.keep and options.keep / "supervision")
    if "cases" in benches:
        for database in options.database or DATABASES:
            rows += measure_in_process("casework_scale", database, *(options.cases if database == "postgres" else options.cases[:1]))
    if "start" in benches:
        rows += measure_start(TOP)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(table(rows) + "\n", encoding="utf-8")
    print(table(rows))


if __name__ == "__main__":
    main()
