"""Addresses of the public side: the ledger and the figures."""

from django.urls import path, re_path

from lianxin.figures import figures_views as figures
from lianxin.figures import ledger_views as ledger

app_name = "figures"
_DAY = r"(?P<text>\d{4}-\d{2}-\d{2})"
_MONTH = r"(?P<text>\d{4}-\d{2})"

urlpatterns = [
    path("ledger/", ledger.latest, name="ledger"),
    path("ledger/find/", ledger.find, name="find"),
    re_path(rf"^ledger/{_DAY}/$", ledger.day, name="day"),
    re_path(rf"^ledger/{_MONTH}/$", ledger.month, name="month"),
    path("ledger/units/<slug:slug>/", ledger.unit, name="unit"),
    re_path(rf"^ledger/units/(?P<slug>[-\w]+)/{_MONTH}/$", ledger.unit, name="unit_month"),
    path("figures/", figures.front, name="figures"),
    path("figures/list/", figures.numbers, name="list"),
    re_path(r"^figures/(?P<text>\d{4}(?:-\d{2})?)/$", figures.one_period, name="period"),
]
