"""An agent's promises as a calendar that other programs subscribe to; its address is the secret."""

import hashlib
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, HTTPException
from fastapi.responses import Response
from icalendar import Calendar, Event

from server.access import Account
from server.labels import label
from server.masking import shown_name
from server.office import Office
from server.store.calendar import FeedEntry
from server.web.guard import TheOffice

REACHES_BACK: Final = timedelta(days=7)
PRODUCT: Final = "-//Koemado//callback desk//JA"
ASK_AGAIN: Final = timedelta(minutes=15)
router = APIRouter(include_in_schema=False)


@router.get("/feeds/{secret}.ics")
def feed(office: TheOffice, secret: str, if_none_match: Annotated[str, Header()] = "") -> Response:
    """Return the calendar of whose feed it is; 404 for everybody else, and for accounts that were disabled."""
    account = office.accounts.account_of_feed(secret)
    if account is None:
        raise HTTPException(404)
    entries = office.calendar.feed(account.login, since=office.clock() - REACHES_BACK)
    body = calendar(office, account, entries)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
    if tag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)


def calendar(office: Office, account: Account, entries: tuple[FeedEntry, ...]) -> bytes:
    """Return RFC 5545 text; the same entries give the same bytes."""
    made = Calendar()
    name = label("feed", "name").format(name=account.name)
    for key, value in (("PRODID", PRODUCT), ("VERSION", "2.0"), ("METHOD", "PUBLISH"), ("X-WR-CALNAME", name)):
        made.add(key, value)
    made.add("NAME", name)
    made.add("REFRESH-INTERVAL", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    titles = office.articles.titles()
    for entry in entries:
        made.add_component(
            _event(entry, titles.get(entry.topic) or label("topic", entry.topic), office.settings.public_url)
        )
    return bytes(made.to_ical())


def _event(entry: FeedEntry, topic: str, desk: str) -> Event:
    """A subscription leaves the desk: the customer's name is masked, whoever the agent is."""
    customer = shown_name(entry.customer.name, entry.customer.reading, full=False)
    values: dict[str, Any] = {
        "UID": f"case-{entry.case_id}@koemado",
        "DTSTAMP": entry.changed_at,
        "LAST-MODIFIED": entry.changed_at,
        "SEQUENCE": entry.sequence,
        "DTSTART": entry.span.begins,
        "DTEND": entry.span.ends,
        "SUMMARY": label("feed", "summary").format(customer=customer, topic=topic),
        "STATUS": "CANCELLED" if entry.cancelled else "CONFIRMED",
        "CLASS": "PRIVATE",
        "URL": f"{desk}/cases/{entry.case_id}",
    }
    event = Event()
    for key, value in values.items():
        event.add(key, value)
    return event
