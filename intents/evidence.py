"""What speaks for a topic: the evidence of an utterance against a base's wordings, as numbers from 0 to 1.

Two stages.  Inverted lists of morae, characters and words find the closest wordings of the whole base; then only those are
looked at closely, by the costs of mishearing among other things.  Everything lies in flat arrays, so that an index can be
read from disk by mapping it into memory.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from intents.distance import MORA_BITS, Morae, learned_costs, likeness, mora_numbers
from intents.grams import (
    EMPTY,
    Codes,
    GramSpace,
    Places,
    Query,
    Scores,
    Shared,
    distinct,
    gram_codes,
    look_up,
    rows_of_grams,
    spans,
)
from intents.normalise import core_reading, core_text, match_key
from intents.readings import is_kana
from intents.transcripts import Hypothesis
from intents.words import WordSpotter, concept_codes, word_codes, words_of

CLOSELY: Final = 48  # wordings looked at in the second stage
MOST_POSTS: Final = 200_000  # entries of inverted lists read for one utterance, in each space
READING_GRAMS: Final = (1, 2, 3)
WRITING_GRAMS: Final = (1, 2)
CHARACTER_BITS: Final = 21  # of a Unicode code point
_TOLD_EVERY: Final = 500  # wordings
# ない, ず and へん behind a verb's stem (a-, e- or i-row) or が; not 案内, 以内, 間違いない, 汚い.
_NEGATIVE: Final = re.compile(
    r"(?<=[カガサタナハバマヤラワエケゲセテデネベメレキギシチニビミリコ])(?<!キタ)(?:ナイ|ナカッ|ナク|ナケレ|ズ$|ズニ|ヘン)|マセン|^ナイ"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for a wording and its topic, each from 0 to 1; of writing there is none when only kana were heard."""

    sound: float  # edit distance of the sounds, by the costs of mishearing
    inside: float  # the same for the part of the utterance that fits best
    opposed: float  # 1 when one of them has a negation and the other has none
    reading: float  # cosine of the stretches of morae
    wanted: float  # share of the wording's morae that occur in the utterance
    wanted_writing: float  # of its characters
    wanted_words: float  # of its words
    told: float  # share of the utterance's morae that occur in the topic
    told_writing: float  # of its characters
    told_words: float  # of its words
    concepts: float  # of its concepts: words by their groups of synonyms
    answer: float  # share of the utterance's words that occur in the topic, its title and its answer
    apart: float  # as `told`, but of what tells the topics found apart from each other
    apart_writing: float  # as `told_writing`


FIELDS: Final = tuple(Evidence.__dataclass_fields__)
_WORDING_SPACES: Final = {"reading": "reading", "writing": "writing", "words": "words"}  # and their vocabularies
_TOPIC_SPACES: Final = {
    "told": "reading", "told_writing": "writing", "told_words": "words", "concepts": "concepts", "answer": "words",
}  # fmt: skip
_APART: Final = ("told", "told_writing")
_VOCABULARIES: Final = ("reading", "writing", "words", "concepts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Evidence for the wordings looked at closely."""

    kana: bool  # whether the hypothesis was
    places: Places  # numbers of the wordings, rising
    evidence: NDArray[np.float32]  # shape (wordings, fields of Evidence)
    strangeness: float  # share of the utterance that the base knows nothing of, 0 to 1
    length: int  # morae without politeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A hypothesis as it is compared."""

    core: Morae
    negative: bool
    kana: bool  # whether its text is no more than its reading
    queries: Mapping[str, Query]  # by vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceIndex:
    """All wordings of a base, ready to be compared.  Immutable: any thread may ask."""

    owner: Places  # the topic of each wording, rising
    cores: NDArray[np.uint8]  # mora numbers, wording after wording
    starts: Places  # where each begins, and the end
    negative: NDArray[np.bool_]
    vocabularies: Mapping[str, Codes] = field(repr=False)
    spaces: Mapping[str, GramSpace] = field(repr=False)
    spotter: WordSpotter = field(repr=False)

    @classmethod
    def of(
        cls,
        texts: Sequence[str],
        readings: Sequence[str],
        owner: Places,
        answers: Sequence[str],
        watch: Callable[[int, int], None],
    ) -> Self:
        """Index wordings by text and reading; `owner` has each one's topic, `answers` a text for each topic.

        `watch` is told how many wordings have been cut into words, of how many.
        """
        cores = [core_reading(reading) for reading in readings]
        morae = [mora_numbers(core) for core in cores]
        words = [words_of(text) for text in _watched(texts, watch)]
        told = _flat(word_codes(words_of(answer)) for answer in answers)
        grams = {
            "reading": rows_of_grams([m.astype(np.int64) for m in morae], READING_GRAMS, MORA_BITS),
            "writing": rows_of_grams([_characters(text) for text in texts], WRITING_GRAMS, CHARACTER_BITS),
            "words": _flat(map(word_codes, words)),
            "concepts": _flat(map(concept_codes, words)),
        }
        vocabularies = {name: distinct(codes) for name, (codes, _) in grams.items()}
        vocabularies["words"] = distinct(np.concatenate([vocabularies["words"], told[0]]))
        return cls(
            owner=owner,
            cores=np.concatenate([np.empty(0, np.uint8), *morae]),
            starts=np.concatenate([[0], np.cumsum([len(m) for m in morae])]).astype(np.int64),
            negative=np.array([is_negative(core) for core in cores], np.bool_),
            vocabularies=vocabularies,
            spaces=dict(_spaces(grams, vocabularies, owner, told, len(answers))),
            spotter=WordSpotter.of({word for row in words for word in row}),
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """What `arrays` gave.  Raises KeyError when one is missing."""
        return cls(
            **{name: arrays[name] for name in ("owner", "cores", "starts", "negative")},
            vocabularies={name: arrays[f"vocabulary.{name}"] for name in _VOCABULARIES},
            spaces={name: GramSpace.from_arrays(arrays, name) for name in (*_WORDING_SPACES, *_TOPIC_SPACES)},
            spotter=WordSpotter.from_arrays(arrays),
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything, to be kept on disk."""
        out = {name: getattr(self, name) for name in ("owner", "cores", "starts", "negative")}
        out |= {f"vocabulary.{name}": codes for name, codes in self.vocabularies.items()} | self.spotter.arrays()
        for name, space in self.spaces.items():
            out |= space.arrays(name)
        return out

    def heard(self, hypothesis: Hypothesis) -> Heard:
        """A hypothesis as it is compared."""
        core = core_reading(hypothesis.reading)
        morae = mora_numbers(core)
        codes = {"reading": gram_codes(morae.astype(np.int64), READING_GRAMS, MORA_BITS)}
        kana = is_kana(hypothesis.text)
        if kana:
            codes["words"], codes["concepts"] = self.spotter.spot(morae)
        else:
            found = words_of(hypothesis.text)
            codes["words"], codes["concepts"] = word_codes(found), concept_codes(found)
            codes["writing"] = gram_codes(_characters(hypothesis.text), WRITING_GRAMS, CHARACTER_BITS)
        queries = {name: look_up(self.vocabularies[name], codes.get(name, EMPTY)) for name in _VOCABULARIES}
        return Heard(core=morae, negative=is_negative(core), kana=kana, queries=queries)

    def find(self, heard: Sequence[Heard]) -> list[Found]:
        """Evidence for each hypothesis, about the same wordings: those closest to all of them together."""
        places = self._closest(heard)
        cores, lengths = self._cores_of(places)
        sound, inside = likeness([one.core for one in heard], cores, lengths, learned_costs())
        columns = np.stack(
            [
                sound,
                inside,
                np.array([self.negative[places] != one.negative for one in heard], np.float32),
                *self._shared(heard, places),
            ],
            axis=-1,
        )
        return [
            Found(
                kana=one.kana,
                places=places,
                evidence=columns[number],
                strangeness=1 - self.spaces["told"].known(one.queries["reading"]),
                length=len(one.core),
            )
            for number, one in enumerate(heard)
        ]

    def _shared(self, heard: Sequence[Heard], places: Places) -> list[Scores]:
        """The n-grams' part of the evidence, in the order of its fields; arrays of shape (heard, wordings)."""
        topics, back = np.unique(self.owner[places], return_inverse=True)
        by_wording = [self._compared(n, v, heard, places) for n, v in _WORDING_SPACES.items()]
        by_topic = {n: self._compared(n, v, heard, topics) for n, v in _TOPIC_SPACES.items()}
        told, apart = [s.told[:, back] for s in by_topic.values()], [by_topic[n].apart[:, back] for n in _APART]
        return [by_wording[0].cosine, *(s.wanted for s in by_wording), *told, *apart]

    def _compared(self, space: str, vocabulary: str, heard: Sequence[Heard], rows: Places) -> Shared:
        found = self.spaces[space]
        return found.compare([one.queries[vocabulary] for one in heard], found.slice(rows))

    def _closest(self, heard: Sequence[Heard]) -> Places:
        scores = np.zeros(len(self.owner), np.float32)
        for name, vocabulary in _WORDING_SPACES.items():
            scores += self._sought(name, [one.queries[vocabulary] for one in heard])
        count = min(CLOSELY, len(scores))
        places = np.argpartition(-scores, count - 1)[:count] if count else EMPTY
        return np.sort(places[scores[places] > 0]).astype(np.int64)

    def _sought(self, name: str, queries: Sequence[Query]) -> Scores | float:
        return self.spaces[name].search(queries, MOST_POSTS) if any(len(q.known) for q in queries) else 0.0

    def _cores_of(self, places: Places) -> tuple[NDArray[np.uint8], Places]:
        flat, lengths = spans(self.starts, places)
        out = np.zeros((len(places), int(lengths.max(initial=0))), np.uint8)
        out[np.arange(out.shape[1]) < lengths[:, None]] = self.cores[flat]
        return out, lengths


def _watched(texts: Sequence[str], watch: Callable[[int, int], None]) -> Iterator[str]:
    for number, text in enumerate(texts):
        if number % _TOLD_EVERY == 0:
            watch(number, len(texts))
        yield text
    watch(len(texts), len(texts))


def is_negative(core: str) -> bool:
    """Whether a reading without politeness has a negation in it."""
    return bool(_NEGATIVE.search(core))


def _spaces(
    grams: Mapping[str, tuple[Codes, Places]],
    vocabularies: Mapping[str, Codes],
    owner: Places,
    told: tuple[Codes, Places],
    topics: int,
) -> Iterator[tuple[str, GramSpace]]:
    """One space for each kind of gram, by wording and by topic."""
    for name, vocabulary in (_WORDING_SPACES | _TOPIC_SPACES).items():
        codes, rows = grams[vocabulary]
        places = np.searchsorted(vocabularies[vocabulary], codes)
        if name in _TOPIC_SPACES:
            rows = owner[rows]
        if name == "answer":
            places = np.concatenate([places, np.searchsorted(vocabularies[vocabulary], told[0])])
            rows = np.concatenate([rows, told[1]])
        size = topics if name in _TOPIC_SPACES else len(owner)
        yield name, GramSpace.of(places, rows, size, len(vocabularies[vocabulary]))


def _characters(text: str) -> Codes:
    return np.array([ord(c) for c in core_text(match_key(text))], np.int64)


def _flat(rows: Iterable[Codes]) -> tuple[Codes, Places]:
    listed = list(rows)
    return np.concatenate([EMPTY, *listed]), np.repeat(np.arange(len(listed)), [len(row) for row in listed])
