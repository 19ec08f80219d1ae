"""What the public page shows; every table that it reads is among its tags."""

from dataclasses import dataclass

from lianxin.casework.rules import rules_in_force
from lianxin.foundation.pagestore import tag
from lianxin.hotline.kinds import HOTLINE, RULES, SORTS
from lianxin.hotline.queries.office import office
from lianxin.letters import queries as letters
from lianxin.organisations.models import Organisation
from lianxin.organisations.tags import UNITS


@dataclass(frozen=True)
class Limit:
    """Within which time a sort of call is answered."""

    sort: str
    words: str


def public_office() -> Organisation | None:
    """The unit that answers the hotline."""
    tag(UNITS)
    return office()


def limits() -> list[Limit]:
    """The limits of all sorts, as the rules in force set them."""
    tag("rules")
    rules = {row.code: row for row in rules_in_force().filter(code__in=RULES.values()).order_by("valid_from")}
    found = [(SORTS[sort], rules.get(code)) for sort, code in RULES.items()]
    return [Limit(name, row.limit) for name, row in found if row is not None]


def newest_answers(count: int) -> list[letters.Row]:
    """Public answers to calls, the newest first."""
    return letters.letters(letters.Filters(kind=HOTLINE), count=count).rows
