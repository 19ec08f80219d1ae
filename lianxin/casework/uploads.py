"""Files that people add to a case: checked by content, pictures without the place where they were taken."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from lianxin.foundation import filecheck
from lianxin.foundation.errors import Refused

MOST_FILES = 9
LARGEST = 20 * 1024 * 1024
_PICTURES = {ending for endings in filecheck.PICTURE_FORMATS.values() for ending in endings}
_TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif", "pdf": "application/pdf"}


@dataclass(frozen=True)
class Checked:
    """A file that may be kept: its own name, and the content that is stored."""

    name: str
    content: bytes
    content_type: str
    digest: str


def check(files: Iterable[UploadedFile]) -> list[Checked]:
    """Look at uploaded files; slow, so never inside a transaction. Raises Refused, with the file's name, for what cannot be kept."""
    files = list(files)
    if len(files) > MOST_FILES:
        raise Refused(f"一次最多添加 {MOST_FILES} 个附件，请挑选最能说明情况的。")
    return [_checked(file) for file in files]


def _checked(file: UploadedFile) -> Checked:
    name = PurePosixPath((file.name or "附件").replace("\\", "/")).name[-100:]
    ending = PurePosixPath(name).suffix.lstrip(".").lower()
    try:
        if ending in _PICTURES:
            filecheck.require_picture(file, at_most=LARGEST)
            content = filecheck.without_location(file)
        else:
            filecheck.require_document(file)
            content = _whole(file, name)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    return Checked(name, content, _TYPES.get(ending, "application/octet-stream"), hashlib.sha256(content).hexdigest())


def _whole(file: UploadedFile, name: str) -> bytes:
    if file.size is not None and file.size > LARGEST:
        raise Refused(f"“{name}”超过 {LARGEST // 1024 // 1024} MB，请压缩后再上传。")
    file.seek(0)
    return file.read()
