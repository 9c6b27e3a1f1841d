"""One client: its events in, what they ask for out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from intents.transcripts import typed
from voice.assistant import Turn
from voice.errors import VoiceError
from voice.wyoming_service.conversations import Conversation, answer_to
from voice.wyoming_service.dictation import Dictation
from voice.wyoming_service.errors import RequestRefused
from voice.wyoming_service.framing import read_event
from voice.wyoming_service.house import House, Said, text_of, threaded
from voice.wyoming_service.protocol import (
    AudioChunk,
    AudioStart,
    AudioStop,
    Describe,
    Error,
    Event,
    Eventable,
    Ping,
    Pong,
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    Transcribe,
    Transcript,
    async_write_event,
)
from voice.wyoming_service.reading_aloud import ReadingAloud

log = logging.getLogger(__name__)

LONGEST_QUESTION: Final = 1_000  # characters
CLOSED_WITHIN_S: Final = 2.0
HEARD_OUT_S: Final = 10.0  # clients may talk to their end before they read
_READ_AT_ONCE: Final = 65_536


class Connection:
    """Answers one client's events, one after the other; whatever it sends, only this connection ends.

    Whoever is refused something is told by an `error` event and disconnected: clients wait for their answer until then.
    """

    def __init__(self, house: House, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._house = house
        self._reader = reader
        self._writer = writer
        self._dictation = Dictation(house, self._send)
        self._reading = ReadingAloud(house, self._send)
        self._own: Conversation | None = None  # of this connection
        self._reactions: tuple[tuple[type[Eventable], Callable[[Any], Awaitable[None]]], ...] = (
            (AudioChunk, self._dictation.take),
            (AudioStart, self._dictation.start),
            (AudioStop, self._dictation.stop),
            (Transcribe, self._transcribe),
            (Synthesize, self._reading.whole),
            (SynthesizeStart, self._reading.start),
            (SynthesizeChunk, self._reading.take),
            (SynthesizeStop, self._reading.stop),
            (Transcript, self._handle),
            (Describe, self._describe),
            (Ping, self._pong),
        )

    async def run(self) -> None:
        """Serve until the client goes, is refused something, or the task is cancelled."""
        try:
            while (event := await read_event(self._reader, self._patience_s)) is not None:
                await self._react(event)
        except VoiceError as error:
            await self._refuse(getattr(error, "code", "failed"), str(error))
        except TimeoutError:
            await self._refuse("timeout", "nothing came for too long")
        except OSError:
            log.debug("a Wyoming client went away in the middle")
        except Exception as error:  # one client's trouble is not the others'; its text may quote a customer
            log.error("a Wyoming request failed (%s)", type(error).__name__)  # noqa: TRY400
            await self._refuse("internal", "this could not be done")
        finally:
            self._dictation.close()
            await _closed(self._writer)

    @property
    def _patience_s(self) -> float:
        limits = self._house.limits
        return limits.stalled_s if self._dictation.is_open else limits.silent_s

    async def _react(self, event: Event) -> None:
        """Do what is asked; events of other kinds are none of our business, as the protocol wants it."""
        for kind, reaction in self._reactions:
            if kind.is_type(event.type):
                try:
                    request = kind.from_event(event)
                except (KeyError, TypeError, ValueError, AttributeError):
                    raise RequestRefused("bad-event", f"{event.type} lacks something, or has it wrong") from None
                await reaction(request)
                return

    async def _send(self, *events: Eventable) -> None:
        try:
            async with asyncio.timeout(self._house.limits.written_s):
                for event in events:
                    await async_write_event(event.event(), self._writer)
        except TimeoutError:
            raise ConnectionAbortedError("it does not take what it asked for") from None

    async def _refuse(self, code: str, text: str) -> None:
        await refuse(self._reader, self._writer, Error(text=text, code=code), HEARD_OUT_S)

    async def _describe(self, _: Describe) -> None:
        await self._send(self._house.info)

    async def _pong(self, ping: Ping) -> None:
        await self._send(Pong(text=ping.text))

    async def _transcribe(self, wanted: Transcribe) -> None:
        conversation = self._house.conversations.of(wanted.context) or self._own
        self._dictation.asked_by = conversation.assistant if conversation else None
        self._dictation.context = wanted.context

    async def _handle(self, said: Transcript) -> None:
        text = text_of(said.text, LONGEST_QUESTION)
        self._own = self._own or self._house.conversations.new()
        conversation = self._house.conversations.of(said.context) or self._own
        known = self._house.heard.of(text)
        turn, handled = await threaded(self._house.pool, lambda: conversation.hear(known or typed(text)))
        self._remember(turn)
        await self._send(answer_to(turn, said.context, handled=handled))

    def _remember(self, turn: Turn) -> None:
        said = Said(says=turn.reaction.says, pace=turn.pace, keep=turn.article is not None)
        self._house.said.keep(turn.text, said)


async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, error: Error, within_s: float) -> None:
    """Say so, and take what still comes until the client goes: a socket closed on unread bytes takes the error with it."""
    with suppress(OSError):
        async with asyncio.timeout(within_s):
            await async_write_event(error.event(), writer)
            writer.write_eof()
            while await reader.read(_READ_AT_ONCE):
                pass


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Close, by force if the client does not take what is left for it."""
    writer.close()
    try:
        async with asyncio.timeout(CLOSED_WITHIN_S):
            await writer.wait_closed()
    except OSError:
        writer.transport.abort()
