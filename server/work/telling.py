"""What a webhook is told about a line of the journal.

A message is JSON as Standard Webhooks suggest: `type`, `timestamp` of what happened, `data`.  It carries what the one
behind the webhook needs to reach the customer by the channel the customer prefers; its documentation is docs/webhook.md.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from server.attempts import Attempt, CallEvent
from server.errors import CaseUnknown, KeyInvalid
from server.ports import Inbox
from server.records import Case
from server.store.following import Follower, Told
from server.store.journal import Entry
from server.store.messages import WEBHOOK, Message
from server.wire import Channel
from server.work.mail import DANGER
from server.work.words import words

EVENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "received": "callback.received",
        "joined": "callback.received",
        "promised": "callback.promised",
        "freed": "callback.freed",
        "attempt": "callback.tried",
        "sms": "callback.sms_wanted",
        "closed": "callback.closed",
        "reopened": "callback.reopened",
        "alarm": "alarm.raised",
        "alarm_cleared": "alarm.cleared",
    }
)


def _key(entry: Entry) -> str:
    return f"webhook:{entry.id}:{EVENTS[entry.action]}"


WEBHOOK_FOLLOWER: Final = Follower(name="webhook", actions=tuple(EVENTS), key=_key)


class WebhookTeller:
    """Turns lines of the journal into messages."""

    def __init__(self, inbox: Inbox, *, slot_minutes: int, organisation: str, public_url: str) -> None:
        self._inbox = inbox
        self._slot = timedelta(minutes=slot_minutes)
        self._organisation = organisation
        self._public_url = public_url

    def __call__(self, entry: Entry) -> Told | None:
        """Return what to tell; None when the case was erased meanwhile or cannot be read."""
        event = EVENTS[entry.action]
        if event.startswith("alarm."):
            if "kind" not in entry.detail:
                return None
            return Told(message=self._message(entry, self._of_alarm(entry)))
        try:
            case = self._inbox.case(entry.case_id) if entry.case_id else None
        except (CaseUnknown, KeyInvalid):  # one that cannot be read must not hold up the others
            case = None
        if case is None:
            return None
        data = self._of_case(case, entry) | self._of_event(case, entry)
        channel = case.requests[-1].request.channel
        elsewhere = event == "callback.received" and channel is not Channel.PHONE
        return Told(message=self._message(entry, data), passed_on=channel.value if elsewhere else None)

    def _message(self, entry: Entry, data: Mapping[str, Any]) -> Message:
        event = EVENTS[entry.action]
        payload = json.dumps({"type": event, "timestamp": entry.at.isoformat(), "data": data}, ensure_ascii=False)
        name = DANGER if event == "alarm.raised" and entry.detail.get("danger") else event
        return Message(key=_key(entry), route=WEBHOOK, event=name, payload=payload, case_id=entry.case_id)

    def _of_alarm(self, entry: Entry) -> dict[str, Any]:
        case = str(entry.case_id) if entry.case_id else None
        link = f"{self._public_url}/cases/{case}" if case else None
        return {"kind": entry.detail["kind"], "case": case, "device": entry.detail.get("device"), "link": link}

    def _of_case(self, case: Case, entry: Entry) -> dict[str, Any]:
        latest = case.requests[-1].request
        return {
            "case": str(case.id),
            "request": entry.detail.get("request", str(latest.id)),
            "device": latest.device,
            "topic": case.topic,
            "urgency": case.urgency.value,
            "language": latest.language,
            "channel": latest.channel.value,
            "address": latest.channel_address or (latest.phone if latest.channel in _BY_NUMBER else None),
            "promise": self._promise(case, entry),
            "link": f"{self._public_url}/cases/{case.id}",
        }

    def _promise(self, case: Case, entry: Entry) -> dict[str, str] | None:
        if "begins" in entry.detail:  # as it was then; it may have moved on since
            begins = datetime.fromisoformat(entry.detail["begins"])
            return {"begins": begins.isoformat(), "ends": (begins + self._slot).isoformat()}
        if case.promise is None:
            return None
        span = case.promise.slot.span
        return {"begins": span.begins.isoformat(), "ends": span.ends.isoformat()}

    def _of_event(self, case: Case, entry: Entry) -> dict[str, Any]:
        if entry.action == "closed":
            return {"reason": entry.detail.get("reason")}
        if entry.action == "attempt":
            attempt = _attempt(case.events, entry.detail.get("event"))
            resolution = attempt.resolution.value if attempt and attempt.resolution else None
            return {"outcome": entry.detail.get("outcome") or "not_rung", "resolution": resolution}
        if entry.action == "sms":
            text = words("sms", "text").format(organisation=self._organisation)
            return {"phone": case.requests[-1].request.phone, "text": text}
        return {}


_BY_NUMBER: Final = (Channel.PHONE, Channel.SMS)


def _attempt(events: tuple[CallEvent, ...], id_: str | None) -> Attempt | None:
    return next((event for event in events if isinstance(event, Attempt) and str(event.id) == id_), None)
