"""Wordings that get in each other's way, by writing and by sound: pure checks over articles."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from intents.morae import from_kana, to_units
from intents.normalise import core_reading, match_key
from kb.articles import Article
from kb.checking import Finding, Severity, together

NEAR_PHONES = 1  # so many phones apart, two wordings are one misheard sound from each other
NEAR_LEAST = 8  # phones; shorter cores are near to everything
_ROWS = 128  # of the table of distances computed at once


@dataclass(frozen=True, slots=True)
class Phrase:
    """A wording of an article, with how it sounds."""

    article: Article
    text: str
    reading: str  # katakana morae in normal form, "" when it cannot be said
    is_title: bool = False


def phrases(articles: Iterable[Article], readings: Mapping[tuple[str, str], str]) -> tuple[Phrase, ...]:
    """All wordings, titles included; `readings` maps (article id, text) to katakana."""
    return tuple(
        Phrase(article, text, readings[article.id, text], is_title=place == len(article.variants))
        for article in articles
        for place, text in enumerate((*article.variants, article.title))
    )


def same_writing(wordings: Sequence[Phrase]) -> Iterator[Finding]:
    """Wordings that are the same but for spaces, width, case and punctuation."""
    for group in _groups((match_key(w.text), w) for w in wordings):
        yield from _twice(group)
        for phrase, others in _shared(group):
            yield Finding(
                code="variant-conflict",
                severity=Severity.ERROR,
                article_id=phrase.article.id,
                text=phrase.text,
                message=f"{_names(others)} is asked for with the same wording",
                remedy="leave it in the one article it belongs to, or make both say what tells them apart",
                others=others,
            )


def _twice(group: Sequence[Phrase]) -> Iterator[Finding]:
    by_article = defaultdict(list)
    for phrase in group:
        if not phrase.is_title:
            by_article[phrase.article.id].append(phrase)
    for article_id, found in by_article.items():
        for first, again in pairwise(found):
            yield Finding(
                code="variant-duplicate",
                severity=Severity.WARNING,
                article_id=article_id,
                text=again.text,
                message=f"the same wording stands there already as {first.text!r}",
                remedy="remove one of the two",
            )


def same_sound(wordings: Sequence[Phrase]) -> Iterator[Finding]:
    """Wordings of different articles that sound alike once their polite frame is off, though written differently."""
    for group in _groups((core_reading(w.reading), w) for w in wordings if w.reading):
        keys = {match_key(w.text) for w in group}
        if len(keys) == 1:
            continue  # same_writing tells of these
        for phrase, others in _shared(group):
            texts = sorted({w.text for w in group if w.article.id in others})
            yield Finding(
                code="variant-homophone",
                severity=Severity.WARNING,
                article_id=phrase.article.id,
                text=phrase.text,
                message=f"sounds like {_quoted(texts)} of {_names(others)}",
                remedy="add the word that tells them apart, or leave the wording in one article",
                others=others,
                reading=phrase.reading,
            )


def near_sound(wordings: Sequence[Phrase]) -> Iterator[Finding]:
    """Wordings of different articles that are one phone apart: one misheard sound takes one for the other."""
    by_core: dict[str, list[Phrase]] = defaultdict(list)
    for wording in {(w.article.id, w.text): w for w in wordings}.values():  # a title may be a variant too
        by_core[core_reading(wording.reading)].append(wording)
    sounds = sorted(((_phones(core), core) for core in by_core), key=lambda pair: len(pair[0]))
    sounds = [pair for pair in sounds if len(pair[0]) >= NEAR_LEAST]
    for one, other in _near([phones for phones, _ in sounds]):
        for left in by_core[sounds[one][1]]:
            rivals = [p for p in by_core[sounds[other][1]] if p.article.id != left.article.id]
            rivals = [p for p in rivals if together(left.article, p.article)]
            if rivals:
                yield _near_finding(left, rivals)


def _near_finding(phrase: Phrase, rivals: Sequence[Phrase]) -> Finding:
    others = tuple(sorted({r.article.id for r in rivals}))
    return Finding(
        code="variant-near",
        severity=Severity.NOTE,
        article_id=phrase.article.id,
        text=phrase.text,
        message=f"is one sound away from {_quoted(sorted({r.text for r in rivals}))} of {_names(others)}",
        remedy="say more in one of the two where that is natural; else check with `koemado kb verify`",
        others=others,
        reading=phrase.reading,
    )


def _near(sounds: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Places of the pairs at most NEAR_PHONES apart.  `sounds` are in the order of their lengths."""
    lengths = [len(sound) for sound in sounds]
    for start in range(0, len(sounds), _ROWS):
        rows = sounds[start : start + _ROWS]
        end = bisect_right(lengths, len(rows[-1]) + NEAR_PHONES)
        far = cdist(rows, sounds[start:end], scorer=Levenshtein.distance, score_cutoff=NEAR_PHONES, dtype=np.uint8)
        for row, column in np.argwhere(far <= NEAR_PHONES).tolist():
            if row < column:
                yield start + row, start + column


def _phones(reading: str) -> str:
    return "".join(chr(0xE000 + unit) for unit in to_units(from_kana(reading) or []))


def _groups(pairs: Iterable[tuple[str, Phrase]]) -> Iterator[list[Phrase]]:
    """The wordings with the same key, where there are several; the empty key is none."""
    by_key: dict[str, list[Phrase]] = defaultdict(list)
    for key, phrase in pairs:
        if key:
            by_key[key].append(phrase)
    return (group for group in by_key.values() if len(group) > 1)


def _shared(group: Sequence[Phrase]) -> Iterator[tuple[Phrase, tuple[str, ...]]]:
    """The first wording that meets others of articles told on the same day, and the ids of those: each pair once."""
    reported: set[str] = set()
    for place, phrase in enumerate(group):
        rivals = [r for r in group[place + 1 :] if r.article.id != phrase.article.id]
        others = {r.article.id for r in rivals if together(phrase.article, r.article)} - reported
        if others and phrase.article.id not in reported:
            reported |= {phrase.article.id, *others}
            yield phrase, tuple(sorted(others))


def _names(ids: Sequence[str]) -> str:
    return " and ".join(ids)


def _quoted(texts: Sequence[str]) -> str:
    return ", ".join(f"「{text}」" for text in texts)
