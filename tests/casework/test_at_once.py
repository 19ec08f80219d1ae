"""What several do at the same moment, in connections of their own."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from lianxin.casework import actions, checks
from lianxin.casework.models import Case, CaseEvent
from lianxin.casework.vocabulary import Identity
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import IssuedNumber

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], object]) -> list[object]:
    """Run ``works`` together; what each returned or was refused with."""
    found: list[object] = [None] * len(works)
    gate = threading.Barrier(len(works))

    def run(place: int) -> None:
        try:
            gate.wait(10)
            found[place] = works[place]()
        except Exception as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_the_same_submission_at_once_is_one_case_and_others_have_their_own_numbers(kind, staff):
    data = actions.PetitionerData(name="王小明", phone="13800001111", identity=Identity.TELEPHONE, user=staff.citizen)

    def send(token: str) -> Callable[[], object]:
        return lambda: actions.submit(staff.citizen, kind.code, token=token, subject="路灯", text="不亮", petitioner=data)

    tokens = [f"one-of-four-forms-{number % 4}" for number in range(12)]
    receipts = at_once(*map(send, tokens))
    assert not [one for one in receipts if isinstance(one, Exception)]
    by_token = {token: {(one.case.number, one.secret) for sent, one in zip(tokens, receipts, strict=True) if sent == token} for token in tokens}
    assert all(len(shown) == 1 for shown in by_token.values())
    assert sorted(Case.objects.values_list("number", flat=True)) == [f"TEST{Case.objects.first().received_at.year}{n:06d}" for n in range(1, 5)]
    assert IssuedNumber.objects.count() == 4 and sum(one.is_new for one in receipts) == 4


def test_one_of_two_replies_at_once_goes_out(flow, staff):
    case = flow.handling()
    message = flow.approved(case)
    version = flow.now(case).version
    found = at_once(*(lambda person=person: actions.publish_reply(person, case, message, version=version) for person in (staff.clerk, staff.clerk2)))
    assert sum(isinstance(one, Case) for one in found) == 1 and sum(isinstance(one, Refused) for one in found) == 1
    assert CaseEvent.objects.filter(case=case, type="replied").count() == 1


def test_deeds_at_once_make_one_chain(flow, staff):
    case = flow.handling()
    notes = [lambda number=number: actions.add_note(staff.clerk, case, f"备注 {number}") for number in range(8)]
    assert all(isinstance(one, Case) for one in at_once(*notes))
    assert CaseEvent.objects.filter(case=case, type="noted").count() == 8
    assert list(checks.wrong_cases()) == []
