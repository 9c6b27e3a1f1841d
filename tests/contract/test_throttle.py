"""Failed logins, as both databases remember them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from server.store.desk_models import LoginFailureRow
from server.store.engine import reading
from server.store.journal import Journal
from server.store.throttle import Throttle, Try
from server.store.vault import Vault
from server.throttling import ADDRESS, LOGIN
from tests.callback_samples import NOW
from tests.contract.conftest import KEY


@pytest.fixture
def throttle(engine):
    return Throttle(engine, Vault(KEY))


def fail(throttle, login, address="192.0.2.1", *, now=NOW, times=1):
    found = [throttle.attempt(login, address, now=now) for _ in range(times)]
    for one in found:
        if isinstance(one, Try):
            throttle.failed(one, known=login == "sato", now=now)
    return found


def test_after_a_few_failures_the_next_try_waits(throttle):
    assert all(isinstance(one, Try) for one in fail(throttle, "sato", times=LOGIN.free))
    assert throttle.attempt("sato", "198.51.100.9", now=NOW) == NOW + LOGIN.first_wait
    assert isinstance(throttle.attempt("suzuki", "192.0.2.1", now=NOW), Try)
    assert isinstance(throttle.attempt("sato", "192.0.2.1", now=NOW + LOGIN.first_wait), Try)


def test_tries_while_waiting_do_not_make_the_wait_longer(throttle):
    fail(throttle, "sato", times=LOGIN.free)
    waits = fail(throttle, "sato", times=50)
    assert set(waits) == {NOW + LOGIN.first_wait}


def test_spraying_many_logins_from_one_address_waits(throttle):
    for number in range(ADDRESS.free):
        fail(throttle, f"guess-{number}")
    assert throttle.attempt("sato", "192.0.2.1", now=NOW) == NOW + ADDRESS.first_wait
    assert isinstance(throttle.attempt("sato", "192.0.2.2", now=NOW), Try)


def test_one_forgetful_person_does_not_stop_the_office(throttle):
    now = NOW
    for _ in range(40):
        fail(throttle, "sato", now=now)
        now += LOGIN.longest_wait
    assert isinstance(throttle.attempt("suzuki", "192.0.2.1", now=now), Try)


def test_the_right_password_starts_afresh(throttle):
    fail(throttle, "sato", times=LOGIN.free - 1)
    right = throttle.attempt("sato", "192.0.2.1", now=NOW)
    throttle.succeeded(right)
    assert all(isinstance(one, Try) for one in fail(throttle, "sato", times=LOGIN.free))


def test_it_does_not_forgive_the_address(throttle):
    for number in range(ADDRESS.free - 1):
        fail(throttle, f"guess-{number}")
    throttle.succeeded(throttle.attempt("own", "192.0.2.1", now=NOW))
    fail(throttle, "guess-last")
    assert isinstance(throttle.attempt("own", "192.0.2.1", now=NOW), datetime)


def test_forgiving_ends_the_wait(throttle):
    fail(throttle, "sato", times=LOGIN.free)
    throttle.forgive("sato")
    assert isinstance(throttle.attempt("sato", "192.0.2.1", now=NOW), Try)


def test_a_clock_set_back_neither_locks_for_ever_nor_opens(throttle):
    fail(throttle, "sato", times=LOGIN.free, now=NOW + timedelta(days=4_000))
    until = throttle.attempt("sato", "192.0.2.1", now=NOW)
    assert until == NOW + LOGIN.first_wait
    assert isinstance(throttle.attempt("sato", "192.0.2.1", now=until), Try)


def test_many_tries_at_once_are_no_way_around(throttle):
    barrier = Barrier(8)

    def attempt(number):
        if number < 8:
            barrier.wait(timeout=30)
        return throttle.attempt("sato", f"192.0.2.{number}", now=NOW)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(attempt, range(32)))
    assert sum(isinstance(one, Try) for one in found) == LOGIN.free


def test_neither_logins_nor_addresses_are_kept(engine, throttle):
    fail(throttle, "hunter2-typed-as-login", times=LOGIN.free)
    fail(throttle, "sato", times=LOGIN.free)
    with reading(engine) as session:
        kept = [tuple(row) for row in session.execute(select(LoginFailureRow.subject_digest, LoginFailureRow.at))]
    assert kept
    assert "hunter2" not in str(kept)
    lines = Journal(engine).latest()
    assert [line.action for line in lines].count("login_failed") == 2 * LOGIN.free
    assert [line.detail for line in lines if line.action == "login_blocked"] == [
        {"login": "sato", "seconds": 30},
        {"seconds": 30},
    ]
    assert "hunter2" not in str(lines)
