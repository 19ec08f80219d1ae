"""Small numbers about persons and of private kinds are not told, neither as they are nor by what is left when others are taken away."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

SHOWN_FROM = 5
Key = TypeVar("Key", bound=Hashable)


def hidden_cells(cells: Mapping[Key, int]) -> set[Key]:
    """Which cells of a table whose sum is known stay hidden: those below five, and as many of the next smallest as it takes that the
    hidden ones are at least two and together at least five. Cells of nought are no cells.
    """
    rising = sorted((value, place, key) for place, (key, value) in enumerate(cells.items()) if value)
    hidden = [(value, key) for value, _, key in rising if value < SHOWN_FROM]
    others = [(value, key) for value, _, key in rising if value >= SHOWN_FROM]
    while hidden and others and (len(hidden) < 2 or sum(value for value, _ in hidden) < SHOWN_FROM):
        hidden.append(others.pop(0))
    return {key for _, key in hidden}


def month_shown(value: int) -> bool:
    """Whether a private kind's number of one month is told; nought is as small as four."""
    return value >= SHOWN_FROM


def year_shown(months: Sequence[int], *, is_over: bool) -> bool:
    """Whether a private kind's number of a year is told beside those of its months.

    Not before the year is over, or two pages of it would tell the month between them; and not where it tells a hidden month.
    """
    small = [value for value in months if not month_shown(value)]
    if not is_over or sum(months) < SHOWN_FROM:
        return False
    return not small or (len(small) > 1 and 0 < sum(small) < len(small) * (SHOWN_FROM - 1))
