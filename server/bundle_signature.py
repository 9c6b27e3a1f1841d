"""Signing a knowledge bundle at the desk, and believing it on the device: Ed25519 over the exact bytes and their serial.

The serial grows with every publication, going back to an earlier bundle included.  It is signed with the bytes, so that
nobody between desk and device can offer an old bundle anew.
"""

import binascii
import hashlib
from base64 import b64decode, b64encode
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from server.errors import DeskError, KeyInvalid

DOMAIN: Final = b"koemado knowledge bundle 1\n"  # what this key signs can be taken for nothing else
SEED_BYTES: Final = 32
MOST_SERIAL: Final = 2**63 - 1
_ID_LENGTH: Final = 16


class SignatureWrong(DeskError):
    """These are not the bytes the desk signed, or another key signed them: nothing of them may be used."""


class SigningKey:
    """The desk's own.  Never printed.  Raises KeyInvalid for a seed of the wrong length."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise KeyInvalid(f"the key for signing bundles has {len(seed)} bytes, it needs {SEED_BYTES}")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = BundleKey(self._key.public_key().public_bytes_raw())

    def sign(self, serial: int, data: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return self._key.sign(_message(serial, data))


class BundleKey:
    """The key a device believes, which it got when it was enrolled."""

    def __init__(self, raw: bytes) -> None:
        """Raises KeyInvalid."""
        try:
            self._key = Ed25519PublicKey.from_public_bytes(raw)
        except ValueError as error:
            raise KeyInvalid("the key for bundles is no Ed25519 key") from error
        self._raw = raw

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the key of its text.  Raises KeyInvalid."""
        try:
            return cls(b64decode(text, validate=True))
        except (binascii.Error, ValueError) as error:
            raise KeyInvalid("the key for bundles is no base64") from error

    @property
    def text(self) -> str:
        """The key as it is handed over: base64 of its 32 bytes."""
        return b64encode(self._raw).decode()

    @property
    def id(self) -> str:
        """What tells it from other keys: 16 hex digits."""
        return hashlib.sha256(self._raw).hexdigest()[:_ID_LENGTH]

    def verify(self, serial: int, data: bytes, signature: bytes) -> None:
        """Raises SignatureWrong unless this key's owner signed these bytes under this serial."""
        try:
            self._key.verify(signature, _message(serial, data))
        except InvalidSignature as error:
            raise SignatureWrong("the bundle is not what the desk signed") from error


def _message(serial: int, data: bytes) -> bytes:
    return DOMAIN + serial.to_bytes(8, "big") + data
