"""The words of the engine: stages, visibility, channels, and the standard table of transitions that kinds start from."""

from types import MappingProxyType

from django.db import models


class Stage(models.TextChoices):
    """Where a case stands; few, and shared by all kinds."""

    SUBMITTED = "submitted", "已提交"
    SCREENED = "screened", "已登记"
    DECLINED = "declined", "不予受理"
    ACCEPTED = "accepted", "已受理"
    ASSIGNED = "assigned", "已交办"
    HANDLING = "handling", "办理中"
    AWAITING = "awaiting_citizen", "待反映人补充"
    REPLIED = "replied", "已答复"
    CLOSED = "closed", "已办结"
    REOPENED = "reopened", "重新办理"
    WITHDRAWN = "withdrawn", "已撤回"


OPEN_STAGES = (Stage.SUBMITTED, Stage.SCREENED, Stage.ACCEPTED, Stage.ASSIGNED, Stage.HANDLING, Stage.AWAITING, Stage.REOPENED)
"""Somebody still owes an answer."""


class Visibility(models.TextChoices):
    """How much the public may see, once publicity is decided."""

    PUBLIC = "public", "公开"
    ANONYMISED = "anonymised", "隐去姓名公开"
    PRIVATE = "private", "不公开"


class Publicity(models.TextChoices):
    """Whether cases of a kind become public."""

    AFTER_CHECK = "after_check", "审核后公开"
    NEVER = "never", "不公开"


class PublicDecision(models.TextChoices):
    """What was decided about one case."""

    UNDECIDED = "undecided", "未定"
    OPEN = "open", "公开"
    CLOSED = "closed", "不公开"


class Channel(models.TextChoices):
    WEB = "web", "网站"
    TELEPHONE = "telephone", "电话"
    PAPER = "paper", "来信"
    VISIT = "visit", "来访"
    API = "api", "接口"
    INTERNAL = "internal", "内部"


class Identity(models.TextChoices):
    """What a petitioner has shown of himself."""

    NONE = "none", "未核实"
    TELEPHONE = "telephone", "手机已核实"
    REAL_NAME = "real_name", "实名"


IDENTITY_ORDER = (Identity.NONE, Identity.TELEPHONE, Identity.REAL_NAME)

STANDARD_OUTCOMES = MappingProxyType(
    {
        "solved": "已解决",
        "explained": "已解释说明",
        "planned": "列入计划",
        "impossible": "暂不能解决",
        "adopted": "采纳",
        "partly": "部分采纳",
        "reference": "留作参考",
    }
)

# A table for people: deed, the stages in which it may be done, the stage after it ("=" leaves the stage as it is).
_STANDARD = """
screen              submitted                                                             screened
accept              submitted screened                                                    accepted
decline             submitted screened accepted reopened                                  declined
assign              submitted screened accepted assigned                                  assigned
assign              reopened                                                              assigned
assign              handling awaiting_citizen                                             =
sign_for            assigned reopened                                                     handling
sign_for            handling                                                              =
sign_for_part       assigned handling awaiting_citizen reopened                           =
hand_to_section     handling awaiting_citizen reopened                                    =
return_assignment   assigned handling awaiting_citizen reopened                           =
rule_on_return      assigned handling awaiting_citizen reopened                           =
finish_part         assigned handling awaiting_citizen reopened                           =
ask_citizen         accepted assigned handling                                            awaiting_citizen
citizen_answered    awaiting_citizen                                                      handling
draft_reply         submitted screened accepted assigned handling awaiting_citizen reopened =
review_reply        submitted screened accepted assigned handling awaiting_citizen reopened =
approve_reply       submitted screened accepted assigned handling awaiting_citizen reopened =
send_back_reply     submitted screened accepted assigned handling awaiting_citizen reopened =
interim_reply       submitted screened accepted assigned handling awaiting_citizen reopened =
publish_reply       submitted screened accepted assigned handling awaiting_citizen reopened replied
report_back         handling                                                              =
accept_report       handling                                                              =
send_back_report    handling                                                              =
ask_instruction     submitted screened accepted assigned handling awaiting_citizen reopened =
instruct            submitted screened accepted assigned handling awaiting_citizen reopened replied closed =
extend_clock        submitted screened accepted assigned handling awaiting_citizen reopened =
remind              submitted screened accepted assigned handling awaiting_citizen reopened =
supervise           submitted screened accepted assigned handling awaiting_citizen reopened =
follow_up           replied closed                                                        =
rate                replied closed                                                        =
object_once         replied closed declined                                               reopened
reopen              replied closed declined                                               reopened
miss_promise        replied closed                                                        reopened
withdraw            submitted screened accepted assigned handling awaiting_citizen reopened withdrawn
add_information     submitted screened accepted assigned handling awaiting_citizen reopened =
join_cluster        submitted screened accepted                                           accepted
answer_cluster      replied closed                                                        =
answer_member       submitted screened accepted reopened                                  replied
finish              replied                                                               closed
decide_public       replied closed                                                        =
"""

STEADY = frozenset(
    {
        "add_note",
        "breach",
        "close_supervision",
        "erase",
        "forget_petitioner",
        "link_cases",
        "open_cluster",
        "propose_supervision",
        "recompute",
        "record_delivery",
        "redact",
        "read_petitioner",
        "seal",
        "set_visibility",
        "settle_promise",
        "transfer",
    }
)
"""Deeds of the engine that are possible in every stage and never change it."""


def transitions(text: str) -> dict[tuple[str, str], str]:
    """Read a table of transitions: one line ``deed  stage stage …  stage-after``; ``=`` leaves the stage as it is.

    Raises ValueError for a stage that does not exist or a line that says two things about one deed in one stage.
    """
    table: dict[tuple[str, str], str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        deed, *befores, after = line.split()
        for before in befores:
            to = before if after == "=" else after
            Stage(before), Stage(to)
            if table.setdefault((before, deed), to) != to:
                raise ValueError(f"{deed} in {before} leads to {table[before, deed]} and to {to}")
    return table


STANDARD = MappingProxyType(transitions(_STANDARD))
