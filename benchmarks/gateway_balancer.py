"""A round-robin TCP balancer, as a load balancer before several desks works: with or without sticky connections.

Sticky is what HAProxy's `cookie DESK insert` or nginx's `sticky cookie` do: the balancer names the process in a cookie of the page,
and the browser sends it with the WebSocket's handshake.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import cycle

COOKIE = re.compile(rb"^cookie:.*\bDESK=(\d+)", re.I | re.M)
_PIECE = 65_536


@asynccontextmanager
async def balancer(ports: Sequence[int]) -> AsyncIterator[int]:
    """The port that passes on to each of `ports` in turn, or to the one a cookie `DESK` (its place) names."""
    turns = cycle(ports)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            named = COOKIE.search(head)
            port = ports[int(named[1])] if named else next(turns)
            behind = await asyncio.open_connection("127.0.0.1", port)
            behind[1].write(head)
            await asyncio.gather(_copy(reader, behind[1]), _copy(behind[0], writer))

    listening = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await source.read(_PIECE):
            sink.write(piece)
            await sink.drain()
    sink.close()
