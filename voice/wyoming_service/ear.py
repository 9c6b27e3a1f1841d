"""One stream of sound from a client, heard as one transcript."""

from intents.transcripts import Transcript
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk
from voice.ports import SpeechRecognizer
from voice.wyoming_service.sound import Conversion, SoundFormat


class Ear:
    """A recogniser and what it has heard so far.  One thread at a time."""

    def __init__(self, recognizer: SpeechRecognizer) -> None:
        self._recognizer = recognizer
        self._conversion = Conversion()
        self._heard: list[Transcript] = []
        self._samples = 0

    @property
    def heard_ms(self) -> int:
        """How much sound there was."""
        return self._samples * 1000 // RECOGNITION_RATE_HZ

    def take(self, sound_format: SoundFormat, data: bytes) -> str:
        """Return what was understood for good in this piece: the text of utterances that have ended.

        Raises RequestRefused for a format that cannot be.
        """
        return self._took(self._conversion.add(sound_format, data))

    def finish(self) -> str:
        """Return what was still open."""
        last = self._took(self._conversion.end())
        return last + self._noted(self._recognizer.finish())

    @property
    def text(self) -> str:
        """All that was understood."""
        return "".join(_text(transcript) for transcript in self._heard)

    @property
    def transcript(self) -> Transcript | None:
        """The hypotheses behind the text; None unless it was one utterance."""
        return self._heard[0] if len(self._heard) == 1 else None

    def _took(self, chunk: AudioChunk) -> str:
        self._samples += len(chunk.samples)
        return self._noted(self._recognizer.accept(chunk))

    def _noted(self, found: tuple[Transcript, ...]) -> str:
        self._heard += found
        return "".join(map(_text, found))


def _text(transcript: Transcript) -> str:
    return transcript.best.text if transcript.best else ""
