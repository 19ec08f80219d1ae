"""Writing: the quick form with and without JavaScript, uploads that are not what they say, Wagtail's editor with our buttons."""

import zipfile
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from lianxin.foundation import filecheck
from lianxin.publishing import actions
from lianxin.publishing.models import ArticlePage, Attachment, Picture, Review

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def png(name="cover.png", kind="PNG"):
    kept = BytesIO()
    Image.new("RGB", (60, 40), "navy").save(kept, kind)
    return SimpleUploadedFile(name, kept.getvalue(), "image/png")


def values(where, city, **changes):
    return {
        "title": "城区供热管网今起升温",
        "column": where.pk,
        "organisation": city.education.pk,
        "review_kind": "standard",
        "body_text": "## 时间\n\n今天起升温。\n\n- 河东\n- 河西",
        "summary": "今起升温。",
        "action": "save",
        **changes,
    }


WRITE = "/desk/write/"


def test_a_draft_is_saved_without_javascript(client_for, people, column, city):
    response = client_for(people.editor).post(WRITE, values(column, city), follow=True)
    article = ArticlePage.objects.get()
    assert response.redirect_chain[-1][0] == reverse("publishing_desk:rewrite", args=[article.pk])
    assert not article.live and article.owner == people.editor
    assert [block.block_type for block in article.body] == ["heading", "text"]


def test_the_rich_area_goes_before_the_text(client_for, people, column, city):
    html = "<h2>时间</h2><p onclick=x>今天</p><table><tr><td>甲</td><td>乙</td></tr></table>"
    client_for(people.editor).post(WRITE, values(column, city, body_html=html))
    assert [block.block_type for block in ArticlePage.objects.get().body] == ["heading", "text", "table"]


def test_save_and_submit(client_for, people, column, city):
    page = client_for(people.editor).post(WRITE, values(column, city, action="submit"), follow=True).content.decode()
    assert Review.objects.get().state == "pending" and "已送审" in page


def test_a_refused_submission_keeps_the_draft(client_for, people, column, city):
    people.reviewer.posts.all().delete()
    page = client_for(people.editor).post(WRITE, values(column, city, action="submit"), follow=True).content.decode()
    assert "草稿已保存，但还没有送审" in page and "“二审”没有人可以签" in page
    assert ArticlePage.objects.get().title == "城区供热管网今起升温" and not Review.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "请写标题"),
        ({"column": ""}, "请选择稿件放在哪个栏目"),
        ({"go_live_at": "2020-01-01T09:30"}, "定时发布的时间已经过去"),
        ({"expire_at": "2020-01-01T09:30"}, "下线时间要晚于发布时间"),
        ({"go_live_at": "明天"}, "请按 2025-03-03 09:30 的样子填写时间"),
        ({"review_kind": "repost"}, "转载的稿件请填写来源"),
        ({"source_url": "不是网址"}, "请填写完整的网址"),
        ({"summary": "长" * 301}, "摘要请控制在 300 字以内"),
    ],
)
def test_an_error_loses_nothing(client_for, people, column, city, changes, sentence):
    response = client_for(people.editor).post(WRITE, values(column, city, **changes))
    page = response.content.decode()
    assert response.status_code == 422 and sentence in page
    assert "今天起升温。" in page and "<li>河东</li>" in page
    assert not ArticlePage.objects.exists()


def test_only_columns_with_rights_are_offered(client_for, people, column, other_column):
    offered = client_for(people.editor).get(WRITE).content.decode()
    assert "部门动态" in offered and "教育信息" in offered
    other = client_for(people.other_editor).get(WRITE).content.decode()
    assert "部门动态" in other and "教育信息" not in other
    refused = client_for(people.other_editor).post(WRITE, {"title": "x", "column": other_column.pk, "body_text": "x"})
    assert refused.status_code == 422 and not ArticlePage.objects.exists()


def test_a_picture_needs_words_and_is_kept_with_them(client_for, people, column, city):
    client = client_for(people.editor)
    assert "请为题图写一句替代文字" in client.post(WRITE, values(column, city, lead_picture_file=png())).content.decode()
    client.post(WRITE, values(column, city, lead_picture_file=png(), lead_picture_alt="工人检修换热站"))
    assert ArticlePage.objects.get().lead_picture.description == "工人检修换热站"


def test_attachments_are_kept_added_and_dropped(client_for, people, column, city):
    client = client_for(people.editor)
    client.post(WRITE, values(column, city, attachments=[SimpleUploadedFile("a.pdf", b"%PDF-1.4 a"), SimpleUploadedFile("b.pdf", b"%PDF-1.4 b")]))
    article = ArticlePage.objects.get()
    first, second = Attachment.objects.order_by("pk")
    assert [d.pk for d in article.body[-1].value] == [first.pk, second.pk]
    url = reverse("publishing_desk:rewrite", args=[article.pk])
    form = {**values(column, city, title="改了标题"), "base_revision": article.latest_revision_id, "drop_attachment": first.pk}
    assert client.post(url, form).status_code == 302
    draft = ArticlePage.objects.get().get_latest_revision_as_object()
    assert draft.title == "改了标题" and [d.pk for d in draft.body[-1].value] == [second.pk]


def test_two_editors_on_one_article(client_for, people, column, city, make_article):
    article = make_article(people.editor)
    url = reverse("publishing_desk:rewrite", args=[article.pk])
    form = {**values(column, city, title="先保存的"), "base_revision": article.latest_revision_id}
    assert client_for(people.second_editor).post(url, form).status_code == 302
    late = client_for(people.editor).post(url, {**form, "title": "后保存的"})
    assert late.status_code == 422 and "周小雨保存了更新的内容" in late.content.decode() and "后保存的" in late.content.decode()


def test_a_rejected_article_opens_with_its_reason(client_for, people, make_article):
    review = actions.submit(people.editor, make_article(people.editor))
    url = reverse("publishing_desk:rewrite", args=[review.article_id])
    assert client_for(people.editor).get(url).status_code == 302
    actions.reject(people.reviewer, review.stages.get(role="reviewer"), "请核对数字")
    assert "请核对数字" in client_for(people.editor).get(url).content.decode()


def test_pasting_is_cleaned_by_the_server(client_for, people, site):
    answer = client_for(people.editor).post("/desk/write/paste/", {"html": "<h1>题</h1><p style='x'>文<img src='file:///x'></p>"}).json()
    assert answer == {"html": "<h2>题</h2>\n<p>文</p>", "pictures": 1}
    assert client_for(people.editor).post("/desk/write/paste/", {"html": "", "text": "一\n二"}).json()["html"] == "<p>一</p><p>二</p>"


# --- uploads -----------------------------------------------------------------------------------------------------------


def docx(*names):
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return kept.getvalue()


@pytest.mark.parametrize(
    "upload",
    [
        SimpleUploadedFile("photo.png", b"MZ\x90\x00 a program"),
        SimpleUploadedFile("photo.jpg", b"<svg onload=alert(1)>"),
        SimpleUploadedFile("photo.png", b""),
        png("photo.jpg"),
        png("photo.exe"),
    ],
)
def test_a_picture_that_is_none_is_refused(upload):
    with pytest.raises(ValidationError):
        filecheck.require_picture(upload)


def test_a_picture_too_large_is_refused_in_chinese(settings):
    settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE = 100
    with pytest.raises(ValidationError, match="请压缩到"):
        filecheck.require_picture(png())


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("run.exe", b"MZ", "类型不能作为附件"),
        ("page.html", b"<html>", "类型不能作为附件"),
        ("plan.pdf", b"MZ\x90", "内容与“.pdf”不符"),
        ("plan.docx", b"PK\x03\x04 broken", "已经损坏"),
        ("plan.docx", docx("word/document.xml", "word/vbaProject.bin"), "宏"),
        ("note.txt", b"<script>alert(1)</script>", "不符"),
        ("empty.pdf", b"", "不符"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(name, content, sentence):
    with pytest.raises(ValidationError, match=sentence):
        filecheck.require_document(SimpleUploadedFile(name, content))


@pytest.mark.parametrize(
    ("name", "content"),
    [("plan.pdf", b"%PDF-1.7"), ("表.xlsx", docx("xl/workbook.xml")), ("a.txt", "文字".encode()), ("v.mp4", b"\0\0\0\x18ftypmp42")],
)
def test_ordinary_files_pass(name, content):
    filecheck.require_document(SimpleUploadedFile(name, content))


def test_the_library_refuses_programs_and_asks_for_words(client_for, people, site):
    client = client_for(people.editor)
    wrong = client.post("/desk/images/add/", {"title": "x", "file": SimpleUploadedFile("x.png", b"MZ"), "description": "说明"})
    assert wrong.status_code == 200 and not Picture.objects.exists()
    bare = client.post("/desk/images/add/", {"title": "x", "file": png()})
    assert "请写替代文字" in bare.content.decode() and not Picture.objects.exists()
    client.post("/desk/images/add/", {"title": "x", "file": png(), "description": "检修现场"})
    assert Picture.objects.get().description == "检修现场"


def test_a_file_is_public_only_with_its_article(client_for, client, people, make_article, publish_through_review):
    file = Attachment.objects.create(title="图纸", file=SimpleUploadedFile("plan.pdf", b"%PDF-1.4 plan"), uploaded_by_user=people.editor)
    body = [{"type": "text", "value": "<p>见附件。</p>"}, {"type": "attachments", "value": [file.pk]}]
    article = make_article(people.editor, body=body)
    assert client.get(file.url).status_code == 404
    assert client_for(people.editor).get(file.url).status_code == 200
    publish_through_review(article)
    assert client.get(file.url).status_code == 200
    actions.withdraw(people.chief, article, "数字有误")
    assert client.get(file.url).status_code == 404


def test_an_unused_file_goes_and_a_used_one_stays(client_for, people, make_article):
    used, unused = (Attachment.objects.create(title=t, file=SimpleUploadedFile("p.pdf", b"%PDF-1.4"), uploaded_by_user=people.editor) for t in "甲乙")
    make_article(people.editor, title="用着它", body=[{"type": "attachments", "value": [used.pk]}])
    client = client_for(people.editor)
    refused = client.post(f"/desk/documents/delete/{used.pk}/")
    assert refused.status_code == 422 and "用着它" in refused.content.decode()
    assert client_for(people.other_editor).post(f"/desk/documents/delete/{unused.pk}/").status_code == 422
    client.post(f"/desk/documents/delete/{unused.pk}/")
    assert list(Attachment.objects.all()) == [used]


# --- Wagtail's editor --------------------------------------------------------------------------------------------------


def editor_form(city, **extra):
    common = {"title": "完整编辑器写的", "slug": "", "organisation": str(city.education.pk), "review_kind": "standard", "importance": "0"}
    body = streamfield([("text", rich_text("<p>正文</p>"))])
    return nested_form_data({**common, "body": body, "placements": inline_formset([]), "comments": inline_formset([]), **extra})


def test_the_editor_offers_only_our_buttons(client_for, people, make_article):
    article = make_article(people.editor)
    page = client_for(people.editor).get(f"/desk/pages/{article.pk}/edit/").content.decode()
    assert "保存并送审" in page and "action-lianxin-submit" in page
    for stale in ("action-publish", "action-submit", "action-unpublish", "action-lianxin-emergency"):
        assert f'name="{stale}"' not in page


def test_the_editor_saves_and_submits(client_for, people, column, city):
    url = f"/desk/pages/add/publishing/articlepage/{column.pk}/"
    response = client_for(people.editor).post(url, editor_form(city, **{"action-lianxin-submit": "1"}))
    article = ArticlePage.objects.get()
    assert response["Location"] == reverse("publishing_desk:record", args=[article.pk])
    assert article.reviews.get().state == "pending"


def test_the_editor_keeps_the_draft_when_submission_is_refused(client_for, people, column, city):
    people.security.posts.all().delete()
    url = f"/desk/pages/add/publishing/articlepage/{column.pk}/"
    response = client_for(people.editor).post(url, editor_form(city, **{"action-lianxin-submit": "1"}), follow=True)
    assert "“保密审查”没有人可以签" in response.content.decode()
    assert ArticlePage.objects.get().title == "完整编辑器写的"


def test_a_new_article_starts_in_the_writers_unit(client_for, people, column, city):
    page = client_for(people.editor).get(f"/desk/pages/add/publishing/articlepage/{column.pk}/")
    assert page.context["form"]["organisation"].value() == city.education.pk


def test_the_desk_stands_without_signing_in_nowhere(client: Client, site):
    assert client.get("/desk/pages/").status_code == 302
