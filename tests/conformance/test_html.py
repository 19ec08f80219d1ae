"""Every kind of public page is valid HTML."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.test import Client

from lianxin.identity import actions
from tests.conformance.html import html_problems
from tests.identity.citizens import signed_up


def test_public_pages_are_valid(public_addresses: Callable[[], dict[str, int]], client: Client, tmp_path: Path) -> None:
    documents = {}
    for address, status in public_addresses().items():
        answer = client.get(address, follow=True)
        assert answer.status_code == status, address
        documents[address] = answer.content.decode()
    stranger = Client(SERVER_NAME="stranger.localhost").get("/")
    assert 400 <= stranger.status_code < 500
    documents["an unknown host"] = stranger.content.decode()
    problems = html_problems(documents, tmp_path)
    assert not problems, "\n".join(problems)


def test_the_checker_finds_faults(tmp_path: Path) -> None:
    faults = ["<p><b></p>", '<b id="a"><i></b></i>', '<a href="/"><a href="/">x</a></a>']
    frame = '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>页</title></head><body>{}</body></html>'
    problems = html_problems({fault: frame.format(fault) for fault in ["<p>好</p>", *faults]}, tmp_path)
    assert {fault for fault in faults if any(problem.startswith(fault) for problem in problems)} == set(faults)
    assert not [problem for problem in problems if problem.startswith("<p>好</p>")]


def test_a_citizens_own_pages_are_valid(full_site: Any, client: Client, tmp_path: Path) -> None:
    signed_in = signed_up(is_minor=True)
    client.cookies["citizenid"] = signed_in.cookie
    actions.read_personal_data(None, signed_in.user, ["telephone"], "发送短信通知")
    actions.request_export(signed_in.user)
    names = ["", "profile/", "readings/", "consents/", "sessions/", "telephone/", "real-name/", "guardian/", "export/", "delete/", "outbox/"]
    documents = {}
    for name in names:
        answer = client.get(f"/my/{name}")
        assert answer.status_code == 200, name
        documents[name] = answer.content.decode()
    for name in ("profile/", "real-name/", "telephone/", "guardian/", "delete/"):
        documents[f"{name} refused"] = client.post(f"/my/{name}", {"display_name": "长" * 30}).content.decode()
    assert not (problems := html_problems(documents, tmp_path)), "\n".join(problems)
