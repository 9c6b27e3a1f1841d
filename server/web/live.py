"""Pages that change by themselves: one thread reads the journal, every open page hears that something changed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from server.access import Account, Permission
from server.errors import DeskError
from server.store.journal import Entry, Journal
from server.undoing import CHANGES_NOTHING
from server.web.guard import COOKIE, TheOffice, needs

POLL_SECONDS: Final = 0.5
LOOK_BACK: Final = 200  # lines: ids of transactions that ran together may become visible out of order
PING_SECONDS: Final = 15
SEND_SECONDS: Final = 30  # a browser that takes nothing for so long is let go
router = APIRouter(include_in_schema=False)
_log = logging.getLogger(__name__)


class Changes:
    """Tells listeners which cases changed, whichever process changed them.  The thread sleeps while nobody listens."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._listeners: dict[asyncio.Queue[tuple[Entry, ...]], asyncio.AbstractEventLoop] = {}
        self._lock = Lock()
        self._ended = Event()
        self._wanted = Event()
        self._thread = Thread(target=self._run, name="desk-changes", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; listeners hear nothing more."""
        self._ended.set()
        self._wanted.set()
        if self._thread.is_alive():
            self._thread.join()

    def listen(self) -> asyncio.Queue[tuple[Entry, ...]]:
        """Return a queue of what changes, and of what did just before.  In the event loop."""
        queue: asyncio.Queue[tuple[Entry, ...]] = asyncio.Queue()
        with self._lock:
            self._listeners[queue] = asyncio.get_running_loop()
        self._wanted.set()
        return queue

    def leave(self, queue: asyncio.Queue[tuple[Entry, ...]]) -> None:
        """Listen no more."""
        with self._lock:
            self._listeners.pop(queue, None)
            if not self._listeners:
                self._wanted.clear()

    def _run(self) -> None:
        known: set[int] | None = None
        while not self._ended.is_set():
            if not self._wanted.is_set():
                known = None
                self._wanted.wait()
                continue
            with suppress(DeskError):  # the database is away: pages hear of it when they ask
                known = self._look(known)
            self._ended.wait(POLL_SECONDS)

    def _look(self, known: set[int] | None) -> set[int]:
        newest = max(known, default=0) if known is not None else self._journal.last_line()
        lines = self._journal.changes_after(max(0, newest - LOOK_BACK))
        if known is not None:
            fresh = [line for line in lines if line.id not in known]
            if fresh:
                self._tell(tuple(fresh))
        return {line.id for line in lines} | {newest}

    def _tell(self, lines: tuple[Entry, ...]) -> None:
        with self._lock:
            listeners = list(self._listeners.items())
        for queue, loop in listeners:
            with suppress(RuntimeError):  # its loop has ended
                loop.call_soon_threadsafe(queue.put_nowait, lines)


def written(journal: Journal) -> tuple[int, set[int]]:
    """Return the journal's latest line, and which lines of those before it can be seen now."""
    latest = journal.last_line()
    seen = {line.id for line in journal.changes_after(max(0, latest - LOOK_BACK))}
    return max(latest, *seen, 0), seen


def cases_changed_by(lines: Iterable[Entry]) -> list[str]:
    """Return the ids of cases, and "" for what changed none: an alarm's end is no news to who types a call's result."""
    return sorted({"" if line.action in CHANGES_NOTHING else str(line.case_id or "") for line in lines})


@router.get("/live")
async def live(
    request: Request, office: TheOffice, _account: Annotated[Account, Depends(needs(Permission.SEE_QUEUE))]
) -> EventSourceResponse:
    """Send an event whenever something changed; ends with the session."""
    changes: Changes = request.app.state.changes
    token = request.cookies[COOKIE]

    def still_here() -> bool:
        return office.accounts.session(token, now=office.clock()) is not None

    async def events() -> AsyncIterator[ServerSentEvent]:
        queue = changes.listen()
        try:
            line, shown = await asyncio.to_thread(written, office.journal)  # the page asks for what it lacks of these
            yield ServerSentEvent(event="hello", data=str(line), retry=2000)
            while True:
                try:
                    lines = await asyncio.wait_for(queue.get(), PING_SECONDS)
                except TimeoutError:
                    if not await asyncio.to_thread(still_here):
                        return
                    continue
                if cases := cases_changed_by(line for line in lines if line.id not in shown):
                    yield ServerSentEvent(event="changed", data=",".join(cases))
        finally:
            changes.leave(queue)

    return EventSourceResponse(events(), ping=PING_SECONDS, send_timeout=SEND_SECONDS)
