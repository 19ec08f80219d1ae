"""Whatever is done to cases by whomever in whatever order: the invariants of the engine hold after every step."""

import os
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from lianxin.casework import actions, checks, jobs, kinds, notices, queries
from lianxin.casework.events import EventType
from lianxin.casework.models import Assignment, Attachment, Case, CaseEvent, Clock, Instruction, Message, Promise, Rating, Seal, Supervision
from lianxin.casework.rights import SecretHolder
from lianxin.casework.vocabulary import STEADY, Identity, Visibility
from lianxin.foundation.errors import Refused
from lianxin.foundation.jobs.worker import run_due
from lianxin.foundation.models import FailedTry, Notification
from lianxin.organisations.models import Post
from tests.casework.conftest import KIND

pytestmark = pytest.mark.django_db
TOLD: Counter[str] = Counter()
START = datetime(2025, 9, 26, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
CANARY = "金丝雀13912345678"
MOST_CASES = 4
# More by LIANXIN_EXAMPLES=200, for a long look.
EXAMPLES = int(os.environ.get("LIANXIN_EXAMPLES", "12"))

PEOPLE = [
    "triage",
    "triage2",
    "clerk",
    "clerk2",
    "head",
    "other_clerk",
    "other_head",
    "mayor",
    "vice",
    "supervisor",
    "operator",
    "admin",
    "citizen",
    "stranger",
    "secret",
]
who = st.sampled_from(PEOPLE)
# The usual people first, so that cases get far; anybody at all in one step of four.
right = st.integers(min_value=0, max_value=3)
units = st.sampled_from(["education", "health", "county_bureau", "centre"])
SIGNING = ["approve_reply", "approve_reply", "review_reply", "send_back_reply"]
which = st.integers(min_value=0, max_value=9)


class Cases(RuleBasedStateMachine):
    """Deeds by fitting and unfitting people on a handful of cases, while time passes and the sweeper runs."""

    world: tuple

    def __init__(self) -> None:
        super().__init__()
        self.city, self.staff = self.world
        self.travel = time_machine.travel(START, tick=False)
        self.clock = self.travel.start()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.receipts: dict[str, str] = {}
        self.breached: set[int] = set()
        self.touched: set[int] = set()
        self.stories: Counter[str] = Counter()

    def teardown(self) -> None:
        TOLD.update(self.stories)
        connection.check_constraints()
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)
        self.travel.stop()

    # --- helpers ---

    def case(self, number: int) -> Case:
        cases = list(Case.objects.order_by("pk"))
        return cases[number % len(cases)]

    def actor(self, name: str, case: Case):
        return SecretHolder(case.pk) if name == "secret" else getattr(self.staff, name)

    def pick(self, usual: str, anybody: str, mostly: int, case: Case):
        return self.actor(usual if mostly else anybody, case)

    def part(self, case: Case, number: int) -> Assignment | None:
        parts = list(Assignment.objects.filter(case=case).order_by("pk"))
        return parts[number % len(parts)] if parts else None

    def of(self, model, case: Case, number: int):
        rows = list(model.objects.filter(case=case).order_by("pk"))
        return rows[number % len(rows)] if rows else None

    def attempt(self, deed, case: Case, *given, **named) -> None:
        before = Case.objects.get(pk=case.pk)
        try:
            with transaction.atomic():
                deed(*given, **named)
        except Refused as refusal:
            assert str(refusal).endswith(("。", "？", "！", "。”")), refusal
            assert Case.objects.values_list("version", "head").get(pk=case.pk) == (before.version, before.head), "a refused deed left a trace"
        else:
            self.stories[deed.__name__] += 1
            self.touched.add(case.pk)
            late = Clock.objects.filter(case=case, state="running", breached_at=None, due_at__lte=timezone.now())
            if Case.objects.get(pk=case.pk).version != before.version:
                assert not late.exists(), "a deed passed over a breach"

    # --- how it begins ---

    @initialize(far=st.lists(which, min_size=10, max_size=20), farther=st.lists(which, max_size=12), about_unit=st.booleans())
    def first(self, far: list[int], farther: list[int], about_unit: bool) -> None:
        self.submit(0, False, "anonymised")
        self.submit(1, about_unit, "public")
        self.goes_on(0, far)
        self.goes_on(1, farther)

    @precondition(lambda self: Case.objects.count() < MOST_CASES or self.receipts)
    @rule(token=st.integers(min_value=0, max_value=MOST_CASES - 1), about_unit=st.booleans(), wish=st.sampled_from(Visibility.values))
    def submit(self, token: int, about_unit: bool, wish: str) -> None:
        """Every token is one case and one number, however often it is sent."""
        name = f"the-token-of-form-{token}"
        receipt = actions.submit(
            self.staff.citizen,
            KIND.code,
            token=name,
            subject=f"路灯{CANARY}",
            text=f"路灯坏了。{CANARY}",
            petitioner=actions.PetitionerData(name="王小明", phone="13912345678", identity=Identity.TELEPHONE, user=self.staff.citizen),
            sealed_from=[self.city.education] if about_unit else [],
            visibility=wish,
        )
        assert receipt.is_new == (name not in self.receipts)
        assert self.receipts.setdefault(name, receipt.case.number) == receipt.case.number
        held = queries.by_number_and_secret(receipt.case.number, receipt.shown_secret.lower())
        assert held == SecretHolder(receipt.case.pk)
        self.touched.add(receipt.case.pk)

    @rule(hours=st.sampled_from([1, 5, 24, 24, 72, 24 * 9]))
    def time_passes(self, hours: int) -> None:
        self.clock.shift(timedelta(hours=hours))

    @rule()
    def sweep(self) -> None:
        known = set(FailedTry.objects.values_list("pk", flat=True))
        before = set(Notification.objects.values_list("pk", flat=True))
        jobs.sweep.call()
        run_due()
        failed = FailedTry.objects.exclude(pk__in=known)
        assert not failed, failed[0].traceback
        assert not Clock.objects.filter(state="running", breached_at=None, due_at__lte=timezone.now()).exists()
        assert not Promise.objects.filter(state="open", due_on__lt=timezone.localdate()).exists()
        self.told_once(before)
        self.touched |= set(Case.objects.values_list("pk", flat=True))

    def told_once(self, before: set[int]) -> None:
        """Telling of every event once more tells nobody twice."""
        told = set(Notification.objects.values_list("pk", flat=True))
        for case in Case.objects.all():
            seqs = [seq for seq, kind in CaseEvent.objects.filter(case=case).values_list("seq", "type") if kind in notices.NOTICES]
            notices.tell.call(case.pk, seqs)
        assert set(Notification.objects.values_list("pk", flat=True)) == told
        for notice in Notification.objects.exclude(pk__in=before):
            assert CANARY not in notice.text + notice.subject

    # --- the usual way, so that cases get far ---

    @rule(number=which, choices=st.lists(which, min_size=1, max_size=9))
    def goes_on(self, number, choices) -> None:
        case = self.case(number)
        for choice in choices:
            if choice == 9:
                self.clock.shift(timedelta(hours=26))
            fitting = self.fitting(Case.objects.get(pk=case.pk))
            deed, *given = fitting[choice % len(fitting)]
            named = given.pop() if given and isinstance(given[-1], dict) else {}
            actor, *words = given
            self.attempt(deed, case, actor, case, *words, **named)

    def fitting(self, case: Case) -> list[tuple]:
        """What the right people would do next, as (deed, actor, words …, keywords)."""
        staff, city, today = self.staff, self.city, timezone.localdate()
        parts = list(Assignment.objects.filter(case=case, is_open=True).order_by("pk"))
        message = Message.objects.filter(case=case, state__in=("draft", "reviewed", "approved")).order_by("-pk").first()
        lead = city.health if Seal.objects.filter(case=case).exists() else city.education
        waiting = Instruction.objects.filter(case=case, given_at=None).first()
        match case.stage:
            case "submitted" | "screened" | "accepted":
                return [
                    (actions.accept, staff.triage),
                    (actions.assign, staff.triage, lead, {"co": (city.county_bureau,)}),
                    (actions.assign, staff.triage, lead),
                ]
            case "awaiting_citizen":
                return [(actions.citizen_answered, staff.citizen, "在东门")]
            case "replied" | "closed":
                return [
                    (actions.finish, staff.triage),
                    (actions.decide_public, staff.triage, True),
                    (actions.rate, SecretHolder(case.pk), 2),
                    (actions.object_once, staff.citizen, "还是不亮"),
                    (actions.follow_up, staff.operator, "dissatisfied"),
                    (actions.follow_up, staff.operator, "unreached"),
                    (actions.redact, staff.triage, "灯坏了", {"subject": "灯"}),
                    (actions.answer_cluster, staff.triage),
                    (actions.erase, None, "保存期满"),
                ]
            case "assigned" | "reopened" | "handling":
                return self.fitting_parts(case, parts, message, waiting, today) or [(actions.assign, staff.triage, lead)]
        return [(actions.erase, None, "保存期满")]

    def fitting_parts(self, case, parts, message, waiting, today) -> list[tuple]:
        staff, found = self.staff, []
        promises = [("修好", today + timedelta(days=2))]
        for part in parts:
            healthy = part.organisation_id == self.city.health.pk
            clerk, head = (staff.other_clerk, staff.other_head) if healthy else (staff.clerk, staff.head)
            if part.state in ("offered", "ruled"):
                found += [(actions.sign_for, clerk, part)] * 2
                found += [(actions.return_assignment, clerk, part, "不归我们管", {"suggested": self.city.health})]
            elif part.state == "returned":
                found += [(actions.rule_on_return, staff.triage, part, {"to": to, "ruling": "按职责"}) for to in (None, self.city.office)]
            elif part.state == "reported":
                found += [(actions.accept_report, staff.triage, part), (actions.send_back_report, staff.triage, part, "补充")]
            elif part.manner == "report":
                found += [(actions.report_back, clerk, part, "办好了")]
            elif message is None:
                interim = {"kind": "interim"}
                found += [(actions.draft_reply, clerk, f"已修好。{CANARY}", {"outcome": "solved"})] * 2 + [
                    (actions.draft_reply, clerk, "正在办", interim)
                ]
                found += [(actions.ask_citizen, clerk, "哪一盏？"), (actions.finish_part, clerk, part, "同意")]
                found += [(actions.extend_clock, staff.vice, clock, 2, "要勘查") for clock in Clock.objects.filter(case=case, state="running")]
            elif message.state == "draft":
                found += [(actions.approve_reply, head, message), (actions.send_back_reply, head, message, "改")]
            elif message.kind == "interim":
                found += [(actions.interim_reply, clerk, message), (actions.interim_reply, clerk, message, {"promises": promises})]
            else:
                found += [(actions.publish_reply, clerk, message), (actions.publish_reply, clerk, message, {"promises": promises})]
        if waiting:
            found.append((actions.instruct, staff.vice, f"办好。{CANARY}"))
        return found

    # --- the office ---

    @rule(number=which, anybody=who, mostly=right, deed=st.sampled_from(["screen", "accept"]))
    def looks_through(self, number, anybody, mostly, deed) -> None:
        case = self.case(number)
        self.attempt(getattr(actions, deed), case, self.pick("triage", anybody, mostly, case), case)

    @rule(number=which, anybody=who, mostly=right)
    def declines(self, number, anybody, mostly) -> None:
        case = self.case(number)
        self.attempt(actions.decline, case, self.pick("triage", anybody, mostly, case), case, "不属于受理范围", "请拨打 110")

    @rule(number=which, anybody=who, mostly=right, lead=units, co=units, manner=st.sampled_from(["pass", "pass", "report"]), alone=st.booleans())
    def assigns(self, number, anybody, mostly, lead, co, manner, alone) -> None:
        case = self.case(number)
        helper = () if alone or co == lead else (getattr(self.city, co),)
        leader = None if (co == "county_bureau" and helper) else getattr(self.city, lead)
        self.attempt(actions.assign, case, self.pick("triage", anybody, mostly, case), case, leader, co=helper, manner=manner)

    @rule(number=which, anybody=who, mostly=right, part=which, to=st.one_of(st.none(), units))
    def rules(self, number, anybody, mostly, part, to) -> None:
        case = self.case(number)
        found = self.part(case, part)
        if found:
            unit = getattr(self.city, to) if to else None
            self.attempt(actions.rule_on_return, case, self.pick("triage", anybody, mostly, case), case, found, to=unit, ruling="按职责分工")

    @rule(number=which, anybody=who, mostly=right, part=which, good=st.booleans())
    def looks_at_report(self, number, anybody, mostly, part, good) -> None:
        case = self.case(number)
        found = self.part(case, part)
        actor = self.pick("triage", anybody, mostly, case)
        if found and good:
            self.attempt(actions.accept_report, case, actor, case, found)
        elif found:
            self.attempt(actions.send_back_report, case, actor, case, found, "请补充依据")

    # --- the unit ---

    def clerk(self, part: Assignment | None) -> str:
        return "other_clerk" if part and part.organisation_id == self.city.health.pk else "clerk"

    @rule(number=which, anybody=who, mostly=right, part=which)
    def signs_for(self, number, anybody, mostly, part) -> None:
        case = self.case(number)
        found = self.part(case, part)
        if found:
            self.attempt(actions.sign_for, case, self.pick(self.clerk(found), anybody, mostly, case), case, found)

    @rule(number=which, anybody=who, mostly=right, part=which, handler=who)
    def gives_to_section(self, number, anybody, mostly, part, handler) -> None:
        case = self.case(number)
        found = self.part(case, part)
        if found and handler != "secret":
            person = getattr(self.staff, handler)
            self.attempt(actions.hand_to_section, case, self.pick(self.clerk(found), anybody, mostly, case), case, found, handler=person)

    @rule(number=which, anybody=who, mostly=right, part=which)
    def returns(self, number, anybody, mostly, part) -> None:
        case = self.case(number)
        found = self.part(case, part)
        if found:
            was = found.returned_at
            self.attempt(actions.return_assignment, case, self.pick(self.clerk(found), anybody, mostly, case), case, found, "不是本单位职责")
            found.refresh_from_db()
            assert was is None or found.returned_at == was, "returned twice"

    @rule(number=which, anybody=who, mostly=right, part=which, report=st.booleans())
    def does_its_part(self, number, anybody, mostly, part, report) -> None:
        case = self.case(number)
        found = self.part(case, part)
        if found:
            deed = actions.report_back if report else actions.finish_part
            self.attempt(deed, case, self.pick(self.clerk(found), anybody, mostly, case), case, found, "已经处理")

    @rule(number=which, anybody=who, mostly=right, kind=st.sampled_from(["reply", "reply", "interim"]), again=st.booleans(), part=which)
    def drafts(self, number, anybody, mostly, kind, again, part) -> None:
        case = self.case(number)
        message = self.of(Message, case, part) if again else None
        actor = self.pick(self.clerk(self.part(case, part)), anybody, mostly, case)
        self.attempt(actions.draft_reply, case, actor, case, f"已修好。{CANARY}", kind=kind, outcome="solved", message=message)

    @rule(
        number=which,
        anybody=who,
        mostly=right,
        part=which,
        deed=st.sampled_from(SIGNING),
    )
    def signs(self, number, anybody, mostly, part, deed) -> None:
        case = self.case(number)
        message = self.of(Message, case, part)
        if message:
            usual = "other_head" if message.organisation_id == self.city.health.pk else "head"
            usual = "triage2" if message.organisation_id == self.city.centre.pk else usual
            words = ("请改正",) if deed == "send_back_reply" else ()
            self.attempt(getattr(actions, deed), case, self.pick(usual, anybody, mostly, case), case, message, *words)

    @rule(number=which, anybody=who, mostly=right, part=which, promised=st.booleans(), interim=st.booleans())
    def sends(self, number, anybody, mostly, part, promised, interim) -> None:
        case = self.case(number)
        message = self.of(Message, case, part)
        if not message:
            return
        usual = "other_head" if message.organisation_id == self.city.health.pk else "head"
        actor = self.pick("triage" if message.organisation_id == self.city.centre.pk else usual, anybody, mostly, case)
        promises = [("修好路灯", timezone.localdate() + timedelta(days=2))] if promised else []
        self.attempt(actions.interim_reply if interim else actions.publish_reply, case, actor, case, message, promises=promises)

    @rule(number=which, anybody=who, mostly=right, part=which)
    def asks(self, number, anybody, mostly, part) -> None:
        case = self.case(number)
        self.attempt(actions.ask_citizen, case, self.pick(self.clerk(self.part(case, part)), anybody, mostly, case), case, "请告知灯杆编号")

    @rule(number=which, part=which, anybody=who, mostly=right)
    def keeps_promise(self, number, part, anybody, mostly) -> None:
        case = self.case(number)
        promise = self.of(Promise, case, part)
        if promise:
            self.attempt(actions.keep_promise, case, self.pick("clerk", anybody, mostly, case), case, promise)

    @rule(number=which, anybody=who, mostly=right)
    def notes(self, number, anybody, mostly) -> None:
        case = self.case(number)
        self.attempt(actions.add_note, case, self.pick("clerk", anybody, mostly, case), case, CANARY)

    # --- the citizen ---

    @rule(number=which, anybody=who, mostly=right, deed=st.sampled_from(["citizen_answered", "add_information", "object_once", "withdraw"]))
    def citizen_acts(self, number, anybody, mostly, deed) -> None:
        case = self.case(number)
        if deed == "withdraw" and mostly < 3:
            return
        self.attempt(getattr(actions, deed), case, self.pick("citizen", anybody, mostly, case), case, "补充一点")

    @rule(number=which, anybody=who, mostly=right, score=st.integers(min_value=1, max_value=5))
    def rates(self, number, anybody, mostly, score) -> None:
        case = self.case(number)
        self.attempt(actions.rate, case, self.pick("secret", anybody, mostly, case), case, score, CANARY)

    # --- those who watch ---

    @rule(number=which, anybody=who, mostly=right, asked=st.booleans())
    def instructs(self, number, anybody, mostly, asked) -> None:
        case = self.case(number)
        if asked:
            post = Post.objects.get(user=self.staff.vice)
            self.attempt(actions.ask_instruction, case, self.pick("triage", anybody, mostly, case), case, post, "请批示")
        else:
            self.attempt(actions.instruct, case, self.pick("vice", anybody, mostly, case), case, f"请办好。{CANARY}")

    @rule(number=which, anybody=who, mostly=right, part=which, days=st.integers(min_value=1, max_value=5))
    def extends(self, number, anybody, mostly, part, days) -> None:
        case = self.case(number)
        found = self.of(Clock, case, part)
        if found:
            self.attempt(actions.extend_clock, case, self.pick("vice", anybody, mostly, case), case, found, days, "需要勘查")

    @rule(number=which, anybody=who, mostly=right, deed=st.sampled_from(["remind", "supervise", "close_supervision", "reopen"]), part=which)
    def watches(self, number, anybody, mostly, deed, part) -> None:
        case = self.case(number)
        actor = self.pick("supervisor", anybody, mostly, case)
        if deed == "supervise":
            self.attempt(actions.supervise, case, actor, case, "三日内办结", timezone.localdate() + timedelta(days=3))
        elif deed == "close_supervision":
            found = self.of(Supervision, case, part)
            if found:
                self.attempt(actions.close_supervision, case, actor, case, found)
        else:
            self.attempt(getattr(actions, deed), case, actor, case, "请抓紧")

    @rule(number=which, anybody=who, mostly=right, result=st.sampled_from(["satisfied", "dissatisfied", "unreached"]))
    def follows_up(self, number, anybody, mostly, result) -> None:
        case = self.case(number)
        self.attempt(actions.follow_up, case, self.pick("operator", anybody, mostly, case), case, result)

    @rule(number=which, anybody=who, mostly=right, other=which, deed=st.sampled_from(["link", "open", "join", "answer"]))
    def brings_together(self, number, anybody, mostly, other, deed) -> None:
        case, second = self.case(number), self.case(other)
        actor = self.pick("triage", anybody, mostly, case)
        if deed == "link":
            self.attempt(actions.link_cases, case, actor, case, second, "same_matter")
        elif deed == "open":
            self.attempt(actions.open_cluster, case, actor, case, "路灯")
        elif deed == "join":
            self.attempt(actions.join_cluster, case, actor, case, second)
        else:
            self.attempt(actions.answer_cluster, case, actor, case)

    @rule(number=which, anybody=who, mostly=right, deed=st.sampled_from(["finish", "open", "open", "close", "redact"]))
    def decides(self, number, anybody, mostly, deed) -> None:
        case = self.case(number)
        actor = self.pick("triage", anybody, mostly, case)
        if deed == "finish":
            self.attempt(actions.finish, case, actor, case)
        elif deed == "redact":
            self.attempt(actions.redact, case, actor, case, "路灯坏了。", subject="路灯")
        else:
            self.attempt(actions.decide_public, case, actor, case, deed == "open")

    @rule(number=which, anybody=who, mostly=right, wish=st.sampled_from(Visibility.values))
    def sets_visibility(self, number, anybody, mostly, wish) -> None:
        case = self.case(number)
        self.attempt(actions.set_visibility, case, self.pick("citizen", anybody, mostly, case), case, wish)

    @rule(number=which, anybody=who, mostly=right)
    def seals(self, number, anybody, mostly) -> None:
        case = self.case(number)
        if mostly == 3:
            self.attempt(actions.seal, case, self.pick("triage", anybody, mostly, case), case, self.staff.clerk2)

    @rule(number=which, anybody=who, mostly=right)
    def reads_petitioner(self, number, anybody, mostly) -> None:
        case = self.case(number)
        self.attempt(actions.read_petitioner, case, self.pick("clerk", anybody, mostly, case), case, "联系反映人")

    @rule(number=which, mostly=right)
    def erases(self, number, mostly) -> None:
        case = self.case(number)
        if mostly == 3:
            self.attempt(actions.erase, case, None, case, "保存期满")
            if Case.objects.get(pk=case.pk).erased_at:
                assert not Attachment.objects.filter(case=case).exclude(file="").exists()

    # --- what holds after every step ---

    @invariant()
    def still_holds(self) -> None:
        for case in Case.objects.filter(pk__in=self.touched):
            assert list(checks.faults(case)) == [], "replay differs from the rows"
            self.by_the_table(case)
            self.no_breach_vanished(case)
            self.nobody_sees_too_much(case)
            assert Assignment.objects.filter(case=case, role="lead").exclude(state="ended").count() <= 1
            assert Rating.objects.filter(case=case).count() == Rating.objects.filter(case=case).values("round").distinct().count()
        numbers = list(Case.objects.values_list("number", flat=True))
        assert len(numbers) == len(set(numbers))
        self.touched.clear()

    def by_the_table(self, case: Case) -> None:
        kind = kinds.kind(case.kind, case.kind_version)
        events = list(CaseEvent.objects.filter(case=case).order_by("seq"))
        for before, after in pairwise(events):
            if before.stage != after.stage:
                assert kind.moves(before.stage, after.deed) == after.stage
                assert after.deed not in STEADY
        assert case.stage == events[-1].stage

    def no_breach_vanished(self, case: Case) -> None:
        """No event lets a clock out after its day without a breach recorded before it; what was breached stays so."""
        due: dict[int, datetime | None] = {}
        breached: set[int] = set()
        for event in CaseEvent.objects.filter(case=case).order_by("seq"):
            seq = event.seq if event.type == EventType.CLOCK_STARTED else event.payload.get("clock")
            if event.type == EventType.BREACHED:
                assert seq not in breached, "a breach recorded twice"
                breached.add(seq)
                continue
            if not event.type.startswith("clock_"):
                continue
            if due.get(seq) is not None and event.at >= due[seq]:
                assert seq in breached, f"{event.type} passed over a breach"
            text = event.payload.get("due_at")
            due[seq] = datetime.fromisoformat(text) if text else (None if event.type == EventType.CLOCK_PAUSED else due.get(seq))
        rows = {clock.seq for clock in Clock.objects.filter(case=case, breached_at__isnull=False)}
        assert rows == breached
        assert case.breached == bool(breached)

    def nobody_sees_too_much(self, case: Case) -> None:
        public = queries.visible_to(None).filter(pk=case.pk).exists()
        may = case.publicity == "open" and case.visibility != "private" and not Seal.objects.filter(case=case).exists() and case.stage != "withdrawn"
        assert public == case.is_public
        assert not public or may
        for stranger in (self.staff.stranger, self.staff.admin, SecretHolder(0)):
            assert queries.visible_to(stranger).filter(pk=case.pk).exists() == public
        assert queries.visible_to(SecretHolder(case.pk)).filter(pk=case.pk).exists()
        if case.erased_at is None:
            assert queries.visible_to(self.staff.citizen).filter(pk=case.pk).exists()
        for seal in Seal.objects.filter(case=case):
            targets = (
                (self.staff.clerk, self.staff.clerk2, self.staff.head) if seal.organisation_id == self.city.education.pk else (self.staff.clerk2,)
            )
            for target in targets:
                assert not queries.visible_to(target).filter(pk=case.pk).exists()
                assert case.pk not in [row.pk for row in queries.unit_queue(target).cases]
        for clerk, unit in ((self.staff.clerk, self.city.education), (self.staff.other_clerk, self.city.health)):
            given = Assignment.objects.filter(case=case, organisation=unit).exclude(state="ended").exists()
            assert given or public or not queries.visible_to(clerk).filter(pk=case.pk).exists(), "a unit sees what it was not given"
        if public:
            self.projection_is_clean(case)

    def projection_is_clean(self, case: Case) -> None:
        shown = queries.project(case)
        assert "13912345678" not in repr(shown)
        words = [row.text for row in Instruction.objects.filter(case=case) if row.text]
        assert not any(word in repr(shown) for word in words)
        assert all(event.visibility == "public" for event in queries.events_for(None, case))


@pytest.fixture
def world(city, staff, kind):
    return city, staff


def test_no_order_of_deeds_breaks_an_invariant(world, clock):
    Cases.world = world
    TOLD.clear()
    long_look = "LIANXIN_EXAMPLES" in os.environ
    how = settings(max_examples=EXAMPLES, stateful_step_count=15, derandomize=not long_look, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Cases, settings=how)
    assert {"assign", "sign_for", "draft_reply", "approve_reply", "publish_reply", "ask_citizen"} <= set(TOLD), "the stories went nowhere"
