"""When somebody who gave wrong passwords may try again, and whose address that is."""

from datetime import UTC, datetime, timedelta

import pytest

from server.throttling import ADDRESS, LOGIN, SHARE, client_address, counts_for_address, throttled_as, wait_until

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)


def seconds(n):
    return timedelta(seconds=n)


@pytest.mark.parametrize(
    ("failures", "waits_s"), [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, 900), (11, 900), (5_000, 900)]
)
def test_waits_grow_to_the_longest(failures, waits_s):
    until = wait_until([NOW] * failures, LOGIN, now=NOW)
    assert until == (NOW + seconds(waits_s) if waits_s else None)


def test_a_wait_ends():
    failures = [NOW - seconds(30)] * LOGIN.free
    assert wait_until(failures, LOGIN, now=NOW - seconds(1)) == NOW
    assert wait_until(failures, LOGIN, now=NOW) is None


def test_old_failures_are_forgotten():
    assert wait_until([NOW - LOGIN.window] * 50, LOGIN, now=NOW) is None


@pytest.mark.parametrize("rule", [LOGIN, ADDRESS])
@pytest.mark.parametrize("back", [timedelta(minutes=1), timedelta(days=1), timedelta(days=9_000)])
def test_a_clock_set_back_neither_locks_for_ever_nor_opens(rule, back):
    until = wait_until([NOW + back] * 60, rule, now=NOW)
    assert until == NOW + rule.longest_wait


def test_one_forgetful_person_does_not_stop_the_office():
    """However often one login fails, an address is charged only with the first few."""
    failures = []
    charged = 0
    for attempt in range(200):
        at = NOW + seconds(attempt)
        charged += counts_for_address(failures, now=at)
        failures.append(at)
    assert charged == SHARE
    assert wait_until([NOW] * charged, ADDRESS, now=NOW) is None


def test_spraying_many_logins_waits():
    assert wait_until([NOW] * ADDRESS.free, ADDRESS, now=NOW) == NOW + ADDRESS.first_wait


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "address"),
    [
        ("203.0.113.7", None, [], "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", [], "203.0.113.7"),  # nobody is believed
        ("203.0.113.7", "198.51.100.1", ["10.0.0.1"], "203.0.113.7"),  # the peer is no proxy of ours
        ("10.0.0.1", "198.51.100.1", ["10.0.0.1"], "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", ["10.0.0.1"], "198.51.100.1"),  # the first was sent by the client
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3", ["10.0.0.0/8"], "10.0.0.3"),
        ("10.0.0.1", "", ["10.0.0.1"], "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, nonsense", ["10.0.0.1"], "10.0.0.1"),
        ("::ffff:10.0.0.1", "2001:db8::1", ["10.0.0.1"], "2001:db8::1"),
        ("testclient", "198.51.100.1", ["testclient"], "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1", ["not an address"], "10.0.0.1"),
        ("", "198.51.100.1", [], ""),
    ],
)
def test_whose_address_is_believed(peer, forwarded, trusted, address):
    assert client_address(peer, forwarded, trusted) == address


def test_addresses_of_one_ipv6_site_are_one():
    assert throttled_as("2001:db8::1") == throttled_as("2001:db8::2:3") != throttled_as("2001:db8:0:1::1")
    assert throttled_as("::ffff:192.0.2.1") == throttled_as("192.0.2.1") != throttled_as("192.0.2.2")
    assert throttled_as("unix socket") == "unix socket"
