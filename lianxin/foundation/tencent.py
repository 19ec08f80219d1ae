"""Tencent Cloud's API 3.0: one signed HTTP call, as its documentation describes it (signature version TC3-HMAC-SHA256).

https://cloud.tencent.com/document/api/382/52071 (signature) · settings: ``TENCENT_SECRET_ID``, ``TENCENT_SECRET_KEY``.
"""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any

import requests
from django.conf import settings

_ALGORITHM = "TC3-HMAC-SHA256"
_CONTENT_TYPE = "application/json; charset=utf-8"
_TIMEOUT = (3, 8)  # seconds to connect, seconds to answer


class CallFailed(Exception):
    """The service did not do what it was asked. ``code`` is the service's word for it, never the data that was sent."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def authorization(secret_id: str, secret_key: str, service: str, host: str, payload: bytes, at: int) -> str:
    """Return the ``Authorization`` header of a POST of ``payload`` to ``https://host/`` at ``at`` (seconds since 1970)."""
    signed = "content-type;host"
    canonical = f"POST\n/\n\ncontent-type:{_CONTENT_TYPE}\nhost:{host}\n\n{signed}\n{hashlib.sha256(payload).hexdigest()}"
    day = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
    scope = f"{day}/{service}/tc3_request"
    to_sign = f"{_ALGORITHM}\n{at}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{secret_key}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{_ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={signed}, Signature={signature}"


def call(service: str, action: str, version: str, parameters: dict[str, Any], *, region: str = "") -> dict[str, Any]:
    """Call ``action`` of ``service`` and return its ``Response``.

    Raises ``CallFailed`` with the service's error code, or with the kind of failure when there was no proper answer.
    """
    host = f"{service}.tencentcloudapi.com"
    payload = json.dumps(parameters, separators=(",", ":")).encode()
    at = int(time.time())
    headers = {
        "Authorization": authorization(settings.TENCENT_SECRET_ID, settings.TENCENT_SECRET_KEY, service, host, payload, at),
        "Content-Type": _CONTENT_TYPE,
        "Host": host,
        "X-TC-Action": action,
        "X-TC-Version": version,
        "X-TC-Timestamp": str(at),
    }
    if region:
        headers["X-TC-Region"] = region
    try:
        answer = requests.post(
            settings.TENCENT_ENDPOINT or f"https://{host}/", data=payload, headers=headers, timeout=_TIMEOUT, allow_redirects=False
        )
        response = answer.json()["Response"]
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        # The original error may quote what was sent.
        raise CallFailed(type(error).__name__) from None
    if not isinstance(response, dict) or "Error" in response:
        raise CallFailed(str(response["Error"].get("Code", "Error")) if isinstance(response, dict) else "Response")
    return response
