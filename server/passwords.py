"""Passwords of staff: argon2id with the library's current defaults (RFC 9106, low-memory profile)."""

import secrets
from base64 import b64encode
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from server.errors import PasswordWeak

SHORTEST: Final = 10  # characters; long is better than intricate (NIST SP 800-63B)
LONGEST: Final = 256
PLAIN_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another when copied by hand
_HASHER: Final = PasswordHasher()


def _nobodys() -> str:
    """Return what no password fits, as slow to check as one that is kept; hashing one would hold up each start."""
    salt, digest = (b64encode(secrets.token_bytes(size)).rstrip(b"=").decode() for size in (16, 32))
    costs = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${digest}"


_NOBODY: Final = _nobodys()


def hash_password(password: str) -> str:
    """Return what may be kept of it.  Raises PasswordWeak."""
    if not SHORTEST <= len(password) <= LONGEST or len(set(password)) < SHORTEST // 2:
        raise PasswordWeak(SHORTEST)
    return _HASHER.hash(password)


def password_fits(password: str, kept: str | None) -> bool:
    """Whether it is the one; as slow for an account that is not there (`kept` is None) as for one that is."""
    try:
        fits = _HASHER.verify(kept or _NOBODY, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return fits and kept is not None


def new_password() -> str:
    """Return a password of 79 random bits that is easily copied from a screen: "k7pm-x3qd-w9ra-h2tz"."""
    return "-".join("".join(secrets.choice(PLAIN_LETTERS) for _ in range(4)) for _ in range(4))
