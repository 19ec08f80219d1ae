"""Deeds of an import: it begins, takes over batches, ends. What a batch changes and how far the run came are one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.db import transaction
from django.utils import timezone
from wagtail.models import Collection, Site
from wagtail.utils.file import hash_filelike

from lianxin.foundation import bulk
from lianxin.foundation.audit import record as audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.filecheck import require_document, require_picture
from lianxin.identity.models import User
from lianxin.publishing.actions.bulk import Arrival, import_many
from lianxin.publishing.actions.common import messages
from lianxin.publishing.models import Attachment, ImportFault, ImportRun, Origin, Picture


@dataclass(frozen=True)
class Taken:
    """One entry of a batch: an article to take over, or why it cannot be (``arrival`` is None then)."""

    place: str
    title: str
    digest: str = ""
    arrival: Arrival | None = None
    reason: str = ""


@dataclass
class Tally:
    """What became of a batch."""

    imported: int = 0
    duplicates: int = 0
    refused: int = 0
    faults: list[ImportFault] = field(default_factory=list)


class _Rehearsed(Exception):
    """Ends the transaction of a rehearsal."""


def begin_import(key: str, name: str, site: Site) -> tuple[ImportRun, bool]:
    """The run for ``key``: the one that was cut short, or a new one; and whether it goes on."""
    run = ImportRun.objects.filter(key=key, finished_at=None).order_by("pk").last()
    if run is not None:
        return run, True
    return ImportRun.objects.create(key=key, name=name[:255], site=site, started_at=timezone.now()), False


def rehearse(name: str, site: Site, batch: Sequence[Taken], owner: User | None = None) -> Tally:
    """What ``take_over`` would make of a batch, the database's own refusals included; nothing stays."""
    try:
        with transaction.atomic():
            tally = take_over(ImportRun.objects.create(key="", name=name[:255], site=site, started_at=timezone.now()), batch, owner)
            raise _Rehearsed
    except _Rehearsed:
        return tally


@transaction.atomic
def take_over(run: ImportRun, batch: Sequence[Taken], owner: User | None = None) -> Tally:
    """Take over a batch: articles, their origins, what was refused, and how far the run has come.

    An article whose words this site has from an earlier import is noted as a duplicate.
    """
    digests = [taken.digest for taken in batch if taken.arrival]
    known = dict(Origin.objects.filter(site=run.site, digest__in=digests).values_list("digest", "place"))
    fresh: list[tuple[int, Taken]] = []
    faults: list[ImportFault] = []

    def fault(number: int, taken: Taken, reason: str, *, duplicate: bool = False) -> None:
        faults.append(ImportFault(run=run, number=number, place=taken.place[:500], title=taken.title[:255], reason=reason, duplicate=duplicate))

    for number, taken in enumerate(batch, run.position + 1):
        if taken.arrival is None:
            fault(number, taken, taken.reason)
        elif taken.digest in known:
            fault(number, taken, f"与已导入的“{known[taken.digest]}”内容相同，没有重复导入。", duplicate=True)
        else:
            known[taken.digest] = taken.place
            fresh.append((number, taken))
    outcome = import_many([taken.arrival for _, taken in fresh if taken.arrival], owner=owner)
    origins = []
    for (number, taken), made in zip(fresh, outcome, strict=True):
        if isinstance(made, Refused):
            fault(number, taken, str(made))
        else:
            origins.append((made, run.pk, taken.place[:500], run.site_id, taken.digest))
    bulk.insert(Origin, ("article_id", "run_id", "place", "site_id", "digest"), origins)
    ImportFault.objects.bulk_create(faults)
    duplicates = sum(entry.duplicate for entry in faults)
    tally = Tally(len(origins), duplicates, len(faults) - duplicates, faults)
    run.position += len(batch)
    run.imported += tally.imported
    run.duplicates += tally.duplicates
    run.refused += tally.refused
    run.save()
    return tally


@transaction.atomic
def finish_import(run: ImportRun, actor: User | None = None) -> None:
    """Close a run that came to its end, and put it on the audit trail with its counts."""
    run.finished_at = timezone.now()
    run.save()
    counts = {"imported": run.imported, "duplicates": run.duplicates, "refused": run.refused}
    text = f"从“{run.name}”导入 {run.imported} 篇稿件到 {run.site.hostname}，重复 {run.duplicates} 篇，未导入 {run.refused} 篇"
    audit(actor, "publishing.import_articles", run, text, {"name": run.name, **counts})


def take_picture(name: str, content: bytes, words: str) -> Picture:
    """The picture with this content, kept once however many articles show it. Raises Refused when it is none."""
    file = check_picture(name, content)
    known = Picture.objects.filter(file_hash=hash_filelike(BytesIO(content))).order_by("pk").first()
    if known is not None:
        return known
    picture = Picture(title=(words or name)[:255], description=words[:255], file=file, collection=Collection.get_first_root_node())
    picture._set_image_file_metadata()
    picture.save()
    return picture


def take_attachment(name: str, content: bytes) -> Attachment:
    """The file with this content, kept once. Raises Refused when it is of no allowed kind, or not what its name says."""
    file = check_attachment(name, content)
    known = Attachment.objects.filter(file_hash=hash_filelike(BytesIO(content))).order_by("pk").first()
    if known is not None:
        return known
    attachment = Attachment(title=name.rpartition(".")[0][:255] or name[:255], file=file, collection=Collection.get_first_root_node())
    attachment._set_document_file_metadata()
    attachment.save()
    return attachment


def check_picture(name: str, content: bytes) -> ImageFile:
    """The picture, not kept yet. Raises Refused when it is none."""
    file = ImageFile(BytesIO(content), name=name)
    try:
        require_picture(file)  # type: ignore[arg-type]
    except ValidationError as error:
        raise Refused(f"{name}：{messages(error)}") from error
    return file


def check_attachment(name: str, content: bytes) -> ContentFile:
    """The file, not kept yet. Raises Refused when it is of no allowed kind, or not what its name says."""
    file = ContentFile(content, name=name)
    try:
        require_document(file)  # type: ignore[arg-type]
    except ValidationError as error:
        raise Refused(messages(error)) from error
    return file
