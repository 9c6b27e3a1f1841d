"""How a text will be said, piece by piece: what is written beside what Open JTalk makes of it.

Two dictionaries cut the text, Open JTalk's (through `spoken_form`, which rewrites digits and Latin letters first) and
SudachiPy's.  A piece ends where both end a word, so its reading by the one can be compared with that by the other.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from intents.morae import from_kana, spelled
from intents.readings import open_jtalk
from intents.spoken_form import spoken_form
from voice.checks.dictionary import Word, cut
from voice.speech.sentences import sentences

_LONGEST = 300  # characters Open JTalk is given at once, as in speech


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text."""

    start: int  # place in the text
    text: str
    said: str  # katakana morae that will be said
    words: tuple[Word, ...]  # as SudachiPy cuts it
    as_written: bool  # not rewritten before Open JTalk read it: no digit, no Latin letter, no reading of the article's

    @property
    def end(self) -> int:
        """Place behind it in the text."""
        return self.start + len(self.text)

    @property
    def is_doubtful(self) -> bool:
        """Whether the dictionaries read it differently; only kanji can be."""
        if not self.as_written or not any("一" <= c <= "鿿" for c in self.text) or not all(w.known for w in self.words):
            return False
        other = _sounds("".join(word.reading for word in self.words))
        return bool(other) and other != _sounds(self.said)

    @property
    def other_reading(self) -> str:
        """How SudachiPy reads it, as it would sound."""
        return _sounds("".join(word.reading for word in self.words))


@dataclass(frozen=True, slots=True)
class _Said:
    start: int  # place in the spoken form
    end: int
    kana: str


def pieces(text: str, overrides: Mapping[str, str]) -> tuple[Piece, ...]:
    """The whole text (in NFKC) in pieces, in order."""
    text = unicodedata.normalize("NFKC", text)
    spoken = spoken_form(text, overrides)
    words, said = cut(text), tuple(_said(spoken))
    place_of = _places(text, spoken)
    word_ends = {0, len(text), *(word.end for word in words)}
    starts = {
        place_of[s.start]: s.start for s in said if s.start in place_of
    }  # inserted sounds stay with what is before
    ends = {place_of[s.end] for s in said if s.end in place_of}
    cuts = sorted(word_ends & {0, len(text), *starts, *ends})
    return tuple(_piece(text[a:b], a, spoken, said, words, place_of) for a, b in pairwise(cuts))


def _piece(
    text: str, start: int, spoken: str, said: tuple[_Said, ...], words: tuple[Word, ...], place_of: Mapping[int, int]
) -> Piece:
    inside = [s for s in said if start <= _text_place(s.start, place_of) < start + len(text)]
    written = spoken[inside[0].start : inside[-1].end] if inside else ""
    return Piece(
        start=start,
        text=text,
        said="".join(from_kana("".join(s.kana for s in inside)) or ()),
        words=tuple(w for w in words if start <= w.start < start + len(text)),
        as_written=written == text,
    )


def _text_place(place: int, place_of: Mapping[int, int]) -> int:
    """Where in the text a place of the spoken form is; inside a rewritten stretch, where that begins."""
    while place not in place_of:
        place -= 1
    return place_of[place]


def _places(text: str, spoken: str) -> dict[int, int]:
    """Places of the spoken form that are places of the text: all but those inside rewritten stretches."""
    if text == spoken:
        return {place: place for place in range(len(text) + 1)}
    found = {0: 0}
    for kind, a, b, c, _ in SequenceMatcher(None, text, spoken, autojunk=False).get_opcodes():
        if kind == "equal":
            found |= {c + step: a + step for step in range(b - a + 1)}
    found[len(spoken)] = len(text)
    return found


def _said(spoken: str) -> Iterator[_Said]:
    """The words of Open JTalk with their places; signs that are not said are left out."""
    place = 0
    for feature in _features(spoken):
        written = unicodedata.normalize("NFKC", feature["string"])
        start = spoken.find(feature["string"], place)
        start = spoken.find(written, place) if start < 0 else start
        if start < 0:
            continue
        place = start + len(written)
        kana = "".join(from_kana(feature["pron"].replace("、", "").replace("’", "")) or ())
        if kana:
            yield _Said(start, place, kana)


def _features(spoken: str) -> Iterator[Mapping[str, str]]:
    for sentence in sentences(spoken):
        for start in range(0, len(sentence), _LONGEST):
            yield from open_jtalk().run_frontend(sentence[start : start + _LONGEST])


def _sounds(kana: str) -> str:
    return "".join(spelled(kana) or ())
