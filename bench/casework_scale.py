"""``python -m bench.casework_scale SIZE…``: grows the city's cases to each size and measures there; prints rows as JSON. The sizes ascend.

Measured are staff's screens through all middleware, deeds and queries in this process (what the database and the engine take), and at the
last size letters sent over HTTP (``bench.submissions``).
"""

import json
import subprocess
import sys
import time
from typing import Any

from bench.pages import measure, prepare

KIND = "mailbox"
CITIZENS = 20_000
REQUESTS, SCREENS = 100, 30
UNITS = 50
"""A unit has one case in fifty: 20,000 of a million."""
CLOCKS = 10_000


def people() -> dict[str, Any]:
    """Accounts with the posts that the lists are for, in the city of this home folder; made once."""
    from datetime import date

    from lianxin.identity.models import User
    from lianxin.organisations import queries
    from lianxin.organisations.models import Organisation, Post

    root = Organisation.get_root_nodes().first()
    office = queries.office("information_centre")
    units = list(Organisation.objects.filter(ended_on=None).exclude(pk__in=[root.pk, office.pk]).order_by("path")[:UNITS])
    while len(units) < UNITS:
        number = len(units)
        units.append(
            Organisation.objects.get(pk=root.pk).add_child(
                name=f"第{number}局", short_name=f"第{number}局", slug=f"bench-{number}", kind="department"
            )
        )
    posts = {"triage": office, "clerk": units[0], "head": units[0], "supervisor": root}
    found: dict[str, Any] = {"office": office, "units": units}
    for role, unit in posts.items():
        user, _ = User.objects.get_or_create(username=f"bench-{role}", defaults={"name": role, "is_staff": True})
        Post.objects.get_or_create(user=user, organisation=unit, role=role, defaults={"starts_on": date(2020, 1, 1)})
        found[role] = user
    known = User.objects.filter(username__startswith="bench-citizen-").count()
    User.objects.bulk_create(User(username=f"bench-citizen-{number}", name="市民", kind="citizen") for number in range(known, CITIZENS))
    found["citizens"] = list(User.objects.filter(username__startswith="bench-citizen-"))
    return found


def fill(size: int, who: dict[str, Any]) -> dict[str, Any]:
    """Bring the city to ``size`` cases, a fifth of the new ones still open until ``CLOCKS`` clocks run; how long the finished ones took."""
    from django.db import connection

    from bench.casework_cases import OPEN, Maker, grow, known_kind
    from bench.casework_moulds import cast
    from lianxin.casework.models import Case, Clock

    missing = max(size - Case.objects.count(), 0)
    maker = Maker(known_kind(KIND), who["office"], who["units"], who["citizens"], who["clerk"], who["head"])
    still_open = min(max(CLOCKS - Clock.objects.filter(state="running").count(), 0), missing // 5)
    finished = missing - still_open

    def told(done: int) -> None:
        if done % 20_000 == 0:
            print(f"  {done:,} of {finished:,} cases", file=sys.stderr)

    begun = time.perf_counter()
    (cast if connection.vendor == "postgresql" else grow)(maker, finished, told)
    taken = time.perf_counter() - begun
    # Three days are left for each, so that no jobs about what ran out keep the workers busy.
    grow(maker, still_open, days=3, ends=OPEN)
    return {"what": f"finished cases made in bulk, to {size:,}", "median": 1e6 * taken / max(finished, 1), "unit": "µs each"}


def lists(who: dict[str, Any]) -> list[dict[str, Any]]:
    """What staff and the public ask for."""
    from lianxin.casework import queries
    from lianxin.casework.models import Case

    middle = Case.objects.filter(is_public=True).order_by("-public_at", "-pk")[Case.objects.filter(is_public=True).count() // 2]
    number = Case.objects.order_by("-pk").values_list("number", flat=True)[0]
    by_name = {
        "a unit's queue": lambda: queries.unit_queue(who["clerk"]),
        "triage queue": lambda: queries.triage_queue(who["triage"]),
        "the supervisor's queue, who sees all": lambda: queries.supervisor_queue(who["supervisor"]),
        "replies to sign": lambda: queries.replies_to_sign(who["head"]),
        "returns and reports": lambda: (queries.returns_to_rule(who["triage"]), queries.reports_to_accept(who["triage"])),
        "one case by right, as clerk": lambda: queries.visible_to(who["clerk"]).filter(number=number).first(),
        "one case by right, as supervisor": lambda: queries.visible_to(who["supervisor"]).filter(number=number).first(),
        "public list, first page": lambda: queries.public_list(),
        "public list, in the middle": lambda: queries.public_list(after=(middle.public_at, middle.pk)),
        "public list of a unit": lambda: queries.public_list(unit=who["units"][0]),
        "own cases": lambda: queries.own_cases(who["citizens"][0]),
        "found by telephone": lambda: queries.by_telephone(who["triage"], "13800000123"),
        "number and secret": lambda: queries.by_number_and_secret(number, "0000-0000-0000-0000"),
    }
    return [measure(name, 200, work, REQUESTS) for name, work in by_name.items()]


def screens(who: dict[str, Any]) -> list[dict[str, Any]]:
    """What staff open, through all middleware: the staff home, lists, a letter at triage and one of the unit."""
    from django.conf import settings
    from django.contrib.staticfiles.storage import staticfiles_storage
    from django.test import Client
    from django.urls import reverse

    from lianxin.casework import queries

    settings.ALLOWED_HOSTS = ["*"]
    # The files of pages may have been collected by this process, after it looked which there are.
    staticfiles_storage.hashed_files, _ = staticfiles_storage.load_manifest()
    new, own = queries.triage_queue(who["triage"])[0], queries.unit_queue(who["clerk"]).cases[0]
    places = {
        ("triage", "staff home"): "/desk/",
        ("triage", "triage screen"): reverse("casedesk:triage_one", args=[new.number]),
        ("triage", "rulings and publicity"): reverse("casedesk:office"),
        ("clerk", "staff home"): "/desk/",
        ("clerk", "the unit's list"): reverse("casedesk:unit"),
        ("clerk", "the unit's list, overdue"): reverse("casedesk:unit") + "?show=late",
        ("clerk", "a case"): reverse("casedesk:case", args=[own.number]),
        ("head", "staff home"): "/desk/",
        ("head", "to sign"): reverse("casedesk:signing"),
        ("supervisor", "staff home"): "/desk/",
        ("supervisor", "limits"): reverse("casedesk:limits"),
        ("supervisor", "a case"): reverse("casedesk:case", args=[own.number]),
    }
    rows = []
    for (role, name), address in places.items():
        client = Client(SERVER_NAME=settings.DESK_HOST)
        client.force_login(who[role], backend="lianxin.identity.backends.StaffBackend")

        def look(client: Client = client, address: str = address) -> None:
            status = client.get(address).status_code
            if status != 200:
                raise RuntimeError(f"{address}: {status}")

        rows.append(measure(f"screen: {name}, as {role}", 200, look, SCREENS, warm_up=3))
    return rows


def deeds(who: dict[str, Any]) -> list[dict[str, Any]]:
    """From a letter to its answer."""
    from bench.casework_cases import SUBJECTS, TEXTS, known_kind
    from lianxin.casework import actions
    from lianxin.casework.models import Assignment

    kind, citizen, given = known_kind(KIND), who["citizens"][0], iter(range(10**6))
    stamp = time.time_ns()

    def submit() -> Any:
        data = actions.PetitionerData(name="王小明", phone="13800001111", identity="real_name", user=citizen)
        token = f"bench-{stamp}-{next(given):08d}"
        return actions.submit(citizen, kind.code, token=token, subject=SUBJECTS[0], text=TEXTS[0], petitioner=data).case

    rows = [measure("submit", 150, submit, REQUESTS)]
    waiting = [submit() for _ in range(REQUESTS + 30)]
    rows.append(measure("assign", 150, lambda: actions.assign(who["triage"], waiting.pop(), who["units"][0]), REQUESTS))
    offered = list(Assignment.objects.filter(organisation=who["units"][0], state="offered").select_related("case").order_by("-pk")[: REQUESTS + 30])

    def sign() -> None:
        part = offered.pop()
        actions.sign_for(who["clerk"], part.case, part)

    return [*rows, measure("sign for", 150, sign, REQUESTS)]


def recomputed() -> dict[str, Any]:
    """All running clocks moved by a day, as a change of the calendar would."""
    from datetime import timedelta

    from django.db.models import F

    from lianxin.casework import actions
    from lianxin.casework.models import Clock

    running = list(Clock.objects.filter(state="running").order_by("-pk").values_list("pk", flat=True)[:CLOCKS])
    # Moved off their days in the rows alone; counting anew puts each back, with its event.
    Clock.objects.filter(pk__in=running).update(due_at=F("due_at") + timedelta(days=1))
    begun = time.perf_counter()
    moved = actions.recompute()
    return {"what": f"{moved:,} clocks counted anew", "median": time.perf_counter() - begun, "unit": "s", "target": 10}


def checked() -> dict[str, Any]:
    """The newest cases, and as many drawn from all of them, replayed and compared."""
    import random

    from lianxin.casework import checks
    from lianxin.casework.models import Case

    newest = list(Case.objects.order_by("-pk")[:1_000])
    drawn = list(Case.objects.filter(pk__in=random.Random(1).sample(range(1, newest[0].pk), min(1_000, newest[0].pk - 1))))
    begun = time.perf_counter()
    for some in (newest, drawn):
        for place in range(0, len(some), 200):
            if found := list(checks.faults(*some[place : place + 200])):
                raise RuntimeError(found[0])
    return {"what": "a case replayed and compared", "median": 1e6 * (time.perf_counter() - begun) / (len(newest) + len(drawn)), "unit": "µs"}


def main() -> None:
    """Measure at each size."""
    prepare()
    who, rows = people(), []
    for size in map(int, sys.argv[1:] or ["10000"]):
        rows.append(fill(size, who))
        print(f"  measuring at {size:,}", file=sys.stderr, flush=True)
        here = [*screens(who), *lists(who), *deeds(who), recomputed(), checked()]
        rows += [{**row, "what": f"{row['what']}, at {size:,}"} for row in here]
    print(json.dumps(rows), file=sys.stderr)
    answer = subprocess.run([sys.executable, "-m", "bench.submissions"], stdout=subprocess.PIPE, text=True, check=True)
    print(json.dumps(rows + json.loads(answer.stdout.splitlines()[-1])))


if __name__ == "__main__":
    main()
