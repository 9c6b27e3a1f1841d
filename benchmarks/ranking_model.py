"""The ranker's weights as a model to be fitted: examples as arrays, the loss and its slope.

Multinomial logistic regression with a null class over the best wording of every topic: the logit of a topic is that of its
best wording under any hypothesis (a latent maximum, as in Yu and Joachims 2009), found anew at every step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from intents.evidence import FIELDS
from intents.matching import MOST_HYPOTHESES, NULL_FIELDS, TopicIndex, Weights, null_evidence
from intents.transcripts import Transcript

STEPS: Final = 250
RATE: Final = 0.1
DECAY: Final = 1e-3
WIDTH: Final = len(FIELDS) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One question as heard, the topic it is about (-1: none), and how much it counts."""

    transcript: Transcript
    target: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Many examples, their wordings one after the other, sorted by example and topic."""

    rows: NDArray[np.float32]  # (wordings under hypotheses, parameters of the topics' part)
    stretches: NDArray[np.int64]  # first row of each topic of each example
    example: NDArray[np.int64]  # of each stretch
    right: NDArray[np.int64]  # the stretch of each example's target, -1 when there is none
    null: NDArray[np.float32]  # (examples, NULL_FIELDS)
    weight: NDArray[np.float32]  # of each example
    inside: NDArray[np.bool_]  # whether there is a right topic at all


def batch_of(index: TopicIndex, examples: Sequence[Example]) -> Batch:
    """Examples as arrays; those in which nothing was heard are left out."""
    rows, topics, number, null, kept = [], [], [], [], []
    for example in examples:
        hypotheses = example.transcript.hypotheses[:MOST_HYPOTHESES]
        if not hypotheses:
            continue
        found = index.evidence.find([index.evidence.heard(h) for h in hypotheses])
        top = max(h.confidence for h in hypotheses) or 1.0
        for h, f in zip(hypotheses, found, strict=True):
            rows.append(_parameters(f.evidence, f.kana, 1 - h.confidence / top))
            topics.append(index.evidence.owner[f.places])
            number.append(np.full(len(f.places), len(kept)))
        null.append(null_evidence(found[0]))
        kept.append(example)
    return _sorted(np.concatenate(rows), np.concatenate(topics), np.concatenate(number), np.array(null), kept)


def _parameters(evidence: NDArray[np.float32], kana: bool, doubt: float) -> NDArray[np.float32]:
    """Rows with a column for each parameter: written, kana, doubt."""
    out = np.zeros((len(evidence), 2 * WIDTH + 1), np.float32)
    start = WIDTH if kana else 0
    out[:, start : start + WIDTH - 1] = evidence
    out[:, start + WIDTH - 1] = 1.0
    out[:, -1] = -doubt
    return out


def _sorted(
    rows: NDArray[np.float32],
    topics: NDArray[np.int64],
    number: NDArray[np.int64],
    null: NDArray[np.float64],
    examples: Sequence[Example],
) -> Batch:
    order = np.lexsort((topics, number))
    rows, topics, number = rows[order], topics[order], number[order]
    change = np.diff(number, prepend=-1).astype(bool) | np.diff(topics, prepend=-1).astype(bool)
    stretches = np.flatnonzero(change)
    targets = np.array([e.target for e in examples])
    right = np.full(len(examples), -1)
    hit = np.flatnonzero(topics[stretches] == targets[number[stretches]])
    right[number[stretches[hit]]] = hit
    return Batch(
        rows=rows,
        stretches=stretches,
        example=number[stretches],
        right=right,
        null=null.astype(np.float32),
        weight=np.array([e.weight for e in examples], np.float32),
        inside=targets >= 0,
    )


def fitted(batch: Batch) -> Weights:
    """Adam (Kingma and Ba 2015) on the mean log loss, projected to the limits."""
    size = batch.rows.shape[1]
    parameters = np.concatenate([np.full(size, 1.0), np.zeros(len(NULL_FIELDS))])
    parameters[[WIDTH - 1, 2 * WIDTH - 1]] = 0.0
    parameters[size] = 8.0
    least, most = _limits(len(parameters))
    moment, square = np.zeros_like(parameters), np.zeros_like(parameters)
    for step in range(1, STEPS + 1):
        slope = slope_of(batch, parameters) + DECAY * parameters
        moment, square = 0.9 * moment + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        parameters -= RATE * (moment / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
        np.clip(parameters, least, most, out=parameters)
    return Weights(
        written=parameters[:WIDTH],
        kana=parameters[WIDTH : 2 * WIDTH],
        null=parameters[size:],
        doubt=float(parameters[size - 1]),
    )


def _limits(size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and most for each parameter: evidence speaks for a topic, a clash against it, so that weights can be read."""
    least, most = np.full(size, -np.inf), np.full(size, np.inf)
    least[: 2 * WIDTH + 1] = 0.0
    for start in (0, WIDTH):
        clash = start + FIELDS.index("opposed")
        least[clash], most[clash] = -np.inf, 0.0
        least[start + WIDTH - 1] = -np.inf  # the bias
    return least, most


def half(batch: Batch, kept: NDArray[np.bool_]) -> Batch:
    """The examples that are kept, one truth value for each."""
    examples = np.flatnonzero(kept)
    number = np.full(len(kept), -1)
    number[examples] = np.arange(len(examples))
    stretches = np.flatnonzero(kept[batch.example])
    lengths = np.diff(np.append(batch.stretches, len(batch.rows)))
    place = np.full(len(batch.stretches), -1)
    place[stretches] = np.arange(len(stretches))
    right = batch.right[examples]
    return Batch(
        rows=batch.rows[np.repeat(kept[batch.example], lengths)],
        stretches=np.concatenate([[0], np.cumsum(lengths[stretches])[:-1]]),
        example=number[batch.example[stretches]],
        right=np.where(right >= 0, place[right], -1),
        null=batch.null[examples],
        weight=batch.weight[examples],
        inside=batch.inside[examples],
    )


def judged(batch: Batch, weights: Weights) -> list[tuple[bool, float]]:
    """For each example whether the right topic comes first, and the probability of the first."""
    parameters = np.concatenate([weights.written, weights.kana, [weights.doubt], weights.null])
    shares, _, _ = shares_of(batch, parameters)
    best = np.zeros(len(batch.null))
    np.maximum.at(best, batch.example, shares)
    of_right = np.where(batch.right >= 0, shares[batch.right], -1.0)
    return list(zip((of_right >= best).tolist(), best.tolist(), strict=True))


def shares_of(batch: Batch, parameters: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """(probability of each stretch, of the null class of each example, best row of each stretch)."""
    size = batch.rows.shape[1]
    scores = batch.rows @ parameters[:size].astype(np.float32)
    best = np.maximum.reduceat(scores, batch.stretches)
    lengths = np.diff(np.append(batch.stretches, len(scores)))
    leader = np.flatnonzero(scores == np.repeat(best, lengths))
    owner = np.repeat(np.arange(len(best)), lengths)[leader]
    leader = leader[np.flatnonzero(np.diff(owner, prepend=-1))]
    null = batch.null @ parameters[size:]
    top = null.copy()
    np.maximum.at(top, batch.example, best)
    odds, none = np.exp(best - top[batch.example]), np.exp(null - top)
    total = none + np.bincount(batch.example, odds, minlength=len(null))
    return odds / total[batch.example], none / total, leader


def slope_of(batch: Batch, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the mean log loss, by parameter.  An example whose topic was not looked at teaches nothing."""
    shares, none, leader = shares_of(batch, parameters)
    weight = np.where(batch.inside & (batch.right < 0), 0.0, batch.weight)
    error = shares.copy()
    hits = batch.right[batch.right >= 0]
    error[hits] -= 1.0
    error *= weight[batch.example]
    wrong_null = (none - ~batch.inside) * weight
    return np.concatenate([batch.rows[leader].T @ error, batch.null.T @ wrong_null]) / len(none)
