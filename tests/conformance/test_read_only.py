"""Reading writes nothing: every public page is rendered on a connection that refuses to write, pictures included."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from lianxin.publishing import pictures
from lianxin.publishing.models import ArticlePage

pytestmark = pytest.mark.django_db

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "ALTER", "DROP")


def _refuse_writes(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if sql.lstrip().upper().startswith(WRITES):
        raise AssertionError(f"a public page writes: {sql[:120]}")
    return execute(sql, params, many, context)


def test_public_pages_never_write(client: Client, full_site: Any, public_addresses: Callable[[], dict[str, int]]) -> None:
    pictures.prepare(ArticlePage.objects.get(pk=full_site.article.pk))
    addresses = public_addresses() | {"/sitemap.xml": 200, "/robots.txt": 200, "/healthz": 200, "/readyz": 200}
    with connection.execute_wrapper(_refuse_writes):
        answers = {address: client.get(address).status_code for address in addresses}
    assert answers == addresses


def test_a_page_whose_pictures_are_not_cut_yet_does_not_cut_them(
    client: Client, full_site: Any, public_addresses: Callable[[], dict[str, int]]
) -> None:
    with connection.execute_wrapper(_refuse_writes):
        assert client.get("/").status_code == 200
