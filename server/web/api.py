"""The interface for devices: sending requests, hearing what became of them, choosing another time.

A device knows its own requests alone.  Answers hold codes, never Japanese words: the device speaks.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Query, Response
from fastapi.responses import JSONResponse

from server.access import Device
from server.errors import CaseClosed, FieldProblem, RequestInvalid, SkillUnknown, SlotClosed
from server.office import Office
from server.progress import Calls, Progress, calls_of, progress_of
from server.records import Case, Promise, Submitted, Verdict
from server.slots import Slot
from server.spans import Span
from server.store.journal import device_actor
from server.store.sent_requests import Sent
from server.web import api_answers as answers
from server.web.api_models import (
    CallbackAnswer,
    PromiseWish,
    Received,
    Refusal,
    Slots,
    SlotsWish,
    calls_answer,
    earlier_answer,
    promise_answer,
    slot_answers,
)
from server.web.device_guard import TheDevice, body_schema, sent
from server.web.guard import TheOffice
from server.wire import CallbackRequest, Key, Moment, Urgency

router = APIRouter(tags=["callbacks"])
From = Annotated[Moment | None, Query(examples=["2026-11-25T09:00:00+09:00"])]
UpTo = Annotated[Moment | None, Query(examples=["2026-11-25T12:00:00+09:00"])]
Count = Annotated[int, Query(ge=1, le=10)]
EXAMPLE = {
    "id": "6f1c1f0e-6c0b-4c7e-9f53-1d1b8f5c2a10",
    "customer_name": "山田 花子",
    "customer_reading": "ヤマダ ハナコ",
    "phone": "090-1234-5678",
    "topic": "refund",
    "article_id": "refund-how",
    "conversation": [
        {"speaker": "customer", "text": "返金してください"},
        {"speaker": "device", "text": "承知しました"},
    ],
    "urgency": "normal",
    "windows": [{"begins": "2026-11-25T09:00:00+09:00", "ends": "2026-11-25T12:00:00+09:00"}],
    "channel": "phone",
    "consent": {"at": "2026-11-24T09:59:00+09:00", "wording": "お電話してもよろしいですか"},
    "device": "lobby-1",
    "language": "ja",
}
_BODY = body_schema(CallbackRequest)
_BODY["requestBody"]["content"]["application/json"]["example"] = EXAMPLE


@router.post(
    "/callbacks",
    status_code=201,
    openapi_extra=_BODY,
    responses={200: {"model": Received, "description": "This id is known; nothing was changed."}}
    | answers.ALWAYS
    | answers.NOT_YOURS
    | answers.TOO_LARGE,
)
def submit(
    office: TheOffice,
    device: TheDevice,
    request: Annotated[CallbackRequest, Depends(sent(CallbackRequest))],
    response: Response,
) -> Received:
    """Keep a request once, and promise it the first free time that suits.

    The id is made by the device, once: sent again after a time-out or a power cut it is the same request.
    """
    if request.device != device.id:
        raise HTTPException(403, "`device` is not the device of the token")
    done = office.desk.receive(request)
    if done.verdict is Verdict.DUPLICATE:
        if office.sent.find(request.id, device=device.id) is None:  # what became of others' requests is not told
            raise HTTPException(403, "the id is that of another device's request")
        response.status_code = 200
    return Received(
        id=request.id,
        case=done.case_id,
        joined=done.joined,
        state=done.verdict.value,
        promise=promise_answer(done.promise),
        offers=slot_answers(_offers_to(office, request, done)),
        earlier=earlier_answer(done.promise, office.settings.all_tiers),
    )


@router.get("/callbacks/{callback_id}", responses=answers.ALWAYS | answers.NOT_SENT)
def show(callback_id: UUID, office: TheOffice, device: TheDevice) -> CallbackAnswer:
    """Say what became of a request."""
    return _answer(office, sent_by(office, device, callback_id))


@router.put(
    "/callbacks/{callback_id}/promise",
    response_model=CallbackAnswer,
    openapi_extra=body_schema(PromiseWish),
    responses=answers.ALWAYS | answers.NOT_SENT | answers.NOT_FREE | answers.TOO_LARGE,
)
def choose(
    callback_id: UUID,
    office: TheOffice,
    device: TheDevice,
    wish: Annotated[PromiseWish, Depends(sent(PromiseWish))],
) -> CallbackAnswer | JSONResponse:
    """Promise the time the customer chose, in place of an earlier one.  Refused, the earlier one stands."""
    found = sent_by(office, device, callback_id)
    if found.case_id is None:
        return _refusal("request", "the request was erased")
    try:
        promise = _promised(office, found.case_id, wish.begins, by=device_actor(device.id))
    except CaseClosed:
        return _refusal("request", "the case is closed")
    if promise is None:
        return _refusal("begins", "is not free, or no time of the business hours", *_offers_for(office, found))
    return _answer(office, found)


@router.post("/callbacks/{callback_id}/withdraw", responses=answers.ALWAYS | answers.NOT_SENT)
def withdraw(callback_id: UUID, office: TheOffice, device: TheDevice) -> CallbackAnswer:
    """Take the request back: the customer wants no call any more.  The case goes on while it has another voice."""
    found = sent_by(office, device, callback_id)
    if found.case_id is not None:
        office.sent.withdraw(found, by=device_actor(device.id), now=office.clock())
    return _answer(office, found)


@router.get("/callbacks/{callback_id}/slots", tags=["slots"], responses=answers.ALWAYS | answers.NOT_SENT)
def slots_for(
    callback_id: UUID,
    office: TheOffice,
    device: TheDevice,
    begins: From = None,
    ends: UpTo = None,
    count: Count = 3,
) -> Slots:
    """Return times a request's promise can be moved to, those between `begins` and `ends` first.

    The time promised now is none of them.  None at all where the case is closed or was erased.
    """
    found = sent_by(office, device, callback_id)
    wanted = _wanted(office, begins, ends)
    case = office.desk.queue.case(found.case_id) if found.case_id else None
    if case is None or case.closed_at is not None:
        return Slots(slots=[])
    return Slots(slots=slot_answers(office.desk.offers_for(case, wanted=wanted, count=count)))


@router.get("/slots", tags=["slots"], responses=answers.ALWAYS)
def slots(
    office: TheOffice,
    _device: TheDevice,
    topic: Key,
    urgency: Urgency = Urgency.NORMAL,
    begins: From = None,
    ends: UpTo = None,
    count: Count = 3,
) -> Slots:
    """Return free times: those between `begins` and `ends` first, then the next others."""
    wanted = _wanted(office, begins, ends)
    return Slots(slots=slot_answers(office.desk.offers(topic=topic, urgency=urgency, wanted=wanted, count=count)))


@router.post(
    "/slots", tags=["slots"], openapi_extra=body_schema(SlotsWish), responses=answers.ALWAYS | answers.TOO_LARGE
)
def slots_of(office: TheOffice, _device: TheDevice, wish: Annotated[SlotsWish, Depends(sent(SlotsWish))]) -> Slots:
    """Return the same as for anybody, and what only a customer of a tier is promised.  Nothing is kept of the number."""
    found = office.desk.offers(
        topic=wish.topic, urgency=wish.urgency, wanted=_wanted(office, wish.begins, wish.ends), count=wish.count,
        phone=wish.phone,
    )  # fmt: skip
    return Slots(slots=slot_answers(found))


def sent_by(office: Office, device: Device, callback_id: UUID) -> Sent:
    """Return the request; answers 404 when this device sent no such one."""
    found = office.sent.find(callback_id, device=device.id)
    if found is None:
        raise HTTPException(404, "this device sent no such request")
    return found


def _answer(office: Office, found: Sent) -> CallbackAnswer:
    case = office.desk.queue.case(found.case_id) if found.case_id else None
    state = progress_of(case, office.clock()) if case else Progress.ERASED
    profile = office.customers.profile_of_request(found.request_id)
    return CallbackAnswer(
        id=found.request_id,
        state=state,
        promise=promise_answer(case.promise) if case else None,
        agent=_agent_name(office, case),
        attempts=calls_answer(calls_of(case) if case else Calls()),
        close_reason=case.close_reason if case else None,
        offers=slot_answers(_free(office, case) if case else ()),
        recommend_until=office.recommendations.may_ask_until(found, now=office.clock()) if _is_over(case) else None,
        earlier=earlier_answer(case.promise, office.settings.all_tiers) if case else None,
        address=profile.address,
        address_at=profile.address_at,
    )


def _is_over(case: Case | None) -> bool:
    return case is not None and case.closed_at is not None


def _agent_name(office: Office, case: Case | None) -> str | None:
    """Return the name customers are told; nobody is announced who does not work here any more."""
    if case is None or case.agent is None:
        return None
    return next((a.name for a in office.accounts.everybody() if a.login == case.agent and not a.disabled_at), None)


def _free(office: Office, case: Case) -> tuple[Slot, ...]:
    """Return times to offer where nothing is promised."""
    if case.closed_at is not None or case.promise is not None:
        return ()
    return office.desk.offers_for(case)


def _offers_for(office: Office, found: Sent) -> tuple[Slot, ...]:
    case = office.desk.queue.case(found.case_id) if found.case_id else None
    if case is None:
        return ()
    return office.desk.offers_for(case)


def _offers_to(office: Office, request: CallbackRequest, done: Submitted) -> tuple[Slot, ...]:
    if done.promise is not None or done.case_id is None:
        return ()
    if done.verdict is Verdict.DUPLICATE and office.desk.queue.case(done.case_id).closed_at is not None:
        return ()
    wanted = [window.span for window in request.windows]
    return office.desk.offers(topic=request.topic, urgency=request.urgency, wanted=wanted)


def _promised(office: Office, case_id: UUID, begins: datetime, *, by: str) -> Promise | None:
    """Promise it, or return None when it is full or no time to promise.  Raises CaseClosed."""
    try:
        found = office.desk.promise(case_id, begins, by=by)
    except (SlotClosed, SkillUnknown):
        return None
    return found if isinstance(found, Promise) else None


def _wanted(office: Office, begins: datetime | None, ends: datetime | None) -> tuple[Span, ...]:
    if begins is None and ends is None:
        return ()
    now = office.clock()
    first, last = begins or now, ends or office.desk.plan.latest(now)
    if last <= first:
        raise RequestInvalid([FieldProblem(field="ends", message="must lie after the beginning")])
    return (Span(first, last),)


def _refusal(field: str, message: str, *offers: Slot) -> JSONResponse:
    body = Refusal.model_validate({"problems": [{"field": field, "message": message}], "offers": slot_answers(offers)})
    return JSONResponse(body.model_dump(mode="json"), status_code=409)
