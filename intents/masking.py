"""A transcript without personal data: telephone and card numbers, addresses, names, as far as they can be told.

What was masked cannot be had back.  Rather too much is masked than too little, but questions stay readable.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from intents.data_files import load
from intents.digit_runs import digit_runs
from intents.morae import katakana
from intents.name_slot import NameHeard
from intents.name_words import EDGE, families, pronounced, without_openings, words_of
from intents.spoken_data import alternatives

LONG_NUMBER: Final = 7  # digits: a local number has six with its exchange, a postal code seven
PART_OF_NUMBER: Final = 4  # likewise, where a number was told shortly before

_LONGEST_NAME: Final = 12  # signs
_LONGEST_GIVEN: Final = 6
_SHORTEST_KANA: Final = 2  # of a name that is looked for everywhere
_SHORT_KANA_FAMILY: Final = 3  # アベ and モリ are in other words: before さん only longer ones are looked for
_CLAUSE: Final = re.compile(rf"[^{re.escape(EDGE)}?？\n〔〕]+")
_MAIL: Final = re.compile(r"[\w.+-]+\s*@\s*[\w-]+(?:\s*\.\s*[\w-]+)*", re.ASCII)
_KANA: Final = re.compile("[ァ-ヶー]*")
_KANJI: Final = re.compile("[一-鿿々]")
_ADDRESS: Final = re.compile(
    r"[^\s、。,!?〔〕]{1,20}?[都道府県市区町村郡][^\s、。,!?〔〕]{0,15}?[0-9一二三四五六七八九十]+(?:丁目|番地|-[0-9]+|の[0-9]+)"
    r"[^\s、。,!?〔〕ァ-ヴぁ-ん]*|[0-9一二三四五六七八九十]+丁目[0-9一二三四五六七八九十]+(?:番地?|-|の)[0-9一二三四五六七八九十号-]*"
)
Span = tuple[int, int]


def masked(text: str, names: Iterable[str] = (), *, digits: int = LONG_NUMBER) -> str:
    """Return the text, in NFKC, with marks for personal data.  `names`: writings and readings known to be the customer's.

    `digits` in a row, in whatever writing, are a number worth masking.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = _without(plain, _mail_spans(plain), "mail")
    plain = _without(plain, digit_runs(plain, digits), "number")
    plain = _without(plain, (match.span() for match in _ADDRESS.finditer(plain)), "address")
    plain = _without(plain, _known_spans(katakana(plain), names), "name")
    return _without(plain, _name_spans(katakana(plain)), "name")


def writings_of(name: NameHeard) -> frozenset[str]:
    """Return what a name may be written like in what is said later."""
    written = name.written
    parts = {name.reading, written, name.family, name.given}
    for place in range(_SHORTEST_KANA, len(written)):  # where the family name ends is not known
        parts |= {written[:place], written[-place:]}
    return frozenset(part for part in parts | {pronounced(part) for part in parts} if part)


def _without(text: str, spans: Iterable[Span], mark: str) -> str:
    for begin, end in reversed(_joined(spans)):
        text = text[:begin] + _table()["marks"][mark] + text[end:]
    return text


def _joined(spans: Iterable[Span]) -> list[Span]:
    out: list[Span] = []
    for begin, end in sorted(spans):
        if out and begin <= out[-1][1]:
            out[-1] = out[-1][0], max(end, out[-1][1])
        else:
            out.append((begin, end))
    return out


def _mail_spans(text: str) -> Iterable[Span]:
    yield from (match.span() for match in _MAIL.finditer(text))
    kana = katakana(text)
    for clause in _CLAUSE.finditer(kana):
        at = re.search(alternatives(_table()["mail"]["at"]), clause[0])
        if at and re.search(alternatives(_table()["mail"]["dot"]), clause[0][at.end() :]):
            yield clause.span()


def _known_spans(kana: str, names: Iterable[str]) -> Iterable[Span]:
    wanted = {katakana(unicodedata.normalize("NFKC", name)).strip(EDGE) for name in names}
    wanted = {name for name in wanted if len(name) >= _SHORTEST_KANA or not _KANA.fullmatch(name)}
    if wanted := wanted - {""}:
        apart = "|".join(r"[\s・、]*".join(map(re.escape, name)) for name in sorted(wanted, key=len, reverse=True))
        yield from (match.span() for match in re.finditer(apart, kana))


def _name_spans(kana: str) -> Iterable[Span]:
    for clause in _CLAUSE.finditer(kana):
        for begin, end in (*_introduced(clause[0]), *_announced(clause[0]), *_stated(clause[0])):
            yield clause.start() + begin, clause.start() + end
    yield from (match.span() for match in _titled().finditer(kana))
    yield from _in_two_words(kana)


def _introduced(clause: str) -> Iterable[Span]:
    """「…と申します」: what is before it, from the family name on where there is one that is known."""
    for match in re.finditer(alternatives(_table()["names"]["introduced"]), clause):
        before = clause[: match.start()]
        begin = len(before) - len(without_openings(before, words_of("openings")))
        yield _family_place(before, begin), match.start()


def _family_place(before: str, begin: int) -> int:
    """Where a name begins that ends a text: with a known family name that is no part of a longer word; else at `begin`."""
    places = range(max(begin, len(before) - _LONGEST_NAME), len(before))
    if _KANA.fullmatch(before[begin:]):
        return places.start
    begins = (place for place in places if place == begin or not _KANJI.match(before[place - 1]))
    return next((place for place in begins if _known_family(before[place:])), begin)


def _known_family(text: str) -> str:
    longest = min(len(text), _longest_family())
    return next((text[:size] for size in range(longest, 0, -1) if text[:size] in families()), "")


def _announced(clause: str) -> Iterable[Span]:
    """「名前は…」, unless it is a question."""
    for match in re.finditer(alternatives(_table()["names"]["announced"]), clause):
        rest = clause[match.end() :]
        if rest and not rest.endswith(tuple(_table()["names"]["asking"])) and not rest.startswith(("何", "ナン")):
            ends = [at for word in words_of("endings") if (at := rest.find(word)) > 0]
            yield match.end(), match.end() + min([*ends, len(rest)])


def _stated(clause: str) -> Iterable[Span]:
    """「山田です」, 「田中商店の山田花子ですが」: a common family name where a name may begin."""
    bare = without_openings(clause, words_of("openings"))
    begin = len(clause) - len(bare)
    for match in re.finditer(alternatives(_table()["names"]["stated"]), bare):
        before = bare[: match.start()]
        for place in range(max(0, len(before) - _LONGEST_NAME), len(before)):
            family = _known_family(before[place:])
            at_begin = place == 0 or before[:place].endswith(tuple(_table()["names"]["before"]))
            if family and at_begin and _may_be_given(before[place + len(family) :]):
                yield begin + place, begin + match.start()
                break


def _may_be_given(rest: str) -> bool:
    return len(rest) <= _LONGEST_GIVEN and bool(re.fullmatch(r"[ァ-ヶー]{0,6}|[一-鿿々ァ-ヶー]{1,4}", rest))


@cache
def _titled() -> re.Pattern[str]:
    """「佐藤さん」: a common family name with a title, perhaps with the given name between."""
    known = [name for name in families() if not _KANA.fullmatch(name) or len(name) >= _SHORT_KANA_FAMILY]
    return re.compile(
        rf"(?:{alternatives(known)})[一-鿿々]{{0,3}}(?=\s*(?:{alternatives(_table()['names']['titles'])}))"
    )


def _in_two_words(kana: str) -> Iterable[Span]:
    """「山田 花子」 alone."""
    match = re.fullmatch(r"\s*(\S{1,5})[\s・]+(\S{1,5})\s*", kana)
    if match and match[1] in families() and _may_be_given(match[2]):
        yield match.start(1), match.end(2)


@cache
def _longest_family() -> int:
    return max(map(len, families()))


@cache
def _table() -> dict[str, Any]:
    return load("masking")
