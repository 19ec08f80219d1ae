"""Addresses of the public side."""

from django.urls import path, re_path
from django.views.generic import RedirectView

from lianxin.letters import following_views as following
from lianxin.letters import public_views as public
from lianxin.letters import writing_views as writing

app_name = "letters"
_NUMBER = r"(?P<number>[A-Z]{2,8}\d{8,14})"

urlpatterns = [
    path("write/", writing.write, name="write"),
    path("write/keep/", writing.keep, name="keep"),
    path("write/forget/", writing.forget, name="forget"),
    path("write/check/", writing.check, name="check"),
    path("write/code/", writing.code, name="code"),
    path("write/done/", writing.done, name="done"),
    path("follow/", following.follow, name="follow"),
    path("follow/letter/", following.followed, name="followed"),
    path("follow/letter/files/<int:seq>/", following.followed_file, name="followed_file"),
    path("follow/leave/", following.leave, name="leave"),
    path("my/letters/", following.own_list, name="own_list"),
    re_path(rf"^my/letters/{_NUMBER}/$", following.own, name="own"),
    re_path(rf"^my/letters/{_NUMBER}/files/(?P<seq>\d{{1,9}})/$", following.own_file, name="own_file"),
    path("letters/", public.letters, name="letters"),
    path("letters/new/", RedirectView.as_view(url="/write/", permanent=True)),
    path("letters/track/", RedirectView.as_view(url="/follow/", permanent=True)),
    path("letters/sitemap.xml", public.sitemap, name="sitemap"),
    re_path(rf"^letters/{_NUMBER}/$", public.letter, name="letter"),
    re_path(rf"^letters/{_NUMBER}/files/(?P<seq>\d{{1,9}})/$", public.letter_file, name="letter_file"),
    path("boards/", public.boards, name="boards"),
    path("boards/<slug:slug>/", public.board, name="board"),
    path("feeds/letters/", public.feed, name="feed"),
]
