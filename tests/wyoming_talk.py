"""A Wyoming service in this process, made of the shipped fakes or of anything else, and a client for it."""

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import numpy as np
from wyoming.client import AsyncClient

from kb.articles import Article
from kb.fakes import MemoryKnowledgeBase
from voice.assistant import Assistant
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge
from voice.recognition.fakes import ScriptedRecognizer
from voice.speech.fakes import HummingSynthesizer
from voice.speech.prosody import Prosody
from voice.wyoming_service.address import Address, TcpAddress
from voice.wyoming_service.conversations import Conversations
from voice.wyoming_service.house import House, Limits
from voice.wyoming_service.information import information
from voice.wyoming_service.protocol import AudioChunk, AudioStart, AudioStop, Event, Eventable
from voice.wyoming_service.service import Service, listening
from voice.wyoming_service.voices import SPEAKERS, Voices

TIMEOUT_S = 30
READING = "ジュウクジマデデス。ニチヨウワヤスミデス。"
QUESTION, ANSWER = "営業時間を教えてください", "19時までです。日曜は休みです。"
HOURS = Article(
    id="hours",
    title="営業時間",
    category="店",
    variants=("営業時間は何時までですか", "何時までやってますか"),
    answer=ANSWER,
    answer_reading=READING,
)
RETURNS = Article(
    id="returns",
    title="返品の手続き",
    category="返品",
    variants=("返品したい", "返品のやり方"),
    answer="箱に入れます。",
)
LOUD = np.random.default_rng(1).normal(0, 6_000, 16_000).astype(np.int16)  # a second
QUIET = np.zeros(24_000, np.int16)


def humming(pace, _keep):
    speed = dict(zip(SPEAKERS.values(), (1.0, 0.5), strict=True))[pace]
    return HummingSynthesizer(Prosody(speed=speed))


def fake_house(folder: Path, *, lines: Iterable[str] = (QUESTION,) * 3, **more) -> House:
    """A service over an article or two."""
    known = Knowledge(MemoryKnowledgeBase([HOURS, RETURNS]), Readings(folder / "readings"), Indexes(folder / "index"))
    voices = Voices({"hum": humming, "other": humming})
    made = {
        "listen": lambda _: ScriptedRecognizer(lines),
        "voices": voices,
        "conversations": Conversations(lambda: Assistant(known)),
        "info": information(model="vosk-model-embedded-ja", voices=voices.names, version="1"),
        "limits": Limits(),
    }
    return House(pool=ThreadPoolExecutor(2), **(made | more))


@contextmanager
def running(house: House, address: Address | None = None) -> Iterator[str]:
    """Serve until the block ends; its address."""
    service, ready = Service(house), Flag()
    with listening(address or TcpAddress("127.0.0.1", 0)) as (opened, found):
        thread = Thread(target=lambda: asyncio.run(service.serve(opened, ready.set)))
        thread.start()
        try:
            assert ready.wait(TIMEOUT_S)
            yield str(found)
        finally:
            service.stop()
            thread.join(TIMEOUT_S)
            house.pool.shutdown()
    assert not thread.is_alive()


def sound(samples: np.ndarray, *, piece: int = 1_600, rate: int = 16_000) -> list[Eventable]:
    """Mono s16 as a satellite sends it, start and stop included."""
    form = {"rate": rate, "width": 2, "channels": 1}
    pieces = [samples[i : i + piece].tobytes() for i in range(0, len(samples), piece)]
    return [AudioStart(**form), *(AudioChunk(**form, audio=data) for data in pieces), AudioStop()]


def exchange(uri: str, events: Iterable[Eventable], until: str) -> list[Event]:
    """What comes back on a connection of its own, up to an event of that type, an error or the end."""

    async def talk() -> list[Event]:
        async with AsyncClient.from_uri(uri) as client:
            return await told(client, events, until)

    return asyncio.run(asyncio.wait_for(talk(), TIMEOUT_S))


async def told(client: AsyncClient, events: Iterable[Eventable], until: str) -> list[Event]:
    """The same on a connection that stays."""
    for event in events:
        await client.write_event(event.event())
    found = []
    while (event := await client.read_event()) is not None:
        found.append(event)
        if event.type in (until, "error"):
            break
    return found


class Raw:
    """An event as somebody else may write it."""

    def __init__(self, kind, data=None, payload=None):
        self._event = Event(type=kind, data=data or {}, payload=payload)

    def event(self):
        return self._event


def types_of(events) -> list[str]:
    """Without repetitions of the same in a row."""
    found = [event.type for event in events]
    return [kind for i, kind in enumerate(found) if i == 0 or found[i - 1] != kind]
