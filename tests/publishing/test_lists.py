"""Lists that readers see: pages by keyset, what stands in them, and that they never disagree with the articles."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from lianxin.foundation.errors import Refused
from lianxin.publishing import actions, queries
from lianxin.publishing.actions import lists
from lianxin.publishing.models import ArticlePage, Listing

pytestmark = pytest.mark.django_db


@pytest.fixture
def publish(column, city, people):
    """``publish(title, days_ago=…)``: an article taken over with its original date, which is quick."""

    def make(title, where=None, *, minutes_ago=0, **fields):
        return actions.import_published(
            where or column,
            title=title,
            body=[{"type": "text", "value": "<p>正文</p>"}],
            organisation=fields.pop("organisation", city.education),
            published_at=timezone.now() - timedelta(minutes=minutes_ago),
            owner=people.editor,
            **fields,
        )

    return make


def walk(column, size):
    """Every page of a column from the newest on."""
    pages, cursor = [], ""
    while cursor is not None:
        page = queries.listing_page(column.pk, cursor, size)
        pages.append([row.title for row in page.items])
        cursor = page.older
    return pages


def test_every_article_stands_on_exactly_one_page_newest_first(publish, column):
    minutes = list(range(23))
    random.Random(7).shuffle(minutes)
    for minute in minutes:
        publish(f"第 {minute:02} 条", minutes_ago=minute)
    pages = walk(column, 5)
    assert [len(page) for page in pages] == [5, 5, 5, 5, 3]
    assert [title for page in pages for title in page] == [f"第 {n:02} 条" for n in range(23)]


def test_equal_moments_are_not_lost_between_pages(publish, column, clock):
    for n in range(7):
        publish(f"同时发布 {n}")
    assert sorted(title for page in walk(column, 3) for title in page) == [f"同时发布 {n}" for n in range(7)]


def test_going_back_shows_the_page_one_came_from(publish, column):
    for minute in range(12):
        publish(f"第 {minute:02} 条", minutes_ago=minute)
    first = queries.listing_page(column.pk, None, 4)
    second = queries.listing_page(column.pk, first.older, 4)
    third = queries.listing_page(column.pk, second.older, 4)
    back = queries.listing_page(column.pk, third.newer, 4)
    assert [row.article_id for row in back.items] == [row.article_id for row in second.items]
    assert [row.article_id for row in queries.listing_page(column.pk, back.newer, 4).items] == [row.article_id for row in first.items]


def test_pinned_articles_stand_first_and_only_on_the_first_page(publish, column):
    for minute in range(6):
        publish(f"第 {minute} 条", minutes_ago=minute, pinned=minute == 5)
    pages = walk(column, 3)
    assert pages[0][0] == "第 5 条" and sum(page.count("第 5 条") for page in pages) == 1


@pytest.mark.parametrize("cursor", ["x", "%%%", "PA", "🙂", "PDIwMjV8MQ", "A" * 3000, "\x00", "PGFiY3wx"])
def test_a_cursor_that_is_none_gives_the_first_page(publish, column, cursor):
    publish("唯一的一条")
    assert [row.title for row in queries.listing_page(column.pk, cursor).items] == ["唯一的一条"]


def test_months_jump_to_their_newest_article(publish, column, clock):
    clock.set("2025-03-20 09:00")
    publish("三月的稿件")
    publish("二月的稿件", minutes_ago=60 * 24 * 30)
    february, march = queries.month_cursor(2025, 2), queries.month_cursor(2025, 3)
    assert [row.title for row in queries.listing_page(column.pk, february).items] == ["二月的稿件"]
    assert [row.title for row in queries.listing_page(column.pk, march).items] == ["三月的稿件", "二月的稿件"]


def test_an_article_is_listed_in_its_column_and_above_it(publish, site, column, other_column):
    article = publish("一稿多栏", also=[other_column])
    rows = {row.column_id: row.direct for row in Listing.objects.filter(article=article)}
    assert rows == {column.pk: True, other_column.pk: True, site.site.root_page_id: False}
    assert [row.title for row in queries.unit_latest(article.organisation_id, site.site, 5)] == ["一稿多栏"]


def test_neighbours_and_related(publish, column):
    older, here, newer = (publish(f"供暖通知 {n}", minutes_ago=10 - n, keywords="供暖") for n in range(3))
    beside = queries.company(ArticlePage.objects.get(pk=here.pk), column.pk)
    assert (beside.previous.article_id, beside.next.article_id) == (older.pk, newer.pk)
    assert {row.article_id for row in beside.related} == {older.pk, newer.pk}


def test_a_damaged_list_is_noticed_and_mended(publish, column):
    article = publish("会被弄坏的一行")
    Listing.objects.filter(article=article, direct=True).update(title="错的标题")
    Listing.objects.filter(article=article, direct=False).delete()
    assert lists.differs(ArticlePage.objects.get(pk=article.pk))
    assert actions.rebuild() == 1
    assert not lists.differs(ArticlePage.objects.get(pk=article.pk)) and actions.rebuild() == 0


def test_a_column_that_moves_takes_its_addresses_along(publish, site, column, other_column):
    article = publish("跟着栏目走")
    moved = actions.move_column(None, column, other_column)
    assert Listing.objects.get(article=article, column=moved).href.startswith("/education/departments/")


def test_a_column_is_not_moved_into_itself(column):
    child = actions.open_column(None, column, title="下级", slug="child", kind="news")
    for target in (column, child):
        with pytest.raises(Refused, match="自己"):
            actions.move_column(None, column, target)


def test_imported_articles_do_not_come_from_the_future(publish):
    with pytest.raises(Refused, match="将来"):
        publish("明天的稿件", minutes_ago=-60)


def test_all_articles_are_looked_at_in_batches(publish, column, other_column, django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr(lists, "BATCH", 3)
    articles = [publish(f"第 {n} 篇", also=[other_column] if n % 2 else []) for n in range(7)]
    assert list(lists.wrong()) == []
    Listing.objects.filter(article=articles[1], column=other_column).update(pinned=True)
    Listing.objects.filter(article=articles[6]).delete()
    # Four for the tree, five for each of three batches (articles, placements, rows …) and the empty one at the end.
    with django_assert_max_num_queries(20):
        assert [article.pk for article in lists.wrong()] == [articles[1].pk, articles[6].pk]


def test_the_recommended_are_the_newest_of_all_levels(publish, column):
    publish("普通")
    for number, importance in enumerate((1, 2, 1, 2)):
        publish(f"推荐 {number}", minutes_ago=10 - number, importance=importance)
    home = Listing.objects.get(title="普通", direct=False, column__depth=2).column_id
    assert [row.title for row in queries.recommended(home, 3)] == ["推荐 3", "推荐 2", "推荐 1"]
    assert [row.importance for row in queries.recommended(home, 9)] == [2, 1, 2, 1]
