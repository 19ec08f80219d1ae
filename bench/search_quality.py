"""How well is found what citizens look for: judged queries over letters to a city's leaders, ours beside PostgreSQL's ranking and plain LIKE.

The judgements in ``data/search_judgements.jsonl`` come from reading the letters, never from an engine. Kinds:

* ``topic``: a matter as citizens call it; relevant are the letters of the labelled collection whose subject is about it (2) or touches
  it (1). Searched in that collection alone, as nobody read the others for it.
* ``known``: one letter that was read, and the words by which somebody would look for it, among all letters.
* ``part``: the same with words that stand in the letter only, or also, inside longer ones (公积 in 公积金).
* ``pinyin`` and ``slip``: what was meant is typed in pinyin or with a wrong character.

::

    python -m bench.search_quality            # LETTERS says where the letters lie, default: shared/data beside the project
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

TOP = Path(__file__).resolve().parent.parent
JUDGEMENTS = TOP / "bench" / "data" / "search_judgements.jsonl"
FILES = {"letters_labelled.jsonl": "labelled", "letters_replied.jsonl": "replied", "letters_voted.jsonl": "voted"}
DEPTH = 100
Engine = Callable[[str, str], list[str]]


def letters_folder() -> Path:
    """Where the letters lie."""
    return Path(os.environ.get("LETTERS") or TOP.parent / "shared" / "data")


def letters() -> Iterator[tuple[str, dict]]:
    """Every letter with the collection it belongs to."""
    for name, pool in FILES.items():
        with (letters_folder() / name).open(encoding="utf-8") as lines:
            for line in lines:
                yield pool, json.loads(line)


def judgements() -> list[dict]:
    """The judged queries."""
    return [json.loads(line) for line in JUDGEMENTS.read_text(encoding="utf-8").splitlines()]


# --- measures ----------------------------------------------------------------------------------------------------------------------------


def recall(found: Sequence[str], relevant: dict[str, int], depth: int) -> float:
    """The share of what is relevant among the first ``depth``, or of as many as fit."""
    hits = sum(number in relevant for number in found[:depth])
    return hits / min(len(relevant), depth)


def ndcg(found: Sequence[str], relevant: dict[str, int], depth: int = 10) -> float:
    """Normalised discounted cumulative gain, gains 2**grade - 1."""

    def gain(grades: Iterable[int]) -> float:
        return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))

    ideal = gain(sorted(relevant.values(), reverse=True)[:depth])
    return gain([relevant.get(number, 0) for number in found[:depth]]) / ideal


# --- the engines -------------------------------------------------------------------------------------------------------------------------


def ours(home: Path) -> Engine:
    """Lianxin's search with an index of the letters."""
    from django.conf import settings

    from lianxin.foundation.search import engine, folder, rebuild, sources

    settings.HOME = home

    class Letters:
        name = "letter"

        def __init__(self) -> None:
            self.held = {made.number: made for made in map(_document, letters())}

        def numbers(self) -> Iterator[list[int]]:
            yield sorted(self.held)

        def documents(self, numbers: Iterable[int]) -> list[sources.Document]:
            return [self.held[number] for number in sorted(set(numbers)) if number in self.held]

    def _document(entry: tuple[str, dict]) -> sources.Document:
        pool, letter = entry
        # The labelled collection counts its letters by itself.
        number = letter["id"] + (10**9 if pool == "labelled" else 0)
        shown = {"number": letter["id"]}
        facets = {"site": ["labelled" if pool == "labelled" else "all"]}
        return sources.Document(number, letter["subject"], _moment(letter["sent_at"]), body=letter["body"], facets=facets, shown=shown)

    sources._sources.clear()
    sources.register(Letters())
    folder.forget()
    rebuild.rebuild()

    def find(query: str, pool: str) -> list[str]:
        answer = engine.search(engine.Question(query, {"site": pool}, size=DEPTH))
        return [str(hit.shown["number"]) for hit in answer.hits]

    return find


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("/", "-")).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def postgres() -> dict[str, Engine]:
    """PostgreSQL's own ranking over our words, with all words and with any; and a plain substring search, newest first."""
    from django.db import connection

    from lianxin.foundation.search.analysis import Analyzer

    analyzer = Analyzer(())

    def words(text: str) -> str:
        terms = analyzer.terms(text)
        return " ".join([*terms.fine, *terms.compounds])

    cursor = connection.cursor()
    cursor.execute("CREATE TEMP TABLE letter (number text, pool text, title text, body text, at timestamptz, document tsvector)")
    for pool, letter in letters():
        values = (
            *(str(letter["id"]), "labelled" if pool == "labelled" else "all", letter["subject"], letter["body"], _moment(letter["sent_at"])),
            *(words(letter["subject"]), words(letter["body"])),
        )
        cursor.execute(
            "INSERT INTO letter VALUES (%s, %s, %s, %s, %s, setweight(to_tsvector('simple', %s), 'A') || setweight(to_tsvector('simple', %s), 'D'))",
            [value.replace("\0", "") if isinstance(value, str) else value for value in values],
        )
    cursor.execute("CREATE INDEX ON letter USING gin (document)")

    def ranked(joined: str) -> Engine:
        def find(query: str, pool: str) -> list[str]:
            terms = [term.replace("'", "").replace("\\", "") for term in analyzer.terms(query).fine]
            question = joined.join(f"'{term}'" for term in terms if term)
            cursor.execute(
                "SELECT number FROM letter, to_tsquery('simple', %s) question WHERE pool = %s AND document @@ question"
                " ORDER BY ts_rank(document, question) DESC, at DESC LIMIT %s",
                [question, pool, DEPTH],
            )
            return [row[0] for row in cursor.fetchall()]

        return find

    def like(query: str, pool: str) -> list[str]:
        pieces = query.split()
        conditions = " AND ".join(["(title LIKE %s OR body LIKE %s)"] * len(pieces))
        values = [f"%{piece}%" for piece in pieces for _ in range(2)]
        cursor.execute(f"SELECT number FROM letter WHERE pool = %s AND {conditions} ORDER BY at DESC LIMIT %s", [pool, *values, DEPTH])
        return [row[0] for row in cursor.fetchall()]

    return {"PostgreSQL ts_rank, all words": ranked(" & "), "PostgreSQL ts_rank, any word": ranked(" | "), "LIKE, newest first": like}


# --- the report --------------------------------------------------------------------------------------------------------------------------


def measure(engines: dict[str, Engine]) -> list[dict]:
    """Every engine on every kind of query, and on all."""
    judged = judgements()
    rows = []
    for name, find in engines.items():
        scores = []
        for entry in judged:
            found = find(entry["query"], entry["pool"])
            relevant = entry["relevant"]
            scores.append((entry["kind"], recall(found, relevant, 10), recall(found, relevant, 100), ndcg(found, relevant)))
        for kind in ("all", *dict.fromkeys(entry["kind"] for entry in judged)):
            chosen = [score for score in scores if kind in ("all", score[0])]
            means = [sum(score[place] for score in chosen) / len(chosen) for place in (1, 2, 3)]
            rows.append({"engine": name, "kind": kind, "queries": len(chosen), "recall10": means[0], "recall100": means[1], "ndcg10": means[2]})
    return rows


def table(rows: list[dict]) -> str:
    """The rows as a Markdown table."""
    lines = ["| engine | queries | recall@10 | recall@100 | nDCG@10 |", "|---|---|---|---|---|"]
    for row in rows:
        lines.append(f"| {row['engine']} | {row['queries']} {row['kind']} | {row['recall10']:.3f} | {row['recall100']:.3f} | {row['ndcg10']:.3f} |")
    return "\n".join(lines)


def _in_postgres() -> None:
    import django

    django.setup()
    from django.db import connection

    from lianxin.foundation.models import IndexChange

    # The one table that a rebuild asks for; to migrate the whole database would take longer than the measurement.
    with connection.schema_editor() as editor:
        editor.create_model(IndexChange)
    with tempfile.TemporaryDirectory(prefix="lianxin-search-") as home:
        engines = {"Lianxin": ours(Path(home)), **postgres()}
        print(table(measure(engines)))


def main() -> None:
    """Start a private PostgreSQL and measure there."""
    missing = [name for name in FILES if not (letters_folder() / name).exists()]
    if missing:
        sys.exit(f"the letters are not there ({letters_folder()}: {', '.join(missing)}); set LETTERS to their folder")
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        _in_postgres()
        return
    with tempfile.TemporaryDirectory(prefix="lianxin-search-") as home:
        environment = {**os.environ, "LIANXIN_HOME": home, "DJANGO_SETTINGS_MODULE": "lianxin.settings"}
        command = [sys.executable, str(TOP / "scripts" / "postgres.py"), sys.executable, "-m", "bench.search_quality"]
        subprocess.run(command, cwd=TOP, env=environment, check=True)


if __name__ == "__main__":
    main()
