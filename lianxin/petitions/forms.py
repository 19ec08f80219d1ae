"""Forms of the bureau's counter."""

import secrets
from typing import Any

from django import forms
from django.utils import timezone

from lianxin.casedesk.forms import day, leaders, text, unit
from lianxin.casework import kinds
from lianxin.casework.actions import PetitionerData
from lianxin.casework.actions.common import LONGEST_TEXT
from lianxin.casework.vocabulary import Channel, Identity
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation
from lianxin.petitions.actions.taking import COUNTER
from lianxin.petitions.kinds import COMPLAINT, ENQUIRY, PETITION, REPORT, REVIEW

REGISTERED = (PETITION, COMPLAINT, ENQUIRY, REPORT, REVIEW)


def _names() -> list[tuple[str, str]]:
    return [(code, "复查、复核" if code == REVIEW else kinds.kind(code).name) for code in REGISTERED]


class RegisterForm(forms.Form):
    """What came on paper, in person or by telephone."""

    use_required_attribute = False
    token = forms.CharField(min_length=16, max_length=128, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label="类别", help_text="对答复不服的，选“复查、复核”，填写原件编号。")
    channel = forms.ChoiceField(label="来的方式", choices=[(one.value, Channel(one).label) for one in COUNTER])
    received_on = day("收到日期", help_text="登记、告知和办理期限都从这一天起算。")
    subject = forms.CharField(label="标题", max_length=100, required=False, help_text="一句话说清要解决什么。复查、复核不用填。")
    text = text("内容", rows=8, longest=LONGEST_TEXT, help_text="照录来信，或者按来访人的话写。")
    place = forms.CharField(label="地点", max_length=200, required=False)
    earlier = forms.CharField(label="原件编号", max_length=40, required=False, help_text="只有复查、复核要填，例如 XF2026000001。")
    about_unit = unit("检举的单位", required=False, help_text="只有检举要填。这个单位的人看不到这件，也查不到它。")
    about_leader = forms.ModelChoiceField(leaders(), label="检举的领导", required=False)
    name = forms.CharField(label="姓名", max_length=60, required=False, help_text="检举可以不留名。")
    phone = forms.CharField(label="电话", max_length=40, required=False)
    address = forms.CharField(label="住址", max_length=200, required=False, help_text="书面答复寄到这里。")
    seen = forms.BooleanField(label="已核对身份证件", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.initial.setdefault("token", secrets.token_urlsafe(24))
        self.initial.setdefault("received_on", timezone.localdate())
        self.fields["kind"].choices = _names()
        self.fields["about_leader"].queryset = leaders()

    def clean(self) -> dict[str, Any]:
        """What a kind needs, and what does not belong to it."""
        given: dict[str, Any] = super().clean() or {}
        kind = given.get("kind")
        if kind == REVIEW and not given.get("earlier"):
            self.add_error("earlier", "请填写要复查、复核的原件编号，它写在答复意见书和回执上。")
        if kind and kind != REVIEW:
            if not given.get("subject"):
                self.add_error("subject", "请填写标题。")
            if given.get("earlier"):
                self.add_error("kind", "填了原件编号，应登记为“复查、复核”；不是对那件答复不服的，请清空编号。")
        if given.get("about_unit") and given.get("about_leader"):
            self.add_error("about_leader", "一次登记一个被检举的对象；几个都要查的，选他们共同的单位。")
        return given

    @property
    def about(self) -> Organisation | User | None:
        """Whom a report is about."""
        leader = self.cleaned_data.get("about_leader")
        return leader.user if leader is not None else self.cleaned_data.get("about_unit")

    def petitioner(self) -> PetitionerData:
        """Who brought it, as far as he says."""
        given = self.cleaned_data
        identity = Identity.REAL_NAME if given["seen"] and given["name"] else Identity.NONE
        return PetitionerData(name=given["name"], phone=given["phone"], address=given["address"], identity=identity)


class ListForm(forms.Form):
    """What the bureau's list is narrowed down by; unknown values narrow nothing."""

    state = forms.CharField(required=False, max_length=20)
    clock = forms.CharField(required=False, max_length=20)
    kind = forms.CharField(required=False, max_length=40)
