"""Learn what tells a wake word from other talk, for voice/wake/data/evidence.toml.

    KOEMADO_SHARED=../shared python -m benchmarks.fit_wake [--hours 1.5] [--calls 90] [--dry]

The sounds of "fit" only (`benchmarks.wake_sounds`): calls by several wake words, so that no phrase is special, against
talk in which none is said. A logistic regression over `voice.wake.matching.FEATURES`. What is printed for a phrase was
measured with weights learned without it. Takes some seven minutes of one core.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from benchmarks.spoken import shared_folder
from benchmarks.wake_sounds import Sounds
from voice import compose
from voice.audio import RECOGNITION_RATE_HZ, Samples
from voice.settings import Settings
from voice.wake.acoustics import Acoustics, read_layers
from voice.wake.detector import ROW, evidence
from voice.wake.matching import FEATURES, Evidence, Match, Spotter
from voice.wake.phrases import wake_phrases

PHRASES = (
    "ねえ、こえまど", "こえまど", "おーい、ロボット", "すみません、まどぐち", "もしもし、みどり", "ハロー、そよかぜ",
    "オーケー、コンシェルジュ", "やあ、たまごさん", "ねえ、さくらこ",
)  # fmt: skip
TARGET = Path("voice/wake/data/evidence.toml")
CANDIDATE = -2.5
EARLY_S, LATE_S = 0.35, 0.45  # around the end of a call, in which it must be found
APART = 33  # rows from one candidate to the next, 1 s
RIDGE = 1.0
RATES = (0.0, 0.5, 1.0, 2.0, 5.0)  # false accepts an hour


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What one phrase was looked at for: features (n, 6), and those of the calls; how many calls had no candidate."""

    calls: np.ndarray
    talk: np.ndarray
    unseen: int
    hours: float


def main() -> None:
    """Learn, print what it is worth, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=1.5)
    parser.add_argument("--calls", type=int, default=90, help="of each phrase")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    options = parser.parse_args()
    shared = shared_folder()
    if shared is None:
        sys.exit("KOEMADO_SHARED must name the folder of voices and texts")
    seen = _looked_at(shared, options.hours, options.calls)
    for phrase in PHRASES:
        others = [found for other, found in seen.items() if not set(other.split("、")) & set(phrase.split("、"))]
        _report(phrase, seen[phrase], learned(others))
    if not options.dry:
        _write(learned(list(seen.values())))


def learned(sets: list[Seen]) -> np.ndarray:
    """Weights of the features and, last, the bias: logistic regression with a ridge, by Newton's method."""
    rows = np.concatenate([part for found in sets for part in (found.calls, found.talk)])
    wanted = np.concatenate([np.r_[np.ones(len(found.calls)), np.zeros(len(found.talk))] for found in sets])
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    scaled = np.c_[(rows - mean) / spread, np.ones(len(rows))]
    weights, ridge = np.zeros(scaled.shape[1]), np.r_[np.full(len(mean), RIDGE), 1e-6]
    for _ in range(40):
        chance = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (chance - wanted) + ridge * weights
        weights -= np.linalg.solve((scaled.T * (chance * (1 - chance))) @ scaled + np.diag(ridge), slope)
    return np.r_[weights[:-1] / spread, weights[-1] - np.sum(weights[:-1] * mean / spread)]


def _looked_at(shared: Path, hours: float, calls: int) -> dict[str, Seen]:
    acoustics = Acoustics(read_layers(compose.model_folder(Settings(model="embedded"))))
    talk = [_rows(acoustics, take) for take in _shown(Sounds("fit", shared, seed=1).talk(hours), hours)]
    out = {}
    for number, phrase in enumerate(PHRASES):
        spotter = Spotter(wake_phrases([phrase])[0], Evidence(candidate=CANDIDATE, weights=evidence().weights, bias=0))
        found = [
            _near(spotter, _rows(acoustics, call.samples), call.ended_s)
            for call in Sounds("fit", shared, seed=100 + number).calls(calls, [phrase])
        ]
        out[phrase] = Seen(
            calls=np.array([f for f in found if f is not None]),
            talk=np.array([f for rows in talk for f in _peaks(spotter, rows)]).reshape(-1, len(FEATURES)),
            unseen=sum(f is None for f in found),
            hours=sum(map(len, talk)) * ROW / RECOGNITION_RATE_HZ / 3600,
        )
        click.echo(f"{phrase}: {len(out[phrase].talk)} candidates in talk, {out[phrase].unseen} calls unseen", err=True)
    return out


def _shown(takes: Iterator[Samples], hours: float) -> Iterator[Samples]:
    with click.progressbar(length=int(hours * 3600), label="Talking", file=sys.stderr) as bar:
        for take in takes:
            yield take
            bar.update(len(take) // RECOGNITION_RATE_HZ)


def _rows(acoustics: Acoustics, take: Samples) -> np.ndarray:
    acoustics.reset()
    rows = acoustics.accept(np.concatenate([take, np.zeros(RECOGNITION_RATE_HZ // 4, np.int16)]))
    return np.exp(rows).astype(np.float16)


def _found(spotter: Spotter, rows: np.ndarray) -> list[Match]:
    spotter.reset()
    return [match for at in range(0, len(rows), 2) for match in spotter.accept(rows[at : at + 2].astype(np.float32))]


def _values(features: Mapping[str, float]) -> np.ndarray:
    return np.array([features[name] for name in FEATURES])


def _near(spotter: Spotter, rows: np.ndarray, ended_s: float) -> np.ndarray | None:
    end = ended_s * RECOGNITION_RATE_HZ
    near = [m for m in _found(spotter, rows) if -EARLY_S < (m.end * ROW - end) / RECOGNITION_RATE_HZ < LATE_S]
    return _values(max(near, key=_quality).features) if near else None


def _peaks(spotter: Spotter, rows: np.ndarray) -> Iterator[np.ndarray]:
    """The best candidate of each second."""
    left = sorted(_found(spotter, rows), key=_quality, reverse=True)
    taken: list[int] = []
    for match in left:
        if all(abs(match.end - other) > APART for other in taken):
            taken.append(match.end)
            yield _values(match.features)


def _quality(match: Match) -> float:
    return match.features["path"] + match.features["mean"]


def _report(phrase: str, seen: Seen, weights: np.ndarray) -> None:
    calls, talk = (part @ weights[:-1] + weights[-1] for part in (seen.calls, seen.talk))
    worst = np.sort(talk)[::-1]
    total, cells = len(calls) + seen.unseen, []
    for rate in RATES:
        place = int(rate * seen.hours)
        least = worst[place] if place < len(worst) else -np.inf
        cells.append(f"{rate:g}/h at {least:.1f}: {(seen.unseen + int((calls <= least).sum())) / total:.1%} missed")
    click.echo(f"{phrase}: " + "; ".join(cells))


def _write(weights: np.ndarray) -> None:
    lines = ["# Made by benchmarks/fit_wake.py; do not edit by hand."]
    lines += [f"candidate = {CANDIDATE}", f"bias = {weights[-1]:.4f}", "", "[weights]"]
    lines += [f"{name} = {weight:.4f}" for name, weight in zip(FEATURES, weights[:-1], strict=True)]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
