"""The archive of a person's data: ``data.json`` for machines, ``我的数据.html`` for people, files beside them."""

import io
import json
import zipfile
from datetime import datetime
from typing import Any

from django.utils.html import format_html, format_html_join

from lianxin.identity import consents, registry
from lianxin.identity.models import User
from lianxin.identity.registry import ExportPart

_STYLE = (
    "body{font:18px/1.75 sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}"
    "th,td{border:1px solid #999;padding:.3rem .6rem;text-align:left;vertical-align:top}"
    "th{width:9em;background:#f3f5f8}"
)


def packed(user: User, own: Any, now: datetime) -> bytes:
    """The archive as bytes; ``own`` are the person's own fields, read by the caller."""
    parts = [_own_part(user, own), *_kept_here(user), *(export(user) for export in registry.exporters())]
    data = {
        "exported_at": now.isoformat(timespec="minutes"),
        "parts": [{"name": part.name, "title": part.title, "records": part.records, "files": sorted(part.files)} for part in parts],
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1, default=str))
        archive.writestr("我的数据.html", _page(parts, now))
        for part in parts:
            for name, content in part.files.items():
                archive.writestr(f"files/{part.name}/{name}", content)
    return buffer.getvalue()


def _own_part(user: User, own: Any) -> ExportPart:
    from lianxin.identity.actions.personal import FIELDS

    citizen = user.citizen
    record = {label: getattr(own, name) for name, label in FIELDS.items() if getattr(own, name)}
    record |= {"账号类型": user.get_kind_display(), "身份级别": citizen.get_level_display(), "注册时间": _minute(citizen.signed_up_at)}
    return ExportPart("account", "账号和个人信息", [record])


def _kept_here(user: User) -> list[ExportPart]:
    given = [
        {"事项": consents.title(row.kind), "版本": row.version, "同意时间": _minute(row.given_at), "撤回时间": _minute(row.withdrawn_at)}
        for row in user.consents.all()
    ]
    readings = [
        {"时间": _minute(row.at), "查看人": row.reader_label, "目的": row.purpose, "事项": row.about, "内容": "、".join(row.fields)}
        for row in user.readings.all()[:5000]
    ]
    sessions = [{"设备": row.device, "登录时间": _minute(row.started_at), "最近使用": _minute(row.seen_at)} for row in user.citizen_sessions.all()]
    attempts = [{"时间": _minute(row.at), "结果": row.get_outcome_display(), "网络地址": row.address} for row in user.sign_in_attempts.all()[:5000]]
    told = [{"时间": _minute(row.created_at), "标题": row.subject, "内容": row.text} for row in user.notifications.all()[:2000]]
    return [
        ExportPart("notifications", "通知过我的", told),
        ExportPart("consents", "同意记录", given),
        ExportPart("readings", "谁看过我的信息", readings),
        ExportPart("sessions", "登录的设备", sessions),
        ExportPart("sign-ins", "登录记录", attempts),
    ]


def _minute(moment: datetime | None) -> str:
    from django.utils import timezone

    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def _page(parts: list[ExportPart], now: datetime) -> str:
    body = format_html_join("", "{}", ((_section(part),) for part in parts))
    return str(
        format_html(
            '<!doctype html>\n<html lang="zh-Hans"><meta charset="utf-8"><title>我的数据</title><style>{}</style>'
            "<h1>我的数据</h1><p>导出时间：{}。请妥善保管，不要发给别人。</p>{}</html>",
            _STYLE,
            f"{now:%Y-%m-%d %H:%M}",
            body,
        )
    )


def _section(part: ExportPart) -> str:
    if not part.records:
        return format_html("<h2>{}</h2><p>没有内容。</p>", part.title)
    tables = format_html_join(
        "", "<table>{}</table>", ((format_html_join("", "<tr><th>{}</th><td>{}</td></tr>", record.items()),) for record in part.records)
    )
    return format_html("<h2>{}</h2>{}", part.title, tables)
