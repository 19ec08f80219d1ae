"""Whether a reply answers: questions that it passes over, letters only passed on, refusals without a way to object."""

import re
from collections.abc import Iterator

import rjieba

from lianxin.triage.inspection import Finding, Kind
from lianxin.triage.replies.promises import DATE, SENTENCE
from lianxin.triage.vocabulary import everywhere

# What wants an answer. A question mark alone does not: anger asks too.
_ASKS = re.compile(
    r"请问|想问|咨询|想知道|想了解|何时|什么时候|啥时候|几时|多久|多少[钱元天年]|能否|可否|可不可以|能不能|(?:可以|需要|能够?)[^，。；]{0,20}吗|"
    r"如何(?:办|申请|处理|领|缴|交|查|计算|认定|转|补)|怎[么样](?:办理|申请|领|缴|交|查|计算|认定|转|补)|哪里[办领缴交查]|哪个部门|"
    r"什么(?:手续|材料|资料|条件|证件|标准|流程|程序|政策)|是否(?:可以|能|需要|有|属于|符合|享受|会|已)"
)
_RHETORICAL = re.compile(
    r"难道|天理|良心|何在|凭什么|公平|合理吗|合法吗|对吗|吧[？?]|知道吗|行吗|不是吗|谁管|没人管|好吗[？?]|谢谢|不作为|何以|试问|何不|干嘛|"
    r"是不是都|该有的|应不应|算什么|什么叫|岂|顶风|别有用心|官官相护|贪官|失职|老百姓办|恳请|不通|曰"
)
_ASKS_WHEN = re.compile(r"何时|什么时候|啥时候|几时|哪一?[年月天日]|时间表")
_PASSED = re.compile(
    r"转(?:交|至|给|请|由|送|呈|办|相关|有关|[^，。；]{1,12}(?:局|委|办|部门|单位|政府|街道|镇|乡|大队|中心|公司|院|处))|交办|转发|批转|"
    r"(?:已|会|将)[^，。；]{0,12}(?:反馈给|反映给)[^，。；]{0,14}(?:局|委|办|部门|单位|政府)"
)
_COURTESY = re.compile(
    r"您好|你好|网友|尊敬的|市民|同志|先生|女士|感谢|谢谢|衷心|来信|留言|收悉|收到|回复如下|答复如下|支持|关注|理解|监督|欢迎|关心|特此|此复|“?UU\d+”?|"
    r"耐心|等待|留意|反馈|将会|及时|核实|核查|处理|办理|办复|调查|研究|督促|回复|答复|落实|反映|问题|情况|事项|我们|您|你|的|已|了|请|将|对|进行|"
    r"祝.{0,10}|\d{4}年\d{1,2}月\d{1,2}日|工作|详见|相关|单位|部门"
)
# So few characters besides courtesies and where it went: the reply says nothing else.
_SUBSTANCE = 40
_REFUSES = re.compile(
    r"不予(?:受理|许可|办理|批准|支持|认定|登记|公开|处罚|立案|补偿|支付)|不符合[^，。；]{0,20}(?:条件|规定|要求)|"
    r"(?:无法|不能)(?:为您|给予|予以|再)?(?:办理|受理|享受|认定|登记|申请|报销|批准)|驳回|处以[^，。；]{0,12}罚款|作出[^，。；]{0,12}处罚|终止办理"
)
# A rule quoted or a condition named refuses nobody.
_RULE = re.compile(r"(?:如|凡|对|若|否则|过期|逾期|下列|因|但|其中|均)[^，。；]{0,14}$")
_REMEDY = re.compile(r"复议|诉讼|起诉|复查|复核|申诉|仲裁|不服|有?异议|有疑问|法律途径|司法途径|司法程序")
_CONTENT = ("n", "v", "a", "i", "l", "j", "eng")
_EVERYWHERE = everywhere()


def unanswered(question: str, reply: str) -> Iterator[Finding]:
    """Questions of the letter none of whose matter the reply mentions, and a when without any day in the reply."""
    said = set(_content(reply))
    whole = reply
    for sentence in SENTENCE.finditer(question):
        asked = sentence.group().strip()
        if not _ASKS.search(asked) or _RHETORICAL.search(asked):
            continue
        start = sentence.start() + len(sentence.group()) - len(sentence.group().lstrip())
        end = start + len(asked)
        if _ASKS_WHEN.search(asked) and not DATE.search(whole):
            yield Finding(start, end, Kind.UNANSWERED, f"来信问“{_short(asked)}”，答复里没有时间。", of_question=True)
            continue
        words = _content(asked)
        if len(words) >= 2 and not any(word in said or word in whole for word in words):
            advice = f"来信问“{_short(asked)}”，答复里没有提到。请回答，或说明为什么不能答。"
            yield Finding(start, end, Kind.UNANSWERED, advice, of_question=True)


def _short(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:23]}……"


def _content(text: str) -> list[str]:
    return [word for word, tag in rjieba.tag(text) if len(word) > 1 and tag.startswith(_CONTENT) and word not in _EVERYWHERE]


def passed_on(reply: str) -> Iterator[Finding]:
    """A reply that says to whom the letter went and nothing about the matter."""
    passed = _PASSED.search(reply)
    if passed is None:
        return
    rest = "".join(sentence.group() for sentence in SENTENCE.finditer(reply) if not _PASSED.search(sentence.group()))
    if has_substance(rest):
        return
    advice = "“已转”不是答复。请等承办单位办完，写明调查和处理的结果；一时办不完的，写明哪一天答复。"
    yield Finding(*passed.span(), Kind.PASSED_ON, advice)


def has_substance(text: str) -> bool:
    """Whether a text says something beside courtesies."""
    return len(re.sub(r"\W", "", _COURTESY.sub("", text))) >= _SUBSTANCE


def refusals(reply: str) -> Iterator[Finding]:
    """A refusal that does not say where one may object."""
    if _REMEDY.search(reply):
        return
    refused = next((match for match in _REFUSES.finditer(reply) if not _RULE.search(reply[max(0, match.start() - 20) : match.start()])), None)
    if refused is not None:
        advice = "这是不利于来信人的决定，请告知救济途径：可以向谁申请复议、复查或提起诉讼，期限多长。"
        yield Finding(*refused.span(), Kind.NO_REMEDY, advice)
