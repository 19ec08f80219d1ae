"""The city at scale: made articles leave the same rows as imported ones, runs go on where the last one ended, lists are right."""

import json
import random
from typing import Any

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from wagtail.models import Page, ReferenceIndex

from lianxin.demo import articles, scale
from lianxin.foundation.errors import Refused
from lianxin.organisations.models import Post
from lianxin.publishing import actions
from lianxin.publishing.actions import lists
from lianxin.publishing.models import ArticlePage, ColumnPage, Listing, SiteProfile
from lianxin.publishing.queries import listing_page

CREATED = ("id", "pk", "path", "slug", "url_path", "translation_key", "content_path_hash")


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "DRAFTS", 2)
    monkeypatch.setattr(scale, "CHUNK", 60)


def made() -> models.QuerySet[ArticlePage]:
    return ArticlePage.objects.filter(translation_key__gte=scale.FIRST_KEY, translation_key__lt="5ca1e001-0000-4000-8000-000000000000").order_by("pk")


def row(instance: models.Model, *without: str) -> dict[str, Any]:
    return {
        field.attname: getattr(instance, field.attname) for field in instance._meta.local_concrete_fields if field.attname not in (*CREATED, *without)
    }


def test_the_city_grows(demo: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert scale.grow(100, 20) == 100
    first = list(made().values_list("title", "slug", "url_path", "published_at"))

    # Asked for more, it goes on; asked for the same, it has nothing to do.
    assert scale.grow(150, 20) == 50
    assert scale.grow(150, 20) == 0
    assert list(made().values_list("title", "slug", "url_path", "published_at"))[:100] == first
    assert made().count() == 150

    tiers = dict(SiteProfile.objects.order_by().values_list("tier").annotate(models.Count("pk")))
    assert tiers == {"city": 1, "county": 13, "department": 5, "township": 1}
    assert not Post.objects.filter(role=Post.Role.EDITOR, user__is_active=False).exists()
    assert made().values("title").distinct().count() > 50
    assert not made().filter(published_at__gte=timezone.now()).exists()

    # The tree is whole, and what readers' lists show is what the deeds would have written.
    assert Page.find_problems() == ([], [], [], [], [])
    for article in made():
        assert not lists.differs(article)
    full = ColumnPage.objects.get(slug="announcements")
    assert Listing.objects.filter(column=full, article__in=made(), direct=True, home_column_title=full.title).count() >= 150 // scale.ONE_OF
    assert listing_page(full.pk, None, 5).items


def test_a_made_article_leaves_what_an_import_leaves(demo: None) -> None:
    # What is known of types already must not matter.
    ContentType.objects.clear_cache()
    ContentType.objects.get_for_model(ArticlePage._meta.get_field("lead_picture").related_model)
    scale.grow(60, 4)
    article = made().filter(placements__isnull=False).first() or made().first()
    placements = list(article.placements.order_by("column_id"))
    twin = actions.import_published(
        ColumnPage.objects.get(pk=article.get_parent().pk),
        published_at=article.published_at,
        owner=article.owner,
        also=[placement.column for placement in placements],
        title=article.title,
        body=article.body.get_prep_value(),
        organisation=article.organisation,
        **{name: getattr(article, name) for name in ("summary", "keywords", "author", "source", "document_number", "importance", "review_kind")},
        **{name: getattr(article, name) for name in ("lead_picture", "lead_picture_alt")},
    )
    ReferenceIndex.create_or_update_for_object(twin)
    twin = ArticlePage.objects.get(pk=twin.pk)
    other = ("latest_revision_id", "live_revision_id", "latest_revision_created_at", "page_ptr_id")
    assert row(article, *other, "body") == row(twin, *other, "body")
    assert row(article.page_ptr, *other) == row(twin.page_ptr, *other)
    assert article.body.get_prep_value() == twin.body.get_prep_value()

    def listed(page: ArticlePage) -> list[dict[str, Any]]:
        return [row(listing, "article_id", "href") for listing in Listing.objects.filter(article=page).order_by("column_id")]

    assert listed(article) == listed(twin)
    assert [row(p, "article_id") for p in placements] == [row(p, "article_id") for p in twin.placements.order_by("column_id")]

    def references(page: ArticlePage) -> list[dict[str, Any]]:
        found = ReferenceIndex.objects.filter(object_id=str(page.pk), content_type=page.content_type)
        ordered = found.order_by("model_path", "to_content_type_id", "to_object_id")
        return [row(reference, "object_id", "content_path") for reference in ordered]

    assert references(article) == references(twin)
    ours, theirs = article.latest_revision, twin.latest_revision
    assert row(ours, "object_id", "content", "created_at") == row(theirs, "object_id", "content", "created_at")
    keys = {*CREATED, "placements", "body", "latest_revision_created_at"}
    assert ours.content.keys() == theirs.content.keys()
    assert {k: v for k, v in ours.content.items() if k not in keys} == {k: v for k, v in theirs.content.items() if k not in keys}
    assert json.loads(ours.content["body"]) == json.loads(theirs.content["body"])
    assert ours.as_object().title == article.title and ours.as_object().body == article.body


def test_only_the_demo_grows(db: None, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "HOME", tmp_path)
    with pytest.raises(Refused, match="不是演示城市"):
        scale.grow(10, 4)
    with pytest.raises(Refused, match="站点数应在"):
        scale.grow(10, 274)


def test_the_plan_has_a_unit_for_each_site() -> None:
    plans = list(scale._plans())
    assert len({slug for slug, _, _ in plans}) == len(plans) == scale.MOST_SITES - 1


def test_a_text_speaks_in_the_name_of_its_unit() -> None:
    from lianxin.demo import catalogue, variation
    from tests.demo.test_content import TODAY

    writer = variation.Writer(catalogue.organisations(), articles.cutoff(TODAY), random.Random())
    texts = scale.Texts(writer, 2025, 3)
    drafts = texts.fitting(("news/departments",))
    for number in range(30):
        text = scale.compose(random.Random(number), texts, drafts, "青石镇")
        assert text.unit == "青石镇" and text.document_number == ""
        blocks = json.loads(text.body)
        assert blocks and len({block["id"] for block in blocks}) == len(blocks)
        assert all(block["value"] for block in blocks)
