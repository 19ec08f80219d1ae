"""Forms of the public side. What a deed refuses is shown at its field; what was typed stays."""

import secrets
from dataclasses import replace
from typing import Any

from django import forms

from lianxin.casework.actions.common import LONGEST_TEXT
from lianxin.foundation.forms import PublicForm
from lianxin.letters import queries as choices
from lianxin.letters.forms import FollowForm, files_field
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation
from lianxin.petitions.kinds import COMPLAINT, ENQUIRY, PETITION, REPORT
from lianxin.petitions.writing import Content

KINDS = [
    (PETITION, "信访事项：提出建议、意见，或者请求解决问题（需要实名）"),
    (COMPLAINT, "投诉：对服务、收费、质量等不满意"),
    (ENQUIRY, "咨询：问政策、问怎么办"),
    (REPORT, "检举：单位或工作人员违纪、违规、失职（可以不留名）"),
]
_TOO_LONG = "写了 %(show_value)s 字，请控制在 %(limit_value)s 字以内。可以把详细材料放在附件里。"


def _line(label: str, longest: int, help_text: str = "", autocomplete: str = "off") -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=longest, help_text=help_text, widget=forms.TextInput(attrs={"autocomplete": autocomplete})
    )


class WriteForm(PublicForm):
    """Everything on one page; a guest says how to reach him below."""

    kind = forms.ChoiceField(
        label="要办什么事？",
        choices=KINDS,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择要办什么事。", "invalid_choice": "请选择要办什么事。"},
    )
    text = forms.CharField(
        label="什么事，希望怎么解决？",
        max_length=LONGEST_TEXT,
        help_text="时间、地点、谁、什么事、有什么依据。不用写身份证号和银行卡号。",
        widget=forms.Textarea(attrs={"rows": 9}),
        error_messages={"required": "请写下您要反映的事。", "max_length": _TOO_LONG},
    )
    subject = _line("标题（可以不填）", 100, "不填，就用您写的第一句话")
    place = _line("地点（可以不填）", 200)
    about = forms.ChoiceField(
        label="检举谁（只有检举要选）",
        required=False,
        help_text="被检举的单位和领导看不到这件，也查不到它。列表里没有的，选他所在的单位。",
        error_messages={"invalid_choice": "请从列表里选择。"},
    )
    nameless = forms.BooleanField(
        label="不留名（只有检举可以）", required=False, help_text="不记姓名、电话和账号。请保管好查询码，我们没有别的办法找到您。"
    )
    attachments = files_field("照片或文件（可以不加）")
    name = _line("怎么称呼您（可以不填）", 40, "例如：王女士", "name")
    telephone = forms.CharField(
        label="您的手机号",
        max_length=40,
        required=False,
        help_text="用来确认是您本人。不会公开。",
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "numeric", "autocomplete": "tel", "class": "digits"}),
    )
    agree = forms.BooleanField(label="我已阅读并同意《个人信息处理说明》", required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, is_guest: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_guest = is_guest
        self.fields["about"].choices = _targets()

    def clean(self) -> dict[str, Any]:
        """What belongs to a report alone, and how a guest is reached."""
        given: dict[str, Any] = super().clean() or {}
        kind = given.get("kind")
        if kind and kind != REPORT:
            if given.get("about"):
                self.add_error("kind", "选了被检举的对象，请在上面选“检举”：它只给办理的人看。不是检举的，请把对象改回“没有”。")
            if given.get("nameless"):
                self.add_error("nameless", "只有检举可以不留名。请取消这一项，或者在上面选“检举”。")
        if self.is_guest and kind in (COMPLAINT, ENQUIRY, REPORT) and not given.get("nameless"):
            if not given.get("telephone"):
                self.add_error("telephone", "请填写手机号。" + ("不愿留的，请勾选“不留名”。" if kind == REPORT else ""))
            if not given.get("agree"):
                self.add_error("agree", "同意《个人信息处理说明》后才能提交。")
        return given

    def typed(self, before: Content) -> Content:
        """What was typed, valid or not, for the draft; the telephone is not kept with it."""
        given = {name: str(self.data.get(name, getattr(before, name))).replace("\x00", "") for name in ("subject", "text", "place", "about", "name")}
        kind = str(self.data.get("kind", before.kind))
        return replace(before, **given, kind=kind if kind in dict(KINDS) else before.kind, nameless="nameless" in self.data)


def _targets() -> list[Any]:
    leaders = [(f"leader:{row.slug}", f"{row} {row.post.title}") for row in choices.leaders()]
    groups: dict[str, list[tuple[str, str]]] = {}
    for unit in organisations.current_units():
        groups.setdefault(Organisation.Kind(unit.kind).label, []).append((f"unit:{unit.slug}", unit.short_name or unit.name))
    return [("", "没有"), *([("领导", leaders)] if leaders else []), *groups.items()]


class ReviewForm(FollowForm):
    """Against which answer, and why."""

    token = forms.CharField(min_length=16, max_length=128, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="为什么不服？",
        max_length=LONGEST_TEXT,
        help_text="答复哪里不对、有什么依据、希望怎么改。",
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "请写明为什么不服。", "max_length": _TOO_LONG},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("token", secrets.token_urlsafe(24))
