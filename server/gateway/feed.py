"""What a talk has to do next: the microphone's sound comes before what is still to be spoken, a word of the customer ends it.

Pure: takes work, gives out steps that some thread runs one after the other.
"""

from collections import deque
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Final

from server.gateway.frames import RATE_HZ, Bye, Fill, FrameInvalid, FromBrowser, Hello, Hush, LetGo, Line, SoundFrame
from server.gateway.ports import Event, Heard, SpeechBegan, Talk, Told

MOST_WAITING_S: Final = 10.0  # of sound; the browser stops far below
MOST_WAITING_BYTES: Final = int(MOST_WAITING_S * 2 * RATE_HZ)
MOST_WAITING_MESSAGES: Final = 1_000  # 10 s of sound in frames of 10 ms

Work = Callable[[], Iterator[Event]]


class TooMuchSound(Exception):
    """The browser sends faster than anybody speaks, or writes."""


class Feed:
    """Work for one talk, in order.  Messages may be taken in another thread than the steps are done in.

    `lock` belongs to the talk: an earlier connection's feed may be in the middle of a step.
    """

    def __init__(self, talk: Talk, lock: Lock) -> None:
        self._talk = talk
        self._lock = lock
        self._waiting: deque[tuple[Work, int]] = deque()  # and how many bytes of sound it takes
        self._running: Iterator[Event] | None = None  # of the latest work
        self._answer: Iterator[Event] | None = None  # what is still to be spoken of a turn
        self._bytes = 0
        self._expected = 0
        self.lost_frames = 0
        self.taken = 0  # number of the last frame that was worked on, plus one

    @property
    def has_work(self) -> bool:
        """Whether `step` would do something."""
        return bool(self._running or self._waiting or self._answer)

    def greet(self) -> None:
        """Begin the talk."""
        self._put(self._talk.greet)

    def take(self, message: FromBrowser | SoundFrame) -> None:
        """Take a message; `Bye` is the connection's business.  Raises TooMuchSound, FrameInvalid."""
        match message:
            case SoundFrame():
                self._take_sound(message)
            case Line():
                text = message.text
                self._put(lambda: self._talk.read(text))
            case Fill():
                fields = {name: value for name in ("name", "phone", "when") if (value := getattr(message, name))}
                self._put(lambda: self._talk.fill(fields))
            case LetGo():
                self._put(self._talk.let_go)
            case Hush():
                self._talk.hush()
                self._answer = None
            case Hello() | Bye():
                raise FrameInvalid("a greeting in the middle of a talk")

    def step(self) -> Event | None:
        """Work on until something is to be told; None: nothing yet, or nothing left to do.  May raise what the talk does."""
        with self._lock:
            if self._running is None and self._waiting:
                work, size = self._waiting.popleft()
                self._bytes -= size
                self._running = work()
            if self._running is not None:
                return self._of_work(self._running)
            return self._of_answer()

    def give_up(self) -> None:
        """Leave the work that failed."""
        self._running = self._answer = None

    def _of_work(self, running: Iterator[Event]) -> Event | None:
        event = next(running, None)
        if event is None:
            self._running = None
        elif isinstance(event, SpeechBegan | Heard):
            self._answer = None
        elif isinstance(event, Told):  # from here on it is only spoken: the microphone comes first
            self._running, self._answer = None, running
        return event

    def _of_answer(self) -> Event | None:
        if self._answer is None:
            return None
        event = next(self._answer, None)
        if event is None:
            self._answer = None
        return event

    def _take_sound(self, frame: SoundFrame) -> None:
        if frame.number < self._expected:
            return  # came twice
        self.lost_frames += frame.number - self._expected
        self._expected = frame.number + 1
        if self._bytes + len(frame.pcm) > MOST_WAITING_BYTES:
            raise TooMuchSound
        self._bytes += len(frame.pcm)
        self._put(lambda: self._hear(frame), len(frame.pcm))

    def _hear(self, frame: SoundFrame) -> Iterator[Event]:
        self.taken = frame.number + 1  # before what comes of it, which may be left early
        yield from self._talk.hear(frame.pcm)

    def _put(self, work: Work, size: int = 0) -> None:
        if len(self._waiting) >= MOST_WAITING_MESSAGES:
            raise TooMuchSound
        self._waiting.append((work, size))
