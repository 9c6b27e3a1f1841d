"""Where a text has many digits in a row, in whatever writing: 090, ０９０, 〇九〇, ゼロキューゼロ, 三千四百."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from intents.morae import LONG, MORA_PHONES, katakana
from intents.phone_words import LONGEST_WORD, PAUSE, Kind, Meaning, ends_like, vocabulary

_SIGNS: Final = dict(zip("〇零○◯一二三四五六七八九壱弐参肆伍陸漆捌玖", "0000123456789123456789", strict=True))
_PLACES: Final = {"十": "1", "拾": "1", "百": "2", "千": "3", "万": ",", "億": ","}  # a place sign by its power of ten
_POWERS: Final = {"10": "1", "100": "2", "1000": "3"}
_ONLY_BEHIND: Final = ("ゼ", "ビャ", "ピャ")  # a digit: サンゼン, サンビャク
_JOINTS: Final = {Kind.JOINT, Kind.FILLER, Kind.BECOMES, Kind.PAUSE, Kind.WRONG, Kind.RESTART}
_MISHEARD: Final = 0.5  # what a digit counts that does not sound as it should
_LETTER_O: Final = re.compile(r"(?<=[0-9])[oO](?=[0-9])|(?<![A-Za-z])[oO](?=[0-9])|(?<=[0-9])[oO](?![A-Za-z])")
_MORA: Final = re.compile(r"[ァ-ヶー][ァィゥェォャュョ]?")
_VOWELS: Final = "アイウエオ"
_MOST_ALIKE: Final = 3  # vowels in a row: 「ゴーオー」
_ALONE: Final = dict(zip("ァィゥェォャュョヮヵヶ", "アイウエオヤユヨワカケ", strict=True))
_ODD_KANA: Final = str.maketrans("ヲヂヅヰヱ", "オジズイエ")
_LONG_O: Final = re.compile("(?<=[オコソトノホモヨロゴゾドボポョ])ウ")
# "d" a digit, "m" one misheard, "1" to "3" a place: 千三百 is a number of four digits however it is said.
_NUMBERS: Final = (
    (re.compile("(?:[dm]3|3(?=[dm12]))(?:[dm]?2)?(?:[dm]?1)?(?:[dm](?![dm]))?"), "dddd"),
    (re.compile("(?:[dm]2|2(?=[dm1]))(?:[dm]?1)?(?:[dm](?![dm]))?"), "ddd"),
    (re.compile("[dm]?1(?:[dm](?![dm]))?"), "dd"),
)


@dataclass(frozen=True, slots=True)
class _Chain:
    """Digits up to some place with what may stand between them."""

    begins: int  # sound
    score: float = 0.0
    words: str = ""  # a sign for each digit and place, "," between numbers

    def with_word(self, sign: str) -> "_Chain":
        worth = {"d": 1.0, "m": _MISHEARD, ",": 0.0}.get(sign, 1.0)
        return _Chain(self.begins, self.score + worth, self.words + sign)


def digit_runs(text: str, least: int) -> list[tuple[int, int]]:
    """Return where `least` or more digits follow each other, as (begin, end) in the text, which must be in NFKC.

    Between them may be anything but words: signs, の, fillers (「えーと」).  Ordinary words that sound like digits (に, し, ご)
    count as such, so that a run may be found where there is none; none is overlooked.
    """
    sounds, places = _sounds(text)
    chains = _chains(sounds)
    found: list[tuple[int, int]] = []
    reached = len(sounds) + 1
    for end in range(len(sounds), 0, -1):
        chain = chains[end]
        if end <= reached and chain.words and chain.words[-1] not in ",m" and _size(chain.words) >= least - _MISHEARD:
            found.append((places[chain.begins][0], places[end - 1][1]))
            reached = chain.begins
    return found[::-1]


def _size(words: str) -> float:
    for pattern, digits in _NUMBERS:
        words = pattern.sub(digits, words)
    return words.count("d") + _MISHEARD * words.count("m")


def _chains(sounds: tuple[str, ...]) -> list[_Chain]:
    """For each place the best chain that ends there, empty where none does."""
    best = [_Chain(place) for place in range(len(sounds) + 1)]
    for place in range(len(sounds)):
        here = best[place]
        for size, sign in _steps(sounds, place):
            if not here.words and sign in (",", "m"):
                continue  # a run begins with a digit that sounds as it should
            if sounds[place] in _ONLY_BEHIND and sign in _POWERS.values() and here.words[-1:] not in ("d", "m"):
                continue  # 「全然」 is not thousands
            longer = here.with_word(sign)
            if longer.score > best[place + size].score or not best[place + size].words:
                best[place + size] = longer
    return best


def _steps(sounds: tuple[str, ...], place: int) -> Iterator[tuple[int, str]]:
    sound = sounds[place]
    if sound.isdecimal():
        yield 1, "d"
    elif sound == PAUSE:
        yield 1, ","
    elif sound in _PLACES:
        yield 1, _PLACES[sound]
    else:
        if place and ends_like(sounds[place - 1], sound):
            yield 1, ","  # a vowel drawn out: 「いちー」
        for size in range(min(LONGEST_WORD, len(sounds) - place), 0, -1):
            for meaning in vocabulary().get(sounds[place : place + size], ()):
                if sign := _sign(meaning):
                    yield size, sign


def _sign(meaning: Meaning) -> str:
    if meaning.kind is Kind.DIGIT:
        return "d" if meaning.cost == 0 else "m"
    if meaning.kind is Kind.PLACE:
        return _POWERS[meaning.value]
    return "," if meaning.kind in _JOINTS else ""


def _sounds(text: str) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    """The text as digits, places, morae with long marks as vowels, and pauses; and where in the text each stands."""
    plain = _LONG_O.sub("オ", katakana(_LETTER_O.sub("0", text)).translate(_ODD_KANA))
    sounds: list[str] = []
    places: list[tuple[int, int]] = []
    for match in re.finditer(r"[ァ-ヶー]+|.", plain, re.DOTALL):
        run = match[0]
        if not _MORA.match(run):
            sounds.append(_as_sound(run))
            places.append(match.span())
            continue
        if run[0] == "ー" and (not sounds or sounds[-1] not in MORA_PHONES):
            sounds.append(PAUSE)  # a hyphen written as a long mark
            places.append((match.start(), match.start() + 1))
        for sound, begin, end in _kana_sounds(run):
            sounds.append(sound)
            places.append((match.start() + begin, match.start() + end))
    return tuple(sounds), places


def _kana_sounds(run: str) -> Iterator[tuple[str, int, int]]:
    """Its morae, long marks as vowels; a vowel drawn out longer than two words can make it ends there."""
    last: list[str] = []
    for mora in _MORA.finditer(run):
        whole = mora[0] in MORA_PHONES
        for place, piece in enumerate([mora[0]] if whole else mora[0]):
            sound = _vowel(last[-1]) if piece == LONG and last else _ALONE.get(piece, piece)
            drawn_out = sound in _VOWELS and last[-_MOST_ALIKE:] == [sound] * _MOST_ALIKE
            if sound in ("", LONG) or drawn_out:
                continue
            last.append(sound)
            begin = mora.start() + place
            yield sound, begin, mora.end() if whole else begin + 1


def _vowel(sound: str) -> str:
    return next((vowel for vowel in _VOWELS if ends_like(sound, vowel)), "")


def _as_sound(sign: str) -> str:
    if sign in _SIGNS:
        return _SIGNS[sign]
    number = unicodedata.decimal(sign, None)
    if number is not None:
        return str(number)
    if sign in _PLACES:
        return sign
    return PAUSE if unicodedata.category(sign)[0] in "PZSCM" else "?"
