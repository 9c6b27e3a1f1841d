"""How passwords are kept; the suites of the desk hash theirs quickly (tests/quick_passwords.py)."""

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import Type
from argon2.profiles import RFC_9106_LOW_MEMORY

from server import passwords
from server.errors import PasswordWeak
from server.passwords import LONGEST, hash_password, new_password, password_fits

PASSWORD = "correct horse battery"


def test_they_are_as_slow_to_guess_as_the_standard_says():
    for kept in (hash_password(PASSWORD), passwords._NOBODY):
        found = extract_parameters(kept)
        assert found.type is Type.ID
        assert (found.time_cost, found.memory_cost) == (RFC_9106_LOW_MEMORY.time_cost, RFC_9106_LOW_MEMORY.memory_cost)


def test_the_right_one_fits_and_no_other():
    kept = hash_password(PASSWORD)
    assert PASSWORD not in kept
    assert hash_password(PASSWORD) != kept  # salted
    assert password_fits(PASSWORD, kept)
    assert not password_fits(PASSWORD.upper(), kept)
    assert not password_fits(PASSWORD, "damaged")
    assert not password_fits("nobody has this password", None)


def test_an_account_that_is_not_there_is_checked_to_the_end():
    """What could not be read would be refused at once, and tell who has no account."""
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(passwords._NOBODY, PASSWORD)


@pytest.mark.parametrize("weak", ["", "short one", "aaaaaaaaaaaaaaaa", "a b" * LONGEST])
def test_weak_ones_are_refused(weak):
    with pytest.raises(PasswordWeak):
        hash_password(weak)


def test_a_new_one_is_long_enough():
    made = new_password()
    assert password_fits(made, hash_password(made))
    assert made != new_password()
