"""Customers come and go at the page: does the desk's process grow with sessions that are over?

    nice -n 19 python -m benchmarks.soak_sessions [--sessions 300] [--json]

`koemado serve` as a process of its own, the embedded model, as shipped.  Each session connects, sends three seconds of sound as quickly as the
desk takes it, types a question, waits for the answer, and says good-bye; of 20 one just closes, one is torn off.  After every tenth
memory, handles and threads of the desk are counted; the first half is the warming up.  Exit code 1: something grew.
"""

import argparse
import asyncio
import json
import os
import struct
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from benchmarks.desk_running import Running, desk
from benchmarks.gateway_speakers import FRAME, greeted, seated
from kb.sample import sample_articles
from server.settings import SETTINGS_FILE, shipped_text

EVERY: Final = 10  # sessions
SEATS: Final = 64
SOUND_FRAMES: Final = 30
PATIENCE_S: Final = 60.0
MOST_KB_A_SESSION: Final = (
    1_000.0  # a talk that is never given up takes more; what less is, is malloc's arenas, one for each thread
)
MOST_MORE: Final = 3  # handles or threads
RUDE_EVERY: Final = 20  # the desk keeps their talks for a minute: of many of them memory would tell no growth


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the desk holds after so many sessions."""

    sessions: int
    anonymous_mb: float
    handles: int
    threads: int


def main() -> None:
    """Soak and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=300)
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="koemado-sessions-") as folder:
        text = shipped_text().replace("seats = 4", f"seats = {SEATS}")  # those torn off keep theirs for a while
        (Path(folder) / SETTINGS_FILE).write_text(text, encoding="utf-8")
        with desk(Path(folder)) as running:
            samples, answered = asyncio.run(_soaked(running, asked.sessions))
    report = reported(samples, answered) | {"wall_minutes": round((time.monotonic() - began) / 60, 1)}
    if asked.as_json:
        click.echo(json.dumps(report))
    else:
        for name, value in report.items():
            click.echo(f"{name:24} {value}")
    sys.exit(1 if report["grew"] else 0)


def reported(samples: Sequence[Sample], answered: int) -> dict[str, Any]:
    """Weigh the second half."""
    half = samples[len(samples) // 2 :]
    numbers = [one.sessions for one in half]
    kb = round(float(np.polyfit(numbers, [one.anonymous_mb for one in half], 1)[0]) * 1024, 1) if len(half) > 2 else 0.0
    more = {name: max(getattr(one, name) for one in half) - getattr(half[0], name) for name in ("handles", "threads")}
    grew = (["memory"] if kb > MOST_KB_A_SESSION else []) + [name for name, count in more.items() if count > MOST_MORE]
    return {
        "sessions": samples[-1].sessions, "answered": answered, "kb_a_session": kb, "handles_more": more["handles"],
        "threads_more": more["threads"], "first": asdict(samples[0]), "middle": asdict(half[0]), "last": asdict(samples[-1]), "grew": grew,
        "series": [one.anonymous_mb for one in samples],
    }  # fmt: skip


async def _soaked(running: Running, sessions: int) -> tuple[list[Sample], int]:
    questions = [article.variants[0] for article in sample_articles()]
    samples, answered = [_sample(running, 0)], 0
    for number in range(1, sessions + 1):
        answered += await _session(running.port, questions[number % len(questions)], _ending(number), number)
        if number % EVERY == 0:
            samples.append(_sample(running, number))
    return samples, answered


def _ending(number: int) -> str:
    return {0: "torn", RUDE_EVERY // 2: "close"}.get(number % RUDE_EVERY, "bye")


async def _session(port: int, question: str, ending: str, number: int) -> bool:
    """Return whether there was an answer."""
    socket, first = await seated(port)
    while first["type"] != "welcome":
        first = json.loads(await asyncio.wait_for(_text(socket), PATIENCE_S * 2))
    await asyncio.wait_for(greeted(socket), PATIENCE_S)
    quiet = (np.random.default_rng(number).standard_normal(FRAME) * 300).astype("<i2").tobytes()
    for frame in range(SOUND_FRAMES):
        await socket.send(struct.pack(">I", frame) + quiet)
    await socket.send(json.dumps({"type": "line", "text": question}))
    is_answered = await asyncio.wait_for(_told(socket), PATIENCE_S)
    if ending == "torn":
        socket.transport.abort()
        return is_answered
    with suppress(ConnectionClosed):
        if ending == "bye":
            await socket.send(json.dumps({"type": "bye"}))
        await socket.close()
    return is_answered


async def _text(socket: ClientConnection) -> str:
    while True:
        message = await socket.recv()
        if isinstance(message, str):
            return message


async def _told(socket: ClientConnection) -> bool:
    """Wait for an answer; the greeting was before."""
    try:
        while json.loads(await _text(socket))["type"] != "told":
            pass
    except ConnectionClosed:
        return False
    return True


def _sample(running: Running, sessions: int) -> Sample:
    threads = Path(f"/proc/{running.pid}/status").read_text(encoding="ascii").partition("Threads:")[2].split()[0]
    return Sample(
        sessions=sessions,
        anonymous_mb=round(running.anonymous_mb(), 1),
        handles=len(os.listdir(f"/proc/{running.pid}/fd")),  # noqa: PTH208
        threads=int(threads),
    )


if __name__ == "__main__":
    main()
