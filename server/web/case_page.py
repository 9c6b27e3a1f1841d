"""One case: what the customer said, what we know, and everything that is done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BeforeValidator

from server.access import Account, Permission
from server.attempts import CallOutcome, Resolution
from server.customer_story import DESK
from server.customers import called
from server.errors import CaseClosed
from server.office import Office
from server.records import Case, Held, Lease, SlotFull
from server.store.journal import VIEWED
from server.store.notes import LONGEST, Note
from server.web.follow_up_offer import offered
from server.web.guard import Forbidden, TheOffice, needs, needs_to_change
from server.web.journal_page import actor_name
from server.web.pages import is_part, page
from server.web.queue_page import common, due_state
from server.wire import Channel, Moment

VIEW_EVERY: Final = timedelta(minutes=10)  # how often looking at the same case is written down again
router = APIRouter(prefix="/cases", include_in_schema=False)
MayLook = Annotated[Account, Depends(needs(Permission.SEE_QUEUE))]
MayWork = Annotated[Account, Depends(needs_to_change(Permission.WORK))]


def one_sign_each(text: object) -> object:
    """Count a line's end as browsers do: `maxlength` takes it for one sign, while two are sent."""
    return text.replace("\r\n", "\n") if isinstance(text, str) else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The customer as the latest request names them."""

    name: str | None
    reading: str | None
    phone: str
    extension: str | None = None


@router.get("/{case_id}")
def show(request: Request, office: TheOffice, account: MayLook, case_id: UUID, missed: str = "") -> Response:
    """Show a case.  That somebody looked is written down.  `missed`: the time chosen for the next call was taken."""
    case = office.desk.queue.case(case_id)
    viewed(office, account, case_id)
    part = is_part(request)
    context = case_context(office, account, case) | {"missed": bool(missed)}
    return page(request, "case_part.html" if part else "case.html", **context)


def case_context(office: Office, account: Account, case: Case) -> dict[str, Any]:
    """Return what the page of a case shows."""
    now = office.clock()
    held = case.lease if case.lease and case.lease.expires_at > now else None
    late_before = now - timedelta(minutes=office.desk.plan.slot_minutes)
    latest = case.requests[-1].request
    profile, tier = office.customers.profile(latest.phone), office.desk.tier(case)
    return common(office, account, now) | {
        "case": case,
        "who": Who(
            name=latest.customer_name, reading=latest.customer_reading, phone=latest.phone, extension=latest.extension
        ),
        "latest": latest,
        "tier": tier,
        "tiers": office.settings.all_tiers,
        "sooner": office.desk.sooner(case),
        "greeting": called(latest.customer_name or latest.customer_reading, profile.address),
        "channel": latest.channel if latest.channel is not Channel.PHONE else profile.channel or latest.channel,
        "DESK": DESK,
        "full": account.may(Permission.SEE_PERSONAL),
        "held": held,
        "mine": held is not None and held.agent == account.login,
        "state": due_state(case.due_at, now, late_before),
        "cards": _cards(office, case),
        "earlier": [row for row in office.listing.of_customer(_phones(case)) if row.id != case.id],
        "ratings": office.ratings.of_case(case.id),
        "recommended": office.recommendations.of_case(case.id),
        "follow_ups": office.follow_ups.of_case(case.id),
        "stories": office.stories.of_cases([case.id]),
        "follow_up_id": uuid4(),
        "occasion": offered(office, case),
        "automatic": office.settings.follow_ups.automatic,
        "notes": office.notes.of_case(case.id),
        "actor_name": actor_name,
        "history": office.journal.of_case(case.id, limit=60),
        "slots": office.desk.free_slots(case) if case.closed_at is None else (),
        "outcomes": list(CallOutcome),
        "resolutions": list(Resolution),
        "new_id": uuid4(),
        "note_id": uuid4(),
        "longest_note": LONGEST,
    }


@router.post("/{case_id}/claim")
def claim(request: Request, office: TheOffice, account: MayWork, case_id: UUID) -> Response:
    """Take the case, or keep it while its page is open; says who has it otherwise."""
    found = office.desk.claim(case_id, account.login)
    if isinstance(found, Held):
        context = case_context(office, account, office.desk.queue.case(case_id))
        return page(request, "case_part.html" if is_part(request) else "case.html", status=409, **context)
    return _back(request, case_id)


@router.post("/{case_id}/keep")
def keep(office: TheOffice, account: MayWork, case_id: UUID) -> Response:
    """Renew one's own lease while the page is open; 409 when somebody else has taken over."""
    case = office.desk.queue.case(case_id)
    mine = case.lease is not None and case.lease.agent == account.login
    kept = mine and isinstance(office.desk.claim(case_id, account.login), Lease)
    return Response(status_code=204 if kept else 409)


@router.post("/{case_id}/take-over")
def take_over(request: Request, office: TheOffice, account: MayWork, case_id: UUID) -> Response:
    """Take the case from whoever has it; it is recorded."""
    office.desk.take_over(case_id, account.login)
    return _back(request, case_id)


@router.post("/{case_id}/release")
def release(request: Request, office: TheOffice, account: MayWork, case_id: UUID) -> Response:
    """Give the case back."""
    office.desk.release(case_id, account.login)
    return _back(request, case_id)


@router.post("/{case_id}/decline")
def decline(office: TheOffice, account: MayWork, case_id: UUID, id: Annotated[UUID, Form()]) -> Response:  # noqa: A002
    """Pass the case by; it counts for nothing and the promise stands."""
    free_for(office, account, case_id)
    office.desk.decline(case_id, id, account.login)
    return RedirectResponse("/queue", status_code=303)


@router.post("/{case_id}/promise")
def promise(
    request: Request, office: TheOffice, account: MayWork, case_id: UUID, begins: Annotated[Moment, Form()]
) -> Response:
    """Promise another time.  Raises SlotClosed."""
    free_for(office, account, case_id)
    found = office.desk.promise(case_id, begins, by=account.login, staff=True)
    if isinstance(found, SlotFull):
        context = case_context(office, account, office.desk.queue.case(case_id))
        return page(request, "case.html", status=409, slot_full=True, **context)
    return _back(request, case_id)


@router.post("/{case_id}/sooner")
def sooner(
    request: Request, office: TheOffice, account: MayWork, case_id: UUID, begins: Annotated[Moment, Form()]
) -> Response:
    """Move the promise forward because of the customer's tier, as far as that is still possible."""
    free_for(office, account, case_id)
    found = office.desk.bring_forward(case_id, begins, by=account.login)
    if found is None or isinstance(found, SlotFull):
        context = case_context(office, account, office.desk.queue.case(case_id))
        return page(request, "case.html", status=409, slot_full=True, **context)
    return _back(request, case_id)


@router.post("/{case_id}/notes")
def note(
    request: Request,
    office: TheOffice,
    account: MayWork,
    case_id: UUID,
    text: Annotated[str, BeforeValidator(one_sign_each), Form(max_length=LONGEST)],
    id: Annotated[UUID, Form()],  # noqa: A002
) -> Response:
    """Keep a note for colleagues."""
    if text.strip():
        office.notes.add(case_id, Note(id=id, author=account.login, at=office.clock(), text=text.strip()))
    return _back(request, case_id)


def free_for(office: Office, account: Account, case_id: UUID) -> Case:
    """Return the case, open and not held by somebody else.  Raises CaseUnknown, CaseClosed, Forbidden."""
    case = office.desk.queue.case(case_id)
    if case.closed_at is not None:
        raise CaseClosed(case_id)
    lease = case.lease
    if lease and lease.expires_at > office.clock() and lease.agent != account.login:
        raise Forbidden("held")
    return case


def viewed(office: Office, account: Account, case_id: UUID) -> None:
    """Write down that somebody looked at a case; not again for a while."""
    now = office.clock()
    lines = office.journal.of_case(case_id, limit=20)
    seen = any(x.action == VIEWED and x.actor == account.login and now - x.at < VIEW_EVERY for x in lines)
    if not seen:
        office.journal.write(at=now, actor=account.login, action=VIEWED, case_id=case_id)


def _cards(office: Office, case: Case) -> Mapping[str, Any]:
    """Return the articles the device tried, and that of the topic."""
    wanted = {case.topic, *(stored.request.article_id for stored in case.requests if stored.request.article_id)}
    return {key: card for key in sorted(wanted) if (card := office.articles.card(key))}


def _phones(case: Case) -> list[str]:
    return [stored.request.phone for stored in case.requests]


def _back(request: Request, case_id: UUID) -> Response:
    path = f"/cases/{case_id}"
    if is_part(request):
        return Response(status_code=204, headers={"HX-Redirect": path})
    return RedirectResponse(path, status_code=303)
