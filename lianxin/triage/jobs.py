"""Background work of this room: the index of matters follows its rows."""

from lianxin.triage.similarity.index import follow, follow_key, update

__all__ = ["follow", "follow_key", "update"]
