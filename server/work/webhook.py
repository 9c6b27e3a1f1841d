"""Webhook calls, signed as Standard Webhooks (standardwebhooks.com) say."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import timedelta
from typing import Final
from uuid import UUID

import httpx

from server.errors import SettingsInvalid
from server.settings import Webhook
from server.store.messages import Outgoing
from server.work.carrying import NotCarried, NotWanted

SECRET_PREFIX: Final = "whsec_"  # noqa: S105
SECRET_BYTES: Final = range(24, 65)
TIMEOUT: Final = httpx.Timeout(15, connect=5)
GONE: Final = 410  # "the endpoint does not want this any more"


class WebhookCarrier:
    """Posts to the one endpoint of the settings.  Redirects are refusals: a signature is for one address.

    Raises SettingsInvalid for a secret that cannot sign.
    """

    def __init__(self, settings: Webhook, *, transport: httpx.BaseTransport | None = None) -> None:
        self._url = settings.url
        self._key = signing_key(settings.secret)
        self._client = httpx.Client(timeout=TIMEOUT, follow_redirects=False, transport=transport, trust_env=False)

    def carry(self, outgoing: Outgoing, *, timestamp: int) -> None:
        """See `Carrier`."""
        body = outgoing.message.payload.encode()
        headers = {"Content-Type": "application/json", "User-Agent": "Koemado"}
        headers |= signed_headers(self._key, message_id(outgoing.id), timestamp, body)
        try:
            with self._client.stream("POST", self._url, content=body, headers=headers) as response:
                _check(response)  # what it says beyond its status is not read
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotCarried(type(error).__name__) from error

    def close(self) -> None:
        """End the connections."""
        self._client.close()


def message_id(id_: UUID) -> str:
    """Return the `webhook-id`: the same each time a message is sent."""
    return f"msg_{id_.hex}"


def signed_headers(key: bytes, id_: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the three headers of Standard Webhooks."""
    content = b".".join((id_.encode(), str(timestamp).encode(), body))
    signature = b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return {"webhook-id": id_, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}


def signing_key(secret: str) -> bytes:
    """Return the key that a secret of the settings holds.  Raises SettingsInvalid, which repeats nothing of it."""
    try:
        key = b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError as error:
        raise SettingsInvalid("webhook.secret", f"must be {SECRET_PREFIX!r} and base64") from error
    if len(key) not in SECRET_BYTES:
        raise SettingsInvalid("webhook.secret", f"must be {SECRET_PREFIX!r} and base64 of 24 to 64 random bytes")
    return key


def _check(response: httpx.Response) -> None:
    if response.is_success:
        return
    reason = f"HTTP {response.status_code}"
    if response.status_code == GONE:
        raise NotWanted(reason)
    raise NotCarried(reason, again_after=_asked(response.headers.get("Retry-After", "")))


def _asked(text: str) -> timedelta | None:
    """Return how many seconds were asked for; dates and nonsense are not."""
    return timedelta(seconds=min(int(text), 86_400)) if text.isascii() and text.isdigit() and len(text) < 9 else None  # noqa: PLR2004
