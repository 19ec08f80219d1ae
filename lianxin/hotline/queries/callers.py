"""What stands beside a call: who called before, what was asked before, which unit it may be for, what to say."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from lianxin.casedesk import matters
from lianxin.casework import kinds
from lianxin.casework import queries as casework
from lianxin.casework.models import Case, Message
from lianxin.casework.rights import standing_of
from lianxin.casework.vocabulary import Stage
from lianxin.foundation.crypto import blind_indexes
from lianxin.hotline.models import Script, Sheet
from lianxin.hotline.queries.office import office, unit
from lianxin.hotline.queries.scripts import scripts_for
from lianxin.hotline.typed import Typed
from lianxin.identity.models import User
from lianxin.letters import channels
from lianxin.organisations.models import Organisation
from lianxin.triage import queries as triage
from lianxin.triage import similarity, suggestions

ON_THE_LINE_FOR = timedelta(minutes=30)
"""So long after the last letter typed somebody still counts as having the caller."""
JUST_NOW = timedelta(minutes=10)
_ALIKE = 0.3
_SHOWN = 4


@dataclass(frozen=True)
class Earlier:
    """A case of the same caller."""

    case: Case
    kind: str
    stage: str


@dataclass(frozen=True)
class Answered:
    """A case about the same that was answered, with the answer."""

    case: Case
    unit: str
    reply: str


@dataclass(frozen=True)
class Panels:
    """Everything beside the form, as far as something was typed yet."""

    busy: list[Sheet]
    earlier: list[Earlier]
    similar: list[Answered]
    units: list[suggestions.Suggestion]
    chosen: Organisation | None
    """The unit that the operator has picked; it stays whatever is suggested next."""
    categories: list[suggestions.CategorySuggestion]
    elsewhere: list[triage.Direction]
    scripts: list[Script]

    @property
    def chosen_besides(self) -> Organisation | None:
        """The picked unit, where it is no longer among the suggestions."""
        return None if self.chosen is None or any(one.organisation.pk == self.chosen.pk for one in self.units) else self.chosen


def panels(operator: User, sheet: Sheet) -> Panels:
    """What to show beside a sheet as it is typed now."""
    typed = Typed.unpacked(sheet.content)
    text = typed.text.strip()
    return Panels(
        busy=colleagues_on(operator, sheet.telephone),
        earlier=callers(operator, sheet.telephone),
        similar=answered(operator, text) if text else [],
        units=_units(text, typed.place) if text else [],
        chosen=unit(typed.unit),
        categories=suggestions.suggest_category(text) if text else [],
        elsewhere=triage.where_else(text) if text else [],
        scripts=scripts_for(text),
    )


def _units(text: str, place: str) -> list[suggestions.Suggestion]:
    """Whom it may be for; not the hotline itself, which hears of everything."""
    own = office()
    return [one for one in suggestions.suggest_unit(text, place, limit=6) if own is None or one.organisation.pk != own.pk][:5]


def colleagues_on(operator: User, telephone: str) -> list[Sheet]:
    """Sheets on which other operators have this number at this moment."""
    if not telephone:
        return []
    now = timezone.now()
    found = Sheet.objects.filter(telephone_index__in=blind_indexes(telephone, "telephone"), sent_at=None, changed_at__gt=now - ON_THE_LINE_FOR)
    return list(found.exclude(operator=operator).select_related("operator").order_by("changed_at"))


def registered_just_now(operator: User, telephone: str) -> Sheet | None:
    """The sheet by which a colleague has registered this number a moment ago."""
    found = Sheet.objects.filter(telephone_index__in=blind_indexes(telephone, "telephone"), sent_at__gt=timezone.now() - JUST_NOW)
    return found.exclude(operator=operator).select_related("operator", "case").order_by("-sent_at").first()


def callers(operator: User, telephone: str, count: int = 8) -> list[Earlier]:
    """Cases that came from this number before, open ones first; nobody's name is read for it."""
    if not telephone:
        return []
    cases = casework.by_telephone(operator, telephone, count=count)
    cases.sort(key=lambda case: not case.is_open)
    return [Earlier(case, kinds.kind(case.kind).name, Stage(case.stage).label) for case in cases]


def answered(operator: User, text: str) -> list[Answered]:
    """Answered cases about the same that the operator may read, the likest first."""
    found = similarity.similar(text, channels.followed(), public_only=False, limit=40)
    keys = [matters.case_of(match.ref) for match in found if match.score >= _ALIKE]
    over = (Stage.REPLIED, Stage.CLOSED)
    known = casework.visible_to(operator).filter(stage__in=over, erased_at=None).select_related("lead", "office").in_bulk(keys)
    official = set(casework.official_for(standing_of(operator)).filter(pk__in=known).values_list("pk", flat=True))
    rows = [known[pk] for pk in keys if pk in known][:_SHOWN]
    return [one for case in rows if (one := _answer(case, case.pk in official)) is not None]


def _answer(case: Case, is_official: bool) -> Answered | None:
    who = str(case.lead or case.office)
    if not is_official:
        # What others screen is read here as the public reads it.
        shown = casework.project(case)
        return Answered(Case(number=case.number, subject=shown.subject), who, shown.replies[-1].body) if shown.replies else None
    sent = Message.objects.filter(case=case, kind=Message.Kind.REPLY, state=Message.State.PUBLISHED).order_by("-seq").first()
    return Answered(case, who, sent.body) if sent is not None else None
