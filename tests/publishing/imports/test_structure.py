"""Structure that texts lost: what comes back, and that no word is lost on the way."""

import re
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxin.publishing.imports import documents, punctuation, structure
from lianxin.publishing.imports.run import words_of

WRITTEN = {
    "2007年3月5日": "2007-03-05",
    "（2007 年 12 月 31 日）": "2007-12-31",
    "二〇〇七年三月十五日": "2007-03-15",
    "二○一○年十月二十日": "2010-10-20",
    "一九九九年十二月三十一日": "1999-12-31",
    "二零零八年一月十日": "2008-01-10",
    "2007年3月5日上午开会": "",
    "２００７年３月５日": "2007-03-05",
    "三月五日": "",
    "二〇〇七年十十月一日": "",
    "二〇〇七年一二三月十日": "",
}
REAL = Path(__file__).resolve().parents[4] / "shared" / "articles"


def bare(text):
    return re.sub(r"[\W_]+", "", text)


def everything(draft):
    return draft.title + "".join(part.text for part in draft.parts)


@given(st.text(st.sampled_from("市政府门户网站建设。.，一、二（三）'“”1998年 \n\u3000a3"), max_size=300))
def test_no_character_is_lost(text):
    draft = structure.recover(text, "")
    assert bare(everything(draft)) == bare(text)


@given(st.text(st.sampled_from("新余'.电子政府据介绍说。2005年 "), min_size=20, max_size=200))
def test_restored_punctuation_changes_nothing_but_punctuation(text):
    assert bare(punctuation.restore(text)) == bare(text)


def test_headings_are_found_and_sentences_are_none():
    text = "标题\n开头一段，有句号。\n一、建设\n第一段。\n（一）内容\n第二段。\n二、这一句说了一件完整的事情，有句号。\n结尾。"
    levels = [part.level for part in structure.recover(text).parts]
    assert levels == [0, 2, 0, 3, 0, 0, 0]


def test_wrapped_lines_are_joined_and_indented_paragraphs_parted():
    wrapped = "标题\n" + "这一段被按宽度切成了几行，前一行到这里还没有说完它要说的事情，因为" + "\n下一行才说完。\n第二段。"
    assert [part.text for part in structure.recover(wrapped).parts] == [
        "这一段被按宽度切成了几行，前一行到这里还没有说完它要说的事情，因为下一行才说完。",
        "第二段。",
    ]
    run_together = "标题\n" + "第一段说了很多事情。" * 12 + "    第二段也是。    " + "第三段。" * 20
    assert len(structure.recover(run_together).parts) == 3


@pytest.mark.parametrize(
    "text, restored",
    [
        ("人口47.6万人.生产总值17.47亿元.", "人口47.6万人，生产总值17.47亿元。"),
        ("网址是www.xinyu.gov.cn.欢迎访问.", "网址是www.xinyu.gov.cn，欢迎访问。"),
        ("新增了在线访谈.市长之窗.县区动态.部门动态等许多栏目.", "新增了在线访谈、市长之窗、县区动态、部门动态等许多栏目。"),
        ("打开'中国.新余'网.", "打开“中国·新余”网。"),
        ("2005.2006年的第三次大改版是一次飞跃.", "2005、2006年的第三次大改版是一次飞跃。"),
    ],
)
def test_dots_become_what_they_were(text, restored):
    assert punctuation.restore(text) == restored


def test_a_text_with_its_punctuation_is_left_alone():
    text = "标题\n他说：“版本 3.5 在 www.example.cn 上。”U.S. 也有。"
    assert not punctuation.is_lost(text)
    assert structure.recover(text).parts[0].text == text.splitlines()[1]


@pytest.fixture
def article():
    """``article("kezhou")``: one of the five real articles, which do not belong to the project."""

    def read(name):
        found = sorted(REAL.glob(f"{name}*.txt"))
        if not found:
            warnings.warn(f"SKIPPED: the real articles are not at {REAL}", stacklevel=1)
            pytest.skip(f"the real articles are not at {REAL}")
        return found[0].read_text(encoding="utf-8")

    return read


@pytest.mark.parametrize("name", ["jiaozuo-portal", "jiaozuo-small", "kezhou", "xianyang", "xinyu"])
def test_the_real_articles_keep_every_word(article, name):
    text = article(name)
    draft = structure.recover(text)
    assert bare(everything(draft)) == bare(text)
    assert bare(draft.title + words_of(documents.blocks_of(draft.parts))) == bare(text)
    assert bare(draft.title) == bare(text.splitlines()[0])
    assert not re.search(r"[㐀-鿿]\.[㐀-鿿]", everything(draft))
    assert max(len(part.text) for part in draft.parts) < 900


@pytest.mark.parametrize(
    "name, headings",
    [
        ("jiaozuo-portal", 4),
        ("jiaozuo-small", 3),
        ("kezhou", 4),
        ("xianyang", 3),
        ("xinyu", 4),
    ],
)
def test_the_real_articles_get_their_headings_back(article, name, headings):
    parts = structure.recover(article(name)).parts
    assert sum(part.level > 0 for part in parts) == headings


@pytest.mark.parametrize(("line", "date"), WRITTEN.items())
def test_the_date_that_a_text_gives_itself(line, date):
    assert structure.written_date(["第一段。", "第二段。", "第三段。", "第四段。", line]) == date
    assert structure.written_date([line, "第一段。", "第二段。", "第三段。", "第四段。"]) == date
    assert structure.written_date(["一。", "二。", "三。", line, "四。", "五。"]) == ""
