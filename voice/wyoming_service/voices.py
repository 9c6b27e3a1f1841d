"""The voices a client may choose from, at two speeds each."""

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Final

from intents.answers import Spoken
from intents.conversation_state import Pace
from voice.audio import AudioChunk
from voice.ports import SpeechSynthesizer
from voice.speaker import Speaker
from voice.speech.playback import SilentSink
from voice.speech.sentences import sentences
from voice.wyoming_service.protocol import SynthesizeVoice

MakeVoice = Callable[[Pace, bool], SpeechSynthesizer]  # the bool: whether its renderings may be kept on disk
SPEAKERS: Final[Mapping[str, Pace]] = {"normal": Pace.NORMAL, "slow": Pace.SLOW}
_TAG: Final = re.compile(r"<[^<>]*>")


class Voices:
    """Voices by name, the first is the default; loaded when first asked for.  For any thread."""

    def __init__(self, makers: Mapping[str, MakeVoice]) -> None:
        self._makers = dict(makers)
        self._loaded: dict[tuple[str, Pace, bool], SpeechSynthesizer] = {}
        self._lock = Lock()

    @property
    def names(self) -> tuple[str, ...]:
        """What can be chosen."""
        return tuple(self._makers)

    def rendered(
        self, says: Sequence[Spoken], wanted: SynthesizeVoice | None, pace: Pace, *, keep: bool
    ) -> Iterator[AudioChunk]:
        """Yield each sentence when it is asked for, its rest behind it.

        An unknown voice is the default one, for silence helps nobody.  Raises SynthesisError.
        """
        name = wanted.name if wanted and wanted.name in self._makers else self.names[0]
        chosen = SPEAKERS.get(wanted.speaker or "", pace) if wanted else pace
        for spoken in says:
            voices = {chosen: self._voice(str(name), chosen, keep=keep and not spoken.is_personal)}
            yield from Speaker(voices, SilentSink(), personal=voices).rendered([spoken], chosen)

    def _voice(self, name: str, pace: Pace, *, keep: bool) -> SpeechSynthesizer:
        with self._lock:
            if (name, pace, keep) not in self._loaded:
                self._loaded[name, pace, keep] = self._makers[name](pace, keep)
            return self._loaded[name, pace, keep]


def plain_text(text: str, text_format: str | None) -> str:
    """Return the words of a text that may be SSML."""
    return html.unescape(_TAG.sub("", text)) if text_format == "ssml" else text


def whole_sentences(text: str) -> tuple[str, str]:
    """Split a text that still grows into sentences that are over, and the rest."""
    found = sentences(text)
    if len(found) < 2:  # noqa: PLR2004 - the last may go on
        return "", text
    return "\n".join(found[:-1]), found[-1] + text[len(text.rstrip()) :]
