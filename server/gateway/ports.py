"""What the gateway needs of somebody who can hear and speak: one talk for each customer, made by a room."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """What has been understood so far of what is being said."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechBegan:
    """The customer began to speak: whatever is being played stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One utterance, as it was understood; "" where nothing was."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormShown:
    """A request for a call as far as it was taken down, for the page's form; "" is not known yet."""

    asks: str  # the stage's code: what is being asked
    name: str = ""
    phone: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of an utterance; its sound follows."""

    turn: int  # counts from 1 in each talk
    texts: tuple[str, ...]
    outcome: str
    title: str = ""  # of the article that answers
    choices: tuple[str, ...] = ()  # to be tapped in place of being spoken
    step: int = 0  # from 1; 0: no steps are being told
    steps: int = 0
    form: FormShown | None = field(default=None, repr=False)
    finished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A piece of what is spoken: 16-bit little-endian mono."""

    turn: int
    pcm: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundEnd:
    """All of a turn was spoken."""

    turn: int


Event = Partial | SpeechBegan | Heard | Told | Sound | SoundEnd


class Talk(Protocol):
    """One customer's conversation; used by one thread at a time.  Each method yields as it works, and may be left early.

    Raises whatever the recogniser or the voice raise; the talk can go on after that.
    """

    def greet(self) -> Iterator[Event]:
        """Begin, or begin again after a break."""
        ...

    def hear(self, pcm: bytes) -> Iterator[Event]:
        """Take the next sound of the microphone: 16 kHz, 16-bit little-endian mono, of any length."""
        ...

    def let_go(self) -> Iterator[Event]:
        """The talk button was let go: what was said is complete."""
        ...

    def read(self, text: str) -> Iterator[Event]:
        """Take a typed line, or what a tapped button says."""
        ...

    def fill(self, fields: Mapping[str, str]) -> Iterator[Event]:
        """Take the page's form as the customer corrected it by hand: any of name, phone, when."""
        ...

    def hush(self) -> None:
        """The customer stopped the answer; from any thread."""
        ...

    def close(self) -> None:
        """Forget the conversation."""
        ...


class TalkRoom(Protocol):
    """Makes talks; from any thread."""

    @property
    def sound_rate_hz(self) -> int:
        """Of the sound that talks yield."""
        ...

    def open(self) -> Talk:
        """Begin a conversation with somebody."""
        ...
