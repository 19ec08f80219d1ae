"""``python -m bench.rendering TIMES``: our pages, rendered anew, against those of a plain Wagtail site with the same columns and articles.

Both run one after the other through WSGI in a process each, on SQLite, with the same Python, Django and Wagtail; the city of this home
folder gives the content. What the plain site is, stands in ``bench/peer``. Prints rows as JSON.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.pages import measure, prepare
from bench.wsgi import getter

AT_LEAST = 5


def write_content(folder: Path) -> tuple[Path, str, str]:
    """The city site's columns and articles as lines; also the largest column and the address of an article in it."""
    from lianxin.publishing.models import ArticlePage, ColumnPage, SiteProfile

    root = SiteProfile.objects.get(tier=SiteProfile.Tier.CITY).site.root_page
    columns = {column.path: column for column in ColumnPage.objects.filter(path__startswith=root.path).order_by("path")}
    keys = {path: column.url_path.removeprefix(root.url_path).strip("/") for path, column in columns.items()}
    content = folder / "content.jsonl"
    largest = max(columns.values(), key=lambda column: column.numchild)
    with content.open("w", encoding="utf-8") as lines:
        for path, column in columns.items():
            lines.write(json.dumps({"column": keys[path], "title": column.title}) + "\n")
        articles = ArticlePage.objects.filter(path__startswith=root.path, live=True).order_by("published_at")
        for article in articles.iterator(chunk_size=500):
            lines.write(json.dumps(_line(article, keys[article.path[: -ArticlePage.steplen]])) + "\n")
    last = ArticlePage.objects.child_of(largest).live().order_by("published_at").last()
    return content, keys[largest.path], f"/{keys[largest.path]}/{last.slug}/"


def _line(article: Any, column: str) -> dict[str, Any]:
    kinds = {"heading": lambda value: value["text"], "text": str}
    body = [{"type": block.block_type, "value": kinds[block.block_type](block.value)} for block in article.body if block.block_type in kinds]
    return {
        "in": column,
        **{name: getattr(article, name) for name in ("slug", "title", "summary", "author")},
        **{"date": article.published_at.isoformat(), "picture": article.lead_picture_id is not None, "body": body},
    }


def main() -> None:
    """Measure both and compare the time that each process worked."""
    times = int(sys.argv[1])
    prepare()
    from django.conf import settings

    with tempfile.TemporaryDirectory(prefix="lianxin-peer-") as name:
        content, column, article = write_content(Path(name))
        environment = os.environ | {"PEER_HOME": name}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        command = [sys.executable, "-m", "bench.peer.build", str(content), column, str(times)]
        answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    theirs = json.loads(answer.stdout.splitlines()[-1])
    get = getter(settings.DESK_HOST, settings.PORT)
    ours = [
        measure("home page", 0, lambda: get("/"), times),
        measure("column", 0, lambda: get(f"/{column}/"), times),
        measure("article", 0, lambda: get(article), times),
    ]
    rows = []
    for own, plain in zip(ours, theirs, strict=True):
        rows += [own | {"what": f"{own['what']}, ours"}, plain | {"what": f"{own['what']}, plain Wagtail"}]
        times_as_quick = plain["cpu"] / own["cpu"]
        rows.append({"what": f"{own['what']}: times as quick", "median": times_as_quick, "unit": "×", "at_least": AT_LEAST})
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
