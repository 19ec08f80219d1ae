"""Column charts by pygal, made fit for our pages: no script, no style of its own (the style sheet draws), every column says its number.

The numbers stand in a table beside each chart; for whoever hears the page, the chart is a picture with a name.
"""

import sys
from collections.abc import Collection, Iterator, Sequence
from xml.etree import ElementTree

import pygal
from markupsafe import Markup

# pygal leaves a finder for its maps behind, of a kind that Python no longer knows: whoever asks all finders for a module, as pytest does, fails.
sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]

WIDTH, HEIGHT = 760, 250
STEPS = 4
_DROPPED_TAGS = {"defs", "desc", "title"}
_DROPPED_CLASSES = {"background", "titles", "plot overlay", "plot text-overlay", "plot tooltip-overlay"}

Series = tuple[str, Sequence[int | None]]


def columns(name: str, labels: Sequence[str], series: Sequence[Series], *, marked: Collection[int] = (), every: int = 1) -> Markup:
    """A chart of columns: ``labels`` from left to right, each series with a value for each. ``name`` says what the picture shows.

    Columns at the places ``marked`` look different; of the labels each ``every``-th stands below.
    """
    top = scale(max((value or 0 for _, values in series for value in values), default=0))
    chart = pygal.Bar(
        width=WIDTH,
        height=HEIGHT,
        show_legend=False,
        no_prefix=True,
        margin=4,
        # Half of the highest label stands above its line.
        margin_top=14,
        # pygal measures labels as if they were Latin.
        margin_left=26,
        range=(0, top),
        y_labels=[{"value": top * place // STEPS, "label": _short(top * place // STEPS)} for place in range(STEPS + 1)],
        truncate_label=-1,
    )
    chart.x_labels = [label if place % every == 0 else "" for place, label in enumerate(labels)]
    for title, values in series:
        chart.add(title, list(values))
    # Columns come series by series, from left to right; where there is no value there is none.
    cells = [(title, place, value) for title, values in series for place, value in enumerate(values) if value is not None]
    drawn = _drawn(chart.render_tree(), ((f"{labels[place]} {title}：{value:,}", place in marked) for title, place, value in cells))
    assert drawn is not None
    drawn.attrib |= {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "aria-label": name, "class": "chart"}
    drawn.set("preserveAspectRatio", "xMinYMid meet")
    return Markup(ElementTree.tostring(drawn, encoding="unicode"))


def _short(value: int) -> str:
    """For the scale, which has little room: ``500``, ``2万``, ``1.5万``."""
    return f"{value / 10_000:g}万" if value >= 10_000 else f"{value:,}"


def scale(largest: int) -> int:
    """The end of the scale: the least of 1, 2, 2.5 or 5 times a power of ten for each of ``STEPS`` steps that holds ``largest``."""
    size = 1
    while True:
        for step in (size, 2 * size, size * 5 // 2, 5 * size):
            if step * STEPS >= largest:
                return step * STEPS
        size *= 10


def _drawn(element: ElementTree.Element, told: Iterator[tuple[str, bool]]) -> ElementTree.Element | None:
    """A copy of what is drawn; each column with its words as a title."""
    style = element.get("class", "")
    # Comments have a function for a tag.
    if not isinstance(element.tag, str) or element.tag in _DROPPED_TAGS or style in _DROPPED_CLASSES:
        return None
    made = ElementTree.Element(element.tag, {key: value for key, value in element.attrib.items() if key not in ("id", "style", "xmlns")})
    made.text = element.text
    if style == "bar":
        words, is_marked = next(told)
        ElementTree.SubElement(made, "title").text = words
        made.set("class", "bar marked" if is_marked else "bar")
    made.extend(child for one in element if (child := _drawn(one, told)) is not None)
    return made
