"""What an uploaded file really is, read from its content: a name and a browser's word prove nothing."""

import io
import warnings
import zipfile
from pathlib import PurePosixPath
from typing import IO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from PIL import Image, ImageOps

PICTURE_FORMATS = {"JPEG": ("jpg", "jpeg"), "PNG": ("png",), "WEBP": ("webp",), "GIF": ("gif",)}
# Cameras make 50 million points; more is a bomb that unpacks in memory.
MOST_POINTS = 80_000_000
MOST_IN_ARCHIVE = 1024 * 1024 * 1024

# By ending: how such a file begins. OLE is Word 97 and WPS, PK the zip that newer formats are.
_OLE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
SIGNATURES: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "doc": (_OLE,),
    "xls": (_OLE,),
    "ppt": (_OLE,),
    "wps": (_OLE, _ZIP),
    "et": (_OLE, _ZIP),
    "dps": (_OLE, _ZIP),
    "docx": (_ZIP,),
    "xlsx": (_ZIP,),
    "pptx": (_ZIP,),
    "ofd": (_ZIP,),
    "odt": (_ZIP,),
    "ods": (_ZIP,),
    "zip": (_ZIP,),
    "rar": (b"Rar!\x1a\x07",),
    "7z": (b"7z\xbc\xaf\x27\x1c",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "webp": (b"RIFF",),
    "mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    "ogg": (b"OggS",),
    "webm": (b"\x1a\x45\xdf\xa3",),
}
_ISO_MEDIA = ("mp4", "m4a")
_TEXT = ("txt", "csv")
MACRO_PARTS = ("vbaproject.bin",)


def require_picture(file: UploadedFile, at_most: int | None = None) -> None:
    """Raise ValidationError unless the content is a JPEG, PNG, WebP or GIF picture, whole, of a bearable size and named as what it is."""
    limit = at_most or settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE
    if file.size is not None and file.size > limit:
        raise ValidationError(f"图片有 {_megabytes(file.size)}，请压缩到 {_megabytes(limit)} 以内再上传。")
    kind = _picture_kind(file)
    if kind is None:
        raise ValidationError("这个文件不是图片，或者已经损坏。请上传 JPG、PNG、WebP 或 GIF 图片。")
    if _ending(file) not in PICTURE_FORMATS[kind]:
        raise ValidationError(f"文件内容是 {kind} 图片，名字的结尾却是“.{_ending(file)}”。请改用正确的文件。")


def _picture_kind(file: UploadedFile) -> str | None:
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=list(PICTURE_FORMATS)) as picture:
                kind, points = picture.format, picture.width * picture.height
                picture.verify()
    except Exception:
        # Pillow raises whatever its decoders raise; all of it means: no picture.
        return None
    finally:
        file.seek(0)
    return kind if points <= MOST_POINTS else None


def without_location(file: UploadedFile) -> bytes:
    """The content of a picture drawn anew: what the camera noted beside it (place, time, device) is gone, and it stands upright.

    Other files are returned as they are. Call it after ``require_picture``; slow, so never inside a transaction.
    """
    file.seek(0)
    original = file.read()
    file.seek(0)
    if _picture_kind(file) not in ("JPEG", "PNG", "WEBP"):
        return original
    with Image.open(io.BytesIO(original)) as opened:
        kind, animated = opened.format, getattr(opened, "is_animated", False)
        picture = opened.copy() if animated else ImageOps.exif_transpose(opened)
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    if picture.mode == "P" and (palette := picture.getpalette()):
        clean.putpalette(palette)
    content = io.BytesIO()
    clean.save(content, format=kind, quality=90)
    return content.getvalue()


def require_document(file: UploadedFile) -> None:
    """Raise ValidationError unless the file is of an allowed kind, its content is what its name says, and it carries no macro."""
    limit = settings.MAX_REQUEST_BYTES
    if file.size is not None and file.size > limit:
        raise ValidationError(f"“{file.name}”有 {_megabytes(file.size)}，请控制在 {_megabytes(limit)} 以内。")
    ending = _ending(file)
    if ending not in SIGNATURES and ending not in _ISO_MEDIA + _TEXT:
        raise ValidationError(f"“{file.name}”的类型不能作为附件。可以上传 PDF、Word、Excel、WPS、OFD、压缩包、图片和音视频。")
    file.seek(0)
    head = file.read(512)
    file.seek(0)
    if not _begins_rightly(ending, head):
        raise ValidationError(f"“{file.name}”的内容与“.{ending}”不符，可能已损坏或改过名字，请用原文件上传。")
    if head.startswith(_ZIP):
        _require_harmless_archive(file)


def _begins_rightly(ending: str, head: bytes) -> bool:
    if not head:
        return False
    if ending in _ISO_MEDIA:
        return head[4:8] == b"ftyp"
    if ending in _TEXT:
        return b"\0" not in head and not head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<script", b"<svg"))
    return head.startswith(SIGNATURES[ending])


def _require_harmless_archive(file: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(file) as archive:  # type: ignore[arg-type]
            names = [info.filename.lower() for info in archive.infolist()]
            unpacked = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise ValidationError("文件已经损坏，打不开。请重新保存后再上传。") from error
    finally:
        file.seek(0)
    if any(name.endswith(MACRO_PARTS) for name in names):
        raise ValidationError("文件里含有宏程序，不能公开。请另存为不含宏的格式再上传。")
    if unpacked > MOST_IN_ARCHIVE:
        raise ValidationError("压缩包展开后过大，请拆分后上传。")


def _ending(file: UploadedFile) -> str:
    return PurePosixPath(file.name or "").suffix.lstrip(".").lower()


def _megabytes(number: int) -> str:
    return f"{number / 1024 / 1024:.1f} MB" if number < 10 * 1024 * 1024 else f"{number // 1024 // 1024} MB"
