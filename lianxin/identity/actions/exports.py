"""Export my data: asked for here, made by a job, fetched by the person alone, gone after three days."""

import secrets
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from lianxin.foundation.errors import Refused
from lianxin.foundation.jobs import job
from lianxin.foundation.notify import notify
from lianxin.identity import exporting, sealing
from lianxin.identity.actions.personal import FIELDS, read_personal_data
from lianxin.identity.models import DataExport, User

AVAILABLE = timedelta(days=3)
_CONTEXT = "identity.export"


def folder() -> Path:
    """Where sealed exports lie: in the home folder, open to its owner only, in no backup."""
    return Path(settings.HOME) / "exports"


def request_export(user: User) -> DataExport:
    """Have a copy of the person's data made; one that is under way or can be fetched is given back instead of a second."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        standing = DataExport.objects.filter(user=user).exclude(state=DataExport.State.EXPIRED).first()
        if standing is not None and (standing.expires_at is None or standing.expires_at > timezone.now()):
            return standing
        export = DataExport.objects.create(user=user)
        make_export.enqueue(export.pk)
    return export


@job("打包一个人的全部数据", queue="slow", retries=4, backoff=30)
def make_export(pk: int) -> None:
    """Gather, pack, seal, tell. Run twice it writes a second file and removes the first."""
    export = DataExport.objects.select_related("user").filter(pk=pk).first()
    if export is None or export.state != DataExport.State.WAITING:
        return
    user = export.user
    own = read_personal_data(user, user, list(FIELDS), "导出我的数据")
    sealed = sealing.seal_bytes(user.person_key, exporting.packed(user, own, timezone.localtime()), _CONTEXT)
    name = f"{secrets.token_urlsafe(24)}.sealed"
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder() / name
    path.touch(mode=0o600)
    path.write_bytes(sealed)
    now = timezone.now()
    with transaction.atomic():
        values = {"state": DataExport.State.READY, "file_name": name, "size": len(sealed), "ready_at": now, "expires_at": now + AVAILABLE}
        mine = DataExport.objects.filter(pk=pk, state=DataExport.State.WAITING).update(**values)
        if mine:
            notify(user, "identity.export_ready", str(pk), "您的数据已经导出", "请在三天内登录网站下载。", "/my/export/")
    if not mine:
        path.unlink(missing_ok=True)


def fetch_export(user: User, pk: int) -> bytes:
    """The archive (ZIP) of an export of ``user``. Raises Refused when there is none, or no longer."""
    export = DataExport.objects.filter(user=user, pk=pk, state=DataExport.State.READY, expires_at__gt=timezone.now()).first()
    path = folder() / export.file_name if export else None
    if export is None or path is None or not path.is_file():
        raise Refused("这份数据已经过期，请重新申请导出。")
    content = sealing.unseal_bytes(user.person_key, path.read_bytes(), _CONTEXT)
    with transaction.atomic():
        DataExport.objects.filter(pk=export.pk).update(downloaded_at=timezone.now())
    return content


def forget_exports(user: User | None = None) -> int:
    """Remove exports whose time is over, or all of ``user``; return how many. A file that nobody knows goes as well."""
    rows = DataExport.objects.filter(user=user) if user else DataExport.objects.filter(expires_at__lte=timezone.now())
    rows = rows.exclude(state=DataExport.State.EXPIRED)
    names = list(rows.values_list("file_name", flat=True))
    with transaction.atomic():
        gone = rows.update(state=DataExport.State.EXPIRED, file_name="")
        transaction.on_commit(lambda: _remove(names))
    if user is None:
        _sweep()
    return gone


def _sweep() -> None:
    """Remove files that a worker wrote and did not live to note."""
    known = set(DataExport.objects.exclude(file_name="").values_list("file_name", flat=True))
    hour_ago = timezone.now().timestamp() - 3600
    _remove([path.name for path in folder().glob("*.sealed") if path.name not in known and path.stat().st_mtime < hour_ago])


def _remove(names: list[str]) -> None:
    for name in filter(None, names):
        (folder() / name).unlink(missing_ok=True)
