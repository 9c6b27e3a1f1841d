"""An utterance about a telephone number cut into words, in the few likeliest ways."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from intents.phone_words import (
    JOINT,
    LONGEST_WORD,
    PAUSE,
    PLACE_SIGNS,
    UNREADABLE,
    Kind,
    Meaning,
    Sounds,
    ends_like,
    sounds_of,
    vocabulary,
    written_sounds,
)
from intents.transcripts import Hypothesis, Transcript

WAYS: Final = 8  # kept of each stretch

_JUNK_BEGINS: Final = 0.8  # of speech that is no known word
_JUNK_SOUND: Final = 0.7
_JUNK_VOWEL: Final = 0.5  # hesitation
_BESIDE_JUNK: Final = {1: 1.4, 2: 0.5}  # a short word beside unknown speech is probably a part of it; by length
_ALONE: Final = 9  # size of what has nothing before it: it cannot be a part of a longer word
_WORD: Final = 0.02  # of every word: long words before short ones
_SHORT_FILLER: Final = {1: 0.4, 2: 0.1}  # サ and ン are rather 3 than two of these; by length
_PARTICLE_NI: Final = 0.5  # rather 2
_SWALLOWED: Final = 0.05
_SWALLOWED_ZERO: Final = 0.5  # オー behind ゼロ or の; behind ゴ it cannot be told from ゴー
_UNSURE_RANK: Final = 0.15  # of each place down the n-best list
_READ_BY_DICTIONARY: Final = 0.3  # of the reading of a text with unknown kanji
_LONGEST: Final = 160  # sounds of one utterance; the rest is not looked at
_NO_MEANING: Final = (Kind.FILLER, Kind.JUNK, Kind.PAUSE, Kind.JOINT, Kind.BECOMES)  # ways differ in the other words
_CLEAR: Final = 0.3  # of a digit's cost, up to which it was clearly heard


@dataclass(frozen=True, slots=True)
class Token:
    """A word of an utterance."""

    kind: Kind
    value: str = ""  # digits, of DIGIT, ORDINAL and COUNT
    is_clear: bool = True  # sounded as it should


@dataclass(frozen=True, slots=True)
class Way:
    """One way to understand an utterance."""

    tokens: tuple[Token, ...]
    cost: float
    junk: int  # sounds of unknown speech

    def has(self, kind: Kind) -> bool:
        """Whether there is such a word in it."""
        return any(token.kind is kind for token in self.tokens)

    @property
    def has_unclear_digits(self) -> bool:
        """Whether a digit did not sound as it should."""
        return any(token.kind is Kind.DIGIT and not token.is_clear for token in self.tokens)


def ways_to_hear(heard: Transcript) -> tuple[Way, ...]:
    """What the n-best list may say, the likeliest first."""
    found: dict[tuple[Token, ...], Way] = {}
    for rank, hypothesis in enumerate(heard.hypotheses):
        for sounds, paid in _soundings(hypothesis):
            for way in _cut(sounds[:_LONGEST]):
                cost = way.cost + paid + rank * _UNSURE_RANK
                if way.tokens not in found or cost < found[way.tokens].cost:
                    found[way.tokens] = Way(way.tokens, cost, way.junk)
    return tuple(sorted(found.values(), key=lambda way: way.cost))


def _soundings(hypothesis: Hypothesis) -> Iterator[tuple[Sounds, float]]:
    """The text as it is written, and its reading where the text cannot be read without a dictionary."""
    written = written_sounds(hypothesis.text)
    yield written, 0.0
    if UNREADABLE in written and hypothesis.reading:
        yield sounds_of(hypothesis.reading), _READ_BY_DICTIONARY


@dataclass(frozen=True, slots=True)
class _Path:
    """Words up to some place."""

    cost: float
    words: tuple[Token, ...]
    last_size: int  # sounds of the last word; 0 in unknown speech
    junk: int = 0


@lru_cache(maxsize=32)  # numbers are personal: no more are kept than one utterance needs
def _cut(sounds: Sounds) -> tuple[Way, ...]:
    """The cheapest ways through the sounds, word by word (a Viterbi search that keeps `WAYS` paths at each place)."""
    paths: list[list[_Path]] = [[] for _ in range(len(sounds) + 1)]
    paths[0] = [_Path(0.0, (), _ALONE)]
    for place in range(len(sounds)):
        here = paths[place] = _best(paths[place])
        for size, token, cost in _steps(sounds, place):
            paths[place + size] += [_longer(path, token, size, cost) for path in here]
        for path in here:
            paths[place + 1].append(_into_junk(path, sounds[place]))
    return tuple(Way(_numbered(path.words), path.cost, path.junk) for path in _best(paths[-1]))


def _best(paths: Sequence[_Path]) -> list[_Path]:
    found: dict[tuple[tuple[Token, ...], bool], _Path] = {}
    for path in sorted(paths, key=lambda path: path.cost):
        found.setdefault((_meant(path.words), path.last_size == 0), path)
        if len(found) == WAYS:
            break
    return list(found.values())


def _meant(words: tuple[Token, ...]) -> tuple[Token, ...]:
    return tuple(word for word in words if word.kind not in _NO_MEANING)


def _longer(path: _Path, token: Token, size: int, cost: float) -> _Path:
    beside = _BESIDE_JUNK.get(size, 0.0) if path.last_size == 0 and token.kind is not Kind.PAUSE else 0.0
    kept_size = _ALONE if token.kind is Kind.PAUSE else size
    return _Path(path.cost + cost + beside, (*path.words, token), kept_size, path.junk)


def _into_junk(path: _Path, sound: str) -> _Path:
    """The path with one more sound that is no known word."""
    price = _JUNK_VOWEL if sound in "アイウエオン" else _JUNK_SOUND
    if path.last_size == 0:
        return _Path(path.cost + price, path.words, 0, path.junk + 1)
    price += _JUNK_BEGINS + _BESIDE_JUNK.get(path.last_size, 0.0)
    return _Path(path.cost + price, (*path.words, Token(Kind.JUNK)), 0, path.junk + 1)


def _steps(sounds: Sounds, place: int) -> Iterator[tuple[int, Token, float]]:
    """The words that may begin here: how many sounds, what, at what cost."""
    sign = sounds[place]
    if found := _sign(sign):
        yield 1, found, 0.0
        return
    for size in range(1, min(LONGEST_WORD, len(sounds) - place) + 1):
        stretch = sounds[place : place + size]
        for meaning in vocabulary().get(stretch, ()):
            yield size, _token(meaning), _price(meaning, stretch)
        if place and size < LONGEST_WORD:
            yield from ((size, token, cost) for token, cost in _swallowed(sounds[place - 1], stretch))


def _price(meaning: Meaning, stretch: Sounds) -> float:
    if meaning.kind is Kind.FILLER:
        return _WORD + _SHORT_FILLER.get(len(stretch), 0.0)
    return _WORD + (_PARTICLE_NI if meaning.kind is Kind.BECOMES and stretch in (("ニ",), ("エ",)) else meaning.cost)


def _swallowed(before: str, stretch: Sounds) -> Iterator[tuple[Token, float]]:
    """Words whose first vowel melted into the sound before them."""
    if stretch == ("オ",) and before in ("ロ", "ノ", "ト"):
        yield Token(Kind.DIGIT, "0", is_clear=False), _SWALLOWED_ZERO
    for vowel in "アイウエオ":
        if ends_like(before, vowel):
            for meaning in vocabulary().get((vowel, *stretch), ()):
                if meaning.cost == 0 and (len(stretch) > 1 or meaning.value == "1"):
                    yield _token(meaning), _SWALLOWED + _WORD


def _sign(sign: str) -> Token | None:
    if sign.isdecimal():
        return Token(Kind.DIGIT, sign)
    if sign in PLACE_SIGNS:
        return Token(Kind.PLACE, str(PLACE_SIGNS[sign]))
    return {PAUSE: Token(Kind.PAUSE), JOINT: Token(Kind.JOINT)}.get(sign)


def _token(meaning: Meaning) -> Token:
    return Token(meaning.kind, meaning.value, meaning.cost <= _CLEAR)


def _numbered(words: Sequence[Token]) -> tuple[Token, ...]:
    """The words with numbers in place notation (三千四百五十六) as their digits."""
    out: list[Token] = []
    place = 0
    while place < len(words):
        number, size = _number_at(words, place)
        if size:
            is_clear = all(word.is_clear for word in words[place : place + size])
            out += [Token(Kind.DIGIT, digit, is_clear) for digit in str(number)]
        else:
            out.append(words[place])
        place += size or 1
    return tuple(out)


def _number_at(words: Sequence[Token], place: int) -> tuple[int, int]:
    """The number in place notation that begins there and how many words it has; none is (0, 0)."""
    value, at, unit = 0, place, 10_000
    while at < len(words):
        times, after = (int(words[at].value), at + 1) if words[at].kind is Kind.DIGIT else (1, at)
        sign = words[after] if after < len(words) else None
        if sign is not None and sign.kind is Kind.PLACE and int(sign.value) < unit and times:
            value, at, unit = value + times * int(sign.value), after + 1, int(sign.value)
            continue
        if value and after > at and (sign is None or sign.kind is not Kind.PLACE):
            value, at = value + times, after
        break
    return (value, at - place) if value else (0, 0)
