"""Commas, full stops and quotation marks of Chinese texts in which a conversion made dots and straight quotes of them all.

“建站几年来.在克州对外宣传.招商引资.政务公开等各方面发挥了作用.目前.…” is read as clauses; each dot becomes 、 in an enumeration, a full stop
where the next clause opens a new sentence, a comma otherwise. Dots in numbers, addresses and abbreviations stay.
"""

import re
from itertools import pairwise

import rjieba

_HAN = "\u3400-\u9fff"
_NUMBER = "[一二三四五六七八九十]"
LOST_AT_LEAST = 8
"""Fewer dots between Chinese characters than this are somebody's style, no damage."""


def is_lost(text: str) -> bool:
    """Whether dots stand where commas and full stops should."""
    dots = len(re.findall(rf"(?<=[{_HAN}'”’])\.(?=['“‘{_HAN}])", text))
    return dots >= LOST_AT_LEAST and dots > 10 * len(re.findall("[，。]", text))


def restore_title(title: str) -> str:
    """A title whose dots part equal things and whose quotes are straight."""
    title = re.sub(rf"(?<=[{_HAN}])\.(?=[{_HAN}])", "、", title)
    return re.sub(r"'([^']{1,30})'", "“\\1”", title)


def restore(text: str) -> str:
    """The text with its punctuation; characters other than punctuation and stray blanks stay."""
    return _dots(_quotes(text))


# --- quotation marks ---------------------------------------------------------------------------------------------------

_TERM = re.compile(r"'(?:[^'.…]{1,24}|[^'.…]{1,4}\.[^'.…]{1,4})'")
_PHRASES = re.compile(r"'(?:[^'.…]{2,12}\.){1,3}[^'.…]{2,12}'")
_SAYS = re.compile(r"(?:说|(?<![渠频管街通])道|介绍|回忆|认为|表示|指出|强调|回复|答复|问|称|告诉记者)$")
_SAYS_NEXT = re.compile(rf"^(?:据|[{_HAN}]{{2,30}}(?:说|介绍|回忆|认为|表示|指出|强调|称)(?=[.，]))")
_OPEN, _CLOSE = "O", "C"


def _quotes(text: str) -> str:
    """Straight quotes as pairs: terms in pairs of their own, speeches by what stands around each mark."""
    marks: list[int] = []
    out = list(text)
    position = 0
    while (position := text.find("'", position)) >= 0:
        pair = _TERM.match(text, position) or (
            None if text[position - 1 : position] == "." and marks and len(marks) % 2 else _PHRASES.match(text, position)
        )
        if pair and text[pair.end() - 2] != ".":
            out[position], out[pair.end() - 1] = "‘", "’"
            position = pair.end()
        else:
            marks.append(position)
            position += 1
    for place, role, extra in _roles(text, marks):
        out[place] = {"O": "“", "C": "”", "CO": "”“"}[role]
        if extra is not None:
            out[extra] = "“" + out[extra]
    return _levels("".join(out))


def _roles(text: str, marks: list[int]) -> list[tuple[int, str, int | None]]:
    """For each single mark whether it opens or closes a speech: the cheapest reading of all of them together."""
    if not marks:
        return []
    best: dict[str, tuple[float, list[str]]] = {
        _OPEN: (_cost(text, marks[0], _OPEN), [_OPEN]),
        _CLOSE: (2.0 + _cost(text, marks[0], _CLOSE), [_CLOSE]),
    }
    for previous, mark in pairwise(marks):
        fresh = {}
        for role in (_OPEN, _CLOSE):
            candidates = [
                (cost + _cost(text, mark, role) + _repair(text, previous, mark, before, role), [*path, role]) for before, (cost, path) in best.items()
            ]
            fresh[role] = min(candidates, key=lambda entry: entry[0])
        best = fresh
    best[_OPEN] = (best[_OPEN][0] + 1.5, best[_OPEN][1])
    path = min(best.values(), key=lambda entry: entry[0])[1]
    found: list[tuple[int, str, int | None]] = []
    for number, (mark, role) in enumerate(zip(marks, path, strict=True)):
        before = path[number - 1] if number else _CLOSE
        extra = None
        if role == _CLOSE and before == _CLOSE:
            extra = _missing_opening(text, marks[number - 1] + 1 if number else 0, mark)
        found.append((mark, "CO" if role == _OPEN and before == _OPEN else role, extra))
    return found


def _repair(text: str, previous: int, mark: int, before: str, role: str) -> float:
    """What it costs to believe that a mark was lost between two of a kind; less where the text shows its place."""
    if before != role:
        return 0.0
    return 0.8 if role == _CLOSE and _SPOKEN.search(text, previous, mark) else 1.5


_SPOKEN = re.compile(r"(?:说|介绍|回忆|认为|表示|指出|回复)\.(?=['‘])")


def _cost(text: str, mark: int, role: str) -> float:
    before, after = text[max(0, mark - 12) : mark], text[mark + 1 : mark + 40]
    cost = 0.0
    if role == _OPEN:
        cost += 3.0 * bool(before.endswith((".", "…")) and _SAYS_NEXT.match(after))
        cost += 1.0 * after.startswith((".", "，"))
        cost += 2.0 * (not before.endswith((".", "…", "’", "”", "'")) and not _spoken_after(text, mark))
    else:
        cost += 3.0 * bool(_SAYS.search(before.rstrip(".")) and before.endswith("."))
        cost += 2.0 * (not before.endswith((".", "…", "!", "?")) and _spoken_after(text, mark))
    return cost


def _spoken_after(text: str, mark: int) -> bool:
    """Whether some speech that ends behind a dot follows: then this mark may begin it."""
    rest = _PHRASES.sub("", _TERM.sub("", text[mark + 1 :]))
    end = rest.find("'")
    return end > 0 and rest[end - 1] == "."


def _missing_opening(text: str, since: int, until: int) -> int | None:
    """Where the opening mark of a speech was lost: behind “介绍.”, or at a term that has a closing mark only (“‘一站式’一窗式’”)."""
    spoken = [match.end() for match in _SPOKEN.finditer(text, since, until)]
    if spoken:
        return spoken[0]
    closed = text.rfind("'", 0, until)
    return closed + 1 if closed >= 0 and 0 < until - closed - 1 <= 8 else None


def _levels(text: str) -> str:
    """Terms are “ ” outside speeches and ‘ ’ inside, as GB/T 15834 has it."""
    depth, out = 0, []
    for character in text:
        if character == "“":
            depth += 1
        elif character == "”":
            depth = max(0, depth - 1)
        elif character == "‘" and not depth:
            character = "“"
        elif character == "’" and not depth:
            character = "”"
            out.append(character)
            continue
        out.append(character)
    return "".join(out)


# --- dots --------------------------------------------------------------------------------------------------------------

_NEW_SENTENCE = re.compile(
    r"^(?:下面|目前|近年来|今年|去年|当前|同年|如今|以前|据悉|据了解|据介绍|据[^，。]{2,20}(?:介绍|统计|了解)|因此|所以|如果|第[一二三四五六]|[一二三四五]是|首先|其次|再次|最后|同时"
    r"|另外|此外|其实|不少|为了|为办好|为达到|除了|围绕|随着|经过\d|我们|他|她|它|只有|只要|如何|以“|要体现|要从|在信息|在不断|在新加坡|在这个|在省|信息上网|这也|"
    r"无论|两会|通过(?:政府)?网站|通过信息|下面|其目的|(?:19|20)\d\d年|\d{1,2}月|“|一个个|每一次|第三次|那时|当时|现在|更加|努力|其中\b)"
)
_GOES_ON = re.compile(
    r"^(?:并且?|而|但|也|还|又|就|才|使|从而|以及|即|却|均|都|则|且|可|再|由|与|和|及|或|为(?!了|办好|达到)|是|有|被|把|将|让|荣获|获得|取得|受到|引起|发挥|"
    r"其中|尤为|不仅|不满足|其目|更好|最大|特别|努力|得到|获投)"
)
_ADVERBIAL = re.compile(
    r"(?:^(?:目前|近年来|今年|去年|当前|因此|所以|其实|同时|另外|此外|首先|其次|再次|最后|以前|以及|一方面|据悉|据了解|据介绍|请问|为此|陈先生|王市长|你好)|"
    r"(?:上|中|下|时|后|前|以来|来|年|月|日|期间|方面|过程|问题|以来|至今|起|为止|看|方式|需要|同|基础|角度)|"
    r"(?:说|介绍|回忆|认为|表示|指出|回复|反映|显示|感到|发现|第[一二三]天|如|统计))$"
)
_CONDITION = re.compile(
    r"^(?:如果|只要|只有|为了|为办好|随着|通过|根据|围绕|除了|无论|以|按照|经过|在|从|对|第[一二三四五六]|[一二三四五]是|据|当|将|把|如|要|特别是|最大好处)"
)
_LISTED_END = re.compile(rf"^(?!经过|通过|请|按照|在|为了|得到)[“”‘’{_HAN}A-Za-z0-9]{{1,12}}?(?:等(?![待到候])|两国|三大|两大|四大|三个方面)")
_BOTH = re.compile(rf"^[{_HAN}]{{2}}[和及与][{_HAN}]{{2}}$")
_FIRST_ITEM = re.compile(r"^(?:与|和|同|向|将|把|由|至|进入|包括|有|如|通过|设立|开设|新增|提供|了解|建立|在(?!线)|从|对|增设)")
_ALONE = frozenset("目前 近年 今年 去年 同年 当前 如今 以前 据悉 因此 所以 其实 同时 另外 此外 首先 其次 再次 最后 你好 请问 为此 新余".split())  # noqa: SIM905
_ITEM = 6


def _dots(text: str) -> str:
    """Each dot between clauses becomes the mark that fits what stands before and after it."""
    pieces, marks = _clauses(text)
    if not marks:
        return text
    kinds = _enumerations(pieces, marks)
    since = 0
    out = [pieces[0]]
    speeches = _depth(pieces[0])
    for number, mark in enumerate(marks):
        before, after = pieces[number], pieces[number + 1]
        since += len(before)
        sign = kinds[number] or _sentence_sign(before, after, since, speeches=speeches, last=number == len(marks) - 1 and not after.strip())
        if sign in "。：":
            since = 0
        out.append(sign if mark == "." else mark)
        out.append(after)
        speeches += _depth(after)
    return re.sub(rf"(?<=[{_HAN}]) (?=专题|[{_HAN}]{{2}}栏目)", "", "".join(out))


def _depth(text: str) -> int:
    return text.count("“") - text.count("”")


def _clauses(text: str) -> tuple[list[str], list[str]]:
    """The text between dots that part clauses; a dot of a number, an address or an abbreviation parts nothing."""
    pieces, last = [], 0
    for match in re.finditer(r"\.", text):
        place = match.start()
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        years = re.search(r"(?:19|20)\d\d$", text[:place][-4:]) and re.match(r"(?:19|20)\d\d年", text[place + 1 : place + 6])
        if before.isascii() and after.isascii() and before.isalnum() and after.isalnum() and not years:
            continue
        pieces.append(text[last:place])
        last = place + 1
    pieces.append(text[last:])
    return pieces, ["."] * (len(pieces) - 1)


def _enumerations(pieces: list[str], marks: list[str]) -> list[str]:
    """、 for the dots of enumerations, · within names, a number's 、; "" where a clause ends."""
    kinds = [""] * len(marks)
    for number in range(len(marks)):
        before, after = pieces[number], pieces[number + 1]
        if re.search(r"[“‘][^”’“‘]{1,4}$", before) and re.match(r"^[^”’“‘]{1,4}[”’]", after):
            kinds[number] = "·"
        elif (
            (re.fullmatch(f"(?:.*[”])?{_NUMBER}", before) and (number == 0 or len(before) <= 2))
            or (re.search(r"(?:19|20)\d\d$", before) and re.match(r"(?:19|20)\d\d年", after))
            or (before.endswith("”") and after.startswith("“") and len(after) > 3 and re.match("^“[^”]{1,12}”", after))
            or _alike(before, after)
        ):
            kinds[number] = "、"
    for number in range(len(marks)):
        if not kinds[number] and _LISTED_END.match(pieces[number + 1]) and len(pieces[number]) > 1:
            _mark_backwards(pieces, kinds, number)
    _mark_short_runs(pieces, kinds)
    return kinds


def _mark_backwards(pieces: list[str], kinds: list[str], number: int) -> None:
    """、 from the item with 等 back to the first one, which stands at the end of a longer clause."""
    if len(pieces[number]) > _ITEM and re.search(r"[了的着是]$", pieces[number]):
        return
    for back in range(number, -1, -1):
        if kinds[back] or pieces[back] in _ALONE:
            return
        kinds[back] = "、"
        if len(pieces[back]) > _ITEM or _FIRST_ITEM.match(pieces[back]):
            return


def _mark_short_runs(pieces: list[str], kinds: list[str]) -> None:
    """采集.整合.审核.发布…: words of two characters stand in a row with what surrounds them."""
    short = [
        len(piece) == 2 and bool(re.fullmatch(f"[{_HAN}]{{2}}", piece)) and piece not in _ALONE and not _NEW_SENTENCE.match(piece) for piece in pieces
    ]
    for number in range(len(kinds)):
        if kinds[number]:
            continue
        if short[number + 1] or _BOTH.match(pieces[number + 1]) or (short[number] and number and short[number - 1]):
            kinds[number] = "、"


def _alike(before: str, after: str) -> bool:
    """实用型.节约型, 安全性.真实性, 党群.干群, 市委.市政府, 政务频道.市民频道: equal things side by side."""
    if before[-2:] == after[:2]:
        return False
    if before[-1:] and before[-1:] in "型性化版" and re.match(rf"^[{_HAN}]{{1,3}}{before[-1]}", after):
        return True
    offices = re.search(r"(?:党委|市委|省委|县委|人大|人大代表)$", before) and re.match(r"^(?:[市省县]?政府|政协)", after)
    same_start = before[-2:-1] == after[:1] and bool(re.fullmatch(f"[{_HAN}]{{2}}", before[-2:])) and bool(re.match(f"[{_HAN}]{{2}}", after))
    same_end = len(after) <= 6 and before[-1:] == after[1:2] and bool(re.match(f"[{_HAN}]{{2}}", after))
    return bool(offices or same_start or same_end or (before[-2:] == "频道" and re.match(rf"^[{_HAN}]{{2,3}}频道", after)))


GLUED_HEADING = re.compile(rf"^((?:“[^”]{{1,12}}”|[{_HAN}]){{1,3}}[“”{_HAN}]{{4,28}}?)(?: +(?=[“{_HAN}])|(?=“[^”]{{30,}})|(?=(?:19|20)\d\d年))")
_BEFORE_YEAR = re.compile(r"(?:[从自在于到至早截年月日和与及以了]|截至|截止|直到)$")


def glued_heading(sentence: str) -> str:
    """A heading that ran together with the sentence behind it, which begins after a blank, with a long speech or with a year; or ""."""
    match = GLUED_HEADING.match(sentence)
    if match is None or not 8 <= len(match[1]) <= 32 or _BEFORE_YEAR.search(match[1]) or match[1].count("“") != match[1].count("”"):
        return ""
    return match[1]


_FRAGMENT = re.compile(rf"^(?:将|把|为|与|向|由)[{_HAN}]{{2,8}}$")
_ORDINAL = re.compile(f"^{_NUMBER}$")
_ANNOUNCES = re.compile(r"(?:思路|目标|方面|内容|如下|要求|任务|措施|原则|特点)$")


def _sentence_sign(before: str, after: str, since: int, *, speeches: int, last: bool) -> str:
    """。 or ， (： before a speech)."""
    if last or after.startswith(("”", "’")):
        return "。"
    if _ORDINAL.match(after):
        return "。" if not speeches else "：" if _ANNOUNCES.search(before) else "；"
    said = re.sub("[”’]", "", before)
    if after.startswith("“") and _SAYS.search(said) and "”" not in after[1:14] and len(after) > 1:
        return "："
    if said in ("你好", "您好"):
        return "。"
    score = min((since - 46) / 24, 2.4)
    score += (3.4 if since > 30 else 2.4) * bool(_NEW_SENTENCE.match(after)) - 3.5 * bool(_GOES_ON.match(after))
    score -= 4.0 * bool(re.match(r"^(?:今年.{0,4}|由|在|从).*[中上下]$", said))
    score -= 4.0 * bool(_ADVERBIAL.search(said) and len(said) <= 24) + 1.5 * bool(_CONDITION.match(said) and since <= 40)
    score += 1.0 * said.endswith(("了", "作用", "效益", "基础", "水平", "工作", "服务", "方向"))
    score += 4.0 * bool(glued_heading(after)) + _first_word(after)
    score -= 3.0 * bool(_FRAGMENT.match(said)) + 2.5 * (said[:2] == after[:2]) + 1.5 * (len(after) <= 4)
    if since <= 8:
        score -= 3.0
    return "。" if score > 0.6 else "，"


def _first_word(after: str) -> float:
    """A clause that begins with a verb goes on with the subject before it; a noun, a place or a pronoun is a subject of its own."""
    tagged = rjieba.tag(after[:8])
    kind = tagged[0][1] if tagged else ""
    return -2.2 if kind.startswith(("v", "a", "d", "c")) else 0.5 if kind.startswith(("n", "r", "s", "j")) else 0.0
