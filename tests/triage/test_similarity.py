"""Similar matters and copies; what is private never comes back, and the disk holds nothing that can be read."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxin.foundation import crypto
from lianxin.triage import actions, checks
from lianxin.triage.models import Matter, MatterChange
from lianxin.triage.similarity import COPY, copies, digests, index, similar

LAMP = "人民路路灯坏了三个月\n人民路从市医院到火车站的路灯坏了三个月，晚上很黑，老人孩子不敢出门，请尽快维修。"
SAME_LAMP = "人民路的路灯坏了三个月\n人民路从市医院到火车站的路灯坏了三个多月，晚上很黑，老人孩子都不敢出门，请尽快维修！"
OTHER_LAMP = "建设路路灯不亮\n建设路学校门口的路灯不亮，孩子放晚自习看不见路。"
BUS = "盼增加207路公交车\n早高峰207路公交车太少，等了四十分钟，学生上学都迟到。"
FEE = "小区物业费涨价\n物业公司没有开业主大会就把物业费涨了五毛。"


@pytest.fixture(autouse=True)
def home(settings, tmp_path, db):
    settings.HOME = tmp_path
    index.SHELF.forget()
    yield
    index.SHELF.forget()


@pytest.fixture
def letters(run_jobs):
    for ref, text, public in (("lamp", LAMP, True), ("lamp-2", OTHER_LAMP, True), ("bus", BUS, True), ("fee", FEE, False)):
        actions.put(ref, "letter", text, public=public, facets={"unit": "7"} if ref == "lamp-2" else {})
    actions.put("reply", "reply", "您好！人民路路灯已经修好。", public=True)
    run_jobs()


def refs(text: str, kinds=("letter",), public_only=False, **how) -> list[str]:
    return [match.ref for match in similar(text, kinds, public_only, **how)]


def test_the_like_comes_first_and_the_unlike_not_at_all(letters) -> None:
    found = similar("人民路路灯坏了\n没有人修", ["letter"], public_only=True)
    assert [match.ref for match in found] == ["lamp", "lamp-2"]
    assert found[0].score > found[1].score > 0
    assert refs("今年的稻谷补贴什么时候发") == []
    assert refs("") == []


def test_kinds_facets_and_the_text_itself(letters) -> None:
    assert refs("路灯", ["reply"]) == ["reply"]
    assert set(refs("路灯", ["reply", "letter"])) == {"reply", "lamp", "lamp-2"}
    assert refs("路灯", []) == []
    assert refs("路灯", facets={"unit": 7}) == ["lamp-2"]
    assert refs(LAMP, without="lamp") == ["lamp-2"]
    assert len(refs("路灯", ["reply", "letter"], limit=1)) == 1


def test_what_is_private_never_comes_back_to_the_public(letters, run_jobs) -> None:
    assert refs(FEE) == ["fee"]
    assert refs(FEE, public_only=True) == []
    assert [match.ref for match in copies(FEE, ["letter"], public_only=True)] == []


def test_made_private_counts_before_the_index_knows(letters, run_jobs) -> None:
    actions.put("lamp", "letter", LAMP, public=False, facets={})
    assert MatterChange.objects.exists()
    assert refs(LAMP, public_only=True) == ["lamp-2"]
    assert "lamp" in refs(LAMP)
    run_jobs()
    assert refs(LAMP, public_only=True) == ["lamp-2"]
    actions.put("lamp", "letter", LAMP, public=True)
    run_jobs()
    assert "lamp" in refs(LAMP, public_only=True)


def test_dropped_is_gone_at_once_and_from_the_index_soon(letters, run_jobs) -> None:
    actions.drop("lamp")
    assert refs(LAMP) == ["lamp-2"]
    assert not Matter.objects.filter(ref="lamp").exists()
    run_jobs()
    assert index.SHELF.reader().searcher().num_docs == 4
    actions.drop("never there")


def test_a_changed_text_is_found_by_its_new_words_only(letters, run_jobs) -> None:
    actions.put("bus", "letter", "图书馆座位太少\n图书馆周末没有座位", public=True)
    run_jobs()
    assert refs("图书馆座位") == ["bus"]
    assert refs("207路公交车等不到") == []


def test_the_same_again_writes_nothing(letters) -> None:
    actions.put("bus", "letter", BUS, public=True)
    assert not MatterChange.objects.exists()


def test_copies_are_told_from_similar_ones(letters) -> None:
    assert [match.ref for match in copies(SAME_LAMP, ["letter"])] == ["lamp"]
    assert copies(SAME_LAMP, ["letter"])[0].likeness >= COPY
    assert copies(OTHER_LAMP, ["letter"], without="lamp-2") == []
    assert similar(LAMP, ["letter"], public_only=True)[0].likeness == 1.0


def test_without_an_index_nobody_is_kept_from_writing() -> None:
    assert similar(LAMP, ["letter"], public_only=True) == []
    assert copies(LAMP, ["letter"]) == []


def test_the_disk_holds_nothing_that_can_be_read(letters, tmp_path) -> None:
    held = b"".join(path.read_bytes() for path in (tmp_path / "matters").rglob("*") if path.is_file())
    assert len(held) > 1000
    for word in ("路灯", "物业", "公交", "人民路"):
        assert word.encode() not in held
    assert "路灯" not in str(list(Matter.objects.extra(select={"raw": "text"}).values_list("raw", flat=True)))


def test_rebuilt_after_being_lost(letters, run_jobs) -> None:
    index.SHELF.discard()
    assert refs(LAMP) == []
    index.follow.call()
    assert refs(LAMP) == ["lamp", "lamp-2"]


def test_an_index_built_anew_answers_the_same(letters) -> None:
    before = similar(LAMP, ["letter"], public_only=False)
    assert index.rebuild() == 5
    assert similar(LAMP, ["letter"], public_only=False) == before


def test_a_new_key_brings_a_new_index_at_night(letters, settings, tmp_path) -> None:
    settings.FIELD_KEYS_FILE = tmp_path / "keys.json"
    Matter.objects.all().delete()
    actions.put("lamp", "letter", LAMP, public=True)
    index.rebuild()
    old = index.SHELF.current()
    index.follow_key.call()
    assert index.SHELF.current() == old
    crypto.rotate()
    assert refs(LAMP) == ["lamp"]
    index.follow_key.call()
    assert index.SHELF.current() != old
    crypto.retire(1)
    assert refs(LAMP) == ["lamp"]


def test_an_index_whose_key_is_gone_is_built_anew(letters, settings, tmp_path) -> None:
    (index.SHELF.current() / "key-version").write_text("99")
    assert refs(LAMP) == []
    index.update.call()
    assert refs(LAMP) == ["lamp", "lamp-2"]


def test_check_finds_and_mends_what_disagrees(letters) -> None:
    assert list(checks.disagreement()) == []
    Matter.objects.filter(ref="bus").update(turn=9)
    Matter.objects.filter(ref="fee").delete()
    [sentence] = checks.disagreement()
    assert "2 条" in sentence
    checks.repair()
    assert list(checks.disagreement()) == []
    assert index.SHELF.reader().searcher().num_docs == 4


# --- likeness ----------------------------------------------------------------------------------------------------------------------------

SECRET = b"k" * 32
_texts = st.text(alphabet="路灯坏了请修人民医院车站晚上黑老孩子门口物业费涨公交", max_size=120)


@given(_texts, _texts)
def test_likeness_is_a_likeness(one: str, other: str) -> None:
    first, second = digests.sketch(one, SECRET), digests.sketch(other, SECRET)
    assert 0 <= digests.likeness(first, second) <= 1
    assert digests.likeness(first, second) == digests.likeness(second, first)
    assert digests.likeness(first, first) == (1.0 if one else 0.0)


@given(_texts.filter(lambda text: len(text) >= 4), _texts.filter(lambda text: len(text) >= 4))
def test_likeness_of_short_texts_is_exact(one: str, other: str) -> None:
    def pieces(text: str) -> set[str]:
        return {text[at : at + digests.SHINGLE] for at in range(len(text) - digests.SHINGLE + 1)}

    if len(pieces(one) | pieces(other)) <= digests.KEPT:
        exact = len(pieces(one) & pieces(other)) / len(pieces(one) | pieces(other))
        assert digests.likeness(digests.sketch(one, SECRET), digests.sketch(other, SECRET)) == pytest.approx(exact)


@given(st.integers(0, 2**32), st.integers(0, 900))
def test_likeness_of_long_texts_is_close(seed: int, changed: int) -> None:
    chosen = random.Random(seed)
    signs = [chr(0x4E00 + chosen.randrange(2000)) for _ in range(1000)]
    one = "".join(signs)
    other = one[:changed] + "".join(chr(0x6E00 + chosen.randrange(2000)) for _ in range(1000 - changed))
    pieces = [{text[at : at + digests.SHINGLE] for at in range(1001 - digests.SHINGLE)} for text in (one, other)]
    exact = len(pieces[0] & pieces[1]) / len(pieces[0] | pieces[1])
    assert digests.likeness(digests.sketch(one, SECRET), digests.sketch(other, SECRET)) == pytest.approx(exact, abs=0.2)


def test_blanks_punctuation_and_width_make_no_difference() -> None:
    assert digests.sketch("人民路，路灯 坏了！A1", SECRET) == digests.sketch("人民路路灯坏了ａ１", SECRET)
