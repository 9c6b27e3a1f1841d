"""What a call came to: its result, what follows, closing by hand, and taking a slip back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BeforeValidator

from server.access import Account, Permission
from server.attempts import Attempt, CallAgain, CallOutcome, Resolution
from server.desk import Settled
from server.errors import CaseClosed, FieldProblem, RequestInvalid, SlotClosed
from server.measures import RESOLVED
from server.office import Office
from server.records import Case, SlotFull
from server.spans import TOKYO, in_utc
from server.undoing import SETTLED, UNDONE, detail_of, undo, undoable
from server.web.case_page import case_context, free_for, one_sign_each
from server.web.follow_up_offer import follow_up_id, plan_after
from server.web.guard import Forbidden, TheOffice, needs, needs_to_change
from server.web.pages import page

LONGEST: Final = 4_000
OLDEST_CALL: Final = timedelta(hours=12)  # a result may be typed in that much later
NEVER_RANG: Final = "not_rung"
BY_HAND: Final = ("other_channel", "not_needed", "duplicate", "withdrawn")
router = APIRouter(include_in_schema=False)
MayWork = Annotated[Account, Depends(needs_to_change(Permission.WORK))]
Text = Annotated[str, BeforeValidator(one_sign_each), Form(max_length=LONGEST)]
Short = Annotated[str, Form(max_length=40)]
Line = Annotated[int, Form(ge=1, le=2**63 - 1)]  # what the databases can count


@dataclass(frozen=True, slots=True, kw_only=True)
class CallForm:
    """What the form sends; all of it text, so that what was typed can be shown again."""

    id: Annotated[UUID, Form()]
    outcome: Short = ""
    resolution: Short = ""
    dialled_at: Short = ""
    next_at: Short = ""
    later_at: Short = ""
    note: Text = ""
    how_solved: Text = ""
    follow_up: Annotated[bool, Form()] = False


@router.post("/cases/{case_id}/calls")
def record(
    request: Request, office: TheOffice, account: MayWork, case_id: UUID, form: Annotated[CallForm, Depends()]
) -> Response:
    """Record a call and do what follows; the form is shown again, with what was typed, when something is missing.

    Who had the case until somebody took it over, or closed it, has called all the same: the call is kept, nothing follows.
    """
    case = office.desk.queue.case(case_id)
    if any(event.id == form.id for event in case.events):  # a double click
        return RedirectResponse("/queue", status_code=303)
    try:
        free_for(office, account, case_id)
    except (CaseClosed, Forbidden):
        if all(lease.agent != account.login for lease in office.desk.queue.leases(case_id)):
            raise
        office.desk.queue.record(case_id, _attempt(form, account.login, office.clock()))  # whoever has it now sees it
        return RedirectResponse(f"/cases/{case_id}", status_code=303)
    try:
        attempt = _attempt(form, account.login, office.clock())
    except RequestInvalid as error:
        context = case_context(office, account, case) | {"problems": error.problems, "typed": form}
        return page(request, "case.html", status=422, **context)
    promised = _settle(office, account, case, attempt, form)
    return RedirectResponse("/queue" if promised else f"/cases/{case_id}?missed=yes", status_code=303)


@router.get("/cases/{case_id}/proposal")
def proposal(
    request: Request,
    office: TheOffice,
    _account: Annotated[Account, Depends(needs(Permission.WORK))],
    case_id: UUID,
    outcome: str = "",
    resolution: str = "",
) -> Response:
    """Show what the policy would do after such a call."""
    case = office.desk.queue.case(case_id)
    now = office.clock()
    step = slot = None
    if outcome in set(CallOutcome) and (outcome != CallOutcome.REACHED or resolution in set(Resolution)):
        reached = outcome == CallOutcome.REACHED
        tried = Attempt(
            id=UUID(int=1),
            agent="",
            dialled_at=now,
            rang_at=now,
            outcome=CallOutcome(outcome),
            resolution=Resolution(resolution) if reached else None,
        )
        step = office.desk.after(case, tried)
        slot = office.desk.slot_after(case, step) if isinstance(step, CallAgain) else None
    return page(request, "proposal_part.html", step=step, kind=type(step).__name__, slot=slot)


@router.post("/cases/{case_id}/close")
def close(office: TheOffice, account: MayWork, case_id: UUID, reason: Short) -> Response:
    """End a case without a call."""
    case = free_for(office, account, case_id)
    if reason not in BY_HAND:
        raise RequestInvalid([FieldProblem(field="reason", message="unknown reason")])
    office.desk.close(case_id, reason=reason, by=account.login)
    _remember(office, account, case, detail_of(case, None, None))
    return RedirectResponse("/queue", status_code=303)


@router.post("/undo")
def take_back(request: Request, office: TheOffice, account: MayWork, line: Line) -> Response:
    """Take the agent's last result or closing back, if it may be."""
    entry, now = office.journal.line(line), office.clock()
    lines = office.journal.of_case(entry.case_id) if entry and entry.case_id else ()
    slip = undoable(lines, account.login, now=now)
    if entry is None or slip is None or slip.line != line:
        return page(request, "refused.html", status=409, reason="undo")
    restored = undo(office.desk, entry, account.login, office.clock)
    if event := entry.detail.get("event"):
        office.follow_ups.take_back(follow_up_id(UUID(str(event))))
    detail = {"line": line, "restored": restored}
    office.journal.write(at=now, actor=account.login, action=UNDONE, case_id=slip.case_id, detail=detail)
    return RedirectResponse(f"/cases/{slip.case_id}", status_code=303)


def _settle(office: Office, account: Account, case: Case, attempt: Attempt, form: CallForm) -> bool:
    """Keep the call and do what follows; False when the time the agent chose could not be promised."""
    settled = office.desk.settle(case.id, attempt)
    if attempt.outcome is None or not settled.new:  # a double click: the first one sees to it
        return True
    try:
        if settled.closed and attempt.resolution in RESOLVED:
            plan_after(office, case, attempt.id, ticked=form.follow_up, by=account.login)
        return _promised(office, account, settled, case.id, _moment("next_at", form.next_at))
    finally:  # last: what follows this line can no longer be undone
        _remember(office, account, case, detail_of(case, attempt.id, settled))


def _promised(office: Office, account: Account, settled: Settled, case_id: UUID, begins: datetime | None) -> bool:
    """Promise the time the agent chose; where it is full, or too near by now, what the policy promised stands."""
    if begins is None or settled.closed or (settled.promise and settled.promise.slot.span.begins == begins):
        return True
    try:
        return not isinstance(office.desk.promise(case_id, begins, by=account.login, staff=True), SlotFull)
    except SlotClosed:
        return False


def _remember(office: Office, account: Account, case: Case, detail: dict[str, object]) -> None:
    office.journal.write(at=office.clock(), actor=account.login, action=SETTLED, case_id=case.id, detail=detail)


def _attempt(form: CallForm, agent: str, now: datetime) -> Attempt:
    """Return the call the form tells of.  Raises RequestInvalid."""
    dialled = _moment("dialled_at", form.dialled_at) or now
    dialled = dialled if now - OLDEST_CALL <= dialled <= now else now
    later = _moment("next_at", form.next_at)
    later = _moment("later_at", form.later_at) or later
    if problems := _wrong(form, later, now):
        raise RequestInvalid(problems)
    rang, reached = form.outcome != NEVER_RANG, form.outcome == CallOutcome.REACHED
    again = form.outcome == CallOutcome.CALL_LATER or (reached and form.resolution == Resolution.UNSOLVED)
    return Attempt(
        id=form.id,
        agent=agent,
        dialled_at=dialled,
        rang_at=dialled if rang else None,
        outcome=CallOutcome(form.outcome) if rang else None,
        resolution=Resolution(form.resolution) if reached else None,
        later_at=later if again else None,
        note=form.note.strip(),
        how_solved=form.how_solved.strip() if reached else "",
    )


def _wrong(form: CallForm, later_at: datetime | None, now: datetime) -> list[FieldProblem]:
    found = []
    if form.outcome not in {*CallOutcome, NEVER_RANG}:
        found.append(FieldProblem(field="outcome", message="missing"))
    if form.outcome == CallOutcome.REACHED and form.resolution not in set(Resolution):
        found.append(FieldProblem(field="resolution", message="missing"))
    if later_at is not None and later_at < now:
        found.append(FieldProblem(field="later_at", message="past"))
    return found


def _moment(field: str, text: str) -> datetime | None:
    """Read an ISO time; without a zone it is Tokyo's, as a browser's date field sends it.  Raises RequestInvalid."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return in_utc(moment if moment.tzinfo else moment.replace(tzinfo=TOKYO))
    except (ValueError, OverflowError) as error:
        raise RequestInvalid([FieldProblem(field=field, message="no time")]) from error
