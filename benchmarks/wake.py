"""The wake word: how many calls are missed, how often the box wakes for nothing, how soon, and what it costs.

    KOEMADO_SHARED=../shared python -m benchmarks.wake [--calls 200] [--hours 1] [--seed 9] [--part test] [--json]

Calls by voices the embedded model was not trained on, near and in two recorded rooms, clean and with household noise
or babble 20 and 10 dB below the loud parts of the speech; every second one goes on with a question. False accepts are
counted in all human recordings and noises of KOEMADO_SHARED (played three times: as they are, 10 dB over household
noise, and a fifth faster), in synthesised talk, and in sentences made to sound like the wake word. Everything goes
through the detector as from a microphone, in pieces of 50 ms. `--part dev` are the sounds on which the threshold was
chosen.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np

from benchmarks.spoken import Studio, noises, shared_folder
from benchmarks.wake_sounds import Call, Sounds, human
from voice import compose
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.audio_files import resample
from voice.recognition.speech_detection import faint_noise
from voice.settings import Settings
from voice.wake.detector import WakeWordDetector, wake_word_detector
from voice.wake.phrases import shipped_wake_words
from voice.wake.wake import Wake

BLOCK = 800  # 50 ms, as from a microphone
NOTICED_S = 1.2  # after its end a wake word counts as found
EARLY_S = 0.4


@dataclass(slots=True)
class Result:
    """What was found."""

    calls: int = 0
    missed: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))  # by condition
    delays_ms: list[float] = field(default_factory=list)  # from the end of the wake word to its notice
    end_errors_ms: list[float] = field(default_factory=list)  # of `ended_at_s`
    false: dict[str, list[float]] = field(default_factory=dict)  # accepts, hours
    real_time: dict[str, float] = field(default_factory=dict)  # share of one core
    texts: list[str] = field(default_factory=list)  # of what was missed


def main() -> None:
    """Measure and print."""
    options = _options()
    shared = shared_folder()
    if shared is None:
        sys.exit("KOEMADO_SHARED must name the folder of voices, noises and recordings")
    words = tuple(options.phrase or shipped_wake_words())
    detector = wake_word_detector(words, compose.model_folder(Settings(model="embedded")))
    result = Result(calls=options.calls)
    _calls(detector, Sounds(options.part, shared, seed=options.seed), options, result)
    for name, takes in _others(shared, options):
        result.false[name] = _false(detector, takes, name)
    _cost(detector, shared, options, result)
    click.echo(json.dumps(summary(result), ensure_ascii=False) if options.as_json else text(result))


def summary(result: Result) -> dict[str, object]:
    """The result as JSON values."""
    missed = [was for kind in result.missed.values() for was in kind]
    return {
        "calls": len(missed),
        "missed": sum(missed) / max(1, len(missed)),
        "missed_by_condition": {name: f"{sum(kind)}/{len(kind)}" for name, kind in sorted(result.missed.items())},
        "delay_ms": {f"p{p}": _percentile(result.delays_ms, p) for p in (50, 90, 95)},
        "end_error_ms": {f"p{p}": _percentile(result.end_errors_ms, p) for p in (5, 50, 95)},
        "false_accepts": {n: {"count": c, "hours": round(h, 3)} for n, (c, h) in result.false.items()},
        "real_time_factor": {name: round(share, 4) for name, share in result.real_time.items()},
    }


def _percentile(values: list[float], share: int) -> int | None:
    return round(float(np.percentile(values, share))) if values else None


def text(result: Result) -> str:
    """The result as lines for people."""
    found = summary(result)
    lines = [f"{name}: {value}" for name, value in found.items()]
    return "\n".join([*lines, *(f"missed: {missed}" for missed in result.texts)])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--hours", type=float, default=1.0, help="of synthesised talk")
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--part", choices=["dev", "test"], default="test")
    parser.add_argument("--phrase", action="append", help="another wake word than the shipped ones, as it is said too")
    parser.add_argument("--json", action="store_true", dest="as_json")
    return parser.parse_args()


def heard(detector: WakeWordDetector, samples: Samples) -> list[tuple[Wake, float]]:
    """The wake words in a stream, and when each was noticed, in seconds."""
    found = []
    for at in range(0, len(samples), BLOCK):
        wake = detector.accept(AudioChunk(samples=samples[at : at + BLOCK], rate_hz=RECOGNITION_RATE_HZ))
        if wake:
            found.append((wake, (at + BLOCK) / RECOGNITION_RATE_HZ))
    return found


def _calls(detector: WakeWordDetector, sounds: Sounds, options: argparse.Namespace, result: Result) -> None:
    calls = sounds.calls(options.calls, options.phrase or ())
    with click.progressbar(calls, length=options.calls, label="Calling", file=sys.stderr) as bar:
        for call in bar:
            _one(detector, call, result)


def _one(detector: WakeWordDetector, call: Call, result: Result) -> None:
    detector.reset()
    near = [f for f in heard(detector, call.samples) if -EARLY_S < f[0].ended_at_s - call.ended_s < NOTICED_S]
    result.missed[call.condition].append(not near)
    if not near:
        result.texts.append(f"{call.text} ({call.condition}; {call.who})")
        return
    wake, noticed_s = near[0]
    result.delays_ms.append((noticed_s - call.ended_s) * 1000)
    result.end_errors_ms.append((wake.ended_at_s - call.ended_s) * 1000)


def _others(shared: Path, options: argparse.Namespace) -> Iterator[tuple[str, Iterable[Samples]]]:
    """What holds no wake word; the human recordings belong to the test only."""
    if options.part == "test":
        yield "human speech and noise", _recordings(shared)
    yield "synthesised talk", Sounds(options.part, shared, seed=options.seed + 1).talk(options.hours)
    yield "near the wake word", Sounds(options.part, shared, seed=options.seed + 2).near()


def _recordings(shared: Path) -> Iterator[Samples]:
    studio, beds = Studio(), list(noises(shared).values())
    for number, (_, samples) in enumerate(human(shared)):
        yield samples
        yield studio.in_noise(samples, beds[number % len(beds)], 10.0)
        yield resample(samples, RECOGNITION_RATE_HZ * 6 // 5, RECOGNITION_RATE_HZ)


def _false(detector: WakeWordDetector, takes: Iterable[Samples], label: str) -> list[float]:
    """False accepts and hours, the takes as one stream with a moment of quiet between them."""
    count, size = 0, 0
    detector.reset()
    with click.progressbar(takes, label=label, file=sys.stderr, show_pos=True) as bar:
        for take in bar:
            stream = np.concatenate([take, faint_noise(RECOGNITION_RATE_HZ // 2)])
            count += len(heard(detector, stream))
            size += len(take)
    return [count, size / RECOGNITION_RATE_HZ / 3600]


def _cost(detector: WakeWordDetector, shared: Path, options: argparse.Namespace, result: Result) -> None:
    """Share of one core in talk without pauses, and in a quiet room."""
    takes = [*Sounds(options.part, shared, seed=options.seed + 3).talk(60 / 3600)]
    for name, samples in (("talk", np.concatenate(takes)), ("quiet", faint_noise(60 * RECOGNITION_RATE_HZ))):
        detector.reset()
        began = time.process_time()
        heard(detector, samples)
        result.real_time[name] = (time.process_time() - began) / (len(samples) / RECOGNITION_RATE_HZ)


if __name__ == "__main__":
    main()
