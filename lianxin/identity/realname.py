"""Whether a name and an identity number belong together: the interface, the development check, Tencent Cloud's two-element check.

``REAL_NAME_SERVICE`` names the service: ``tencent`` (FaceID, action IdCardVerification of 2018-03-01,
https://cloud.tencent.com/document/api/1007/33188), or ``digits``, the development one, which finds nothing wrong with what passed the
rule of the check digit. A system check complains when production uses that.
"""

from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from lianxin.foundation import tencent
from lianxin.foundation.errors import Refused


class Mismatch(Refused):
    """Name and number do not belong together, or nobody has this number."""


class Unavailable(Refused):
    """The service did not answer; the person is asked to come back, and no try is counted."""


class RealNameService(Protocol):
    """Compares the two elements with an authority's data."""

    name: str

    def check(self, name: str, number: str) -> None:
        """Return when they belong together. Raises Mismatch or Unavailable. Called outside transactions."""


class Digits:
    """For development: the check digit, which was looked at before, is all there is."""

    name = "digits"

    def check(self, name: str, number: str) -> None:
        """Nothing more to compare with."""


class Tencent:
    """IdCardVerification: results 0 (agree), -1 (do not), -2 and -3 (malformed), -5 (unknown number); the others are the service's own trouble."""

    name = "tencent"

    def check(self, name: str, number: str) -> None:
        """Ask once."""
        try:
            answer = tencent.call("faceid", "IdCardVerification", "2018-03-01", {"Name": name, "IdCard": number})
        except tencent.CallFailed:
            raise Unavailable(_BUSY) from None
        result = str(answer.get("Result", ""))
        if result == "0":
            return
        if result in ("-1", "-2", "-3", "-5"):
            raise Mismatch("姓名和身份证号对不上。请对照身份证检查；改过名字的，请填写现在身份证上的姓名。")
        raise Unavailable(_BUSY)


_BUSY = "核验服务暂时没有回应，请过几分钟再试。您填写的内容没有丢失。"
_SERVICES: dict[str, type[Digits] | type[Tencent]] = {"digits": Digits, "tencent": Tencent}


def service() -> RealNameService:
    """The service in use. Raises ``ImproperlyConfigured`` for a name that is none."""
    try:
        return _SERVICES[settings.REAL_NAME_SERVICE]()
    except KeyError:
        raise ImproperlyConfigured(f"LIANXIN_REAL_NAME_SERVICE 只能是 {'、'.join(_SERVICES)}，不能是 {settings.REAL_NAME_SERVICE!r}") from None
