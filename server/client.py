"""The device's way to the desk over HTTP.  Whatever comes back, it is one of a few values; nothing is believed unread."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import httpx

from server import desk_answers as answers
from server import notice_fetching
from server.answer_bodies import limited, object_in, wait_in
from server.deadlines import whole_answer
from server.deliveries import Answer, Delivery, News, Refused, TokenRefused, TryLater
from server.desk_hours import DeskHours
from server.errors import (
    AnswerUnusable,
    DeskUnavailable,
    DeviceRefused,
    EnrolmentRefused,
    LogRefused,
    RatingRefused,
    RecordingRefused,
    SlotTaken,
    StrangerAnswers,
)
from server.ratings import Rating, RatingGiven
from server.recommending import RecommendationGiven
from server.spans import Span
from server.talks import LoggedConversation, bodies
from server.wire import LARGEST_BODY

if TYPE_CHECKING:
    from server.bundle_fetching import Fetched
    from server.notice_fetching import Listed

TIMEOUT_S: Final = 10.0  # for a piece of an answer
WHOLE_S: Final = 30.0  # for all of it
NEVER_RATED: Final = {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
NEVER_HEARD: Final = {
    HTTPStatus.CONFLICT,
    HTTPStatus.GONE,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
RECORDING_S: Final = 120.0  # for a recording to go up a slow line
NEVER_LOGGED: Final = {HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}


class DeskClient:
    """Talks to one desk as one device; may be shared by threads.  Close it, or use it as a context.

    `transport` takes the network's place in tests.
    """

    def __init__(self, url: str, token: str = "", *, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(
            base_url=url,
            headers=headers,
            timeout=TIMEOUT_S,
            limits=httpx.Limits(max_keepalive_connections=0),  # see `whole_answer`
            transport=transport,
            follow_redirects=False,
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

    def enrol(self, code: str) -> tuple[str, str, str]:
        """Return this device's id, its token, and the key bundles are verified with, for a code of the staff page.

        The key is "" where the desk is older than bundles.  Raises EnrolmentRefused, DeskUnavailable.
        """
        status, body = self._ask("POST", "/devices/enrol", {"code": code})
        device = body.get("device")
        if status == HTTPStatus.CREATED and isinstance(device, dict) and isinstance(body.get("token"), str):
            return str(device.get("id")), str(body["token"]), str(body.get("bundle_key") or "")
        if answers.is_refusal(status, body):
            raise EnrolmentRefused(status)
        answers.checked(status, body)
        raise StrangerAnswers

    def submit(self, request_id: UUID, payload: bytes) -> Delivery:
        """Hand a request in.  Never raises for what the network or the desk does.

        Only the desk's own words refuse a request or this device: proxies and portals say 403 and 401 as well.
        """
        try:
            status, body, wait = self._exchange("POST", "/callbacks", payload)
        except httpx.HTTPError as error:
            return TryLater(reason=type(error).__name__, unreachable=isinstance(error, httpx.TransportError))
        except ValueError:
            return TryLater(reason="no answer of a desk")
        if status in (HTTPStatus.OK, HTTPStatus.CREATED):
            return answers.arrived(body, request_id, new=status == HTTPStatus.CREATED)
        if answers.is_refusal(status, body) and (bare := answers.without_extension(payload, body)):
            return self.submit(request_id, bare)
        if answers.is_refusal(status, body):
            is_device = status == HTTPStatus.UNAUTHORIZED
            return TokenRefused() if is_device else Refused(status=status, problems=answers.problems(body))
        return TryLater(reason=f"HTTP {status}", wait=wait)

    def status(self, request_id: UUID) -> Answer:
        """Return what became of a request.  Raises DeskUnavailable: AnswerUnusable where the desk knows no such request."""
        status, body = self._ask("GET", f"/callbacks/{request_id}")
        if status != HTTPStatus.UNAUTHORIZED and answers.is_refusal(status, body):
            raise AnswerUnusable(f"the desk answered {status}")
        return answers.answer(answers.checked(status, body))

    def choose(self, request_id: UUID, begins: datetime) -> Answer:
        """Have another time promised.  Raises SlotTaken with free times, DeskUnavailable."""
        status, body = self._ask("PUT", f"/callbacks/{request_id}/promise", {"begins": begins.isoformat()})
        if status == HTTPStatus.CONFLICT and answers.problems(body):
            raise SlotTaken(answers.spans(body.get("offers")))
        return answers.answer(answers.checked(status, body))

    def withdraw(self, request_id: UUID) -> Answer:
        """Say that no call is wanted any more.  Raises DeskUnavailable."""
        return answers.answer(self._good("POST", f"/callbacks/{request_id}/withdraw"))

    def slots(
        self, *, topic: str, urgency: str = "normal", wanted: Span | None = None, count: int = 3, phone: str = ""
    ) -> list[Span]:
        """Return free times, those wanted first; for the customer of an E.164 number, where given.

        A desk that is older than that says what everybody may have.  Raises DeskUnavailable.
        """
        query = {"topic": topic, "urgency": urgency} | _wish(wanted, count)
        if phone:
            status, body = self._ask("POST", "/slots", query | {"count": count, "phone": phone})
            if status not in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
                return answers.slots(answers.checked(status, body))
        return answers.slots(self._good("GET", "/slots?" + str(httpx.QueryParams(query))))

    def slots_for(self, request_id: UUID, wanted: Span | None = None, count: int = 3) -> list[Span]:
        """Return times a request's promise can be moved to, those wanted first; none of a closed or erased case.

        Raises DeskUnavailable, also where the request is not known.
        """
        path = f"/callbacks/{request_id}/slots?" + str(httpx.QueryParams(_wish(wanted, count)))
        return answers.slots(self._good("GET", path))

    def hours(self) -> DeskHours:
        """Return when the desk calls.  Raises DeskUnavailable."""
        return answers.hours(self._good("GET", "/hours"))

    def rate(self, request_id: UUID, rating: Rating | str, at: datetime) -> None:
        """Say whether the customer is satisfied; a later answer takes the place of an earlier one.

        Raises RatingRefused where it makes no sense (again), DeskUnavailable; ValueError for another word.
        """
        given = RatingGiven(rating=Rating(rating), at=at)
        self.tell(f"/callbacks/{request_id}/rating", given.model_dump(mode="json"), request_id)

    def recommend(self, request_id: UUID, score: int | None, at: datetime) -> None:
        """Say how likely the customer recommends us, 0 to 10; None: asked, and not answered.

        Raises RatingRefused where nobody was to be asked, DeskUnavailable.
        """
        given = RecommendationGiven(score=score, at=at)
        self.tell(f"/callbacks/{request_id}/recommendation", given.model_dump(mode="json"), request_id)

    def tell(self, path: str, said: Mapping[str, Any], about: UUID) -> None:
        """Say something of a customer or a request; said again it changes nothing.

        Raises RatingRefused when the desk never takes it, DeskUnavailable.
        """
        status, body = self._ask("PUT", path, said)
        if status in NEVER_RATED and answers.problems(body):
            raise RatingRefused(about, status)
        if status != HTTPStatus.NO_CONTENT:
            raise DeskUnavailable(f"the desk answered {status}")

    def send_conversations(self, batch: Sequence[LoggedConversation]) -> frozenset[UUID]:
        """Hand conversations in; return the ids of those the desk is done with (kept, known, or not wanted).

        Raises LogRefused when sending the same again cannot help, DeskUnavailable; what went before is kept then.
        """
        done: frozenset[UUID] = frozenset()
        sent = frozenset(one.id for one in batch)
        for body in bodies(batch, largest=LARGEST_BODY):
            status, answer = self._ask("POST", "/conversations", body)
            if status in NEVER_LOGGED and answers.problems(answer):
                raise LogRefused(status)
            done |= answers.kept(answers.checked(status, answer), sent)
        return done

    def send_recording(self, conversation: UUID, body: bytes) -> None:
        """Hand in a recording its customer agreed to, see `recordings.RecordingGiven`.

        Raises RecordingRefused when the desk never takes it, DeskUnavailable: the conversation may not be there yet.
        """
        status, answer = self._ask("PUT", f"/recordings/{conversation}", body, timeout_s=RECORDING_S)
        if status in NEVER_HEARD and answers.problems(answer):
            raise RecordingRefused(conversation, status)
        if status != HTTPStatus.NO_CONTENT:
            raise DeskUnavailable(f"the desk answered {status}")

    def withdraw_recording(self, conversation: UUID) -> None:
        """Have a recording erased.  Raises DeskUnavailable."""
        status, _ = self._ask("DELETE", f"/recordings/{conversation}")
        if status != HTTPStatus.NO_CONTENT:
            raise DeskUnavailable(f"the desk answered {status}")

    def news(self, after: int, *, wait_s: int = 0) -> News:
        """Return whose cases changed, waiting for it up to `wait_s`.  Raises DeskUnavailable."""
        body = self._good("GET", f"/callbacks/news?after={after}&wait={wait_s}", timeout_s=TIMEOUT_S + wait_s)
        return answers.news(body)

    def heartbeat(
        self,
        version: str,
        *,
        knowledge: str | None = None,
        refused: str | None = None,
        condition: Mapping[str, str | int] | None = None,
    ) -> None:
        """Say that the device lives; which bundle it uses and could not use, and how it is, where given.

        `condition` has the fields of the desk's `Heartbeat`.  Raises DeskUnavailable, of these DeviceRefused for a token
        that is not (or no longer) good.
        """
        told: dict[str, Any] = {"version": version, "knowledge": knowledge, "knowledge_refused": refused}
        told |= condition or {}
        beat = {name: value for name, value in told.items() if value is not None}
        status, body = self._ask("POST", "/devices/heartbeat", beat)
        if status == HTTPStatus.UNAUTHORIZED and answers.is_refusal(status, body):
            raise DeviceRefused("the desk does not know this device")
        if answers.checked(status, body) or status != HTTPStatus.NO_CONTENT:
            raise StrangerAnswers

    def knowledge(self, folder: Path, *, known: int = 0) -> "Fetched | None":
        """Get the knowledge bundle in use, see `bundle_fetching.fetch`; nothing of it is verified."""
        from server.bundle_fetching import fetch

        return fetch(self._http, folder, known=known)

    def notices(self, known: str = "") -> "Listed | None":
        """Return what is to be told of one's own accord, see `notice_fetching.fetch`.  Raises DeskUnavailable."""
        return notice_fetching.fetch(self._http, known=known)

    def report_notices(self, told: Mapping[UUID, int]) -> None:
        """Say how often each notice was told.  Raises DeskUnavailable."""
        notice_fetching.report(self._http, told)

    def _good(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, timeout_s: float = TIMEOUT_S
    ) -> dict[str, Any]:
        return answers.checked(*self._ask(method, path, body, timeout_s=timeout_s))

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None, *, timeout_s: float = TIMEOUT_S
    ) -> tuple[int, dict[str, Any]]:
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            status, answer, _ = self._exchange(method, path, content, timeout_s=timeout_s)
        except httpx.HTTPError as error:
            raise DeskUnavailable(f"the desk does not answer ({type(error).__name__})") from error
        except ValueError as error:
            raise StrangerAnswers from error
        return status, answer

    def _exchange(
        self, method: str, path: str, content: bytes | None, *, timeout_s: float = TIMEOUT_S
    ) -> tuple[int, dict[str, Any], timedelta | None]:
        """Return status, JSON object and the wait asked for.

        Raises httpx.HTTPError, and ValueError for a good status without a JSON object.
        """
        headers = {"Content-Type": "application/json"} if content is not None else {}
        with (
            whole_answer(WHOLE_S + timeout_s - TIMEOUT_S) as limit,
            self._http.stream(
                method, path, content=content, headers=headers, timeout=timeout_s, extensions={"trace": limit.trace}
            ) as answer,
        ):
            raw = limited(answer)
            status, wait = answer.status_code, wait_in(answer.headers.get("Retry-After", ""))
        return status, object_in(raw, status), wait


def _wish(wanted: Span | None, count: int) -> dict[str, str]:
    query = {"count": str(count)}
    if wanted is not None:
        query |= {"begins": wanted.begins.isoformat(), "ends": wanted.ends.isoformat()}
    return query
