"""Addresses of the public side."""

from django.urls import path

from lianxin.petitions import public_views

app_name = "petitions_public"

urlpatterns = [
    path("petitions/", public_views.page, name="page"),
    path("petitions/write/", public_views.write, name="write"),
    path("petitions/write/keep/", public_views.keep, name="keep"),
    path("petitions/write/forget/", public_views.forget, name="forget"),
    path("petitions/code/", public_views.code, name="code"),
    path("petitions/done/", public_views.done, name="done"),
    path("petitions/review/", public_views.review, name="review"),
]
