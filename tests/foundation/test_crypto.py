"""Encrypted fields, blind indexes, and the rotation of their keys."""

import json
import os
import stat
import threading

import pytest
from django.core.exceptions import FieldError
from django.db import connection, models
from django.test.utils import isolate_apps
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lianxin.foundation import checks, crypto
from lianxin.foundation.models import Notification


@pytest.fixture(autouse=True)
def ring(settings, tmp_path):
    """A key ring of its own for every test; the path of its file."""
    settings.FIELD_KEYS_FILE = tmp_path / "secrets" / "field-keys.json"
    return settings.FIELD_KEYS_FILE


@pytest.fixture
def user(django_user_model):
    """Somebody to tell things."""
    return django_user_model.objects.create_user("told", name="李文")


def tell(user, key: str, text: str) -> Notification:
    return Notification.objects.create(recipient=user, event="test", key=key, subject="s", text=text)


def stored(pk: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM foundation_notification WHERE id = %s", [pk])
        return cursor.fetchone()[0]


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(st.text(), st.text(max_size=30))
def test_what_is_encrypted_opens_again(value: str, context: str):
    token = crypto.encrypt(value, context)
    assert crypto.decrypt(token, context) == value
    assert token != crypto.encrypt(value, context), "equal values do not look equal"


def test_half_a_surrogate_pair_opens_again():
    assert crypto.decrypt(crypto.encrypt("a\ud800", "t.c"), "t.c") == "a\ud800"


def test_the_ring_is_made_for_its_owner_only(ring):
    crypto.encrypt("x", "t.c")
    assert stat.S_IMODE(ring.stat().st_mode) == 0o600
    assert list(ring.parent.iterdir()) == [ring]


def test_a_ring_that_others_can_read_is_refused(ring):
    crypto.encrypt("x", "t.c")
    ring.chmod(0o644)
    os.utime(ring, ns=(1, 1))
    with pytest.raises(crypto.KeyRingError, match="chmod 600"):
        crypto.encrypt("x", "t.c")
    assert [message.id for message in checks.key_ring()] == ["foundation.E001"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"current": 1, "keys": {}}', '{"current": 1, "keys": {"1": {"cipher": "!", "index": ""}}}']
)
def test_a_damaged_ring_is_named(ring, content: str):
    ring.parent.mkdir()
    ring.write_text(content)
    ring.chmod(0o600)
    with pytest.raises(crypto.KeyRingError, match="备份"):
        crypto.encrypt("x", "t.c")


def test_a_wrong_key_a_moved_or_damaged_value_give_a_clear_error(ring):
    token = crypto.encrypt("秘密", "t.c")
    with pytest.raises(crypto.CannotOpen, match="打不开"):
        crypto.decrypt(token, "t.other")
    with pytest.raises(crypto.CannotOpen, match="打不开"):
        crypto.decrypt(token[:-4] + "AAAA", "t.c")
    for junk in ("", "plain text", "lx1:1", "lx1:1:", "lx1:x:AAAA", "lx1:1:中文"):
        with pytest.raises(crypto.CannotOpen):
            crypto.decrypt(junk, "t.c")
    with pytest.raises(crypto.CannotOpen, match="版本 9"):
        crypto.decrypt(token.replace(":1:", ":9:"), "t.c")
    ring.unlink()
    with pytest.raises(crypto.CannotOpen, match="密钥不对"):
        crypto.decrypt(token, "t.c")


def test_a_blind_index_is_equal_for_equal_values_of_one_purpose():
    assert crypto.blind_index("１３８００ ".strip(), "phone") == crypto.blind_index(" 13800", "phone")
    assert crypto.blind_index("13800", "phone") != crypto.blind_index("13801", "phone")
    assert crypto.blind_index("13800", "phone") != crypto.blind_index("13800", "identity")
    assert len(crypto.blind_index("13800", "phone")) <= 80
    assert crypto.blind_indexes("13800", "phone") == [crypto.blind_index("13800", "phone")]


@pytest.mark.django_db
def test_the_database_holds_no_plain_text(user):
    told = tell(user, "1", "您的来信已办结")
    assert stored(told.pk).startswith("lx1:1:")
    assert Notification.objects.get(pk=told.pk).text == "您的来信已办结"
    assert Notification.objects.values_list("text", flat=True).get(pk=told.pk) == "您的来信已办结"
    Notification.objects.filter(pk=told.pk).update(text="改过")
    assert stored(told.pk).startswith("lx1:1:")
    told.text = "再改"
    Notification.objects.bulk_update([told], ["text"])
    assert Notification.objects.get(pk=told.pk).text == "再改"


@pytest.mark.django_db
@pytest.mark.parametrize("lookup", ["text", "text__contains", "text__in", "text__lower"])
def test_an_encrypted_field_cannot_be_searched(lookup: str):
    with pytest.raises(FieldError, match="encrypted"):
        Notification.objects.filter(**{lookup: ["x"]}).exists()


@pytest.mark.django_db
def test_rotation_rewrites_every_row_and_keeps_the_old_key(user, ring):
    rows = [tell(user, str(number), f"第 {number} 封") for number in range(7)]
    before = crypto.encrypt("备份中的旧值", "t.c")
    heard: list[tuple[str, int]] = []
    result = crypto.rotate(lambda table, done: heard.append((table, done)))
    assert (result.version, result.rows) == (2, 7)
    assert heard == [("foundation_notification", 7)]
    assert all(stored(row.pk).startswith("lx1:2:") for row in rows)
    assert [row.text for row in Notification.objects.order_by("id")] == [f"第 {number} 封" for number in range(7)]
    assert crypto.decrypt(before, "t.c") == "备份中的旧值"
    assert crypto.reencrypt().rows == 0
    assert stat.S_IMODE(ring.stat().st_mode) == 0o600


@pytest.mark.django_db
def test_rotation_goes_through_large_tables_in_batches(user, monkeypatch):
    monkeypatch.setattr(crypto, "_BATCH", 3)
    for number in range(10):
        tell(user, str(number), "文")
    assert crypto.rotate().rows == 10


@pytest.mark.django_db
def test_an_old_key_is_retired_only_when_nothing_needs_it(user, ring):
    told = tell(user, "1", "文")
    crypto.encrypt("x", "t.c")
    with pytest.raises(crypto.KeyRingError, match="当前密钥"):
        crypto.retire(1)
    old = stored(told.pk)
    crypto.rotate()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE foundation_notification SET text = %s WHERE id = %s", [old, told.pk])
    with pytest.raises(crypto.KeyRingError, match="还有数据"):
        crypto.retire(1)
    crypto.reencrypt()
    crypto.retire(1)
    assert list(json.loads(ring.read_text())["keys"]) == ["2"]
    assert Notification.objects.get(pk=told.pk).text == "文"


@pytest.mark.django_db
def test_a_key_added_by_another_process_is_noticed(ring):
    crypto.encrypt("x", "t.c")
    content = json.loads(ring.read_text())
    content["keys"]["2"] = crypto._new_key()
    content["current"] = 2
    draft = crypto._write_draft(ring, content)
    draft.replace(ring)
    assert crypto.encrypt("x", "t.c").startswith("lx1:2:")


def test_processes_that_start_together_agree_on_the_ring(ring, monkeypatch):
    crypto._create(ring)
    first = ring.read_text()
    crypto._create(ring)
    assert ring.read_text() == first


@pytest.mark.django_db(transaction=True)
def test_rotation_under_load(user):
    """Four writers and readers go on while keys are rotated three times; every value opens, none is lost to an older one."""
    rows = [tell(user, str(number), f"{number}:0").pk for number in range(40)]
    stop = threading.Event()
    errors: list[Exception] = []
    last: dict[int, str] = {pk: f"{number}:0" for number, pk in enumerate(rows)}

    def work(own: list[int]) -> None:
        turn = 0
        try:
            while not stop.is_set() or turn == 0:
                turn += 1
                for pk in own:
                    value = f"{pk}:{turn}"
                    Notification.objects.filter(pk=pk).update(text=value)
                    last[pk] = value
                    assert Notification.objects.get(pk=pk).text == value
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(rows[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    try:
        versions = [crypto.rotate().version for _ in range(3)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert errors == []
    assert versions == [2, 3, 4]
    crypto.reencrypt()
    assert {row.pk: row.text for row in Notification.objects.filter(pk__in=rows)} == last
    assert all(stored(pk).startswith("lx1:4:") for pk in rows)


@pytest.fixture
def person_model(transactional_db, monkeypatch):
    """A model with an encrypted telephone that can be found by its blind index."""
    with isolate_apps("lianxin.foundation"):

        class Person(models.Model):
            phone = crypto.EncryptedTextField(null=True)
            phone_index = crypto.BlindIndexField(source="phone", purpose="phone")

            class Meta:
                app_label = "foundation"
                db_table = "test_person"

        with connection.schema_editor() as editor:
            editor.create_model(Person)
        monkeypatch.setattr(crypto, "_models_with_secrets", lambda: [Person])
        yield Person
        with connection.schema_editor() as editor:
            editor.delete_model(Person)


def test_a_row_is_found_by_its_blind_index_before_and_after_rotation(person_model):
    person = person_model.objects.create(phone="13800000000")
    person_model.objects.create(phone=None)
    assert person_model.objects.get(phone_index__in=crypto.blind_indexes(" 13800000000", "phone")) == person
    assert person_model.objects.filter(phone__isnull=True).count() == 1
    old = person.phone_index
    assert crypto.rotate().rows == 1
    person.refresh_from_db()
    assert person.phone == "13800000000"
    assert person.phone_index != old
    assert person.phone_index == crypto.blind_index("13800000000", "phone")
    assert person_model.objects.filter(phone_index=None).count() == 1


def test_fields_survive_their_way_into_a_migration():
    field = crypto.BlindIndexField(source="phone", purpose="phone")
    *_, kwargs = field.deconstruct()
    assert kwargs == {"source": "phone", "purpose": "phone"}
    *_, kwargs = crypto.EncryptedTextField(context="old.name").deconstruct()
    assert kwargs == {"context": "old.name"}
