"""What staff and workers ask for must not grow with the number of articles."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

from lianxin.publishing import jobs, queries

pytestmark = pytest.mark.django_db
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by the number of rows")


def assert_by_index(work):
    """No query of ``work`` reads all pages, articles or revisions; nor those of one type, which are all."""
    with CaptureQueriesContext(connection) as captured:
        work()
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            if not query["sql"].startswith("SELECT"):
                continue
            for step in cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}").fetchall():
                large = any(table in step[3] for table in ("wagtailcore_page", "wagtailcore_revision", "publishing_articlepage"))
                by_type = "content_type_id" in step[3]
                read_through = step[3].startswith("SCAN") and "publishing_unfinished" not in step[3] and "publishing_expiring" not in step[3]
                assert not large or not (read_through or by_type), (step[3], query["sql"])


@on_sqlite
def test_drafts_schedules_and_the_sweep_are_found_by_index(people, make_article, publish_through_review):
    publish_through_review(make_article(people.editor))
    assert_by_index(lambda: list(queries.drafts(people.editor)))
    assert_by_index(lambda: queries.revisions_waiting())
    assert_by_index(jobs.sweep.call)


def test_who_works_everywhere_is_not_asked_for_every_page(people, site):
    everywhere = page_permission_policy.explorable_instances(people.admin)
    assert "WHERE" not in str(everywhere.query)
    assert set(everywhere) == set(Page.objects.all())


def test_others_find_what_wagtail_says(people, site, column):
    found = page_permission_policy.explorable_instances(people.editor)
    assert Page.objects.get(pk=column.pk) in found


def test_nobody_finds_nothing(people, site):
    people.admin.is_active = False
    assert not page_permission_policy.explorable_instances(people.admin).exists()


def test_the_explorer_filters_by_path_what_wagtail_would_list(people, site, column, other_column):
    asked = 0
    for person in vars(people).values():
        expected = set(page_permission_policy.explorable_instances(person).values_list("pk", flat=True))
        assert set(Page.objects.filter(queries.explorable(person)).values_list("pk", flat=True)) == expected, person
        asked += bool(expected)
    assert asked > 3


def test_the_explorer_shows_an_editor_his_columns_without_listing_all_that_he_may_see(people, site, other_column, make_article, client_for):
    article = make_article(people.editor, other_column, title="只在这个栏目里")
    client = client_for(people.editor)
    with CaptureQueriesContext(connection) as captured:
        page = client.get(f"/desk/pages/{other_column.pk}/")
    assert article.title in page.content.decode()
    assert not [query["sql"] for query in captured.captured_queries if '"wagtailcore_page"."id" IN (SELECT' in query["sql"]]
    for place in ("", "&search_all=1"):
        assert client.get(f"/desk/pages/{other_column.pk}/?q=只在这个{place}").status_code == 200
