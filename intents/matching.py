"""From what was heard to the topics it may be about.

Two stages: n-gram cosines over readings and over writing find the closest wordings of the whole base; the edit distance
of their sounds then looks at those few closely.  Evidence is combined linearly and turned into a probability; the
numbers in `data/ranking.toml` come from `benchmarks/fit_ranking.py`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from intents.data_files import load
from intents.distance import sound_similarity, split_morae
from intents.morae import from_kana
from intents.ngrams import NgramIndex, Scores, ngrams
from intents.normalise import core_reading, core_text, match_key
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
    """What speaks for a candidate, each from 0 to 1."""

    sound: float  # edit distance of the sounds
    reading: float  # shared stretches of the reading
    writing: float  # shared stretches of the writing; 0 when only kana were heard
    topic: float  # shared stretches with all wordings of the topic together


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
    """How evidence adds up: logistic regression on wordings that are in no test set."""

    sound: float
    reading: float
    writing: float
    topic: float
    bias: float
    kana_sound: float  # the same for a hypothesis in kana, which has no writing to compare
    kana_reading: float
    kana_topic: float
    kana_bias: float
    doubt: float  # taken off for a hypothesis its recogniser thinks unlikely, times (1 - confidence / best confidence)

    def logit(self, evidence: Evidence, *, kana: bool) -> float:
        """The evidence as log odds."""
        if kana:
            parts = self.kana_sound * evidence.sound + self.kana_reading * evidence.reading
            return parts + self.kana_topic * evidence.topic + self.kana_bias
        parts = self.sound * evidence.sound + self.reading * evidence.reading + self.writing * evidence.writing
        return parts + self.topic * evidence.topic + self.bias


def shipped_weights() -> Weights:
    """The weights fitted on the development set."""
    return Weights(**load("ranking")["weights"])


class TopicIndex:
    """Ranks topics by all their wordings.  Immutable after construction, so any thread may ask."""

    def __init__(self, topics: Iterable[Topic], weights: Weights | None = None) -> None:
        self._topics = tuple(topics)
        self._weights = weights or shipped_weights()
        self._wordings = [w for topic in self._topics for w in topic.wordings]
        self._owner = np.array([n for n, topic in enumerate(self._topics) for _ in topic.wordings], np.intp)
        self._cores = [core_reading(w.reading) for w in self._wordings]
        self._readings = NgramIndex([_reading_grams(core) for core in self._cores])
        self._writings = NgramIndex([_writing_grams(w.text) for w in self._wordings])
        self._wholes = NgramIndex([self._whole(n) for n in range(len(self._topics))])

    def rank(self, transcript: Transcript, *, limit: int = 5) -> tuple[Candidate, ...]:
        """Candidates over all hypotheses, the best first."""
        if not self._wordings or transcript.best is None:
            return ()
        top_confidence = max(h.confidence for h in transcript.hypotheses) or 1.0
        best: dict[int, Candidate] = {}
        for hypothesis in transcript.hypotheses:
            doubt = self._weights.doubt * (1 - hypothesis.confidence / top_confidence)
            for number, candidate in self._candidates(hypothesis, doubt):
                if number not in best or candidate.score > best[number].score:
                    best[number] = candidate
        return tuple(sorted(best.values(), key=lambda c: -c.score)[:limit])

    def _candidates(self, hypothesis: Hypothesis, doubt: float) -> Iterable[tuple[int, Candidate]]:
        core = core_reading(hypothesis.reading)
        if not core:
            return
        kana = is_kana(hypothesis.text)
        reading = self._readings.cosines(_reading_grams(core))
        writing = np.zeros_like(reading) if kana else self._writings.cosines(_writing_grams(hypothesis.text))
        whole = self._wholes.cosines(_reading_grams(core))
        for place in _largest(reading + writing, CLOSELY):
            owner = int(self._owner[place])
            evidence = Evidence(
                sound=sound_similarity(core, self._cores[place]),
                reading=float(reading[place]),
                writing=float(writing[place]),
                topic=float(whole[owner]),
            )
            yield owner, self._candidate(hypothesis, owner, place, evidence, kana, doubt)

    def _candidate(  # noqa: PLR0913, PLR0917
        self, hypothesis: Hypothesis, owner: int, place: int, evidence: Evidence, kana: bool, doubt: float
    ) -> Candidate:
        return Candidate(
            topic=self._topics[owner],
            score=probability(self._weights.logit(evidence, kana=kana) - doubt),
            evidence=evidence,
            wording=self._wordings[place].text,
            heard=hypothesis.text,
        )

    def _whole(self, number: int) -> list[str]:
        places = np.flatnonzero(self._owner == number)
        return [gram for place in places for gram in _reading_grams(self._cores[place])]


def probability(logit: float) -> float:
    """Log odds as a probability."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def is_kana(text: str) -> bool:
    """Whether the text is kana alone, as the embedded model writes."""
    return from_kana(text) is not None


def _reading_grams(core: str) -> list[str]:
    return ngrams(split_morae(core), READING_GRAMS)


def _writing_grams(text: str) -> list[str]:
    return ngrams(core_text(match_key(text)), WRITING_GRAMS)


def _largest(scores: Scores, count: int) -> Sequence[int]:
    """Places of the largest scores above zero, in no order."""
    count = min(count, len(scores))
    places = np.argpartition(-scores, count - 1)[:count]
    return [int(p) for p in places if scores[p] > 0]
