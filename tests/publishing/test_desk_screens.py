"""Every staff screen opens for whom it is made and for nobody else; every deed page does its deed on POST only."""

import pytest
from django.urls import reverse

from lianxin.publishing import actions
from lianxin.publishing.models import ArticlePage, Review, ReviewStage

pytestmark = pytest.mark.django_db

READING = ["desk:today", "publishing_desk:queue", "publishing_desk:duties", "publishing_desk:roster", "publishing_desk:chains"]
MANAGING = ["publishing_desk:columns", "publishing_desk:open_column", "publishing_desk:sites"]


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize("who", ["editor", "reviewer", "chief", "security", "duty", "site_manager", "township_editor", "auditor", "admin"])
def test_staff_read(client_for, people, site, other_column, name, who):
    response = client_for(getattr(people, who)).get(reverse(name))
    assert response.status_code == 200, response.content.decode()[:2000]


@pytest.mark.parametrize("name", MANAGING)
@pytest.mark.parametrize(
    ("who", "allowed"), [("site_manager", True), ("admin", True), ("editor", False), ("reviewer", False), ("township_editor", False)]
)
def test_only_site_managers_manage(client_for, people, site, column, name, who, allowed):
    response = client_for(getattr(people, who)).get(reverse(name))
    assert response.status_code == (200 if allowed else 302)


@pytest.mark.parametrize("name", ["desk:jobs", "desk:audit"])
@pytest.mark.parametrize("who", ["editor", "chief", "site_manager"])
def test_the_system_is_for_its_keepers(client_for, people, site, name, who):
    assert client_for(getattr(people, who)).get(reverse(name)).status_code == 302


def test_keepers_see_the_system(client_for, people, site):
    assert client_for(people.admin).get(reverse("desk:jobs")).status_code == 200
    assert client_for(people.auditor).get(reverse("desk:audit")).status_code == 200
    assert client_for(people.auditor).get(reverse("desk:jobs")).status_code == 302


def test_nobody_enters_unsigned(client, site):
    for name in READING + MANAGING + ["desk:jobs", "desk:audit", "publishing_desk:write"]:
        response = client.get(reverse(name))
        assert response.status_code == 302 and "/desk/sign-in/" in response["Location"]


def test_the_audit_trail_is_searched_and_verified(client_for, people, site, column):
    client = client_for(people.auditor)
    page = client.get(reverse("desk:audit"), {"text": "部门动态"}).content.decode()
    assert "开设栏目“部门动态”" in page and "开设站点" not in page
    assert "首尾衔接" in client.post(reverse("desk:audit"), follow=True).content.decode()


# --- today -------------------------------------------------------------------------------------------------------------


def test_today_shows_what_waits(client_for, people, make_article):
    actions.submit(people.editor, make_article(people.editor, title="要审的稿件"))
    page = client_for(people.reviewer).get("/desk/").content.decode()
    assert "等您审核" in page and "要审" in page
    assert "等您审核" not in client_for(people.editor).get("/desk/").content.decode()


def test_today_shows_the_reason_of_a_rejection(client_for, people, make_article):
    review = actions.submit(people.editor, make_article(people.editor))
    actions.reject(people.reviewer, review.stages.get(role="reviewer"), "请核对第二段的数字")
    page = client_for(people.editor).get("/desk/").content.decode()
    assert "请核对第二段的数字" in page and "张建国" in page


def test_a_notice_says_about_which_article_and_leads_to_it(client_for, people, make_article, publish_through_review):
    first, second = (publish_through_review(make_article(people.editor, title=title)) for title in ("甲稿", "乙稿"))
    notices = client_for(people.editor).get("/desk/").content.decode().partition('id="b-notices"')[2].partition("</section>")[0]
    for article in (first, second):
        assert f"“{article.title}”已通过全部审核" in notices and f'href="/desk/articles/{article.pk}/record/"' in notices


def test_what_came_back_is_not_among_the_drafts_as_well(client_for, people, make_article):
    make_article(people.editor, title="还没写完")
    review = actions.submit(people.editor, make_article(people.editor, title="退回来的"))
    actions.reject(people.reviewer, review.stages.get(role="reviewer"), "请核对第二段的数字")
    page = client_for(people.editor).get("/desk/").content.decode().replace("<wbr>", "")
    drafts = page.partition('id="b-drafts"')[2].partition("</section>")[0]
    returned = page.partition('id="b-returned"')[2].partition("</section>")[0]
    assert "还没写完" in drafts and "退回来的" not in drafts and "退回来的" in returned and "还没写完" not in returned


def test_an_owed_review_stays_on_today_until_it_is_made_good(client_for, people, make_article, sign_all, clock):
    clock.set("2025-03-08 22:00")
    article = make_article(people.editor, title="暴雨红色预警")
    review = actions.publish_emergency(people.duty, article, "暴雨红色预警，须立即告知市民")
    for who in (people.duty, people.chief, people.editor, people.reviewer):
        assert "待补审" in client_for(who).get("/desk/").content.decode()
    clock.set("2025-03-11 09:00")
    assert "已超期" in client_for(people.chief).get("/desk/").content.decode()
    sign_all(review)
    assert "应急发布，待补审" not in client_for(people.chief).get("/desk/").content.decode()


def test_today_warns_before_a_column_goes_stale(client_for, people, other_column, clock):
    other_column.first_published_at = clock.now()
    other_column.save()
    clock.shift(days=20)
    assert "栏目该更新了" in client_for(people.editor).get("/desk/").content.decode()
    assert "天" not in _stale(client_for(people.editor).get("/desk/"))
    clock.shift(days=5)
    assert "还有 5 天" in _stale(client_for(people.editor).get("/desk/"))
    clock.shift(days=6)
    assert "已超 1 天" in _stale(client_for(people.editor).get("/desk/"))


def _stale(response):
    return response.content.decode().partition('id="b-stale"')[2].partition("</section>")[0]


def test_today_needs_few_queries(client_for, people, make_article, django_assert_max_num_queries):
    for number in range(8):
        actions.submit(people.editor, make_article(people.editor, title=f"稿件{number}"))
    client = client_for(people.reviewer)
    client.get("/desk/")
    with django_assert_max_num_queries(60):
        client.get("/desk/")


# --- the queue and the screen ------------------------------------------------------------------------------------------


def stage_for(review: Review, role: str) -> ReviewStage:
    return review.stages.get(role=role)


def test_a_signature_leads_to_the_next_item(client_for, people, make_article):
    reviews = [actions.submit(people.editor, make_article(people.editor, title=f"稿件{n}")) for n in range(3)]
    stages = [stage_for(review, "reviewer") for review in reviews]
    client = client_for(people.reviewer)
    url = reverse("publishing_desk:review", args=[stages[1].pk])
    page = client.get(url)
    assert page.context["position"] == 2 and page.context["count"] == 3
    response = client.post(url, {"decision": "sign", "queue": page.context["queue"]}, follow=True)
    assert response.redirect_chain[-1][0] == reverse("publishing_desk:review", args=[stages[2].pk])
    assert "“稿件1”二审已通过" in response.content.decode()
    stages[1].refresh_from_db()
    assert stages[1].signed_by == people.reviewer


def test_the_last_item_leads_back_to_a_calm_list(client_for, people, make_article):
    stage = stage_for(actions.submit(people.editor, make_article(people.editor)), "reviewer")
    response = client_for(people.reviewer).post(reverse("publishing_desk:review", args=[stage.pk]), {"decision": "sign"}, follow=True)
    assert "都审完了" in response.content.decode()


def test_a_rejection_without_a_reason_is_asked_again_and_nothing_typed_is_lost(client_for, people, make_article):
    stage = stage_for(actions.submit(people.editor, make_article(people.editor)), "reviewer")
    client, url = client_for(people.reviewer), reverse("publishing_desk:review", args=[stage.pk])
    response = client.post(url, {"decision": "reject", "reason": " ", "opinion": "总体可以"})
    assert response.status_code == 422
    page = response.content.decode()
    assert "请写明退回的理由" in page and "总体可以" in page
    client.post(url, {"decision": "reject", "reason": "标题与正文不符"})
    assert Review.objects.get().state == Review.State.REJECTED


def test_the_security_review_asks_for_opinion_and_basis(client_for, people, make_article):
    stage = stage_for(actions.submit(people.editor, make_article(people.editor)), "security")
    client, url = client_for(people.security), reverse("publishing_desk:review", args=[stage.pk])
    response = client.post(url, {"decision": "sign"})
    assert response.status_code == 422 and "请选择或写明保密审查意见" in response.content.decode()
    preset = response.context["form"].fields
    client.post(url, {"decision": "sign", "opinion_preset": preset["opinion_preset"].choices[0][0], "basis": "本单位定密事项目录第 3 项"})
    stage.refresh_from_db()
    assert stage.state == "signed" and stage.opinion.startswith("经审查") and stage.basis == "本单位定密事项目录第 3 项"


def test_the_screen_shows_what_changed(client_for, people, make_article, publish_through_review):
    article = publish_through_review(make_article(people.editor))
    body = [{"type": "text", "value": "<p>市图书馆新馆选址昨天公布，市民可以到现场查看图纸。</p><p>开放时间另行通知。</p>"}]
    actions.save_draft(people.editor, article, body=body)
    stage = stage_for(actions.submit(people.editor, article), "reviewer")
    page = client_for(people.reviewer).get(reverse("publishing_desk:review", args=[stage.pk])).content.decode()
    assert "<del>今天</del>" in page and "<ins>昨天</ins>" in page and "<ins>开放时间另行通知。</ins>" in page


def test_hints_name_what_a_machine_can_see(client_for, people, make_article):
    body = [
        {"type": "text", "value": '<p>请联系张某某 13812345678，身份证号 11010519491231002X，<a href="http://hean.localhost/nowhere/">详情</a>。</p>'}
    ]
    article = make_article(people.editor, title="关于" + "很长" * 20 + "的通知", body=body)
    stage = stage_for(actions.submit(people.editor, article), "reviewer")
    response = client_for(people.reviewer).get(reverse("publishing_desk:review", args=[stage.pk]))
    texts = " ".join(hint.text for hint in response.context["hints"])
    for expected in ("疑似身份证号 110*************2X", "疑似手机号码 138******78", "站内链接打不开", "离开上下文", "标题 "):
        assert expected in texts


def test_who_may_not_sign_reads_why(client_for, people, make_article):
    stage = stage_for(actions.submit(people.editor, make_article(people.editor)), "reviewer")
    url = reverse("publishing_desk:review", args=[stage.pk])
    page = client_for(people.editor).get(url).content.decode()
    assert "您没有这个岗位" in page and 'value="sign"' not in page
    assert client_for(people.other_editor).get(url).status_code == 404
    assert client_for(people.editor).post(url, {"decision": "sign"}).status_code == 422
    stage.refresh_from_db()
    assert stage.state == "open"


def test_bulk_approval_signs_each_and_names_refusals(client_for, people, make_article, person, city):
    person("reviewer", "security", city.root)
    first = actions.submit(people.editor, make_article(people.editor, title="甲"))
    second = actions.submit(people.editor, make_article(people.editor, title="乙"))
    picks = [stage_for(first, "reviewer").pk, stage_for(second, "reviewer").pk, stage_for(second, "security").pk, stage_for(first, "chief").pk]
    page = client_for(people.reviewer).post(reverse("publishing_desk:bulk"), {"stage": picks}, follow=True).content.decode()
    assert "已通过 2 篇" in page and "保密审查须写明意见和依据" in page and page.count("没有通过：") == 2
    assert "还没有勾选" in client_for(people.reviewer).post(reverse("publishing_desk:bulk"), follow=True).content.decode()


# --- deeds -------------------------------------------------------------------------------------------------------------

DEEDS = ["submit", "recall", "withdraw", "cancel_schedule", "move", "emergency", "discard"]


@pytest.mark.parametrize("name", DEEDS)
def test_opening_a_deed_page_does_nothing(client_for, people, make_article, name):
    article = make_article(people.editor)
    before = ArticlePage.objects.values().get(pk=article.pk)
    assert client_for(people.chief).get(reverse(f"publishing_desk:{name}", args=[article.pk])).status_code == 200
    assert ArticlePage.objects.values().get(pk=article.pk) == before and not Review.objects.exists()


def test_a_refused_deed_says_why_and_keeps_the_words(client_for, people, make_article):
    article = make_article(people.editor)
    response = client_for(people.chief).post(reverse("publishing_desk:withdraw", args=[article.pk]), {"reason": "数字有误需更正"})
    assert response.status_code == 422
    assert "现在没有公开" in response.content.decode() and "数字有误需更正" in response.content.decode()


def test_withdrawing_takes_down(client_for, people, make_article, publish_through_review):
    article = publish_through_review(make_article(people.editor))
    client_for(people.chief).post(reverse("publishing_desk:withdraw", args=[article.pk]), {"reason": "数字有误需更正"})
    article.refresh_from_db()
    assert not article.live
    page = client_for(people.editor).get(reverse("publishing_desk:record", args=[article.pk])).content.decode()
    assert "已撤下" in page and "数字有误需更正" in page and "二审已签" in page


def test_submit_recall_and_discard(client_for, people, make_article):
    article = make_article(people.editor)
    client = client_for(people.editor)
    page = client.post(reverse("publishing_desk:submit", args=[article.pk]), follow=True).content.decode()
    assert "已送审" in page and "二审（市政府）" in page
    assert client.post(reverse("publishing_desk:recall", args=[article.pk]), follow=True).status_code == 200
    assert Review.objects.get().state == Review.State.RECALLED
    refused = client.post(reverse("publishing_desk:discard", args=[article.pk]))
    assert refused.status_code == 422 and "须留存记录" in refused.content.decode()
    other = make_article(people.editor)
    client.post(reverse("publishing_desk:discard", args=[other.pk]))
    assert not ArticlePage.objects.filter(pk=other.pk).exists()


def test_restoring_makes_a_draft_only(client_for, people, make_article, publish_through_review):
    article = publish_through_review(make_article(people.editor, title="第一版"))
    first = article.latest_revision
    actions.save_draft(people.editor, article, title="第二版")
    client_for(people.editor).post(reverse("publishing_desk:restore", args=[article.pk, first.pk]))
    article.refresh_from_db()
    assert article.live and article.get_latest_revision_as_object().title == "第一版" and article.has_unpublished_changes


def test_moving_offers_columns_of_the_site(client_for, people, make_article, publish_through_review, other_column):
    article = publish_through_review(make_article(people.editor))
    url = reverse("publishing_desk:move", args=[article.pk])
    assert "教育信息" in client_for(people.chief).get(url).content.decode()
    client_for(people.chief).post(url, {"column": other_column.pk})
    assert ArticlePage.objects.get(pk=article.pk).get_parent().pk == other_column.pk


def test_a_stranger_does_not_find_a_draft(client_for, people, make_article):
    article = make_article(people.editor)
    for name in [*DEEDS, "record", "rewrite"]:
        assert client_for(people.other_editor).get(reverse(f"publishing_desk:{name}", args=[article.pk])).status_code == 404


def test_an_older_version_is_compared_up_to_the_public_one_and_a_newer_from_it(client_for, people, make_article, publish_through_review):
    article = make_article(people.editor)
    older = article.latest_revision_id
    actions.save_draft(people.editor, article, title="改过的标题")
    publish_through_review(ArticlePage.objects.get(pk=article.pk))
    actions.save_draft(people.editor, ArticlePage.objects.get(pk=article.pk), title="再改的标题")
    newer = ArticlePage.objects.get(pk=article.pk).latest_revision_id
    page = client_for(people.editor).get(f"/desk/articles/{article.pk}/record/").content.decode()
    assert f"/compare/{older}...live/" in page and f"/compare/live...{newer}/" in page


def test_what_was_sent_back_is_not_offered_to_the_emergency_lane(client_for, people, make_article, clock):
    clock.set("2025-03-08 22:00")
    article = make_article(people.editor, title="暴雨红色预警")
    review = actions.publish_emergency(people.duty, article, "暴雨红色预警，须立即告知市民")
    actions.reject(people.reviewer, stage_for(review, "reviewer"), "信息不实")
    record, lane = f"/desk/articles/{article.pk}/record/", f"/desk/articles/{article.pk}/emergency/"
    client = client_for(people.duty)
    assert lane not in client.get(record).content.decode()
    actions.save_draft(people.editor, ArticlePage.objects.get(pk=article.pk), summary="已核实。")
    assert lane in client.get(record).content.decode()
