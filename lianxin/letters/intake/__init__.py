"""Letters of an older mailbox, from tables to cases: ``lianxin import letters``.

``rows`` reads, ``desk`` understands, ``run`` brings in; what is written is written by ``letters.actions``.
"""
