"""Addresses of the staff side, below /desk/triage-books/."""

from django.urls import path

from lianxin.triage.desk import books

app_name = "triage_desk"
urlpatterns = [
    path("<slug:name>/", books.rows, name="rows"),
    path("<slug:name>/new/", books.row, name="new"),
    path("<slug:name>/<int:pk>/", books.row, name="row"),
]
