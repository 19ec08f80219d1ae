"""``POST /api/v1/calls/``: a telephone system tells of a call. JSON in, JSON out; what it may send stands in docs/operate.md."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from lianxin.foundation.errors import Refused
from lianxin.foundation.middleware import client_address
from lianxin.hotline import actions, numbers
from lianxin.hotline.actions import CallData
from lianxin.hotline.errors import Conflict
from lianxin.identity.errors import TooOften

LONGEST_BODY = 8_192
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_MOMENTS = ("started_at", "answered_at", "ended_at")
_OLDEST, _AHEAD = timedelta(days=400), timedelta(minutes=5)


class Problem(Exception):
    """What is wrong with a request: a status, a code for the machine, a sentence for whoever builds it, the field where there is one."""

    def __init__(self, status: int, code: str, message: str, field: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.field = status, code, message, field


@csrf_exempt
@never_cache
def calls(request: HttpRequest) -> JsonResponse:
    """Keep what is told of one call: 201 when it is new, 200 when it was known, otherwise an error that says what to do."""
    try:
        if request.method != "POST":
            raise Problem(405, "method_not_allowed", "只接受 POST。")
        system = _system(request)
        call, is_new = actions.record_call(system, _data(request))
    except TooOften as refusal:
        answer = _error(Problem(429, "too_many_requests", str(refusal)))
        answer["Retry-After"] = "60"
        return answer
    except Conflict as conflict:
        message = "这个编号的通话已经登记，内容不一致。同一通话请用同一编号、同样的内容；另一通话请用新的编号。"
        return _error(Problem(409, "conflict", message, conflict.field))
    except Problem as problem:
        return _error(problem)
    told = {"id": call.reference, "created": is_new, "case": call.case.number if call.case is not None else None}
    return JsonResponse(told, status=201 if is_new else 200, json_dumps_params={"ensure_ascii": False})


def _error(problem: Problem) -> JsonResponse:
    told = {"code": problem.code, "message": problem.message} | ({"field": problem.field} if problem.field else {})
    answer = JsonResponse({"error": told}, status=problem.status, json_dumps_params={"ensure_ascii": False})
    if problem.status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="calls"'
    if problem.status == 405:
        answer["Allow"] = "POST"
    return answer


def _system(request: HttpRequest) -> Any:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    found = actions.holder_of(key.strip()[:200] if scheme.lower() == "bearer" else "", client_address(request) or "")
    if found is None:
        raise Problem(401, "unauthorized", "密钥不对或已停用。请在请求头写 Authorization: Bearer <密钥>，密钥由系统管理员在“话务系统接入”建立。")
    return found


def _data(request: HttpRequest) -> CallData:
    if request.content_type != "application/json":
        raise Problem(415, "unsupported_media_type", "请用 Content-Type: application/json。")
    if len(request.body) > LONGEST_BODY:
        raise Problem(413, "too_large", f"一次只报一通电话，不超过 {LONGEST_BODY} 字节。")
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Problem(400, "invalid_json", "内容不是合法的 JSON（UTF-8）。") from None
    if not isinstance(given, dict):
        raise Problem(400, "invalid_json", "内容应是一个 JSON 对象。")
    return parse(given)


def parse(given: dict[str, Any]) -> CallData:
    """What a call is, from what was sent. Fields that are not known are passed over. Raises Problem (422) with the first field that is wrong."""
    call_id = given.get("id")
    if not isinstance(call_id, str) or not _ID.fullmatch(call_id):
        raise Problem(422, "invalid", "id 必填：话务系统里这通电话的编号，1 至 64 位字母、数字和 . _ : -。", "id")
    moments = {name: _moment(given.get(name), name) for name in _MOMENTS}
    started = moments["started_at"]
    if started is None:
        raise Problem(422, "invalid", "started_at 必填：振铃时间。", "started_at")
    if started < timezone.now() - _OLDEST:
        raise Problem(422, "invalid", "started_at 太早，只接收 400 天以内的通话。", "started_at")
    answered, ended = moments["answered_at"], moments["ended_at"]
    if answered is not None and answered < started:
        raise Problem(422, "invalid", "answered_at 不能早于 started_at。", "answered_at")
    if ended is not None and ended < (answered or started):
        raise Problem(422, "invalid", "ended_at 不能早于振铃和接听。", "ended_at")
    agent = given.get("agent") or ""
    if not isinstance(agent, str) or len(agent) > 40 or not agent.isprintable():
        raise Problem(422, "invalid", "agent 是坐席在本系统的用户名，最长 40 个字。", "agent")
    return CallData(call_id, started, _telephone(given), answered, ended, agent)


def _moment(given: Any, name: str) -> datetime | None:
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(given) if isinstance(given, str) and len(given) <= 40 else None
        zoned = found is not None and found.utcoffset() is not None
        # A moment at the very edge of the calendar has no other zone.
        late = found is not None and zoned and found > timezone.now() + _AHEAD
    except (ValueError, OverflowError):
        zoned, late, found = False, False, None
    if found is None or not zoned:
        raise Problem(422, "invalid", f"{name} 应是带时区的时间，例如 2026-03-02T09:15:04+08:00。", name)
    if late:
        raise Problem(422, "invalid", f"{name} 晚于现在，请校对话务系统的时钟。", name)
    return found


def _telephone(given: dict[str, Any]) -> str:
    """The digits; empty where the caller hid them, which the system has to say so that nothing is left out by mistake."""
    number, hidden = given.get("telephone"), given.get("hidden", False)
    if not isinstance(hidden, bool):
        raise Problem(422, "invalid", "hidden 是 true 或 false。", "hidden")
    if hidden:
        return ""
    if not isinstance(number, str) or len(number) > 40:
        raise Problem(422, "invalid", "telephone 必填；来电人隐藏号码的，请写 hidden: true。", "telephone")
    try:
        return numbers.caller(number)
    except Refused as refusal:
        raise Problem(422, "invalid", str(refusal), "telephone") from None
