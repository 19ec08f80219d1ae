"""Forms of the hotline's desk. What is missing or wrong is told in the form; what was typed stays."""

from typing import Any

from django import forms

from lianxin.casedesk.forms import unit
from lianxin.hotline.models import Script


class KeyForm(forms.Form):
    """A new key for a telephone system."""

    use_required_attribute = False
    name = forms.CharField(label="话务系统的名称", max_length=60, help_text="例如：热线话务平台。密钥只显示一次，请马上交给话务系统的管理人员。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class ScriptForm(forms.Form):
    """A question with its answer."""

    use_required_attribute = False
    question = forms.CharField(label="问题", max_length=100, help_text="用来电人的话，例如：暖气不热找谁？")
    words = forms.CharField(label="来电人的说法", max_length=300, required=False, help_text="来电人会说到的词，用空格隔开，例如：暖气 不热 停暖")
    answer = forms.CharField(label="答复要点", max_length=5000, widget=forms.Textarea(attrs={"rows": 8}), help_text="照着念就能答复的话。")
    unit = unit("需要派单时交给", required=False)
    active = forms.BooleanField(label="在用", required=False, initial=True)

    def __init__(self, *args: Any, script: Script | None = None, **kwargs: Any) -> None:
        if script is not None:
            kwargs["initial"] = {name: getattr(script, name) for name in ("question", "words", "answer", "unit", "active")}
        super().__init__(*args, **{"label_suffix": "", **kwargs})
