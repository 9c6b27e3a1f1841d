"""The interface for devices: waiting until something happened to one of its requests."""

import asyncio
from contextlib import suppress
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request

from server.access import Device
from server.office import Office
from server.store.journal import Entry
from server.store.sent_requests import News
from server.web import api_answers as answers
from server.web.api_models import NewsAnswer
from server.web.device_guard import TheDevice
from server.web.guard import TheOffice
from server.web.live import Changes

LONGEST_WAIT: Final = 25.0  # seconds; proxies often give up after 30
LOOK_EVERY: Final = 2.0  # seconds; in case nobody tells of a change
LAST_ID: Final = 2**63 - 1
LOOK_BACK: Final = 200  # lines
router = APIRouter(tags=["callbacks"])


@router.get("/callbacks/news", responses=answers.ALWAYS)
async def news(
    request: Request,
    office: TheOffice,
    device: TheDevice,
    after: Annotated[int | None, Query(ge=0, le=LAST_ID, description="`next` of the last answer")] = None,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="seconds", allow_inf_nan=False)] = 0,
) -> NewsAnswer:
    """Wait until a case of this device's requests changed; without `after` only say where to begin."""
    if after is None:
        begin = max(0, await asyncio.to_thread(office.journal.last_line) - LOOK_BACK)
        found = await asyncio.to_thread(_look, office, device, begin)
        return NewsAnswer(ids=[], next=found.next_line)
    changes: Changes | None = getattr(request.app.state, "changes", None)
    told: asyncio.Queue[tuple[Entry, ...]] = changes.listen() if changes else asyncio.Queue()
    try:
        found = await _wait(request, office, device, after, wait, told)
    finally:
        if changes:
            changes.leave(told)
    return NewsAnswer(ids=list(found.ids), next=found.next_line)


async def _wait(
    request: Request, office: Office, device: Device, after: int, wait: float, told: asyncio.Queue[tuple[Entry, ...]]
) -> News:
    """Look whenever something changed, until there is news or the time is over."""
    over = asyncio.get_running_loop().time() + wait
    while True:
        found = await asyncio.to_thread(_look, office, device, after)
        left = over - asyncio.get_running_loop().time()
        if found.ids or left <= 0 or await request.is_disconnected():
            return found
        after = found.next_line
        with suppress(TimeoutError):
            await asyncio.wait_for(told.get(), min(left, LOOK_EVERY))


def _look(office: Office, device: Device, after: int) -> News:
    """Read on through lines that are nobody's news."""
    while True:
        found = office.sent.news(device.id, after=after, now=office.clock())
        if found.ids or not found.more:
            return found
        after = found.next_line
