"""Categories, words and directions: their first content, the deeds, the desk, and what writers are told."""

import pytest
from django.urls import reverse

from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.models import AuditEntry
from lianxin.triage import actions, queries
from lianxin.triage.inspection import Kind, inspect
from lianxin.triage.models import Category, Elsewhere, Insult

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(person, city):
    return person("officer", "triage", city.centre, name="林分办")


def test_the_tree_comes_with_the_room() -> None:
    leaves = queries.categories().filter(children__isnull=True)
    assert leaves.count() == 517
    assert leaves.exclude(parent__parent__parent__isnull=True).count() == 0
    assert queries.categories().filter(parent__isnull=True).count() == 15
    for row in queries.categories():
        assert row.code.startswith(row.parent.code if row.parent else "")


def test_a_category_is_entered_changed_and_switched_off(officer) -> None:
    parent = Category.objects.get(code="0101")
    made = actions.save_category(officer, None, code="010199", name="电动自行车充电", parent=parent)
    actions.save_category(officer, made, active=False)
    assert made not in queries.categories()
    assert made in queries.categories(active=False)
    assert AuditEntry.objects.filter(deed="triage.category").count() == 2


@pytest.mark.parametrize(("code", "parent"), [("0199x", "0101"), ("020199", "0101"), ("0101", "0101"), ("", None)])
def test_a_code_goes_on_from_its_parents(officer, code: str, parent: str | None) -> None:
    with pytest.raises(Refused, match="代码"):
        actions.save_category(officer, None, code=code, name="新的", parent=Category.objects.filter(code=parent).first())


def test_a_category_with_children_keeps_its_place(officer) -> None:
    row = Category.objects.get(code="0101")
    with pytest.raises(Refused, match="下面还有分类"):
        actions.save_category(officer, row, parent=Category.objects.get(code="02"), code="0299")
    assert actions.save_category(officer, Category.objects.get(code="0101"), name="安全").name == "安全"


def test_others_may_not(people) -> None:
    for deed in (actions.save_category, actions.save_insult, actions.save_elsewhere):
        with pytest.raises(Forbidden):
            deed(people.editor, None)


def test_a_word_entered_at_the_desk_is_found_at_once(officer) -> None:
    assert inspect("这个坏人坏事") == []
    actions.save_insult(officer, None, word="坏人坏事")
    assert [finding.kind for finding in inspect("这个坏人坏事")] == [Kind.INSULT]
    actions.save_insult(officer, Insult.objects.get(word="坏人坏事"), active=False)
    assert inspect("这个坏人坏事") == []
    assert not AuditEntry.objects.filter(summary__contains="坏人坏事").exists()


@pytest.mark.parametrize("row", ["categories", "words", "elsewhere"])
def test_the_desk_shows_and_saves_each_book(client_for, officer, row: str) -> None:
    client = client_for(officer)
    listed = client.get(reverse("triage_desk:rows", args=[row]))
    assert listed.status_code == 200
    model = {"categories": Category, "words": Insult, "elsewhere": Elsewhere}[row]
    first = model.objects.first()
    address = reverse("triage_desk:row", args=[row, first.pk])
    form = client.get(address)
    assert form.status_code == 200
    data = {name: "" if value is None else value for name, value in form.context["form"].initial.items() if value is not False}
    refused = client.post(address, {**data, {"categories": "code", "words": "word", "elsewhere": "name"}[row]: ""})
    assert refused.status_code == 422
    data.pop("active", None)
    assert client.post(address, data).status_code == 302
    assert model.objects.get(pk=first.pk).active is False
    assert client.get(reverse("triage_desk:new", args=[row])).status_code == 200


def test_the_desk_finds_and_turns_pages(client_for, officer) -> None:
    client = client_for(officer)
    address = reverse("triage_desk:rows", args=["categories"])
    assert "公共汽车" in client.get(address, {"q": "公共汽车"}).content.decode()
    assert "没有含" in client.get(address, {"q": "没有这个"}).content.decode()
    assert "第 2 页" in client.get(address, {"p": "2"}).content.decode()
    assert client.get(reverse("triage_desk:rows", args=["nothing"])).status_code == 404


def test_the_desk_turns_others_away(client_for, people) -> None:
    client = client_for(people.editor)
    for name, args in (("rows", ["words"]), ("new", ["words"]), ("row", ["words", Insult.objects.first().pk])):
        assert client.get(reverse(f"triage_desk:{name}", args=args)).status_code == 302


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("楼下正在打人，快来", "police"),
        ("小区车库着火了", "fire"),
        ("我不服法院判决，要求改判", "court"),
        ("公司违法解除劳动合同，不给补偿", "labour-arbitration"),
        ("举报村支书贪污扶贫款", "discipline"),
        ("我不服交警的处罚决定", "review"),
        ("我想申请公开征收补偿方案的文件", "disclosure"),
        ("随信附上机密文件一份", "secrets"),
        ("我对信访处理意见不服", "petition-review"),
    ],
)
def test_what_belongs_elsewhere(text: str, code: str) -> None:
    directions = queries.where_else(text)
    assert code in [direction.code for direction in directions]
    assert all(direction.explanation and direction.because for direction in directions)


@pytest.mark.parametrize(
    "text", ["人民路路灯坏了", "去年小区起火了，至今没有修", "法院门口堵车。判决公正", "学校食堂太贵", "退役士兵安置问题，部队征用"]
)
def test_what_stays_here(text: str) -> None:
    assert queries.where_else(text) == []


def test_the_urgent_comes_first() -> None:
    assert [direction.urgent for direction in queries.where_else("有人贪污，还正在打人")] == [True, False]
