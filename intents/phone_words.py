"""The words in and around a telephone number, by their sound, with what they may be misheard as.

Sounds are compared with long marks written out as vowels, for a long mark swallows the beginning of the next word: 「ニイチ」
(2 and 1) comes from a recogniser as ニーチ.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from intents.data_files import load
from intents.distance import learned_costs, mora_numbers, split_morae
from intents.morae import LONG, MORA_PHONES, VOWELS, katakana
from intents.spoken_data import alternatives

Sounds = tuple[str, ...]  # morae without long marks, ASCII digits, places, PAUSE, JOINT and UNREADABLE

PAUSE: Final = "|"
JOINT: Final = "-"
UNREADABLE: Final = "?"
AFTER: Final = "after"  # value of 「次」 and 「あと」 between digits
RIGHT: Final = "right"  # value of 「合ってる」
SLIP: Final = "slip"  # value of a word with which somebody stumbles, perhaps over what was said before
PLACE_SIGNS: Final = {"十": 10, "百": 100, "千": 1000}
LONGEST_WORD: Final = 18  # sounds

_VOWEL_KANA: Final = dict(zip(VOWELS, "アイウエオ", strict=True))
_MOST_ALIKE: Final = 3  # vowels in a row: 「ゴーオー」
_MISHEARD_AT_MOST: Final = 0.55  # of a mora of a digit; dearer ones are other words
_MISHEARD_BASE: Final = 0.6  # added to the learned cost
_NUMERALS: Final = dict(zip("〇零○◯一二三四五六七八九壱弐参伍", "00001234567891235", strict=True))
_HYPHENS: Final = "-‐‑‒–—―−ｰ－~()/."
_PLUS_JAPAN: Final = re.compile(r"\+\s*81[\s\-‐–−]*(?:\(0\)|0)?")
_BETWEEN_DIGITS: Final = re.compile(r"(?<=[0-9])(ー|〜)(?=[0-9])")
_PARTICLE_NI: Final = re.compile("([をヲ][0-9]+)[にニ](?=$|[|しな変])")  # 「最後を1に」
_LETTER_O: Final = re.compile(r"(?<=[0-9])[oO](?=[0-9])|(?<![A-Za-z])[oO](?=[0-9])|(?<=[0-9])[oO](?![A-Za-z])")


class Kind(StrEnum):
    """What a word does in a sentence about a telephone number."""

    DIGIT = "digit"
    PLACE = "place"  # ten, hundred, thousand
    ORDINAL = "ordinal"  # ヒトツメ, with its value
    COUNT = "count"  # ヒトケタ, with its value
    ORDINAL_AFTER = "ordinal_after"  # …番目
    COUNT_AFTER = "count_after"  # …けた
    JOINT = "joint"  # の, ハイフン
    NOT = "not"
    WRONG = "wrong"
    RESTART = "restart"
    LAST = "last"
    FIRST = "first"
    MIDDLE = "middle"
    AREA = "area"
    LOCAL = "local"
    FROM_END = "from_end"
    FROM_START = "from_start"
    END_SIDE = "end_side"
    START_SIDE = "start_side"
    GROUP = "group"
    BECOMES = "becomes"  # が, は
    SWAP = "swap"  # 逆
    QUESTION = "question"
    FILLER = "filler"
    PAUSE = "pause"
    JUNK = "junk"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a stretch of sounds may be."""

    kind: Kind
    value: str  # the digit or number; "" for other words
    cost: float  # 0 when it sounds exactly so


@cache
def vocabulary() -> Mapping[Sounds, tuple[Meaning, ...]]:
    """Every stretch of sounds that is a known word, or a digit misheard."""
    found: defaultdict[Sounds, list[Meaning]] = defaultdict(list)
    for kind, value, word in known_words():
        meaning = Meaning(kind, word if kind is Kind.BECOMES else value, 0.0)
        for sounds in _spellings(sounds_of(word)):
            if meaning not in found[sounds]:
                found[sounds].append(meaning)
    exact = set(found)
    for sounds, meaning in _misheard_digits():
        if sounds not in exact and all(meaning.value != other.value for other in found[sounds]):
            found[sounds].append(meaning)
    return {sounds: tuple(meanings) for sounds, meanings in found.items()}


def _spellings(sounds: Sounds) -> Iterator[Sounds]:
    """A long e is written with イ as well: ケータイ and ケイタイ."""
    yield sounds
    for place in range(1, len(sounds)):
        if sounds[place] == "エ" and _vowel(sounds[place - 1]) == "エ":
            yield (*sounds[:place], "イ", *sounds[place + 1 :])


def known_words() -> Iterator[tuple[Kind, str, str]]:
    """Every word of the data file with its kind, its value and its kana."""
    data = load("phone_words")
    tables = {"digits": Kind.DIGIT, "places": Kind.PLACE, "ordinals": Kind.ORDINAL, "counts": Kind.COUNT}
    for table, kind in tables.items():
        yield from ((kind, value, word) for value, words in data[table].items() for word in words)
    for digit, starts in data["before_places"].items():
        yield from ((Kind.DIGIT, digit, start) for start in starts if start not in data["digits"][digit])
    yield from ((Kind.WRONG, SLIP, word) for word in data["slips"]["words"])
    for value, words in data["relations"].items():
        yield from ((Kind.FILLER, value, word) for word in words)
    yield from ((Kind(name), "", word) for name, words in data["words"].items() for word in words)


def _misheard_digits() -> Iterator[tuple[Sounds, Meaning]]:
    """Digits with one mora that our recogniser mistakes for another; those of one mora are left alone."""
    for digit, words in load("phone_words")["digits"].items():
        for said in {sounds_of(word) for word in words if len(sounds_of(word)) > 1}:
            for place, mora in enumerate(said):
                for other, cost in _mistaken_for(mora):
                    heard = (*said[:place], other, *said[place + 1 :])
                    yield heard, Meaning(Kind.DIGIT, digit, _MISHEARD_BASE + cost)


@cache
def _mistaken_for(mora: str) -> tuple[tuple[str, float], ...]:
    costs = learned_costs().heard_as[:, int(mora_numbers(mora)[0])]
    each = ((other, float(costs[int(mora_numbers(other)[0])])) for other in MORA_PHONES if other not in (mora, LONG))
    return tuple((other, cost) for other, cost in each if cost <= _MISHEARD_AT_MOST)


@cache
def sounds_of(kana: str) -> Sounds:
    """Katakana as sounds: long marks as vowels."""
    out: list[str] = []
    for mora in split_morae(kana):
        vowel = _vowel(out[-1]) if out else None
        spelled = vowel if mora == LONG else mora
        if spelled and not (_is_drawn_out(out) and spelled == vowel):
            out.append(spelled)
    return tuple(out)


def _is_drawn_out(out: Sequence[str]) -> bool:
    """Whether the last vowel was drawn out as long as two words can make it."""
    tail = out[-_MOST_ALIKE:]
    return len(tail) == _MOST_ALIKE and set(tail) <= set(_VOWEL_KANA.values()) and len(set(tail)) == 1


def _vowel(sound: str) -> str | None:
    last = MORA_PHONES.get(sound, ("",))[-1]
    return _VOWEL_KANA.get(last)


def ends_like(sound: str, vowel: str) -> bool:
    """Whether a sound ends with the vowel, which may swallow that vowel at the beginning of the next word."""
    return vowel in _VOWEL_KANA.values() and _vowel(sound) == vowel


def written_sounds(text: str) -> Sounds:
    """A text as sounds: digits of all kinds as ASCII, kana as morae, known kanji as kana, UNREADABLE for what is neither."""
    plain = _LETTER_O.sub("0", _PLUS_JAPAN.sub("0", unicodedata.normalize("NFKC", text)))
    plain = "".join(_as_known(sign) for sign in _written().sub(lambda match: _table()[match[0]], plain))
    plain = _PARTICLE_NI.sub(rf"\1{PAUSE}", _BETWEEN_DIGITS.sub(JOINT, plain))
    return tuple(sound for piece in re.findall(r"[ァ-ヴー]+|.", katakana(plain)) for sound in _piece_sounds(piece))


def _as_known(sign: str) -> str:
    if sign in _NUMERALS:
        return _NUMERALS[sign]
    number = unicodedata.decimal(sign, None)
    if number is not None:
        return str(number)
    if sign in _HYPHENS:
        return JOINT
    return sign if sign in PLACE_SIGNS or unicodedata.category(sign)[0] not in "PZSC" else PAUSE


def _piece_sounds(piece: str) -> Iterable[str]:
    if piece in (PAUSE, JOINT) or piece in PLACE_SIGNS or piece.isdecimal():
        return (piece,)
    return (
        sounds_of(_spelled_long(piece))
        if piece[0] in MORA_PHONES or piece[0] in "ャュョァィゥェォー"
        else (UNREADABLE,)
    )


_ODD_KANA: Final = str.maketrans("ヲヂヅヰヱ", "オジズイエ")


def _spelled_long(kana: str) -> str:
    """Dictionary kana to pronunciation, as far as numbers need it: おう is long."""
    return re.sub("(?<=[オコソトノホモヨロゴゾドボポョ])ウ", "オ", kana.translate(_ODD_KANA))


@cache
def _table() -> dict[str, str]:
    return {unicodedata.normalize("NFKC", word): kana for word, kana in load("phone_words")["written"].items()}


@cache
def _written() -> re.Pattern[str]:
    return re.compile(alternatives(_table()))
