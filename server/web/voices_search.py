"""Looking for what was said, and complaints and suggestions word for word."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from server.insight.searching import Wanted
from server.office import Office
from server.periods import Period
from server.spans import in_utc
from server.store.insight import Matter
from server.store.talks import KeptTalk
from server.talks import LoggedConversation
from server.web.guard import TheOffice
from server.web.measures_page import Asked
from server.web.pages import page
from server.web.voices_page import MayHear, period_context

LOOKED_AT: Final = 600  # conversations decrypted for one answer; the next page goes on where it ended
PORTION: Final = 100
MOST_FOUND: Final = 30
MOST_SAID: Final = 200
router = APIRouter(prefix="/voices", include_in_schema=False)


@dataclass(slots=True)
class Searched:
    """What came of a search; `last`: where to go on, None when there are no more."""

    last: KeptTalk | None
    hits: list[tuple[LoggedConversation, str]] = field(default_factory=list)
    looked_at: int = 0
    unreadable: int = 0


@router.get("/search")
def search(
    request: Request,
    office: TheOffice,
    _account: MayHear,
    q: Annotated[str, Query(max_length=80)] = "",
    after: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show conversations in which a customer said something, the latest first."""
    wanted = Wanted.of(q.replace("\0", ""))
    found = _search(office, wanted, _cursor(after)) if wanted else Searched(None)
    older = "/voices/search?" + urlencode({"q": q, "after": _written(found.last)}) if found.last else None
    return page(
        request,
        "voices_search.html",
        q=q,
        wanted=wanted,
        found=found,
        older=older,
        later=bool(after),
    )


@router.get("/words")
def words(
    request: Request,
    office: TheOffice,
    _account: MayHear,
    asked: Annotated[Asked, Depends()],
    kind: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """Show complaints, suggestions and danger word for word, the latest first."""
    given = asked.period(office.clock())
    period = given or Period.until(office.clock(), asked.days)
    matters = [one for one in office.insight.matters(period.span) if _is_of(one, kind)][::-1]
    said = office.insight.words({(one.talk, one.turn) for one in matters[:MOST_SAID]})
    rows = [(one, said[one.talk, one.turn].heard) for one in matters[:MOST_SAID] if (one.talk, one.turn) in said]
    context = period_context(office, asked, period) | {"wrong": given is None, "rows": rows, "kind": kind}
    return page(request, "voices_words.html", status=200 if given else 422, all_of_them=len(matters), **context)


def _search(office: Office, wanted: Wanted, after: KeptTalk | None) -> Searched:
    found = Searched(after)
    while found.looked_at < LOOKED_AT:
        some = office.talks.conversations(after=found.last, limit=PORTION)
        for one in some:
            _look(found, one, wanted)
            if len(found.hits) == MOST_FOUND:
                return found
        if len(some) < PORTION:
            found.last = None
            break
    return found


def _look(found: Searched, one: KeptTalk, wanted: Wanted) -> None:
    found.last = one
    found.looked_at += 1
    found.unreadable += not one.is_readable
    heard = (turn.heard for turn in one.conversation.turns if turn.heard)
    text = next((text for text in heard if wanted.is_in(text)), None)
    if text is not None:
        found.hits.append((one.conversation, text))


def _is_of(one: Matter, kind: str) -> bool:
    kinds = {"complaint": one.complaint, "suggestion": one.suggestion, "danger": one.danger}
    return kinds.get(kind, any(kinds.values()))


def _written(last: KeptTalk) -> str:
    return f"{last.received_at.isoformat()}~{last.conversation.id}"


def _cursor(written: str) -> KeptTalk | None:
    """Return where an earlier page ended; None for anything else."""
    moment, _, id_ = written.partition("~")
    try:
        known: dict[str, Any] = {"id": UUID(id_)}
        received_at = in_utc(datetime.fromisoformat(moment))
    except (ValueError, OverflowError):
        return None
    return KeptTalk(conversation=LoggedConversation.model_construct(**known), received_at=received_at)
