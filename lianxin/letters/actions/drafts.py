"""Drafts: what somebody writes is kept until it is sent or a week old, encrypted, for the browser that wrote it."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from lianxin.casework import uploads
from lianxin.casework.actions.common import LONGEST_TEXT
from lianxin.casework.models import Case
from lianxin.foundation import rows
from lianxin.foundation.errors import Refused
from lianxin.identity.actions import hash_token
from lianxin.identity.actions.limits import charge
from lianxin.identity.errors import TooOften
from lianxin.letters.models import Draft, DraftFile
from lianxin.letters.writing import Content, Written, read_content

KEPT_FOR = timedelta(days=7)
RECEIPT_SHOWN_FOR = timedelta(hours=2)
FOLDER = "drafts"
"""Below the media folder; no view serves it."""
_UPLOADS = ((3600, 60), (86400, 200))


def find_draft(key: str) -> Draft:
    """The draft of this cookie; an empty one that is not stored when there is none, so that mere looking leaves no rows."""
    found = rows.one(Draft, key_hash=hash_token(key))
    return found if found is not None and found.changed_at > timezone.now() - KEPT_FOR else Draft(content="{}")


def open_draft(key: str) -> Draft:
    """The draft of this cookie, begun anew when there is none or it is too old."""
    found = rows.one(Draft, key_hash=hash_token(key))
    if found is not None and found.changed_at > timezone.now() - KEPT_FOR:
        return found
    with transaction.atomic():
        if found is not None:
            _remove([found])
        return Draft.objects.create(key_hash=hash_token(key), token=secrets.token_urlsafe(24), changed_at=timezone.now())


def written(draft: Draft) -> Written:
    """What a draft holds."""
    return read_content(draft.content, Written)


def save_draft(draft: Draft, content: Content) -> Draft:
    """Keep what was typed. A text beyond what can be sent, a letter that was sent already, and what is known are left alone."""
    if draft.pk is not None and content == read_content(draft.content, type(content)):
        return draft
    typed = asdict(content)
    if len(content.text) > LONGEST_TEXT or any(len(value) > 500 for name, value in typed.items() if name != "text" and isinstance(value, str)):
        return draft
    with transaction.atomic():
        locked = Draft.objects.select_for_update().get(pk=draft.pk)
        if locked.sent_at is not None:
            return locked
        locked.content = json.dumps(typed, ensure_ascii=False).encode("utf-8", "replace").decode()
        locked.changed_at = timezone.now()
        locked.save(update_fields=["content", "changed_at"])
    return locked


def add_files(draft: Draft, files: Iterable[UploadedFile], *, address: str = "") -> None:
    """Keep files with a draft, each looked at by content and pictures drawn anew without their place. Raises Refused, TooOften."""
    files = list(files)
    if not files:
        return
    if draft.files.count() + len(files) > uploads.MOST_FILES:
        raise Refused(f"最多添加 {uploads.MOST_FILES} 个附件，请挑选最能说明情况的。")
    with transaction.atomic():
        until = charge("letter-files", address, _UPLOADS) if address else None
    if until is not None:
        raise TooOften(until, "添加附件")
    checked = uploads.check(files)
    stored = []
    for one in checked:
        ending = one.name.rpartition(".")[2].lower()[:9]
        path = f"{FOLDER}/{secrets.token_hex(1)}/{secrets.token_hex(16)}.{ending}"
        stored.append((one, default_storage.save(path, ContentFile(one.content))))
    with transaction.atomic():
        for one, path in stored:
            DraftFile.objects.create(draft=draft, file=path, name=one.name, size=len(one.content))


def drop_file(draft: Draft, pk: int) -> None:
    """Take a file out of a draft."""
    with transaction.atomic():
        _remove_files(list(draft.files.filter(pk=pk)))


def forget_draft(draft: Draft) -> None:
    """Throw a draft away, as its writer wishes."""
    with transaction.atomic():
        _remove([draft])


def forget_old_drafts() -> None:
    """Delete drafts that nobody went on with for a week, and sent ones once their receipt is no longer shown."""
    now = timezone.now()
    with transaction.atomic():
        _remove(list(Draft.objects.filter(changed_at__lt=now - KEPT_FOR)[:500]))
        _remove(list(Draft.objects.filter(sent_at__lt=now - RECEIPT_SHOWN_FOR)[:500]))


def mark_sent(draft: Draft, case: Case, files: list[DraftFile]) -> None:
    """Note that a draft became ``case``; nothing that was written stays in it. Part of the caller's transaction, where there is one."""
    with transaction.atomic(savepoint=False):
        _remove_files(files)
        unsent = Draft.objects.filter(pk=draft.pk, sent_at=None)
        unsent.update(content="{}", telephone="", verification="", case=case, sent_at=timezone.now())


def _remove(drafts: list[Draft]) -> None:
    for draft in drafts:
        _remove_files(list(draft.files.all()))
        draft.delete()


def _remove_files(files: list[DraftFile]) -> None:
    names = [str(row.file.name) for row in files]
    for row in files:
        row.delete()
    transaction.on_commit(lambda: _delete(names))


def _delete(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)
