"""Column charts as shapes for a template: no script, no picture library; labels are text beside the drawing, so that they stay readable
at every width. The numbers stand in a table beside each chart."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, GAP = 1000, 200, 0.28
"""User units of the drawing, which is stretched to its place; the gap is a share of a column's room."""
MOST_LINES = 4


@dataclass(frozen=True)
class Column:
    """One column: a pale one for the larger number, a strong one before it for the smaller that is part of it."""

    x: float
    width: float
    y: float
    height: float
    inner_y: float
    inner_height: float
    title: str
    marked: bool


@dataclass(frozen=True)
class Chart:
    """What a template draws."""

    columns: list[Column]
    lines: list[tuple[float, int]]
    """Height of each line of the scale with its number, the highest first; the last one is nought."""
    width: int = WIDTH
    height: int = HEIGHT


def chart(values: Sequence[tuple[str, int, int, bool]]) -> Chart:
    """A chart of ``(what a column says, larger number, smaller number, marked)``, from left to right."""
    step = _step(max((larger for _, larger, _, _ in values), default=0))
    top = step * max(1, -(-max((larger for _, larger, _, _ in values), default=0) // step))
    room = WIDTH / max(1, len(values))
    columns = []
    for place, (title, larger, smaller, marked) in enumerate(values):
        high, low = round(HEIGHT * larger / top, 1), round(HEIGHT * min(smaller, larger) / top, 1)
        x, width = round(room * (place + GAP / 2), 1), round(room * (1 - GAP), 1)
        columns.append(Column(x, width, round(HEIGHT - high, 1), high, round(HEIGHT - low, 1), low, title, marked))
    return Chart(columns, [(round(HEIGHT - HEIGHT * number / top, 1), number) for number in range(top, -1, -step)])


def _step(largest: int) -> int:
    """A round step (1, 2 or 5 times a power of ten) by which ``largest`` takes at most ``MOST_LINES`` lines."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if largest <= size * factor * MOST_LINES:
                return size * factor
        size *= 10
