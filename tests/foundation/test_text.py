"""Words, titles that break between them, plain text."""

import html
import os
from itertools import pairwise

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from lianxin.foundation import text

WORDS = ("和安市", "和安市人力资源和社会保障局", "市人社局", "青石县", "柳河镇", "海东", "林清和", "5G专网")
TITLE_CHARACTERS = "和安市海东青石县上路人民政府在的年月日个项目亿元12345 67.8%AaZz-，。“”《》（）、：<>&"


@pytest.fixture(autouse=True)
def own_words(monkeypatch: pytest.MonkeyPatch):
    """The words above, and none from the rooms above."""
    monkeypatch.setattr(text, "_providers", [])
    text.set_city_words(WORDS)
    yield
    text.set_city_words(())


def lines(title: str) -> list[str]:
    """Where a title may be broken, as text."""
    return html.unescape(text.breakable(title)).split("<wbr>")


@given(st.text(max_size=80) | st.text(alphabet=TITLE_CHARACTERS, max_size=60))
def test_words_together_are_the_text(value: str):
    words = text.segment(value)
    assert "".join(words) == value
    assert all(words)


@given(st.text(alphabet="市局的在新上了和安", max_size=8), st.sampled_from([word for word in WORDS if len(word) > 2 and word.isalpha()]))
def test_a_citys_own_word_is_never_cut(around: str, word: str):
    value = f"{around}，{word}。{around}"
    assert word in text.segment(value)


def test_the_longest_own_word_wins():
    assert text.segment("和安市人力资源和社会保障局市人社局公告") == ["和安市人力资源和社会保障局", "市人社局", "公告"]


def test_a_short_own_word_does_not_tear_two_others():
    assert text.segment("上海东路改造") == ["上海", "东路", "改造"]
    assert text.segment("海东教育局") == ["海东", "教育局"]


def test_an_own_word_in_latin_is_not_found_inside_a_longer_run():
    assert "5G专网" in text.segment("建成5G专网")
    assert "5G专网" not in text.segment("建成15G专网")


def test_half_a_surrogate_pair_is_kept():
    assert "".join(text.segment("和安市\ud800")) == "和安市\ud800"


def test_words_come_from_providers_and_change_with_them():
    known = ["云岭街道办"]
    text.register_words(lambda: known)
    assert "云岭街道办" in text.segment("云岭街道办召开会议")
    known[:] = ["云岭社区工作站"]
    text.words_changed()
    assert "云岭社区工作站" in text.segment("云岭社区工作站召开会议")
    assert "云岭街道办" not in text.own_words()


def test_another_process_says_that_words_changed(monkeypatch: pytest.MonkeyPatch):
    known = ["云岭街道办"]
    text.register_words(lambda: known)
    assert "云岭街道办" in text.own_words()
    known[:] = ["云岭社区工作站"]
    text._stamp_path().write_text("another process")
    os.utime(text._stamp_path(), ns=(1, 1))
    monkeypatch.setattr(text, "_looked_at", float("-inf"))
    assert "云岭社区工作站" in text.own_words()


def test_a_provider_that_fails_leaves_the_former_words():
    def failing():
        raise OSError("the database is away")

    assert "和安市" in text.own_words()
    text.register_words(failing)
    assert "和安市" in text.segment("和安市新闻")


def test_titles_break_between_words():
    assert lines("和安市青石县开展春耕生产") == ["和安市", "青石县", "开展", "春耕生产"]


@pytest.mark.parametrize(
    ("title", "together"),
    [
        ("我市新增 12 个项目", "12\u00a0个"),
        ("全市38亿元项目开工", "38亿元"),
        ("增长6.2 %以上", "6.2\u00a0%"),
        ("召开第三十二次常务会议", "第三十二次"),
        ("自2026年11月21日起施行", "2026年11月21日"),
        ("防控COVID-19疫情", "COVID-19"),
        ("政策解读（第3期）", "（第3期）"),
        ("今年前三季度", "前三季度"),
        ("市长走访慰问老党员", "老党员"),
        ("关于做好工作的通知", "工作的"),
        ("和安市举行“我为群众办实事”发布会", "“我为群众办实事”"),
        ("科创路片区安置房：公示30天", "安置房："),
        ("印发《和安市志》等书目", "《和安市志》"),
        ("推进“放管服”改革", "“放管服”"),
        ("学习「一网通办」经验", "「一网通办」"),
        ("2026年11月居民消费价格公布", "2026年11月"),
        ("11月份空气质量公布", "11月份"),
        ("政府工作计划（2024—2026年）", "2024—2026年"),
        ("关于印发和政发〔2026〕3号文件的通知", "和政发〔2026〕3号"),
        ("新建绿地3.5万平方米", "3.5万平方米"),
        ("全长 12 km 的绿道开放", "12\u00a0km"),
        ("在15个工作日内办结", "15个工作日"),
        ("环境日报：空气质量良，AQI 61", "AQI\u00a061"),
    ],
)
def test_what_no_line_may_part(title: str, together: str):
    assert any(together in line for line in lines(title)), lines(title)


def test_long_own_words_may_break_between_their_parts():
    assert len(lines("和安市人力资源和社会保障局")) > 1


@given(st.text(alphabet=TITLE_CHARACTERS, max_size=40))
def test_breaks_change_no_letter_and_obey_the_rules_of_punctuation(title: str):
    parts = html.unescape(text.breakable(title).replace("<wbr>", "\x00")).split("\x00")
    assert "".join(parts).replace("\u00a0", " ") == title
    for before, after in pairwise(parts):
        assert before and after
        assert after[0] not in "，。”》）、：%"
        assert before[-1] not in "“《（"
        assert not (before[-1].isascii() and after[0].isascii())


@given(
    st.text(alphabet="和安市政府工作的在", max_size=12),
    st.sampled_from(
        ["“放管服”", "《和安市志》", "「一网通办」", "2026年11月", "2026年11月21日", "〔2026〕3号", "12个", "3.5万平方米", "2024—2026年"]
    ),
    st.text(alphabet="和安市政府工作的在", max_size=12),
)
def test_short_things_stay_whole_wherever_they_stand(before: str, thing: str, after: str):
    assert "".join(lines(before + thing + after)).replace("\u00a0", " ") == before + thing + after
    assert any(thing in line for line in lines(before + thing + after))


def test_a_long_quotation_may_be_broken():
    assert len(lines("《和安市人民政府关于进一步优化营商环境的若干措施》")) > 3


def test_a_document_number_takes_no_more_than_the_issuers_code():
    assert lines("转发市政府通知和政办发〔2026〕12号") == ["转发", "市政府", "通知", "和政办发〔2026〕12号"]


def test_titles_are_escaped():
    assert text.breakable("<script>1</script>") == "&lt;script&gt;1&lt;/script&gt;"
    shown = Template("{% load lianxin_text %}{{ title|breakable }}").render(Context({"title": "和安市<b>新闻"}))
    assert shown.replace("<wbr>", "") == "和安市&lt;b&gt;新闻"


def test_titles_are_remembered():
    text.breakable("和安市召开会议")
    before = text._breakable.cache_info().hits
    text.breakable("和安市召开会议")
    assert text._breakable.cache_info().hits == before + 1


def test_plain_text():
    assert text.plain("<p>你好<br>世界&nbsp;&amp;</p><script>x()</script><p>第二段\u200b</p>") == "你好 世界 & 第二段"
    assert text.plain("  一\n二\u3000三 ") == "一 二 三"
    assert text.plain("a &lt; b") == "a < b"
    assert text.plain("<svg><path d=''/></svg>图") == "图"
    assert text.plain("<svg/>图") == "图"


@given(st.text(alphabet="<>/pscripbr &;!-'\"=中文", max_size=60))
def test_plain_text_of_anything_is_one_line(value: str):
    assert text.plain(value) == " ".join(text.plain(value).split())
