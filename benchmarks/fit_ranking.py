"""Fit the weights and thresholds of `intents/data/ranking.toml` on the development questions.

    KOEMADO_SHARED=../shared python -m benchmarks.fit_ranking [--write]

Every development question (benchmarks/data) is taken twice: typed, and spoken by synthetic customers through the real
recogniser, clean and in noise.  The weights are multinomial logistic regression with a null class, by gradient descent;
the thresholds minimise the cost below.  The test questions (tests/data) are not looked at.
"""

import argparse
import hashlib
import itertools
import pickle
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.spoken import Studio, customers, noises, rows, shared_folder
from intents.decision import Ambiguous, Matched, Thresholds, decide
from intents.matching import Candidate, Evidence, Topic, TopicIndex, Weights
from intents.readings import is_kana
from intents.transcripts import NOTHING_HEARD, Transcript, typed
from kb.sample import sample_articles
from voice import compose
from voice.assistant import Mind
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.knowledge import Readings, topics
from voice.settings import Settings

DATA = Path(__file__).parent / "data"
RANKING = Path(__file__).parent.parent / "intents/data/ranking.toml"
CACHE = Path("build/fit_ranking")
FIELDS = tuple(Evidence.__dataclass_fields__)
STEPS, RATE, DECAY = 400, 0.15, 2e-3
EXACT_EVERY = 9  # also learn from every ninth wording of the base as it stands
CONDITIONS = (None, 20.0, None, 15.0)  # clean, or noise at so many dB

ANSWER_GRID, LEAD_GRID = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7), (1.5, 2.0, 3.0, 4.0, 6.0)
ASK_GRID, TOGETHER_GRID = (0.05, 0.08, 0.12, 0.16, 0.2, 0.25), (0.2, 0.3, 0.4, 0.5, 0.6)
SAFETY = 0.15  # a danger taken for a question costs more than any figure below

# What a turn costs the customer, in the unit of one question back that helps.
OUTSIDE_WEIGHT = 1.5  # devices hear more that is not for them than our development set holds
COST_WRONG, COST_ASK, COST_ASK_IN_VAIN, COST_CALL, COST_CALL_NEEDED = 4.5, 1.0, 2.5, 3.0, 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One question as heard, and the topic it is about (-1: none)."""

    transcript: Transcript
    target: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensors:
    """An example as numbers: evidence of shape (hypotheses, topics, fields + 1)."""

    evidence: NDArray[np.float32]
    kana: NDArray[np.bool_]  # (hypotheses,)
    doubt: NDArray[np.float64]  # (hypotheses,)
    target: int


def main() -> None:
    """Fit, report, and write the result if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write intents/data/ranking.toml")
    options = parser.parse_args()
    settings = Settings(cache_dir=CACHE)
    known = topics(sample_articles(), Readings(CACHE / "readings"))
    index = TopicIndex(known)
    examples = [*_typed(known), *_spoken(settings, known)]
    click.echo(f"{len(examples)} examples")
    tensors = [_tensors(index, e) for e in examples if e.transcript.best]
    weights = _fitted(tensors)
    _report(known, weights, examples)
    thresholds = _thresholds(known, weights, examples)
    text = _toml(weights, thresholds)
    click.echo(text)
    if options.write:
        RANKING.write_text(text, encoding="utf-8")


def _questions(known: Sequence[Topic]) -> list[tuple[str, int]]:
    place = {topic.id: n for n, topic in enumerate(known)}
    inside = [(row["question"], place[row["id"]]) for row in rows(DATA / "dev_questions.tsv")]
    outside = [(row["question"], -1) for row in rows(DATA / "dev_out_of_scope.tsv")]
    return inside + outside


def _typed(known: Sequence[Topic]) -> list[Example]:
    exact = [(w.text, n) for n, topic in enumerate(known) for w in topic.wordings][::EXACT_EVERY]
    return [Example(transcript=typed(text), target=n) for text, n in [*_questions(known), *exact]]


def _spoken(settings: Settings, known: Sequence[Topic]) -> list[Example]:
    questions = _questions(known)
    kept = CACHE / f"heard-{_recognition_fingerprint(questions)}.pkl"
    if not kept.exists():
        ears, mind = compose.Ears(settings), compose.knowledge(settings).current()
        with click.progressbar(_takes([text for text, _ in questions]), label="Recognising", file=sys.stderr) as takes:
            kept.write_bytes(pickle.dumps([recognised(ears, mind, speech) for speech in takes]))
    heard = pickle.loads(kept.read_bytes())  # noqa: S301 - our own file
    return [Example(transcript=t, target=target) for t, (_, target) in zip(heard, questions, strict=True)]


def _recognition_fingerprint(questions: Sequence[tuple[str, int]]) -> str:
    """Changes with the questions, the base and the recognising code."""
    variants = [a.variants for a in sample_articles()]
    digest = hashlib.sha256(repr(questions).encode() + repr(variants).encode())
    for source in sorted(Path(compose.__file__).parent.glob("recognition/*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def _takes(texts: Sequence[str]) -> list[Samples]:
    """The texts spoken, clean and in noise; kept in build/, for rendering takes longer than all else."""
    kept = CACHE / f"takes-{hashlib.sha256(chr(10).join(texts).encode()).hexdigest()[:12]}.pkl"
    if kept.exists():
        return pickle.loads(kept.read_bytes())  # type: ignore[no-any-return]  # noqa: S301 - our own file
    shared, studio = shared_folder(), Studio()
    speakers, beds = customers(shared), list(noises(shared).values())
    out: list[Samples] = []
    with click.progressbar(texts, label="Speaking", file=sys.stderr) as progress:
        for number, text in enumerate(progress):
            speech = studio.take(text, speakers[number % len(speakers)])
            snr_db = CONDITIONS[number % len(CONDITIONS)]
            out.append(speech if snr_db is None else studio.in_noise(speech, beds[number % len(beds)], snr_db))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(pickle.dumps(out))
    return out


def recognised(ears: compose.Ears, mind: Mind, speech: Samples) -> Transcript:
    """The first utterance heard in a recording."""
    recognizer = ears.recognizer(mind)
    chunk = AudioChunk(samples=speech, rate_hz=RECOGNITION_RATE_HZ)
    return next(iter([*recognizer.accept(chunk), *recognizer.finish()]), NOTHING_HEARD)


def _tensors(index: TopicIndex, example: Example) -> Tensors:
    hypotheses = example.transcript.hypotheses
    top = max(h.confidence for h in hypotheses) or 1.0
    found = [index.evidence(h)[0] for h in hypotheses]
    ones = np.ones((len(found[0]), 1))
    return Tensors(
        evidence=np.stack([np.concatenate([e, ones], axis=1) for e in found]).astype(np.float32),
        kana=np.array([is_kana(h.text) for h in hypotheses]),
        doubt=np.array([1 - h.confidence / top for h in hypotheses]),
        target=example.target,
    )


def _fitted(tensors: Sequence[Tensors]) -> Weights:
    """Adam on the mean log loss; `parameters` holds written, kana and doubt one after the other."""
    size = len(FIELDS) + 1
    parameters = np.concatenate([np.full(size, 2.0), np.full(size, 2.0), [1.0]])
    parameters[[size - 1, 2 * size - 1]] = -6.0
    moment, square = np.zeros_like(parameters), np.zeros_like(parameters)
    for step in range(1, STEPS + 1):
        loss, slope = _loss(tensors, parameters, size)
        slope += DECAY * parameters
        moment, square = 0.9 * moment + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        parameters -= RATE * (moment / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
        parameters[-1] = max(0.0, parameters[-1])
        if step % 100 == 0:
            click.echo(f"step {step}, mean log loss {loss:.3f}")
    return Weights(written=parameters[:size], kana=parameters[size : 2 * size], doubt=float(parameters[-1]))


def _loss(tensors: Sequence[Tensors], parameters: NDArray[np.float64], size: int) -> tuple[float, NDArray[np.float64]]:
    loss, slope = 0.0, np.zeros_like(parameters)
    for t in tensors:
        per_hypothesis = np.where(t.kana[:, None], parameters[size : 2 * size], parameters[:size])
        scores = np.einsum("htf,hf->ht", t.evidence, per_hypothesis) - parameters[-1] * t.doubt[:, None]
        leader = scores.argmax(axis=0)
        logits = np.append(np.take_along_axis(scores, leader[None], 0)[0], 0.0)
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        weight = 1.0 if t.target >= 0 else OUTSIDE_WEIGHT
        loss -= weight * float(np.log(shares[t.target] + 1e-12))
        shares[t.target] -= 1.0
        shares *= weight
        evidence = t.evidence[leader, np.arange(len(leader))] * shares[:-1, None]
        kana = t.kana[leader]
        slope[:size] += evidence[~kana].sum(axis=0)
        slope[size : 2 * size] += evidence[kana].sum(axis=0)
        slope[-1] -= float((t.doubt[leader] * shares[:-1]).sum())
    return loss / len(tensors), slope / len(tensors)


def _report(known: Sequence[Topic], weights: Weights, examples: Sequence[Example]) -> None:
    index = TopicIndex(known, weights)
    for name, wanted in (("typed", 0), ("spoken", 1)):
        inside = [e for e in examples if e.target >= 0 and bool(e.transcript.duration_ms) == bool(wanted)]
        right = sum(_first(index, e) == known[e.target].id for e in inside)
        click.echo(f"{name}: right article first {right}/{len(inside)} ({right / len(inside):.1%})")


def _first(index: TopicIndex, example: Example) -> str:
    ranked = index.rank(example.transcript)
    return ranked[0].topic.id if ranked else ""


def _thresholds(known: Sequence[Topic], weights: Weights, examples: Sequence[Example]) -> Thresholds:
    index = TopicIndex(known, weights)
    ranked = [(index.rank(e.transcript), known[e.target].id if e.target >= 0 else "") for e in examples]
    best, lowest = None, float("inf")
    grid = itertools.product(ANSWER_GRID, LEAD_GRID, ASK_GRID, TOGETHER_GRID)
    for answer, lead, ask, together in grid:
        tried = Thresholds(answer=answer, lead=lead, ask=ask, together=together, safety=SAFETY)
        costs = [_cost(r, truth, tried) * (1.0 if truth else OUTSIDE_WEIGHT) for r, truth in ranked]
        if sum(costs) / len(costs) < lowest:
            best, lowest = tried, sum(costs) / len(costs)
    if best is None:
        raise SystemExit("no thresholds tried")
    click.echo(f"cost {lowest:.3f} a turn with {best}")
    return best


def _cost(ranked: tuple[Candidate, ...], truth: str, thresholds: Thresholds) -> float:
    decision = decide(ranked, thresholds)
    if isinstance(decision, Matched):
        return 0.0 if decision.candidate.topic.id == truth else COST_WRONG
    if isinstance(decision, Ambiguous):
        return COST_ASK if truth in [c.topic.id for c in decision.candidates] else COST_ASK_IN_VAIN
    return COST_CALL if truth else COST_CALL_NEEDED


def _toml(weights: Weights, thresholds: Thresholds) -> str:
    lines = ["# Made by benchmarks/fit_ranking.py; do not edit by hand.", "[weights]", f"doubt = {weights.doubt:.3f}"]
    for name, values in (("written", weights.written), ("kana", weights.kana)):
        lines += ["", f"[weights.{name}]"]
        lines += [f"{field} = {value:.3f}" for field, value in zip((*FIELDS, "bias"), values, strict=True)]
    lines += ["", "[thresholds]"]
    lines += [
        f"{name} = {getattr(thresholds, name)}" for name in ("answer", "lead", "ask", "together", "safety", "choices")
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
