"""``python -m bench.submissions``: how many letters a second citizens can send, over HTTP, and how long each waits for the receipt.

The load is wrk with a script (``submissions.lua``): it is the tool that the other measurements use, and costs next to nothing of the core
that it shares with the database; locust would take half of it. Each of the clients is a browser that sends a letter and fetches the
receipt, one after the other without a pause.

Measured is what a signed-in citizen with a real name waits for: the last button (``POST /write/check/``) and the receipt (``/write/done/``).
Prepared beforehand are accounts, their sessions and the drafts, as writing the letter leaves them; every citizen has four letters, so that
the limit of ten an hour is in force and is not met. The product runs as ``lianxin run`` starts it, with the workers that do the jobs of every letter.

Afterwards the books are looked at: every draft that was answered has one number, however often it was sent; no number was given twice or left out;
there are as many new cases as drafts were answered. Whatever was under way when wrk stopped is sent once more first, as a browser would.
"""

import argparse
import http.client
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.pages import prepare
from bench.start import _free_port
from bench.store import serving

TOP = Path(__file__).resolve().parent.parent
LETTERS_EACH = 4
RATE = 100
"""What is wanted, in letters a second."""
LATENCY = 150
"""What is wanted, in milliseconds."""
SETTLE = 1
MOST = 200
"""More a second are not prepared for."""
CSRF = "b" * 32
CSRF_COOKIE = "csrftoken"
SCRIPT = TOP / "bench" / "submissions.lua"


def prepare_drafts(count: int) -> list[str]:
    """``count`` drafts of citizens who are signed in; the cookies of each."""
    from datetime import timedelta

    from django.conf import settings
    from django.db import transaction
    from django.utils import timezone

    from bench.casework_cases import SUBJECTS, TEXTS
    from lianxin.identity.actions import hash_token, open_demo_citizen
    from lianxin.identity.citizen_web import COOKIE
    from lianxin.identity.models import CitizenSession, User
    from lianxin.letters.browser import LETTER
    from lianxin.letters.models import Draft

    now, cookies = timezone.now(), []
    stamp = secrets.token_hex(4)
    telephone = 17_000_000_000 + secrets.randbelow(900_000_000)
    with transaction.atomic():
        for number in range(-(-count // LETTERS_EACH)):
            user = open_demo_citizen(f"bench-{stamp}-{number}", User.Kind.CITIZEN, telephone=str(telephone + number), real_name="王小明")
            session = secrets.token_urlsafe(32)
            CitizenSession.objects.create(
                user=user,
                token_hash=hash_token(session),
                started_at=now,
                seen_at=now,
                confirmed_at=now,
                ends_at=now + timedelta(days=settings.CITIZEN_SESSION_DAYS),
            )
            for place in range(LETTERS_EACH):
                key = secrets.token_urlsafe(24)
                story = (number + place) % len(SUBJECTS)
                content = {"subject": SUBJECTS[story], "text": TEXTS[story], "name": "王小明"}
                Draft.objects.create(
                    key_hash=hash_token(key), token=secrets.token_urlsafe(24), content=json.dumps(content, ensure_ascii=False), changed_at=now
                )
                cookies.append(f"{CSRF_COOKIE}={CSRF}; {COOKIE}={session}; {LETTER.name}={key}")
    return cookies[:count]


def load(port: int, folder: Path, clients: int, copies: int, seconds: int) -> float:
    """Let wrk send drafts for so many seconds; the seconds that passed."""
    command = ["wrk", f"-t{clients}", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "-s", str(SCRIPT), f"http://localhost:{port}"]
    _until_idle()
    print(f"  measuring: {clients} clients, every letter {copies} times, {seconds} s", file=sys.stderr, flush=True)
    began = time.monotonic()
    subprocess.run([*command, "--", str(folder), CSRF, str(clients), str(copies)], check=True, stdout=sys.stderr)
    return time.monotonic() - began


def _until_idle() -> None:
    """What starting, preparing and the letters before have left to the workers is done first: measured is what letters cost, not that."""
    from django_tasks_db.models import DBTaskResult

    while DBTaskResult.objects.ready().exists():
        time.sleep(SETTLE)


def receipts(folder: Path) -> tuple[dict[int, set[str]], list[float]]:
    """The numbers that each draft was answered with, and how many milliseconds each answer took. Raises RuntimeError for anything else."""
    numbers: dict[int, set[str]] = defaultdict(set)
    times = []
    for file in folder.glob("receipts-*"):
        for line in file.read_text().splitlines():
            place, number, taken = line.split()
            if number.startswith("status"):
                raise RuntimeError(f"draft {place} was answered with {number}")
            numbers[int(place)].add(number)
            times.append(int(taken) / 1000)
    return numbers, times


def send_again(port: int, cookies: str) -> str:
    """Send one draft as a browser does whose answer got lost; the number on its receipt."""
    connection = http.client.HTTPConnection("localhost", port, timeout=30)
    headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/write/check/", f"csrfmiddlewaretoken={CSRF}", headers)
    connection.getresponse().read()
    connection.request("GET", "/write/done/", headers={"Cookie": cookies})
    body = connection.getresponse().read().decode()
    return re.search(r"SZXX\d+", body)[0]


def look_at_books(numbers: dict[int, set[str]], before: dict[str, int]) -> None:
    """Raises RuntimeError when a letter was lost or taken twice, or a number was given twice or left out."""
    from lianxin.casework.models import Case

    given = [number for found in numbers.values() for number in found]
    if any(len(found) != 1 for found in numbers.values()) or len(set(given)) != len(numbers):
        raise RuntimeError("a letter has two numbers, or a number two letters")
    cases = set(Case.objects.filter(pk__gt=before["key"]).values_list("number", flat=True))
    if cases != set(given):
        raise RuntimeError(f"{len(cases)} cases for {len(given)} receipts")
    ends = sorted(int(number.removeprefix("SZXX")[4:]) for number in cases)
    if ends != list(range(ends[0], ends[0] + len(cases))):
        raise RuntimeError("a number was left out")


def measure(port: int, clients: int, copies: int, seconds: int) -> list[dict[str, Any]]:
    """Send letters for so many seconds and look at the books; letters a second and what each waited."""
    from lianxin.casework.models import Case
    from lianxin.letters.models import Draft

    with tempfile.TemporaryDirectory(prefix="lianxin-submissions-") as name:
        folder = Path(name)
        cookies = prepare_drafts(seconds * MOST)
        (folder / "cookies").write_text("\n".join(cookies) + "\n")
        before = {"key": Case.objects.order_by("-pk").values_list("pk", flat=True)[0]}
        passed = load(port, folder, clients, copies, seconds)
        time.sleep(1)
        numbers, times = receipts(folder)
        answered = len(numbers)
        cut = [place for place in range(len(cookies)) if place not in numbers and _was_sent(cookies[place])]
        for place in cut:
            numbers[place].add(send_again(port, cookies[place]))
        look_at_books(numbers, before)
    Draft.objects.filter(sent_at=None, case=None).delete()
    what = f"{clients} client{'s' if clients > 1 else ''}" + (", every letter sent twice at once" if copies > 1 else "")
    waits = {"median": statistics.median(times), "p95": statistics.quantiles(times, n=20)[-1]}
    return [
        {"what": f"letters answered a second, {what}", "median": answered / passed, "unit": "/s", **({"at_least": RATE} if clients > 1 else {})},
        {"what": f"from the last button to the receipt, {what}", **waits, "target": LATENCY},
        {"what": f"letters taken, each once, numbers without a gap, {what}", "median": len(numbers), "unit": ""},
    ]


def _was_sent(cookies: str) -> bool:
    from lianxin.identity.actions import hash_token
    from lianxin.letters.browser import LETTER
    from lianxin.letters.models import Draft

    return Draft.objects.filter(key_hash=hash_token(cookies.rpartition(f"{LETTER.name}=")[2]), sent_at__isnull=False).exists()


def main() -> None:
    """Measure one client, many, and many in pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--clients", type=int, default=16)
    options = parser.parse_args()
    prepare()
    port = _free_port()
    environment = {**os.environ, "PORT": str(port), "PYTHONPATH": str(TOP)}
    rows = []
    with ExitStack() as stack:
        stack.enter_context(serving([sys.executable, "-m", "lianxin", "run"], environment, f"http://localhost:{port}/"))
        for clients, copies in ((1, 1), (options.clients, 1), (options.clients, 2)):
            rows += measure(port, clients, copies, options.seconds if clients > 1 else 10)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
