"""Between rows and values: what is encrypted and how it is written stands here alone."""

import json
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from server.attempts import Attempt, CallEvent, CallOutcome, Declined, Resolution, SmsSent, moment_of
from server.records import Earlier, Lease, Promise, StoredRequest
from server.slots import Slot
from server.spans import Span, in_utc
from server.store.models import EventRow, LeaseRow, PromiseRow, RequestRow
from server.store.vault import Vault
from server.wire import CallbackRequest, Channel, Consent, Speaker, TextTurn, Urgency, Window

ATTEMPT: Final = "attempt"  # kinds of events that are calls: ours, and the customer's own
INCOMING: Final = "incoming"

_EXTENSION: Final = ";ext="


def request_values(request: CallbackRequest, case_id: UUID, received_at: datetime, vault: Vault) -> dict[str, Any]:
    """Return the columns of `requests`."""
    conversation = json.dumps([[turn.speaker, turn.text] for turn in request.conversation], ensure_ascii=False)
    return {
        "id": request.id,
        "case_id": case_id,
        "received_at": received_at,
        "name_locked": _lock(vault, request.customer_name, _place("name", request.id)),
        "reading_locked": _lock(vault, request.customer_reading, _place("reading", request.id)),
        "phone_locked": vault.lock(_with_extension(request.phone, request.extension), _place("phone", request.id)),
        "address_locked": _lock(vault, request.channel_address, _place("address", request.id)),
        "conversation_locked": vault.lock(conversation, _place("conversation", request.id)),
        "topic": request.topic,
        "article_id": request.article_id,
        "urgency": request.urgency.value,
        "windows": [[w.begins.isoformat(), w.ends.isoformat()] for w in request.windows],
        "channel": request.channel.value,
        "consent_at": request.consent.at,
        "consent_wording": request.consent.wording,
        "device": request.device,
        "language": request.language,
    }


def stored_request(row: RequestRow, vault: Vault) -> StoredRequest:
    """Read one back.  It is not validated again: rules may have become stricter since.  Raises KeyInvalid."""
    turns = json.loads(vault.open(row.conversation_locked, _place("conversation", row.id)))
    phone, extension = _phone(row, vault)
    request = CallbackRequest.model_construct(
        id=row.id,
        customer_name=_open(vault, row.name_locked, _place("name", row.id)),
        customer_reading=_open(vault, row.reading_locked, _place("reading", row.id)),
        phone=phone,
        extension=extension,
        topic=row.topic,
        article_id=row.article_id,
        conversation=tuple(TextTurn.model_construct(speaker=Speaker(who), text=text) for who, text in turns),
        urgency=Urgency(row.urgency),
        windows=tuple(_window(*pair) for pair in row.windows),
        channel=Channel(row.channel),
        channel_address=_open(vault, row.address_locked, _place("address", row.id)),
        consent=Consent.model_construct(at=row.consent_at, wording=row.consent_wording),
        device=row.device,
        language=row.language,
    )
    return StoredRequest(request=request, received_at=row.received_at)


def who(row: RequestRow | Row[Any], vault: Vault) -> dict[str, Any]:
    """Return name, reading, phone and extension alone: a list needs no conversation.  Raises KeyInvalid."""
    phone, extension = _phone(row, vault)
    return {
        "name": _open(vault, row.name_locked, _place("name", row.id)),
        "reading": _open(vault, row.reading_locked, _place("reading", row.id)),
        "phone": phone,
        "extension": extension,
    }


def without_conversation(request_id: UUID, vault: Vault) -> dict[str, Any]:
    """Return the columns of `requests` once what was said is forgotten."""
    return {"id": request_id, "conversation_locked": vault.lock("[]", _place("conversation", request_id))}


def event_values(case_id: UUID, event: CallEvent, vault: Vault) -> dict[str, Any]:
    """Return the columns of `call_events`."""
    values: dict[str, Any] = {"id": event.id, "case_id": case_id, "kind": _kind(event), "at": moment_of(event)}
    if isinstance(event, SmsSent):
        return values
    values["agent"] = event.agent
    if isinstance(event, Attempt):
        values |= {
            "rang_at": event.rang_at,
            "outcome": event.outcome,
            "resolution": event.resolution,
            "later_at": event.later_at,
            "note_locked": _lock(vault, event.note or None, _event_place("note", event.id)),
            "how_solved_locked": _lock(vault, event.how_solved or None, _event_place("how_solved", event.id)),
        }
    return values


def call_event(row: EventRow, vault: Vault) -> CallEvent:
    """Read one back.  Raises KeyInvalid."""
    if row.kind == "sms":
        return SmsSent(id=row.id, at=row.at)
    if row.kind == "declined":
        return Declined(id=row.id, agent=row.agent or "", at=row.at)
    return Attempt(
        id=row.id,
        agent=row.agent or "",
        dialled_at=row.at,
        rang_at=row.rang_at,
        outcome=CallOutcome(row.outcome) if row.outcome else None,
        resolution=Resolution(row.resolution) if row.resolution else None,
        later_at=row.later_at,
        note=_open(vault, row.note_locked, _event_place("note", row.id)) or "",
        how_solved=_open(vault, row.how_solved_locked, _event_place("how_solved", row.id)) or "",
        incoming=row.kind == INCOMING,
    )


def slot(row: PromiseRow | Row[Any]) -> Slot:
    """Return the slot it takes a seat of."""
    return Slot(Span(row.begins_at, row.ends_at), row.skill)


def promise(row: PromiseRow | Row[Any]) -> Promise:
    """Return it as a value."""
    earlier = Earlier(row.tier, row.earlier_minutes) if row.tier else None
    return Promise(case_id=row.case_id, slot=slot(row), seat=row.seat, earlier=earlier)


def lease(row: LeaseRow | Row[Any]) -> Lease:
    """Return it as a value."""
    return Lease(
        case_id=row.case_id,
        agent=row.agent,
        taken_at=row.taken_at,
        expires_at=row.expires_at,
        taken_from=row.taken_from,
    )


def _kind(event: CallEvent) -> str:
    if isinstance(event, Attempt):
        return INCOMING if event.incoming else ATTEMPT
    return "declined" if isinstance(event, Declined) else "sms"


def _window(begins: str, ends: str) -> Window:
    return Window.model_construct(
        begins=in_utc(datetime.fromisoformat(begins)), ends=in_utc(datetime.fromisoformat(ends))
    )


def phone_of(row: RequestRow, vault: Vault) -> str:
    """Return a request's number, as E.164."""
    return _phone(row, vault)[0]


def _with_extension(phone: str, extension: str | None) -> str:
    """The number as RFC 3966 writes it with its extension: locked, erased and given another key together."""
    return f"{phone}{_EXTENSION}{extension}" if extension else phone


def _phone(row: RequestRow | Row[Any], vault: Vault) -> tuple[str, str | None]:
    phone, _, extension = vault.open(row.phone_locked, _place("phone", row.id)).partition(_EXTENSION)
    return phone, extension or None


def _place(column: str, row: UUID) -> str:
    return f"requests.{column}.{row}"


def _event_place(column: str, row: UUID) -> str:
    return f"call_events.{column}.{row}"


def _lock(vault: Vault, text: str | None, place: str) -> bytes | None:
    return None if text is None else vault.lock(text, place)


def _open(vault: Vault, locked: bytes | None, place: str) -> str | None:
    return None if locked is None else vault.open(locked, place)
