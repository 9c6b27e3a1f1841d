"""Fragments of answers, steps and tips that may be read wrongly, with the reading that will be said.

What an article overrides with `readings` is settled and not reported, nor is a text with a reading of its own.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from intents.morae import from_kana, spelled
from intents.spoken_data import WORDS
from kb.articles import Article
from kb.checking import Finding, Severity, words
from voice.checks.aloud import Piece, pieces

_NUMBER: Final = re.compile(
    r"[0-9]+(?:[,.:/\-〜~×][0-9]+)*(?:\s?(?:[A-Za-z%°℃]+|か月|か所|けた|つ|こ|[一-鿿](?:以内|以上|以下|月|間|目)?))?"
)
_LETTERS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+&'-]*")
_NUMERALS: Final = "一二三四五六七八九十百千万"
_CONTEXT: Final = 8  # characters shown on either side
_VOICED: Final = str.maketrans(
    "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポ", "カキクケコサシスセソタチツテトハヒフヘホハヒフヘホ"
)


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of an article that is spoken."""

    article: Article
    text: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A kind of finding, and why."""

    code: str
    severity: Severity
    message: str


def passages(articles: Iterable[Article]) -> Iterator[Passage]:
    """Everything Open JTalk reads by itself: what has a reading of its own is left out.  Titles are read in questions back."""
    for article in articles:
        yield Passage(article, article.title)
        if not article.answer_reading:
            yield Passage(article, article.answer)
        yield from (Passage(article, step.text) for step in article.steps if not step.reading)
        if article.tip:
            yield Passage(article, article.tip)


def variants(articles: Iterable[Article]) -> Iterator[Passage]:
    """What customers are expected to say: read wrongly, it is not recognised."""
    return (Passage(article, text) for article in articles for text in article.variants)


def doubts_in(passage: Passage) -> Iterator[Finding]:
    """What a person should listen to in one text; of several doubts about the same words the gravest."""
    text = unicodedata.normalize("NFKC", passage.text)
    overrides = passage.article.readings
    found, settled = pieces(text, overrides), _settled(text, overrides)
    gravest: dict[tuple[Piece, ...], Doubt] = {}
    for start, end, doubt in _fragments(text, found):
        if any(start < b and a < end for a, b in settled):
            continue
        covering = tuple(p for p in found if p.start < end and p.end > start)
        if covering not in gravest or gravest[covering].severity is Severity.NOTE:
            gravest[covering] = doubt
    yield from (_finding(passage, text, covering, doubt) for covering, doubt in gravest.items())


def summed_up(findings: Sequence[Finding]) -> Iterator[Finding]:
    """One finding for each fragment and reading, with all the articles it stands in."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, finding.text, finding.reading), []).append(finding)
    for group in groups.values():
        others = sorted({f.article_id for f in group} - {group[0].article_id})
        yield replace(group[0], others=tuple(others))


def _fragments(text: str, found: Sequence[Piece]) -> Iterator[tuple[int, int, Doubt]]:
    numbers = [match.span() for match in _NUMBER.finditer(text)]
    for start, end in numbers:
        yield start, end, Doubt("reading-number", Severity.NOTE, "a number or unit")
    for match in _LETTERS.finditer(text):
        if not text[: match.start()].rstrip()[-1:].isdigit():  # a unit belongs to its number
            yield match.start(), match.end(), _of_letters(match[0])
    ends = {0, *(word.end for piece in found for word in piece.words)}
    for word, readings in words("ambiguous").items():
        for match in re.finditer(re.escape(word), text):
            counted = any(start < match.end() and match.start() < end for start, end in numbers)
            if {match.start(), match.end()} <= ends and not counted:
                many = " or ".join(readings)
                yield match.start(), match.end(), Doubt("reading-ambiguous", Severity.NOTE, f"may be read {many}")
    for piece in found:
        counted = text[: piece.start][-1:].isdigit()
        if not counted and (doubt := _of_piece(piece)):
            yield piece.start, piece.end, doubt


def _of_letters(written: str) -> Doubt:
    if written.casefold() in WORDS or len(written) == 1 or any(c.isdigit() for c in written):
        return Doubt("reading-latin", Severity.NOTE, "Latin letters")
    return Doubt("reading-unknown-latin", Severity.WARNING, "a Latin word that no table has: it is spelt out")


def _of_piece(piece: Piece) -> Doubt | None:
    kanji = any("一" <= c <= "鿿" for c in piece.text)
    if piece.is_doubtful and not _is_right(piece):
        severity = Severity.WARNING if len(piece.text) > 1 else Severity.NOTE  # 年 alone is a matter of taste too often
        return Doubt("reading-doubtful", severity, f"two dictionaries disagree, the other reads {piece.other_reading}")
    if kanji and piece.as_written and any(w.is_name and w.kind[2] == "人名" for w in piece.words):
        return Doubt(
            "name-without-reading", Severity.WARNING, "the name of a person: only its bearer knows the reading"
        )
    if kanji and piece.as_written and any(w.is_name for w in piece.words):
        return Doubt("name-without-reading", Severity.NOTE, "a name in kanji without a reading")
    if kanji and piece.as_written and not all(w.known for w in piece.words):
        return Doubt("reading-unknown-word", Severity.WARNING, "no word of the dictionary")
    return None


def _is_right(piece: Piece) -> bool:
    """Known to be right, or differing only where Open JTalk knows more: numerals, and voiced sounds (箱, 段ボール箱)."""
    readings = (
        words("right").get(piece.text, ""),
        *words("ambiguous").get(piece.text, ()),
    )  # the latter are noted anyway
    if any(_alike(piece.said, reading) for reading in readings) or any(
        w.is_number or w.text[0] in _NUMERALS for w in piece.words
    ):
        return True
    return _alike(piece.said, piece.other_reading)


def _alike(one: str, other: str) -> bool:
    """Whether two readings differ in nothing but voiced sounds and the two ways to say 言う."""
    sounds = (spelled(said.translate(_VOICED).replace("イウ", "ユー")) for said in (one, other))
    return next(sounds) == next(sounds)


def _settled(text: str, overrides: Mapping[str, str]) -> list[tuple[int, int]]:
    """Stretches of the text that the article's readings cover."""
    listed = [unicodedata.normalize("NFKC", word) for word in overrides]
    return [match.span() for word in listed if word for match in re.finditer(re.escape(word), text)]


def _finding(passage: Passage, text: str, covering: Sequence[Piece], doubt: Doubt) -> Finding:
    fragment = "".join(p.text for p in covering).strip()
    said = "".join(from_kana("".join(p.said for p in covering)) or ())
    around = text[max(0, covering[0].start - _CONTEXT) : covering[-1].end + _CONTEXT]
    return Finding(
        code=doubt.code,
        severity=doubt.severity,
        article_id=passage.article.id,
        text=fragment,
        message=f"{doubt.message}; it will be said {said or 'without a sound'}, as in 「{around}」",
        remedy=f"listen with `koemado say`; `{fragment}: kana` in the article's readings corrects or confirms it",
        reading=said,
    )
