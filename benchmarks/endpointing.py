"""When the end of an utterance is decided: how long after the last sound, and how often too early.

    KOEMADO_SHARED=../shared python -m benchmarks.endpointing [--count 40] [--json]

Development questions without commas, spoken by synthetic customers as they are and with a pause of 0.35 to 0.5 s put in
between two phrases; clean and in noise (KOEMADO_SHARED, or made here), and short recordings of strangers where they are at
hand.  `cut`: heard as two utterances or more; `late`: not ended 1.5 s after the last sound; times in milliseconds.
"""

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import soundfile

from benchmarks.spoken import Customer, Studio, customers, noises, rows, shared_folder
from voice import compose
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.mind import Mind
from voice.settings import Settings

DATA = Path(__file__).parent / "data"
CACHE = Path("build/benchmark")
BLOCK = 800  # 50 ms, as from a microphone
AFTER_MS = 1_500
PAUSES_MS = (350, 400, 450, 500)
SNRS_DB = (None, 20.0, 10.0)
SILENT = 0.02  # of the loudest
LONGEST_RECORDING_S = 6
PHRASE_ENDS = re.compile(r"(?<=[をがはにでとも])(?=[一-龯ァ-ヶ])")  # a particle, and another word begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A recording, and where the last sound of the speech in it ends."""

    samples: Samples
    end_ms: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=40, help="questions")
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    settings = Settings(cache_dir=CACHE, data_dir=CACHE)
    ears, mind = compose.Ears(settings), compose.knowledge(settings).current()
    result = {name: _figures(ears, mind, takes) for name, takes in _suites(options.count)}
    if options.as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for name, figures in result.items():
        click.echo(f"{name}: " + ", ".join(f"{k} {v:.2f}" if v <= 1 else f"{k} {v:.0f}" for k, v in figures.items()))


def _suites(count: int) -> Iterator[tuple[str, list[Take]]]:
    shared, studio = shared_folder(), Studio()
    speakers, beds = customers(shared), list(noises(shared).values())
    texts = [t for row in rows(DATA / "dev_questions.tsv") if "、" not in (t := row["question"]) and _halves(t)]
    texts = texts[:: max(1, len(texts) // count)]
    pairs = [(text, speakers[n % len(speakers)]) for n, text in enumerate(texts)]
    straight = [_framed(_spoken(studio, *pair)) for pair in pairs]
    paused = [_framed(_with_pause(studio, *pair, PAUSES_MS[n % len(PAUSES_MS)])) for n, pair in enumerate(pairs)]
    for name, takes in (("straight", straight), ("with a pause", paused)):
        for snr_db in SNRS_DB:
            yield (
                f"{name}, {snr_db or 'clean'}",
                [
                    take if snr_db is None else _in_noise(studio, take, beds[n % len(beds)], snr_db)
                    for n, take in enumerate(takes)
                ],
            )
    if shared:
        yield "strangers", list(_recordings(shared))


def _figures(ears: compose.Ears, mind: Mind, takes: Sequence[Take]) -> dict[str, float]:
    heard = [_decisions(ears, mind, take) for take in takes]
    waits = [times[-1] - take.end_ms for times, take in zip(heard, takes, strict=True) if times]
    return {
        "p50": float(np.percentile(waits, 50)) if waits else 0.0,
        "p95": float(np.percentile(waits, 95)) if waits else 0.0,
        "cut": sum(len(times) > 1 for times in heard) / len(takes),
        "late": sum(not times for times in heard) / len(takes),
        "takes": len(takes),
    }


def _decisions(ears: compose.Ears, mind: Mind, take: Take) -> list[float]:
    """When utterances were found to be over, in milliseconds from the beginning."""
    recognizer, times = ears.recognizer(mind), []
    for start in range(0, len(take.samples), BLOCK):
        chunk = AudioChunk(samples=take.samples[start : start + BLOCK], rate_hz=RECOGNITION_RATE_HZ)
        times += [(start + BLOCK) / 16 for _ in recognizer.accept(chunk)]
    return times


def _halves(text: str) -> tuple[str, str] | None:
    """The text cut between two phrases, as near to its middle as possible."""
    places = [m.start() for m in PHRASE_ENDS.finditer(text)]
    if not places:
        return None
    place = min(places, key=lambda p: abs(p - len(text) / 2))
    return text[:place], text[place:]


def _spoken(studio: Studio, text: str, customer: Customer) -> Samples:
    return _trimmed(studio.take(text, customer))


def _with_pause(studio: Studio, text: str, customer: Customer, pause_ms: int) -> Samples:
    first, second = (_spoken(studio, half, customer) for half in _halves(text) or ("", ""))
    return np.concatenate([first, _quiet(pause_ms), second])


def _trimmed(wave: Samples) -> Samples:
    size = np.convolve(np.abs(wave.astype(np.float64)), np.ones(160) / 160, "same")
    sounding = np.flatnonzero(size > size.max() * SILENT)
    return wave[sounding[0] : sounding[-1] + 1]


def _framed(speech: Samples) -> Take:
    return Take(samples=np.concatenate([_quiet(1_000), speech, _quiet(AFTER_MS)]), end_ms=1_000 + len(speech) / 16)


def _quiet(ms: int) -> Samples:
    return np.rint(np.random.default_rng(ms).standard_normal(ms * 16) * 5).astype(np.int16)


def _in_noise(studio: Studio, take: Take, noise: Samples, snr_db: float) -> Take:
    return Take(samples=studio.in_noise(take.samples, noise, snr_db), end_ms=take.end_ms)


def _recordings(shared: Path) -> Iterator[Take]:
    for row in rows(shared / "speech/manifest.tsv"):
        if float(row["duration_s"]) <= LONGEST_RECORDING_S:
            wave: Samples = soundfile.read(shared / "speech" / row["file"], dtype="int16")[0]
            yield _framed(_trimmed(wave))


if __name__ == "__main__":
    main()
