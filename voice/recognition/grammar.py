"""Run-time grammars: the base's phrases in words that a model with a dynamic graph knows.

Vosk drops words outside the vocabulary with no more than a warning, which joins their neighbours; so phrases are cut
there instead.  From what is given Vosk makes a bigram of the words (`src/language_model.cc`), so phrases also combine.
"""

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from intents.distance import split_morae
from voice.modelkit.topology import UNKNOWN_WORD
from voice.recognition.spoken_words import surfaces

_LEAST_WORDS: Final = 2  # of a piece of a broken phrase: one word alone says nothing of what follows what


def written_grammar(texts: Iterable[str], vocabulary: Collection[str]) -> tuple[str, ...]:
    """Phrases in ordinary writing, for a model of words; "[unk]" last, where the vocabulary has it."""
    phrases = (surfaces(unicodedata.normalize("NFKC", text)) for text in texts)
    found = dict.fromkeys(" ".join(piece) for phrase in phrases for piece in in_vocabulary(phrase, vocabulary))
    unknown = [UNKNOWN_WORD] if found and UNKNOWN_WORD in vocabulary else []
    return (*sorted(found), *unknown)


def in_vocabulary(words: Sequence[str], vocabulary: Collection[str]) -> Iterator[list[str]]:
    """The phrase in known words, whole; or else its stretches of two known words and more."""
    pieces: list[list[str]] = [[]]
    for word in words:
        known = _fewest(word, vocabulary)
        if known is None:
            pieces.append([])
        else:
            pieces[-1] += known
    whole = len(pieces) == 1
    yield from (piece for piece in pieces if len(piece) >= (1 if whole else _LEAST_WORDS))


def _fewest(word: str, vocabulary: Collection[str]) -> list[str] | None:
    """A word as the fewest known words, None when it cannot be made of any; 東京駅 -> 東京, 駅."""
    marks = split_morae(word)  # never between キ and ャ
    best: list[list[str] | None] = [[]]
    for end in range(1, len(marks) + 1):
        ways = (
            [*before, known]
            for start, before in enumerate(best)
            if before is not None and (known := "".join(marks[start:end])) in vocabulary
        )
        best.append(min(ways, key=len, default=None))
    return best[-1]
