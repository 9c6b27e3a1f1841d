"""The form for a customer who calls the desk itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BeforeValidator

from server import incoming
from server.access import Account, Permission
from server.attempts import Resolution
from server.errors import FieldProblem, RequestInvalid
from server.office import Office
from server.spans import TOKYO, in_utc
from server.store.notes import LONGEST
from server.web.case_page import one_sign_each
from server.web.guard import TheOffice, needs, needs_to_change
from server.web.pages import page
from server.web.queue_page import common
from server.wire import LONGEST_NAME, Urgency

CALL_BACK: Final = "call_back"  # stands in the form for what is not solved at once
SLOTS: Final = 10
router = APIRouter(prefix="/incoming", include_in_schema=False)
MayWork = Annotated[Account, Depends(needs(Permission.WORK))]
MayChange = Annotated[Account, Depends(needs_to_change(Permission.WORK))]
Short = Annotated[str, Form(max_length=LONGEST_NAME)]
Text = Annotated[str, BeforeValidator(one_sign_each), Form(max_length=LONGEST)]


def _typed(  # noqa: PLR0913, PLR0917  # the fields of the form
    id: Annotated[UUID, Form()],  # noqa: A002
    phone: Short = "",
    name: Short = "",
    reading: Short = "",
    topic: Short = "",
    urgency: Short = Urgency.NORMAL.value,
    text: Text = "",
    ending: Short = "",
    how_solved: Text = "",
    begins: Short = "",
    agreed: Short = "",
) -> dict[str, Any]:
    return {
        "id": id, "phone": phone.strip(), "name": name.strip(), "reading": reading.strip(), "topic": topic.strip(),
        "urgency": urgency, "text": text.strip(), "ending": ending, "how_solved": how_solved.strip(), "begins": begins,
        "agreed": bool(agreed),
    }  # fmt: skip


Typed = Annotated[dict[str, Any], Depends(_typed)]


@router.get("")
def show(request: Request, office: TheOffice, account: MayWork) -> Response:
    """Show the empty form."""
    return _form(request, office, account, _typed(uuid4()))


@router.post("")
def take(request: Request, office: TheOffice, account: MayChange, typed: Typed) -> Response:
    """Keep the call; sent twice it is one."""
    try:
        done = incoming.keep(office.desk, _taken(typed), account.login, now=office.clock())
    except RequestInvalid as error:
        return _form(request, office, account, typed, error.problems)
    return RedirectResponse(f"/cases/{done.case_id}" if done.case_id else "/queue", status_code=303)


def _taken(typed: dict[str, Any]) -> incoming.Taken:
    """Raises RequestInvalid."""
    found = [name for name in ("phone", "topic", "text") if not typed[name]]
    found += [] if typed["agreed"] else ["agreed"]
    found += [] if typed["ending"] in {*incoming.ENDS, CALL_BACK} else ["ending"]
    if found:
        raise RequestInvalid([FieldProblem(field=name, message="missing") for name in found])
    ended = typed["ending"] != CALL_BACK
    same = {name: typed[name] for name in ("id", "phone", "name", "reading", "topic", "urgency", "text", "how_solved")}
    resolution = Resolution(typed["ending"]) if ended else None
    return incoming.Taken(**same, resolution=resolution, begins=None if ended else _moment(typed["begins"]))


def _moment(text: str) -> datetime | None:
    """Raises RequestInvalid."""
    try:
        moment = datetime.fromisoformat(text) if text else None
        return moment and in_utc(moment if moment.tzinfo else moment.replace(tzinfo=TOKYO))
    except (ValueError, OverflowError) as error:
        raise RequestInvalid([FieldProblem(field="begins", message="no time")]) from error


def _form(
    request: Request, office: Office, account: Account, typed: dict[str, Any], wrong: Sequence[FieldProblem] = ()
) -> Response:
    topic = typed["topic"] if any(problem.field == "topic" for problem in wrong) else typed["topic"] or "general"
    return page(
        request,
        "incoming.html",
        status=422 if wrong else 200,
        typed=typed,
        wrong=[problem.field for problem in wrong],
        slots=office.desk.offers(topic=topic or "general", urgency=Urgency.NORMAL, count=SLOTS),
        call_back=CALL_BACK,
        endings=incoming.ENDS,
        urgencies=tuple(reversed(Urgency)),
        longest=LONGEST,
        longest_name=LONGEST_NAME,
        **common(office, account, office.clock()),
    )
