"""Forms of the public side. What a deed refuses is shown at its field; what was typed stays."""

from typing import Any

from django import forms

from lianxin.casework.actions.common import LONGEST_TEXT
from lianxin.casework.vocabulary import Visibility
from lianxin.foundation.forms import PublicForm
from lianxin.letters import channels, queries
from lianxin.letters.writing import Written
from lianxin.organisations.models import Organisation

VISIBILITIES = [
    (Visibility.ANONYMISED, "可以公开，不显示我的姓名（推荐：别人有同样的问题，也能看到答复）"),
    (Visibility.PUBLIC, "可以公开，显示我的姓，例如“王**”"),
    (Visibility.PRIVATE, "不公开，只答复我一个人"),
]
TO = [
    ("office", "我不确定，请帮我转给该管的单位"),
    ("unit", "写给一个单位"),
    ("leader", "写给一位领导（需要实名）"),
]


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """Any number of files, none at all too. What they are is looked at by the deed."""

    widget = _Files

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """The files as a list."""
        return [super(_FilesField, self).clean(one, initial) for one in (data or []) if one]


def files_field(label: str = "照片或文件") -> forms.Field:
    """A field for photographs and papers."""
    return _FilesField(
        label=label,
        required=False,
        allow_empty_file=True,
        help_text="最多 9 个。照片里的拍摄位置会自动去掉。",
        widget=_Files(attrs={"multiple": True, "accept": "image/jpeg,image/png,image/webp,.pdf,.doc,.docx,.wps"}),
    )


class _Text(forms.CharField):
    """A text in which signs that no keyboard makes are passed over, not complained about; the deeds clean it further."""

    def to_python(self, value: Any) -> str:
        """The text without them."""
        return str(super().to_python(value)).replace("\x00", "")


def _long(label: str, missing: str, rows: int = 9, help_text: str = "", **attributes: Any) -> forms.CharField:
    return _Text(
        label=label,
        help_text=help_text,
        max_length=LONGEST_TEXT,
        strip=True,
        error_messages={"required": missing, "max_length": "写了 %(show_value)s 字，请控制在 %(limit_value)s 字以内。可以把详细材料放在附件里。"},
        widget=forms.Textarea(attrs={"rows": rows, **attributes}),
    )


class LetterForm(PublicForm):
    """One box. Everything but the text may be left as it is."""

    text = _long("您要反映什么事？", "请写下您要反映的事。", help_text="说清楚什么时候、在哪里、什么事、希望怎么解决就好。不用写身份证号和银行卡号。")
    place = forms.CharField(
        label="地点（可以不填）",
        required=False,
        max_length=200,
        help_text="例如：青石县柳河镇中心小学门口",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": "地点请控制在 200 字以内。"},
    )
    attachments = files_field("照片或文件（可以不加）")
    subject = forms.CharField(
        label="标题（可以不填）",
        required=False,
        max_length=100,
        help_text="不填，就用您写的第一句话",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": "标题请控制在 100 字以内。"},
    )
    to = forms.ChoiceField(label="写给谁？", choices=TO, widget=forms.RadioSelect, error_messages={"required": "请选择写给谁。"})
    unit = forms.ChoiceField(label="哪个单位", required=False, error_messages={"invalid_choice": "请从列表里选择单位。"})
    leader = forms.ChoiceField(label="哪位领导", required=False, error_messages={"invalid_choice": "请从列表里选择领导。"})
    visibility = forms.ChoiceField(label="答复以后，能不能公开？", choices=VISIBILITIES, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [*TO, *channels.choices().items()]  # type: ignore[attr-defined]
        self.fields["unit"].choices = _unit_choices()  # type: ignore[attr-defined]
        self.fields["leader"].choices = _leader_choices()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A chosen way needs its goal."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("to") == "unit" and not found.get("unit") and "unit" not in self.errors:
            self.add_error("unit", "请选择写给哪个单位。不确定的话，请选第一项。")
        if found.get("to") == "leader" and not found.get("leader") and "leader" not in self.errors:
            self.add_error("leader", "请选择写给哪位领导。不确定的话，请选第一项。")
        return found

    def typed(self, before: Written) -> Written:
        """What was typed, valid or not, for the draft."""
        names = ("subject", "text", "place", "to", "leader", "unit", "visibility")
        given = {name: str(self.data.get(name, getattr(before, name))) for name in names}
        return Written(**given, name=before.name, join=before.join)


def _unit_choices() -> list[Any]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for unit in queries.boards():
        groups.setdefault(Organisation.Kind(unit.kind).label, []).append((unit.slug, unit.short_name))
    return [("", "请选择"), *groups.items()]


def _leader_choices() -> list[tuple[str, str]]:
    found = [("", "请选择")]
    for leader in queries.leaders():
        duties = leader.portfolio_text.splitlines()[0][:40] if leader.portfolio_text else ""
        found.append((leader.slug, f"{leader} {leader.post.title}" + (f"（{duties}）" if duties else "")))
    return found


class GuestForm(PublicForm):
    """Who a guest is: a telephone, and a name as he likes."""

    telephone = forms.CharField(
        label="您的手机号",
        max_length=40,
        help_text="用来确认是您本人，有了答复通知您。不会公开。",
        error_messages={"required": "请填写手机号。"},
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "numeric", "autocomplete": "tel", "class": "digits"}),
    )
    name = forms.CharField(
        label="怎么称呼您（可以不填）",
        required=False,
        max_length=40,
        help_text="例如：王女士",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    agree = forms.BooleanField(label="我已阅读并同意《个人信息处理说明》", error_messages={"required": "同意《个人信息处理说明》后才能提交。"})


class CodeForm(PublicForm):
    """Six digits."""

    code = forms.CharField(
        label="验证码",
        max_length=40,
        error_messages={"required": "请填写短信里的 6 位验证码。"},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "digits code"}),
    )


class FollowForm(PublicForm):
    """Number and secret of a receipt."""

    number = forms.CharField(
        label="编号",
        max_length=60,
        help_text="例如 SZXX2026000001",
        error_messages={"required": "请填写回执上的编号。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "digits"}),
    )
    secret = forms.CharField(
        label="查询码",
        max_length=80,
        help_text="四组字母和数字，大小写和横线都可以不管",
        error_messages={"required": "请填写回执上的查询码。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "digits"}),
    )


class TellForm(PublicForm):
    """Something to add, or an answer to a question."""

    text = _long("内容", "请写下要补充的内容。", rows=5)
    attachments = files_field("照片或文件（可以不加）")


class RateForm(PublicForm):
    """How satisfied the writer is."""

    score = forms.TypedChoiceField(
        label="您对这次办理满意吗？",
        coerce=int,
        choices=list(queries.SCORES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择满意程度。", "invalid_choice": "请选择满意程度。"},
    )
    comment = forms.CharField(label="想说的话（可以不填）", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class ReasonForm(PublicForm):
    """Why the writer objects."""

    reason = _long("哪里没有解决？", "请写明哪里没有解决，或者为什么不同意。", rows=4)
