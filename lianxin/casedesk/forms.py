"""Forms of the deeds. Each is made for a case (``view``) and, where there is one, its target; what a deed refuses is shown in the form."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone

from lianxin.casework.models import Assignment, CaseLink, Delivery, FollowUp
from lianxin.casework.rights import UNIT_ROLES, Role
from lianxin.casework.vocabulary import Visibility
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation, Post, Section

if TYPE_CHECKING:
    from lianxin.casedesk.view import CaseView

LONGEST = 2000


def text(label: str, *, rows: int = 3, required: bool = True, longest: int = LONGEST, **more: Any) -> forms.CharField:
    """A field of several lines."""
    return forms.CharField(label=label, required=required, max_length=longest, widget=forms.Textarea(attrs={"rows": rows}), **more)


def unit(label: str, *, required: bool = True, **more: Any) -> forms.ModelChoiceField:
    """One of the units of today."""
    return forms.ModelChoiceField(Organisation.objects.filter(ended_on__isnull=True).order_by("path"), label=label, required=required, **more)


def units(label: str) -> forms.ModelMultipleChoiceField:
    """Some of the units of today."""
    queryset = Organisation.objects.filter(ended_on__isnull=True).order_by("path")
    return forms.ModelMultipleChoiceField(queryset, label=label, required=False, widget=forms.SelectMultiple(attrs={"size": 4}))


def day(label: str, **more: Any) -> forms.DateField:
    """A day."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


class LeaderChoice(forms.ModelChoiceField):
    """A leader in office, with name and title."""

    def label_from_instance(self, obj: Any) -> str:
        """林清和（市长）."""
        return f"{obj.user}（{obj.title or obj.organisation}）"


def leader(label: str = "呈送给", **more: Any) -> LeaderChoice:
    """One of the leaders in office."""
    return LeaderChoice(Post.objects.none(), label=label, **more)


def leaders() -> Any:
    """The leaders in office today, the highest first."""
    return organisations.in_force().filter(role=Role.LEADER).select_related("user", "organisation").order_by("organisation__path", "starts_on", "pk")


class DeedForm(forms.Form):
    """A form for a deed on one case."""

    def __init__(self, view: "CaseView", target: Any = None, data: Any = None, prefix: str | None = None) -> None:
        super().__init__(data, auto_id=f"{prefix or 'id'}_%s")
        self.view, self.target = view, target
        self.prepare()

    def prepare(self) -> None:
        """Fill in choices and proposals."""


class SectionForm(DeedForm):
    section = forms.ModelChoiceField(Section.objects.none(), label="科室", required=False)
    handler = forms.ModelChoiceField(User.objects.none(), label="经办人", required=False)

    def prepare(self) -> None:
        """Sections and people of the unit that has the part."""
        unit = self.target.organisation
        people = {person.pk for role in UNIT_ROLES for person in organisations.actors(role, [unit.pk])[unit.pk]}
        self.fields["section"].queryset = Section.objects.filter(organisation=unit)
        self.fields["handler"].queryset = User.objects.filter(pk__in=people).order_by("name")
        self.initial = {"section": self.target.section_id, "handler": self.target.handler_id or self.view.user.pk}


class ReturnForm(DeedForm):
    reason = text("退单理由", help_text="写明依据哪条职责不属于本单位。只能退一次，办公室的裁定为最终决定；期限照常计算。")
    suggested = unit("建议由哪个单位办理", required=False)


class RulingForm(DeedForm):
    to = unit("改由", required=False, empty_label="维持原单位办理")
    ruling = text("裁定意见")

    def prepare(self) -> None:
        """What the unit suggested stands first."""
        self.initial = {"to": self.target.suggested_id}


class ReasonForm(DeedForm):
    reason = text("理由")


class TextForm(DeedForm):
    text = text("内容")


class QuestionForm(DeedForm):
    text = text("请反映人补充什么", help_text="反映人补充之前，期限暂停计算。一次把需要的都写全。")


class OpinionForm(DeedForm):
    text = text("协办意见", rows=5, longest=20000, help_text="交给主办单位，由它统一答复反映人。")


class ReportForm(DeedForm):
    text = text("办理情况", rows=8, longest=20000)

    def prepare(self) -> None:
        """Who reads it, and whether somebody outside waits for an answer."""
        after = "；由它答复反映人" if self.view.kind.has_petitioner else ""
        self.fields["text"].help_text = f"交给{self.view.case.office}审核{after}。"


class ExtensionForm(DeedForm):
    days = forms.IntegerField(label="延长天数", min_value=1, max_value=60, initial=3)
    reason = text("理由", help_text="分管领导同意之前，请先向反映人发出阶段性答复。")


class AssignForm(DeedForm):
    lead = unit("主办单位", required=False)
    co = units("协办单位")
    copies = units("抄送")
    manner = forms.ChoiceField(label="方式", choices=[("pass", "转办：单位直接答复反映人"), ("report", "交办：单位报结，由本中心答复")])
    opinion = text("拟办意见", required=False)

    def prepare(self) -> None:
        """A case that has a lead takes co-handlers only."""
        if any(part.role == Assignment.Role.LEAD and part.state != Assignment.State.ENDED for part in self.view.parts):
            del self.fields["lead"]


class DeclineForm(DeedForm):
    reason = text("不予受理的原因")
    where_to = forms.CharField(label="可以向哪里反映", max_length=200)


class LeaderForm(DeedForm):
    leader = leader()
    reason = text("呈送意见")

    def prepare(self) -> None:
        """Whom the letter is addressed to, or who answers for the lead unit, stands first."""
        self.fields["leader"].queryset = leaders()
        case = self.view.case
        first = case.addressed_to or (organisations.leader_in_charge(case.lead) if case.lead else None)
        self.initial = {"leader": first.pk if first else None}


class MainForm(DeedForm):
    main = forms.CharField(label="并入哪一件（编号）", max_length=40)
    title = forms.CharField(
        label="向市民公开的事项名称（可不填）",
        required=False,
        max_length=100,
        help_text="写在这里的名称，其他市民写同一件事时会看到，可以选择一并答复。请用自己的话，不要写姓名和门牌。",
    )


class VisibilityForm(DeedForm):
    visibility = forms.ChoiceField(label="公开方式", choices=Visibility.choices)

    def prepare(self) -> None:
        """As it is now."""
        self.initial = {"visibility": self.view.case.visibility}


class SealForm(DeedForm):
    unit = unit("反映的单位", help_text="这个单位和下属单位的人从此看不到这件，也不能办理它。不能撤销。")


class LinkForm(DeedForm):
    other = forms.CharField(label="另一件的编号", max_length=40)
    relation = forms.ChoiceField(label="关系", choices=CaseLink.Relation.choices)


class FollowUpForm(DeedForm):
    result = forms.ChoiceField(label="结果", choices=FollowUp.Result.choices)
    note = text("记录", required=False)


class DeliveryForm(DeedForm):
    way = forms.ChoiceField(label="方式", choices=Delivery.Way.choices)
    delivered_on = day("送达日期")
    receipt = forms.CharField(label="回执或单号", max_length=200, required=False)

    def prepare(self) -> None:
        """Mostly it was today."""
        self.initial = {"delivered_on": timezone.localdate()}


class PurposeForm(DeedForm):
    purpose = forms.CharField(label="查看目的", max_length=100, help_text="每次查看都会留下记录，反映人能看到谁在什么时候看过。")


def promise_rows(data: Any) -> list[tuple[str, str]]:
    """The rows ``promise_text`` and ``promise_day`` of a form as they were typed, empty ones too."""
    return list(zip(data.getlist("promise_text"), data.getlist("promise_day"), strict=False))


def promise_fault(data: Any) -> str:
    """What is wrong with the promises' rows as they were typed, as a Chinese sentence; empty when nothing is.

    Asked before a reply goes to whoever signs: he cannot know which day the writer meant.
    """
    for what, when in promise_rows(data):
        if not what.strip() and not when.strip():
            continue
        if not what.strip():
            return "有一条承诺只有日期，请写明承诺什么，或者去掉日期。"
        try:
            on = date.fromisoformat(when.strip())
        except ValueError:
            return f"承诺“{what.strip()[:20]}”还没有兑现日期，请补上；不算承诺的请去掉。"
        if on <= timezone.localdate():
            return "承诺的兑现日期应在今天之后，请改正。"
    return ""


def promises_of(data: Any) -> list[tuple[str, date]]:
    """The promises in a form's rows ``promise_text`` and ``promise_day``; rows without both are left out."""
    found = []
    for what, when in promise_rows(data):
        try:
            on = date.fromisoformat(when.strip())
        except ValueError:
            continue
        if what.strip():
            found.append((what.strip()[:500], on))
    return found[:10]
