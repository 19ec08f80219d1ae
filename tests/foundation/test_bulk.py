"""Many rows at once hold what one row would hold."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from lianxin.foundation import bulk
from lianxin.foundation.models import FailedTry

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
