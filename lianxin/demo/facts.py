"""Facts of the demo city that patterns ask for by name: places, people, dates, weather, tables."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from lianxin.demo.catalogue import DATA, Organisation

NAMES: dict[str, list[str]] = tomllib.loads((DATA / "names.toml").read_text(encoding="utf-8"))

SURNAMES = NAMES["surnames"]
GIVEN_FIRST = "建志文国海立永晓春玉明学振宏兆广秀雅德新庆思梦雨欣家佳子"
GIVEN_LAST = "民军林辉成涛敏芳宁勇杰良刚霞红宇波源胜荣凯琴英松岩楠琳倩妮轩悦"
ROADS = NAMES["roads"]
COMMUNITIES = NAMES["communities"]
VILLAGES = NAMES["villages"]
SCHOOLS = NAMES["schools"]
FIRM_NAMES = NAMES["firm_names"]
FIRM_TRADES = NAMES["firm_trades"]
COUNTY_NAMES = NAMES["counties"]
STATIONS = NAMES["stations"]

#: Counties without farming to speak of.
URBAN = ("澄东区", "澄西区", "高新区")
RURAL_NAMES = [name for name in COUNTY_NAMES if name not in URBAN]

#: Low and high temperature by month, a continental inland city.
CLIMATE = ((-6, 4), (-3, 8), (3, 14), (9, 21), (14, 26), (19, 31), (22, 32), (21, 31), (16, 26), (9, 20), (2, 12), (-4, 5))

_RELATIVE = re.compile(r"^(day|year|monthname)([+-]\d+)?$")
_LEVELS = ((50, "优"), (100, "良"), (150, "轻度污染"), (200, "中度污染"))


class Facts:
    """What one article may know: its unit, its day, and places and people drawn for it."""

    def __init__(self, rng: random.Random, units: Sequence[Organisation], unit: Organisation, day: date, among: Sequence[str] = COUNTY_NAMES) -> None:
        """`among` are the counties the article may speak of."""
        self.rng, self.units, self.unit, self.day, self.among = rng, units, unit, day, among
        self.drawn: list[str] = []
        self.air: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """The fact called `name`; an unknown name is an error in a pattern and must not pass silently."""
        if relative := _RELATIVE.match(name):
            return self._relative(relative[1], int(relative[2] or 0))
        if name.startswith(("aqi", "air_", "weather", "low", "high")):
            return self._air()[name]
        maker: Callable[[], str] = getattr(self, f"_{name.rstrip('0123456789')}")
        return maker()

    def _relative(self, kind: str, shift: int) -> str:
        if kind == "year":
            return str(self.day.year + shift)
        if kind == "monthname":
            return f"{(self.day.month - 1 + shift) % 12 + 1}月"
        moved = self.day + timedelta(days=shift)
        text = f"{moved.month}月{moved.day}日"
        return text if moved.year == self.day.year else f"{moved.year}年{text}"

    def _fresh(self, pool: Sequence[str]) -> str:
        """An entry this article has not used yet."""
        left = [entry for entry in pool if entry not in self.drawn] or list(pool)
        self.drawn.append(self.rng.choice(left))
        return self.drawn[-1]

    # dates -------------------------------------------------------------------------------------------------------

    def _month(self) -> str:
        return str(self.day.month)

    def _lastmonth(self) -> str:
        return str((self.day.month - 2) % 12 + 1)

    def _lastmonthname(self) -> str:
        return self._lastmonth() + "月"

    def _datayear(self) -> str:
        """The year the last full month belongs to."""
        return str(self.day.year - (self.day.month == 1))

    def _ytd(self) -> str:
        """The span from January to the last full month, as statisticians write it."""
        last = int(self._lastmonth())
        return {1: "1月", 3: "一季度", 6: "上半年", 9: "前三季度", 12: "全年"}.get(last, f"1—{last}月")

    # people and places -------------------------------------------------------------------------------------------

    def _surname(self) -> str:
        return self.rng.choice(SURNAMES)

    def _person(self) -> str:
        return self._fresh([self.rng.choice(SURNAMES) + self.rng.choice(GIVEN_FIRST) + self.rng.choice(GIVEN_LAST)])

    _author = _person

    def _county(self) -> str:
        own = [name for name in COUNTY_NAMES if self.unit.kind == "county" and self.unit.short_name.startswith(name)]
        unused_own = [name for name in own if name not in self.drawn]
        return self._fresh(unused_own or self.among)

    def _town(self) -> str:
        """A town of the unit's own county, or of the county this article speaks of."""
        slug = self.unit.slug if self.unit.kind == "county" else self._spoken_county()
        towns = [unit.short_name for unit in self.units if unit.parent == slug and unit.kind == "township"]
        return self._fresh([name for name in towns if not name.endswith("街道")])

    def _spoken_county(self) -> str:
        county = next((name for name in self.drawn if name in COUNTY_NAMES), None) or self._county()
        return next(unit.slug for unit in self.units if unit.kind == "county" and unit.short_name.startswith(county))

    def _village(self) -> str:
        return self._fresh([f"{name}村" for name in VILLAGES])

    def _road(self) -> str:
        return self._fresh(ROADS)

    def _community(self) -> str:
        return self._fresh(COMMUNITIES)

    def _school(self) -> str:
        return self._fresh(SCHOOLS)

    def _firm(self) -> str:
        return f"和安{self._fresh(FIRM_NAMES)}{self.rng.choice(FIRM_TRADES)}有限公司"

    def _orchard(self) -> str:
        month = self.day.month
        return {3: "花苞初绽", 4: "花开得正盛", 5: "青果刚坐住", 6: "套袋的人影绰绰"}.get(month) or (
            "枝头挂着渐红的果子" if 7 <= month <= 10 else "修剪过的枝条齐齐整整"
        )

    # the unit ----------------------------------------------------------------------------------------------------

    def _unit(self) -> str:
        """The article's own unit; `{unit2}` is another department."""
        if self.unit.short_name not in self.drawn:
            self.drawn.append(self.unit.short_name)
            return self.unit.short_name
        return self._fresh([unit.short_name for unit in self.units if unit.kind == "department"])

    def _section(self) -> str:
        return self.rng.choice([name for name in self.unit.sections if name != "办公室"] or ["综合科"])

    def _phone(self) -> str:
        return self.unit.phone

    def _address(self) -> str:
        return self.unit.address

    # figures -----------------------------------------------------------------------------------------------------

    def _rows(self) -> str:
        """Table rows of tasks by county, each with a light that follows from its share."""
        return "\n".join(self._task_row(name) for name in self.rng.sample(COUNTY_NAMES, self.rng.randint(4, 7)))

    def _task_row(self, name: str) -> str:
        tasks = self.rng.randint(6, 28)
        done = self.rng.randint(tasks // 2, tasks)
        light = "绿灯" if done >= tasks * 0.85 else "黄灯" if done >= tasks * 0.65 else "红灯"
        return f"| {name} | {tasks} | {done} | {light} |"

    def _air(self) -> dict[str, str]:
        """One day's air and weather, consistent in itself; drawn once."""
        if not self.air:
            month, rng = self.day.month, self.rng
            index = rng.randint(*((48, 138) if month in (11, 12, 1, 2) else (30, 104)))
            low, high = (value + rng.randint(-3, 3) for value in CLIMATE[month - 1])
            self.air = {
                "aqi": str(index),
                "air_level": _level(index),
                "air_main": _main_pollutant(index, month),
                "air_rows": "\n".join(self._station_row(name, index, month) for name in rng.sample(STATIONS, rng.randint(5, 8))),
                "weather": rng.choice(_skies(month)),
                "low": str(low),
                "high": str(max(high, low + 4)),
            }
        return self.air

    def _station_row(self, name: str, index: int, month: int) -> str:
        own = max(18, index + self.rng.randint(-14, 14))
        return f"| {name} | {own} | {_level(own)} | {_main_pollutant(own, month)} |"


def _level(index: int) -> str:
    """The grade of an air quality index."""
    return next(name for limit, name in _LEVELS if index <= limit)


def _main_pollutant(index: int, month: int) -> str:
    """No pollutant is named on an excellent day; otherwise ozone in summer, dust in spring, fine particles in winter."""
    if index <= 50:
        return "无"
    return "臭氧" if 5 <= month <= 9 else "PM10" if month in (3, 4) else "PM2.5"


def _skies(month: int) -> tuple[str, ...]:
    if month in (12, 1, 2):
        return ("晴", "多云", "阴", "晴间多云", "小雪转多云")
    if 6 <= month <= 8:
        return ("晴", "多云", "雷阵雨转多云", "阵雨", "多云转晴")
    return ("晴", "多云", "小雨转阴", "阴转多云", "晴间多云")
