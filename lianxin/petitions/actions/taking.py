"""What comes in becomes a case: online by its writer, or registered at the bureau's counter with the day on which it was received."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from lianxin.casework import actions as engine
from lianxin.casework import kinds, moments
from lianxin.casework.actions import PetitionerData, Receipt
from lianxin.casework.models import Case
from lianxin.casework.vocabulary import Channel
from lianxin.foundation import audit
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation
from lianxin.petitions import queries, routing
from lianxin.petitions.kinds import ALL, PETITIONS, REPORTS

COUNTER = (Channel.PAPER, Channel.VISIT, Channel.TELEPHONE)
_OPENS = time(9, 0)


def take_in(
    actor: User | None,
    kind: str,
    *,
    token: str,
    subject: str,
    text: str,
    petitioner: PetitionerData,
    place: str = "",
    about: Organisation | User | None = None,
    channel: str = Channel.WEB,
    received_at: datetime | None = None,
    files: Iterable[UploadedFile] = (),
    together: Callable[[Case], None] = lambda case: None,
) -> Receipt:
    """Take a petition, complaint, enquiry or report in. The same ``token`` gives the same receipt.

    A report is hidden from the unit or person it is ``about`` from its first moment, and goes to an office that is not part of it.
    Reviews have a deed of their own. Raises Refused for what is missing, Forbidden for who may not.
    """
    if kind not in ALL or kind in PETITIONS[1:]:
        raise Refused("请选择要办什么事。对答复不服的，请从“申请复查、复核”提出。")
    if kind in REPORTS:
        kind = routing.report_kind(about)
    elif about is not None:
        raise Refused("检举单位或个人的，请选择“检举”：它只给办理的人看，被检举的单位看不到。")
    return engine.submit(
        actor,
        kind,
        token=token,
        subject=subject,
        text=text,
        petitioner=petitioner,
        place=place,
        channel=channel,
        received_at=received_at,
        sealed_from=[about] if about is not None else (),
        files=files,
        together=together,
    )


def register(
    actor: User,
    kind: str,
    *,
    token: str,
    subject: str,
    text: str,
    petitioner: PetitionerData,
    channel: str,
    received_on: date,
    place: str = "",
    about: Organisation | User | None = None,
) -> Receipt:
    """Register what came on paper, in person or by telephone, with the day of its receipt, from which its limits run.

    For the bureau. A petition needs the petitioner's name; a report about the bureau goes past it (who registered it sees it no more).
    """
    if not queries.is_bureau(actor):
        raise Forbidden("登记信访事项由信访局“分办”岗位办理。")
    if channel not in COUNTER:
        raise Refused("请选择它是怎么来的：来信、来访还是来电。")
    if kind not in REPORTS and not petitioner.name.strip():
        raise Refused(f"登记“{kinds.kind(kind).name}”请填写姓名；不愿留名的，只有检举可以受理。" if kind in ALL else "请选择类别。")
    return take_in(
        actor,
        kind,
        token=token,
        subject=subject,
        text=text,
        petitioner=petitioner,
        place=place,
        about=about,
        channel=channel,
        received_at=received_moment(received_on),
    )


def received_moment(day: date) -> datetime:
    """The moment of a receipt of which only the day is known: now for today, otherwise when the counter opened. Raises Refused for a later day."""
    now = moments.now()
    today = timezone.localtime(now).date()
    if day > today:
        raise Refused("收到日期不能晚于今天，请改正。")
    if day < today.replace(year=today.year - 1, day=min(today.day, 28)):
        raise Refused("收到日期在一年以前，请核对；确实是以前的件，请在说明里写清。")
    return now if day == today else timezone.make_aware(datetime.combine(day, _OPENS))


def take_list(actor: User, filters: "queries.Filters") -> list[list[str]]:
    """The bureau's list as rows for a file: numbers, days and units, no person. Whoever takes it is on the audit trail."""
    if not queries.is_bureau(actor):
        raise Forbidden("导出信访清单由信访局“分办”岗位办理，您的岗位不能导出。")
    rows = queries.exported(actor, filters)
    audit.record(actor, "petitions.list_taken", None, f"导出信访清单 {len(rows)} 件", {"rows": len(rows)})
    return rows
