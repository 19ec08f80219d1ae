"""A little grammar that turns a pattern into text.

- `[a|b|c]` one of the alternatives, nested as deep as needed
- `{name}` a value: remembered, so that title and body agree
- `{12-48}`, `{0.8-1.9}` a whole number or a decimal within the bounds
- `{day+3}`, `{year-1}` reckoned from the day of publication (facts.py)
- `{paras:pool:2}` two entries of a pool as paragraphs; `list` makes bullets, `join` one sentence after another
- `¦` a table's bar, because | parts the alternatives
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import Any

_NUMBER = re.compile(r"^\d+(\.\d+)?$")
_RANGE = re.compile(r"^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$")
_TIDY = ((re.compile(r"[ \t]+\n"), "\n"), (re.compile(r"\n{3,}"), "\n\n"), (re.compile(r"([，。；、])[，；、]"), r"\1"))


class Expander:
    """Expands templates for one article; a value drawn once stays the same throughout it."""

    def __init__(self, rng: random.Random, values: Mapping[str, Any], fact: Callable[[str], str]) -> None:
        self.rng = rng
        self.values = values
        self.fact = fact
        self.known: dict[str, str] = {}

    def text(self, template: str) -> str:
        """The finished text of a template."""
        result = self._expand(template).replace("¦", "|")
        for pattern, tidy in _TIDY:
            result = pattern.sub(tidy, result)
        return result.strip()

    def _expand(self, template: str) -> str:
        """Walk through the template, choosing and looking up as brackets open."""
        out, at = [], 0
        while at < len(template):
            char = template[at]
            if char in "[{":
                end = _closing(template, at)
                inner = template[at + 1 : end]
                out.append(self._choice(inner) if char == "[" else self._value(inner))
                at = end + 1
            else:
                out.append(char)
                at += 1
        return "".join(out)

    def _choice(self, inner: str) -> str:
        return self._expand(self.rng.choice(_alternatives(inner)))

    def _value(self, name: str) -> str:
        """A number, a pool or a remembered value."""
        if _NUMBER.match(name):
            return name
        if bounds := _RANGE.match(name):
            return self._number(*bounds.groups())
        if ":" in name:
            return self._pool(*name.split(":"))
        if name not in self.known:
            self.known[name] = self._look_up(name)
        return self.known[name]

    def _number(self, low: str, high: str) -> str:
        """Big figures are not drawn to the last digit: nobody reports 4,317 hectares of rape."""
        if "." in low:
            places = len(low.split(".")[1])
            return f"{self.rng.uniform(float(low), float(high)):.{places}f}"
        step = 100 if int(high) >= 10_000 else 10 if int(high) >= 1_500 else 1
        return str(self.rng.randint(int(low), int(high)) // step * step)

    def _look_up(self, name: str) -> str:
        """A value of the pattern, or else a fact of the city."""
        found = self.values.get(name)
        if found is None:
            return self.fact(name)
        return self._expand(self.rng.choice(found) if isinstance(found, list) else str(found))

    def _pool(self, manner: str, pool: str, count: str) -> str:
        """Some entries of a pool in random order, joined in the manner asked for."""
        entries = self.rng.sample(self.values[pool], min(int(count), len(self.values[pool])))
        texts = [self._expand(entry) for entry in entries]
        if manner == "list":
            return "\n".join(f"- {text}" for text in texts)
        return ("\n\n" if manner == "paras" else "").join(texts)


def _closing(template: str, start: int) -> int:
    """The index of the bracket that closes the one at `start`."""
    depth = 0
    for index in range(start, len(template)):
        depth += (template[index] in "[{") - (template[index] in "]}")
        if not depth:
            return index
    raise ValueError(f"bracket not closed: {template[start : start + 40]}")


def _alternatives(inner: str) -> list[str]:
    """Split at the bars that are not inside another bracket."""
    parts, depth, begin = [], 0, 0
    for index, char in enumerate(inner):
        depth += (char in "[{") - (char in "]}")
        if char == "|" and not depth:
            parts.append(inner[begin:index])
            begin = index + 1
    return [*parts, inner[begin:]]
