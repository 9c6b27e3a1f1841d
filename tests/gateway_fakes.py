"""A room of talks that say what they are told, for tests of the voice gateway."""

import threading
from dataclasses import dataclass

from server.gateway.ports import Heard, Partial, Sound, SoundEnd, SpeechBegan, Told


class SpeechFailed(Exception):
    """What a recogniser or a voice may raise."""


class EchoTalk:
    """Says what it is told; sound "!" is a word, "!!" a whole utterance."""

    def __init__(self):
        self.closed = self.hushed = False
        self.ended = threading.Event()  # closed
        self.fails = 0  # how many of the next lines
        self.hears_from = self.speaks_until = None  # waited for, when given
        self.turn = 0
        self.pieces, self.piece_samples = 3, 1  # of an answer's sound
        self.spoken = 0  # pieces
        self.heard = []  # sound
        self._last = None

    def _told(self, text):
        self.turn += 1
        turn = self.turn
        yield Heard(text=text)
        self._last = Told(turn=turn, texts=(text,), outcome="answer")
        yield self._last
        if self.speaks_until:
            self.speaks_until.wait(5)
        for piece in range(self.pieces):
            self.spoken += 1
            yield Sound(turn=turn, pcm=bytes([piece % 256, 0]) * self.piece_samples)
        yield SoundEnd(turn=turn)

    def greet(self):
        if self._last:
            yield self._last
            return
        self.turn += 1
        self._last = Told(turn=self.turn, texts=("こんにちは。",), outcome="answer")
        yield self._last
        yield Sound(turn=self.turn, pcm=b"\0\0")
        yield SoundEnd(turn=self.turn)

    def hear(self, pcm):
        self.heard.append(pcm)
        if self.hears_from:
            self.hears_from.wait(5)
        if pcm.startswith(b"!"):
            yield SpeechBegan()
            yield Partial(text="は")
        if pcm.startswith(b"!!"):
            yield from self._told("はい")

    def let_go(self):
        yield from self._told("let go")

    def read(self, text):
        if self.fails:
            self.fails -= 1
            raise SpeechFailed(text)
        yield from self._told(text)

    def fill(self, fields):
        yield from self._told(str(dict(fields)))

    def hush(self):
        self.hushed = True

    def close(self):
        self.closed = True
        self.ended.set()


class Room:
    """Remembers its talks."""

    sound_rate_hz = 24_000

    def __init__(self):
        self.talks = []

    def open(self):
        self.talks.append(EchoTalk())
        return self.talks[-1]


@dataclass
class SetSeconds:
    """A clock that goes on when it is told to."""

    now_s: float = 1_000.0

    def __call__(self):
        return self.now_s

    def pass_by(self, seconds):
        self.now_s += seconds
