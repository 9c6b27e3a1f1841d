"""Sentences of the shipped sample base: what customers ask there and what they are told, in its domain's words."""

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

from kb.articles import Article
from kb.sample import sample_articles

_SHORTEST, _LONGEST = 2, 45  # characters: what fits into a clip
_END: Final = re.compile(r"(?<=[。？！])")
_BREATH: Final = re.compile(r"、")


def sample_sentences(leave_out: Collection[str] = ()) -> list[str]:
    """Variants, titles, and the sentences and clauses of answers and steps, each once (about a second)."""
    spoken = (sentence.strip() for article in sample_articles() for sentence in _said(article))
    fitting = (sentence for sentence in spoken if _SHORTEST <= len(sentence) <= _LONGEST)
    return [sentence for sentence in dict.fromkeys(fitting) if sentence not in leave_out]


def cells(files: Iterable[Path]) -> frozenset[str]:
    """Every cell of some TSV files: the questions of the tests, which no training may hear."""
    lines = (line for path in files for line in path.read_text(encoding="utf-8").splitlines())
    return frozenset(cell.strip() for line in lines for cell in line.split("\t"))


def _said(article: Article) -> Iterator[str]:
    yield from (*article.variants, article.title)
    for text in (article.answer, *(step.text for step in article.steps), article.tip or ""):
        for sentence in _END.split(text):
            yield from (sentence, *_BREATH.split(sentence))
