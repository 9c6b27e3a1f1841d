"""One customer: all that happened on one page, and how they are treated."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import AfterValidator, BeforeValidator

from server.access import Account, Permission
from server.customer_story import Facts, Said, promises_of, story_of
from server.customers import AddressForm, Change, Profile, called, tier_of
from server.errors import FieldProblem, RequestInvalid
from server.labels import label
from server.office import Office
from server.records import Case
from server.web.case_page import Who, one_sign_each, viewed
from server.web.guard import TheOffice, needs, needs_to_change
from server.web.journal_page import actor_name
from server.web.pages import page
from server.web.queue_page import common
from server.wire import LONGEST_CONSENT, Channel, Consent, plain

MOST_CASES: Final = 50  # the latest
router = APIRouter(prefix="/customers", include_in_schema=False)
MayLook = Annotated[Account, Depends(needs(Permission.SEE_QUEUE))]
MayWork = Annotated[Account, Depends(needs_to_change(Permission.WORK))]
Wording = Annotated[str, BeforeValidator(one_sign_each), AfterValidator(plain), Form(max_length=LONGEST_CONSENT)]


@router.get("/{case_id}")
def show(request: Request, office: TheOffice, account: MayLook, case_id: UUID) -> Response:
    """Show the customer of a case.  That somebody looked is written down, as for a case."""
    case = office.desk.queue.case(case_id)
    viewed(office, account, case_id)
    return page(request, "customers.html", **_context(office, account, case))


@router.post("/{case_id}")
def change(
    office: TheOffice,
    account: MayWork,
    case_id: UUID,
    address: Annotated[AddressForm, Form()],
    tier: Annotated[str, Form(max_length=32)] = "",
    channel: Annotated[Channel | Literal[""], Form()] = "",
) -> Response:
    """Say the customer's tier, how they are called, and how they like to be answered."""
    kept = office.customers.profile_of_case(case_id).tier
    if tier not in {"", kept, *office.settings.all_tiers}:
        raise RequestInvalid([FieldProblem(field="tier", message="stands not in the settings")])
    told = Change(tier=tier, address=address, channel=channel or None)
    return _changed(office, account, case_id, told)


@router.post("/{case_id}/consent")
def consent(
    office: TheOffice,
    account: MayWork,
    case_id: UUID,
    agreed: Annotated[bool, Form()],
    wording: Wording = "",
) -> Response:
    """Write down that the customer may be asked later how things are, or no longer."""
    words = wording.strip() or label("incoming", "ask_later")
    told = Consent(at=office.clock(), wording=words) if agreed else None
    return _changed(office, account, case_id, Change(ask_later=told))


def _changed(office: Office, account: Account, case_id: UUID, told: Change) -> Response:
    office.desk.queue.case(case_id)  # CaseUnknown
    office.customers.change(case_id, told, by=account.login, now=office.clock())
    return RedirectResponse(f"/customers/{case_id}", status_code=303)


def _context(office: Office, account: Account, case: Case) -> dict[str, Any]:
    latest = case.requests[-1].request
    profile = office.customers.profile(latest.phone)
    ids = office.desk.queue.cases_of(latest.phone)
    cases = [office.desk.queue.case(one) for one in ids[-MOST_CASES:]]
    tiers = office.settings.all_tiers
    return common(office, account, office.clock()) | {
        "case": case,
        "cases": {one.id: one for one in cases},
        "left_out": len(ids) - len(cases),
        "who": _who(cases),
        "full": account.may(Permission.SEE_PERSONAL),
        "worker": account.may(Permission.WORK),
        "profile": profile,
        "tier": tier_of(profile, tiers),
        "tiers": tiers,
        "greeting": greeting(cases, profile),
        "entries": story_of(_facts(office, cases)),
        "devices": {device.id: device.name for device in office.devices.everything()},
        "actor_name": actor_name,
        "forms": tuple(AddressForm),
        "channels": tuple(Channel),
    }


def _facts(office: Office, cases: Sequence[Case]) -> Facts:
    ids = [case.id for case in cases]
    return Facts(
        cases=cases,
        promises=promises_of(cases, office.story.promises(ids), now=office.clock()),
        notes=[(one, note) for one in ids for note in office.notes.of_case(one)],
        ratings=[
            Said(case_id=one, at=rated.at, what=rated.rating) for one in ids for rated in office.ratings.of_case(one)
        ],
        recommendations=office.story.recommendations(ids),
        stories=[
            Said(case_id=asked.case_id, at=asked.answered_at or asked.asked_at, what=asked.answer)
            for asked in office.stories.of_cases(ids)
        ],
        follow_ups=[(one, plan) for one in ids for plan in office.follow_ups.of_case(one)],
    )


def _who(cases: Sequence[Case]) -> Who:
    """Return the customer as the latest request that says a name names them."""
    requests = [stored.request for case in reversed(cases) for stored in reversed(case.requests)]
    named = next((one for one in requests if one.customer_name or one.customer_reading), requests[0])
    return Who(name=named.customer_name, reading=named.customer_reading, phone=requests[0].phone)


def greeting(cases: Sequence[Case], profile: Profile) -> str:
    """Return how the customer of these cases is greeted."""
    who = _who(cases)
    return called(who.name or who.reading, profile.address)
