"""Requests that no honest browser sends are answered in Chinese before they reach anything."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from lianxin.portal.middleware import LONGEST_ADDRESS, is_clean


@pytest.mark.parametrize(
    "path",
    ["/%00", "/news%0d%0aSet-Cookie:x=1/", "/a%1bb/", "/%ff%fe/", "/news/%c0%ae%c0%ae/", "/news/../etc/", "/%2e%2e/x/", "/%252e%252e/x/", "/a%5cb/",
     "/..;/desk/", "/%7f"],
)  # fmt: skip
@pytest.mark.django_db
def test_tricky_addresses(portal, path):
    response = Client(SERVER_NAME="localhost").get(path)
    assert response.status_code == 400
    assert "这个地址有误" in response.content.decode()
    assert "Content-Security-Policy" in response.headers


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["q=%00", "q=%ff", "q=%1b%5b", "q=" + "%E9%95%BF" * 300])
def test_tricky_queries(portal, query):
    assert Client(SERVER_NAME="localhost").get(f"/orgs/?{query}").status_code == 400


@pytest.mark.django_db
def test_length(portal, reader):
    assert reader.get("/orgs/?q=" + "a" * (LONGEST_ADDRESS - 20)).status_code == 200
    assert reader.get("/orgs/?q=" + "a" * LONGEST_ADDRESS).status_code == 400


@pytest.mark.django_db
def test_chinese_queries_pass_encoded_and_raw(portal, reader):
    assert "和安市" in reader.get("/orgs/", {"q": "教育"}).content.decode()
    raw = reader.get("/orgs/", QUERY_STRING="q=教育".encode().decode("latin-1"))
    assert raw.status_code == 200 and "市教育局" in raw.content.decode().replace("<wbr>", "")


@pytest.mark.django_db
def test_hosts_are_one_whatever_their_case(portal, client):
    assert client.get("/", headers={"host": "LOCALHOST."}).status_code == 200
    assert "青石县" in client.get("/", headers={"host": "Qingshi.LocalHost"}).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["loc alhost", "localhost/evil", "local\tost", "a" * 300, "localhost:port", "<b>"])
def test_malformed_hosts(portal, client, host):
    response = client.get("/", headers={"host": host})
    assert response.status_code == 400 and "这个地址有误" in response.content.decode()


class TestBodies:
    @pytest.mark.django_db
    def test_a_hundred_megabytes_are_refused_unread(self, portal, reader):
        class Untouchable:
            def read(self, *args):
                raise AssertionError("the body was read")

            readline = read

        response = reader.generic("POST", "/", CONTENT_LENGTH=str(100 * 2**20), **{"wsgi.input": Untouchable()})
        assert response.status_code == 413
        assert "50 MB" in response.content.decode() and response["Connection"] == "close"

    @pytest.mark.django_db
    @pytest.mark.parametrize("length", ["-1", "1e9", "abc", "１２"])
    def test_senseless_lengths(self, portal, reader, length):
        assert reader.generic("POST", "/", CONTENT_LENGTH=length).status_code == 400

    @pytest.mark.django_db
    def test_endless_length(self, portal, reader):
        assert reader.generic("POST", "/", CONTENT_LENGTH="9" * 5000).status_code == 413


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="\\/%."), max_size=80))
def test_plain_words_are_clean(words):
    assert is_clean(f"/{words}", "")


@given(st.text(max_size=60), st.binary(max_size=60))
def test_never_fails(path, query):
    assert is_clean(f"/{path}", query.decode("latin-1")) in (True, False)


@pytest.mark.django_db
def test_chinese_paths_are_looked_for(portal, reader):
    assert reader.get("/新闻/").status_code == 404
