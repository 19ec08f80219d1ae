"""The three reviews: who may sign, in what order, what is published, and what happens when somebody says no."""

from datetime import timedelta

import pytest
from django.utils import timezone
from wagtail.models import Revision

from lianxin.foundation.errors import Forbidden, Refused
from lianxin.organisations.models import Handover, Post
from lianxin.publishing import actions, queries
from lianxin.publishing.models import ArticlePage, Correction, Listing, Review, ReviewStage

pytestmark = pytest.mark.django_db
SECURITY = {"opinion": "不涉密，可以公开", "basis": "保密法"}


def stage(review, role):
    return review.stages.get(role=role)


def fresh(article):
    return ArticlePage.objects.get(pk=article.pk)


@pytest.fixture
def article(make_article, people, column):
    return make_article(people.editor, column, title="关于开展冬季供暖检查的通知")


@pytest.fixture
def review(article, people, chains):
    return actions.submit(people.editor, article)


def test_submission_signs_the_first_review_and_opens_the_second_and_security(review, people):
    states = {s.role: (s.state, s.signed_by) for s in review.stages.all()}
    assert states["editor"] == ("signed", people.editor)
    assert states["reviewer"] == ("open", None)
    assert states["security"] == ("open", None)
    assert states["chief"] == ("waiting", None)


def test_the_last_signature_publishes_exactly_the_revision_that_was_read(review, article, people):
    actions.sign(people.reviewer, stage(review, "reviewer"))
    actions.sign(people.security, stage(review, "security"), **SECURITY)
    assert not fresh(article).live
    actions.sign(people.chief, stage(review, "chief"))
    published = fresh(article)
    assert published.live and published.live_revision_id == review.revision_id and published.published_at
    assert Listing.objects.filter(article=article, direct=True).count() == 1
    review.refresh_from_db()
    assert review.state == Review.State.APPROVED


def test_without_the_security_review_nothing_is_published(review, article, people):
    actions.sign(people.reviewer, stage(review, "reviewer"))
    actions.sign(people.chief, stage(review, "chief"))
    assert not fresh(article).live


def test_security_needs_opinion_and_basis(review, people):
    with pytest.raises(Refused, match="依据"):
        actions.sign(people.security, stage(review, "security"), opinion="可以公开")


def test_the_chief_cannot_sign_before_the_second_review(review, people):
    with pytest.raises(Forbidden):
        actions.sign(people.chief, stage(review, "chief"))


def test_three_reviews_need_three_people(review, people, person, city):
    person("reviewer", "chief", city.root)
    actions.sign(people.reviewer, stage(review, "reviewer"))
    with pytest.raises(Forbidden, match="三个人"):
        actions.sign(people.reviewer, stage(review, "chief"))


def test_nobody_reviews_what_he_wrote_or_changed(make_article, people, person, column, city, chains):
    person("reviewer", "editor", city.root)
    person("second-reviewer", "reviewer", city.root)
    article = make_article(people.editor, column, title="作者不能审自己的稿")
    actions.save_draft(people.reviewer, article, summary="审核人顺手改了一句")
    review = actions.submit(people.editor, fresh(article))
    with pytest.raises(Forbidden, match="作者不能审自己的稿"):
        actions.sign(people.reviewer, stage(review, "reviewer"))
    assert not queries.review_queue(people.reviewer).exists()


def test_submission_is_refused_naming_the_missing_post(article, people, chains):
    Post.objects.filter(role="chief").delete()
    with pytest.raises(Refused, match="终审"):
        actions.submit(people.editor, article)
    assert not Review.objects.exists()


def test_two_posts_on_one_person_are_not_enough(article, people, person, city, chains):
    Post.objects.filter(role="chief").delete()
    person("reviewer", "chief", city.root)
    with pytest.raises(Refused, match="不同的人"):
        actions.submit(people.editor, article)


def test_rejection_needs_a_reason_and_returns_the_article(review, article, people):
    with pytest.raises(Refused, match="理由"):
        actions.reject(people.reviewer, stage(review, "reviewer"), " ")
    actions.reject(people.reviewer, stage(review, "reviewer"), "缺少联系电话")
    assert [r.pk for r in queries.returned_to(people.editor)] == [review.pk]
    assert not fresh(article).live and fresh(article).get_lock() is None
    assert not review.stages.filter(state__in=["open", "waiting"]).exists()


def test_resubmission_starts_the_chain_anew(review, article, people):
    actions.sign(people.reviewer, stage(review, "reviewer"))
    actions.reject(people.chief, stage(review, "chief"), "标题不准确")
    actions.save_draft(people.editor, fresh(article), title="关于开展冬季供暖安全检查的通知")
    again = actions.submit(people.editor, fresh(article))
    assert stage(again, "reviewer").state == "open" and stage(again, "chief").state == "waiting"
    assert not queries.returned_to(people.editor).exists()


def test_under_review_nobody_edits(review, article, people):
    assert fresh(article).get_lock().for_user(people.admin)
    with pytest.raises(Refused, match="正在审核"):
        actions.save_draft(people.editor, article, title="悄悄改标题")


def test_an_article_is_not_put_under_another_units_name(article, people, city, chains):
    actions.save_draft(people.editor, article, organisation=city.health)
    with pytest.raises(Forbidden, match="市卫健委"):
        actions.submit(people.editor, fresh(article))


def test_a_superuser_without_a_post_signs_nothing(review, people):
    for open_stage in review.stages.filter(state="open"):
        with pytest.raises(Forbidden):
            actions.sign(people.admin, open_stage, **SECURITY)


def test_approved_content_stays_live_while_an_edit_waits(publish_through_review, article, people, chains):
    published = publish_through_review(article)
    actions.save_draft(people.editor, published, title="改后的标题", correction_note="更正检查日期")
    review = actions.submit(people.editor, fresh(article))
    assert fresh(article).live and fresh(article).title == "关于开展冬季供暖检查的通知"
    actions.sign(people.reviewer, stage(review, "reviewer"))
    actions.sign(people.chief, stage(review, "chief"))
    actions.sign(people.security, stage(review, "security"), **SECURITY)
    assert fresh(article).title == "改后的标题"
    assert fresh(article).published_at == published.published_at
    assert [c.text for c in Correction.objects.filter(article=article)] == ["更正检查日期"]


def test_recall_lets_the_author_change_it(review, article, people):
    actions.recall(people.editor, review)
    actions.save_draft(people.editor, fresh(article), summary="补充摘要")
    assert actions.submit(people.editor, fresh(article)).state == Review.State.PENDING
    with pytest.raises(Refused):
        actions.recall(people.editor, review)


def test_a_substitute_signs_in_the_place_of_the_absent_holder(review, people, clock):
    post = Post.objects.get(user=people.reviewer, role="reviewer")
    today = timezone.localdate()
    Handover.objects.create(post=post, substitute=people.other_editor, starts_on=today, until=today)
    signed = actions.sign(people.other_editor, stage(review, "reviewer"))
    assert signed.signed_by == people.other_editor and signed.in_place_of == people.reviewer


@pytest.fixture
def township_site(site, city):
    """A township's column; its site hangs below the city's."""
    profile = actions.add_site(
        None, hostname="liuhe.localhost", port=80, name="柳河镇", tier="township", organisation=city.township, parent=site, organiser="柳河镇"
    )
    return actions.open_column(None, profile.site.root_page.specific, title="镇村动态", slug="news", kind="news")


def test_a_township_needs_two_people_the_second_in_the_county(make_article, people, city, township_site, chains):
    article = make_article(people.township_editor, township_site, title="柳河镇便民服务大厅搬迁公告", organisation=city.township)
    review = actions.submit(people.township_editor, article)
    assert [s.label for s in review.stages.all()] == ["初审", "县级终审", "保密审查"]
    actions.sign(people.county_security, stage(review, "security"), **SECURITY)
    with pytest.raises(Forbidden):
        actions.sign(people.chief, stage(review, "chief"))
    actions.sign(people.county_chief, stage(review, "chief"))
    assert fresh(article).live


def test_a_repost_takes_one_step_by_somebody_else(make_article, people, column, chains):
    article = make_article(people.editor, column, title="转载：国务院部署稳就业工作", review_kind="repost", source="中国政府网")
    review = actions.submit(people.editor, article)
    assert [s.role for s in review.stages.all()] == ["reviewer"]
    actions.sign(people.reviewer, stage(review, "reviewer"))
    assert fresh(article).live


def test_a_repost_names_its_source(make_article, people, column, chains):
    with pytest.raises(Refused, match="来源"):
        make_article(people.editor, column, title="没有来源的转载", review_kind="repost", source="")


# --- the emergency lane ------------------------------------------------------------------------------------------------


@pytest.fixture
def emergency(make_article, people, person, column, city, chains, clock):
    clock.set("2025-01-24 21:00")
    person("duty", "editor", city.root)
    article = make_article(people.duty, column, title="暴雪红色预警：全市停课停运", organisation=city.root)
    return actions.publish_emergency(people.duty, article, "气象台发布暴雪红色预警")


def test_the_duty_officer_publishes_at_once_and_the_reviews_stay_owed(emergency, people):
    assert fresh(emergency.article).live
    assert [r.pk for r in queries.owed_reviews(people.reviewer)] == [emergency.pk]
    # Friday the 24th is followed by a make-up Sunday before the Spring Festival of 2025.
    assert timezone.localtime(emergency.owed_by).strftime("%m-%d %H:%M") == "01-26 17:30"
    assert queries.review_queue(people.reviewer).get().review == emergency


def test_owed_reviews_are_done_when_all_signed(emergency, people):
    actions.sign(people.reviewer, stage(emergency, "reviewer"))
    actions.sign(people.security, stage(emergency, "security"), **SECURITY)
    assert queries.owed_reviews().exists()
    actions.sign(people.chief, stage(emergency, "chief"))
    emergency.refresh_from_db()
    assert emergency.state == Review.State.APPROVED and not queries.owed_reviews().exists()


def test_an_owed_review_that_is_refused_takes_the_article_down(emergency, people):
    actions.reject(people.reviewer, stage(emergency, "reviewer"), "信息不实")
    assert not fresh(emergency.article).live
    assert not Listing.objects.filter(article=emergency.article).exists()


def test_publishing_again_in_an_emergency_puts_nothing_off(emergency, people, clock):
    clock.set("2025-01-26 09:00")
    actions.save_draft(people.duty, fresh(emergency.article), summary="停课延长到周二。")
    again = actions.publish_emergency(people.duty, fresh(emergency.article), "预警延长，须立即告知")
    assert again.owed_by == emergency.owed_by
    assert [owed.pk for owed in queries.owed_reviews()] == [again.pk]


def test_what_was_sent_back_is_not_published_by_the_emergency_lane_unchanged(emergency, people):
    actions.reject(people.reviewer, stage(emergency, "reviewer"), "信息不实")
    with pytest.raises(Refused, match="已被退回"):
        actions.publish_emergency(people.duty, fresh(emergency.article), "预警仍然有效，须告知")
    assert not fresh(emergency.article).live
    actions.save_draft(people.duty, fresh(emergency.article), summary="停课范围已核实。")
    assert actions.publish_emergency(people.duty, fresh(emergency.article), "预警仍然有效，须告知").state == Review.State.OWED


def test_the_emergency_lane_is_for_those_on_duty_and_needs_a_reason(make_article, people, column, chains):
    article = make_article(people.editor, column, title="想走捷径的稿件")
    with pytest.raises(Forbidden, match="值班"):
        actions.publish_emergency(people.editor, article, "领导要求马上发")
    with pytest.raises(Refused, match="为什么"):
        actions.publish_emergency(people.duty, article, "急")


def test_the_roster_puts_a_person_on_duty_for_that_day_only(people, city, clock):
    actions.set_shift(None, city.root, timezone.localdate(), people.editor)
    assert queries.on_duty(people.editor, city.education)
    clock.shift(days=1)
    assert not queries.on_duty(people.editor, city.education)


# --- schedules ---------------------------------------------------------------------------------------------------------


def approve(review, people):
    actions.sign(people.reviewer, stage(review, "reviewer"))
    actions.sign(people.security, stage(review, "security"), **SECURITY)
    actions.sign(people.chief, stage(review, "chief"))


def test_publication_at_its_minute(make_article, people, column, chains, clock, run_jobs):
    go_live = timezone.now() + timedelta(hours=3)
    article = make_article(people.editor, column, title="定时发布的公告", go_live_at=go_live)
    approve(actions.submit(people.editor, article), people)
    run_jobs()
    assert not fresh(article).live and queries.scheduled(people.editor).count() == 1
    clock.shift(hours=3, seconds=1)
    run_jobs()
    assert fresh(article).live and fresh(article).published_at >= go_live


def test_a_schedule_without_review_publishes_nothing(make_article, people, column, chains, clock, run_jobs):
    from lianxin.publishing import jobs

    article = make_article(people.editor, column, title="没审过的定时稿", go_live_at=timezone.now() + timedelta(hours=1))
    clock.shift(hours=2)
    jobs.sweep.call()
    assert not fresh(article).live


def test_a_cancelled_schedule_stays_a_draft(make_article, people, column, chains, clock, run_jobs):
    article = make_article(people.editor, column, title="取消的定时", go_live_at=timezone.now() + timedelta(hours=1))
    approve(actions.submit(people.editor, article), people)
    actions.cancel_schedule(people.editor, article)
    clock.shift(hours=2)
    run_jobs()
    assert not fresh(article).live


def test_the_sweeper_publishes_what_lost_its_job_and_isolates_a_bad_page(make_article, people, column, chains, clock, monkeypatch):
    from lianxin.publishing import jobs

    go_live = timezone.now() + timedelta(hours=1)
    articles = [make_article(people.editor, column, title=f"第 {n} 篇定时稿", go_live_at=go_live) for n in range(3)]
    for article in articles:
        approve(actions.submit(people.editor, article), people)
    bad = Revision.page_revisions.get(object_id=str(articles[0].pk), approved_go_live_at__isnull=False).pk
    publish = actions.publish_scheduled
    monkeypatch.setattr(actions, "publish_scheduled", lambda pk: 1 / 0 if pk == bad else publish(pk))
    clock.shift(hours=2)
    jobs.sweep.call()
    assert [fresh(article).live for article in articles] == [False, True, True]


def test_expiry_takes_it_down_to_the_minute(make_article, publish_through_review, people, column, chains, clock, run_jobs):
    article = publish_through_review(make_article(people.editor, column, title="三天的停水通知", expire_at=timezone.now() + timedelta(days=3)))
    run_jobs()
    assert fresh(article).live
    clock.shift(days=3, seconds=1)
    assert queries.latest(column.pk, 5) == []
    run_jobs()
    assert not fresh(article).live and fresh(article).expired


def test_publication_in_the_past_is_refused_in_words(make_article, people, column, chains):
    with pytest.raises(Refused, match="已经过去"):
        make_article(people.editor, column, title="昨天就该发", go_live_at=timezone.now() - timedelta(days=1))


# --- the rest of an article's life -------------------------------------------------------------------------------------


def test_two_editors_do_not_overwrite_each_other(article, people):
    opened = article.latest_revision_id
    actions.save_draft(people.second_editor, article, base_revision=opened, summary="同事先保存了")
    with pytest.raises(Refused, match="周小雨"):
        actions.save_draft(people.editor, article, base_revision=opened, summary="我后保存")


def test_withdrawal_takes_it_out_of_every_list_and_keeps_the_record(publish_through_review, article, people, chains):
    publish_through_review(article)
    with pytest.raises(Forbidden):
        actions.withdraw(people.editor, article, "不想要了")
    actions.withdraw(people.chief, article, "内容有误，核实后重发")
    assert not fresh(article).live and not Listing.objects.filter(article=article).exists()
    assert any("撤下" in line.what for line in queries.record(fresh(article)))


def test_what_was_public_or_reviewed_cannot_be_deleted(review, article, people):
    with pytest.raises(Refused, match="留存记录"):
        actions.discard_draft(people.editor, article)


def test_a_restored_revision_is_a_draft_for_the_reviews(publish_through_review, article, people, chains):
    publish_through_review(article)
    first = fresh(article).live_revision
    actions.save_draft(people.editor, fresh(article), title="改坏了的标题")
    actions.restore_revision(people.editor, fresh(article), first)
    assert fresh(article).get_latest_revision_as_object().title == "关于开展冬季供暖检查的通知"
    assert fresh(article).live_revision == first


def test_moving_leaves_a_redirect_and_follows_in_the_lists(publish_through_review, article, people, column, other_column, chains, client):
    published = publish_through_review(article)
    old = Listing.objects.get(article=article, column=column).href
    moved = actions.move_article(people.chief, published, other_column)
    assert not Listing.objects.filter(article=article, column=column).exists()
    assert Listing.objects.get(article=article, column=other_column).href != old
    assert moved.live


def test_one_article_in_several_columns_is_one_article(make_article, publish_through_review, people, column, other_column, chains):
    article = make_article(people.editor, column, title="一稿多栏", also=[other_column])
    publish_through_review(article)
    rows = {row.column_id: row for row in Listing.objects.filter(article=article)}
    assert rows[column.pk].direct and rows[other_column.pk].direct
    assert rows[column.pk].href == rows[other_column.pk].href


def test_when_people_change_the_open_stage_finds_its_new_signer(review, people, person, city):
    open_stage = stage(review, "reviewer")
    assert open_stage.organisation == city.root
    person("office-reviewer", "reviewer", city.office)
    Post.objects.filter(user=people.reviewer).update(ends_on="2020-12-31")
    actions.rehome_stages()
    open_stage.refresh_from_db()
    assert open_stage.organisation == city.office


def test_the_record_tells_the_whole_story(publish_through_review, article, people, chains):
    publish_through_review(article)
    told = " ".join(f"{line.who}{line.what}{line.note}" for line in queries.record(fresh(article)))
    for part in ("王晓梅", "张建国", "刘志强", "陈保民", "送审", "依据：保密法"):
        assert part in told


def test_the_record_says_when_it_was_written_and_when_it_became_public(publish_through_review, article, people, chains):
    publish_through_review(article)
    actions.save_draft(people.editor, fresh(article), summary="新馆选址已经公布。")
    told = [(line.who, line.what) for line in queries.record(fresh(article))]
    assert told.count(("王晓梅", "写成初稿")) == 1 and told.count(("王晓梅", "保存修改")) == 1
    assert told.count(("系统", "审核完成，发布")) == 1


def test_the_record_says_for_which_minute_it_was_approved(make_article, people, column, chains, clock, run_jobs):
    article = make_article(people.editor, column, title="定时发布的公告", go_live_at=timezone.now() + timedelta(hours=3))
    approve(actions.submit(people.editor, article), people)
    planned = f"审核完成，定于 {timezone.localtime() + timedelta(hours=3):%Y-%m-%d %H:%M} 发布"
    clock.shift(hours=3, seconds=1)
    run_jobs()
    told = [line.what for line in queries.record(fresh(article))]
    assert told.index(planned) < told.index("按时发布“定时发布的公告”")


def test_the_record_says_when_an_emergency_was_made_good(emergency, people):
    assert "补审完成" not in [line.what for line in queries.record(fresh(emergency.article))]
    approve(emergency, people)
    assert [line.what for line in queries.record(fresh(emergency.article))].count("补审完成") == 1


@pytest.mark.parametrize(
    ("opinion", "told"),
    [
        ("可以公开。", "可以公开。依据：保密法"),
        ("可以公开", "可以公开；依据：保密法"),
    ],
)
def test_the_record_joins_opinion_and_basis_with_one_stop(review, people, opinion, told):
    actions.sign(people.security, stage(review, "security"), opinion=opinion, basis="保密法")
    assert told in [line.note for line in queries.record(fresh(review.article))]


def test_a_signed_stage_is_not_signed_twice(review, people):
    actions.sign(people.reviewer, stage(review, "reviewer"))
    with pytest.raises(Forbidden):
        actions.sign(people.reviewer, stage(review, "reviewer"))
    assert ReviewStage.objects.filter(review=review, signed_by=people.reviewer).count() == 1
