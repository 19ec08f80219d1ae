"""Visits to public pages: counted in front of the page store (``counter``), folded into daily rows by the worker (``fold``).

What is kept and for how long:

* In memory, for at most a second: address, user agent, page and referrer of each view. A process that is killed loses this second.
* In ``HOME/visits/*.visits`` (mode 0600), until the worker folds them, ordinarily within two minutes: hour, host, page, search words,
  the referrer's host, the user agent and a mark of the visitor. The mark is a hash of address and user agent with the day's salt; the
  address itself is never written.
* In the database, until the day is closed: the marks alone, so that a visitor counts once. Afterwards only counts.
* The day's salt (``HOME/visits/secrets/``, in no backup) is drawn at random and deleted when the day is closed: from then on nobody can
  tell whose mark a mark was, and nobody can tell whether today's visitor came yesterday. Visitors of a month therefore cannot be
  counted, only the visitors of each of its days.

Countries and regions are not counted: that would need a database of addresses.
"""
