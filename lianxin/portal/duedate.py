"""``/tools/due-date/``: by when must it be done? Anybody picks a matter and a day and sees the way to the last day, day by day."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lianxin.casework import clocks, rules
from lianxin.casework.models import Rule
from lianxin.foundation import pagestore
from lianxin.foundation.pagestore import keeps

# What is kept changes with the rules; the calendar notes itself.
RULES = "rules"
# Holidays are known from here on, and a few years ahead are provisional.
FIRST = date(2008, 1, 1)
YEARS_AHEAD = 3
_WEEKDAYS = "一二三四五六日"
_MORNING = time(9)
# Whatever a rule's hour is, this is after it.
_LATE = time(23, 59)


class DueDateForm(forms.Form):
    """What kind of matter, received on which day."""

    use_required_attribute = False
    rule = forms.ChoiceField(label="什么事", error_messages={"required": "请选择是什么事。", "invalid_choice": "没有这项规定，请从列表里选择。"})
    day = forms.DateField(
        label="哪一天收到",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请选择收到的日期。", "invalid": "日期请写成 2025-09-30 的样子。"},
    )
    late = forms.BooleanField(label="下班以后才收到", required=False)

    def __init__(self, found: list[Rule], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["rule"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "请选择"), *((rule.code, f"{rule.title}（{rule.limit}）") for rule in found)]

    def clean_day(self) -> date:
        """A day whose holidays can be known."""
        day: date = self.cleaned_data["day"]
        last = date(timezone.localdate().year + YEARS_AHEAD, 12, 31)
        if not FIRST <= day <= last:
            raise forms.ValidationError(f"只能计算 {FIRST.year} 年到 {last.year} 年，请换一个日期。")
        return day


@dataclass(frozen=True)
class Reckoned:
    """The answer: the rule, the last day, and the way to it."""

    rule: Rule
    due: clocks.Due
    days: list[clocks.Day]
    today: date

    @property
    def counted(self) -> int:
        """How many days were counted."""
        return sum(day.number is not None for day in self.days)

    @property
    def passed_over(self) -> int:
        """How many days on the way were not counted; the day of receipt never is."""
        return len(self.days) - self.counted - 1

    @property
    def makeup(self) -> int:
        """How many of the counted days are make-up workdays."""
        return sum(day.state == clocks.DayState.MAKEUP for day in self.days)


def weekday(day: date) -> str:
    """星期三."""
    return f"星期{_WEEKDAYS[day.weekday()]}"


def reckon(rule: Rule, day: date, *, late: bool = False) -> Reckoned:
    """The last day for something received on ``day``, in office hours or after them; nothing pauses and nothing is extended."""
    started = timezone.make_aware(datetime.combine(day, _LATE if late else _MORNING))
    terms = clocks.Terms(rule.threshold, rule.unit, rule.closes)
    found = clocks.due(terms, started)
    assert found is not None  # only a pause leaves it open
    return Reckoned(rule, found, clocks.ledger(terms, started, rule=rule.code), timezone.localdate())


@require_safe
@keeps("rule", "day", "late")
def page(request: HttpRequest) -> HttpResponse:
    """``/tools/due-date/``; without parameters the form alone."""
    pagestore.tag(RULES)
    found = list(rules.for_everybody())
    asked = bool(request.GET.keys() & {"rule", "day"})
    form = DueDateForm(found, request.GET if asked else None, initial={"day": timezone.localdate()})
    answer = None
    if asked and form.is_valid():
        answer = _answer(form)
    # What cannot be answered is not kept, as there is no end to it.
    status = 400 if asked and answer is None else 200
    return render(request, "portal/due_date.html", {"form": form, "answer": answer, "weekday": weekday}, status=status)


def _answer(form: DueDateForm) -> Reckoned | None:
    code, day = form.cleaned_data["rule"], form.cleaned_data["day"]
    rule = rules.for_everybody(day).filter(code=code).order_by("-valid_from").first()
    if rule is None:
        first = Rule.objects.filter(code=code).order_by("valid_from").first()
        since = f"{first.valid_from.year} 年 {first.valid_from.month} 月 {first.valid_from.day} 日" if first else "后来"
        form.add_error("day", f"这项规定 {since}起才施行，请选那以后的日期。")
        return None
    return reckon(rule, day, late=form.cleaned_data["late"])


# --- what changes it ---------------------------------------------------------------------------------------------------------------------


@receiver([post_save, post_delete], sender=Rule)
def _rule_changed(**_: Any) -> None:
    pagestore.purge([RULES])
