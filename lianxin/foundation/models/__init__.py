"""What the foundation stores."""

from .audit import AuditEntry, AuditHead, TrailIsAppendOnly
from .calendar import CalendarDay
from .notify import Delivery, Notification
from .numbering import IssuedNumber, NumberSeries

__all__ = [
    "AuditEntry",
    "AuditHead",
    "CalendarDay",
    "Delivery",
    "IssuedNumber",
    "Notification",
    "NumberSeries",
    "TrailIsAppendOnly",
]
