"""No way around the reviews: every path by which Wagtail or we ourselves could be brought to show or hide something, as everybody.

Each attempt is made over HTTP, followed by the schedulers a year later; what the public sees must be the same as before. It is tried twice:
with the desk as it is, and with the doors of ``desk.closed`` open, where the permission tester has to hold alone.
Run with ``-s`` to see the table.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone
from PIL import Image
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Collection, CollectionViewRestriction, Page, PageViewRestriction, Revision, Site
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from lianxin.identity.models import User
from lianxin.publishing import actions, jobs
from lianxin.publishing.models import ArticlePage, Attachment, ColumnPage, Listing, Picture, Review, ReviewStage

pytestmark = pytest.mark.django_db

ROLES = ["editor", "reviewer", "chief", "security", "duty", "site_manager", "administrator", "partner", "anonymous", "superuser"]


@dataclass
class World:
    """One article of each standing, and what hangs on them."""

    people: SimpleNamespace
    site: Any
    column: ColumnPage
    other: ColumnPage
    live: ArticlePage
    draft: ArticlePage
    pending: ArticlePage
    timed: ArticlePage
    picture: Picture
    attachment: Attachment
    users: dict[str, User | None] = field(default_factory=dict)


def png(colour: str) -> bytes:
    kept = BytesIO()
    Image.new("RGB", (40, 30), colour).save(kept, "PNG")
    return kept.getvalue()


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the world, which every test of this module finds again."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture
def world(people, site, column, other_column, make_article, publish_through_review, person, city, settings, media, remembered) -> World:
    settings.MEDIA_ROOT = media
    return remembered("world", lambda: _make_world(people, site, column, other_column, make_article, publish_through_review, person, city))


def _make_world(people, site, column, other_column, make_article, publish_through_review, person, city) -> World:
    cover, plan = ContentFile(png("blue"), "cover.png"), ContentFile(b"%PDF-1.4 plan", "plan.pdf")
    picture = Picture.objects.create(title="题图", description="新馆外观", uploaded_by_user=people.editor, file=cover)
    attachment = Attachment.objects.create(title="图纸", uploaded_by_user=people.editor, file=plan)
    body = [{"type": "text", "value": "<p>正文。</p>"}, {"type": "attachments", "value": [attachment.pk]}]
    live = make_article(people.editor, title="已经公开", body=body, lead_picture=picture, lead_picture_alt="新馆外观")
    live = publish_through_review(live)
    actions.save_draft(people.editor, live, title="已经公开（没有审核的修改）")
    draft = make_article(people.editor, title="没有审核的草稿")
    pending = make_article(people.editor, title="正在审核")
    actions.submit(people.editor, pending)
    timed = make_article(people.editor, title="等待定时", go_live_at=timezone.now() + timedelta(days=700))
    Revision.objects.filter(pk=timed.latest_revision_id).update(approved_go_live_at=timezone.now() + timedelta(days=700))
    administrator = person("administrator", "administrator", city.root, name="周系统")
    partner = person("partner", "partner", city.root, name="外包小李", kind=User.Kind.PARTNER, expires_at=timezone.now() + timedelta(days=900))
    for added in (administrator, partner):
        actions.sync_user(added)
    users = {name: getattr(people, name, None) for name in ROLES} | {"administrator": administrator, "partner": partner, "superuser": people.admin}
    found = [ArticlePage.objects.get(pk=article.pk) for article in (live, draft, pending, timed)]
    return World(people, site, column, other_column, *found, picture, attachment, users)


def public(world: World) -> dict[str, Any]:
    """Everything that readers see, and everything that decides about it."""
    pages = Page.objects.filter(live=True).order_by("pk")
    return {
        "live": list(pages.values_list("pk", "title", "url_path", "live_revision_id")),
        "rows": list(ArticlePage.objects.filter(live=True).order_by("pk").values_list("pk", "body", "summary", "lead_picture_id", "organisation_id")),
        "columns": list(ColumnPage.objects.order_by("pk").values_list("pk", "title", "kind", "path")),
        "listings": sorted(Listing.objects.values_list("column_id", "article_id", "title", "href")),
        "waiting": list(Revision.objects.filter(approved_go_live_at__isnull=False).values_list("pk", "approved_go_live_at")),
        "restrictions": PageViewRestriction.objects.count() + CollectionViewRestriction.objects.count(),
        "redirects": list(Redirect.objects.values_list("old_path", "redirect_page_id")),
        "sites": list(Site.objects.values_list("pk", "hostname", "root_page_id", "is_default_site")),
        "picture": [(p.pk, p.title, p.file.name, p.file.storage.exists(p.file.name)) for p in Picture.objects.filter(pk=world.picture.pk)],
        "file": [(a.pk, a.title, a.file.name, a.file.storage.exists(a.file.name)) for a in Attachment.objects.filter(pk=world.attachment.pk)],
    }


def read(world: World) -> int:
    """What a reader of the published article gets."""
    return Client(SERVER_NAME="localhost").get(world.live.url_path.replace(world.site.site.root_page.url_path, "/", 1)).status_code


def article_form(world: World, title: str, **extra: Any) -> dict[str, Any]:
    """The editor's form as Wagtail's own page sends it."""
    values = {
        "title": title,
        "slug": f"{len(title)}-{abs(hash(title)) % 10**6}",
        "organisation": str(world.draft.organisation_id),
        "review_kind": "standard",
        "importance": "0",
        "summary": "摘要",
        "body": streamfield([("text", rich_text("<p>绕过审核的正文</p>"))]),
        "placements": inline_formset([]),
        "comments": inline_formset([]),
        **extra,
    }
    return nested_form_data(values)


Attempt = tuple[str, str, dict[str, Any]]


def attempts(world: World) -> Iterator[tuple[str, Attempt]]:
    """Every forbidden path: its name, and address, method and data of the request."""
    live, draft, pending, timed, column, other = (
        page.pk for page in (world.live, world.draft, world.pending, world.timed, world.column, world.other)
    )
    home, root = world.site.site.root_page_id, Page.get_first_root_node().pk
    yield "新建即发布", (f"/desk/pages/add/publishing/articlepage/{column}/", "post", article_form(world, "新建即发布", **{"action-publish": "1"}))
    yield "编辑即发布", (f"/desk/pages/{draft}/edit/", "post", article_form(world, "编辑即发布", **{"action-publish": "1"}))
    yield "改公开稿即发布", (f"/desk/pages/{live}/edit/", "post", article_form(world, "改公开稿", **{"action-publish": "1"}))
    yield "改在审稿", (f"/desk/pages/{pending}/edit/", "post", article_form(world, "改在审稿"))
    yield "改待发稿", (f"/desk/pages/{timed}/edit/", "post", article_form(world, "改待发稿", **{"action-publish": "1"}))
    soon = f"{timezone.localtime() + timedelta(minutes=1):%Y-%m-%d %H:%M}"
    scheduled = article_form(world, "不审就定时", go_live_at=soon)
    yield "不审就定时（草稿）", (f"/desk/pages/{draft}/edit/", "post", scheduled | {"action-publish": "1"})
    yield "不审就定时（新建）", (f"/desk/pages/add/publishing/articlepage/{column}/", "post", scheduled | {"action-publish": "1"})
    yield "定时下线", (f"/desk/pages/{live}/edit/", "post", article_form(world, "定时下线", expire_at=soon, **{"action-publish": "1"}))
    yield "Wagtail 送审", (f"/desk/pages/{draft}/edit/", "post", article_form(world, "Wagtail 送审", **{"action-submit": "1"}))
    for action in ("action-restart-workflow", "action-cancel-workflow", "action-workflow-action"):
        yield f"编辑器 {action}", (f"/desk/pages/{draft}/edit/", "post", article_form(world, action, **{action: "1"}))
    yield "撤下", (f"/desk/pages/{live}/unpublish/", "post", {"include_descendants": "on"})
    yield "撤下栏目", (f"/desk/pages/{column}/unpublish/", "post", {"include_descendants": "on"})
    copy = {"new_title": "副本", "new_slug": "copy", "new_parent_page": str(other), "copy_subpages": "on", "publish_copies": "on"}
    yield "复制并发布", (f"/desk/pages/{live}/copy/", "post", copy)
    yield "复制为别名", (f"/desk/pages/{live}/copy/", "post", copy | {"alias": "on"})
    yield "复制栏目并发布", (f"/desk/pages/{column}/copy/", "post", copy | {"new_parent_page": str(home)})
    yield "别名转正", (f"/desk/pages/{live}/convert_alias/", "post", {})
    yield "移动公开稿", (f"/desk/pages/{live}/move/{other}/confirm/", "post", {})
    yield "移动在审稿", (f"/desk/pages/{pending}/move/{other}/confirm/", "post", {})
    yield "移动栏目", (f"/desk/pages/{column}/move/{other}/confirm/", "post", {})
    yield "移动首页", (f"/desk/pages/{home}/move/{column}/confirm/", "post", {})
    yield "删除公开稿", (f"/desk/pages/{live}/delete/", "post", {})
    yield "删除在审稿", (f"/desk/pages/{pending}/delete/", "post", {})
    yield "删除栏目", (f"/desk/pages/{column}/delete/", "post", {"confirm_site_name": "连心"})
    yield "删除首页", (f"/desk/pages/{home}/delete/", "post", {"confirm_site_name": "连心"})
    for action, pk in (("publish", draft), ("publish", pending), ("unpublish", live), ("unpublish", column), ("delete", live), ("delete", column)):
        sure = {"include_descendants": "on", "confirm_site_name": "连心"}
        yield f"批量 {action} {pk}", (f"/desk/bulk/wagtailcore/page/{action}/?id={pk}", "post", sure)
    yield "批量移动", (f"/desk/bulk/wagtailcore/page/move/?id={live}", "post", {"chooser": str(other)})
    yield "取消定时", (f"/desk/pages/{timed}/revisions/{world.timed.latest_revision_id}/unschedule/", "post", {})
    first = world.live.revisions.order_by("pk").first()
    yield "恢复旧版并发布", (f"/desk/pages/{live}/revisions/{first.pk}/revert/", "get", {})
    revert = article_form(world, "恢复旧版", revision=str(first.pk), **{"action-publish": "1"})
    yield "恢复旧版并发布（提交）", (f"/desk/pages/{live}/edit/", "post", revert)
    yield "加访问限制", (f"/desk/pages/{live}/privacy/", "post", {"restriction_type": "password", "password": "secret"})
    yield "栏目加访问限制", (f"/desk/pages/{column}/privacy/", "post", {"restriction_type": "login"})
    yield "锁定", (f"/desk/pages/{live}/lock/", "post", {})
    yield "解锁在审稿", (f"/desk/pages/{pending}/unlock/", "post", {})
    yield "调整次序", (f"/desk/pages/{column}/set_position/?position=0", "post", {})
    plain = nested_form_data({"title": "私开栏目", "slug": "own", "kind": "news", "action-publish": "1", "comments": inline_formset([])})
    yield "新建栏目", (f"/desk/pages/add/publishing/columnpage/{home}/", "post", plain)
    yield "新建首页", (f"/desk/pages/add/publishing/homepage/{root}/", "post", plain)
    yield "新建空白页", (f"/desk/pages/add/wagtailcore/page/{root}/", "post", plain)
    yield "改栏目", (f"/desk/pages/{column}/edit/", "post", plain | {"title": "改了的栏目"})
    yield "改首页", (f"/desk/pages/{home}/edit/", "post", plain | {"title": "改了的首页"})
    api = {
        "publish": {},
        "unpublish": {"recursive": True},
        "copy": {"destination_page_id": other, "keep_live": True, "slug": "api-copy", "title": "副本"},
        "copy_for_translation": {"locale": "zh-hans", "copy_parents": True, "alias": True},
        "create_alias": {"destination_page_id": other, "update_slug": "api-alias"},
        "move": {"destination_page_id": other, "position": "last-child"},
        "delete": {},
        "revert_to_page_revision": {"revision_id": first.pk},
        "convert_alias": {},
    }
    for action, data in api.items():
        yield f"接口 {action} 公开稿", (f"/desk/api/main/pages/{live}/action/{action}/", "json", data)
    for action in ("publish", "copy", "create_alias"):
        yield f"接口 {action} 在审稿", (f"/desk/api/main/pages/{pending}/action/{action}/", "json", api[action])
    yield "工作流 通过", (f"/desk/pages/workflow/action/{pending}/approve/1/", "post", {})
    yield "工作流 取消", (f"/desk/pages/workflow/confirm_cancellation/{pending}/", "post", {})
    yield "新建工作流", ("/desk/workflows/add/", "post", {"name": "我的流程"})
    yield "新建工作流任务", ("/desk/workflows/tasks/add/wagtailcore/groupapprovaltask/", "post", {"name": "我的任务"})
    yield "换站点根页", (f"/desk/sites/edit/{world.site.site_id}/", "post", {"hostname": "x.localhost", "port": "80", "root_page": str(column)})
    yield "删除站点", (f"/desk/sites/delete/{world.site.site_id}/", "post", {})
    yield (
        "重定向公开稿",
        ("/desk/redirects/add/", "post", {"old_path": "/departments/", "is_permanent": "on", "redirect_link": "https://example.com/"}),
    )
    yield "给自己加组", ("/desk/groups/new/", "post", {"name": "发布者"})
    yield "建超级用户", ("/desk/users/add/", "post", {"username": "root2", "is_superuser": "on", "password1": "x", "password2": "x"})
    collection = Collection.get_first_root_node().pk
    yield "附件夹加限制", (f"/desk/collections/{collection}/privacy/", "post", {"restriction_type": "login"})
    other_words = {"title": "换了", "description": "换了", "collection": str(collection)}
    other_file = SimpleUploadedFile("new.png", png("red"), "image/png")
    yield "换公开图片", (f"/desk/images/{world.picture.pk}/", "post", other_words | {"file": other_file})
    yield "改公开图片说明", (f"/desk/images/{world.picture.pk}/", "post", other_words)
    yield "删公开图片", (f"/desk/images/{world.picture.pk}/delete/", "post", {})
    yield "批量删图片", (f"/desk/bulk/publishing/picture/delete/?id={world.picture.pk}", "post", {})
    swapped = {"title": "换了", "collection": str(collection), "file": SimpleUploadedFile("plan.pdf", b"%PDF-1.4 other", "application/pdf")}
    yield "换公开附件", (f"/desk/documents/edit/{world.attachment.pk}/", "post", swapped)
    yield "删公开附件", (f"/desk/documents/delete/{world.attachment.pk}/", "post", {})
    yield "删刚传的附件", (f"/desk/documents/multiple/{world.attachment.pk}/delete/", "post", {})
    yield "批量删附件", (f"/desk/bulk/publishing/attachment/delete/?id={world.attachment.pk}", "post", {})
    for name, pk in (("withdraw", live), ("move", live), ("cancel-schedule", timed), ("recall", pending), ("submit", draft), ("emergency", draft)):
        yield f"只打开 {name}", (f"/desk/articles/{pk}/{name}/", "get", {"reason": "核实有误，需要处理", "column": other})
    stage = ReviewStage.objects.get(review__article=pending, role="reviewer")
    yield "以 GET 签字", (f"/desk/review/{stage.pk}/", "get", {"decision": "sign"})


# Wagtail's own bulk deletion of files has no guard but the door: files are no pages.
ONLY_BY_THE_DOOR = ("批量删", "重定向", "附件夹加限制", "给自己加组", "建超级用户", "换站点根页", "删除站点")


def send(client: Client, attempt: Attempt) -> Any:
    url, method, data = attempt
    if method == "json":
        return client.post(url, data, content_type="application/json")
    for value in data.values():
        if hasattr(value, "seek"):
            value.seek(0)
    return getattr(client, method)(url, data)


# With the doors open Wagtail decides by the tester alone; these three stand for a unit's staff, the city's, and superusers.
@pytest.mark.parametrize(("role", "doors"), [(role, "shut") for role in ROLES] + [(role, "open") for role in ("editor", "chief", "superuser")])
def test_no_way_around(world: World, role: str, doors: str, client_for: Callable[..., Client], settings: Any, clock: Any) -> None:
    if doors == "open":
        settings.ROOT_URLCONF = "tests.publishing.open_doors"
    user = world.users[role]
    client = client_for(user) if user else Client(SERVER_NAME="localhost")
    before, ways, table = public(world), [], []
    assert read(world) == 200
    for name, attempt in attempts(world):
        if doors == "open" and name.startswith(ONLY_BY_THE_DOOR):
            continue
        with transaction.atomic():
            status = refused_how(client, attempt)
            table.append((name, status))
            run_schedulers(clock)
            if public(world) != before or ("限制" in name and read(world) != 200):
                ways.append(name)
            transaction.set_rollback(True)
    print(f"\n{role}（{'门关着' if doors == 'shut' else '门开着'}）" + "".join(f"\n    {name:<30} {status}" for name, status in table))
    assert not ways, f"{role} found a way around: {ways}"


def run_schedulers(clock: Any) -> None:
    """Whatever was put on a schedule shows a year later, save what was approved for later still."""
    clock.shift(days=300)
    call_command("publish_scheduled")
    jobs.sweep.call()
    clock.shift(days=-300)


def refused_how(client: Client, attempt: Attempt) -> str:
    """What the answer was, in a word."""
    response = send(client, attempt)
    assert response.status_code < 500, (attempt[0], response.status_code)
    if response.status_code in (301, 302):
        place = response["Location"]
        return "去登录" if "sign-in" in place else ("去别处 " + place.split("?")[0])
    return {200: "200 没有效果", 403: "403 拒绝", 404: "404 没有", 405: "405 方式不对", 400: "400 不合格", 409: "409 拒绝", 422: "422 拒绝"}.get(
        response.status_code, str(response.status_code)
    )


# --- our own deeds ---------------------------------------------------------------------------------------------------------

MAY = {
    "withdraw": {"chief", "duty", "site_manager", "administrator"},
    "move": {"chief", "duty", "site_manager", "administrator"},
    "cancel_schedule": {"editor", "chief", "duty", "site_manager", "administrator"},
    "recall": {"editor"},
    "emergency": {"duty"},
    "discard": {"editor", "site_manager", "administrator"},
    "submit": {"editor"},
}


@pytest.mark.parametrize("deed", MAY)
def test_our_own_deeds_ask_for_the_post(world: World, deed: str, client_for: Callable[..., Client]) -> None:
    article = {"withdraw": world.live, "move": world.live, "cancel_schedule": world.timed, "recall": world.pending}.get(deed, world.draft)
    data = {"reason": "核实有误，需要处理", "column": world.other.pk}
    before = everything(world)
    for role, user in world.users.items():
        client = client_for(user) if user else Client(SERVER_NAME="localhost")
        with transaction.atomic():
            response = client.post(f"/desk/articles/{article.pk}/{deed.replace('_', '-')}/", data)
            changed = everything(world) != before
            transaction.set_rollback(True)
        assert changed == (role in MAY[deed]), (role, deed, response.status_code)
        assert changed or response.status_code in (302, 404, 422)


def everything(world: World) -> tuple[Any, ...]:
    """What the public sees, and how reviews and drafts stand."""
    return public(world), list(Review.objects.values_list("pk", "state")), ArticlePage.objects.count()


# --- signatures --------------------------------------------------------------------------------------------------------------


def sign(client: Client, stage: ReviewStage) -> Any:
    return client.post(f"/desk/review/{stage.pk}/", {"decision": "sign", "opinion": "同意公开", "basis": "保密法"})


def test_nobody_signs_what_they_wrote(world: World, client_for, city, person) -> None:
    for role in ("reviewer", "chief", "security"):
        person("editor", role, city.root)
    client = client_for(world.people.editor)
    for stage in ReviewStage.objects.filter(review__article=world.pending, state="open"):
        response = sign(client, stage)
        assert response.status_code == 422 and "作者不能审自己的稿" in response.content.decode()
    assert not ReviewStage.objects.filter(review__article=world.pending, signed_by=world.people.editor).exclude(label="初审").exists()


def test_nobody_signs_twice(world: World, client_for, city, person) -> None:
    person("reviewer", "chief", city.root)
    client = client_for(world.people.reviewer)
    stages = ReviewStage.objects.filter(review__article=world.pending)
    assert sign(client, stages.get(role="reviewer")).status_code == 302
    refused = sign(client, stages.get(role="reviewer"))
    assert refused.status_code == 422 and "已经有人签过" in refused.content.decode()
    chief = sign(client, stages.get(role="chief"))
    assert chief.status_code == 422 and "三个人" in chief.content.decode()


def test_nothing_is_published_without_the_security_review(world: World, client_for) -> None:
    stages = ReviewStage.objects.filter(review__article=world.pending)
    sign(client_for(world.people.reviewer), stages.get(role="reviewer"))
    sign(client_for(world.people.chief), stages.get(role="chief"))
    assert not ArticlePage.objects.get(pk=world.pending.pk).live
    sign(client_for(world.people.security), stages.get(role="security"))
    assert ArticlePage.objects.get(pk=world.pending.pk).live


def test_only_the_post_signs(world: World, client_for) -> None:
    stage = ReviewStage.objects.get(review__article=world.pending, role="reviewer")
    for role, user in world.users.items():
        if role == "reviewer":
            continue
        client = client_for(user) if user else Client(SERVER_NAME="localhost")
        assert sign(client, stage).status_code in (302, 404, 422)
        stage.refresh_from_db()
        assert stage.state == "open", role


def test_a_superuser_without_a_post_signs_nothing_in_bulk_either(world: World, client_for) -> None:
    pks = list(ReviewStage.objects.filter(review__article=world.pending).values_list("pk", flat=True))
    client_for(world.people.admin).post("/desk/review/bulk/", {"stage": pks, "opinion": "同意", "basis": "保密法"})
    assert not ReviewStage.objects.filter(pk__in=pks, state="signed").exclude(label="初审").exists()


def test_an_emergency_needs_a_shift_or_the_post(world: World, client_for, city) -> None:
    url = f"/desk/articles/{world.draft.pk}/emergency/"
    data = {"reason": "暴雨红色预警，须立即告知市民"}
    assert client_for(world.people.editor).post(url, data).status_code == 422
    actions.set_shift(None, city.root, date.today() + timedelta(days=1), world.people.chief)
    assert client_for(world.people.chief).post(url, data).status_code == 422
    assert not ArticlePage.objects.get(pk=world.draft.pk).live


def test_a_request_from_another_site_is_refused(world: World) -> None:
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    client.force_login(world.people.duty, backend="lianxin.identity.backends.StaffBackend")
    stage = ReviewStage.objects.get(review__article=world.pending, role="reviewer")
    before = public(world)
    live, draft = world.live.pk, world.draft.pk
    deeds = [f"articles/{live}/withdraw/", f"articles/{draft}/emergency/", f"pages/{draft}/edit/"]
    for path in [f"review/{stage.pk}/", "review/bulk/", "write/", *deeds]:
        response = client.post(f"/desk/{path}", {"decision": "sign", "stage": stage.pk, "reason": "核实有误，需要处理"})
        assert response.status_code == 403, path
    assert public(world) == before
