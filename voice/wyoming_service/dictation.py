"""Speech to text for one client."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from voice.assistant import Assistant
from voice.wyoming_service.ear import Ear
from voice.wyoming_service.errors import RequestRefused
from voice.wyoming_service.house import House, Send, threaded
from voice.wyoming_service.information import LANGUAGES
from voice.wyoming_service.protocol import (
    AudioChunk,
    AudioStart,
    AudioStop,
    Transcript,
    TranscriptChunk,
    TranscriptStart,
    TranscriptStop,
)
from voice.wyoming_service.sound import SoundFormat


class Dictation:
    """Speech to text: a recogniser from `audio-start` to `audio-stop`, in a thread of its own."""

    def __init__(self, house: House, send: Send) -> None:
        self._house = house
        self._send = send
        self._ear: Ear | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._started = False  # the transcript's stream
        self.asked_by: Assistant | None = None  # whose question is being answered
        self.context: dict[str, Any] | None = None

    @property
    def is_open(self) -> bool:
        """Whether it holds a recogniser."""
        return self._thread is not None

    async def start(self, event: AudioStart) -> None:
        """Take a recogniser.  Raises RequestRefused when all are taken."""
        self.close()
        SoundFormat(event.rate, event.width, event.channels).checked()
        await self._open()

    async def take(self, event: AudioChunk) -> None:
        """Hear a piece; without a start before it, it is one."""
        ear, thread = (self._ear, self._thread) if self._ear and self._thread else await self._open()
        sound_format = SoundFormat(event.rate, event.width, event.channels)
        await self._tell(await threaded(thread, lambda: ear.take(sound_format, event.audio)))
        if ear.heard_ms > self._house.limits.stream_ms:
            raise RequestRefused("too-long", "this stream of sound does not end")

    async def stop(self, _: AudioStop) -> None:
        """Tell what was heard, "" when it was nothing."""
        text = ""
        if self._ear and self._thread:
            ear, thread = self._ear, self._thread
            await self._tell(await threaded(thread, ear.finish))
            text = ear.text
            if ear.transcript:
                self._house.heard.keep(text, ear.transcript)
        started = [] if self._started else [TranscriptStart(language=LANGUAGES[0])]
        self.close()
        transcript = Transcript(text=text, language=LANGUAGES[0], context=self.context)
        await self._send(*started, transcript, TranscriptStop())

    def close(self) -> None:
        """Give the recogniser back."""
        if self._thread:
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._house.recognizers -= 1
        self._ear, self._thread, self._started = None, None, False

    async def _open(self) -> tuple[Ear, ThreadPoolExecutor]:
        if self._house.recognizers >= self._house.limits.recognizers:
            raise RequestRefused("busy", "all recognisers are at work: try again in a moment")
        self._house.recognizers += 1
        self._thread = thread = ThreadPoolExecutor(1, "wyoming-ear")
        self._ear = ear = Ear(await threaded(thread, lambda: self._house.listen(self.asked_by)))
        return ear, thread

    async def _tell(self, text: str) -> None:
        """Stream what is settled; the chunks together are the transcript."""
        if not text:
            return
        if not self._started:
            self._started = True
            await self._send(TranscriptStart(language=LANGUAGES[0]))
        await self._send(TranscriptChunk(text=text))
