"""The desk's Chinese for what Wagtail leaves in English."""

import ast
import gettext
import json
import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import gettext as translate
from wagtail.models import Page

LOCALE = Path(__file__).parents[2] / "lianxin" / "desk" / "locale" / "zh_Hans" / "LC_MESSAGES"
# Named places for values, in all three spellings; the Chinese may leave one out, never name another.
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def entries(domain: str) -> list[tuple[str, str, str]]:
    """(English, English plural or "", Chinese) of each sentence in the source file."""
    found = []
    for block in (LOCALE / f"{domain}.po").read_text(encoding="utf-8").split("\n\n")[1:]:
        fields = dict(re.findall(r'^(msgid|msgid_plural|msgstr)(?:\[0\])? (".*")$', block, re.MULTILINE))
        text = {name: ast.literal_eval(value) for name, value in fields.items()}
        found.append((text["msgid"], text.get("msgid_plural", ""), text["msgstr"]))
    return found


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_the_compiled_file_is_the_source_file(domain: str):
    with (LOCALE / f"{domain}.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for english, plural, chinese in entries(domain):
        assert (compiled.ngettext(english, plural, 2) if plural else compiled.gettext(english)) == chinese
    keys = {key if isinstance(key, str) else key[0] for key in compiled._catalog} - {""}
    assert len(keys) == len(entries(domain))


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_no_value_is_asked_for_that_is_not_given(domain: str):
    for english, plural, chinese in entries(domain):
        assert not set(PLACES.findall(chinese)) - set(PLACES.findall(english + plural)), english


def test_they_are_used():
    assert translate("Exploring") == "浏览"
    assert translate("Account") == "账号"


def test_the_scripts_have_them_too(people, client_for):
    client: Client = client_for(people.editor)
    assert json.dumps("在这里分成两块") in client.get("/desk/jsi18n/").content.decode()


def test_the_top_of_the_tree_has_a_chinese_name(db):
    assert Page.objects.get(depth=1).title == "全部站点"
