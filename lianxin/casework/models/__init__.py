"""What the engine stores: cases, their events, and the current rows that the events make."""

from .base import EVENTS_PER_CASE, CaseRow, row_key
from .case import Case, CaseKey, Petitioner, Seal
from .events import CaseEvent, EventsAreAppendOnly, EventVisibility
from .handling import Assignment, Clock, Rule
from .messages import Attachment, Delivery, Message, Promise, Redaction
from .watching import CaseLink, Cluster, FollowUp, Instruction, Rating, Reminder, Supervision

__all__ = [
    "EVENTS_PER_CASE",
    "Assignment",
    "Attachment",
    "Case",
    "CaseEvent",
    "CaseKey",
    "CaseLink",
    "CaseRow",
    "Clock",
    "Cluster",
    "Delivery",
    "EventVisibility",
    "EventsAreAppendOnly",
    "FollowUp",
    "Instruction",
    "Message",
    "Petitioner",
    "Promise",
    "Rating",
    "Redaction",
    "Reminder",
    "Rule",
    "Seal",
    "Supervision",
    "row_key",
]
