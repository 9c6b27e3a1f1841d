"""What the connections of a service share, and what each may take of it."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Final, TypeVar

from intents.answers import Spoken
from intents.conversation_state import Pace
from intents.transcripts import Transcript
from voice.assistant import Assistant
from voice.ports import SpeechRecognizer
from voice.wyoming_service.conversations import Conversations
from voice.wyoming_service.errors import RequestRefused
from voice.wyoming_service.protocol import Info
from voice.wyoming_service.recollection import Recollection
from voice.wyoming_service.voices import Voices

LONGEST_TEXT: Final = 5_000  # characters

Result = TypeVar("Result")
Send = Callable[..., Awaitable[None]]  # takes any number of events


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one client, and all together, may take."""

    recognizers: int = 4  # at work at the same time
    connections: int = 64
    silent_s: float = 600.0  # without an event
    stalled_s: float = 30.0  # likewise, while a recogniser waits for sound
    written_s: float = 30.0  # until a client takes what it asked for
    stream_ms: int = 300_000  # of sound in one stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something the assistant said, as it is to be spoken."""

    says: tuple[Spoken, ...]
    pace: Pace
    keep: bool  # its rendering may stay on disk: it is an article's, and tells of nobody


@dataclass(slots=True, kw_only=True)
class House:
    """What all connections share."""

    listen: Callable[[Assistant | None], SpeechRecognizer]  # blocks; knows what that assistant has asked
    voices: Voices
    conversations: Conversations
    info: Info
    pool: Executor
    limits: Limits = field(default_factory=Limits)
    heard: Recollection[Transcript] = field(default_factory=Recollection)
    said: Recollection[Said] = field(default_factory=Recollection)
    recognizers: int = 0  # at work

    def forget_old(self) -> None:
        """Forget what nobody comes back to."""
        self.conversations.forget_old()
        self.heard.forget_old()
        self.said.forget_old()


def text_of(text: object, longest: int = LONGEST_TEXT) -> str:
    """Check a text of a client's.  Raises RequestRefused."""
    if not isinstance(text, str) or len(text) > longest:
        raise RequestRefused("bad-event", f"the text must be one of at most {longest} characters")
    return text


async def threaded(executor: Executor, work: Callable[[], Result]) -> Result:
    """Do in a thread what blocks."""
    return await asyncio.get_running_loop().run_in_executor(executor, work)
