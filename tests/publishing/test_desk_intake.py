"""Pasting keeps structure and drops appearance; nothing that runs gets through."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianxin.publishing.blocks import ArticleBody
from lianxin.publishing.intake import blocks_from_html, blocks_from_text, html_from_blocks, html_from_body, is_simple, pictures_in, text_from_body

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0}</style></head>
<body><!--StartFragment-->
<p class=MsoNormal style="text-indent:21.0pt;mso-char-indent-count:2.0"><span style="font-family:仿宋">　　各县市区人民政府，
市直各部门：</span><span lang=EN-US><o:p></o:p></span></p>
<p class=MsoNormal><b><span style='font-size:16pt'>一、总体要求</span></b></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraph style='margin-left:18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]>\
<span style='mso-list:Ignore'>1.<span>&nbsp;&nbsp; </span></span><![endif]><span>第一项</span></p>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>2.</span>第<span style="font-weight:bold">二</span>项</p>
<table border=1><tr><td><p>名称</p></td><td>数量</td></tr><tr><td rowspan=2>甲</td><td>1</td></tr><tr><td>2</td></tr></table>
<!--EndFragment--></body></html>"""


def test_word_keeps_its_structure():
    blocks = blocks_from_html(WORD)
    assert [block["type"] for block in blocks] == ["text", "heading", "text", "table"]
    assert blocks[0]["value"] == "<p>各县市区人民政府，市直各部门：</p>"
    assert blocks[1]["value"] == {"level": "2", "text": "一、总体要求"}
    assert blocks[2]["value"] == "<ol><li>第一项</li><li>第<b>二</b>项</li></ol>"
    assert blocks[3]["value"]["data"] == [["名称", "数量"], ["甲", "1"], ["甲", "2"]]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<h1>大</h1><h3>小</h3>", "<h2>大</h2>\n<h3>小</h3>"),
        ("<p>甲<br>乙</p>", "<p>甲</p><p>乙</p>"),
        ("前<font size=2>甲<br><br>　　乙<b>丙<br>丁</b></font>后", "<p>前甲</p><p>乙<b>丙</b></p><p><b>丁</b>后</p>"),
        ("<div>甲<div>乙</div>丙</div>", "<p>甲</p><p>乙</p><p>丙</p>"),
        ("<p>&nbsp;</p><p>　　</p><p>甲</p>", "<p>甲</p>"),
        ("<p><b>　　粗</b>细</p>", "<p><b>粗</b>细</p>"),
        ("<ul><li>甲</li><li><p>乙</p></li></ul>", "<ul><li>甲</li><li>乙</li></ul>"),
        ('<p><a href="https://www.gov.cn/" onclick="x()">国务院</a></p>', '<p><a href="https://www.gov.cn/">国务院</a></p>'),
        ('<p><a href="javascript:alert(1)">点</a></p>', "<p>点</p>"),
        ("<p>甲<script>alert(1)</script><img src=x onerror=alert(1)></p>", "<p>甲</p>"),
        ("<table><tr><td><p>只是一个框</p></td></tr></table>", "<p>只是一个框</p>"),
        ("<table><tr><td><table><tr><td>甲</td><td>乙</td></tr></table></td></tr></table>", "<table><tr><td>甲</td><td>乙</td></tr></table>"),
        ("<ul><li>甲<ol><li>乙</li></ol></li><li>丙</li></ul>", "<ul><li>甲<ol><li>乙</li></ol></li><li>丙</li></ul>"),
        ("<ul><li>甲</li><ul><li>乙</li></ul></ul>", "<ul><li>甲<ul><li>乙</li></ul></li></ul>"),
        ("<ul>甲<li><p>乙</p><p>丙<br>丁</p></li></ul>", "<ul><li>甲</li><li>乙 丙 丁</li></ul>"),
        (
            "<table><caption>名</caption>甲<tr><td>乙</td><td>丙</td></tr><td>丁</td></table>",
            "<table><caption>名</caption><tr><td>乙</td><td>丙</td></tr></table>\n<p>甲</p><p>丁</p>",
        ),
        ("<p><b><b> </b></b></p>", ""),
        ("<blockquote>甲<p>乙</p>丙<br>丁</blockquote>", "<blockquote><p>甲</p><p>乙</p><p>丙</p><p>丁</p></blockquote>"),
        ("<blockquote><p>甲</p><ul><li>乙</li></ul></blockquote>", "<p>甲</p><ul><li>乙</li></ul>"),
        (f"<h2>{'长' * 121}</h2>", f"<p>{'长' * 121}</p>"),
        ("<blockquote><p>引文</p></blockquote>", "<blockquote><p>引文</p></blockquote>"),
        ("<p>a &lt;script&gt; b</p>", "<p>a &lt;script&gt; b</p>"),
        ("纯文字", "<p>纯文字</p>"),
        ("", ""),
    ],
)
def test_what_is_kept(source, expected):
    assert html_from_blocks(blocks_from_html(source)) == expected


def test_cells_keep_their_lines_apart_and_whole():
    source = "<table><tr><td>电话</td><td>3550001<br>3550002</td></tr>"
    source += "<tr><td><p>合计<b>12</b>个</p></td><td>甲<table><tr><td>乙</td></tr></table></td></tr></table>"
    assert blocks_from_html(source)[0]["value"]["data"] == [["电话", "3550001\n3550002"], ["合计12个", "甲\n乙"]]


def test_lists_within_lists_are_typed_as_one():
    body = ArticleBody().to_python(blocks_from_html("<ul><li>甲<ol><li>乙<ul><li>丙</li></ul></li><li>丁</li></ol></li></ul>"))
    assert blocks_from_text(text_from_body(body))[0]["value"] == "<ul><li>甲</li><li>乙</li><li>丙</li><li>丁</li></ul>"


def test_light_markup():
    text = "## 标题\n\n　　第一段**粗**\n- 甲\n- 乙\n\n1. 一\n2. 二\n|a|b|\n|--|--|\n|1|2|\n> 引文\n"
    text += "<script>x</script> [国务院](https://www.gov.cn/)"
    blocks = blocks_from_text(text)
    assert [block["type"] for block in blocks] == ["heading", "text", "table", "quote", "text"]
    assert blocks[1]["value"] == "<p>第一段<b>粗</b></p><ul><li>甲</li><li>乙</li></ul><ol><li>一</li><li>二</li></ol>"
    assert blocks[4]["value"] == '<p>&lt;script&gt;x&lt;/script&gt; <a href="https://www.gov.cn/">国务院</a></p>'


def test_a_body_goes_to_the_form_and_back_unchanged():
    blocks = blocks_from_html(WORD)
    body = ArticleBody().to_python(blocks)
    assert is_simple(body)
    assert blocks_from_html(html_from_body(body)) == blocks
    again = blocks_from_text(text_from_body(body))
    assert [block["type"] for block in again] == [block["type"] for block in blocks]
    assert again[3]["value"]["data"] == blocks[3]["value"]["data"]


def test_pictures_are_counted_not_kept():
    assert pictures_in('<p><img src="file:///C:/x.png"></p><v:imagedata src="y">') == 2


def test_tags_nested_beyond_reason_keep_their_words():
    blocks = blocks_from_html("<div><p>" * 3000 + "话" + "</p></div>" * 3000)
    assert "话" in html_from_blocks(blocks)


WORDS = st.sampled_from(["甲", "乙", "丙<br>丁", "<b>戊<br/>己</b>", " ", "<a href='http://x/'>链</a>"])
TAGS = st.sampled_from(["p", "div", "ul", "ol", "li", "blockquote", "table", "tr", "td", "h2", "font", "span", "b"])
PAGES = st.recursive(
    WORDS, lambda inner: st.builds(lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", TAGS, st.lists(inner, max_size=4)), max_leaves=25
)


@settings(max_examples=200, deadline=None)
@given(PAGES)
def test_every_word_is_kept_once_however_the_tags_stand(source):
    kept = html_from_blocks(blocks_from_html(source))
    assert sorted(re.findall("[甲乙丙丁戊己链]", kept)) == sorted(re.findall("[甲乙丙丁戊己链]", source))


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="<>/pabdivscriptuloltr =\"'&;!-\n　 甲乙onclick", max_size=200))
def test_whatever_is_pasted_gives_harmless_blocks(source):
    cleaned = html_from_blocks(blocks_from_html(source)).lower()
    assert "<script" not in cleaned and "<img" not in cleaned
    ArticleBody().to_python(blocks_from_html(source))
