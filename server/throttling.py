"""When somebody who gave wrong passwords may try again.  Pure: the times of failures in, a moment out.

A login waits after few failures, so that nobody guesses one account.  An address waits after many, to each of which
another login belongs (`Rule.share` failures of one login count at most), so that nobody sprays many accounts, while an
office behind one address goes on working when one person there has forgotten a password.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

_DOUBLINGS: Final = 16  # more would only overflow: the longest wait is reached long before
_IPV6_SITE: Final = 64  # bits; one customer of a provider has at least so many addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """After `free` failures within `window` each further try waits, twice as long each time, up to `longest_wait`."""

    free: int
    first_wait: timedelta
    longest_wait: timedelta
    window: timedelta


LOGIN: Final = Rule(
    free=5, first_wait=timedelta(seconds=30), longest_wait=timedelta(minutes=15), window=timedelta(hours=24)
)
ADDRESS: Final = Rule(
    free=20, first_wait=timedelta(minutes=1), longest_wait=timedelta(minutes=15), window=timedelta(hours=1)
)
SHARE: Final = 3  # failures of one login that count against an address


def wait_until(failures: Sequence[datetime], rule: Rule, *, now: datetime) -> datetime | None:
    """Return when the next try is looked at; None: now.

    A failure that lies ahead (the clock was set back) counts as of now, so that no wait is longer than the longest.
    The caller keeps it as of now from then on, or the wait would begin anew with each look.
    """
    counted = [min(at, now) for at in failures if at > now - rule.window]
    if len(counted) < rule.free:
        return None
    doublings = min(len(counted) - rule.free, _DOUBLINGS)
    wait = min(rule.first_wait * 2**doublings, rule.longest_wait)
    until = max(counted) + wait
    return until if until > now else None


def counts_for_address(failures: Sequence[datetime], *, now: datetime) -> bool:
    """Whether the next failure of a login with these earlier ones counts against the address it comes from."""
    return sum(at > now - ADDRESS.window for at in failures) < SHARE


def client_address(peer: str, forwarded_for: str | None, trusted: Sequence[str]) -> str:
    """Return the address a request comes from: the peer, or what trusted proxies say it is.

    `forwarded_for` is X-Forwarded-For, read from its end: only what a trusted proxy added is believed.  `trusted`
    holds addresses or networks ("10.0.0.0/8").
    """
    address = peer
    for hop in reversed((forwarded_for or "").split(",")):
        before = _address(hop)
        if not _is_trusted(address, trusted) or before is None:
            break
        address = str(before)
    return address


def throttled_as(address: str) -> str:
    """Return what failures are counted under: of IPv6 the site, since one machine there has many addresses."""
    parsed = _address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, _IPV6_SITE), strict=False))
    return address if parsed is None else str(parsed)


def _is_trusted(address: str, trusted: Sequence[str]) -> bool:
    parsed = _address(address)
    return any(address == one or (parsed is not None and _within(parsed, one)) for one in trusted)


def _within(address: IPv4Address | IPv6Address, network: str) -> bool:
    try:
        return address in ip_network(network.strip(), strict=False)
    except ValueError:
        return False


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Return it parsed, an IPv4 address in IPv6 clothing as itself; None for anything else."""
    try:
        parsed = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed
