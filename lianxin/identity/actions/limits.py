"""How often something may be done, counted in rows that all processes share."""

import ipaddress
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.crypto import salted_hmac

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
    rows, latest = [], None
    for seconds, most in limits:
        name = f"{scope}-{seconds}"
        Allowance.objects.get_or_create(scope=name, key=hashed, defaults={"span_began_at": now})
        row = Allowance.objects.select_for_update().get(scope=name, key=hashed)
        ends = row.span_began_at + timedelta(seconds=seconds)
        if ends <= now:
            row.span_began_at, row.used = now, 0
        elif row.used >= most:
            latest = max(latest or ends, ends)
        rows.append(row)
    if latest is not None:
        return latest
    for row in rows:
        row.used += 1
        row.save()
    return None


def release(scope: str, key: str, limits: Limits) -> None:
    """Take back one use that came to nothing through no fault of the person."""
    hashed = salted_hmac("lianxin.identity.allowance", f"{scope}:{key}", algorithm="sha256").hexdigest()
    for row in Allowance.objects.select_for_update().filter(scope__in=[f"{scope}-{seconds}" for seconds, _ in limits], key=hashed, used__gt=0):
        row.used -= 1
        row.save(update_fields=["used"])
