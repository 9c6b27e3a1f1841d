import json
from base64 import b64encode
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from server.errors import SettingsInvalid
from server.settings import Webhook
from server.store.messages import WEBHOOK, Message, Outgoing
from server.work.carrying import NotCarried, NotWanted
from server.work.webhook import WebhookCarrier, signed_headers, signing_key
from tests.callback_samples import NOW, minutes

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = Message(key="k", route=WEBHOOK, event="callback.closed", payload='{"type": "callback.closed"}')
OUTGOING = Outgoing(id=UUID(int=7), message=MESSAGE, made_at=NOW, attempts=0, claimed_until=NOW + minutes(3))


def test_the_signature_is_that_of_the_published_example():
    """From the test vectors of the Standard Webhooks libraries."""
    headers = signed_headers(signing_key(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330")


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_短い", "whsec_c2hvcnQ=", "whsec_" + b64encode(b"x" * 65).decode()]
)
def test_a_secret_that_cannot_sign_is_refused_and_not_repeated(secret):
    with pytest.raises(SettingsInvalid, match=r"webhook\.secret") as refused:
        WebhookCarrier(Webhook(url="https://hooks.example.jp", secret=secret))
    assert len(secret) < 7 or secret not in str(refused.value)


def carry(answer):
    seen = []

    def receive(request):
        seen.append(request)
        return answer(request)

    settings = Webhook(url="https://hooks.example.jp/koemado", secret=SECRET)
    carrier = WebhookCarrier(settings, transport=httpx.MockTransport(receive))
    try:
        carrier.carry(OUTGOING, timestamp=1_700_000_000)
    finally:
        carrier.close()
    return seen


def test_what_is_posted():
    (request,) = carry(lambda _: httpx.Response(204))
    assert (request.method, str(request.url)) == ("POST", "https://hooks.example.jp/koemado")
    assert json.loads(request.content) == {"type": "callback.closed"}
    assert request.headers["webhook-id"] == f"msg_{OUTGOING.id.hex}"
    expected = signed_headers(signing_key(SECRET), f"msg_{OUTGOING.id.hex}", 1_700_000_000, request.content)
    assert request.headers["webhook-signature"] == expected["webhook-signature"]


@pytest.mark.parametrize("status", [301, 302, 400, 404, 429, 500, 503])
def test_refusals_are_tried_again(status):
    with pytest.raises(NotCarried, match=f"HTTP {status}") as refused:
        carry(lambda _: httpx.Response(status, headers={"Location": "https://elsewhere.example.jp"}))
    assert refused.value.retryable


def test_gone_is_not_tried_again():
    with pytest.raises(NotWanted) as refused:
        carry(lambda _: httpx.Response(410))
    assert not refused.value.retryable


@pytest.mark.parametrize(
    ("text", "asked"), [("120", timedelta(minutes=2)), ("Wed, 21 Oct", None), ("-1", None), ("", None)]
)
def test_the_receiver_may_ask_for_time(text, asked):
    with pytest.raises(NotCarried) as refused:
        carry(lambda _: httpx.Response(429, headers={"Retry-After": text}))
    assert refused.value.again_after == asked


def test_a_broken_line_is_told_by_its_kind_alone():
    def broken(_request):
        raise httpx.ConnectError("https://hooks.example.jp refused")

    with pytest.raises(NotCarried) as refused:
        carry(broken)
    assert str(refused.value) == "ConnectError"
