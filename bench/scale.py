"""``python -m bench.scale SIZE…``: grows the demo city to each size and measures pages and staff screens there; prints rows as JSON.

The sizes must ascend: one city grows from one to the next, so that what is compared is the same city. Each size is measured in a process
of its own that has nothing in memory from making it.
"""

import json
import subprocess
import sys
from typing import Any

from bench.pages import measure
from bench.wsgi import getter

SITES = 273
REQUESTS, SCREENS = 100, 20
COLUMN = "announcements"
GROWTH = 1.3
"""What a page may take at the last size, as a multiple of its time at the first."""


def grow(size: int) -> None:
    """Bring the city of this home folder to ``size`` articles."""
    command = [sys.executable, "-m", "lianxin", "demo", "--articles", str(size), "--sites", str(SITES)]
    subprocess.run(command, check=True, stdout=sys.stderr)


def pages(times: int) -> list[dict[str, Any]]:
    """What readers ask for, rendered anew."""
    from django.conf import settings

    from lianxin.publishing.models import ColumnPage, Listing
    from lianxin.publishing.queries import listing_page

    get = getter(settings.DESK_HOST, settings.PORT)
    column = ColumnPage.objects.get(slug=COLUMN)
    cursors = [None]
    while (older := listing_page(column.pk, cursors[-1]).older) is not None:
        cursors.append(older)
    number = Listing.objects.filter(column=column).count()
    middle = Listing.objects.filter(column=column, direct=True).order_by("published_at")[number // 2]
    address = f"/news/{COLUMN}/"
    return [
        measure("home page", 20, lambda: get("/"), times),
        measure("article", 7, lambda: get(middle.href), times),
        measure(f"column of {number:,}, first page", 5, lambda: get(address), times),
        measure("… middle page", 5, lambda: get(f"{address}?page={cursors[len(cursors) // 2]}"), times),
        measure("… last page", 5, lambda: get(f"{address}?page={cursors[-1]}"), times),
    ]


def screens(times: int) -> list[dict[str, Any]]:
    """What staff ask for: the explorer at that column and at the city's home page, as two people with different rights."""
    from django.conf import settings
    from django.test import Client

    from lianxin.identity.models import User
    from lianxin.publishing.models import ColumnPage

    settings.ALLOWED_HOSTS = ["*"]
    column = ColumnPage.objects.get(slug=COLUMN)
    places = {f"column {column.title}": column.pk, "the city's columns": column.get_site().root_page_id}
    rows = []
    for username in ("editor", "admin"):
        client = Client(SERVER_NAME=settings.DESK_HOST)
        client.force_login(User.objects.get(username=username), backend="lianxin.identity.backends.StaffBackend")
        for name, pk in places.items():

            def look(client: Client = client, pk: int = pk) -> None:
                status = client.get(f"/desk/pages/{pk}/").status_code
                if status != 200:
                    raise RuntimeError(f"explorer of {pk}: {status}")

            rows.append(measure(f"staff explorer, {name}, as {username}", 400, look, times, warm_up=3))
    return rows


def compared(first: list[dict[str, Any]], last: list[dict[str, Any]], sizes: list[int]) -> list[dict[str, Any]]:
    """The time that the process worked at the last size, as a multiple of that at the first."""
    return [
        {"what": f"{one['what']}: {sizes[-1]:,} against {sizes[0]:,} articles", "median": other["cpu"] / one["cpu"], "unit": "×", "target": GROWTH}
        for one, other in zip(first, last, strict=True)
    ]


def main() -> None:
    """Grow and measure, or (``--here``) measure the city as it is."""
    if sys.argv[1:] == ["--here"]:
        import django

        django.setup()
        print(json.dumps(pages(REQUESTS) + screens(SCREENS)))
        return
    sizes = [int(size) for size in sys.argv[1:]]
    found = []
    for size in sizes:
        grow(size)
        answer = subprocess.run([sys.executable, "-m", "bench.scale", "--here"], stdout=subprocess.PIPE, text=True, check=True)
        found.append(json.loads(answer.stdout.splitlines()[-1]))
    rows = [row | {"what": f"{size:,} articles: {row['what']}"} for size, measured in zip(sizes, found, strict=True) for row in measured]
    print(json.dumps(rows + (compared(found[0], found[-1], sizes) if len(sizes) > 1 else [])))


if __name__ == "__main__":
    main()
