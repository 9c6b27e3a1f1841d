"""The service: listens, gives each client a `Connection`, ends when told to."""

import asyncio
import errno
import logging
import os
import signal
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from voice.wyoming_service.address import Address, TcpAddress, UnixAddress
from voice.wyoming_service.connection import CLOSED_WITHIN_S, Connection, refuse
from voice.wyoming_service.errors import CannotListen
from voice.wyoming_service.framing import LINE_BYTES
from voice.wyoming_service.house import House
from voice.wyoming_service.protocol import Error

log = logging.getLogger(__name__)

FORGET_EVERY_S: Final = 60.0
LOOK_EVERY_S: Final = 1.0
_REASONS: Final = {
    errno.EADDRINUSE: "it is taken by another program",
    errno.EACCES: "this user may not",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}


class Watching(Protocol):
    """What watches over the service from outside."""

    def turned(self) -> None:
        """Take note that the loop turns."""
        ...

    def wants_reload(self) -> bool:
        """Whether other settings are wanted; each wish is told once."""
        ...

    def reloaded(self) -> None:
        """Take note that they were looked at, whatever came of it."""
        ...


Renew = Callable[[], House | None]  # blocks; None: everything stays as it is


@contextmanager
def listening(address: Address) -> Iterator[tuple[socket.socket, Address]]:
    """Open the socket; yield it and the address with the port it got.  Raises CannotListen."""
    try:
        found = _unix_socket(address.path) if isinstance(address, UnixAddress) else _tcp_socket(address)
    except OSError as error:
        raise CannotListen(str(address), _REASONS.get(error.errno or 0, error.strerror or str(error))) from error
    try:
        with found:
            yield (
                found,
                TcpAddress(address.host, found.getsockname()[1]) if address.__class__ is TcpAddress else address,
            )
    finally:
        if isinstance(address, UnixAddress):
            address.path.unlink(missing_ok=True)


def _tcp_socket(address: TcpAddress) -> socket.socket:
    family, _, _, _, place = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
    return socket.create_server(place[:2], family=family)


def _unix_socket(path: Path) -> socket.socket:
    """Listen in the file system; what a killed service left behind is taken away, a living one is left alone."""
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        try:
            UnixAddress(path).connected(1.0).close()
        except OSError:
            path.unlink()
        else:
            raise OSError(errno.EADDRINUSE, "another program listens there")
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.bind(os.fspath(path))
    except OSError:
        made.close()
        raise
    return made


class Service:
    """Serves on an open socket until `stop`."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._connections: set[asyncio.Task[None]] = set()
        self._stopping: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def serve(
        self,
        opened: socket.socket,
        ready: Callable[[], None] = lambda: None,
        watching: Watching | None = None,
        renew: Renew = lambda: None,
    ) -> None:
        """Serve; `ready` is called once clients are answered, `renew` in a thread when `watching` wants other settings.

        Clients that are there keep the house they came to.
        """
        self._stopping, self._loop = asyncio.Event(), asyncio.get_running_loop()
        opened.setblocking(False)
        start = asyncio.start_unix_server if opened.family == socket.AF_UNIX else asyncio.start_server
        listener = await start(self._meet, sock=opened, limit=LINE_BYTES)
        chores = [asyncio.create_task(self._forget())]
        try:
            ready()
            chores += [asyncio.create_task(self._look(watching, renew))] if watching else []
            await self._stopping.wait()
        finally:
            listener.close()
            for chore in chores:
                chore.cancel()
            await self._end_all()

    def stop(self) -> None:
        """End it, from any thread."""
        if self._loop and self._stopping:
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._connections) >= self._house.limits.connections:
            await refuse(reader, writer, Error(text="too many clients: try again later", code="busy"), CLOSED_WITHIN_S)
            writer.close()
            return
        self._connections.add(task)
        try:
            await Connection(self._house, reader, writer).run()
        except asyncio.CancelledError:
            log.debug("a Wyoming client was disconnected, the service ends")
        finally:
            self._connections.discard(task)

    async def _end_all(self) -> None:
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections, timeout=CLOSED_WITHIN_S * 2)

    async def _look(self, watching: Watching, renew: Renew) -> None:
        """Feed the watchdog from the loop that serves, also while a thread composes a house with other settings."""
        renewing: asyncio.Task[House | None] | None = None
        while True:
            watching.turned()
            if renewing is None and watching.wants_reload():
                renewing = asyncio.create_task(asyncio.to_thread(renew))
            elif renewing is not None and renewing.done():
                self._house = _renewed(renewing) or self._house
                renewing = None
                watching.reloaded()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _forget(self) -> None:
        while True:
            await asyncio.sleep(FORGET_EVERY_S)
            self._house.forget_old()


def _renewed(renewing: "asyncio.Task[House | None]") -> House | None:
    error = renewing.exception()
    if error is not None:
        log.warning("the settings stay as they were, these cannot be used (%s)", type(error).__name__)
        return None
    return renewing.result()


def serve_until_told(
    service: Service,
    opened: socket.socket,
    ready: Callable[[], None] = lambda: None,
    watching: Watching | None = None,
    renew: Renew = lambda: None,
) -> None:
    """Serve until SIGTERM or Ctrl-C; for the main thread."""

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, service.stop)
        await service.serve(opened, ready, watching, renew)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        asyncio.run(serve())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
