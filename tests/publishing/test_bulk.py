"""The batch leaves what the one-by-one deed leaves: every row of every table compared, whatever the articles are like."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, PageLogEntry, ReferenceIndex, Revision

from lianxin.foundation.errors import Refused
from lianxin.publishing import actions
from lianxin.publishing.actions import lists
from lianxin.publishing.models import ArticlePage, Listing, Placement

pytestmark = pytest.mark.django_db

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(lambda text: text.strip())
MOMENT = st.datetimes(datetime(1990, 1, 1), datetime(2024, 12, 31), timezones=st.just(UTC))
BLOCK = st.one_of(
    TEXT.map(lambda text: {"type": "text", "value": f"<p>{text.replace('<', '').replace('&', '')}</p>"}),
    TEXT.map(lambda text: {"type": "heading", "value": {"level": "2", "text": text}}),
    TEXT.map(lambda text: {"type": "quote", "value": {"text": text, "source": ""}}),
)
ARTICLE = {
    **{"title": TEXT, "body": st.lists(BLOCK, max_size=3), "summary": TEXT, "source": TEXT},
    **{"importance": st.integers(0, 2), "pinned": st.booleans()},
}
ARTICLES = st.lists(st.fixed_dictionaries(ARTICLE), min_size=1, max_size=4)


def numbered(articles):
    """Each block with an id, as otherwise each path would draw its own."""
    for article in articles:
        article["body"] = [block | {"id": f"00000000-0000-4000-8000-{number:012}"} for number, block in enumerate(article["body"])]
    return articles


# What two articles never share.
OWN = {"id", "page_ptr_id", "path", "slug", "url_path", "translation_key", "latest_revision_id", "live_revision_id", "latest_revision_created_at"}
OWN |= {"page_id", "article_id", "href", "object_id", "timestamp", "created_at", "pk", "latest_revision", "live_revision"}


def row(instance, model=None):
    fields = (model or type(instance))._meta.concrete_fields
    return {field.attname: field.value_to_string(instance) for field in fields if field.attname not in OWN}


def stripped(content):
    return {key: value for key, value in content.items() if key not in OWN | {"placements"}} | {
        "placements": [{k: v for k, v in placement.items() if k not in ("pk", "article")} for placement in content["placements"]]
    }


def everything(pk):
    article = ArticlePage.objects.get(pk=pk)
    revision = article.latest_revision
    assert revision == article.live_revision
    references = ReferenceIndex.objects.filter(object_id=str(pk), content_type=article.content_type).order_by("model_path", "to_object_id")
    placed = [placement.pk for placement in article.placements.all()]
    return {
        "article": row(article),
        "revision": row(revision) | {"content": stripped(revision.content)},
        "revised at": article.latest_revision_created_at == revision.created_at,
        "logs": [row(log) for log in PageLogEntry.objects.filter(page=pk)],
        "placements": [row(placement) for placement in article.placements.all()],
        "listings": [row(listing) for listing in Listing.objects.filter(article=pk).order_by("column_id")],
        "references": [
            (r.to_content_type_id, r.to_object_id, r.model_path, r.content_path.replace(str(placed and placed[0]), "·")) for r in references
        ],
        "url": article.url_path == article.get_parent().url_path + article.slug + "/",
        "href": [listing.href for listing in Listing.objects.filter(article=pk)] == [f"/departments/{article.slug}/"] * article.listings.count(),
        "wrong lists": lists.differs(article),
    }


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(articles=ARTICLES.map(numbered), moments=st.lists(MOMENT, min_size=4, max_size=4), placed=st.booleans())
def test_the_batch_writes_what_the_deed_writes(column, other_column, city, people, articles, moments, placed):
    also = [other_column] if placed else []
    arrivals, singly = [], []
    for fields, moment in zip(articles, moments, strict=False):
        fields = fields | {"organisation": city.education}
        article = actions.import_published(column, published_at=moment, owner=people.editor, also=also, **fields)
        ReferenceIndex.create_or_update_for_object(ArticlePage.objects.get(pk=article.pk))
        singly.append(article.pk)
        arrivals.append(actions.Arrival(column, moment, fields, also))
    batched = actions.import_many(arrivals, owner=people.editor)
    assert [everything(pk) for pk in batched] == [everything(pk) for pk in singly]
    assert Page.find_problems() == ([], [], [], [], [])


def arrival(column, city, number=0, **fields):
    values = {"title": f"第 {number} 篇", "body": [{"type": "text", "value": "<p>正文</p>"}], "organisation": city.education, **fields}
    return actions.Arrival(column, timezone.now() - timedelta(days=number + 1), values)


def test_what_is_not_in_order_is_refused_and_the_rest_stays(column, city):
    told = []
    actions.articles_imported.connect(lambda article_ids, **kwargs: told.append(article_ids), weak=False, dispatch_uid="test")
    try:
        ahead = actions.Arrival(column, timezone.now() + timedelta(days=1), arrival(column, city).fields)
        outcome = actions.import_many(
            [arrival(column, city), arrival(column, city, title=""), ahead, arrival(column, city, review_kind="repost"), arrival(column, city, 1)]
        )
    finally:
        actions.articles_imported.disconnect(dispatch_uid="test")
    assert [isinstance(entry, Refused) for entry in outcome] == [False, True, True, True, False]
    assert "将来" in str(outcome[2]) and "来源" in str(outcome[3])
    assert told == [[outcome[0], outcome[4]]]
    assert Revision.page_revisions.filter(object_id__in=[str(outcome[0]), str(outcome[4])]).count() == 2
    assert Page.find_problems() == ([], [], [], [], [])


def test_a_taken_number_is_drawn_again(column, city, monkeypatch):
    numbers = iter([7, 7, 7, 8, 7, 8, 9])
    monkeypatch.setattr("lianxin.publishing.actions.bulk.secrets.randbelow", lambda limit: next(numbers))
    same_day = arrival(column, city)
    first, second = actions.import_many([same_day, same_day])
    [third] = actions.import_many([same_day])
    slugs = [ArticlePage.objects.get(pk=pk).slug[-6:] for pk in (first, second, third)]
    assert slugs == ["000007", "000008", "000009"]


def test_articles_written_by_hand_follow_those_of_a_batch(column, city, people, make_article):
    make_article(people.editor)
    [pk] = actions.import_many([arrival(column, city)])
    after = make_article(people.editor)
    assert after.pk > pk and after.path > ArticlePage.objects.get(pk=pk).path
    assert Page.find_problems() == ([], [], [], [], [])


OLD = "http://www.old.example/html/2008/0612/t123.html?b=2&a=1"


def test_old_addresses_lead_to_the_article(column, city, client):
    plain = arrival(column, city)
    moved = actions.Arrival(plain.column, plain.published_at, plain.fields, old_paths=[OLD, "/x/"])
    again = actions.Arrival(plain.column, plain.published_at, plain.fields, old_paths=["/x"])
    first, _ = actions.import_many([moved, again])
    assert Redirect.objects.count() == 2
    article = ArticlePage.objects.get(pk=first)
    for old in ("/html/2008/0612/t123.html?a=1&b=2", "/x"):
        answer = client.get(old, headers={"host": "hean.localhost"})
        assert answer.status_code == 301 and answer["Location"].endswith(f"/departments/{article.slug}/")


def test_a_batch_takes_the_same_number_of_queries_whatever_its_size(column, other_column, city):
    actions.import_many([arrival(column, city)])
    counts = []
    for size in (2, 20):
        with CaptureQueriesContext(connection) as queries:
            actions.import_many([arrival(column, city, number) for number in range(size)])
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Placement.objects.count() == 0
