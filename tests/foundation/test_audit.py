"""The audit trail."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin.foundation import audit, middleware
from lianxin.foundation.models import AuditEntry, AuditHead, CalendarDay, TrailIsAppendOnly

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def user(django_user_model):
    """A member of staff."""
    return django_user_model.objects.create_user("audited", name="王晓梅")


def tamper(sql: str) -> None:
    """Change the table behind the guards, as somebody with the database's password could."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Foreign keys that wait for the end of the transaction would forbid it.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE foundation_auditentry DISABLE TRIGGER foundation_audit_guard")
        else:
            cursor.execute("DROP TRIGGER foundation_audit_guard_update")
            cursor.execute("DROP TRIGGER foundation_audit_guard_delete")
        cursor.execute(sql)


@pytest.mark.django_db
def test_a_deed_is_recorded(user):
    day = CalendarDay.objects.first()
    with audit.address("203.0.113.7"):
        entry = audit.record(user, "calendar.change", day, "改了一天", {"before": {"works": True}, "share": 0.5})
    entry = AuditEntry.objects.get(pk=entry.pk)
    assert (entry.actor, entry.actor_name, entry.deed, entry.address) == (user, "王晓梅", "calendar.change", "203.0.113.7")
    assert (entry.subject_type, entry.subject_id, entry.subject_label) == ("foundation.calendarday", str(day.pk), str(day))
    assert entry.detail == {"before": {"works": True}, "share": "0.5"}
    assert list(audit.entries_for(day)) == [entry]
    assert audit.verify() == []


@pytest.mark.django_db
def test_the_system_acts_too_and_without_subject():
    entry = audit.record(None, "system.start", None, "启动")
    assert (entry.actor, entry.actor_name, entry.address) == (None, "系统", None)


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.text(max_size=50), st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_whatever_is_recorded_verifies_as_it_is_read_back(summary: str, detail: dict):
    audit.record(None, "test.any", None, summary, detail)
    assert audit.verify() == []


@pytest.mark.django_db
def test_half_surrogates_and_zero_bytes_do_no_harm():
    audit.record(None, "test.odd", None, "a\0b\ud800", {"k\0": ["\ud800"]})
    assert audit.verify() == []


@pytest.mark.django_db
def test_the_model_refuses_changes(user):
    entry = audit.record(user, "test.one", None, "一")
    entry.summary = "二"
    with pytest.raises(TrailIsAppendOnly):
        entry.save()
    with pytest.raises(TrailIsAppendOnly):
        entry.delete()
    with pytest.raises(TrailIsAppendOnly):
        AuditEntry.objects.update(summary="二")
    with pytest.raises(TrailIsAppendOnly):
        AuditEntry.objects.all().delete()
    with pytest.raises(TrailIsAppendOnly):
        AuditEntry.objects.bulk_update([entry], ["summary"])
    with pytest.raises(TrailIsAppendOnly):
        AuditEntry.objects.create(seq=2, at=entry.at, deed="test.forged")
    with pytest.raises(TrailIsAppendOnly):
        AuditEntry.objects.bulk_create([AuditEntry(seq=2, at=entry.at, deed="test.forged")])


@pytest.mark.django_db
@pytest.mark.parametrize("sql", ["UPDATE foundation_auditentry SET summary = 'x'", "DELETE FROM foundation_auditentry"])
def test_the_database_refuses_changes(sql: str):
    audit.record(None, "test.one", None, "一")
    assert audit.guarded()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert AuditEntry.objects.filter(summary="一").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE foundation_auditentry SET summary = 'x' WHERE seq = 2", ["内容与校验值不符"]),
        ("UPDATE foundation_auditentry SET actor_name = 'x' WHERE seq = 4", ["内容与校验值不符"]),
        ("DELETE FROM foundation_auditentry WHERE seq = 2", ["缺少第 2 至 2 条"]),
        ("DELETE FROM foundation_auditentry WHERE seq >= 3", ["缺少第 3 至 4 条"]),
        ("UPDATE foundation_auditentry SET previous_hash = 'x' WHERE seq = 3", ["与上一条衔接不上", "内容与校验值不符"]),
    ],
)
def test_tampering_shows(sql: str, expected: list[str]):
    for number in range(4):
        audit.record(None, "test.number", None, f"第 {number} 件")
    tamper(sql)
    assert not audit.guarded()
    assert [broken.reason for broken in audit.verify()] == expected


@pytest.mark.django_db
def test_a_forged_end_shows():
    audit.record(None, "test.one", None, "一")
    noted = audit.head()
    AuditHead.objects.update(hash="f" * 64)
    assert [broken.reason for broken in audit.verify()] == ["最后一条与链尾登记不符"]
    assert audit.head() != noted


@pytest.mark.django_db
def test_a_deed_rolled_back_leaves_no_entry_and_no_gap():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        audit.record(None, "test.undone", None, "撤回")
        raise ZeroDivisionError
    audit.record(None, "test.done", None, "完成")
    assert list(AuditEntry.objects.values_list("seq", "deed")) == [(1, "test.done")]
    assert audit.verify() == []


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_chain():
    errors: list[Exception] = []

    def work(worker: int) -> None:
        try:
            for number in range(10):
                with transaction.atomic():
                    audit.record(None, "test.many", None, f"{worker}-{number}")
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert list(AuditEntry.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 41))
    assert audit.verify() == []


@pytest.mark.django_db
def test_an_auditor_searches(user, clock):
    audit.record(user, "article.publish", None, "发布《春耕》")
    audit.record(None, "article.withdraw", None, "撤回《春耕》")
    clock.shift(days=1)
    with audit.address("2001:db8::1"):
        late = audit.record(user, "account.lock", user, "锁定账号")
    assert audit.search("春耕").count() == 2
    assert audit.search("春耕 王晓梅").count() == 1
    assert audit.search(deed="article").count() == 2
    assert audit.search(actor=user).count() == 2
    assert list(audit.search(since=clock.now())) == [late]
    assert audit.search(until=clock.now()).count() == 2
    assert list(audit.search(address="2001:db8::1", subject_type="identity.user")) == [late]


@pytest.mark.parametrize(
    ("behind_proxy", "forwarded", "remote", "expected"),
    [
        (False, "198.51.100.1", "203.0.113.7", "203.0.113.7"),
        (True, "10.9.9.9, 198.51.100.1", "127.0.0.1", "198.51.100.1"),
        (True, "", "203.0.113.7", "203.0.113.7"),
        (True, "'; DROP TABLE", "127.0.0.1", None),
        (False, "", "::ffff:203.0.113.7", "203.0.113.7"),
        (False, "", "", None),
    ],
)
def test_the_clients_address(settings, behind_proxy, forwarded, remote, expected):
    settings.USE_X_FORWARDED_HOST = behind_proxy
    request = RequestFactory().get("/", REMOTE_ADDR=remote, **({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}))
    seen = []
    middleware.RequestAddressMiddleware(lambda request: seen.append(audit._address.get()))(request)
    assert seen == [expected]
    assert audit._address.get() is None
