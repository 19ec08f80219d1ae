"""Columns, who keeps them (栏目保障责任), and the duty roster (值班表)."""

import calendar as months
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods
from wagtail.models import Page

from lianxin.foundation import calendar
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post
from lianxin.organisations.queries import posts_today
from lianxin.publishing import actions, queries
from lianxin.publishing.desk.common import MANAGING_ROLES, DeedPage, managed_site, managed_sites
from lianxin.publishing.forms import ColumnForm, DutyForm, PlaceForm, ShiftForm, read_month
from lianxin.publishing.models import ColumnDuty, ColumnPage, DutyShift, Listing, SiteProfile

ROSTER_ROLES = (Post.Role.CHIEF, Post.Role.UNIT_MANAGER, *MANAGING_ROLES)


# --- columns -----------------------------------------------------------------------------------------------------------


@dataclass
class ColumnLine:
    """A column as the table shows it."""

    column: ColumnPage
    level: int
    duty: ColumnDuty | None
    last: Any
    days_left: int | None


def column_lines(profile: SiteProfile) -> list[ColumnLine]:
    """The columns of a site in the order of its tree, with duty and how they stand against their cadence."""
    root = profile.site.root_page.path
    people = ("duty__organisation", "duty__person", "duty__reviewer")
    columns = list(ColumnPage.objects.filter(path__startswith=root).select_related(*people).order_by("path"))
    newest = dict(Listing.objects.filter(column_id__in=[c.pk for c in columns]).values_list("column_id").annotate(at=Max("published_at")))
    today = timezone.localdate()
    found = []
    for column in columns:
        last = newest.get(column.pk)
        since = timezone.localdate(last or column.first_published_at or timezone.now())
        left = (since + timedelta(days=column.cadence_days) - today).days if column.cadence_days else None
        found.append(ColumnLine(column, column.depth - 3, getattr(column, "duty", None), last, left))
    return found


@require_GET
def columns(request: HttpRequest) -> HttpResponse:
    """The columns of one managed site."""
    profile = managed_site(request.user, request.GET.get("site"))
    context = {"page_title": "栏目与责任", "profile": profile, "sites": managed_sites(request.user), "lines": column_lines(profile)}
    return render(request, "publishing/desk/columns.html", context)


def parents_of(profile: SiteProfile, without: ColumnPage | None = None) -> list[tuple[str, str]]:
    """Where a column of this site can stand: the home page and every column that is not below it."""
    found = [(str(profile.site.root_page_id), f"{profile.name}首页（一级栏目）")]
    for column in ColumnPage.objects.filter(path__startswith=profile.site.root_page.path).order_by("path"):
        if without is None or not column.path.startswith(without.path):
            found.append((str(column.pk), "　" * (column.depth - 2) + column.title))
    return found


class OpenColumnPage(DeedPage):
    """开设栏目."""

    title, button, done, icon = "开设栏目", "开设", "栏目已开设。请接着设定保障责任。", "plus"

    def find(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The site."""
        return managed_site(request.user, request.GET.get("site") or request.POST.get("site"))

    def back(self) -> str:
        """The site's columns."""
        return f"{reverse('publishing_desk:columns')}?site={self.subject.pk}"

    def make_form(self, data: Any = None, files: Any = None) -> forms.BaseForm:
        """An empty column under the parent that was chosen in the table."""
        initial = {"parent": self.request.GET.get("parent"), "kind": ColumnPage.Kind.NEWS}
        return ColumnForm(data, initial=initial, parents=parents_of(self.subject))

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """The site travels with the form."""
        return {"hidden": {"site": self.subject.pk}}

    def do(self, request: HttpRequest, form: Any) -> None:
        """Open it."""
        values = dict(form.cleaned_data)
        parent = Page.objects.get(pk=int(values.pop("parent"))).specific
        self.opened = actions.open_column(request.user, parent, **values)

    def after(self) -> str:
        """Straight to its duty."""
        return reverse("publishing_desk:duty", args=[self.opened.pk])


class ColumnPageDeed(DeedPage):
    """A deed on a column of a managed site."""

    def find(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The column; 403 for one of somebody else's site."""
        column = get_object_or_404(ColumnPage, pk=kwargs["pk"])
        self.profile = queries.site_of(column)
        if self.profile not in managed_sites(request.user):
            raise PermissionDenied
        return column

    def back(self) -> str:
        """The site's columns."""
        return f"{reverse('publishing_desk:columns')}?site={self.profile.pk}"


class ChangeColumnPage(ColumnPageDeed):
    """修改栏目."""

    title, button, done, icon = "修改栏目", "保存", "已保存。", "edit"
    explanation = "栏目的地址开设后不再改变，已公开的链接一直有效。"

    def make_form(self, data: Any = None, files: Any = None) -> forms.BaseForm:
        """The column's words."""
        return ColumnForm(data, instance=ColumnPage.objects.get(pk=self.subject.pk), parents=[])

    def do(self, request: HttpRequest, form: Any) -> None:
        """Change it."""
        values = dict(form.cleaned_data)
        actions.change_column(request.user, self.subject, search_description=values.pop("description"), **values)


class MoveColumnPage(ColumnPageDeed):
    """移动栏目."""

    title, button, done, icon = "移动栏目", "移动", "已移动，原来的网址会自动转到新网址。", "arrow-right-full"
    explanation = "栏目连同里面的稿件和下级栏目一起移动，只能在本站内移动。"

    def make_form(self, data: Any = None, files: Any = None) -> forms.BaseForm:
        """All places of the site except below itself."""
        return PlaceForm(data, parents=parents_of(self.profile, without=self.subject))

    def do(self, request: HttpRequest, form: Any) -> None:
        """Move it."""
        parent = Page.objects.get(pk=int(form.cleaned_data["parent"])).specific
        actions.move_column(request.user, self.subject, parent)


class CloseColumnPage(ColumnPageDeed):
    """撤销栏目."""

    title, button, done, danger, icon = "撤销栏目", "撤销", "栏目已撤销。", True, "bin"
    explanation = "只有空栏目可以撤销。撤销后它从导航和保障责任表里消失，地址可以重新使用。"

    def do(self, request: HttpRequest, form: Any) -> None:
        """Close it."""
        actions.close_column(request.user, self.subject)


class DutyPage(ColumnPageDeed):
    """栏目保障责任."""

    title, button, done, icon = "栏目保障责任", "保存", "保障责任已设定，到期前会提醒责任人。", "user"
    explanation = "写明由哪个单位、科室、谁来保障，谁来审核，多久更新一次、更新什么。"

    def make_form(self, data: Any = None, files: Any = None) -> forms.BaseForm:
        """The present duty."""
        present = ColumnDuty.objects.filter(column=self.subject).first()
        return DutyForm(data, instance=present, staff=staff_under(self.profile.organisation))

    def do(self, request: HttpRequest, form: Any) -> None:
        """Set it."""
        actions.set_duty(request.user, self.subject, **form.cleaned_data)


def staff_under(organisation: Organisation) -> Any:
    """Staff with a post in a unit or below it, each with the name of one unit."""
    unit = Post.objects.filter(user=OuterRef("pk"), ends_on=None).order_by("pk").values("organisation__short_name")[:1]
    working = Post.objects.filter(organisation__path__startswith=organisation.path, ends_on=None).values("user_id")
    return User.objects.filter(pk__in=working, is_active=True, kind=User.Kind.STAFF).annotate(unit_name=Subquery(unit)).order_by("name")


@require_GET
def duties(request: HttpRequest) -> HttpResponse:
    """栏目保障责任表, to be read on the screen and printed on A4 across."""
    sites = list(SiteProfile.objects.select_related("site__root_page", "organisation").order_by("organisation__path", "pk"))
    if not sites:
        raise PermissionDenied
    own = managed_sites(request.user)
    wanted = request.GET.get("site")
    profile = next((site for site in sites if str(site.pk) == wanted), own[0] if own else sites[0])
    context = {
        "page_title": "栏目保障责任表",
        "profile": profile,
        "sites": sites,
        "lines": column_lines(profile),
        "may_change": profile in own,
        "today": timezone.localdate(),
    }
    return render(request, "publishing/desk/duties.html", context)


# --- roster ------------------------------------------------------------------------------------------------------------


@dataclass
class RosterDay:
    """One day of the month."""

    day: date
    is_workday: bool
    is_today: bool
    is_past: bool
    in_month: bool
    shifts: list[DutyShift] = field(default_factory=list)


def roster_units(user: User) -> list[Organisation]:
    """The governments whose roster the person may see: those above the own units; for city staff, all that keep one."""
    posts = posts_today(user)
    paths = {
        post.organisation.path[:end] for post in posts for end in range(Organisation.steplen, len(post.organisation.path) + 1, Organisation.steplen)
    }
    kinds = (Organisation.Kind.GOVERNMENT, Organisation.Kind.COUNTY, Organisation.Kind.TOWNSHIP)
    units = Organisation.objects.filter(kind__in=kinds, ended_on=None).order_by("path")
    if user.is_superuser:
        return list(units.filter(depth__lte=2))
    return list(units.filter(path__in=paths)) or list(units.filter(depth=1))


def may_roster(user: User, organisation: Organisation) -> bool:
    """Whether the person may set shifts (see actions.set_shift)."""
    return user.is_superuser or queries.acts_for(user, organisation, *ROSTER_ROLES)


@require_http_methods(["GET", "POST"])
def roster(request: HttpRequest) -> HttpResponse:
    """A month of the roster, and the form that sets a day."""
    units = roster_units(request.user)
    if not units:
        raise PermissionDenied
    wanted = request.GET.get("unit") or request.POST.get("unit")
    unit = next((unit for unit in units if str(unit.pk) == wanted), units[0])
    first = read_month(request.GET.get("month", "") or request.POST.get("month", ""))
    may_change = may_roster(request.user, unit)
    form = ShiftForm(request.POST or None, staff=staff_under(unit), initial={"date": request.GET.get("day")}) if may_change else None
    if request.method == "POST" and form is not None and form.is_valid():
        values = form.cleaned_data
        try:
            actions.set_shift(request.user, unit, values["date"], values["person"], values["backup"], values["phone"])
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{values['date']:%Y-%m-%d} 由{values['person']}值班。")
            return redirect(f"{request.path}?unit={unit.pk}&month={values['date']:%Y-%m}")
    context = {
        "page_title": "值班表",
        "unit": unit,
        "units": units,
        "first": first,
        "weeks": _weeks(unit, first),
        "previous": (first - timedelta(days=1)).replace(day=1),
        "next": (first + timedelta(days=31)).replace(day=1),
        "form": form,
        "chosen": _chosen(unit, request.GET.get("day", "")) if may_change else [],
        "warnings": calendar.warnings(first),
    }
    return render(request, "publishing/desk/roster.html", context, status=422 if form is not None and form.is_bound else 200)


def _chosen(unit: Organisation, text: str) -> list[DutyShift]:
    """The shifts of the day that was chosen in the month."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return []
    return queries.roster(unit, day, day)


class CancelShiftPage(DeedPage):
    """取消值班."""

    title, button, done, danger, icon = "取消值班", "取消这个班", "已取消这个班。", True, "bin"
    explanation = "取消以后，这个人当天不能再用应急发布。"

    def find(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The shift; 403 for whoever may not set the roster of its unit."""
        shift = get_object_or_404(DutyShift.objects.select_related("organisation", "person"), pk=kwargs["pk"])
        if not may_roster(request.user, shift.organisation):
            raise PermissionDenied
        return shift

    def back(self) -> str:
        """The month."""
        return f"{reverse('publishing_desk:roster')}?unit={self.subject.organisation_id}&month={self.subject.date:%Y-%m}"

    def do(self, request: HttpRequest, form: Any) -> None:
        """Cancel."""
        actions.cancel_shift(request.user, self.subject)


def _weeks(unit: Organisation, first: date) -> list[list[RosterDay]]:
    grid = months.Calendar(firstweekday=0).monthdatescalendar(first.year, first.month)
    shifts: dict[date, list[DutyShift]] = {}
    for shift in queries.roster(unit, grid[0][0], grid[-1][-1]):
        shifts.setdefault(shift.date, []).append(shift)
    today = timezone.localdate()
    return [
        [RosterDay(day, calendar.is_workday(day), day == today, day < today, day.month == first.month, shifts.get(day, [])) for day in week]
        for week in grid
    ]
