"""From the form of a conversation to the request the desk takes in, within the wire's limits.  Pure."""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from intents.callback_form import Form
from intents.name_slot import NameHeard
from intents.phone_slot import e164_of
from intents.when_types import Window
from server.wire import (
    LONGEST_CONSENT,
    LONGEST_CONVERSATION,
    LONGEST_NAME,
    LONGEST_TURN,
    LONGEST_WINDOW,
    MOST_TURNS,
    MOST_WINDOWS,
    CallbackRequest,
    Key,
)
from voice.desk_calls import GENERAL, Line, Matter, Speaker

NOT_ENROLLED: Final = "not-enrolled"  # the device's id until the desk gave it one
CUT: Final = "…"
_KEY: Final = TypeAdapter(Key)


def request_from(form: Form, matter: Matter, *, request_id: UUID, device: str, now: datetime) -> CallbackRequest:
    """Return the request.  Raises ValueError when the form is not complete."""
    return CallbackRequest.model_validate(
        {
            "id": request_id,
            **(_name(form.name) if form.name else {}),
            "phone": e164_of(form.phone),
            "extension": form.extension or None,
            "topic": topic_of(matter),
            "article_id": matter.article_id if _is_key(matter.article_id) else None,
            "conversation": _shortened((*matter.lines, *_remark(form.name))),
            "urgency": str(matter.weight),
            "windows": _windows(form),
            "consent": {"at": matter.agreed_at or now, "wording": form.consent[:LONGEST_CONSENT]},
            "device": device,
        }
    )


def topic_of(matter: Matter) -> str:
    """Return the topic as the desk can take it."""
    return matter.topic if _is_key(matter.topic) else GENERAL


def sent_as(payload: bytes, device: str) -> bytes:
    """Return a kept request as sent by this device: it may have been kept before the device had this id."""
    request = json.loads(payload)
    if request["device"] == device:
        return payload
    return json.dumps(request | {"device": device}, ensure_ascii=False).encode()


def _name(name: NameHeard) -> dict[str, str]:
    parted = f"{name.family} {name.given}" if name.family and name.given else name.reading
    return {
        "customer_name": (name.written or name.reading)[:LONGEST_NAME],
        "customer_reading": parted[:LONGEST_NAME],
    }


def _remark(name: NameHeard | None) -> tuple[Line, ...]:
    """How the customer described the signs of the name, for whoever writes it: only where they are not known here."""
    return (Line(speaker=Speaker.CUSTOMER, text=name.remark),) if name and name.remark and not name.written else ()


def _windows(form: Form) -> list[dict[str, datetime]]:
    """What was chosen of the desk's free times, else what was wished, else nothing."""
    wished = form.wishes.windows if form.wishes else ()
    if form.slot is not None:
        wished = (form.slot,)
    open_ones = [window for window in wished if not window.outside_hours] or wished
    return [_window(window) for window in islice(open_ones, MOST_WINDOWS)]


def _window(window: Window) -> dict[str, datetime]:
    return {"begins": window.begins, "ends": min(window.ends, window.begins + LONGEST_WINDOW)}


def _shortened(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """The latest turns that fit."""
    kept: list[dict[str, Any]] = []
    left = LONGEST_CONVERSATION
    for line in reversed(lines):
        text = _plain(line.text)
        left -= len(text)
        if left < 0 or len(kept) == MOST_TURNS:
            break
        if text:
            kept.append({"speaker": str(line.speaker), "text": text})
    return kept[::-1]


def _plain(text: str) -> str:
    plain = "".join(_visible(text)).strip()
    return plain if len(plain) <= LONGEST_TURN else plain[: LONGEST_TURN - len(CUT)] + CUT


def _visible(text: str) -> Iterable[str]:
    return (sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs"))


def _is_key(text: str | None) -> bool:
    try:
        _KEY.validate_python(text)
    except ValidationError:
        return False
    return True
