"""Links of rooms above on the page of a case: each registers a provider, so that this room need not know them."""

from collections.abc import Callable

from lianxin.casedesk.view import CaseView

# (the case as somebody sees it) -> words and address.
Provider = Callable[[CaseView], list[tuple[str, str]]]

_providers: list[Provider] = []


def register_links(provider: Provider) -> Provider:
    """Show what ``provider`` finds on the page of a case."""
    if provider not in _providers:
        _providers.append(provider)
    return provider


def links_of(view: CaseView) -> list[tuple[str, str]]:
    """The links of all rooms, in the order of registration."""
    return [link for provider in _providers for link in provider(view)]
