"""What is alike among letters and replies: similar matters, and the same text again.

Owners hand their texts over with ``actions.put`` and take them back with ``actions.drop``, in the transaction of the change; the worker
brings the index up to date within two seconds. The index holds keyed digests of words, so that nobody who reads the disk reads letters.

::

    similar(text, ["letter"], public_only=True)     # answered letters to show before sending
    copies(text, ["letter"], public_only=False)     # the same letter again
"""

from lianxin.triage.similarity.asking import COPY, Match, copies, similar

__all__ = ["COPY", "Match", "copies", "similar"]
