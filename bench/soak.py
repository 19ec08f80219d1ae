"""``python -m bench.soak``: random edits, publications, withdrawals and moves in four processes while readers read through the page store.

Each article's title carries a mark with its version. Editors write down each version when its transaction is committed; whatever a
reader is shown must not be older than what was committed a second before the request. ``--seconds`` for how long.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
ARTICLES_OF_AN_EDITOR = 5
ALLOWED_SECONDS = 1.0
MARK = re.compile(r"〔(\d+)-(\d+):(\d+)〕")


# --- editors, each a process -----------------------------------------------------------------------------------------------


def edit(editor: int, seconds: float, board: Path, columns: list[int]) -> None:
    """Change one's own articles at random until the time is over, and write each committed version on the board."""
    import django

    django.setup()
    from django.db import transaction
    from django.utils import timezone

    from lianxin.organisations.models import Organisation
    from lianxin.publishing import actions
    from lianxin.publishing.actions import common, publication
    from lianxin.publishing.models import ArticlePage, ColumnPage

    chance = random.Random(editor)
    unit = Organisation.objects.order_by("pk").first()
    body = [{"type": "text", "value": "<p>浸泡测试的正文，随标题一起更换。</p>"}]
    keys: dict[int, int] = {}
    versions: dict[int, int] = dict.fromkeys(range(ARTICLES_OF_AN_EDITOR), 0)

    def note(number: int, article: ArticlePage) -> None:
        line = {"mark": f"{editor}-{number}", "version": versions[number], "at": time.time(), "href": _href(article)}
        with board.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def _href(article: ArticlePage) -> str:
        return "/" + article.url_path.split("/", 2)[2]

    def title(number: int) -> str:
        return f"浸泡〔{editor}-{number}:{versions[number]}〕"

    def present(number: int) -> ArticlePage:
        return ArticlePage.objects.get(pk=keys[number])

    def publish(number: int) -> None:
        versions[number] += 1
        with transaction.atomic():
            article = present(number)
            article.title = title(number)
            publication.publish(article, article.save_revision())
        note(number, present(number))

    def withdraw(number: int) -> None:
        versions[number] += 1
        with transaction.atomic():
            publication.take_down(present(number))
        note(number, present(number))

    def move(number: int) -> None:
        with transaction.atomic():
            present(number).move(common.present(ColumnPage(pk=chance.choice(columns))), pos="last-child")
        note(number, present(number))

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        number = chance.randrange(ARTICLES_OF_AN_EDITOR)
        if number not in keys:
            column = ColumnPage.objects.get(pk=chance.choice(columns))
            made = actions.import_published(column, published_at=timezone.now(), title=title(number), organisation=unit, body=body)
            keys[number] = made.pk
            note(number, made)
        else:
            chance.choices((publish, withdraw, move), (6, 2, 1))[0](number)
        time.sleep(chance.uniform(0, 0.2))


# --- readers ---------------------------------------------------------------------------------------------------------------


@dataclass
class Seen:
    """What readers saw: when the request began, where, and which marks."""

    answers: list[tuple[float, str, set[tuple[str, int]]]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def stale(self, board: Path) -> list[str]:
        """Every mark that was shown although a newer version had been committed more than a second before."""
        committed: dict[str, list[tuple[int, float]]] = {}
        for line in map(json.loads, board.read_text().splitlines()):
            committed.setdefault(line["mark"], []).append((line["version"], line["at"]))
        return [
            f"{path} showed {mark}:{version} at {began:.3f}; version {newer} was committed at {at:.3f}"
            for began, path, marks in self.answers
            for mark, version in marks
            for newer, at in committed.get(mark, ())
            if newer > version and at < began - ALLOWED_SECONDS
        ]


def read(base: str, fixed: list[str], board: Path, seen: Seen, ended: threading.Event, seed: int) -> None:
    """Read lists and articles at random."""
    chance = random.Random(seed)
    while not ended.is_set():
        articles = [json.loads(line)["href"] for line in board.read_text().splitlines()[-40:]]
        path = chance.choice(fixed if not articles or chance.random() < 0.5 else articles)
        began = time.time()
        try:
            with urllib.request.urlopen(base + path, timeout=30) as answer:
                text = answer.read().decode().replace("<wbr>", "")
        except urllib.error.HTTPError as error:
            if error.code not in (404, 410):
                seen.failures.append(f"{path}: {error.code}")
            continue
        marks = {(f"{editor}-{number}", int(version)) for editor, number, version in MARK.findall(text)}
        seen.answers.append((began, path, marks))


# --- together --------------------------------------------------------------------------------------------------------------


def soak(base: str, environment: dict[str, str], columns: list[int], fixed: list[str], seconds: float, folder: Path, *, readers: int = 3) -> Seen:
    """Let four editors and some readers loose on a running site; the board lies in ``folder``."""
    board, seen, ended = folder / "board.jsonl", Seen(), threading.Event()
    board.touch()
    command = [sys.executable, "-m", "bench.soak", "--board", str(board), "--columns", ",".join(map(str, columns)), "--seconds", str(seconds)]
    editors = [subprocess.Popen([*command, "--edit", str(number)], cwd=TOP, env=environment) for number in range(1, 5)]
    threads = [threading.Thread(target=read, args=(base, fixed, board, seen, ended, number)) for number in range(readers)]
    for thread in threads:
        thread.start()
    codes = [editor.wait() for editor in editors]
    time.sleep(ALLOWED_SECONDS)
    ended.set()
    for thread in threads:
        thread.join()
    if any(codes):
        seen.failures.append(f"editors ended with {codes}")
    return seen


@contextmanager
def _running(home: Path) -> Iterator[tuple[str, dict[str, str]]]:
    from bench.start import _free_port

    port = _free_port()
    environment = {
        **os.environ,
        "LIANXIN_HOME": str(home),
        "PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "lianxin.settings",
        "LIANXIN_WEB_PROCESSES": "2",
    }
    process = subprocess.Popen([sys.executable, "-m", "lianxin", "run", "--demo"], cwd=TOP, env=environment, stdout=sys.stderr)
    base = f"http://localhost:{port}"
    try:
        while True:
            try:
                urllib.request.urlopen(base + "/healthz", timeout=5).read()
                break
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError("the site did not start") from None
                time.sleep(0.2)
        yield base, environment
    finally:
        process.terminate()
        process.wait(30)


def main() -> None:
    """Run the soak on a demo city, or be one of its editors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--edit", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--board", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--columns", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.edit:
        edit(options.edit, options.seconds, options.board, [int(key) for key in options.columns.split(",")])
        return
    with tempfile.TemporaryDirectory(prefix="lianxin-soak-") as name, _running(Path(name) / "home") as (base, environment):
        code = (
            "import django; django.setup(); from lianxin.publishing.models import ColumnPage; "
            "print(*ColumnPage.objects.filter(slug__in=['headlines', 'departments']).order_by('pk').values_list('pk', flat=True)[:2])"
        )
        columns = [
            int(key)
            for key in subprocess.run(
                [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, cwd=TOP
            ).stdout.split()
        ]
        fixed = ["/", "/news/", "/news/headlines/", "/news/departments/", "/feeds/news/headlines/"]
        seen = soak(base, environment, columns, fixed, options.seconds, Path(name))
        deeds = len((Path(name) / "board.jsonl").read_text().splitlines())
        stale = seen.stale(Path(name) / "board.jsonl")
    marks = sum(len(marks) for _, _, marks in seen.answers)
    print(f"{deeds} deeds in four processes, {len(seen.answers)} pages read with {marks} marks; stale: {len(stale)}; failures: {len(seen.failures)}")
    for line in (*stale[:10], *seen.failures[:10]):
        print(line)
    sys.exit(1 if stale or seen.failures else 0)


if __name__ == "__main__":
    main()
