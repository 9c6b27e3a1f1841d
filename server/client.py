"""The device's way to the desk over HTTP.  Whatever comes back, it is one of a few values; nothing is believed unread."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import httpx

from server.deliveries import Answer, Arrived, Delivery, News, Refused, TokenRefused, TryLater
from server.errors import DeskUnavailable, EnrolmentRefused, FieldProblem, SlotTaken
from server.spans import Span

TIMEOUT_S: Final = 10.0
LARGEST_ANSWER: Final = 256 * 1024  # bytes
WORTH_RETRYING: Final = {408, 425, 429}
MOST_PROBLEMS: Final = 20


class DeskClient:
    """Talks to one desk as one device; may be shared by threads.  Close it, or use it as a context.

    `transport` takes the network's place in tests.
    """

    def __init__(self, url: str, token: str = "", *, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(
            base_url=url, headers=headers, timeout=TIMEOUT_S, transport=transport, follow_redirects=False
        )

    def __enter__(self) -> "DeskClient":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def enrol(self, code: str) -> tuple[str, str]:
        """Return this device's id and token for a code of the staff page.  Raises EnrolmentRefused, DeskUnavailable."""
        status, body = self._ask("POST", "/devices/enrol", {"code": code})
        device = body.get("device")
        if status == HTTPStatus.CREATED and isinstance(device, dict) and isinstance(body.get("token"), str):
            return str(device.get("id")), str(body["token"])
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise EnrolmentRefused(status)
        raise DeskUnavailable(f"the desk answered {status}")

    def submit(self, request_id: UUID, payload: bytes) -> Delivery:
        """Hand a request in.  Never raises for what the network or the desk does."""
        try:
            status, body, wait = self._exchange("POST", "/callbacks", payload)
        except httpx.HTTPError as error:
            return TryLater(reason=type(error).__name__)
        except ValueError:
            return TryLater(reason="no answer of a desk")
        if status in (HTTPStatus.OK, HTTPStatus.CREATED):
            return _arrived(body, request_id, new=status == HTTPStatus.CREATED)
        if status == HTTPStatus.UNAUTHORIZED:
            return TokenRefused()
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in WORTH_RETRYING:
            return Refused(status=status, problems=_problems(body))
        return TryLater(reason=f"HTTP {status}", wait=wait)

    def status(self, request_id: UUID) -> Answer:
        """Return what became of a request.  Raises DeskUnavailable, also where it is not known."""
        return _answer(self._good("GET", f"/callbacks/{request_id}"))

    def choose(self, request_id: UUID, begins: datetime) -> Answer:
        """Have another time promised.  Raises SlotTaken with free times, DeskUnavailable."""
        status, body = self._ask("PUT", f"/callbacks/{request_id}/promise", {"begins": begins.isoformat()})
        if status == HTTPStatus.CONFLICT:
            raise SlotTaken(_spans(body.get("offers")))
        return _answer(_checked(status, body))

    def withdraw(self, request_id: UUID) -> Answer:
        """Say that no call is wanted any more.  Raises DeskUnavailable."""
        return _answer(self._good("POST", f"/callbacks/{request_id}/withdraw"))

    def slots(self, *, topic: str, urgency: str = "normal", wanted: Span | None = None, count: int = 3) -> list[Span]:
        """Return free times, those wanted first.  Raises DeskUnavailable."""
        query: dict[str, str] = {"topic": topic, "urgency": urgency, "count": str(count)}
        if wanted is not None:
            query |= {"begins": wanted.begins.isoformat(), "ends": wanted.ends.isoformat()}
        return list(_spans(self._good("GET", "/slots?" + str(httpx.QueryParams(query))).get("slots")))

    def news(self, after: int, *, wait_s: int = 0) -> News:
        """Return whose cases changed, waiting for it up to `wait_s`.  Raises DeskUnavailable."""
        body = self._good("GET", f"/callbacks/news?after={after}&wait={wait_s}", timeout_s=TIMEOUT_S + wait_s)
        try:
            return News(ids=tuple(UUID(str(one)) for one in body["ids"]), next=int(body["next"]))
        except (KeyError, TypeError, ValueError) as error:
            raise DeskUnavailable("the answer is none of a desk") from error

    def heartbeat(self, version: str) -> None:
        """Say that the device lives.  Raises DeskUnavailable."""
        self._good("POST", "/devices/heartbeat", {"version": version})

    def _good(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, timeout_s: float = TIMEOUT_S
    ) -> dict[str, Any]:
        return _checked(*self._ask(method, path, body, timeout_s=timeout_s))

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, timeout_s: float = TIMEOUT_S
    ) -> tuple[int, dict[str, Any]]:
        content = None if body is None else json.dumps(body).encode()
        try:
            status, answer, _ = self._exchange(method, path, content, timeout_s=timeout_s)
        except (httpx.HTTPError, ValueError) as error:
            raise DeskUnavailable(f"the desk does not answer ({type(error).__name__})") from error
        return status, answer

    def _exchange(
        self, method: str, path: str, content: bytes | None, *, timeout_s: float = TIMEOUT_S
    ) -> tuple[int, dict[str, Any], timedelta | None]:
        """Return status, JSON object and the wait asked for.

        Raises httpx.HTTPError, and ValueError for a good status without a JSON object.
        """
        headers = {"Content-Type": "application/json"} if content is not None else {}
        with self._http.stream(method, path, content=content, headers=headers, timeout=timeout_s) as answer:
            raw = _limited(answer)
            status, wait = answer.status_code, _wait(answer.headers.get("Retry-After", ""))
        if status == HTTPStatus.NO_CONTENT:
            return status, {}, wait
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        if isinstance(body, dict):
            return status, body, wait
        if status < HTTPStatus.BAD_REQUEST:
            raise ValueError("no JSON object")
        return status, {}, wait


def _limited(answer: httpx.Response) -> bytes:
    raw = b""
    for piece in answer.iter_bytes():
        raw += piece
        if len(raw) > LARGEST_ANSWER:
            raise ValueError("the answer is too long")
    return raw


def _wait(text: str) -> timedelta | None:
    return timedelta(seconds=int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else None  # noqa: PLR2004


def _arrived(body: Mapping[str, Any], request_id: UUID, *, new: bool) -> Delivery:
    """Believe it only when it speaks of this request: a captive portal answers 200 as well."""
    if body.get("id") != str(request_id):
        return TryLater(reason="no answer of a desk")
    return Arrived(new=new, promise=_span(body.get("promise")), offers=tuple(_spans(body.get("offers"))))


def _answer(body: Mapping[str, Any]) -> Answer:
    try:
        calls = body["attempts"]
        return Answer(
            id=UUID(str(body["id"])),
            state=str(body["state"]),
            promise=_span(body.get("promise")),
            agent=body.get("agent"),
            calls=int(calls["count"]),
            last_outcome=calls.get("last_outcome"),
            close_reason=body.get("close_reason"),
            offers=tuple(_spans(body.get("offers"))),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DeskUnavailable("the answer is none of a desk") from error


def _checked(status: int, body: dict[str, Any]) -> dict[str, Any]:
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise DeskUnavailable(f"the desk answered {status}")
    return body


def _problems(body: Mapping[str, Any]) -> tuple[FieldProblem, ...]:
    found = body.get("problems")
    listed = found[:MOST_PROBLEMS] if isinstance(found, list) else []
    return tuple(
        FieldProblem(field=str(one.get("field", "request"))[:80], message=str(one.get("message", ""))[:200])
        for one in listed
        if isinstance(one, dict)
    )


def _spans(found: object) -> Sequence[Span]:
    listed = found if isinstance(found, list) else []
    return tuple(span for span in map(_span, listed) if span is not None)


def _span(found: object) -> Span | None:
    if not isinstance(found, dict):
        return None
    try:
        return Span(datetime.fromisoformat(str(found["begins"])), datetime.fromisoformat(str(found["ends"])))
    except (KeyError, ValueError, OverflowError):
        return None
