"""Today's calls on paper, for a desk without a screen or a network that is down."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import chain
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from server.access import Account, Permission
from server.customers import called
from server.office import Office
from server.spans import TOKYO
from server.store.listing import Filter, Listed
from server.web.guard import TheOffice, needs
from server.web.measures_page import late_before
from server.web.pages import local, page
from server.wire import Urgency

MOST_PAGES: Final = 40  # of the listing: nobody makes two thousand calls in a day
router = APIRouter(include_in_schema=False)


@router.get("/queue/print")
def show(
    request: Request, office: TheOffice, account: Annotated[Account, Depends(needs(Permission.SEE_QUEUE))]
) -> Response:
    """Show who must be called until this evening, to be printed; written down where names are shown in full."""
    now = office.clock()
    cases = sorted(_until_evening(office, now), key=lambda case: (case.urgency is not Urgency.SAFETY, case.due_at))
    full = account.may(Permission.SEE_PERSONAL)
    profiles = office.customers.profiles(case.phone for case in cases)
    if full:
        detail = {"kind": "print", "rows": len(cases)}
        office.journal.write(at=now, actor=account.login, action="viewed", detail=detail)
    return page(
        request,
        "print.html",
        cases=cases,
        full=full,
        profiles=profiles,
        tiers=office.settings.all_tiers,
        greeting=lambda case: called(case.name or case.reading, profiles[case.phone].address),
        names=office.accounts.names(),
        titles=office.articles.titles(),
        late_before=late_before(now, office.desk.plan.slot_minutes),
    )


def _until_evening(office: Office, now: datetime) -> Iterator[Listed]:
    """Yield the open cases due today or earlier; danger stands first in the listing, whenever it is due."""
    midnight = datetime.combine(local(now).date() + timedelta(days=1), time(), TOKYO)
    for case in chain.from_iterable(_pages(office, now)):
        if case.due_at < midnight:
            yield case
        elif case.urgency is not Urgency.SAFETY:
            return


def _pages(office: Office, now: datetime) -> Iterator[tuple[Listed, ...]]:
    for number in range(MOST_PAGES):
        found = office.listing.page(Filter(late_before=now, page=number))
        yield found.rows
        if not found.more:
            return
