"""Short messages (短信): ``send`` in a deed's transaction writes a row and a job; the job hands it to the gateway.

``SMS_SERVICE`` names the gateway: ``tencent`` (Tencent Cloud SMS), or ``outbox``, the development one, which sends nothing, writes the
text to the log and shows it at ``/my/outbox/``. The outbox works on a developer's machine only (``settings.DEVELOPMENT``); elsewhere it
refuses, so that no code ever lies in a log of production.

Gateways send approved templates, not free text. ``CODE`` (values: code, minutes) and ``NOTICE`` (value: subject) are needed;
``RECEIPT`` (values: number, secret) and ``FOLLOW`` (values: subject, number; for those without an account) are used where they were
approved (``may_send``).
"""

from lianxin.foundation.sms.deeds import outbox, send
from lianxin.foundation.sms.gateways import CODE, FOLLOW, NOTICE, RECEIPT, Gateway, NotSent, available, gateway, may_send, text_of

__all__ = ["CODE", "FOLLOW", "NOTICE", "RECEIPT", "Gateway", "NotSent", "available", "gateway", "may_send", "outbox", "send", "text_of"]
