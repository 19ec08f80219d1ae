"""Addresses of the petition bureau's counter below /desk/petitions/. ``lianxin.desk.urls`` includes them."""

from django.urls import URLPattern, path, re_path

from lianxin.petitions import desk

app_name = "petitions"

_NUMBER = r"(?P<number>[A-Z]{2,10}[0-9]{5,20})"
_SEQ = r"(?P<seq>[0-9]{1,9})"

urlpatterns: list[URLPattern] = [
    path("", desk.counter, name="counter"),
    path("new/", desk.register, name="register"),
    path("export/", desk.export, name="export"),
    re_path(rf"^{_NUMBER}/notices/{_SEQ}/$", desk.notice, name="notice"),
]
