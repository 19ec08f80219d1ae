"""Every format with what is usual in it, and everything bad that people and attackers put into files."""

import io
import json
import os
import zipfile
from datetime import datetime

import openpyxl
import pytest
from django.utils import timezone
from PIL import Image
from wagtail.contrib.redirects.models import Redirect

from lianxin.foundation.errors import Refused
from lianxin.foundation.models import AuditEntry
from lianxin.publishing.imports import decoding, items, tables
from lianxin.publishing.imports.run import words_of
from lianxin.publishing.models import ArticlePage, Attachment, ImportRun, Origin, Picture

pytestmark = pytest.mark.django_db

TEXT = (
    "市图书馆新馆选址公布\n发布时间：2008-06-12 09:30\n来源：和安日报\n新馆选址今天公布，市民可以到现场查看图纸。\n一、选址\n新馆建在人民路北侧。\n"
)
TRADITIONAL = "市圖書館新館選址公布\n發布會今天舉行，說明新館的設計與時間。市民們對這個開放的網站表示歡迎，認為學習更方便了。\n"
ROWS = [
    {"标题": "第一篇", "正文": "第一篇的正文，有一句话。", "发布时间": "2008-06-12"},
    {"标题": "第二篇", "正文": "<p>第二篇的<b>正文</b></p><script>alert(1)</script>", "发布时间": "2009年1月2日 08:05"},
]


def png(colour="red"):
    out = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(out, "PNG")
    return out.getvalue()


def zipped(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def bare(article):
    return words_of(article.body.get_prep_value())


def csv_of(rows, extra=""):
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(names)] + [",".join(f'"{str(row.get(name, "")).replace(chr(34), chr(34) * 2)}"' for name in names) for row in rows]
    return "\n".join(lines) + "\n" + extra


def docx(paragraphs, pictures=()):
    """A Word file as small as one can be."""
    relations = "".join(
        f'<Relationship Id="p{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="media/{n}.png"/>'
        for n, _ in enumerate(pictures)
    )
    drawing = (
        '<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="n" descr="一张红色的图"/><a:graphic><a:graphicData><pic:pic><pic:blipFill>'
        '<a:blip r:embed="p{n}"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>'
    )
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs) + "".join(drawing.format(n=n) for n, _ in enumerate(pictures))
    names = {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    }
    spaces = " ".join(f'xmlns:{key}="{value}"' for key, value in names.items())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="png" ContentType="image/png"/><Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
            'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        )
        archive.writestr("word/document.xml", f"<w:document {spaces}><w:body>{body}</w:body></w:document>")
        archive.writestr(
            "word/_rels/document.xml.rels",
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>',
        )
        for number, picture in enumerate(pictures):
            archive.writestr(f"word/media/{number}.png", picture)
    return out.getvalue()


# --- what is usual -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le"])
def test_a_text_keeps_title_date_source_and_headings(take, tmp_path, city, encoding):
    path = tmp_path / "选址.txt"
    path.write_bytes(TEXT.encode(encoding))
    report = take(path)
    assert (report.imported, report.refused) == (1, 0)
    article = ArticlePage.objects.get()
    assert (article.title, article.source, article.organisation) == ("市图书馆新馆选址公布", "和安日报", city.root)
    assert timezone.localtime(article.published_at) == timezone.make_aware(datetime(2008, 6, 12, 9, 30))
    assert article.slug.startswith("20080612-")
    assert [(b.block_type) for b in article.body] == ["text", "heading", "text"]
    assert article.summary == "新馆选址今天公布，市民可以到现场查看图纸。"
    assert Origin.objects.get().place == "选址.txt"
    entry = AuditEntry.objects.order_by("seq").last()
    assert entry.deed == "publishing.import_articles" and "选址.txt" in entry.summary and entry.detail["imported"] == 1


@pytest.mark.parametrize(("foot", "day"), [("二〇〇七年三月五日", "2007-03-05"), ("2999年3月5日", ""), ("2007年2月30日", "")])
def test_a_text_without_a_date_has_the_one_of_its_signature(take, tmp_path, foot, day):
    path = tmp_path / "a.txt"
    path.write_text(f"关于停水的通知\n今天停水，请储水。\n市水务局\n{foot}\n", encoding="utf-8")
    report = take(path)
    article = ArticlePage.objects.get()
    modified = datetime.fromtimestamp(path.stat().st_mtime).strftime("%Y-%m-%d")
    assert timezone.localtime(article.published_at).strftime("%Y-%m-%d") == (day or modified)
    assert foot in bare(article)
    assert ("用文中写的日期" if day else "用文件的修改时间") in report.notes[0]


def test_traditional_characters_in_big5(take, tmp_path):
    path = tmp_path / "圖書館.txt"
    path.write_bytes(TRADITIONAL.encode("big5"))
    take(path)
    assert ArticlePage.objects.get().title == "市圖書館新館選址公布"


def test_a_table_in_each_format(take, tmp_path):
    rows = [*ROWS, {"标题": "缺正文", "正文": "", "发布时间": "2008-06-12"}]
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / "a.csv").write_bytes(csv_of(rows).encode("gbk"))
    (tmp_path / "csv" / "a.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.save(tmp_path / "csv" / "b.xlsx")
    report = take(tmp_path / "csv")
    # Each article once, whatever the format; the other two times it is a duplicate.
    assert (report.imported, report.duplicates, report.refused) == (2, 4, 3)
    second = ArticlePage.objects.get(title="第二篇")
    assert "alert" not in bare(second) and "正文" in bare(second)
    assert timezone.localtime(second.published_at).strftime("%Y-%m-%d %H:%M") == "2009-01-02 08:05"


def test_headers_in_english_and_all_fields(take, tmp_path, city, other_column, client):
    row = {
        **{"Title": "English headers", "Content": "One sentence.", "Published at": "2011-05-06", "Column": "education", "Unit": "市教育局"},
        **{"Source": "Xinhua", "Author": "Li", "Keywords": "a b", "Document number": "和教〔2011〕3号", "Summary": "Short."},
        **{"Old address": "/html/2011/1.html"},
    }
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")
    assert take(path, column="").imported == 1
    article = ArticlePage.objects.get()
    assert article.get_parent().pk == other_column.pk and article.organisation == city.education
    assert (article.source, article.author, article.keywords, article.document_number) == ("Xinhua", "Li", "a b", "和教〔2011〕3号")
    assert article.summary == "Short."
    assert client.get("/html/2011/1.html", headers={"host": "hean.localhost"}).status_code == 301


def test_a_word_file_with_its_picture(take, tmp_path):
    path = tmp_path / "通知.docx"
    path.write_bytes(docx(["关于供暖的通知", "一、时间", "十一月一日起供暖，请各户注意。"], [png()]))
    report = take(path, date=items.moment("2015-10-01"))
    assert (report.imported, report.notes) == (1, [])
    article = ArticlePage.objects.get()
    assert article.title == "关于供暖的通知"
    assert [block.block_type for block in article.body] == ["heading", "text", "picture"]
    assert article.body[2].value["image"] == Picture.objects.get()


def test_html_from_a_zip_brings_pictures_and_attachments(take, tmp_path):
    page = """<html><head><meta charset="gb2312"><title>旧站</title><meta name="PubDate" content="2010-03-04 10:00"></head><body>
    <nav>导航</nav><h1>新闻标题</h1><div class="TRS_Editor"><p>第一段。<img src="../img/a.png" alt="红图"></p>
    <p>第二段。<a href="附件/表.pdf">申请表</a></p>
    <p onclick="x()">第三段。<img src="file:///etc/passwd"><img src="b.png"><script>alert(1)</script></p></div></body></html>"""
    members = {"p/1.html": page.encode("gbk"), "img/a.png": png(), "p/附件/表.pdf": b"%PDF-1.4 x", "p/b.png": b"MZ\x90 program"}
    report = take(zipped(tmp_path / "站.zip", members))
    assert (report.imported, report.refused) == (1, 0)
    article = ArticlePage.objects.get()
    assert article.title == "新闻标题"
    assert [block.block_type for block in article.body] == ["text", "picture", "text", "attachments"]
    assert Picture.objects.get().description == "红图"
    assert Attachment.objects.get().title == "申请表"
    assert "导航" not in bare(article) and "alert" not in bare(article)
    assert any("file:///etc/passwd" in note for note in report.notes) and any("不是图片" in note for note in report.notes)


def test_pictures_come_along_from_layout_tables_headings_and_the_root_of_the_old_site(take, tmp_path):
    page = """<h1>桥通车</h1><article><table><tr><td><img src="a.png" alt="新桥"></td></tr><tr><td>新桥通车</td></tr></table><p>第一段。</p>
    <table><tr><td>左<img src="b.png" alt="左图"><img src="c.png" alt="右图"></td><td>右</td></tr></table>
    <h2>小标题<img src="/upload/d.png" alt="根下"></h2><p>第二段。</p></article>"""
    members = {"html/1.html": page.encode(), "html/a.png": png(), "html/b.png": png("blue"), "html/c.png": png("green"), "upload/d.png": png("gray")}
    report = take(zipped(tmp_path / "站.zip", members))
    assert (report.imported, [note for note in report.notes if "图片" in note]) == (1, [])
    body = ArticlePage.objects.get().body
    told = [block.value["alt"] if block.block_type == "picture" else block.block_type for block in body]
    assert told == ["新桥", "text", "table", "左图", "右图", "heading", "根下", "text"]
    assert "新桥通车" in body[1].value.source


def test_an_address_does_not_climb_out_of_what_is_imported(take, tmp_path):
    (tmp_path / "外.png").write_bytes(png())
    folder = tmp_path / "站"
    folder.mkdir()
    (folder / "1.html").write_text(f'<h1>题</h1><p>文</p><img src="/../外.png"><img src="/{tmp_path}/外.png"><img src="../外.png">', encoding="utf-8")
    assert len([note for note in take(folder).notes if "没有找到" in note]) == 3


def test_the_attachment_of_an_imported_article_is_public(take, tmp_path):
    from lianxin.publishing import queries

    members = {"1.html": "<h1>标题</h1><article><p>正文。<a href='a.pdf'>附件</a></p></article>".encode(), "a.pdf": b"%PDF-1.4 x"}
    take(zipped(tmp_path / "a.zip", members))
    assert queries.attachment_is_public(Attachment.objects.get())


def test_the_same_article_thrice_is_imported_once(take, tmp_path, faults):
    folder = tmp_path / "稿"
    folder.mkdir()
    for name in "一二三":
        (folder / f"{name}.txt").write_text(TEXT if name != "三" else TEXT.replace("，", ", ").replace("\n", "\r\n\r\n"), encoding="utf-8")
    report = take(folder)
    assert (report.imported, report.duplicates) == (1, 2)
    assert all("内容相同" in reason for reason in faults(report).values())
    assert take(folder).imported == 0


def test_a_rehearsal_finds_everything_and_keeps_nothing(take, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(csv_of([*ROWS, ROWS[0], {"标题": "x" * 256, "正文": "y", "发布时间": "2008-06-12"}]), encoding="utf-8")
    report = take(path, rehearse=True)
    assert (report.imported, report.duplicates, report.refused) == (2, 1, 1)
    assert not ArticlePage.objects.exists() and not ImportRun.objects.exists()
    assert report.faults.exists()


@pytest.mark.parametrize("content", ["<img src='a.png' alt='湖'>", "<a href='a.pdf'>名单</a>"], ids=["picture", "attachment"])
def test_a_rehearsal_takes_what_has_no_words_as_the_import_does(take, tmp_path, content):
    path = zipped(tmp_path / "a.zip", {"1.html": f"<h1>冬日的湖</h1><article>{content}</article>".encode(), "a.png": png(), "a.pdf": b"%PDF-1.4 x"})
    rehearsed = take(path, rehearse=True)
    assert (rehearsed.imported, rehearsed.refused) == (1, 0)
    assert not Picture.objects.exists() and not Attachment.objects.exists()
    assert take(path).imported == 1


def test_what_was_left_out_is_told_for_every_article(take, tmp_path):
    pages = {f"{n}.html": f"<h1>第{n}篇</h1><article><p>第{n}篇正文。<img src='{n}.png'></p></article>".encode() for n in range(25)}
    report = take(zipped(tmp_path / "a.zip", pages))
    told = report.all_notes.read_text(encoding="utf-8-sig")
    assert all(f"{n}.html：图片 {n}.png 没有找到" in told for n in range(25))
    assert take(zipped(tmp_path / "b.zip", {"x.html": pages["1.html"]})).all_notes is None


# --- what is bad ---------------------------------------------------------------------------------------------------------


def test_bad_rows_are_listed_with_line_and_reason_and_good_ones_stay(take, tmp_path, faults):
    good = ROWS[0]
    bad = {
        3: ({**good, "标题": ""}, "没有标题"),
        4: ({**good, "标题": "长" * 256}, "最多 255 字"),
        5: ({**good, "发布时间": "1900-01-01"}, "早于 1949"),
        6: ({**good, "发布时间": "2999-01-01"}, "在将来"),
        7: ({**good, "发布时间": "去年夏天"}, "看不懂"),
        8: ({**good, "发布时间": "2008-02-30"}, "看不懂"),
        9: ({**good, "发布时间": ""}, "没有发布日期"),
        10: ({**good, "栏目": "no/such"}, "没有栏目"),
        11: ({**good, "发布单位": "火星局"}, "没有叫"),
        12: ({**good, "来源": "源" * 61}, "最多 60 字"),
    }
    rows = [{**good, "栏目": "", "发布单位": "", "来源": ""}, *(row for row, _ in bad.values()), {**ROWS[1]}]
    path = tmp_path / "表.csv"
    path.write_text(csv_of(rows), encoding="utf-8")
    report = take(path)
    found = faults(report)
    assert (report.imported, report.refused) == (2, len(bad))
    for line, (_, reason) in bad.items():
        assert reason in found[f"表.csv 第 {line} 行"]


def test_a_row_in_another_encoding_is_bad_and_the_rest_good(take, tmp_path, faults):
    lines = csv_of(ROWS).splitlines()
    path = tmp_path / "混.csv"
    path.write_bytes(b"\n".join([*(line.encode() for line in lines), '"第三篇","正文三","2008-01-01"'.encode("gbk"), b""]))
    report = take(path)
    # The broken bytes may run into the quotation marks; in any case only that row is lost.
    assert report.imported == 2 and report.refused == 1
    assert "乱码" in faults(report)["混.csv 第 4 行"]


def test_a_sheet_may_have_its_name_over_the_header_and_counts_its_rows_from_the_top(take, tmp_path, faults):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A2"] = "和安市稿件汇总表"
    sheet.merge_cells("A2:C2")
    for column, name in zip("ABC", ("标题", "正文", "发布时间"), strict=True):
        sheet[f"{column}4"] = name
    sheet.append(["甲", "甲的正文", datetime(2012, 3, 4)])
    sheet.append(["", "乙的正文", datetime(2012, 3, 4)])
    book.save(tmp_path / "表.xlsx")
    report = take(tmp_path / "表.xlsx")
    assert (report.imported, report.refused) == (1, 1)
    assert list(faults(report)) == ["表.xlsx“Sheet”第 6 行"]


def test_sheets_with_merged_cells_excel_dates_and_a_wrong_size(take, tmp_path, faults):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["标题", "正文", "发布时间", "来源"])
    sheet.append(["甲", "甲的正文", datetime(2012, 3, 4, 5, 6), "和安日报"])
    sheet.append(["乙", "乙的正文", 41000, None])
    sheet.append(["丙", "丙的正文", "2013/7/8", None])
    sheet.append(["丁", "丁的正文", datetime(1900, 1, 1), None])
    sheet.merge_cells("D2:D4")
    book.create_sheet("说明").append(["没有表头的说明"])
    book.save(tmp_path / "表.xlsx")
    report = take(tmp_path / "表.xlsx")
    assert (report.imported, report.refused) == (3, 1)
    assert set(ArticlePage.objects.values_list("source", flat=True)) == {"和安日报"}
    dates = dict(ArticlePage.objects.values_list("title", "published_at"))
    assert timezone.localtime(dates["乙"]).strftime("%Y-%m-%d") == "2012-04-01"
    assert "1949" in faults(report)["表.xlsx“Sheet”第 5 行"]


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * (40 * 1024 * 1024))
    return out.getvalue()


def entities():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><w:document>&b;</w:document>')
    return out.getvalue()


@pytest.mark.parametrize(
    "name, content, reason",
    [
        ("a.docx", bomb(), "展开后过大"),
        ("a.docx", entities(), "不正常的定义"),
        ("a.docx", b"PK\x03\x04 broken", "损坏"),
        ("a.docx", b"\xd0\xcf\x11\xe0 old", "旧格式"),
        ("a.xlsx", b"not a zip", "损坏"),
        ("a.txt", b"", "空的"),
        ("a.txt", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0" * 40, "不是文本"),
        ("a.txt", "前半是中文编码。".encode() * 3 + "后半是另一种编码。".encode("gbk") * 3, "编码"),
        ("a.csv", "名称,说明\n甲,乙\n".encode(), "表头"),
        ("a.csv", "标题,正文,标题\n甲,乙,丙\n".encode(), "两次"),
        ("a.csv", b"\0" * 1000, "空的"),
        ("a.jsonl", b'{"title": "a"\n', "JSON"),
        ("a.jsonl", b"[1, 2]\n", "对象"),
        ("a.jsonl", b"[" * 100_000, "JSON"),
        ("a.doc", b"\xd0\xcf\x11\xe0 old", ".doc"),
        ("a.html", b"<html><title>x</title><body></body></html>", "没有正文"),
    ],
)
def test_a_bad_file_is_refused_with_what_to_do(take, tmp_path, faults, name, content, reason):
    (tmp_path / name).write_bytes(content)
    report = take(tmp_path / name, date=items.moment("2010-01-01"))
    assert report.imported == 0 and report.refused == 1
    assert reason in next(iter(faults(report).values()))


def test_a_page_too_long_to_be_read_is_refused_not_cut(take, tmp_path, faults):
    path = tmp_path / "长.html"
    path.write_text(f"<h1>长文</h1><article>{'<p>一段话。</p>' * 100_000}</article>", encoding="utf-8")
    report = take(path)
    assert (report.imported, report.refused) == (0, 1) and "拆成几篇" in faults(report)["长.html"]


@pytest.mark.parametrize("name", ["大.txt", "大.csv", "大.jsonl", "大.docx"])
def test_two_gigabytes_of_nothing_are_refused_unread(take, tmp_path, faults, name):
    with (tmp_path / name).open("wb") as file:
        os.truncate(file.fileno(), 2 * 1024**3)
    report = take(tmp_path / name)
    assert (report.imported, report.refused) == (0, 1)
    assert "MB" in next(iter(faults(report).values()))


def test_a_zip_that_climbs_out_is_a_bomb_or_nested(take, tmp_path, faults):
    members = {
        **{"../../上去.txt": TEXT, "/etc/绝对.txt": TEXT, "炸弹.txt": " " * (8 * 1024 * 1024), "内.zip": b"PK\x03\x04"},
        **{"好.txt": TEXT},
    }
    report = take(zipped(tmp_path / "坏.zip", members))
    assert (report.imported, report.refused) == (1, 4)
    found = faults(report)
    assert "以外" in found["../../上去.txt"] and "以外" in found["/etc/绝对.txt"]
    assert "不正常" in found["炸弹.txt"] and "还有压缩包" in found["内.zip"]
    assert not (tmp_path.parent.parent / "上去.txt").exists()


def test_an_encrypted_zip_is_told(take, tmp_path, faults):
    path = zipped(tmp_path / "密.zip", {"a.txt": TEXT})
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(bytes(content))
    report = take(path)
    assert "密码" in faults(report)["a.txt"]


def test_a_link_in_a_folder_does_not_lead_out(take, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text(TEXT, encoding="utf-8")
    folder = tmp_path / "稿"
    folder.mkdir()
    (folder / "link.txt").symlink_to(secret)
    (folder / "a.html").write_text("<h1>标题</h1><article><p>正文。</p><img src='../pic.png'></article>", encoding="utf-8")
    (tmp_path / "pic.png").write_bytes(png())
    report = take(folder)
    assert report.imported == 1 and not Picture.objects.exists()


def test_a_plan_that_cannot_be_is_refused(take, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    with pytest.raises(Refused, match="没有栏目"):
        take(tmp_path / "a.txt", column="no/such")
    with pytest.raises(Refused, match="这个文件或文件夹"):
        take(tmp_path / "nothing.txt")


def test_columns_may_be_named_by_their_titles(take, tmp_path, column):
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    assert take(tmp_path / "a.txt", column="部门动态").imported == 1
    assert not Redirect.objects.exists()


@pytest.mark.parametrize("text", ["市政府门户网站的信息公开工作。", "关于做好春节期间工作的通知"])
def test_short_texts_are_read_in_the_right_encoding(text):
    assert decoding.decode(text.encode("gbk")) == text
    assert decoding.decode(text.encode()) == text


@pytest.mark.parametrize("name, key", [("标题 ", "title"), ("Published_At", "date"), ("发布时间：", "date"), ("\ufeff标题", "title"), ("别的", None)])
def test_headers_are_known_in_many_spellings(name, key):
    assert tables.header_key(name) == key


def test_a_folder_without_anything_to_import_is_no_success(take, tmp_path, capsys):
    from lianxin import cli

    folder = tmp_path / "空"
    folder.mkdir()
    (folder / "录像.mp4").write_bytes(b"x")
    assert cli.main(["import", "articles", str(folder), "--column", "departments"]) == cli.REFUSED
    assert "没有能导入的文件" in capsys.readouterr().err
