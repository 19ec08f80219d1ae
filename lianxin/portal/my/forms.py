"""Forms of ``/my/``. What a deed refuses is shown at its field; what was typed stays."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from lianxin.foundation.errors import Refused
from lianxin.foundation.forms import PublicForm
from lianxin.identity import actions, numbers


def _by_rule(rule: Callable[[str], str], typed: str) -> str:
    """What ``rule`` makes of it, its refusal shown at the field."""
    try:
        return rule(typed)
    except Refused as refusal:
        raise ValidationError(str(refusal)) from None


class NamedForm(PublicForm):
    """A name and an identity number, looked at by rule at once so that all faults are shown together; the deeds look again."""

    def clean_name(self) -> str:
        """A name that can be one."""
        return _by_rule(numbers.person_name, self.cleaned_data["name"])

    def clean_number(self) -> str:
        """A number that can be one."""
        today = timezone.localdate()
        return _by_rule(lambda typed: numbers.identity_number(typed, today), self.cleaned_data["number"])


def _text(label: str, missing: str, help_text: str = "", **attributes: Any) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, max_length=200, error_messages={"required": missing}, widget=forms.TextInput(attrs=attributes)
    )


def _telephone(label: str = "手机号", help_text: str = "中国大陆的 11 位手机号") -> forms.CharField:
    attributes = {"type": "tel", "inputmode": "numeric", "autocomplete": "tel", "class": "digits"}
    return _text(label, "请填写手机号。", help_text, **attributes)


def _number(label: str) -> forms.CharField:
    attributes = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "digits"}
    return _text(label, "请填写身份证号。", "18 位，最后一位可以是 X。加密保存，页面上不会完整显示。", **attributes)


def _agree(label: str, missing: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, error_messages={"required": missing})


class TelephoneForm(PublicForm):
    """A telephone that a code goes to."""

    telephone = _telephone()


class CodeForm(PublicForm):
    """Six digits."""

    code = _text("验证码", "请填写短信里的 6 位验证码。", inputmode="numeric", autocomplete="one-time-code", **{"class": "digits code"})


class WelcomeForm(PublicForm):
    """What a newcomer agrees to, and whether a child signs up."""

    age = forms.ChoiceField(
        label="您的年龄",
        choices=[("grown", "已满 14 周岁"), ("minor", "不满 14 周岁，父母或其他监护人在旁边")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择年龄。", "invalid_choice": "请选择年龄。"},
    )
    version = forms.CharField(widget=forms.HiddenInput)
    agree = _agree("我已阅读并同意《个人信息处理说明》", "同意《个人信息处理说明》后才能使用账号。不同意也可以浏览网站上的全部内容。")

    def __init__(self, *args: Any, is_enterprise: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_enterprise:
            del self.fields["age"]


class ProfileForm(PublicForm):
    """How to address the person, and whether by short message."""

    display_name = forms.CharField(
        label="怎么称呼您",
        required=False,
        max_length=60,
        help_text="例如“李女士”。回复您时用；不填写就称“您好”。",
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    sms_notices = forms.BooleanField(label="办理有进展时，发短信告诉我", required=False)


class CitizenNameForm(NamedForm):
    """A citizen's name and number."""

    name = _text("姓名", "请填写姓名。", "和身份证上的一样", autocomplete="name")
    number = _number("身份证号")
    version = forms.CharField(widget=forms.HiddenInput)
    agree = _agree("我单独同意按《敏感个人信息单独同意书》处理我的身份证号", "没有您的单独同意，我们不能核验身份证号。")


class EnterpriseNameForm(NamedForm):
    """An enterprise and the person who acts for it."""

    enterprise_name = _text("企业名称", "请填写企业名称。", "营业执照上的全称", autocomplete="organization")
    enterprise_code = _text(
        "统一社会信用代码", "请填写统一社会信用代码。", "营业执照上的 18 位代码", autocomplete="off", spellcheck="false", **{"class": "digits"}
    )
    name = _text("经办人姓名", "请填写经办人姓名。", "和身份证上的一样", autocomplete="name")
    number = _number("经办人身份证号")
    version = forms.CharField(widget=forms.HiddenInput)
    agree = _agree("经办人单独同意按《敏感个人信息单独同意书》处理身份证号", "没有经办人的单独同意，我们不能核验身份证号。")

    def clean_enterprise_name(self) -> str:
        """A name that an enterprise can have."""
        return _by_rule(numbers.enterprise_name, self.cleaned_data["enterprise_name"])

    def clean_enterprise_code(self) -> str:
        """A code whose check digit is right."""
        return _by_rule(numbers.enterprise_code, self.cleaned_data["enterprise_code"])


class GuardianTelephoneForm(PublicForm):
    """The guardian's telephone."""

    telephone = _telephone("监护人的手机号", "验证码会发到这个手机上")


class GuardianForm(NamedForm):
    """A guardian's consent."""

    code = CodeForm.base_fields["code"]
    name = _text("监护人姓名", "请填写监护人姓名。", "和身份证上的一样", autocomplete="off")
    number = _text(
        "监护人身份证号", "请填写监护人身份证号。", "只用来核对一次，不保存。", autocomplete="off", spellcheck="false", **{"class": "digits"}
    )
    relationship = forms.ChoiceField(
        label="与孩子的关系",
        choices=[(name, name) for name in actions.RELATIONSHIPS],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择与孩子的关系。", "invalid_choice": "请选择与孩子的关系。"},
    )
    version = forms.CharField(widget=forms.HiddenInput)
    agree = _agree("我是孩子的监护人，已阅读并同意《监护人同意书》", "没有监护人的同意，孩子不能用这个账号办事。")

    def __init__(self, *args: Any, code_is_right: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if code_is_right:
            del self.fields["code"]


class DeleteForm(PublicForm):
    """The last question before an account goes."""

    agree = _agree("我明白注销后不能恢复，仍然要注销", "确实要注销，请先勾选这一项。")
