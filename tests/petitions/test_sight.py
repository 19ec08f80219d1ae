"""Nobody sees a petition or report by a post that is not the bureau's, and no surface tells of it: pages, lists, counts, files, notices."""

from io import BytesIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from openpyxl import load_workbook

from lianxin.casework import actions as engine
from lianxin.casework import queries as casework
from lianxin.casework.models import Assignment, Case, Message
from lianxin.casework.rights import Standing
from lianxin.figures import actions as figures
from lianxin.foundation.errors import Forbidden
from lianxin.foundation.models import AuditEntry, Notification
from lianxin.organisations.models import Post
from lianxin.petitions import actions, queries
from tests.portal.conftest import _fresh_furniture, portal  # noqa: F401

pytestmark = pytest.mark.django_db
WORDS = ("金丝雀标题", "金丝雀内容", "金丝雀姓名")
CANARY = {"subject": "金丝雀标题", "text": "金丝雀内容，卫健委的人收了钱。", "petitioner": {"name": "金丝雀姓名", "phone": "13999990000"}}


def everybody(bureau) -> dict:
    """All people by a name of their own: who handles cases in the city, and the bureau's."""
    own = {"officer": bureau.officer, "bureau_head": bureau.head, "root_triage": bureau.root_triage, "office_supervisor": bureau.supervisor}
    return vars(bureau.staff) | own


def who_sees(bureau, case) -> set[str]:
    return {name for name, person in everybody(bureau).items() if casework.visible_to(person).filter(pk=case.pk).exists()}


def test_a_petition_is_the_bureaus_own_business(take, petition, bureau):
    assert who_sees(bureau, take()) == {"officer", "citizen", "supervisor", "office_supervisor"}
    given = petition.handling()
    assert who_sees(bureau, given) == {"officer", "citizen", "supervisor", "office_supervisor", "clerk", "clerk2", "head"}
    for nobody in (None, AnonymousUser()):
        assert not casework.visible_to(nobody).filter(pk=given.pk).exists()


def test_a_report_is_seen_by_whoever_handles_it_and_nobody_else(take, bureau, city):
    case = take("report", about=city.education)
    assert who_sees(bureau, case) == {"officer", "citizen"}
    case = engine.assign(bureau.officer, engine.accept(bureau.officer, case), city.health)
    assert who_sees(bureau, case) == {"officer", "citizen", "other_clerk", "other_head"}
    leader = Post.objects.get(user=bureau.staff.vice)
    engine.ask_instruction(bureau.officer, case, leader, "请批示")
    assert who_sees(bureau, case) == {"officer", "citizen", "other_clerk", "other_head", "vice"}


def test_a_report_about_a_leader_or_the_bureau_stays_hidden_from_them(take, bureau):
    about_leader = take("report", about=bureau.staff.vice)
    with pytest.raises(Forbidden):
        engine.accept(bureau.staff.vice, about_leader)
    asked = engine.ask_instruction(bureau.officer, engine.accept(bureau.officer, about_leader), Post.objects.get(user=bureau.staff.vice), "误呈")
    assert "vice" not in who_sees(bureau, asked)
    assert not casework.instructions_asked(bureau.staff.vice)
    about_bureau = take("report", about=bureau.unit)
    assert who_sees(bureau, about_bureau) == {"supervisor", "office_supervisor", "citizen"}


def test_administrators_see_numbers_of_cases_not_of_reports(take, bureau):
    for case in (take(), take("report")):
        for person in (bureau.staff.admin, bureau.staff.auditor):
            assert not casework.visible_to(person, personal=False).filter(pk=case.pk).exists()


# --- every surface ---


@pytest.fixture
def canaries(portal, take, bureau, remembered) -> dict[str, Case]:  # noqa: F811
    """Reports about the health commission at every stage, and a petition that nobody but the bureau and education handles."""
    return remembered("canaries", lambda: _canaries(take, bureau))


def _canaries(take, bureau) -> dict[str, Case]:
    city = bureau.city

    def report(**given):
        return take("report", about=city.health, **(CANARY | given))

    found = {"new": report(), "accepted": engine.accept(bureau.officer, report())}
    given = engine.assign(bureau.officer, engine.accept(bureau.officer, report()), city.education)
    engine.sign_for(bureau.staff.clerk, given, Assignment.objects.get(case=given))
    message = engine.draft_reply(bureau.staff.clerk, given, "金丝雀内容属实。", outcome="solved")
    found["draft"] = given
    returned = engine.assign(bureau.officer, engine.accept(bureau.officer, report()), city.education)
    engine.return_assignment(bureau.staff.clerk, returned, Assignment.objects.get(case=returned), "金丝雀内容不归我们")
    found["returned"] = returned
    answered = engine.assign(bureau.officer, engine.accept(bureau.officer, report()), city.education)
    engine.sign_for(bureau.staff.clerk, answered, Assignment.objects.get(case=answered))
    message = engine.draft_reply(bureau.staff.clerk, answered, "金丝雀内容属实。", outcome="solved")
    message = engine.approve_reply(bureau.staff.head, answered, message)
    found["answered"] = engine.publish_reply(bureau.staff.clerk, answered, message)
    found["declined"] = engine.decline(bureau.officer, report(), "金丝雀内容不具体", "金丝雀标题")
    return found


DESK = (
    "/desk/",
    "/desk/cases/unit/",
    "/desk/cases/office/",
    "/desk/cases/signing/",
    "/desk/cases/limits/",
    "/desk/cases/triage/",
    "/desk/cases/leader/",
    "/desk/supervision/",
    "/desk/supervision/cases/",
    "/desk/supervision/cases/?age=late",
    "/desk/supervision/orders/",
    "/desk/petitions/",
    "/desk/petitions/?state=open",
    "/desk/petitions/?state=answered",
    "/desk/petitions/?state=over",
    "/desk/petitions/new/",
    "/desk/digest/",
    "/desk/figures/",
    "/desk/figures/export/?measure=received&first=2025-03-01&last=2025-03-03&format=csv",
    "/desk/figures/export/?measure=received&first=2025-03-01&last=2025-03-03&format=xlsx",
)
# The same for whoever asks: staff are strangers there.
PUBLIC = (
    "/letters/",
    "/letters/?q=金丝雀",
    "/search/?q=金丝雀",
    "/search/suggest/?q=金丝雀",
    "/figures/",
    "/figures/2025-03/",
    "/figures/2025-03/?unit=health&format=csv",
    "/figures/2025/?format=xlsx",
    "/figures/list/?measure=received&period=2025-03",
    "/figures/list/?measure=answered&period=2025-03&unit=health",
    "/ledger/",
    "/ledger/2025-03-03/",
    "/ledger/2025-03/?format=csv",
    "/ledger/units/health/2025-03/?format=xlsx",
    "/ledger/find/?q=金丝雀",
    "/petitions/",
    "/petitions/review/",
    "/hotline/",
    "/feeds/letters/",
    "/letters/sitemap.xml",
    "/sitemap.xml",
    "/boards/health/",
    "/orgs/health/",
    "/write/",
    "/follow/",
    "/",
)


@pytest.fixture
def counted(canaries, run_jobs, clock) -> dict[str, Case]:
    """The canaries on the day after, when everything that came of them was done and counted."""
    run_jobs()
    clock.set("2025-03-04 09:00")
    figures.fold()
    return canaries


def read(page) -> str:
    """What somebody reads in an answer; a sheet is opened as an office program does."""
    content = b"".join(page.streaming_content) if page.streaming else page.content
    if "spreadsheet" not in page.headers.get("Content-Type", ""):
        return content.decode(errors="replace").replace("<wbr>", "")
    return str([list(row) for sheet in load_workbook(BytesIO(content)) for row in sheet.iter_rows(values_only=True)])


def leaks(client: Client, cases: dict[str, Case], lists: tuple[str, ...] = DESK) -> list[str]:
    """Where somebody reads a canary, a number or the name of the kind of a case that is none of his business."""
    marks = [*WORDS, "13999990000", *(case.number for case in cases.values())]
    own = [f"/desk/cases/{case.number}/{page}" for case in cases.values() for page in ("", "reply/", "publicity/", "petitioner/")]
    own += [f"/desk/cases/triage/{case.number}/" for case in cases.values()]
    own += [f"/desk/supervision/{case.number}/{page}" for case in cases.values() for page in ("issue/", "sheet/", "sheet/?made=1")]
    notices = [(case, one) for case in cases.values() for one in queries.notices(case)]
    own += [f"/desk/petitions/{case.number}/notices/{one.seq}/" for case, one in notices]
    own += [f"/letters/{case.number}/" for case in cases.values()] + [f"/my/letters/{case.number}/" for case in cases.values()]
    faults = []
    for address in [*lists, *own]:
        page = client.get(address)
        text = read(page) + str(sorted(page.headers.items()))
        told = [mark for mark in marks if mark in text and mark not in address and not ("q=" in address and mark.startswith("金丝雀"))]
        if page.status_code == 200 and address in own:
            told.append("answered")
        if told:
            faults.append(f"{address}: {told}")
    return faults


ROLES = (
    "other_clerk",
    "other_head",
    "triage",
    "triage2",
    "mayor",
    "vice",
    "supervisor",
    "office_supervisor",
    "operator",
    "admin",
    "auditor",
    "root_triage",
)


@pytest.mark.parametrize("role", ROLES)
def test_no_surface_tells_anybody_else_of_a_report(counted, bureau, client_for, role):
    assert not leaks(client_for(everybody(bureau)[role]), counted)


def test_no_surface_tells_a_stranger_of_a_report(counted):
    assert not leaks(Client(SERVER_NAME="localhost"), counted, DESK + PUBLIC)


def test_nor_do_public_pages_tell_those_who_work_here(counted, bureau, client_for):
    assert not leaks(client_for(bureau.staff.triage), counted, PUBLIC)


def test_the_leak_test_sees_what_the_bureau_sees(canaries, bureau, client_for):
    found = leaks(client_for(bureau.officer), canaries)
    assert any(fault.startswith("/desk/petitions/: ") for fault in found) and any("notices" in fault for fault in found)


def test_lists_and_counts_of_the_engine_leave_them_out(canaries, bureau, person, city):
    from lianxin.casedesk import matters
    from lianxin.casedesk import queries as desk

    outsiders = [person for name, person in everybody(bureau).items() if name in ROLES]
    for one in outsiders:
        assert not casework.triage_queue(one) and not casework.unit_parts(one).exists() and not casework.returns_to_rule(one)
        assert not casework.reports_to_accept(one) and not casework.replies_to_sign(one) and not casework.instructions_asked(one)
        assert not casework.supervisor_queue(one).cases and not casework.by_telephone(one, "13999990000")
        assert not desk.to_open(one) and not desk.to_answer(one) and not desk.same_writer(canaries["new"], one)
        assert not matters.similar(one, canaries["new"]) and not queries.counter(one, queries.Filters()).exists()
        assert not casework.official_for(Standing(one), personal=False).exists()
    assert len(casework.by_telephone(bureau.officer, "13999990000")) == len(canaries)
    assert casework.returns_to_rule(bureau.officer) and Message.objects.filter(state="draft").exists()


def test_a_root_triage_officer_and_an_operator_do_nothing_with_it(take, bureau, city):
    case = take()
    for one in (bureau.root_triage, bureau.staff.operator, bureau.staff.triage):
        for deed, args in ((engine.accept, ()), (engine.screen, ()), (engine.decline, ("不收", "别处")), (engine.seal, (city.health,))):
            with pytest.raises(Forbidden):
                deed(one, case, *args)
        with pytest.raises(Forbidden):
            engine.read_petitioner(one, case, "好奇")
    assert Case.objects.get(pk=case.pk).version == case.version


def test_nobody_else_is_told(canaries, bureau, run_jobs, clock):
    for day in ("2025-03-19 09:00", "2025-05-12 09:00"):
        clock.set(day)
        for case in canaries.values():
            if case.is_open:
                engine.breach(Case.objects.get(pk=case.pk))
        run_jobs()
    told = set(Notification.objects.exclude(recipient=bureau.staff.citizen).values_list("recipient__username", flat=True))
    assert told <= {"petition", "petition-head", "clerk", "clerk2", "head"} and "petition" in told
    texts = " ".join(f"{row.subject} {row.text}" for row in Notification.objects.all())
    assert not [word for word in WORDS if word in texts]


# --- the counter's doors ---


def test_the_counter_is_for_the_bureau(canaries, bureau, client_for):
    for name in (*ROLES, "clerk"):
        client = client_for(everybody(bureau)[name])
        for address in ("/desk/petitions/", "/desk/petitions/new/"):
            assert client.get(address).status_code in (302, 403), name
        assert client.post("/desk/petitions/export/", {"format": "csv"}).status_code in (302, 403)
        with pytest.raises(Forbidden):
            actions.take_list(everybody(bureau)[name], queries.Filters())
    assert not AuditEntry.objects.filter(deed="petitions.list_taken").exists()
    made = client_for(bureau.officer).post("/desk/petitions/export/", {"format": "csv", "state": "open"})
    text = made.content.decode("utf-8-sig")
    assert canaries["accepted"].number in text and not [word for word in WORDS if word in text]
    assert AuditEntry.objects.filter(deed="petitions.list_taken", actor=bureau.officer).count() == 1
