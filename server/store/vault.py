"""Personal data at rest: AES-256-GCM for what is read back, a keyed digest for what is only looked up."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.errors import KeyInvalid

KEY_BYTES = 32
_ID_BYTES = 4
_NONCE_BYTES = 12
_TAG_BYTES = 16


def new_key() -> bytes:
    """Return a key to keep outside the database; without it nobody reads names, numbers or conversations."""
    return secrets.token_bytes(KEY_BYTES)


@dataclass(frozen=True, slots=True)
class _Derived:
    """The keys of one secret.  Never printed: `repr` would carry them into logs."""

    id: bytes
    cipher: AESGCM
    digest_key: bytes

    def __repr__(self) -> str:
        return f"<key {self.id.hex()}>"

    @classmethod
    def of(cls, secret: bytes) -> Self:
        if len(secret) != KEY_BYTES:
            raise KeyInvalid(f"the key for personal data has {len(secret)} bytes, it needs {KEY_BYTES}")
        parts = [
            HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"koemado " + use).derive(secret)
            for use in (b"id", b"data", b"look-up")
        ]
        return cls(parts[0][:_ID_BYTES], AESGCM(parts[1]), parts[2])


class Vault:
    """Locks texts with the current key and opens them with it or an earlier one.  Safe from many threads.

    Raises KeyInvalid for a key of the wrong length.
    """

    def __init__(self, key: bytes, *, earlier: Sequence[bytes] = ()) -> None:
        self._current = _Derived.of(key)
        self._keys = [self._current, *(_Derived.of(other) for other in earlier)]

    def lock(self, text: str, place: str) -> bytes:
        """Encrypt.  `place` (table, column, row) is bound in: a value moved elsewhere does not open."""
        return self.lock_bytes(text.encode(), place)

    def open(self, locked: bytes, place: str) -> str:
        """Decrypt.  Raises KeyInvalid for another key, another place, or damage."""
        return self.open_bytes(locked, place).decode()

    def lock_bytes(self, data: bytes, place: str) -> bytes:
        """Encrypt what is no text."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self._current.id + nonce + self._current.cipher.encrypt(nonce, data, place.encode())

    def open_bytes(self, locked: bytes, place: str) -> bytes:
        """Decrypt what is no text.  Raises KeyInvalid."""
        id_, nonce, rest = locked[:_ID_BYTES], locked[_ID_BYTES:][:_NONCE_BYTES], locked[_ID_BYTES + _NONCE_BYTES :]
        key = next((key for key in self._keys if key.id == id_), None)
        if key is None or len(rest) < _TAG_BYTES:
            raise KeyInvalid(f"personal data at {place} was written with a key that is not here")
        try:
            return key.cipher.decrypt(nonce, rest, place.encode())
        except InvalidTag as error:
            raise KeyInvalid(f"personal data at {place} is damaged or was moved there") from error

    def digest(self, text: str) -> bytes:
        """Return what a text is looked up by, under the current key."""
        return self.digests(text)[0]

    def digests(self, text: str) -> tuple[bytes, ...]:
        """Return the digests under all keys: rows written before the key changed are found too."""
        return tuple(hmac.digest(key.digest_key, text.encode(), hashlib.sha256) for key in self._keys)
