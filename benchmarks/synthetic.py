"""Bases of any size with plausible Japanese wordings: the sample's, with nouns and verbs swapped for others of the sample.

Within an article a word is always swapped for the same other word, so its variants go on meaning one thing.  Words are swapped
within their part of speech and, for verbs, their inflection, so that sentences stay grammatical if not sensible.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sudachipy

from kb.articles import Article

SEED: Final = 1
VARIANTS: Final = 5  # of each article
MOST_IN_VAIN: Final = 1_000  # articles in a row that gave nothing new
SWAPPED: Final = 0.8  # of the words that could be
_KINDS: Final = (("名詞", "普通名詞"), ("動詞", "一般"))
_SHORTEST: Final = 2  # characters of a word that is swapped
Token = tuple[str, tuple[str, ...]]  # surface, part of speech with inflection; () when it stays
Pools = Mapping[tuple[str, ...], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An article of a made base."""

    id: str
    title: str
    answer: str
    wordings: tuple[str, ...]


def taken(articles: Sequence[Article], count: int) -> list[Made]:
    """The sample's own articles, their titles among the wordings as on the device."""
    return [
        Made(id=a.id, title=a.title, answer=a.answer, wordings=tuple(dict.fromkeys((*a.variants, a.title))))
        for a in articles[:count]
    ]


def made_base(articles: Sequence[Article], size: int, *, seed: int = SEED) -> list[Made]:
    """A base of `size` distinct wordings, the same for the same seed.

    Raises ValueError when the articles have too few words to be swapped for so many.
    """
    cut = _Cutter()
    sources = [([cut(text) for text in a.variants], cut(a.title), cut(a.answer)) for a in articles]
    pools = _pools(tokens for wordings, *_ in sources for tokens in wordings)
    rng, seen, out, count, in_vain = random.Random(seed), set[str](), list[Made](), 0, 0
    while count < size:
        wordings, title, answer = sources[(len(out) + in_vain) % len(sources)]
        swaps: dict[Token, str] = {}
        some = rng.sample(wordings, min(VARIANTS, len(wordings), size - count))
        found = {text for tokens in some if (text := _swapped(tokens, swaps, pools, rng)) not in seen}
        in_vain = 0 if found else in_vain + 1
        if in_vain > MOST_IN_VAIN:
            raise ValueError(f"only {count} distinct wordings can be made from {len(articles)} articles")
        if not found:
            continue
        seen |= found
        count += len(found)
        texts = _swapped(title, swaps, pools, rng), _swapped(answer, swaps, pools, rng)
        out.append(Made(id=f"made-{len(out)}", title=texts[0], answer=texts[1], wordings=tuple(sorted(found))))
    return out


def _swapped(tokens: Sequence[Token], swaps: dict[Token, str], pools: Pools, rng: random.Random) -> str:
    for token in tokens:
        surface, kind = token
        if token not in swaps:
            swaps[token] = rng.choice(pools[kind]) if kind in pools and rng.random() < SWAPPED else surface
    return "".join(swaps[token] for token in tokens)


def _pools(texts: Iterator[list[Token]]) -> Pools:
    found: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for tokens in texts:
        for surface, kind in tokens:
            if kind:
                found[kind].add(surface)
    return {kind: sorted(surfaces) for kind, surfaces in found.items()}


class _Cutter:
    def __init__(self) -> None:
        self._tokenizer: Any = sudachipy.Dictionary(dict="core").tokenizer(sudachipy.SplitMode.C)

    def __call__(self, text: str) -> list[Token]:
        """Surfaces with their kind, which is () for what must stay."""
        return [(m.surface(), self._kind(m)) for m in self._tokenizer.tokenize(text)]

    @staticmethod
    def _kind(morpheme: Any) -> tuple[str, ...]:
        parts = tuple(morpheme.part_of_speech())
        return parts if parts[:2] in _KINDS and len(morpheme.surface()) >= _SHORTEST else ()
