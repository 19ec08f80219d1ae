"""My data: copies that expire, deletion that destroys the key, keys of one person."""

import io
import json
import os
import zipfile

import pytest
from django.utils import timezone

from lianxin.foundation.errors import Refused
from lianxin.foundation.models import AuditEntry, Notification
from lianxin.foundation.notify import notify
from lianxin.identity import actions, queries, registry, sealing
from lianxin.identity.actions import exports
from lianxin.identity.models import Citizen, CitizenSession, Consent, DataExport, DeletedAccount, PersonalData, Reading, TelephoneVerification, User
from lianxin.identity.registry import Eraser, ExportPart, Kept, OpenMatter
from tests.identity.citizens import GUARDIAN, NAME, NUMBER, OTHER_TELEPHONE, SENSITIVE, TELEPHONE, signed_up, verified

pytestmark = pytest.mark.django_db


@pytest.fixture
def letters(monkeypatch):
    """A room with letters: one is open, one was answered in public."""
    gone = []

    class Letters(Eraser):
        name = "letters"

        def open_matters(self, user):
            return [OpenMatter("信〔2025〕7号", "/letters/7/", "继续办理，结果不再通知您")]

        def kept(self, user):
            return [Kept("已公开的来信和答复，不含姓名", "《政府信息公开条例》", "长期保留")]

        def erase(self, user):
            gone.append(user.pk)

    monkeypatch.setattr(registry, "_erasers", {"letters": Letters()})
    part = ExportPart("letters", "我的来信", [{"编号": "信〔2025〕7号", "标题": "路灯 <不亮>"}], {"photo.jpg": b"jpg"})
    monkeypatch.setattr(registry, "_exporters", {"letters": lambda user: part})
    return gone


# --- copies ----------------------------------------------------------------------------------------------------------------------------


def test_a_copy_holds_everything_for_machines_and_people(clock, run_jobs, letters):
    user = signed_up().user
    actions.verify_citizen(user, NAME, NUMBER, SENSITIVE)
    notify(user, "letter.answered", "7", "有了答复", "路灯修好了", "/my/")
    export = actions.request_export(user)
    assert actions.request_export(user) == export, "one at a time"
    run_jobs()
    content = actions.fetch_export(user, export.pk)
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert sorted(archive.namelist()) == sorted(["data.json", "我的数据.html", "files/letters/photo.jpg"])
    data = json.loads(archive.read("data.json"))
    parts = {part["name"]: part for part in data["parts"]}
    assert set(parts) == {"account", "notifications", "consents", "readings", "sessions", "sign-ins", "letters"}
    own = parts["account"]["records"][0]
    assert (own["手机号"], own["姓名"], own["身份证号"], own["身份级别"]) == (TELEPHONE, NAME, NUMBER, "实名已核验")
    assert parts["notifications"]["records"][0]["内容"] == "路灯修好了"
    page = archive.read("我的数据.html").decode()
    assert NUMBER in page and "路灯 &lt;不亮&gt;" in page
    assert Notification.objects.filter(recipient=user).latest("pk").event == "identity.export_ready"
    assert Reading.objects.filter(subject=user, purpose="导出我的数据").exists()


def test_the_file_is_sealed_and_goes_after_three_days(clock, run_jobs, letters, django_capture_on_commit_callbacks):
    user = signed_up().user
    export = actions.request_export(user)
    run_jobs()
    export.refresh_from_db()
    path = exports.folder() / export.file_name
    assert TELEPHONE.encode() not in path.read_bytes() and path.read_bytes()[:2] != b"PK"
    assert (path.stat().st_mode & 0o777, exports.folder().stat().st_mode & 0o777) == (0o600, 0o700)
    clock.shift(days=3)
    with pytest.raises(Refused, match="过期"):
        actions.fetch_export(user, export.pk)
    orphan = exports.folder() / "orphan.sealed"
    orphan.write_bytes(b"left by a worker that died")
    os.utime(orphan, (0, 0))
    with django_capture_on_commit_callbacks(execute=True):
        actions.forget_exports()
    assert not orphan.exists()
    export.refresh_from_db()
    assert export.state == "expired" and not path.exists()
    assert actions.request_export(user) != export


def test_nobody_fetches_the_copy_of_another(clock, run_jobs, letters):
    user = signed_up().user
    export = actions.request_export(user)
    run_jobs()
    with pytest.raises(Refused):
        actions.fetch_export(signed_up(OTHER_TELEPHONE).user, export.pk)


def test_making_it_twice_leaves_one_file(clock, run_jobs, letters):
    before = set(exports.folder().iterdir()) if exports.folder().exists() else set()
    export = actions.request_export(signed_up().user)
    exports.make_export.call(export.pk)
    exports.make_export.call(export.pk)
    assert len(set(exports.folder().iterdir()) - before) == 1
    run_jobs()


# --- deletion --------------------------------------------------------------------------------------------------------------------------


def test_deletion_needs_a_fresh_proof(clock, letters):
    session = signed_up().session
    clock.shift(minutes=16)
    with pytest.raises(Refused, match="验证码"):
        actions.delete_account(session)
    assert not letters


def test_the_outlook_names_what_is_open_and_what_stays(clock, letters):
    outlook = actions.deletion_outlook(signed_up().user)
    assert [matter.title for matter in outlook.open_matters] == ["信〔2025〕7号"]
    assert "已公开的来信和答复，不含姓名" in [kept.what for kept in outlook.kept]
    assert all(kept.why and kept.until for kept in outlook.kept)


def test_deletion_takes_everything_but_what_is_named(clock, letters, run_jobs, django_capture_on_commit_callbacks):
    signed_in = signed_up(is_minor=True)
    user = signed_in.user
    actions.consent_as_guardian(
        user, verified(OTHER_TELEPHONE, "guardian", user), name=NAME, number=NUMBER, relationship="母亲", consent_version=GUARDIAN
    )
    key = user.person_key
    sealed = sealing.seal(key, "路灯不亮", "case.text")
    notify(user, "letter.answered", "7", "有了答复", "路灯修好了", "/my/")
    actions.request_export(user)
    run_jobs()
    (path,) = [exports.folder() / export.file_name for export in DataExport.objects.all()]
    with django_capture_on_commit_callbacks(execute=True):
        deleted = actions.delete_account(signed_in.session)
    assert letters == [user.pk] and not path.exists()
    for model in (PersonalData, Citizen, CitizenSession, DataExport, Notification, TelephoneVerification):
        rows = model.objects.filter(telephone_index__isnull=False) if model is TelephoneVerification else model.objects.all()
        left = [row for row in rows if getattr(row, "telephone", TELEPHONE) == TELEPHONE]
        assert not left, model
    key.refresh_from_db()
    with pytest.raises(sealing.KeyDestroyed):
        sealing.unseal(key, sealed, "case.text")
    guardian = user.guardian_consents.get()
    assert (guardian.guardian_name, guardian.guardian_telephone) == ("", "")
    account = User.objects.get(pk=user.pk)
    assert (account.name, account.is_active) == ("已注销", False) and queries.level_of(account) == 0
    assert not Consent.objects.filter(user=user, withdrawn_at=None).exists()
    assert deleted.kept[0]["what"] == "已公开的来信和答复，不含姓名"
    entry = AuditEntry.objects.get(deed="identity.account_deleted")
    assert TELEPHONE not in str(entry.__dict__)
    assert Reading.objects.filter(subject=user).exists(), "three years, by law"


def test_the_telephone_is_free_again(clock, letters):
    signed_in = signed_up()
    actions.delete_account(signed_in.session)
    clock.shift(minutes=2)
    assert signed_up().user != signed_in.user


def test_a_room_may_forbid_it_and_then_nothing_is_gone(clock, monkeypatch):
    class Forbids(Eraser):
        name = "bids"

        def erase(self, user):
            raise Refused("您有一项竞买正在进行，请在结束后再注销。")

    monkeypatch.setattr(registry, "_erasers", {"bids": Forbids()})
    signed_in = signed_up()
    with pytest.raises(Refused, match="竞买"):
        actions.delete_account(signed_in.session)
    assert PersonalData.objects.filter(user=signed_in.user).exists() and not DeletedAccount.objects.exists()


def test_records_go_after_their_years(clock, letters):
    signed_in = signed_up()
    actions.read_personal_data(None, signed_in.user, ["telephone"], "发送短信通知")
    actions.delete_account(signed_in.session)
    clock.shift(days=3 * 365 - 1)
    actions.forget_old_records()
    assert Consent.objects.exists() and Reading.objects.exists()
    clock.shift(days=2)
    actions.forget_old_records()
    assert not Consent.objects.exists() and not Reading.objects.exists()


# --- keys of one person ----------------------------------------------------------------------------------------------------------------


def test_what_is_sealed_opens_with_its_key_in_its_place_only(db):
    key, other = actions.new_person_key(), actions.new_person_key()
    sealed = sealing.seal(key, "路灯不亮🌙", "case.text")
    assert sealing.unseal(key, sealed, "case.text") == "路灯不亮🌙"
    for wrong_key, context in ((other, "case.text"), (key, "case.reply")):
        with pytest.raises(sealing.CannotUnseal):
            sealing.unseal(wrong_key, sealed, context)
    for damaged in (sealed[:-4], "", "not base64!", sealed[:20] + "AAAA" + sealed[24:]):
        with pytest.raises(sealing.CannotUnseal):
            sealing.unseal(key, damaged, "case.text")


def test_a_destroyed_key_stays_destroyed_through_rotations(db):
    from lianxin.foundation import crypto

    key = actions.new_person_key()
    sealed = sealing.seal(key, "路灯不亮", "case.text")
    crypto.rotate()
    key.refresh_from_db()
    assert sealing.unseal(key, sealed, "case.text") == "路灯不亮"
    actions.destroy_person_key(key)
    assert key.destroyed_at is not None and key.destroyed_at <= timezone.now()
    crypto.rotate()
    key.refresh_from_db()
    with pytest.raises(sealing.KeyDestroyed):
        sealing.unseal(key, sealed, "case.text")
    with pytest.raises(sealing.KeyDestroyed):
        sealing.seal(key, "x", "case.text")
