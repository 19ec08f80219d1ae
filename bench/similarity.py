"""How soon the like of a letter is found among many: real letters, each repeated with its sentences in other orders until there are enough.

python -m bench.similarity --letters 50000            # LETTERS says where the letters lie, default: shared/data beside the project
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.triage_quality import folder, read, text_of

TOP = Path(__file__).parents[1]


def _many(count: int, letters: list[str]) -> list[str]:
    chosen = random.Random(4)
    made = list(letters[:count])
    while len(made) < count:
        sentences = chosen.choice(letters).split("。")
        chosen.shuffle(sentences)
        made.append("。".join(sentences[: chosen.randint(1, len(sentences))]))
    return made


def _spread(name: str, times: list[float]) -> None:
    times.sort()
    middle, late = times[len(times) // 2], times[int(len(times) * 0.95)]
    print(f"| {name} | {middle * 1000:.1f} ms | {late * 1000:.1f} ms |", flush=True)


def measure(count: int) -> None:
    """Build an index of ``count`` letters, ask for the like of 300 of them, enter 100 more."""
    from lianxin.triage import actions
    from lianxin.triage.models import Matter
    from lianxin.triage.similarity import copies, index, similar

    letters = [text_of(letter) for name in ("letters_replied.jsonl", "letters_voted.jsonl") for letter in read(name)]
    texts = _many(count, letters)
    rows = (Matter(ref=f"letter:{number}", kind="letter", public=number % 3 > 0, text=text) for number, text in enumerate(texts))
    Matter.objects.bulk_create(rows, batch_size=1000)
    begun = time.perf_counter()
    index.rebuild()
    took = time.perf_counter() - begun
    size = sum(path.stat().st_size for path in index.SHELF.current().rglob("*") if path.is_file())
    print(f"\n{count} letters: built in {took:.0f} s, {size / 1e6:.0f} MB\n\n| | median | p95 |\n|---|---|---|")
    for name, ask in (
        ("similar, public only", lambda text: similar(text, ["letter"], public_only=True)),
        ("copies", lambda text: copies(text, ["letter"])),
    ):
        spent = []
        for text in letters[:300]:
            begun = time.perf_counter()
            ask(text)
            spent.append(time.perf_counter() - begun)
        _spread(name, spent)
    spent = []
    for number in range(100):
        begun = time.perf_counter()
        actions.put(f"new:{number}", "letter", letters[number], public=True)
        spent.append(time.perf_counter() - begun)
    _spread("put, committed", spent)
    begun = time.perf_counter()
    index.update.call()
    print(f"| 100 letters into the index | {(time.perf_counter() - begun) * 1000:.0f} ms | |")


def main() -> None:
    """Measure in a home folder that is thrown away."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--letters", type=int, default=50_000)
    parser.add_argument("--here", action="store_true")
    chosen = parser.parse_args()
    if not (folder() / "letters_replied.jsonl").exists():
        sys.exit(f"the letters are not there ({folder()}); set LETTERS to their folder")
    if chosen.here:
        import django

        django.setup()
        measure(chosen.letters)
        return
    with tempfile.TemporaryDirectory(prefix="lianxin-similarity-") as home:
        environment = {**os.environ, "LIANXIN_HOME": home, "DJANGO_SETTINGS_MODULE": "lianxin.settings"}
        subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], cwd=TOP, env=environment, check=True)
        subprocess.run([sys.executable, "-m", "bench.similarity", "--here", "--letters", str(chosen.letters)], cwd=TOP, env=environment, check=True)


if __name__ == "__main__":
    main()
