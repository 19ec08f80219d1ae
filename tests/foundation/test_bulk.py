"""Many rows at once hold what one row would hold; single rows by prepared statements are what the ORM would write and read."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.core.exceptions import MultipleObjectsReturned
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from lianxin.foundation import bulk
from lianxin.foundation import rows as light
from lianxin.foundation.models import FailedTry, NumberSeries

MOMENT = datetime(2025, 3, 3, 1, 2, 3, 456789, tzinfo=UTC)
NAMES = ("id", "job_id", "number", "worker", "started_at", "ended_at", "error", "traceback")


def rows(first: int, number: int) -> list[tuple[object, ...]]:
    return [(first + i, UUID(int=i), i, "甲", MOMENT, MOMENT, 'a\t"\\b', "第一行\n第二行\\N") for i in range(number)]


def test_rows_are_what_the_orm_would_have_written(db: None) -> None:
    bulk.insert(FailedTry, NAMES, rows(bulk.next_key(FailedTry), 3))
    found = FailedTry.objects.get(number=2)
    same = FailedTry(**dict(zip(NAMES, rows(found.pk, 3)[2], strict=True)) | {"id": found.pk})
    assert all(getattr(found, name) == getattr(same, name) for name in NAMES)
    assert FailedTry.objects.filter(started_at=MOMENT, job_id=UUID(int=1)).exists()


def test_keys_go_on_after_the_given_ones(db: None) -> None:
    first = bulk.next_key(FailedTry)
    bulk.insert(FailedTry, NAMES, rows(first, 3))
    assert bulk.next_key(FailedTry) == first + 3
    bulk.settle(FailedTry)
    fields = dict(zip(NAMES[1:], rows(0, 1)[0][1:], strict=True))
    assert FailedTry.objects.create(**fields).pk >= first + 3


def test_the_count_never_goes_back(db: None) -> None:
    """What a transaction took and has not committed, or rolled back, is not handed out again."""
    fields = dict(zip(NAMES[1:], rows(0, 1)[0][1:], strict=True))
    taken = [FailedTry.objects.create(**fields).pk for _ in range(3)]
    FailedTry.objects.filter(pk__in=taken[1:]).delete()
    bulk.settle(FailedTry)
    assert FailedTry.objects.create(**fields).pk > taken[-1]


def test_a_row_that_cannot_be_takes_the_others_with_it(db: None) -> None:
    first = bulk.next_key(FailedTry)
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(FailedTry, NAMES, [*rows(first, 3), *rows(first, 1)])
    assert not FailedTry.objects.exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's settings are not touched")
def test_after_the_hurry_everything_is_as_before(transactional_db: None) -> None:
    def settings() -> list[int]:
        with connection.cursor() as cursor:
            return [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "cache_size")]

    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = FULL")
    before = settings()
    with bulk.hurried():
        assert settings() != before
    assert settings() == before


def test_a_single_row_gets_a_key_and_is_what_the_orm_reads(db: None) -> None:
    series = NumberSeries(name="一", last=7)
    bulk.add(series)
    assert NumberSeries.objects.get(pk=series.pk).last == 7
    kept = FailedTry(**dict(zip(NAMES, rows(900, 1)[0], strict=True)))
    bulk.add(kept)
    found = light.one(FailedTry, id=900)
    assert found is not None and all(getattr(found, name) == getattr(kept, name) for name in NAMES)
    found.error = "乙"
    found.save()
    assert FailedTry.objects.get(pk=900).error == "乙"


def test_rows_are_found_by_what_their_columns_equal(db: None) -> None:
    bulk.insert(FailedTry, NAMES, rows(bulk.next_key(FailedTry), 3))
    assert [row.number for row in light.where(FailedTry, worker="甲", started_at=MOMENT)] == [0, 1, 2]
    assert light.one(FailedTry, job_id=UUID(int=2)).number == 2
    assert light.one(FailedTry, job_id=UUID(int=9)) is None
    with pytest.raises(MultipleObjectsReturned):
        light.one(FailedTry, worker="甲")
    some = light.one(FailedTry, "number", job_id=UUID(int=1))
    assert some.get_deferred_fields() == set(NAMES) - {"id", "number"} and some.worker == "甲"


def test_a_row_is_kept_for_the_transaction(db: None) -> None:
    bulk.add(NumberSeries(name="一"))
    with CaptureQueriesContext(connection) as seen:
        light.one(NumberSeries, lock=True, name="一")
    # On SQLite the transaction holds the whole file, and there is no such clause.
    assert seen.captured_queries[0]["sql"].endswith("FOR UPDATE") == (connection.vendor == "postgresql")
