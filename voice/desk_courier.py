"""The thread that brings kept requests to the desk, when one is put in and else when one is due."""

import logging
import time
from collections.abc import Callable
from hashlib import sha256
from threading import Condition, Event, Lock, Thread
from typing import Final
from uuid import UUID

from server.client import DeskClient
from server.clock import Clock
from server.deliveries import Arrived, Delivery, Refused, TryLater, is_due
from server.errors import DeskError
from server.outbox import Flushed, Kept, Outbox, State
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.desk_health import resume_where_known
from voice.desk_request import sent_as
from voice.errors import SettingsError

LOOK_EVERY_S: Final = 60.0  # another process may have enrolled the device, or put something in
SOONEST_S: Final = 0.2  # between two rounds
AWAY_S: Final = 5.0  # to the next try while the desk does not answer; whatever is put in is tried at once
CLOSE_WITHIN_S: Final = 0.5

log = logging.getLogger(__name__)


class DeskLine:
    """The client for the enrolment in force, which may change while the program runs."""

    def __init__(self, file: EnrolmentFile, connect: Callable[[Enrolment], DeskClient]) -> None:
        self._file = file
        self._connect = connect
        self._clients: dict[Enrolment, DeskClient] = {}  # earlier ones may be in use by another thread
        self._lock = Lock()
        self._wrong = ""  # with the file, as it was told last
        self.is_away = False  # the desk did not answer the last try; before the first it is taken for there

    def device(self) -> str | None:
        """This device's id at the desk; None when not enrolled."""
        enrolment = self._enrolment()
        return enrolment.id if enrolment else None

    def name(self) -> str:
        """Tell one enrolment from another; "" when not enrolled."""
        found = self._enrolment()
        return sha256(f"{found.url}\n{found.id}\n{found.token}".encode()).hexdigest()[:16] if found else ""

    def bundle_key(self) -> str:
        """Return the key the desk's bundles are verified with; "" where there is none."""
        found = self._enrolment()
        return found.bundle_key if found else ""

    def client(self) -> DeskClient | None:
        """Return the client; None when not enrolled."""
        enrolment = self._enrolment()
        if enrolment is None:
            return None
        with self._lock:
            if enrolment not in self._clients:
                self._clients[enrolment] = self._connect(enrolment)
            return self._clients[enrolment]

    def send(self, request_id: UUID, payload: bytes) -> Delivery:
        """Send a request as the device that is enrolled now."""
        client, device = self.client(), self.device()
        if client is None or device is None:
            return TryLater(reason="this device is not enrolled")
        return client.submit(request_id, sent_as(payload, device))

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.close()

    def _enrolment(self) -> Enrolment | None:
        try:
            found = self._file.read()
        except SettingsError as error:
            if str(error) != self._wrong:
                log.warning("%s", error)
            self._wrong = str(error)
            return None
        self._wrong = ""
        return found


class Courier:
    """Sends from the outbox in a thread of its own, which begins with `start`.

    `outbox` opens it; it raises OutboxUnavailable as often as it cannot, and is asked again.  Where a round came to the
    desk, `errands` are run: not here, for a new request waits for nothing else.
    """

    def __init__(
        self,
        outbox: Callable[[], Outbox],
        line: DeskLine,
        clock: Clock,
        *,
        errands: Callable[[], None],
    ) -> None:
        self._outbox = outbox
        self._line = line
        self._clock = clock
        self._errands = errands
        self._woken, self._closing, self._round_over = Event(), Event(), Condition()
        self._thread = Thread(target=self._run, name="outbox", daemon=True)
        self._was_stopped = self._was_unknown = False

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End; a request that is just being sent is sent again by the next who looks, and the desk knows its id."""
        self._closing.set()
        self._woken.set()
        self._thread.join(CLOSE_WITHIN_S)

    def wake(self) -> None:
        """Look now: something was put in."""
        self._woken.set()

    def settled(self, request_id: UUID, wait_s: float) -> Delivery | None:
        """Wait until the desk has taken or refused a request; None when it has not, be it that the first try failed.

        Raises OutboxUnavailable.
        """
        until = time.monotonic() + wait_s
        with self._round_over:
            while True:
                kept = self._outbox().get(request_id)
                left = until - time.monotonic()
                if kept is None or kept.state is not State.WAITING or kept.attempts or left <= 0:
                    return _delivery(kept)
                if self._outbox().is_stopped() or not self._thread.is_alive():
                    return None
                self._round_over.wait(left)

    def _run(self) -> None:
        while not self._closing.is_set():
            wait_s = self._round()
            with self._round_over:
                self._round_over.notify_all()
            self._woken.wait(wait_s)
            self._woken.clear()

    def _round(self) -> float:
        """Send what is due; returns how many seconds nothing will be."""
        try:
            client = self._line.client()
            self._tell_unknown(is_unknown=client is None)
            if client is None:
                return LOOK_EVERY_S
            outbox = self._outbox()
            resume_where_known(outbox, client)
            flushed = outbox.flush(self._line.send)
            self._tell(flushed)
            if flushed.unreachable or flushed.arrived or flushed.rejected:
                self._line.is_away = flushed.unreachable
            with self._round_over:
                self._round_over.notify_all()  # somebody may wait for what was sent just now
            if flushed.unreachable:  # nothing else would reach it either, and a customer may wait for the next round
                return max(AWAY_S, self._until_due(outbox))
            self._errands()
            return LOOK_EVERY_S if flushed.stopped else self._until_due(outbox)
        except DeskError as error:
            log.warning("nothing can be sent to the desk: %s", error)
        except Exception as error:  # the thread must live on
            log.warning("sending to the desk failed (%s)", type(error).__name__)
        return LOOK_EVERY_S

    def _until_due(self, outbox: Outbox) -> float:
        now = self._clock()
        waiting = [kept.next_at for kept in outbox.kept() if kept.state is State.WAITING]
        waits = [0.0 if is_due(at, now=now) else (at - now).total_seconds() for at in waiting]
        return min(max(min(waits, default=LOOK_EVERY_S), SOONEST_S), LOOK_EVERY_S)

    def _tell_unknown(self, *, is_unknown: bool) -> None:
        if is_unknown and not self._was_unknown:
            log.warning("this device is not enrolled: requests are kept, but reach nobody until `koemado enrol CODE`")
        self._was_unknown = is_unknown

    def _tell(self, flushed: Flushed) -> None:
        if flushed.rejected:
            log.warning("the desk refuses %d request(s): see `koemado outbox list`", len(flushed.rejected))
        if flushed.stopped and not self._was_stopped:
            log.warning("the desk does not know this device: enrol it anew (`koemado enrol`), %d wait", flushed.waiting)
        self._was_stopped = flushed.stopped


def _delivery(kept: Kept | None) -> Delivery | None:
    if kept is None:
        return None
    if kept.state is State.ARRIVED:
        return Arrived(new=True, promise=kept.promise, offers=kept.offers, tier=kept.tier)
    return Refused(status=0) if kept.state is State.REJECTED else None
