"""An answer sentence by sentence, so that playback starts after the first one."""

import re
from collections.abc import Iterator

from voice.audio import AudioChunk
from voice.ports import SpeechSynthesizer

_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?\n]+[」』）)”\"'\s]*|[^。！？!?\n]+")


def sentences(text: str) -> list[str]:
    """The sentences with their marks; a piece without a letter or digit (「……」) stays with its neighbour."""
    found: list[str] = []
    for piece in filter(None, (match.group().strip() for match in _SENTENCE.finditer(text))):
        if found and not (_has_word(piece) and _has_word(found[-1])):
            found[-1] += piece
        else:
            found.append(piece)
    return found


def _has_word(piece: str) -> bool:
    return any(mark.isalnum() for mark in piece)


def speak(text: str, synthesizer: SpeechSynthesizer) -> Iterator[AudioChunk]:
    """Render each sentence when it is asked for.  Raises SynthesisError, for an empty text too."""
    for sentence in sentences(text) or [text]:
        yield synthesizer.synthesize(sentence)
