"""Forms of the supervision desk."""

import secrets
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from lianxin.casedesk.forms import day, text, unit
from lianxin.casework import kinds
from lianxin.casework.actions import Order
from lianxin.casework.models import Supervision
from lianxin.foundation import calendar
from lianxin.organisations.models import Organisation
from lianxin.supervision.actions import Part
from lianxin.supervision.queries import AGES

CO_ROWS = 4
PROGRESS_ROWS = 3


def _token() -> str:
    return secrets.token_urlsafe(24)


class OrderForm(forms.Form):
    """What every order says."""

    use_required_attribute = False
    token = forms.CharField(min_length=16, max_length=128, widget=forms.HiddenInput)
    level = forms.ChoiceField(label="级别", choices=Supervision.Level.choices)
    source = forms.ChoiceField(label="来源", choices=Supervision.Source.choices)
    basis = forms.CharField(label="依据", max_length=200, required=False, help_text="哪次会议、哪份报告或简报，写全名称和期号。")
    quoted = text("批示原文", required=False, help_text="有领导批示的，照录原文和领导姓名。")
    demands = text("督办要求", rows=5, help_text="要做成什么、做到什么程度。一条一行。")
    signer = forms.CharField(label="签发人", max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.initial.setdefault("token", _token())
        for at in range(1, PROGRESS_ROWS + 1):
            self.fields[f"progress_{at}"] = day(f"阶段报告日期 {at}", required=False)

    @property
    def progress_fields(self) -> list[forms.BoundField]:
        """The days on which units report how far they are."""
        return [self[f"progress_{at}"] for at in range(1, PROGRESS_ROWS + 1)]

    def progress_on(self) -> tuple[date, ...]:
        """The days that were filled in, in order."""
        days = [self.cleaned_data.get(f"progress_{at}") for at in range(1, PROGRESS_ROWS + 1)]
        return tuple(sorted({one for one in days if one is not None}))

    def order(self) -> Order:
        """What stands on the order beside its demands."""
        given = self.cleaned_data
        return Order(source=given["source"], basis=given["basis"], quoted=given["quoted"], signer=given["signer"], progress_on=self.progress_on())


class CaseOrderForm(OrderForm):
    """An order for a case that stands still."""

    due_on = day("报结时限")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("due_on", calendar.add_workdays(timezone.localdate(), 3))
        self.initial.setdefault("source", Supervision.Source.CLOCK)


class TaskForm(OrderForm):
    """A task with its units, each with its own day."""

    subject = forms.CharField(label="事项", max_length=100, help_text="一句话说清要办成的事。")
    lead = unit("主办单位")
    lead_due_on = day("主办单位报结日期")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("lead_due_on", calendar.add_workdays(timezone.localdate(), 10))
        for at in range(1, CO_ROWS + 1):
            self.fields[f"co_{at}"] = unit(f"协办单位 {at}", required=False)
            self.fields[f"co_{at}_due_on"] = day(f"协办单位 {at} 报结日期", required=False)

    @property
    def co_fields(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Rows of co-handlers with their days."""
        return [(self[f"co_{at}"], self[f"co_{at}_due_on"]) for at in range(1, CO_ROWS + 1)]

    def lead_part(self) -> Part:
        """The lead with its day."""
        return Part(self.cleaned_data["lead"], self.cleaned_data["lead_due_on"])

    def co_parts(self) -> list[Part]:
        """Co-handlers with their days; without one of its own the lead's."""
        given = self.cleaned_data
        rows = [(given.get(f"co_{at}"), given.get(f"co_{at}_due_on")) for at in range(1, CO_ROWS + 1)]
        return [Part(chosen, due_on or given["lead_due_on"]) for chosen, due_on in rows if chosen is not None]


class WatchForm(forms.Form):
    """What the lists of the desk are narrowed down by."""

    kind = forms.ChoiceField(label="类别", required=False)
    unit = forms.ModelChoiceField(Organisation.objects.filter(ended_on__isnull=True).order_by("path"), label="单位", required=False)
    age = forms.ChoiceField(label="期限", required=False, choices=[(code, label) for code, (label, _) in AGES.items()])
    leader = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["kind"].choices = [("", "全部类别"), *((kind.code, kind.name) for kind in kinds.kinds())]
        self.fields["unit"].empty_label = "全部单位"


class PurposeForm(forms.Form):
    """Why somebody takes a sheet with the petitioner's name."""

    purpose = forms.CharField(label="用途", max_length=100, help_text="写明用途才会印出反映人的姓名和电话；每次都会留下记录，反映人能看到。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
