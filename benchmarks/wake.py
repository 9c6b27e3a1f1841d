"""The wake word: how many calls are missed, how often the box wakes for nothing, how soon, and what it costs.

    KOEMADO_SHARED=../shared python -m benchmarks.wake [--calls 200] [--hours 2] [--seed 21] [--part test] [--json]

Calls by a voice style that neither the embedded model nor the ear has heard, near and in two recorded rooms, clean and
with household noise or babble 20 and 10 dB below the loud parts of the speech; every second one goes on with a
question. False accepts are counted in all human recordings and noises of KOEMADO_SHARED (played three times: as they
are, 10 dB over household noise, and a fifth faster), in synthesised talk, and in sentences made to sound like the wake
word. Everything goes through the detector as from a microphone, in pieces of 50 ms. `--part dev` are the sounds on
which the bars were chosen; there what the model said is kept too, so that another bar is tried in minutes. Sounds are
kept in build/wake (`benchmarks.wake_kept`). `--search-only` is the detector without the ear.
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
from benchmarks.wake_kept import Order, RememberedAcoustics, Take, takes, talk
from benchmarks.wake_sounds import human
from voice import compose
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.audio_files import resample
from voice.recognition.speech_detection import faint_noise
from voice.settings import Settings
from voice.wake.acoustics import Acoustics, read_layers
from voice.wake.detector import WakeWordDetector
from voice.wake.ear import ear_for
from voice.wake.phrases import shipped_wake_words, wake_phrases
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
    model = compose.model_folder(Settings(model="embedded"))
    acoustics = RememberedAcoustics(model) if options.part == "dev" else Acoustics(read_layers(model))
    detector = _detector(options, model, acoustics)
    result = Result(calls=options.calls)
    _calls(detector, shared, options, result)
    for name, sounds in _others(shared, options):
        result.false[name] = _false(detector, sounds, name)
    if isinstance(acoustics, RememberedAcoustics):
        acoustics.keep()
    else:
        _cost(detector, shared, options, result)
    click.echo(json.dumps(summary(result), ensure_ascii=False) if options.as_json else text(result))


def _detector(options: argparse.Namespace, model: Path, acoustics: Acoustics) -> WakeWordDetector:
    phrases = wake_phrases(options.phrase or shipped_wake_words())
    ears = {phrase.text: ear for phrase in phrases if not options.search_only and (ear := ear_for(phrase, model))}
    return WakeWordDetector(phrases, acoustics, ears=ears)


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
    parser.add_argument("--hours", type=float, default=2.0, help="of synthesised talk")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--part", choices=["dev", "test"], default="test")
    parser.add_argument("--phrase", action="append", help="another wake word than the shipped ones, as it is said too")
    parser.add_argument("--search-only", action="store_true", help="without the ear that was trained on the phrase")
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


def _calls(detector: WakeWordDetector, shared: Path, options: argparse.Namespace, result: Result) -> None:
    said = options.phrase[0] if options.phrase else shipped_wake_words()[0]
    order = Order(part=options.part, kind="calls", amount=options.calls, seed=options.seed, phrase=said)
    with click.progressbar(takes(order, shared), label="Calling", file=sys.stderr) as bar:
        for call in bar:
            _one(detector, call, result)


def _one(detector: WakeWordDetector, call: Take, result: Result) -> None:
    detector.reset()
    ended_s = call.ended_s or 0.0
    near = [f for f in heard(detector, call.samples) if -EARLY_S < f[0].ended_at_s - ended_s < NOTICED_S]
    result.missed[call.condition].append(not near)
    if not near:
        result.texts.append(f"{call.condition}; {call.who}")
        return
    wake, noticed_s = near[0]
    result.delays_ms.append((noticed_s - ended_s) * 1000)
    result.end_errors_ms.append((wake.ended_at_s - ended_s) * 1000)


def _others(shared: Path, options: argparse.Namespace) -> Iterator[tuple[str, Iterable[Samples]]]:
    """What holds no wake word; the human recordings belong to the test only."""
    if options.part == "test":
        yield "human speech and noise", _recordings(shared)
    talked = talk(options.part, options.hours, options.seed + 1)
    yield "synthesised talk", (take.samples for order in talked for take in takes(order, shared))
    near = Order(part=options.part, kind="near", amount=0, seed=options.seed + 2)
    yield "near the wake word", (take.samples for take in takes(near, shared))


def _recordings(shared: Path) -> Iterator[Samples]:
    studio, beds = Studio(), list(noises(shared).values())
    for number, (_, samples) in enumerate(human(shared)):
        yield samples
        yield studio.in_noise(samples, beds[number % len(beds)], 10.0)
        yield resample(samples, RECOGNITION_RATE_HZ * 6 // 5, RECOGNITION_RATE_HZ)


def _false(detector: WakeWordDetector, sounds: Iterable[Samples], label: str) -> list[float]:
    """False accepts and hours, the sounds as one stream with a moment of quiet between them."""
    count, size = 0, 0
    detector.reset()
    with click.progressbar(sounds, label=label, file=sys.stderr, show_pos=True) as bar:
        for take in bar:
            stream = np.concatenate([take, faint_noise(RECOGNITION_RATE_HZ // 2)])
            count += len(heard(detector, stream))
            size += len(take)
    return [count, size / RECOGNITION_RATE_HZ / 3600]


def _cost(detector: WakeWordDetector, shared: Path, options: argparse.Namespace, result: Result) -> None:
    """Share of one core in talk without pauses, and in a quiet room."""
    minute = takes(Order(part=options.part, kind="talk", amount=60 / 3600, seed=options.seed + 3), shared)
    said = np.concatenate([take.samples for take in minute])
    for name, samples in (("talk", said), ("quiet", faint_noise(60 * RECOGNITION_RATE_HZ))):
        detector.reset()
        began = time.process_time()
        heard(detector, samples)
        result.real_time[name] = (time.process_time() - began) / (len(samples) / RECOGNITION_RATE_HZ)


if __name__ == "__main__":
    main()
