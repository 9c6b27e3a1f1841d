"""The ports of the device: what the assistant needs from the world."""

from collections.abc import Generator, Iterator
from typing import Protocol

from intents.transcripts import Transcript
from voice.audio import AudioChunk


class AudioSource(Protocol):
    """Where sound comes from, at the recognition rate."""

    def chunks(self) -> Iterator[AudioChunk]:
        """Yield mono chunks of 16 kHz in order; ends when the source ends.  Raises AudioDeviceError when it is lost."""
        ...


class LiveSource(Protocol):
    """A source that goes on while nobody listens."""

    def chunks(self) -> Generator[AudioChunk]:
        """As AudioSource; closing it frees the device."""
        ...

    def forget(self) -> None:
        """Throw away what was recorded but not yet taken (the assistant's own voice)."""
        ...


class SpeechRecognizer(Protocol):
    """Turns a stream of 16 kHz mono audio into transcripts."""

    def accept(self, chunk: AudioChunk) -> tuple[Transcript, ...]:
        """Take the next piece of the stream; a transcript for each utterance with speech that has ended in it."""
        ...

    def partial(self) -> str:
        """What has been heard of the running utterance so far, "" before speech starts."""
        ...

    @property
    def hears_speech(self) -> bool:
        """Whether somebody seems to be speaking, or spoke and may go on; noise may be taken for it."""
        ...

    def finish(self) -> tuple[Transcript, ...]:
        """The stream is over: the transcript of what was still open, if anything was said in it."""
        ...


class SpeechSynthesizer(Protocol):
    """Turns text into sound."""

    @property
    def fingerprint(self) -> str:
        """Engine, version, voice and prosody: equal fingerprints speak equal text equally."""
        ...

    def synthesize(self, text: str) -> AudioChunk:
        """Speak `text` (display or kana).  Raises SynthesisError."""
        ...


class AudioSink(Protocol):
    """Where sound goes."""

    def play(self, chunk: AudioChunk) -> None:
        """Play to the end, or until `stop` is called from another thread.  Raises AudioDeviceError when lost."""
        ...

    def stop(self) -> None:
        """Silence within 100 ms; `play` returns.  Without a running `play` nothing happens."""
        ...
