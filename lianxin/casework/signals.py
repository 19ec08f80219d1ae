"""What rooms above may listen to."""

from django.dispatch import Signal

recorded = Signal()
"""Sent inside the transaction of a deed, once, after its rows are written: ``case`` (as it is now), ``events`` (in order).

Whatever follows a case (search index, page store, text messages) enqueues its job here. An exception undoes the deed.
"""

taken_over = Signal()
"""Sent inside the transaction that brings in a batch of cases of the past, once, in place of ``recorded``: ``cases``, with their rows written."""
