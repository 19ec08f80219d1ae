"""Addresses of the public side: the page about 12345, and the door for telephone systems."""

from django.urls import path

from lianxin.hotline import api, public_views

app_name = "hotline_public"

urlpatterns = [
    path("hotline/", public_views.page, name="page"),
    path("api/v1/calls/", api.calls, name="calls"),
]
