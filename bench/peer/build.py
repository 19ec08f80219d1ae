"""``python -m bench.peer.build CONTENT``: the plain site with the same columns and articles as ours, then its measurements as JSON.

CONTENT has a line of JSON for each column (``{"column": "news/headlines", "title": …}``) and, after them, for each article
(``{"in": "news/headlines", "slug", "title", "summary", "author", "date", "picture", "body"}``); ``bench.rendering`` writes it.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.peer.settings"

from bench.pages import measure
from bench.wsgi import getter

BATCH = 1000


def build(content: Path) -> tuple[dict[str, Any], int]:
    """Fill an empty database; returns the articles by column (the last one of each) and their number."""
    from django.core.management import call_command

    call_command("makemigrations", "peer", verbosity=0)
    call_command("migrate", verbosity=0)
    from django.contrib.contenttypes.models import ContentType
    from django.core.files.images import ImageFile
    from django.db import models, transaction
    from PIL import Image as Canvas
    from wagtail.images.models import Image
    from wagtail.models import Page, Site

    from bench.peer.models import PlainArticle, PlainHome, PlainSection
    from lianxin.foundation import bulk

    Page.objects.filter(depth=2).delete()
    root = Page.get_first_root_node()
    home = root.add_child(instance=PlainHome(title="和安市人民政府", slug="home"))
    Site.objects.update_or_create(is_default_site=True, defaults={"hostname": "localhost", "root_page": home})
    raw = BytesIO()
    Canvas.new("RGB", (1280, 800), (20, 71, 127)).save(raw, "JPEG")
    picture = Image.objects.create(title="picture", file=ImageFile(BytesIO(raw.getvalue()), name="picture.jpg"))
    sections: dict[str, Page] = {"": home}
    batch: list[dict[str, Any]] = []
    last: dict[str, Any] = {}
    number = 0
    kind = ContentType.objects.get_for_model(PlainArticle)

    def flush() -> None:
        with transaction.atomic():
            pages = [_page(sections[row["in"]], row, kind.pk) for row in batch]
            first = bulk.next_key(Page)
            names = ("id", *pages[0])
            bulk.insert(Page, names, [(first + place, *page.values()) for place, page in enumerate(pages)])
            names = ("page_ptr_id", "date", "introduction", "author", "picture_id", "body")
            bulk.insert(PlainArticle, names, [_article(first + place, row, picture.pk) for place, row in enumerate(batch)])
        batch.clear()

    for row in _rows(content):
        if "column" in row:
            above = sections[row["column"].rpartition("/")[0]]
            made = PlainSection(title=row["title"], slug=row["column"].rpartition("/")[2], show_in_menus=True, introduction=row["title"])
            sections[row["column"]] = Page.objects.get(pk=above.pk).add_child(instance=made)
            continue
        batch.append(row)
        last[row["in"]] = row["slug"]
        number += 1
        if len(batch) == BATCH:
            flush()
    if batch:
        flush()
    for section in PlainSection.objects.all():
        Page.objects.filter(pk=section.pk).update(numchild=models.F("numchild") + PlainArticle.objects.child_of(section).count())
    return last, number


def _rows(content: Path) -> Iterator[dict[str, Any]]:
    with content.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


_children: dict[int, int] = {}


def _page(section: Any, row: dict[str, Any], kind: int) -> dict[str, Any]:
    from wagtail.models import Page

    # Sub-sections were made first; articles come after them.
    _children.setdefault(section.pk, Page.objects.child_of(section).count())
    _children[section.pk] += 1
    moment = datetime.fromisoformat(row["date"])
    return {
        "path": Page._get_path(section.path, section.depth + 1, _children[section.pk]),
        **{"depth": section.depth + 1, "numchild": 0, "translation_key": uuid4(), "locale_id": section.locale_id, "live": True},
        **{"has_unpublished_changes": False, "first_published_at": moment, "last_published_at": moment, "expired": False, "locked": False},
        **{"title": row["title"], "draft_title": row["title"], "slug": row["slug"], "content_type_id": kind},
        **{"url_path": f"{section.url_path}{row['slug']}/", "seo_title": "", "show_in_menus": False, "search_description": ""},
    }


def _article(pk: int, row: dict[str, Any], picture: int) -> tuple[Any, ...]:
    shown = picture if row["picture"] else None
    return pk, datetime.fromisoformat(row["date"]), row["summary"], row["author"], shown, json.dumps(row["body"], ensure_ascii=False)


def main() -> None:
    """Build, measure, print."""
    import django

    # The migrations of its three models are written beside the database, as they are of no use later.
    home = Path(os.environ["PEER_HOME"])
    (home / "peer_migrations").mkdir(exist_ok=True)
    (home / "peer_migrations" / "__init__.py").touch()
    sys.path.insert(0, str(home))
    django.setup()
    content, column, times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    last, _ = build(content)
    get = getter("localhost", 80)
    rows = [
        measure("home page", 0, lambda: get("/"), times),
        measure("column", 0, lambda: get(f"/{column}/"), times),
        measure("article", 0, lambda: get(f"/{column}/{last[column]}/"), times),
    ]
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
