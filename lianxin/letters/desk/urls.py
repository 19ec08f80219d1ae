"""Addresses of the staff side below /desk/letters/; ``lianxin.desk.urls`` includes them before Wagtail's own."""

from django.urls import URLPattern

app_name = "letters_desk"

urlpatterns: list[URLPattern] = []
