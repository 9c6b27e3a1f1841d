"""From what was heard to the topics it may be about.

Two stages: n-gram cosines over readings and over writing find the closest wordings of the whole base; the edit distance
of their sounds then looks at those few closely.  The evidence for each topic adds up to a logit, and a softmax over all
topics and "none of these" turns logits into probabilities (multinomial logistic regression with a null class).  The
weights in `data/ranking.toml` are fitted by `benchmarks/fit_ranking.py` on wordings that are in no test set.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from intents.data_files import load
from intents.distance import contained_similarity, sound_similarity, split_morae
from intents.ngrams import NgramIndex, Scores, ngrams
from intents.normalise import core_reading, core_text, match_key
from intents.readings import is_kana
from intents.transcripts import Hypothesis, Transcript

CLOSELY = 60  # wordings looked at in the second stage, for each hypothesis
READING_GRAMS = (1, 2, 3)
WRITING_GRAMS = (1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One way to ask for a topic."""

    text: str
    reading: str  # katakana morae in normal form


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Something that can be asked about."""

    id: str
    title: str
    wordings: tuple[Wording, ...]
    safety: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for a topic, each from 0 to 1: the best any of its wordings has."""

    sound: float  # edit distance of the sounds
    sameness: float  # the same to the fourth power: only a near-equal sound counts
    inside: float  # edit distance to the part of the utterance that fits best
    reading: float  # shared stretches of the reading
    writing: float  # shared stretches of the writing; 0 when only kana were heard
    told: float  # how much of the utterance's reading occurs anywhere in the topic
    told_writing: float  # how much of its writing does; 0 when only kana were heard
    wanted: float  # how much of the wording's reading occurs in the utterance
    wanted_writing: float  # how much of its writing does; 0 when only kana were heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A topic the customer may mean."""

    topic: Topic
    score: float  # probability that this is what was meant, 0 to 1
    evidence: Evidence
    wording: str  # the wording it came closest to
    heard: str  # the hypothesis that came closest


class Matcher(Protocol):
    """Finds the topics a transcript may be about."""

    def rank(self, transcript: Transcript, *, limit: int = 5) -> tuple[Candidate, ...]:
        """Candidates, the best first, at most one for each topic; none when nothing comes close."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How evidence adds up to log odds against "none of these"."""

    written: NDArray[np.float64]  # for hypotheses with kanji: one weight for each field of Evidence, and the bias
    kana: NDArray[np.float64]  # for hypotheses in kana
    doubt: float  # taken off for a hypothesis its recogniser thinks unlikely, times (1 - confidence / best confidence)

    def logits(self, evidence: NDArray[np.float64], *, kana: bool) -> NDArray[np.float64]:
        """Rows of evidence, shape (topics, fields), as log odds."""
        weights = self.kana if kana else self.written
        logits: NDArray[np.float64] = evidence @ weights[:-1] + weights[-1]
        return logits


def weights_of(table: Mapping[str, Mapping[str, float] | float]) -> Weights:
    """Weights as they stand in the data file.  Raises KeyError for a missing one."""
    names = [*Evidence.__dataclass_fields__, "bias"]
    written, kana = ([float(part[name]) for name in names] for part in (table["written"], table["kana"]))  # type: ignore[index]
    return Weights(written=np.array(written), kana=np.array(kana), doubt=float(table["doubt"]))  # type: ignore[arg-type]


class TopicIndex:
    """Ranks topics by all their wordings.  Immutable after construction, so any thread may ask."""

    def __init__(self, topics: Iterable[Topic], weights: Weights | None = None) -> None:
        self._topics = tuple(t for t in topics if t.wordings)
        self._weights = weights or weights_of(load("ranking")["weights"])
        self._wordings = [w for topic in self._topics for w in topic.wordings]
        counts = [len(topic.wordings) for topic in self._topics]
        self._owner = np.repeat(np.arange(len(counts)), counts)
        self._first = np.cumsum([0, *counts[:-1]])  # place of each topic's first wording
        self._cores = [core_reading(w.reading) for w in self._wordings]
        readings = [_reading_grams(core) for core in self._cores]
        writings = [_writing_grams(w.text) for w in self._wordings]
        self._readings, self._writings = NgramIndex(readings), NgramIndex(writings)
        self._read_topics, self._written_topics = self._by_topic(readings), self._by_topic(writings)

    def rank(self, transcript: Transcript, *, limit: int = 5) -> tuple[Candidate, ...]:
        """Candidates over all hypotheses, the best first."""
        if not self._wordings or transcript.best is None:
            return ()
        confidence = max(h.confidence for h in transcript.hypotheses) or 1.0
        logits = np.full(len(self._topics), -math.inf)
        closest: dict[int, tuple[Hypothesis, Sequence[float], int]] = {}
        for hypothesis in transcript.hypotheses:
            evidence, places = self.evidence(hypothesis)
            doubt = self._weights.doubt * (1 - hypothesis.confidence / confidence)
            found = self._weights.logits(evidence, kana=is_kana(hypothesis.text)) - doubt
            for number in np.flatnonzero((found > logits) & (places >= 0)):
                logits[number] = found[number]
                closest[int(number)] = hypothesis, evidence[number].tolist(), int(places[number])
        return self._ranked(logits, closest, limit)

    def evidence(self, hypothesis: Hypothesis) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """What speaks for each topic: rows of Evidence, shape (topics, fields), and the place of its closest wording.

        The place is -1 for topics too far off for the second stage; their evidence of sound is 0.
        """
        core = core_reading(hypothesis.reading)
        reading_grams = _reading_grams(core)
        writing_grams = [] if is_kana(hypothesis.text) else _writing_grams(hypothesis.text)
        reading, writing = self._readings.cosines(reading_grams), self._writings.cosines(writing_grams)
        sound, inside = np.zeros((2, len(self._wordings)), np.float32)
        places = np.full(len(self._topics), -1, np.intp)
        best = np.zeros(len(self._topics))
        for place in _largest(reading + writing, CLOSELY):
            sound[place] = sound_similarity(core, self._cores[place])
            inside[place] = contained_similarity(core, self._cores[place])
            owner, closeness = self._owner[place], sound[place] + reading[place] + writing[place]
            if closeness > best[owner]:
                places[owner], best[owner] = place, closeness
        top_sound = self._best(sound)
        columns = (
            top_sound, top_sound**4, self._best(inside), self._best(reading), self._best(writing),
            self._read_topics.coverage(reading_grams), self._written_topics.coverage(writing_grams),
            self._best(self._readings.containment(reading_grams)), self._best(self._writings.containment(writing_grams)),
        )  # fmt: skip
        return np.stack(columns, axis=1).astype(np.float64), places

    def _ranked(
        self,
        logits: NDArray[np.float64],
        closest: Mapping[int, tuple[Hypothesis, Sequence[float], int]],
        limit: int,
    ) -> tuple[Candidate, ...]:
        odds = np.exp(np.minimum(logits, 500.0))
        shares = odds / (1 + odds.sum())
        names = tuple(Evidence.__dataclass_fields__)
        return tuple(
            Candidate(
                topic=self._topics[number],
                score=float(shares[number]),
                evidence=Evidence(**dict(zip(names, evidence, strict=True))),
                wording=self._wordings[place].text,
                heard=hypothesis.text,
            )
            for number in np.argsort(-shares, kind="stable")[:limit].tolist()
            if number in closest
            for hypothesis, evidence, place in [closest[number]]
        )

    def _best(self, of_wordings: Scores) -> Scores:
        return np.maximum.reduceat(of_wordings, self._first)

    def _by_topic(self, grams: Sequence[Sequence[str]]) -> NgramIndex:
        rows: list[list[str]] = [[] for _ in self._topics]
        for owner, row in zip(self._owner.tolist(), grams, strict=True):
            rows[owner] += row
        return NgramIndex(rows)


def _reading_grams(core: str) -> list[str]:
    return ngrams(split_morae(core), READING_GRAMS)


def _writing_grams(text: str) -> list[str]:
    return ngrams(core_text(match_key(text)), WRITING_GRAMS)


def _largest(scores: Scores, count: int) -> list[int]:
    """Places of the largest scores above zero, in no order."""
    count = min(count, len(scores))
    places = np.argpartition(-scores, count - 1)[:count]
    return [int(p) for p in places if scores[p] > 0]
