"""Files of a case: stored before the transaction, taken back when it fails."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from lianxin.casework.actions.common import Work
from lianxin.casework.events import EventType
from lianxin.casework.models import EventVisibility
from lianxin.casework.uploads import Checked

FOLDER = "cases"
"""Below the media folder; no public view serves it."""


@dataclass(frozen=True)
class Kept:
    """A checked file that lies in the storage under ``path``."""

    file: Checked
    path: str


@dataclass
class Keeping:
    """Files in the storage that wait to become part of a case."""

    files: list[Kept] = field(default_factory=list)
    attached: bool = False


@contextmanager
def keeping(files: list[Checked]) -> Iterator[Keeping]:
    """Store files under names nobody can guess; unless they were attached, and nothing failed afterwards, they are removed again."""
    keeping = Keeping()
    try:
        for file in files:
            ending = PurePosixPath(file.name).suffix.lower()[:10]
            path = f"{FOLDER}/{secrets.token_hex(1)}/{secrets.token_hex(16)}{ending}"
            keeping.files.append(Kept(file, default_storage.save(path, ContentFile(file.content))))
        yield keeping
    except BaseException:
        keeping.attached = False
        raise
    finally:
        if not keeping.attached:
            for kept in keeping.files:
                default_storage.delete(kept.path)


def attach(work: Work, keeping: Keeping, *, message: int | None, from_citizen: bool) -> None:
    """Record files that were kept, as part of the letter (``message`` None) or of a message."""
    keeping.attached = True
    for kept in keeping.files:
        payload = {
            "message": message,
            "file": kept.path,
            "size": len(kept.file.content),
            "content_type": kept.file.content_type,
            "digest": kept.file.digest,
            "from_citizen": from_citizen,
        }
        work.record(EventType.ATTACHED, payload, {"name": kept.file.name}, visibility=EventVisibility.PARTIES)
