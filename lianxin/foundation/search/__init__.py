"""Full-text search in Chinese on Tantivy: an index folder in the home folder, written by the worker, read by every web process.

Rooms register what can be found (``sources.register``) and say what changed, in the transaction that changes it (``updates.changed``);
``engine.search`` answers. Nothing here knows articles, and only what a source calls public is ever written.
Tantivy is loaded when an index is first opened, so that a process which never searches does not carry it.
"""
