"""Addresses of the supervision desk below /desk/supervision/; the digest stands at /desk/digest/. ``lianxin.desk.urls`` includes them."""

from django.urls import URLPattern, path, re_path

from lianxin.supervision import desk

app_name = "supervision"

_NUMBER = r"(?P<number>[A-Z]{2,10}[0-9]{5,20})"
_SEQ = r"(?P<seq>[0-9]{1,9})"

urlpatterns: list[URLPattern] = [
    path("", desk.home, name="desk"),
    path("cases/", desk.cases, name="cases"),
    path("orders/", desk.orders, name="orders"),
    path("new/", desk.new, name="new"),
    re_path(rf"^{_NUMBER}/issue/$", desk.issue, name="issue"),
    re_path(rf"^{_NUMBER}/orders/{_SEQ}/$", desk.order, name="order"),
    re_path(rf"^{_NUMBER}/orders/{_SEQ}/pdf/$", desk.order_paper, name="order_paper"),
    re_path(rf"^{_NUMBER}/sheet/$", desk.sheet, name="sheet"),
]

digest_urlpatterns: list[URLPattern] = [path("digest/", desk.digest, name="digest")]
