"""From what was heard to the topics it may be about.

`evidence.py` gives numbers for the closest wordings.  They add up to a logit for each wording; a topic has the logit of its
best wording under any hypothesis; and a softmax over all topics and "none of these" turns logits into probabilities
(multinomial logistic regression with a null class).  The weights in `data/ranking.toml` are fitted by
`benchmarks/fit_ranking.py` on wordings that are in no test set.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from intents.array_files import Texts, load_arrays, save_arrays
from intents.data_files import load
from intents.evidence import FIELDS, Evidence, EvidenceIndex, Found
from intents.readings import is_kana
from intents.transcripts import Hypothesis, Transcript

MOST_HYPOTHESES: Final = 5
MOST_CANDIDATES: Final = 20  # what they leave to 1 is "none of these", but for a trifle
NULL_FIELDS: Final = ("bias", "strangeness", "brevity")  # what speaks for "none of these"
_BRIEF: Final = 8.0  # morae at which an utterance counts as brief by a half


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
    wordings: tuple[Wording, ...]  # none in a candidate
    safety: bool = False
    answer: str = ""  # its words are weak evidence; none in a candidate


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

    def rank(self, transcript: Transcript, *, limit: int = MOST_CANDIDATES) -> tuple[Candidate, ...]:
        """Candidates, the best first, at most one for each topic; none when nothing comes close."""
        ...

    def contributions(self, candidate: Candidate) -> Mapping[str, float]:
        """What each piece of evidence added to a candidate's log odds; the bias goes with how it was written."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How evidence adds up to log odds."""

    written: NDArray[np.float64]  # for hypotheses with kanji: one weight for each field of Evidence, and the bias
    kana: NDArray[np.float64]  # for hypotheses in kana
    null: NDArray[np.float64]  # for "none of these": one for each of NULL_FIELDS
    doubt: float  # taken off for a hypothesis its recogniser thinks unlikely, times (1 - confidence / best confidence)

    def logits(self, found: Found) -> NDArray[np.float64]:
        """The log odds of the wordings, shape (wordings,)."""
        weights = self.kana if found.kana else self.written
        logits: NDArray[np.float64] = found.evidence @ weights[:-1] + weights[-1]
        return logits


def weights_of(table: Mapping[str, Any]) -> Weights:
    """Weights as they stand in `data/ranking.toml`.  Raises KeyError for a missing one."""
    written, kana = (np.array([float(table[part][name]) for name in (*FIELDS, "bias")]) for part in ("written", "kana"))
    null = np.array([float(table["null"][name]) for name in NULL_FIELDS])
    return Weights(written=written, kana=kana, null=null, doubt=float(table["doubt"]))


def null_evidence(found: Found) -> tuple[float, ...]:
    """What speaks for "none of these" in what the best hypothesis found: NULL_FIELDS."""
    return 1.0, found.strangeness, _BRIEF / (_BRIEF + found.length)


def _quiet(_done: int, _total: int) -> None:
    """Watch nothing."""


class TopicIndex:
    """Ranks topics by all their wordings.  Immutable after construction, so any thread may ask."""

    def __init__(
        self, topics: Iterable[Topic], weights: Weights | None = None, watch: Callable[[int, int], None] = _quiet
    ) -> None:
        """Index topics; those without a wording are left out.  `watch` is told how many wordings are done, of how many."""
        kept = [t for t in topics if t.wordings]
        wordings = [w for topic in kept for w in topic.wordings]
        owner = np.repeat(np.arange(len(kept)), [len(topic.wordings) for topic in kept]).astype(np.int64)
        answers = [f"{topic.title}。{topic.answer}" for topic in kept]
        self.weights = weights or _shipped_weights()
        texts, readings = [w.text for w in wordings], [w.reading for w in wordings]
        self.evidence = EvidenceIndex.of(texts, readings, owner, answers, watch)
        self._names = Texts.of([t.id for t in kept]), Texts.of([t.title for t in kept])
        self._safety = np.array([t.safety for t in kept], np.bool_)
        self._texts = Texts.of(texts)

    @classmethod
    def load(cls, folder: Path, weights: Weights | None = None) -> Self:
        """Map what `save` wrote into memory.  Raises OSError or ValueError when it is not there, or damaged."""
        arrays = load_arrays(folder)
        found = cls.__new__(cls)
        try:
            found.weights = weights or _shipped_weights()
            found.evidence = EvidenceIndex.from_arrays(arrays)
            found._names = Texts.from_arrays(arrays, "id"), Texts.from_arrays(arrays, "title")
            found._safety = arrays["safety"]
            found._texts = Texts.from_arrays(arrays, "wording")
        except KeyError as error:
            raise ValueError(f"the index in {folder} lacks {error}") from error
        return found

    def save(self, folder: Path) -> None:
        """Write everything into a folder that does not exist yet, or is whole afterwards."""
        names = self._names[0].arrays("id") | self._names[1].arrays("title") | self._texts.arrays("wording")
        save_arrays(folder, {**self.evidence.arrays(), **names, "safety": self._safety})

    def rank(self, transcript: Transcript, *, limit: int = MOST_CANDIDATES) -> tuple[Candidate, ...]:
        """Candidates over all hypotheses, the best first."""
        hypotheses = transcript.hypotheses[:MOST_HYPOTHESES]
        if not len(self._texts) or not hypotheses:
            return ()
        found = self.evidence.find([self.evidence.heard(h) for h in hypotheses])
        top = max(h.confidence for h in hypotheses) or 1.0
        logits = np.stack(
            [
                self.weights.logits(f) - self.weights.doubt * (1 - h.confidence / top)
                for h, f in zip(hypotheses, found, strict=True)
            ]
        )
        null = float(np.dot(self.weights.null, null_evidence(found[0])))
        return self._ranked(logits, null, hypotheses, found, limit)

    def contributions(self, candidate: Candidate) -> dict[str, float]:
        """What each piece of evidence added to a candidate's log odds; the bias goes with how it was written."""
        weights = self.weights.kana if is_kana(candidate.heard) else self.weights.written
        adds = {name: getattr(candidate.evidence, name) * float(w) for name, w in zip(FIELDS, weights, strict=False)}
        return adds | {"bias": float(weights[-1])}

    def _ranked(
        self,
        logits: NDArray[np.float64],  # (hypotheses, wordings)
        null: float,
        hypotheses: Sequence[Hypothesis],
        found: Sequence[Found],
        limit: int,
    ) -> tuple[Candidate, ...]:
        places = found[0].places
        if not len(places):
            return ()
        speaker, best = logits.argmax(axis=0), logits.max(axis=0)
        first = np.flatnonzero(np.diff(self.evidence.owner[places], prepend=-1))  # of each topic's stretch
        of_topic = np.maximum.reduceat(best, first)
        top = max(null, float(of_topic.max()))
        odds = np.exp(of_topic - top)
        shares = odds / (odds.sum() + np.exp(null - top))
        out = []
        for number in np.argsort(-shares, kind="stable")[:limit].tolist():
            end = first[number + 1] if number + 1 < len(first) else len(places)
            column = int(first[number] + best[first[number] : end].argmax())
            who = int(speaker[column])
            out.append(
                Candidate(
                    topic=self._topic(int(self.evidence.owner[places[column]])),
                    score=float(shares[number]),
                    evidence=Evidence(**dict(zip(FIELDS, found[who].evidence[column].tolist(), strict=True))),
                    wording=self._texts[int(places[column])],
                    heard=hypotheses[who].text,
                )
            )
        return tuple(out)

    def _topic(self, number: int) -> Topic:
        ids, titles = self._names
        return Topic(id=ids[number], title=titles[number], wordings=(), safety=bool(self._safety[number]))


def _shipped_weights() -> Weights:
    return weights_of(load("ranking"))
