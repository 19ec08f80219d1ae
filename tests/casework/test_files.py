"""Files of a case: judged by content, without the place they were taken, private, gone when nothing came of them."""

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from lianxin.casework import actions, uploads
from lianxin.casework.models import Attachment
from lianxin.foundation.errors import Refused

pytestmark = pytest.mark.django_db
GPS, ORIENTATION = 0x8825, 0x0112


def picture(name="photo.jpg", kind="JPEG", size=(40, 20)) -> SimpleUploadedFile:
    """A picture that says where it was taken, and that it lies on its side."""
    content = io.BytesIO()
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS).update({1: "N", 2: (31.0, 12.0, 30.0), 3: "E", 4: (121.0, 30.0, 0.0)})
    Image.new("RGB", size, "red").save(content, format=kind, exif=exif)
    return SimpleUploadedFile(name, content.getvalue())


def kept_files() -> list[Path]:
    return [path for path in (Path(settings.MEDIA_ROOT) / "cases").rglob("*") if path.is_file()]


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.parametrize(("name", "written_as"), [("photo.jpg", "JPEG"), ("photo.png", "PNG"), ("photo.webp", "WEBP")])
def test_the_place_is_removed_and_the_picture_stands_upright(submit, name, written_as):
    case = submit(files=[picture(name, written_as)]).case
    kept = Attachment.objects.get(case=case)
    with Image.open(io.BytesIO(kept.file.read())) as stored:
        assert not stored.getexif() and stored.size == (20, 40)
    assert kept.name == name and name not in kept.file.name and kept.content_type.startswith("image/") and not kept.is_public
    assert len(kept_files()) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("照片.jpg", b"<html><script>alert(1)</script></html>", "不是图片"),
        ("合同.pdf", b"MZ\x90\x00 this is a program", "与“.pdf”不符"),
        ("程序.exe", b"MZ\x90\x00", "不能作为附件"),
        ("空.pdf", b"", "与“.pdf”不符"),
    ],
)
def test_what_is_not_what_it_says_is_refused(submit, name, content, words):
    with pytest.raises(Refused, match=words):
        submit(files=[SimpleUploadedFile(name, content)])
    assert not kept_files()


def test_too_many_and_too_large(submit, monkeypatch):
    with pytest.raises(Refused, match="最多添加 9 个"):
        submit(files=[picture() for _ in range(10)])
    monkeypatch.setattr(uploads, "LARGEST", 100)
    with pytest.raises(Refused, match="超过"):
        submit(files=[SimpleUploadedFile("附件.pdf", b"%PDF-1.7" + b" " * 200)])


def test_a_refused_deed_leaves_no_file(flow, staff):
    case = flow.handling()
    with pytest.raises(Refused):
        actions.citizen_answered(staff.citizen, case, "在东门", files=[picture()])
    assert not kept_files()


def test_the_same_form_sent_twice_keeps_its_files_once(submit):
    for _ in range(2):
        submit(token="the-same-form-again", files=[picture()])
    assert len(kept_files()) == 1 and Attachment.objects.count() == 1


def test_information_comes_with_files_and_erasing_takes_them(flow, staff, django_capture_on_commit_callbacks):
    case = flow.handling(files=[picture()])
    case = actions.add_information(staff.citizen, case, "补一张", files=[SimpleUploadedFile("../../证明.pdf", b"%PDF-1.7 x")])
    assert [row.name for row in case.attachments.order_by("pk")] == ["photo.jpg", "证明.pdf"]
    case = actions.publish_reply(staff.clerk, case, flow.approved(case))
    case = actions.decide_public(staff.triage, case, True, attachments=[case.attachments.first()])
    assert [row.is_public for row in case.attachments.order_by("pk")] == [True, False]
    with django_capture_on_commit_callbacks(execute=True):
        actions.erase(staff.admin, case, "保存期满")
    assert not kept_files()
