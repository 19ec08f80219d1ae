"""The deeds that the page of a case offers: when, to whom, with which form. The engine checks every right again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lianxin.casedesk import actions as desk
from lianxin.casedesk import forms, queries
from lianxin.casedesk.view import CaseView
from lianxin.casework import actions
from lianxin.casework.models import Assignment, Case, Message, Promise
from lianxin.casework.vocabulary import Publicity, Stage
from lianxin.foundation.errors import Refused

Part, Manner = Assignment.State, Assignment.Manner
LEAD = Assignment.Role.LEAD


@dataclass(frozen=True)
class Deed:
    """One deed of the page. ``targets`` gives what it may be done to now: ``[None]`` for the case itself, nothing when it is not offered."""

    name: str
    label: str
    form: type[forms.DeedForm]
    targets: Callable[[CaseView], list[Any]]
    do: Callable[[CaseView, Any, dict[str, Any], int | None], object]
    done: str
    group: str
    main: bool = False
    danger: bool = False


def _case(offered: Callable[[CaseView], bool]) -> Callable[[CaseView], list[Any]]:
    return lambda view: [None] if offered(view) else []


def _parts(deed: str, offered: Callable[[CaseView, Assignment], bool]) -> Callable[[CaseView], list[Any]]:
    return lambda view: [part for part in view.mine if view.can(deed) and offered(view, part)]


def _signable(view: CaseView) -> list[Any]:
    deeds = {Assignment.Role.LEAD: "sign_for"}
    open_ = [part for part in view.mine if part.state in (Part.OFFERED, Part.RULED)]
    return [part for part in open_ if view.can(deeds.get(Assignment.Role(part.role), "sign_for_part"))]


def _office_parts(deed: str, state: str) -> Callable[[CaseView], list[Any]]:
    return lambda view: [part for part in view.parts if view.is_office and view.can(deed) and part.is_open and part.state == state]


def _other(view: CaseView, number: str) -> Case:
    found = queries.official(view.user).filter(number=number.strip().upper()).first()
    if found is None:
        raise Refused(f"没有找到编号为 {number.strip()} 的件，请核对。")
    return found


def _sent(view: CaseView) -> list[Any]:
    own = view.is_office or view.case.lead_id in view.standing.units
    return [row for row in view.thread if own and row.kind in (Message.Kind.REPLY, Message.Kind.INTERIM)]


def _keepable(view: CaseView) -> list[Any]:
    own = view.is_office or view.case.lead_id in view.standing.units
    return [row for row in view.promises if own and row.state == Promise.State.OPEN]


def _may_remind(view: CaseView) -> bool:
    return view.can("remind") and any(part.is_open for part in view.parts) and (view.is_office or view.is_supervisor or view.is_leader)


def _may_reopen(view: CaseView) -> bool:
    over = view.case.stage in (Stage.REPLIED, Stage.CLOSED, Stage.DECLINED)
    return over and view.can("reopen") and (view.is_office or view.is_supervisor or view.is_leader)


def _may_answer_all(view: CaseView) -> bool:
    own = view.is_office or view.case.lead_id in view.standing.units
    return own and view.can("answer_cluster") and view.waits_for_it


def _may_follow_up(view: CaseView) -> bool:
    handled = {part.organisation_id for part in view.parts if part.role != Assignment.Role.COPY}
    return view.can("follow_up") and (view.is_office or view.is_operator or view.is_supervisor) and not view.standing.units & handled


DEEDS = {
    deed.name: deed
    for deed in (
        # --- a unit ---
        Deed(
            "sign-for",
            "签收",
            forms.DeedForm,
            _signable,
            lambda view, part, data, version: actions.sign_for(view.user, view.case, part, version=version),
            "已签收，请交科室办理或直接起草答复。",
            "unit",
            main=True,
        ),
        Deed(
            "return",
            "退单",
            forms.ReturnForm,
            _parts("return_assignment", lambda view, part: part.state == Part.OFFERED and part.returned_at is None),
            lambda view, part, data, version: actions.return_assignment(
                view.user, view.case, part, data["reason"], suggested=data["suggested"], version=version
            ),
            "已申请退单，等待裁定；期限照常计算。",
            "unit",
            danger=True,
        ),
        Deed(
            "section",
            "交科室、经办人",
            forms.SectionForm,
            _parts("hand_to_section", lambda view, part: part.state == Part.ACCEPTED),
            lambda view, part, data, version: actions.hand_to_section(
                view.user, view.case, part, section=data["section"], handler=data["handler"], version=version
            ),
            "已交办到人。",
            "unit",
        ),
        Deed(
            "report",
            "报结",
            forms.ReportForm,
            _parts(
                "report_back",
                lambda view, part: (
                    part.state == Part.ACCEPTED and part.manner == Manner.REPORT and (part.role == LEAD or not view.can("finish_part"))
                ),
            ),
            lambda view, part, data, version: actions.report_back(view.user, view.case, part, data["text"], version=version),
            "已报结，等待审核。",
            "unit",
            main=True,
        ),
        Deed(
            "opinion",
            "协办意见",
            forms.OpinionForm,
            _parts("finish_part", lambda view, part: part.state == Part.ACCEPTED and part.role == Assignment.Role.CO),
            lambda view, part, data, version: actions.finish_part(view.user, view.case, part, data["text"], version=version),
            "协办意见已交给主办单位。",
            "unit",
            main=True,
        ),
        Deed(
            "ask",
            "请反映人补充",
            forms.QuestionForm,
            _case(lambda view: view.can("ask_citizen") and view.writes_as is not None),
            lambda view, target, data, version: actions.ask_citizen(view.user, view.case, data["text"], version=version),
            "已请反映人补充，期限暂停计算。",
            "unit",
        ),
        Deed(
            "ask-extension",
            "申请延期",
            forms.ExtensionForm,
            _case(lambda view: view.can("ask_instruction") and bool(view.mine) and view.running is not None and view.running.breached_at is None),
            lambda view, target, data, version: desk.ask_extension(
                view.user, view.case, _running(view), data["days"], data["reason"], version=version
            ),
            "已呈分管领导审批。",
            "unit",
        ),
        Deed(
            "note",
            "内部备注",
            forms.TextForm,
            _case(lambda view: bool(view.mine) or view.is_office),
            lambda view, target, data, version: actions.add_note(view.user, view.case, data["text"], version=version),
            "已记下，只有本单位看得到。",
            "unit",
        ),
        Deed(
            "keep-promise",
            "承诺已兑现",
            forms.DeedForm,
            _keepable,
            lambda view, promise, data, version: actions.keep_promise(view.user, view.case, promise, version=version),
            "已登记兑现。",
            "unit",
        ),
        Deed(
            "deliver",
            "登记送达",
            forms.DeliveryForm,
            _sent,
            lambda view, message, data, version: actions.record_delivery(
                view.user, view.case, message, data["way"], data["delivered_on"], data["receipt"], version=version
            ),
            "已登记送达。",
            "unit",
        ),
        # --- the office ---
        Deed(
            "rule",
            "裁定退单",
            forms.RulingForm,
            _office_parts("rule_on_return", Part.RETURNED),
            lambda view, part, data, version: desk.rule(view.user, view.case, part, data["to"], data["ruling"], version=version),
            "已裁定，裁定为最终决定。",
            "office",
            main=True,
        ),
        Deed(
            "accept-report",
            "同意报结",
            forms.DeedForm,
            _office_parts("accept_report", Part.REPORTED),
            lambda view, part, data, version: actions.accept_report(view.user, view.case, part, version=version),
            "已同意报结。",
            "office",
            main=True,
        ),
        Deed(
            "send-back-report",
            "退回报结",
            forms.ReasonForm,
            _office_parts("send_back_report", Part.REPORTED),
            lambda view, part, data, version: actions.send_back_report(view.user, view.case, part, data["reason"], version=version),
            "已退回，期限照常计算。",
            "office",
            danger=True,
        ),
        Deed(
            "assign",
            "交给单位",
            forms.AssignForm,
            _case(lambda view: view.is_office and view.can("assign")),
            lambda view, target, data, version: desk.give(
                view.user,
                view.case,
                data.get("lead"),
                co=tuple(data["co"]),
                copies=tuple(data["copies"]),
                manner=data["manner"],
                opinion=data["opinion"],
                version=version,
            ),
            "已交给单位。",
            "office",
        ),
        Deed(
            "ask-leader",
            "呈领导批示",
            forms.LeaderForm,
            _case(lambda view: view.is_office and view.can("ask_instruction")),
            lambda view, target, data, version: actions.ask_instruction(view.user, view.case, data["leader"], data["reason"], version=version),
            "已呈送。",
            "office",
        ),
        Deed(
            "remind",
            "催办",
            forms.TextForm,
            _case(_may_remind),
            lambda view, target, data, version: desk.press(view.user, view.case, data["text"]),
            "已催办。",
            "office",
        ),
        Deed(
            "join",
            "并入另一件",
            forms.MainForm,
            _case(lambda view: view.is_office and view.can("join_cluster") and view.cluster is None and view.case.cluster_id is None),
            lambda view, target, data, version: desk.join(view.user, view.case, _other(view, data["main"]), data["title"], version=version),
            "已并入，将与那一件一并答复。",
            "office",
        ),
        Deed(
            "answer-all",
            "统一答复并入的办件",
            forms.DeedForm,
            _case(_may_answer_all),
            lambda view, target, data, version: desk.answer_for_all(view.user, view.case, version=version),
            "正在逐件答复。",
            "office",
            main=True,
        ),
        Deed(
            "decline",
            "不予受理",
            forms.DeclineForm,
            _case(lambda view: view.is_office and view.can("decline")),
            lambda view, target, data, version: desk.turn_away(view.user, view.case, data["reason"], data["where_to"], version=version),
            "已告知反映人不予受理的原因和去处。",
            "office",
            danger=True,
        ),
        Deed(
            "visibility",
            "修改公开方式",
            forms.VisibilityForm,
            _case(lambda view: view.is_office and view.kind.publicity != Publicity.NEVER),
            lambda view, target, data, version: actions.set_visibility(view.user, view.case, data["visibility"], version=version),
            "已修改。",
            "office",
        ),
        Deed(
            "link",
            "关联另一件",
            forms.LinkForm,
            _case(lambda view: view.is_office),
            lambda view, target, data, version: actions.link_cases(
                view.user, view.case, _other(view, data["other"]), data["relation"], version=version
            ),
            "已关联。",
            "office",
        ),
        Deed(
            "seal",
            "设定回避",
            forms.SealForm,
            _case(lambda view: view.is_office),
            lambda view, target, data, version: actions.seal(view.user, view.case, data["unit"], version=version),
            "已设定回避。",
            "office",
            danger=True,
        ),
        Deed(
            "follow-up",
            "登记回访",
            forms.FollowUpForm,
            _case(_may_follow_up),
            lambda view, target, data, version: actions.follow_up(view.user, view.case, data["result"], data["note"], version=version),
            "已登记。",
            "office",
        ),
        Deed(
            "reopen",
            "重新办理",
            forms.ReasonForm,
            _case(_may_reopen),
            lambda view, target, data, version: actions.reopen(view.user, view.case, data["reason"], version=version),
            "已重新办理。",
            "office",
            danger=True,
        ),
    )
}


def register_deed(deed: Deed) -> Deed:
    """Offer a deed of a room above on the page of a case."""
    DEEDS[deed.name] = deed
    return deed


def _running(view: CaseView) -> Any:
    if view.running is None:
        raise Refused("这个时限没有在计时，不能延长。")
    return view.running
