"""Files for readers: pictures that pages show, and attachments that a published article offers."""

import re
from pathlib import Path

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils._os import safe_join
from django.utils.http import http_date, parse_http_date_safe
from django.views.decorators.http import require_safe
from wagtail import hooks
from wagtail.documents.views.serve import serve as serve_document

from lianxin.publishing.models import Attachment

# Cut sizes, emblems, portraits. Originals and attachments lie beside them and are not reached from here.
FOLDERS = ("images", "emblems", "leaders")
PICTURES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif", "avif": "image/avif"}
# What a browser may show in its own window; everything else is saved.
PLAYABLE = ("video/mp4", "video/webm", "audio/mpeg", "audio/mp4", "audio/ogg", "application/pdf")
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
# The browser's own viewer of PDF and recordings does not work in a sandbox.
VIEWER = "default-src 'self'; script-src 'none'"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class _Slice:
    """A part of a file, read in pieces; the response closes it."""

    def __init__(self, path: Path, start: int, length: int) -> None:
        self._file = path.open("rb")
        self._file.seek(start)
        self._left = length

    def read(self, wanted: int = -1) -> bytes:
        """The next piece, at most what is left of the part."""
        piece = self._file.read(self._left if wanted < 0 else min(wanted, self._left))
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """A picture file. Names of cut pictures change with their content, so that browsers may keep them for good."""
    folder, ending = name.partition("/")[0], name.rpartition(".")[2].lower()
    if folder not in FOLDERS or ending not in PICTURES:
        raise Http404
    try:
        path = Path(safe_join(settings.MEDIA_ROOT, name))
    except SuspiciousFileOperation:
        raise Http404 from None
    if not path.is_file():
        raise Http404
    response = deliver(request, path, PICTURES[ending])
    response["Cache-Control"] = "public, max-age=31536000, immutable" if folder == "images" else "public, max-age=3600"
    return response


@require_safe
def document(request: HttpRequest, number: str, filename: str) -> HttpResponseBase:
    """An attachment for whoever may read it, which publishing decides (its hook ``before_serve_document``)."""
    attachment = get_object_or_404(Attachment, pk=int(number) if len(number) < 18 else 0)
    if attachment.filename != filename or any(hook(attachment, request) for hook in hooks.get_hooks("before_serve_document")):
        raise Http404
    path = _local(attachment)
    if path is not None and attachment.content_type in PLAYABLE:
        # Players ask for parts of a recording; Wagtail's view knows whole files only.
        response = deliver(request, path, attachment.content_type)
        response["Content-Disposition"] = "inline"
        response["Content-Security-Policy"] = VIEWER
    else:
        response = serve_document(request, attachment.pk, filename)
        response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "private, max-age=300"
    return response


def _local(attachment: Attachment) -> Path | None:
    try:
        return Path(attachment.file.path)
    except NotImplementedError:
        return None


def deliver(request: HttpRequest, path: Path, content_type: str) -> HttpResponseBase:
    """A file or the part of it that ``Range`` asks for; never guessed at, never run by the browser."""
    state = path.stat()
    modified, total = int(state.st_mtime), state.st_size
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    if since is not None and modified <= since:
        response: HttpResponseBase = HttpResponse(status=304)
    else:
        response = _body(request, path, content_type, total)
    response["Last-Modified"] = http_date(modified)
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    return response


def _body(request: HttpRequest, path: Path, content_type: str, total: int) -> HttpResponseBase:
    wanted = _part(request.headers.get("Range", ""), total) if request.method == "GET" else None
    if wanted is None:
        return FileResponse(path.open("rb"), content_type=content_type)
    start, end = wanted
    if start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{total}"})
    response = FileResponse(_Slice(path, start, end - start + 1), content_type=content_type, status=206)
    response["Content-Length"] = str(end - start + 1)
    response["Content-Range"] = f"bytes {start}-{end}/{total}"
    return response


def _part(header: str, total: int) -> tuple[int, int] | None:
    """First and last byte asked for; None for no range or one we need not honour; start after end: not satisfiable."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or not (found[1] or found[2]) or len(header) > 60:
        return None
    if not found[1]:
        length = int(found[2])
        return (max(total - length, 0), total - 1) if length else (1, 0)
    start = int(found[1])
    end = min(int(found[2]) if found[2] else total - 1, total - 1)
    if found[2] and int(found[2]) < start:
        return None
    return (start, end) if start < total else (1, 0)
