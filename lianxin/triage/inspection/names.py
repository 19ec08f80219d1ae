"""Names of persons and firms. Rules, not certainty: they are shown to a person, who decides."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import rjieba

from lianxin.triage.inspection.findings import Finding, Kind
from lianxin.triage.inspection.view import View

_WORDS = tomllib.loads((Path(__file__).parents[1] / "data" / "names.toml").read_text(encoding="utf-8"))
_COMPOUND = _WORDS["compound_surnames"].split()
_SINGLE = "".join(_WORDS["surnames"].split())
_SURNAME = f"(?:{'|'.join(_COMPOUND)}|[{_SINGLE}])"
_GIVEN = r"[\u4e00-\u9fff]{1,2}"
_TITLE = (
    r"(?:先生|女士|小姐|同志|老师|医生|大夫|师傅|律师|经理|总经理|董事长|主任|副主任|书记|副书记|局长|副局长|所长|副所长|站长|村长|镇长|副镇长|乡长|队长|"
    r"大队长|警官|法官|检察官|院长|校长|副校长|园长|会计|组长|科长|股长|处长|县长|副县长|市长|副市长|区长|副区长|老板|支书|村支书|阿姨|大爷)"
)
_TITLED = re.compile(rf"(?=(?P<name>{_SURNAME}{_GIVEN}){_TITLE})")
_CALLED = re.compile(
    r"(?:我叫|名叫|姓名|联系人|来信人|投诉人|反映人|举报人|申请人|法定代表人|法人代表|法人|负责人|户主|本人|老板|店主|房东|包工头|司机|"
    r"业主|村民|居民|学生|患者|死者|受害人|[父母]亲|丈夫|妻子|老公|老婆|儿子|女儿|[爷奶]{2}|哥哥|弟弟|姐姐|妹妹)"
    rf"(?P<gap>(?:叫|名叫|是|为|[:：（( ]){{0,2}})(?P<name>{_SURNAME}{_GIVEN})"
    r"(?=[，。,.、；;：:（()）！!？?\s]|$|身份证|电话|手机|性别|联系|男|女|等人|于|系)"
)
_SIGNED = re.compile(
    rf"(?:^|[\n。！!，, ])[ \t]*(?:此致|敬礼|敬上|[:：])*[ \t]*(?P<name>{_SURNAME}{_GIVEN})[ \t]*(?:敬上|拜上|上|\d{{4}}年[^\n]{{0,8}})?[ \t]*$"
)
# Parts of words that look like a given name before a title.
_NO_NAME = re.compile(
    r"某|谢谢|.[姓副总正老小]|许可|严令|师傅|[的了是在和与及或等们个这那有无不被把向由将从对为要请找说问到来去给让叫]|政府|公司|小区|社区|街道|派出|"
    r"办公|管理|委员|单位|部门|学校|医院|居委|业委|村委|党委|[部班处科室队组厂店]$"
)
_PARTY = re.compile(r"(?:有限责任公司|股份有限公司|有限公司|集团公司|专业合作社|股份公司|合伙企业)(?:[\u4e00-\u9fff]{0,8}?分公司)?")
# A clause before the legal form goes back at most so far, and not over these words.
_LONGEST_FIRM = 26
_FIRM_START = frozenset(_WORDS["before_firms"].split())
_ALSO_IN_FIRMS = frozenset(_WORDS["before_or_in_firms"].split())
_COMMON_IN_FIRMS = re.compile(r"管理|置业|发展|集团|实业|科技|服务|投资|开发|建设|工程|贸易|房地产|物业|国有|资产|经营|[（）()]")
# A clause ends at punctuation, and at a closing bracket that ends more than a place's name in a firm's (（北京）, （集团）).
_BREAK = re.compile(r"[^\w（）()&·]|[（(][^（）()]{7,}[）)]|(?<![（(].)(?<![（(]..)(?<![（(]...)(?<![（(]....)[）)]")


def names(plain: View) -> Iterator[Finding]:
    """Names in the view. A surname with an office alone (李局长) is no name: it says who acted, as the public may know."""
    seen = plain.seen
    known: set[str] = set()
    for expression in (_TITLED, _CALLED, _SIGNED):
        for match in expression.finditer(seen):
            if _is_name(seen, *match.span("name"), titled=expression is _TITLED, signed=expression is _SIGNED):
                known.add(match["name"])
    if known:
        # Once known, a name is hidden wherever it stands.
        for match in re.finditer("|".join(sorted(known, key=len, reverse=True)), seen):
            advice = "公开前隐去姓名，只留姓；领导干部履行职务的姓名可以保留。"
            yield Finding(*plain.span(*match.span()), Kind.PERSON, advice, _hidden(match.group()))
    yield from _firms(plain)


def _is_name(seen: str, start: int, end: int, *, titled: bool, signed: bool) -> bool:
    name = seen[start:end]
    if _NO_NAME.search(name):
        return False
    if signed and len(name) == 2 and _tagged(name)[0][1] != "nr":
        return False
    return not _begins_inside_word(seen, start, len(name), titled=titled)


def _tagged(text: str) -> list[tuple[str, str]]:
    return rjieba.tag(text)


def _begins_inside_word(seen: str, start: int, length: int, *, titled: bool) -> bool:
    """Whether the segmenter sees a word across the name's beginning, or plain words where the name should be."""
    left = max(0, start - 8)
    around = seen[left : start + length + 8]
    at = left
    for word, tag in _tagged(around):
        finish = at + len(word)
        if at < start < finish:
            return True
        if at == start:
            if tag.startswith("nr") or word in _COMPOUND:
                return False
            # A common word of two characters and more (高速, 马路, 江边, 周边) is no surname with a given name.
            return finish - at > 1 and not (tag == "n" and titled and finish - at == length and length == 3)
        at = finish
    return False


def _hidden(name: str) -> str:
    surname = name[:2] if name[:2] in _COMPOUND else name[0]
    return surname + "某" * (len(name) - len(surname))


def _firms(plain: View) -> Iterator[Finding]:
    seen = plain.seen
    last = 0
    for match in _PARTY.finditer(seen):
        left = max(last, match.start() - _LONGEST_FIRM)
        breaks = [found.end() for found in _BREAK.finditer(seen, left, match.start())]
        start = _firm_start(seen[max([left, *breaks]) : match.start()], match.start())
        if len(_COMMON_IN_FIRMS.sub("", seen[start : match.start()])) < 2:
            continue
        last = match.end()
        form = "某合作社" if "合作社" in match.group() else "某公司"
        advice = "公开前核对：与事情无关、未经核实的企业名称应当隐去。"
        yield Finding(*plain.span(start, match.end()), Kind.FIRM, advice, form)


def _firm_start(before: str, end: int) -> int:
    """Where the firm's name begins, given what stands before its legal form in the clause."""
    start = end
    for word in reversed(rjieba.cut(before)):
        if word in _FIRM_START or word.isspace():
            break
        if word in _ALSO_IN_FIRMS and len(_COMMON_IN_FIRMS.sub("", before[len(before) - (end - start) :])) >= 2:
            break
        start -= len(word)
    while start < end and before[len(before) - (end - start)] in "（(）)":
        closing = before.find("）", len(before) - (end - start))
        if closing != -1 and before[len(before) - (end - start)] in "（(":
            break
        start += 1
    return start
