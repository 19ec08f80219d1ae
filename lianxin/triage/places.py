"""Which county and township a letter is about, by the names that stand in it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lianxin.organisations.models import Organisation

Kind = Organisation.Kind
_OFFICE = re.compile(r"(?:人民政府|管理委员会|管委会|办事处|党工委)$")
_LEVEL = re.compile(r"(?:街道|县|市|区|镇|乡)$")


@dataclass(frozen=True)
class Whereabouts:
    """The county and the township meant; None where nothing says it."""

    county: Organisation | None = None
    township: Organisation | None = None

    @property
    def nearest(self) -> Organisation | None:
        """The township, or else the county."""
        return self.township or self.county


def find(place: str, text: str, units: Iterable[Organisation]) -> Whereabouts:
    """The county and township named in ``place``, or else in ``text``.

    ``place`` is what the writer gave as the place; there a bare name (青石) will do, in the text it must be whole (青石县).
    Townships of one name in two counties are told apart by the county; when nothing does, neither is meant.
    """
    living = list(units)
    counties = [unit for unit in living if unit.kind == Kind.COUNTY]
    townships = [unit for unit in living if unit.kind == Kind.TOWNSHIP]
    for words, bare in ((place, True), (text, False)):
        county = _one(_named(counties, words, bare))
        named = _named(townships, words, bare)
        if county is not None:
            named = [unit for unit in named if unit.path.startswith(county.path)]
        township = _one(named)
        if township is not None and county is None:
            county = next((unit for unit in counties if township.path.startswith(unit.path)), None)
        if county is not None or township is not None:
            return Whereabouts(county, township)
    return Whereabouts()


def _named(units: list[Organisation], words: str, bare: bool) -> list[Organisation]:
    """The units whose names stand in ``words``, without those whose name is part of a longer one that stands there too."""
    found: dict[str, list[Organisation]] = {}
    for unit in units:
        for name in {_OFFICE.sub("", unit.short_name), _OFFICE.sub("", unit.name)}:
            short = _LEVEL.sub("", name)
            if len(name) >= 2 and name in words:
                found.setdefault(name, []).append(unit)
            elif bare and len(short) >= 2 and short in words:
                found.setdefault(short, []).append(unit)
    longest = [name for name in found if not any(name != other and name in other for other in found)]
    return list({unit.pk: unit for name in longest for unit in found[name]}.values())


def _one(units: list[Organisation]) -> Organisation | None:
    return units[0] if len(units) == 1 else None
