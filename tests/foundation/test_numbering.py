"""Numbers that are never given twice."""

import itertools
import threading

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin.foundation.models import IssuedNumber, NumberSeries
from lianxin.foundation.numbering import next_number

_runs = itertools.count()


@pytest.mark.django_db
def test_numbers_count_up_per_series_and_are_kept_per_token():
    assert [next_number("letters-2025", token) for token in ("a", "b", "a", "c", "b")] == [1, 2, 1, 3, 2]
    assert next_number("letters-2026", "a") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "x" * 129])
def test_a_token_has_a_length(token: str):
    with pytest.raises(ValueError, match="token"):
        next_number("letters", token)


@pytest.mark.django_db
def test_a_number_rolled_back_is_free_again():
    next_number("letters", "a")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        next_number("letters", "b")
        raise ZeroDivisionError
    assert next_number("letters", "c") == 2


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 8)), max_size=25))
def test_whatever_is_retried_no_number_is_given_twice(requests):
    # All examples of a test share one transaction, so each takes series of its own.
    run = next(_runs)
    given_out = {}
    for series, token in requests:
        number = next_number(f"{series}-{run}", str(token))
        assert given_out.setdefault((series, token), number) == number
    for series in "ab":
        numbers = sorted(number for (own, _), number in given_out.items() if own == series)
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.django_db(transaction=True)
def test_many_at_once_with_retries_and_rollbacks():
    results: list[tuple[str, int]] = []
    errors: list[Exception] = []
    start = threading.Barrier(4)

    def work(worker: int) -> None:
        try:
            start.wait(10)
            for number in range(12):
                # Every token is asked for by two workers, every fifth request of a worker is rolled back.
                token = f"{worker // 2}-{number}"
                with transaction.atomic():
                    result = next_number("letters", token)
                    if (number + worker) % 5 == 0:
                        transaction.set_rollback(True)
                        continue
                results.append((token, result))
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
    kept = dict(results)
    assert set(results) == set(kept.items()), "a token has one number"
    assert sorted(kept.values()) == list(range(1, len(kept) + 1)), "no number twice, no gap"
    assert NumberSeries.objects.get(name="letters").last == IssuedNumber.objects.count() == len(kept)
