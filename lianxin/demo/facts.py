"""Facts of the demo city that patterns ask for by name: places, people, dates, weather, tables."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from lianxin.demo.catalogue import Organisation

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高郭何罗郑梁谢宋唐许邓冯曹曾彭潘田董袁余叶蒋杜魏程吕丁任卢姚钟姜谭陆范石韦贾夏付方邹熊秦江薛段雷侯龙史陶贺毛郝龚邵万覃武"
GIVEN_FIRST = "建志文国海立永晓春玉明学振宏兆广秀雅德新庆思梦雨欣家佳子"
GIVEN_LAST = "民军林辉成涛敏芳宁勇杰良刚霞红宇波源胜荣凯琴英松岩楠琳倩妮轩悦"
ROADS = "解放路 人民路 建设街 文昌路 和谐路 环城路 迎宾路 科创路 澄河东路 澄河西路 丰收路 体育路 大学路 槐荫巷 柳园街 凤鸣路 翠湖路 月亮湾路 东关街 西关街 新华里 石桥街 梧桐街 站前街 湖滨大道 龙岗路 丹桂路 星海路 规划路 绿城路".split()
COMMUNITIES = "翠湖花园 柳园小区 钟楼新村 凤鸣苑 新华里小区 纺织家属院 机床厂家属院 槐荫小区 澄湾家园 河东新城 锦绣苑 莲塘小区 书院小区 东湖佳苑 西苑小区 石桥新村 建设新村 星海花园 兴园小区 月亮湾小区 文昌里 梧桐苑 荷塘人家 站前小区 铁路新村 丹桂园 龙岗社区 大桥小区 和谐家园 东关小区".split()
VILLAGES = "上河 下河 桃园 柳树 石井 大槐树 李家湾 张家坪 王家沟 赵庄 新庄 陈家岭 杏树洼 石板沟 青龙 白杨 双泉 前进 团结 向阳 红星 东坡 西坪 马家渡 周家营 孙桥 徐楼 胡家寨 梁家河 谢庄 唐家坳 许坡 邓家畈 枣树岭 梨树沟 核桃坪 花园口 清水湾 南沟 北塬 古井 磨盘石 老君坪 龙王庙 三官堂 五里铺 十里岗 望河 临泉 云顶".split()
SCHOOLS = "市第一小学 市第二小学 市实验小学 河东小学 翠湖小学 凤鸣小学 解放路小学 市第三中学 市第五中学 市第八中学 澄湾中学 南湖中学 科创小学 文昌中学 柳园小学 书院中学 站前小学 石桥中学".split()
FIRM_NAMES = "禾川 恒岳 澄达 启衡 安澜 润田 云帆 锐拓 博岩 佳禾 明泉 正源 卓川 远麓 泰穗 众合".split()
FIRM_TRADES = "精密机械 食品 新材料 轴承 电子科技 农业装备 生物制药 纺织 智能装备 环保科技".split()
COUNTY_NAMES = "澄东区 澄西区 南湖区 高新区 青石县 永宁县 云岭县 长泉县 怀德县 泰和县 松河县 平川市 石门县".split()
STATIONS = "市政府 河东 河西 湿地公园 高新区 经开区 南湖 和安大学".split()

#: Low and high temperature by month, a continental inland city.
CLIMATE = ((-6, 4), (-3, 8), (3, 14), (9, 21), (14, 26), (19, 31), (22, 32), (21, 31), (16, 26), (9, 20), (2, 12), (-4, 5))

_RELATIVE = re.compile(r"^(day|year|monthname)([+-]\d+)?$")
_LEVELS = ((50, "优"), (100, "良"), (150, "轻度污染"), (200, "中度污染"))


class Facts:
    """What one article may know: its unit, its day, and places and people drawn for it."""

    def __init__(self, rng: random.Random, units: Sequence[Organisation], unit: Organisation, day: date) -> None:
        self.rng, self.units, self.unit, self.day = rng, units, unit, day
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
        return self._fresh(unused_own or COUNTY_NAMES)

    def _town(self) -> str:
        """A town of the unit's own county, or of the county this article speaks of."""
        slug = self.unit.slug if self.unit.kind == "county" else self._spoken_county()
        return self._fresh([unit.short_name for unit in self.units if unit.parent == slug])

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
