"""What a desk's answers say, as values; nothing is believed unread.  Pure."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from server.deliveries import Answer, Arrived, Delivery, News, TryLater
from server.desk_hours import DeskHours
from server.errors import AnswerUnusable, DeskUnavailable, FieldProblem
from server.spans import Span

WORTH_RETRYING: Final = {408, 425, 429}
MOST_PROBLEMS: Final = 20
MOST_KEPT: Final = 1_000
LONGEST_LABEL: Final = 20  # of a customer's tier
NO_DESK: Final = "the answer is none of a desk"


def arrived(body: Mapping[str, Any], request_id: UUID, *, new: bool) -> Delivery:
    """Believe it only when it speaks of this request: a captive portal answers 200 as well."""
    if body.get("id") != str(request_id):
        return TryLater(reason="no answer of a desk")
    offers, tier = tuple(spans(body.get("offers"))), _tier(body.get("earlier"))
    return Arrived(new=new, promise=span(body.get("promise")), offers=offers, tier=tier)


def answer(body: Mapping[str, Any]) -> Answer:
    """Read what became of a request.  Raises AnswerUnusable."""
    try:
        calls = body["attempts"]
        return Answer(
            id=UUID(str(body["id"])),
            state=str(body["state"]),
            promise=span(body.get("promise")),
            agent=body.get("agent"),
            calls=int(calls["count"]),
            last_outcome=calls.get("last_outcome"),
            close_reason=body.get("close_reason"),
            offers=tuple(spans(body.get("offers"))),
            recommend_until=_moment(body.get("recommend_until")),
            tier=_tier(body.get("earlier")),
            address=str(body.get("address") or "") if body.get("address_at") else "",
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AnswerUnusable(NO_DESK) from error


def _tier(earlier: object) -> str:
    """Return what the tier is called, because of which a promise is earlier; "" for what cannot be said aloud."""
    label = earlier.get("label") if isinstance(earlier, dict) else None
    return label if isinstance(label, str) and len(label) <= LONGEST_LABEL and label.isprintable() else ""


def _moment(found: object) -> datetime | None:
    """Return a moment with its zone, None for what is none."""
    try:
        moment = datetime.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        return None
    return moment if moment and moment.utcoffset() is not None else None


def checked(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a success.  Raises DeskUnavailable."""
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise DeskUnavailable(f"the desk answered {status}")
    return body


def is_refusal(status: int, body: Mapping[str, Any]) -> bool:
    """Whether the desk itself says that the question is wrong."""
    asked_wrong = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return asked_wrong and status not in WORTH_RETRYING and bool(problems(body))


def problems(body: Mapping[str, Any]) -> tuple[FieldProblem, ...]:
    """Return what was wrong with a request, shortened; nothing where these are no words of a desk."""
    found = body.get("problems")
    listed = found[:MOST_PROBLEMS] if isinstance(found, list) else []
    return tuple(
        FieldProblem(field=one["field"][:80], message=one["message"][:200])
        for one in listed
        if isinstance(one, dict) and isinstance(one.get("field"), str) and isinstance(one.get("message"), str)
    )


def spans(found: object) -> Sequence[Span]:
    """Return the times of a list; what is none is left out."""
    listed = found if isinstance(found, list) else []
    return tuple(span for span in map(span, listed) if span is not None)


def span(found: object) -> Span | None:
    """Return a time, or None for what is none."""
    if not isinstance(found, dict):
        return None
    try:
        return Span(datetime.fromisoformat(str(found["begins"])), datetime.fromisoformat(str(found["ends"])))
    except (KeyError, ValueError, OverflowError):
        return None


def news(body: Mapping[str, Any]) -> News:
    """Read whose cases changed.  Raises DeskUnavailable."""
    try:
        return News(ids=tuple(UUID(str(one)) for one in body["ids"]), next=int(body["next"]))
    except (KeyError, TypeError, ValueError) as error:
        raise DeskUnavailable(NO_DESK) from error


def slots(body: Mapping[str, Any]) -> list[Span]:
    """Read free times; what is none is left out.  Raises DeskUnavailable where there is no list of them."""
    listed = body.get("slots")
    if not isinstance(listed, list):
        raise DeskUnavailable(NO_DESK)
    return list(spans(listed))


def kept(body: Mapping[str, Any], sent: frozenset[UUID]) -> frozenset[UUID]:
    """Return which of the conversations sent the desk has.  Raises DeskUnavailable."""
    found = body.get("kept")
    if not isinstance(found, list) or len(found) > MOST_KEPT:
        raise DeskUnavailable(NO_DESK)
    try:
        return sent & {UUID(str(one)) for one in found}
    except ValueError as error:
        raise DeskUnavailable(NO_DESK) from error


def hours(body: Mapping[str, Any]) -> DeskHours:
    """Read when the desk calls.  Raises DeskUnavailable."""
    try:
        return DeskHours.from_wire(body)
    except ValueError as error:
        raise DeskUnavailable(NO_DESK) from error


def without_extension(payload: bytes, body: Mapping[str, Any]) -> bytes | None:
    """Return the request as a desk takes it that is older than extensions; None where it was refused for anything else."""
    if [problem.field for problem in problems(body)] != ["extension"]:
        return None
    request = json.loads(payload)
    return json.dumps({k: v for k, v in request.items() if k != "extension"}, ensure_ascii=False).encode()
