"""Passwords that are hashed quickly: the real argon2, asked for as little as it can do."""

from contextlib import contextmanager

import pytest
from argon2 import PasswordHasher

from server import passwords

LEAST = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}  # passes, KiB, lanes


@contextmanager
def quick_passwords():
    """Hash so while it lasts; what was hashed before stays as slow to check as it was."""
    quick = PasswordHasher(**LEAST)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "_HASHER", quick)
        patched.setattr(passwords, "_NOBODY", quick.hash("nobody has this password"))
        yield
