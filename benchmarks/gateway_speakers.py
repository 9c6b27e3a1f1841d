"""Customers who speak by WebSocket in real time, and what each of their questions cost them in waiting."""

import asyncio
import json
import struct
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.spoken import LEVEL
from voice.audio import Samples

FRAME = 1_600  # samples, 100 ms, as the page sends them
FRAME_S = 0.1
PAUSE_S = 4.0  # behind a question: the answer begins in it
PATIENCE_S = 15.0
QUIET = 0.03  # of the speech's peak: what is below is its end, or the room
HELLO = json.dumps({"type": "hello", "version": 1})


@dataclass(frozen=True, slots=True)
class Take:
    """A question as sound, and the article that answers it."""

    samples: Samples = field(repr=False)
    topic: str

    @property
    def speech_ends(self) -> int:
        """Samples up to the end of the speech."""
        return int(np.flatnonzero(np.abs(self.samples.astype(np.int32)) > LEVEL * QUIET)[-1])


@dataclass(slots=True)
class Waits:
    """Of all speakers, in milliseconds from the end of the speech; and how far the desk lagged behind."""

    heard_ms: list[float] = field(default_factory=list)
    told_ms: list[float] = field(default_factory=list)
    sound_ms: list[float] = field(default_factory=list)
    lag_ms: list[float] = field(default_factory=list)  # sound sent and not worked off, twice a second
    asked: int = 0
    answered: int = 0  # anything was told in time
    lost: int = 0  # speakers whose connection the desk closed


class Speaker:
    """One customer: asks `takes` in a row, at the speed of speech."""

    def __init__(self, socket: ClientConnection, waits: Waits) -> None:
        self._socket = socket
        self._waits = waits
        self._sent = self._taken = 0
        self._ended_at: float | None = None  # of the running question's speech
        self._seen: set[str] = set()
        self._was_told = False  # anything to the running question, in a pause of it too

    async def ask(self, takes: Sequence[Take], step: Callable[[], object]) -> None:
        """Ask all; what comes back is noted meanwhile."""
        reading = asyncio.create_task(self._read())
        try:
            for take in takes:
                await self._say(take)
                step()
        except Exception:  # the desk closed the connection: that is a result
            self._waits.lost += 1
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await reading

    async def _say(self, take: Take) -> None:
        self._waits.asked += 1
        self._ended_at, self._seen, self._was_told = None, set(), False
        samples = np.concatenate([take.samples, np.zeros(int(PAUSE_S * 16_000), np.int16)])
        due = time.perf_counter()
        for start in range(0, len(samples), FRAME):
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            due += FRAME_S
            await self._socket.send(
                struct.pack(">I", self._sent) + samples[start : start + FRAME].astype("<i2").tobytes()
            )
            self._sent += 1
            if self._ended_at is None and start + FRAME >= take.speech_ends:
                self._ended_at = time.perf_counter()
            if self._sent % 5 == 0:
                self._waits.lag_ms.append((self._sent - self._taken) * FRAME_S * 1000)
        await self._answer(due)
        await self._socket.send(json.dumps({"type": "hush"}))

    async def _answer(self, due: float) -> None:
        """Wait for an answer that is late."""
        while "sound" not in self._seen and time.perf_counter() < due + PATIENCE_S and not self._was_told:
            await asyncio.sleep(FRAME_S)
        self._waits.answered += self._was_told

    async def _read(self) -> None:
        async for message in self._socket:
            if isinstance(message, bytes):
                self._note("sound", self._waits.sound_ms)
                continue
            found = json.loads(message)
            if found["type"] == "ack":
                self._taken = found["taken"]
            elif found["type"] == "heard":
                self._note("heard", self._waits.heard_ms)
            elif found["type"] == "told":
                self._was_told = True
                self._note("told", self._waits.told_ms)

    def _note(self, kind: str, into: list[float]) -> None:
        """Once a question, and only after its speech: earlier is what a pause in it gave, or the answer before."""
        if self._ended_at is not None and kind not in self._seen and (kind != "sound" or "told" in self._seen):
            self._seen.add(kind)
            into.append((time.perf_counter() - self._ended_at) * 1000)


async def seated(port: int, *, cookie: str = "", resume: str = "") -> tuple[ClientConnection, dict[str, object]]:
    """Connect; the connection and the first message: `welcome`, `busy` or `full`."""
    headers = {"Cookie": cookie} if cookie else {}
    socket = await connect(f"ws://127.0.0.1:{port}/talk/socket", additional_headers=headers, max_queue=None, proxy=None)
    await socket.send(json.dumps({**json.loads(HELLO), "resume": resume}))
    return socket, json.loads(await socket.recv())


async def greeted(socket: ClientConnection) -> None:
    """Wait until the greeting was spoken."""
    async for message in socket:
        if isinstance(message, str) and json.loads(message)["type"] == "sound_end":
            return
