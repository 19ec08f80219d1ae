"""Clocks follow deeds: what a kind's ``ClockSpec`` says starts, pauses, resumes, meets or stops them is recorded as events."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from lianxin.casework import clocks
from lianxin.casework.events import EventType
from lianxin.casework.kinds import ClockSpec
from lianxin.casework.models import Assignment, Clock, EventVisibility
from lianxin.casework.rules import rule_in_force
from lianxin.organisations import queries as organisations

if TYPE_CHECKING:
    from lianxin.casework.actions.common import Work

_OPEN = (Clock.State.RUNNING, Clock.State.PAUSED)
_VISIBLE = EventVisibility.PARTIES
_SORTING = frozenset({"screen", "accept"})
REOPENING = frozenset({"object_once", "reopen", "follow_up", "settle_promise"})


def settle_breaches(work: "Work") -> None:
    """Record every breach that has happened by now, before a deed could make it vanish by pausing, extending or meeting the clock."""
    work.deed = "breach"
    for clock in work.rows.all(Clock):
        if is_breached(clock, work):
            payload = {"clock": clock.seq, "due_at": clock.due_at} | ({"assignment": clock.assignment} if clock.assignment else {})
            work.record(EventType.BREACHED, payload, visibility=EventVisibility.STAFF)
    work.deed = ""


def move_to_successors(work: "Work", deed: str) -> None:
    """Before a finished case is handled again, what lay with units that were merged meanwhile goes to those that do their work now."""
    if deed not in REOPENING:
        return
    work.deed = "transfer"
    for unit in {work.case.lead, work.case.office} - {None}:
        if unit is not None and unit.ended_on is not None:
            into = organisations.current(unit)
            work.record(EventType.TRANSFERRED, {"from": unit.pk, "to": into.pk, "organisation": into.pk})
    work.deed = ""


def is_breached(clock: Clock, work: "Work") -> bool:
    """Whether the clock ran out unnoticed until now."""
    if clock.state != Clock.State.RUNNING or clock.breached_at is not None or clock.due_at is None:
        return False
    return work.now >= clock.due_at


def follow(work: "Work") -> None:
    """Let the case's clocks follow the deed that was just done."""
    deed = work.deed
    for spec in work.kind.clocks:
        running = next((clock for clock in work.rows.all(Clock) if clock.purpose == spec.purpose and clock.state in _OPEN), None)
        if running is None:
            if deed in spec.starts:
                start(work, spec)
        elif deed in spec.meets:
            work.record(EventType.CLOCK_MET, {"clock": running.seq}, visibility=_VISIBLE)
        elif deed in spec.stops:
            work.record(EventType.CLOCK_STOPPED, {"clock": running.seq}, visibility=_VISIBLE)
        elif deed in spec.pauses and running.state == Clock.State.RUNNING:
            work.record(EventType.CLOCK_PAUSED, {"clock": running.seq, "from": work.now}, visibility=_VISIBLE)
        elif deed in spec.resumes and running.state == Clock.State.PAUSED:
            resume(work, running)
        elif deed in _SORTING and not running.pauses and _code(work, spec) != running.rule:
            # Sorted anew: the limit of its sort, counted from where the old one was.
            work.record(EventType.CLOCK_STOPPED, {"clock": running.seq}, visibility=_VISIBLE)
            start(work, spec, running.started_at)


def _code(work: "Work", spec: ClockSpec) -> str:
    return spec.rule if isinstance(spec.rule, str) else spec.rule(work.case)


def start(work: "Work", spec: ClockSpec, since: datetime | None = None) -> None:
    """Begin a clock by the rule in force today; the first one runs from the receipt, later ones from their deed, or from ``since``."""
    rule = rule_in_force(_code(work, spec), work.now)
    started_at = since or (work.case.received_at if work.deed == "submit" else work.now)
    reckoned = clocks.due(clocks.Terms(rule.threshold, rule.unit, rule.closes), started_at)
    assert reckoned is not None
    payload = {
        "purpose": spec.purpose,
        "label": spec.label,
        "rule": rule.code,
        "threshold": rule.threshold,
        "unit": rule.unit,
        "closes": rule.closes,
        "extension_limit": rule.extension if spec.extendable else 0,
        "started_at": started_at,
    }
    work.record(EventType.CLOCK_STARTED, payload | due_payload(reckoned), visibility=_VISIBLE)


def start_for_part(work: "Work", part: Assignment, label: str, due_on: date) -> None:
    """Begin the clock of one unit's part, due on a day that was ordered: no rule counts it, its terms are the days until then."""
    today = timezone.localtime(work.now).date()
    terms = clocks.Terms((due_on - today).days, clocks.DAYS)
    reckoned = clocks.due(terms, work.now)
    assert reckoned is not None
    payload = {
        "purpose": f"part-{part.seq}",
        "label": label,
        "rule": "",
        "threshold": terms.threshold,
        "unit": terms.unit,
        "closes": None,
        "extension_limit": None,
        "started_at": work.now,
        "assignment": part.seq,
    }
    work.record(EventType.CLOCK_STARTED, payload | due_payload(reckoned))


def clock_of_part(work: "Work", part: Assignment) -> Clock | None:
    """The latest clock that runs or ran for this part alone."""
    return next((clock for clock in reversed(work.rows.all(Clock)) if clock.assignment == part.seq), None)


def meet_part(work: "Work", part: Assignment) -> None:
    """A unit has done what its own clock waits for, if it has one."""
    clock = clock_of_part(work, part)
    if clock is not None and clock.state in _OPEN:
        work.record(EventType.CLOCK_MET, {"clock": clock.seq})


def resume(work: "Work", clock: Clock) -> None:
    """End a pause now."""
    pauses = [*clocks.pauses_of(clock)]
    pauses[-1] = clocks.Pause(pauses[-1].start, work.now, pauses[-1].seq)
    reckoned = clocks.due(clocks.terms_of(clock), clock.started_at, pauses, clocks.extensions_of(clock))
    assert reckoned is not None
    work.record(EventType.CLOCK_RESUMED, {"clock": clock.seq, "to": work.now} | due_payload(reckoned), visibility=_VISIBLE)


def due_payload(reckoned: clocks.Due) -> dict[str, Any]:
    return {"due_at": reckoned.at, "provisional": reckoned.provisional}
