"""`/talk/socket`: a browser speaks with Koemado (docs/voice-gateway.md)."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from server.gateway.feed import Feed, TooMuchSound
from server.gateway.frames import (
    RATE_HZ,
    VERSION,
    Bye,
    FrameInvalid,
    FromBrowser,
    Hello,
    SoundFrame,
    event_text,
    parse_sound,
    parse_text,
    sound_frame,
    text_frame,
)
from server.gateway.lobby import Full, Lobby, Seat, Waiting
from server.gateway.ports import Event, Heard, Sound
from server.office import Office

ACK_EVERY: Final = 5  # frames
MOST_FAILURES: Final = 3  # in a row
# RFC 6455, section 7.4.1, and IANA's registry
DONE, NOT_OURS, TOO_FAST, BROKEN, TRY_LATER = 1000, 1008, 1009, 1011, 1013

router = APIRouter(include_in_schema=False)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long things may take, in seconds."""

    hello: float = 10.0
    seat: float = 1.0  # between two questions for a seat
    word: float = 180.0  # of the customer, before the talk ends
    send: float = 20.0  # of one message: who does not read is gone


class VoiceGateway:
    """The lobby and the threads that hear and speak for it; `app.state.gateway`, None where there is none.

    `phone` is where customers reach a human, "" where nowhere; `clock` gives seconds and only goes forward; `use` is
    called with the office that talks are to ask from then on.
    """

    def __init__(
        self,
        lobby: Lobby,
        threads: int,
        *,
        phone: str = "",
        patience: Patience = Patience(),
        clock: Callable[[], float] = time.monotonic,
        use: Callable[[Office], None] = lambda _: None,
    ) -> None:
        self.lobby = lobby
        self.use = use
        self.phone = phone
        self.patience = patience
        self.clock = clock
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="talk")

    async def step(self, feed: Feed) -> Event | None:
        """Work in one of the threads.  May raise what a talk does."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, feed.step)

    async def leave(self, connection: object, ticket: str) -> None:
        """Forget a talk; a step of it that some thread is doing ends first."""
        await asyncio.to_thread(self.lobby.leave, connection, ticket)

    def broken(self, connection: object, ticket: str) -> None:
        """Keep a talk for whoever comes back, and forget it then."""
        self.lobby.broken(connection, ticket, self.clock())
        if ticket:
            later = asyncio.get_running_loop()
            later.call_later(self.lobby.kept_s, lambda: later.run_in_executor(None, self.lobby.clear, self.clock()))

    def close(self) -> None:
        """End all talks."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self.lobby.close()


@router.websocket("/talk/socket")
async def talk_socket(socket: WebSocket) -> None:
    """Take part in a talk, from the first greeting to the end of the connection."""
    gateway: VoiceGateway | None = getattr(socket.app.state, "gateway", None)
    if gateway is None or not _same_origin(socket):
        await socket.close(NOT_OURS)  # before it is accepted: HTTP 403
        return
    await socket.accept()
    with suppress(WebSocketDisconnect, RuntimeError):  # the browser is gone, or goes while something is sent
        await _Connection(socket, gateway).run()


def _same_origin(socket: WebSocket) -> bool:
    """Whether the page is ours, here or behind a proxy: browsers let any page open a socket anywhere.

    Programs send no origin.
    """
    origin = socket.headers.get("origin")
    ours = {socket.headers.get("host"), urlsplit(socket.app.state.office.settings.public_url).netloc}
    return origin is None or (urlsplit(origin).netloc or None) in ours


class _Gone(Exception):
    """The browser left; `for_good` when it said so."""

    def __init__(self, *, for_good: bool) -> None:
        self.for_good = for_good
        super().__init__()


class _Refused(Exception):
    """The connection is closed by us; `code` is a close code."""

    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(reason)


class _Connection:
    """One browser's connection: a reader, and one who works and answers."""

    def __init__(self, socket: WebSocket, gateway: VoiceGateway) -> None:
        self._socket = socket
        self._gateway = gateway
        self._ticket = ""
        self._word_at_s = gateway.clock()

    async def run(self) -> None:
        try:
            hello = await self._hello()
            await self._talk(await self._seat(hello.resume))
        except _Refused as refused:
            await self._close(refused.code, refused.reason)
        except FrameInvalid as error:
            await self._close(NOT_OURS, str(error))
        except TooMuchSound:
            await self._close(TOO_FAST, "sound came faster than it is spoken")
        except _Gone as gone:
            if gone.for_good:
                await self._gateway.leave(self, self._ticket)
                await self._close(DONE, "")
        finally:
            self._gateway.broken(self, self._ticket)

    async def _hello(self) -> Hello:
        try:
            async with asyncio.timeout(self._gateway.patience.hello):  # wait_for loses cancellations before Python 3.12
                hello = await self._receive()
        except TimeoutError as error:
            raise _Refused(NOT_OURS, "no greeting came") from error
        if not isinstance(hello, Hello):
            raise _Refused(NOT_OURS, "a greeting comes first")
        return hello

    async def _seat(self, resume: str) -> Seat:
        """Wait for a seat, telling one's place whenever it changes."""
        told = 0
        receiving = asyncio.ensure_future(self._receive())
        try:
            while True:
                found = await asyncio.to_thread(self._gateway.lobby.enter, self, resume, self._gateway.clock())
                if isinstance(found, Full):
                    await self._send(text_frame("full"))
                    raise _Refused(TRY_LATER, "the line is full")
                if isinstance(found, Seat):
                    return found
                told = await self._tell_place(found, told)
                await self._wait(receiving)
        finally:
            receiving.cancel()
            with suppress(asyncio.CancelledError, _Gone, FrameInvalid, WebSocketDisconnect):
                await receiving

    async def _tell_place(self, found: Waiting, told: int) -> int:
        if found.place != told:
            await self._send(text_frame("busy", place=found.place))
        return found.place

    async def _wait(self, receiving: "asyncio.Future[FromBrowser | SoundFrame]") -> None:
        """A moment, or until the browser leaves; whoever waits has nothing else to say."""
        done, _ = await asyncio.wait([receiving], timeout=self._gateway.patience.seat)
        if done:
            receiving.result()
            raise _Refused(NOT_OURS, "who waits says nothing")

    async def _talk(self, seat: Seat) -> None:
        self._ticket = seat.ticket
        self._word_at_s = self._gateway.clock()  # who waited in the line begins now
        rates = {"rate_hz": RATE_HZ, "sound_rate_hz": self._gateway.lobby.sound_rate_hz}
        await self._send(text_frame("welcome", version=VERSION, ticket=seat.ticket, resumed=seat.resumed, **rates))
        feed, more = Feed(seat.talk, seat.lock), asyncio.Event()
        feed.greet()
        both = [asyncio.ensure_future(self._read(feed, more)), asyncio.ensure_future(self._work(feed, more))]
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
        for task in done:
            task.result()

    async def _read(self, feed: Feed, more: asyncio.Event) -> None:
        while True:
            message = await self._receive()
            if not isinstance(message, SoundFrame):
                self._word_at_s = self._gateway.clock()
            feed.take(message)
            more.set()

    async def _work(self, feed: Feed, more: asyncio.Event) -> None:
        acknowledged = failures = 0
        while True:
            await self._more(feed, more)
            if not self._gateway.lobby.holds(self, self._ticket):
                raise _Refused(NOT_OURS, "the talk goes on elsewhere")
            try:
                event = await self._gateway.step(feed)
                failures = 0
            except Exception as error:  # of the recogniser or the voice: the talk can go on
                failures += 1
                feed.give_up()
                await self._tell_failure(error, failures)
                continue
            if event is not None:
                await self._tell(event)
            if feed.taken - acknowledged >= ACK_EVERY:
                acknowledged = feed.taken
                await self._send(text_frame("ack", taken=acknowledged, lost=feed.lost_frames))

    async def _more(self, feed: Feed, more: asyncio.Event) -> None:
        """Wait for work.  Raises _Refused when the customer says nothing for long."""
        while not feed.has_work:
            more.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._patience_left_s())):
                    await more.wait()
                continue
            await self._end_idle()
        if self._patience_left_s() <= 0:  # sound comes, but no word in it
            await self._end_idle()

    def _patience_left_s(self) -> float:
        return self._gateway.patience.word - (self._gateway.clock() - self._word_at_s)

    async def _end_idle(self) -> None:
        await self._send(text_frame("ended", reason="idle"))
        raise _Gone(for_good=True)

    async def _tell(self, event: Event) -> None:
        if isinstance(event, Sound):
            await self._send(sound_frame(event))
            return
        if isinstance(event, Heard):
            self._word_at_s = self._gateway.clock()
        await self._send(event_text(event))

    async def _send(self, frame: str | bytes) -> None:
        """Raises _Gone when the browser does not take it in time."""
        try:
            async with asyncio.timeout(self._gateway.patience.send):
                await (self._socket.send_text(frame) if isinstance(frame, str) else self._socket.send_bytes(frame))
        except TimeoutError as error:
            raise _Gone(for_good=False) from error

    async def _tell_failure(self, error: Exception, failures: int) -> None:
        _log.warning("a browser's talk failed (%s)", type(error).__name__)
        await self._send(text_frame("failed"))
        if failures >= MOST_FAILURES:
            raise _Refused(BROKEN, "the talk fails again and again")

    async def _receive(self) -> FromBrowser | SoundFrame:
        """Return the next message.  Raises _Gone, FrameInvalid."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise _Gone(for_good=False)
        if (raw := message.get("bytes")) is not None:
            return parse_sound(raw)
        found = parse_text(message.get("text") or "")
        if isinstance(found, Bye):
            raise _Gone(for_good=True)
        return found

    async def _close(self, code: int, reason: str) -> None:
        with suppress(RuntimeError, WebSocketDisconnect):
            await self._socket.close(code, reason)
