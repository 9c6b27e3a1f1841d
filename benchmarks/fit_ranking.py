"""Fit the weights of `intents/data/ranking.toml` on the development questions.

    KOEMADO_SHARED=../shared python -m benchmarks.fit_ranking [--write] [--typed-only]

Every development question (benchmarks/data) is taken twice: typed, and spoken by synthetic customers through the real
recogniser, clean and in noise.  The model is `benchmarks/ranking_model.py`; figures are from two halves of the questions, each
judged by weights fitted on the other.  The test questions (tests/data) are not looked at.
"""

import argparse
import hashlib
import pickle
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

import intents
from benchmarks.ranking_model import Batch, Example, batch_of, fitted, half, judged
from benchmarks.spoken import Studio, customers, noises, rows, shared_folder
from intents.evidence import FIELDS
from intents.matching import NULL_FIELDS, Topic, TopicIndex, Weights
from intents.transcripts import NOTHING_HEARD, Transcript, typed
from kb.sample import sample_articles
from voice import compose
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.knowledge import topics
from voice.made_once import Readings
from voice.mind import Mind
from voice.settings import Settings

DATA = Path(__file__).parent / "data"
RANKING = Path(__file__).parent.parent / "intents/data/ranking.toml"
CACHE = Path("build/fit_ranking")
EXACT_EVERY = 20  # also learn from every twentieth wording of the base as it stands
CONDITIONS = (None, 20.0, None, 10.0)  # clean, or noise at so many dB
OUTSIDE_WEIGHT = 1.5  # devices hear more that is not for them than our development set holds


def main() -> None:
    """Fit, report, and write the result if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write intents/data/ranking.toml")
    parser.add_argument("--typed-only", action="store_true", help="leave the spoken questions out")
    options = parser.parse_args()
    settings = Settings(cache_dir=CACHE, data_dir=CACHE / "data")
    known = topics(sample_articles(), Readings(CACHE / "readings"))
    index = TopicIndex(known)
    examples = [*_typed(known), *([] if options.typed_only else _spoken(settings, known))]
    heard = [e for e in examples if e.transcript.best]
    click.echo(f"{len(examples)} examples, {len(examples) - len(heard)} not heard at all")
    batch = batch_of(index, heard)
    _report(heard, batch)
    text = _toml(fitted(batch))
    click.echo(text)
    if options.write:
        RANKING.write_text(text, encoding="utf-8")


def _report(examples: Sequence[Example], batch: Batch) -> None:
    """Figures of questions that the weights were not fitted on."""
    key = np.array([(e.target if e.target >= 0 else number) % 2 for number, e in enumerate(examples)])
    found: dict[str, list[tuple[bool, float]]] = {}
    for side in (0, 1):
        weights = fitted(half(batch, key != side))
        places = np.flatnonzero(key == side)
        for place, (right, score) in zip(places, judged(half(batch, key == side), weights), strict=True):
            example = examples[place]
            kind = "spoken" if example.transcript.duration_ms else "typed"
            found.setdefault(f"{kind}, {'inside' if example.target >= 0 else 'outside'}", []).append((right, score))
    for name, figures in sorted(found.items()):
        right, score = (np.array(column) for column in zip(*figures, strict=True))
        click.echo(f"{name}: {len(right)}, first right {right.mean():.1%}, best above 0.5 {(score > 0.5).mean():.1%}")


def _questions(known: Sequence[Topic]) -> list[tuple[str, int]]:
    place = {topic.id: n for n, topic in enumerate(known)}
    inside = [(row["question"], place[row["id"]]) for row in rows(DATA / "dev_questions.tsv")]
    outside = [(row["question"], -1) for row in rows(DATA / "dev_out_of_scope.tsv")]
    return inside + outside


def _typed(known: Sequence[Topic]) -> list[Example]:
    exact = [(w.text, n) for n, topic in enumerate(known) for w in topic.wordings][::EXACT_EVERY]
    return [_example(typed(text), n) for text, n in [*_questions(known), *exact]]


def _spoken(settings: Settings, known: Sequence[Topic]) -> list[Example]:
    questions = _questions(known)
    kept = CACHE / f"heard-{_recognition_fingerprint(settings, questions)}.pkl"
    if not kept.exists():
        ears, mind = compose.Ears(settings), compose.knowledge(settings).current()
        with click.progressbar(_takes([text for text, _ in questions]), label="Recognising", file=sys.stderr) as takes:
            kept.write_bytes(pickle.dumps([recognised(ears, mind, speech) for speech in takes]))
    heard = pickle.loads(kept.read_bytes())  # noqa: S301 - our own file
    return [_example(t, target) for t, (_, target) in zip(heard, questions, strict=True)]


def _example(transcript: Transcript, target: int) -> Example:
    return Example(transcript=transcript, target=target, weight=1.0 if target >= 0 else OUTSIDE_WEIGHT)


def _recognition_fingerprint(settings: Settings, questions: Sequence[tuple[str, int]]) -> str:
    """Changes with the questions, the base, the model and the recognising code."""
    digest = hashlib.sha256(repr((questions, [a.variants for a in sample_articles()])).encode())
    folder, language = Path(compose.__file__).parent / "recognition", Path(intents.__file__).parent
    model = compose.model_folder(settings) / "am/final.mdl"
    for source in (model, *sorted(folder.glob("*.*")), language / "data/utterance_endings.toml"):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def _takes(texts: Sequence[str]) -> list[Samples]:
    """The texts spoken, clean and in noise; kept in build/, for rendering takes longer than all else."""
    kept = CACHE / f"takes-{hashlib.sha256(repr((texts, CONDITIONS, 2)).encode()).hexdigest()[:12]}.pkl"
    if kept.exists():
        return pickle.loads(kept.read_bytes())  # type: ignore[no-any-return]  # noqa: S301 - our own file
    shared, studio = shared_folder(), Studio()
    speakers, beds = customers(shared), list(noises(shared).values())
    out: list[Samples] = []
    with click.progressbar(texts, label="Speaking", file=sys.stderr) as progress:
        for number, text in enumerate(progress):
            speech = studio.take(text, speakers[number % len(speakers)])
            snr_db = CONDITIONS[number // len(speakers) % len(CONDITIONS)]  # every voice in every condition
            out.append(speech if snr_db is None else studio.in_noise(speech, beds[number % len(beds)], snr_db))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(pickle.dumps(out))
    return out


def recognised(ears: compose.Ears, mind: Mind, speech: Samples) -> Transcript:
    """The first utterance heard in a recording."""
    recognizer = ears.recognizer(mind)
    chunk = AudioChunk(samples=speech, rate_hz=RECOGNITION_RATE_HZ)
    return next(iter([*recognizer.accept(chunk), *recognizer.finish()]), NOTHING_HEARD)


def _toml(weights: Weights) -> str:
    lines = ["# Made by benchmarks/fit_ranking.py; do not edit by hand.", f"doubt = {weights.doubt:.3f}"]
    lines += ["", "[null]", *(f"{n} = {v:.3f}" for n, v in zip(NULL_FIELDS, weights.null, strict=True))]
    for name, values in (("written", weights.written), ("kana", weights.kana)):
        lines += ["", f"[{name}]"]
        lines += [f"{field} = {value:.3f}" for field, value in zip((*FIELDS, "bias"), values, strict=True)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
