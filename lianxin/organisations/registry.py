"""What rooms above hook in, so that nothing of theirs is orphaned when a person leaves, a unit merges or posts change.

All hooks run inside the transaction of the deed, in the order of registration, and may be used as decorators.
"""

from collections.abc import Callable
from datetime import date

from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post

# (actor, person, posts that end, successor or None, last day) -> what is left without a keeper, as Chinese phrases.
# Pass on to the successor what can be; whatever phrase is returned refuses the deed and is shown to the actor.
Succession = Callable[[User, User, list[Post], User | None, date], list[str]]
# (actor, unit, the unit it becomes part of, first day) -> what cannot be moved, as Chinese phrases.
Merger = Callable[[User, Organisation, Organisation, date], list[str]]
# (person): posts, or handovers to the person, have changed.
PostsChanged = Callable[[User], None]

_successions: list[Succession] = []
_mergers: list[Merger] = []
_posts_changed: list[PostsChanged] = []


def register_succession(hook: Succession) -> Succession:
    """Ask ``hook`` whenever posts of a person end."""
    if hook not in _successions:
        _successions.append(hook)
    return hook


def register_merger(hook: Merger) -> Merger:
    """Ask ``hook`` whenever a unit becomes part of another."""
    if hook not in _mergers:
        _mergers.append(hook)
    return hook


def register_posts_changed(hook: PostsChanged) -> PostsChanged:
    """Tell ``hook`` whenever what a person may do has changed."""
    if hook not in _posts_changed:
        _posts_changed.append(hook)
    return hook


def pass_on(actor: User, person: User, posts: list[Post], successor: User | None, on: date) -> list[str]:
    """Run the hooks for ending posts; return everything left without a keeper."""
    return [phrase for hook in _successions for phrase in hook(actor, person, posts, successor, on)]


def merge(actor: User, unit: Organisation, into: Organisation, on: date) -> list[str]:
    """Run the hooks for a merger; return everything that could not be moved."""
    return [phrase for hook in _mergers for phrase in hook(actor, unit, into, on)]


def posts_changed(person: User) -> None:
    """Run the hooks for changed posts."""
    for hook in _posts_changed:
        hook(person)
