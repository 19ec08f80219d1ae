"""Addresses of the hotline's desk below /desk/hotline/. ``lianxin.desk.urls`` includes them."""

from django.urls import URLPattern, path, re_path

from lianxin.hotline import callbacks_desk, desk

app_name = "hotline"

_NUMBER = r"(?P<number>[A-Z]{2,10}[0-9]{5,20})"

urlpatterns: list[URLPattern] = [
    path("", desk.call, name="call"),
    path("look/", desk.look, name="look"),
    path("ringing/", desk.ringing, name="ringing"),
    re_path(rf"^registered/{_NUMBER}/$", desk.receipt, name="receipt"),
    path("callbacks/", callbacks_desk.callbacks, name="callbacks"),
    re_path(rf"^callbacks/{_NUMBER}/$", callbacks_desk.callback, name="callback"),
    path("figures/", desk.figures, name="figures"),
    path("keys/", desk.keys, name="keys"),
    path("scripts/", desk.scripts, name="scripts"),
    path("scripts/new/", desk.script, name="new_script"),
    path("scripts/<int:pk>/", desk.script, name="script"),
]
