"""What customers say around a question, tried on every wording of the base in turn."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import cycle
from typing import Final

from voice.recognition.spoken_words import Cut, Word, cut, joined

_FRAMES_EACH: Final = 1  # openings and endings tried on one wording
_POLITE_WITHIN: Final = 3  # words from the end: マセ ン カ
_NOUN: Final = "名詞"


def framed(wordings: Iterable[Cut]) -> Iterator[tuple[Word, ...]]:
    """Each wording behind some openings and before some endings that fit it; which ones changes from one to the next."""
    turns = {kind: cycle(texts) for kind, texts in _spoken_frames().items()}
    for wording in wordings:
        kind = _kind(wording)
        for _ in range(_FRAMES_EACH if wording.words else 0):
            yield joined([*next(turns["openings"]), *wording.words])
            if kind:
                yield joined([*wording.words, *next(turns[kind])])


def frames_data() -> bytes:
    """The data file, for whoever keeps what was made from it."""
    return files("voice.recognition").joinpath("frames.toml").read_bytes()


@cache
def _frames() -> Mapping[str, tuple[str, ...]]:
    return {kind: tuple(texts) for kind, texts in tomllib.loads(frames_data().decode()).items()}


@cache
def _spoken_frames() -> Mapping[str, tuple[tuple[Word, ...], ...]]:
    return {
        kind: tuple(cut(text).words for text in texts) for kind, texts in _frames().items() if kind != "polite_words"
    }


def _kind(wording: Cut) -> str | None:
    """Which endings fit, None for none: nothing follows a particle."""
    if wording.particle_last or not wording.words:
        return None
    if any("".join(word) in _frames()["polite_words"] for word in wording.words[-_POLITE_WITHIN:]):
        return "after_polite"
    return "after_noun" if wording.part_of_speech == _NOUN else "after_plain"
