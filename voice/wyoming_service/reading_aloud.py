"""Text to speech for one client."""

from collections.abc import Iterator
from typing import Final

from intents.answers import Spoken
from intents.conversation_state import Pace
from voice.audio import AudioChunk as Sound
from voice.speech.pcm import resampled
from voice.wyoming_service.errors import RequestRefused
from voice.wyoming_service.house import House, Said, Send, text_of, threaded
from voice.wyoming_service.protocol import (
    AudioChunk,
    AudioStart,
    AudioStop,
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
    SynthesizeVoice,
)
from voice.wyoming_service.voices import plain_text, whole_sentences

PIECE_MS: Final = 100  # of speech in one event


class ReadingAloud:
    """Text to speech, sentence by sentence, of whole texts and of texts that come in pieces."""

    def __init__(self, house: House, send: Send) -> None:
        self._house = house
        self._send = send
        self._request: SynthesizeStart | None = None  # the text comes in pieces
        self._rest = ""  # of it, not spoken yet
        self._sent = 0  # samples
        self._rate_hz = 0  # of what was sent; 0 before

    async def whole(self, request: Synthesize) -> None:
        """Speak a text; within a stream it is a repetition for older servers."""
        if self._request is not None:
            return
        await self._speak(plain_text(text_of(request.text), _format(request)), request.voice)
        await self._end()

    async def start(self, request: SynthesizeStart) -> None:
        """Begin a text that comes in pieces."""
        self._request, self._rest = request, ""

    async def take(self, piece: SynthesizeChunk) -> None:
        """Speak the sentences that are whole now."""
        if self._request is None:
            raise RequestRefused("bad-event", "synthesize-chunk without synthesize-start")
        self._rest = text_of(self._rest + text_of(piece.text))
        if _format(self._request) == "ssml":  # a tag may be cut in two
            return
        if self._rate_hz == 0 and self._house.said.of(self._rest):
            ready, self._rest = self._rest, ""
        else:
            ready, self._rest = whole_sentences(self._rest)
        await self._speak(ready, self._request.voice)

    async def stop(self, _: SynthesizeStop) -> None:
        """Speak the rest."""
        request, self._request = self._request, None
        if request is None:
            raise RequestRefused("bad-event", "synthesize-stop without synthesize-start")
        await self._speak(plain_text(self._rest, _format(request)), request.voice)
        self._rest = ""
        await self._end()
        await self._send(SynthesizeStopped())

    async def _speak(self, text: str, voice: SynthesizeVoice | None) -> None:
        if not any(map(str.isalnum, text)):
            return
        said = self._house.said.of(text) or Said(says=(Spoken(text=text),), pace=Pace.NORMAL, keep=False)
        chunks = self._house.voices.rendered(said.says, voice, said.pace, keep=said.keep)
        while (chunk := await threaded(self._house.pool, lambda: next(chunks, None))) is not None:
            await self._play(chunk)

    async def _play(self, chunk: Sound) -> None:
        if not self._rate_hz:
            self._rate_hz = chunk.rate_hz
            await self._send(AudioStart(rate=chunk.rate_hz, width=2, channels=1, timestamp=0))
        for count, data in _pieces(resampled(chunk, self._rate_hz)):
            at_ms = self._sent * 1000 // self._rate_hz
            self._sent += count
            await self._send(AudioChunk(rate=self._rate_hz, width=2, channels=1, audio=data, timestamp=at_ms))

    async def _end(self) -> None:
        rate_hz, sent = self._rate_hz, self._sent
        self._rate_hz = self._sent = 0
        await self._send(AudioStop(timestamp=sent * 1000 // rate_hz if rate_hz else 0))


def _pieces(chunk: Sound) -> Iterator[tuple[int, bytes]]:
    """Yield numbers of samples and their bytes."""
    size = chunk.rate_hz * PIECE_MS // 1000
    for start in range(0, len(chunk.samples), size):
        piece = chunk.samples[start : start + size]
        yield len(piece), piece.astype("<i2").tobytes()


def _format(request: Synthesize | SynthesizeStart) -> str | None:
    return getattr(request.text_format, "value", request.text_format)
