"""The queue: who waits for a call, most pressing first."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from server.access import Account, Permission
from server.customers import Tier, tier_of
from server.office import Office
from server.store.journal import SEARCHED
from server.store.listing import Filter, Page, View
from server.undoing import SETTLED, UNDO_WITHIN, Slip, undoable
from server.web.guard import TheOffice, needs
from server.web.pages import is_part, page
from server.wire import Urgency

SOON: Final = timedelta(minutes=10)
SEARCH_EVERY: Final = timedelta(minutes=10)  # how often a list of found cases that refreshes itself is written down
MOST_PAGES: Final = 10_000
router = APIRouter(include_in_schema=False)
MayLook = Annotated[Account, Depends(needs(Permission.SEE_QUEUE))]
Term = Annotated[str, Query(max_length=80)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address asks for."""

    state: Annotated[View, Query()] = View.OPEN
    urgency: Annotated[str, Query(pattern="^(safety|complaint|normal)?$")] = ""
    skill: Term = ""
    agent: Term = ""
    q: Term = ""
    p: Annotated[int, Query(ge=0, le=MOST_PAGES)] = 0

    def filter(self, me: str, late_before: datetime) -> Filter:
        """Return it as the store wants it."""
        return Filter(
            view=self.state,
            urgency=Urgency(self.urgency) if self.urgency else None,
            skill=self.skill,
            agent=self.agent,
            search=self.q,
            page=self.p,
            me=me,
            late_before=late_before,
        )

    def link(self, **changes: object) -> str:
        """Return the address of this list with something changed."""
        return "/queue?" + urlencode(asdict(self) | changes)


@router.get("/queue")
def show(request: Request, office: TheOffice, account: MayLook, asked: Annotated[Asked, Depends()]) -> Response:
    """Show the queue; to htmx only its list."""
    now, full = office.clock(), account.may(Permission.SEE_PERSONAL)
    if not full:  # what is masked could be guessed by searching, digit by digit
        asked = replace(asked, q="")
    late_before = now - timedelta(minutes=office.desk.plan.slot_minutes)
    wanted = asked.filter(account.login, late_before)
    if asked.q.strip() and not (is_part(request) and _searched(office, account, now)):
        office.journal.write(at=now, actor=account.login, action=SEARCHED)
    found = office.listing.page(wanted)
    return page(
        request,
        "queue_part.html" if is_part(request) else "queue.html",
        found=found,
        tier_of=_tiers(office, found).get,
        counts=office.listing.counts(me=account.login, late_before=late_before),
        wanted=wanted,
        unwell=office.stories.unwell(now=now),
        state_of=lambda row: due_state(row.due_at, now, late_before),
        link=asked.link,
        full=full,
        **common(office, account, now),
    )


def _tiers(office: Office, found: Page) -> Mapping[UUID, Tier]:
    """Return the tiers of listed cases' customers."""
    tiers = office.settings.all_tiers
    if not tiers:
        return {}
    profiles = office.customers.profiles(row.phone for row in found.rows)
    return {row.id: tier for row in found.rows if (tier := tier_of(profiles[row.phone], tiers))}


def _searched(office: Office, account: Account, now: datetime) -> bool:
    return office.journal.latest_of(account.login, SEARCHED, since=now - SEARCH_EVERY) is not None


def common(office: Office, account: Account, now: datetime) -> dict[str, Any]:
    """Return what lists and cases both show."""
    staff = office.accounts.everybody()
    return {
        "names": {one.login: one.name for one in staff},
        "agents": {one.login: one.name for one in staff if one.may(Permission.WORK) and one.disabled_at is None},
        "titles": office.articles.titles(),
        "skills": list(office.desk.plan.capacity),
        "slip": last_slip(office, account, now),
    }


def due_state(due_at: datetime, now: datetime, late_before: datetime) -> str:
    """Return "late", "now", "soon" or "later"."""
    if due_at < late_before:
        return "late"
    if due_at <= now:
        return "now"
    return "soon" if due_at - now <= SOON else "later"


def last_slip(office: Office, account: Account, now: datetime) -> Slip | None:
    """Return what the agent may undo now."""
    last = office.journal.latest_of(account.login, SETTLED, since=now - UNDO_WITHIN)
    if last is None or last.case_id is None:
        return None
    return undoable(office.journal.of_case(last.case_id), account.login, now=now)
