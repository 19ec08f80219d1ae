"""Addresses of the staff side below /desk/cases/; ``lianxin.desk.urls`` includes them before Wagtail's own."""

from django.urls import URLPattern, path, re_path

from lianxin.casedesk import book, case, leader, lists, publicity, reply, rulebook, signing, triage

app_name = "casedesk"

# Numbers are capitals and digits; screens have small letters.
_NUMBER = r"(?P<number>[A-Z]{2,10}[0-9]{5,20})"

urlpatterns: list[URLPattern] = [
    path("", case.home, name="home"),
    path("triage/", triage.first, name="triage"),
    re_path(rf"^triage/{_NUMBER}/$", triage.one, name="triage_one"),
    path("unit/", lists.unit, name="unit"),
    path("unit/sign/", lists.sign_many, name="sign_many"),
    path("office/", lists.office, name="office"),
    path("signing/", lists.signing, name="signing"),
    path("limits/", lists.limits, name="limits"),
    path("limits/remind/", lists.remind_many, name="remind_many"),
    path("leader/", leader.desk, name="leader"),
    re_path(rf"^leader/{_NUMBER}/$", leader.one, name="instruct"),
    path("rules/", rulebook.rules, name="rules"),
    re_path(r"^rules/(?P<code>[A-Z0-9-]{1,30})/$", rulebook.rule, name="rule"),
    re_path(r"^rules/(?P<code>[A-Z0-9-]{1,30})/withdraw/$", rulebook.withdraw, name="withdraw_rule"),
    path("templates/", book.rows, name="templates"),
    path("templates/new/", book.row, name="new_template"),
    path("templates/<int:pk>/", book.row, name="template"),
    re_path(rf"^{_NUMBER}/$", case.page, name="case"),
    re_path(rf"^{_NUMBER}/do/(?P<name>[a-z-]+)/$", case.do, name="do"),
    re_path(rf"^{_NUMBER}/petitioner/$", case.petitioner, name="petitioner"),
    re_path(rf"^{_NUMBER}/files/(?P<seq>[0-9]{{1,9}})/$", case.file, name="file"),
    re_path(rf"^{_NUMBER}/reply/$", reply.edit, name="reply"),
    re_path(rf"^{_NUMBER}/reply/keep/$", reply.keep, name="keep_reply"),
    re_path(rf"^{_NUMBER}/reply/drop/$", reply.drop, name="drop_reply"),
    re_path(rf"^{_NUMBER}/sign/(?P<seq>[0-9]{{1,9}})/$", signing.one, name="sign"),
    re_path(rf"^{_NUMBER}/public/$", publicity.one, name="publicity"),
]
