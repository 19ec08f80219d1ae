"""What the foundation stores."""

from .audit import AuditEntry, AuditHead, TrailIsAppendOnly
from .calendar import CalendarDay
from .jobs import DeadLetter, FailedTry, JobKey, JobWorker, Schedule
from .notify import Delivery, Notification
from .numbering import IssuedNumber, NumberSeries
from .search import IndexChange
from .sms import SmsMessage
from .visits import FoldedVisits, VisitCount, VisitorOfDay

__all__ = [
    "AuditEntry",
    "AuditHead",
    "CalendarDay",
    "DeadLetter",
    "Delivery",
    "FailedTry",
    "FoldedVisits",
    "IndexChange",
    "IssuedNumber",
    "JobKey",
    "JobWorker",
    "Notification",
    "NumberSeries",
    "Schedule",
    "SmsMessage",
    "TrailIsAppendOnly",
    "VisitCount",
    "VisitorOfDay",
]
