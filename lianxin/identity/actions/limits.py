"""How often something may be done, counted in rows that all processes share."""

import ipaddress
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.crypto import salted_hmac

from lianxin.foundation import bulk, rows
from lianxin.identity.models import Allowance

Limits = tuple[tuple[int, int], ...]
"""Pairs of (seconds, how often at most within them)."""


def place(address: str) -> str:
    """What counts as one address: of IPv6 the network of 64 bits, as one household has billions of addresses in it."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address


def charge(scope: str, key: str, limits: Limits) -> datetime | None:
    """Count one use in the caller's transaction, or return when the next is possible and count none.

    The rows stay locked until the transaction ends, so that uses at the same moment are counted one after the other.
    """
    hashed = salted_hmac("lianxin.identity.allowance", f"{scope}:{key}", algorithm="sha256").hexdigest()
    now = timezone.now()
    locked, latest = _locked(scope, hashed, limits, now), None
    over = []
    for seconds, most in limits:
        row = locked[f"{scope}-{seconds}"]
        ends = row.span_began_at + timedelta(seconds=seconds)
        if ends <= now:
            over.append(row)
        elif row.used >= most:
            latest = max(latest or ends, ends)
    if latest is not None:
        return latest
    for row in locked.values():
        row.span_began_at, row.used = (now, 1) if row in over else (row.span_began_at, row.used + 1)
    bulk.update(["span_began_at", "used"], list(locked.values()))
    return None


def _locked(scope: str, hashed: str, limits: Limits, now: datetime) -> dict[str, Allowance]:
    """The rows of a use by scope, locked; those that are missing are made."""
    names = [f"{scope}-{seconds}" for seconds, _ in limits]
    found = {row.scope: row for row in rows.where(Allowance, lock=True, key=hashed) if row.scope in names}
    if missing := [name for name in names if name not in found]:
        Allowance.objects.bulk_create((Allowance(scope=name, key=hashed, span_began_at=now) for name in missing), ignore_conflicts=True)
        found = {row.scope: row for row in rows.where(Allowance, lock=True, key=hashed) if row.scope in names}
    return found


def release(scope: str, key: str, limits: Limits) -> None:
    """Take back one use that came to nothing through no fault of the person."""
    hashed = salted_hmac("lianxin.identity.allowance", f"{scope}:{key}", algorithm="sha256").hexdigest()
    for row in Allowance.objects.select_for_update().filter(scope__in=[f"{scope}-{seconds}" for seconds, _ in limits], key=hashed, used__gt=0):
        row.used -= 1
        row.save(update_fields=["used"])
