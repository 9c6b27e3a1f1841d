"""Passwords of staff: argon2id with the library's current defaults (RFC 9106, low-memory profile)."""

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.errors import PasswordWeak

SHORTEST: Final = 10  # characters; long is better than intricate (NIST SP 800-63B)
LONGEST: Final = 256
_HASHER: Final = PasswordHasher()
_NOBODY: Final = _HASHER.hash("nobody has this password")


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
