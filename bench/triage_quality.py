"""How often the suggested unit and category are right, over real letters to a city's leaders and the duties of the demo city's units.

* ``judged``: 130 letters of the last 30 % by time, with the units that may rightly handle each, decided by reading the letter and the
  duties (``data/triage_judgements.jsonl``). The list of people's words was written after these letters had been seen.
* ``fresh``: letters of another collection, judged after everything was written and before any of it was run on them.
* ``weak``: letters of the last 30 % whose reply is signed by one kind of unit, says that it was passed to one, or names only one. That is
  often not the unit that should have it, so the figure is a floor; it is there because nobody chose these letters.

Learning takes the weak labels of the first 70 % by time. Beside each stands the trivial baseline: always the units that have most letters.
Categories: 296 letters with one of seven top categories, by the top of the suggested leaf; nothing is learned.

    python -m bench.triage_quality            # LETTERS says where the letters lie, default: shared/data beside the project
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

TOP = Path(__file__).parents[1]
DATA = Path(__file__).parent / "data"
SPLIT = 0.7
# Words by which replies name units, and the demo city's unit of that kind.
NAMED = {
    "gonganju": "公安|交警|派出所|户政",
    "jiaoyuju": "教育局|教育部门|教科|教体",
    "zhujianju": "住建|住房和城乡建设|住房保障|房产局|房管|房地产管理",
    "chengguanju": "城管|城市管理|行政执法局|环卫|市政维护|园林",
    "renshe": "人社|人力资源|社保|社会保险|劳动监察",
    "yibaoju": "医保|医疗保障|新农合",
    "weijianwei": "卫计|卫生计生|卫生局|卫生和|卫健|疾控",
    "jiaotongju": "交通局|交通运输|公路局|运管|公路管理|轨道|地铁",
    "gongjiao": "公交总公司|公交公司|公交集团",
    "ziranziyuan": "国土|自然资源|规划局|不动产",
    "huanbaoju": "环保局|环境保护局|生态环境|环保部门",
    "shuiliju": "水利|水务局",
    "nongyeju": "农业局|农业委|农业农村|畜牧",
    "minzhengju": "(?<!人)民政(?!府)",
    "shijianju": "工商|市场监管|市场监督|食药|食品药品|质监|质量技术",
    "shuiwuju": "税务|国税|地税",
    "fagaiwei": "发改|物价",
    "gongjijin": "公积金",
    "gongdian": "供电|电力公司|电力局",
    "shuiwujituan": "自来水|水务集团|供水公司|水业",
    "ranqijituan": "燃气公司|燃气有限|天然气公司",
    "lincaoju": "林业局",
    "canlian": "残联",
    "shangwuju": "商务局|商务和",
    "wenlvju": "文化局|文体|旅游|广电|文广",
    "sifaju": "司法局",
    "caizhengju": "财政局",
    "yingjiju": "安监|应急",
    "zhongyuan": "法院",
    "zuzhibu": "组织部",
    "tuiyiju": "退役军人",
    "tongxinban": "电信公司|移动公司|联通公司|铁塔公司",
}
_UNIT = re.compile("|".join(f"(?P<{slug}>{words})" for slug, words in NAMED.items()))
_PASSED = re.compile(r"(?:转(?:交|至|给|由)?|交办|责成|交由)[^，。；\n]{0,10}")


def folder() -> Path:
    """Where the letters lie."""
    return Path(os.environ.get("LETTERS") or TOP.parent / "shared" / "data")


def read(name: str) -> list[dict]:
    """One collection, oldest first."""
    with (folder() / name).open(encoding="utf-8") as lines:
        return sorted(map(json.loads, lines), key=lambda letter: (letter["sent_at"], letter["id"]))


def named_unit(reply: str) -> str | None:
    """The unit that signs the reply, or to which it says the letter went, or the only one that it names."""
    said = re.sub(r"《[^》]*》", "", reply)
    tail = said[-40:]
    signed = list(_UNIT.finditer(re.sub(r"\d{4}.{1,20}$", "", tail)))
    if signed and re.search(r"[。！，\s]\s*[^。！，]{0,16}$", tail[: signed[-1].start()]) and not re.search("电话|拨打|致电|咨询|热线", said[-60:]):
        return signed[-1].lastgroup
    if (passed := _PASSED.search(said)) and (unit := _UNIT.search(said, passed.start(), passed.end() + 10)):
        return unit.lastgroup
    units = {unit.lastgroup for unit in _UNIT.finditer(said)}
    return units.pop() if len(units) == 1 else None


def text_of(letter: dict) -> str:
    """The letter as triage gets it."""
    return f"{letter['subject']}\n{letter['body']}"


Labelled = list[tuple[str, set[str]]]


def row(what: str, letters: str, labelled: Labelled, answers: Callable[[str], list[str]]) -> None:
    """Print how often the first suggestion, and one of the first three, is right."""
    found = [(answers(text), right) for text, right in labelled]
    first, three = (sum(bool(set(given[:count]) & right) for given, right in found) / len(found) for count in (1, 3))
    print(f"| {what} | {len(found)} {letters} | {first:.3f} | {three:.3f} |", flush=True)


def judgements(name: str, letters: Iterable[dict]) -> Labelled:
    """Judged letters with the units that may have them."""
    by_id = {letter["id"]: letter for letter in letters}
    with (DATA / name).open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [(text_of(by_id[judged["letter"]]), set(judged["units"])) for judged in rows]


def measure() -> None:
    """Everything, on an empty database with the demo city's units."""
    from lianxin.demo.build import _organisations
    from lianxin.organisations.models import Organisation
    from lianxin.triage import actions
    from lianxin.triage.suggestions import suggest_category, suggest_unit

    _organisations()
    units = {unit.slug: unit for unit in Organisation.objects.all()}
    letters = read("letters_replied.jsonl")
    cut = letters[int(len(letters) * SPLIT)]["sent_at"]
    weak = [(letter, unit) for letter in letters if (unit := named_unit(letter["reply"]))]
    earlier = [(letter, unit) for letter, unit in weak if letter["sent_at"] < cut]
    sets = {
        "judged": judgements("triage_judgements.jsonl", letters),
        "fresh": judgements("triage_judgements_fresh.jsonl", read("letters_voted.jsonl")),
        "weak": [(text_of(letter), {unit}) for letter, unit in weak if letter["sent_at"] >= cut],
    }
    commonest = [unit for unit, _ in Counter(unit for _, unit in earlier).most_common()]

    def suggested(text: str) -> list[str]:
        return [suggestion.organisation.slug for suggestion in suggest_unit(text, limit=3)]

    print("| unit by | letters | first | first three |\n|---|---|---|---|")
    for name, labelled in sets.items():
        row("always the commonest", name, labelled, lambda text: commonest)
    for name, labelled in sets.items():
        row("duties", name, labelled, suggested)
    for letter, unit in earlier:
        actions.learn(text_of(letter), organisation=units[unit])
    for name, labelled in sets.items():
        row(f"duties and {len(earlier)} earlier letters", name, labelled, suggested)
    certain = [suggest_unit(text, limit=1)[0].score for text, _ in sets["fresh"] if suggest_unit(text, limit=1)]
    print(f"\nmean share of the first suggestion over the fresh letters: {sum(certain) / len(certain):.2f}\n")

    topics = [(text_of(letter), {letter["category"]}) for letter in read("letters_labelled.jsonl")]
    most = [name for name, _ in Counter(name for _, right in topics for name in right).most_common()]

    def tops(text: str) -> list[str]:
        return list(dict.fromkeys(str(suggestion.category.parent.parent) for suggestion in suggest_category(text, limit=9)))

    print("| top category by | letters | first | first three |\n|---|---|---|---|")
    row("always the commonest", "labelled", topics, lambda text: most)
    row("names of categories and people's words", "labelled", topics, tops)


def main() -> None:
    """Measure in a home folder that is thrown away."""
    missing = [name for name in ("letters_replied.jsonl", "letters_voted.jsonl", "letters_labelled.jsonl") if not (folder() / name).exists()]
    if missing:
        sys.exit(f"the letters are not there ({folder()}: {', '.join(missing)}); set LETTERS to their folder")
    if "--here" in sys.argv:
        import django

        django.setup()
        measure()
        return
    with tempfile.TemporaryDirectory(prefix="lianxin-triage-") as home:
        environment = {**os.environ, "LIANXIN_HOME": home, "DJANGO_SETTINGS_MODULE": "lianxin.settings"}
        subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], cwd=TOP, env=environment, check=True)
        subprocess.run([sys.executable, "-m", "bench.triage_quality", "--here"], cwd=TOP, env=environment, check=True)


if __name__ == "__main__":
    main()
