"""What readers can find follows publication, whatever path it takes; nothing else is ever in the index."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lianxin.foundation.search import engine, folder, rebuild
from lianxin.foundation.search.engine import Question
from lianxin.organisations.models import Organisation
from lianxin.publishing import actions, jobs, search
from lianxin.publishing.models import ArticlePage, SiteProfile


@pytest.fixture(autouse=True)
def index(settings, tmp_path, site):
    settings.HOME = tmp_path
    folder.forget()
    rebuild.rebuild()
    yield
    folder.forget()


def found(text: str, **filters: str) -> list[str]:
    return [hit.title for hit in engine.search(Question(text, filters)).hits]


def take_over(column, organisation, title: str, **fields) -> ArticlePage:
    body = [{"type": "text", "value": "<p>今天起<b>公积金</b>提取&amp;转移都在网上办。</p><ul><li>带身份证</li></ul>"}]
    values = {"title": title, "organisation": organisation, "body": body, **fields}
    return actions.import_published(column, published_at=timezone.now() - timedelta(days=1), **values)


@pytest.fixture
def article(column, city) -> ArticlePage:
    return take_over(column, city.education, "教育局答学位问题", keywords="入学 学区", document_number="和教发〔2025〕3号")


def test_an_article_is_found_by_title_text_keyword_number_and_unit(article, run_jobs) -> None:
    assert found("学位") == []
    run_jobs()
    for typed in ("学位", "公积金提取", "身份证", "学区", "和教发〔2025〕3号", "和安市教育局", "“提取&转移”"):
        assert found(typed) == ["教育局答学位问题"], typed


def test_a_draft_and_a_withdrawn_article_are_not_found(article, column, city, people, run_jobs) -> None:
    actions.write_article(people.editor, column, title="没有发布的学位草稿", organisation=city.education, body=[], summary="学位")
    run_jobs()
    assert found("学位") == ["教育局答学位问题"]
    actions.withdraw(people.chief, article, "内容有误")
    run_jobs()
    assert found("学位") == []
    assert list(rebuild.disagreement()) == []


def test_a_deleted_article_is_not_found(article, run_jobs) -> None:
    run_jobs()
    article.delete()
    run_jobs()
    assert found("学位") == []
    assert list(rebuild.disagreement()) == []


def test_the_end_of_its_time_counts_at_once(column, city, clock, run_jobs) -> None:
    take_over(column, city.education, "临时学位登记", expire_at=clock.now() + timedelta(hours=2))
    run_jobs()
    assert found("临时学位") == ["临时学位登记"]
    clock.shift(hours=3)
    assert found("临时学位") == []
    assert list(rebuild.disagreement()) == []
    jobs.sweep.call()
    run_jobs()
    assert list(rebuild.disagreement()) == []


def test_facets_follow_a_move(article, other_column, people, run_jobs) -> None:
    run_jobs()
    actions.move_article(people.chief, article, other_column)
    run_jobs()
    assert found("学位", column=str(other_column.pk)) == ["教育局答学位问题"]
    hit = engine.search(Question("学位")).hits[0]
    assert hit.shown["path"] == ArticlePage.objects.get(pk=article.pk).get_url_parts()[2]
    assert list(rebuild.disagreement()) == []


def test_a_renamed_unit_is_found_by_its_new_name(article, run_jobs) -> None:
    run_jobs()
    unit = Organisation.objects.get(pk=article.organisation_id)
    unit.name = "和安市教育体育局"
    unit.save()
    run_jobs()
    assert found("教育体育局") == ["教育局答学位问题"]
    assert list(rebuild.disagreement()) == []


def test_another_kind_of_column_is_another_kind_of_article(article, column, people, run_jobs) -> None:
    run_jobs()
    actions.change_column(people.admin, column, kind="policies")
    run_jobs()
    assert found("学位", kind="policies") == ["教育局答学位问题"]


def test_a_closed_site_is_not_searched(article, site, run_jobs) -> None:
    run_jobs()
    profile = SiteProfile.objects.get(pk=site.pk)
    profile.closed_at = timezone.now()
    profile.save()
    run_jobs()
    assert found("学位") == []
    assert list(rebuild.disagreement()) == []


def test_what_escaped_every_signal_is_found_by_the_check(article, run_jobs) -> None:
    run_jobs()
    ArticlePage.objects.filter(pk=article.pk).update(title="改了题目的学位问答")
    assert len(list(rebuild.disagreement())) == 1
    rebuild.repair()
    assert found("学位") == ["改了题目的学位问答"]


@pytest.mark.parametrize("raw", ["", "[]", "null", "no json", '"[]"', '{"a": 1}'])
def test_a_body_that_is_none_has_no_text(raw: str) -> None:
    assert search.text_of(raw) == ""


def test_a_batch_that_is_taken_over_is_found(column, city, run_jobs) -> None:
    arrivals = [
        actions.Arrival(
            column, timezone.now() - timedelta(days=number), {"title": f"第{number}批疏散场所名单", "organisation": city.health, "body": []}
        )
        for number in range(1, 30)
    ]
    actions.import_many(arrivals)
    run_jobs()
    assert engine.search(Question("疏散场所")).total == 29
    assert list(rebuild.disagreement()) == []
