"""Learn what our recogniser mishears: the table `intents/data/confusions.tsv`.

    KOEMADO_SHARED=../shared python -m benchmarks.fit_confusions [--write] [--count 400]

Wordings of the sample base are spoken by synthetic customers, clean and in noise, and recognised without the base's help
(open recognition).  A stochastic edit distance over phones (Ristad and Yianilos 1998, Viterbi training) is fitted to the pairs
of what was said and what was heard.  A pair's cost is its log probability against hearing right, 0 to 1.
"""

import argparse
import math
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from benchmarks.spoken import Studio, customers, noises, shared_folder
from intents.distance import split_morae
from intents.morae import MORA_PHONES
from intents.readings import reading_of
from kb.sample import sample_articles
from voice import compose
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.settings import Settings

TABLE = Path(__file__).parent.parent / "intents/data/confusions.tsv"
Pair = tuple[str, str]
ROUNDS: Final = 5
SNRS_DB: Final = (None, 20.0, None, 10.0)
RARE: Final = 20  # added to how often a phone was heard right: few cases prove little
DEAREST: Final = 6.0  # natural logarithm; what costs 1
FURTHEST: Final = 0.5  # pairs further apart than this (noise was heard, not speech) teach nothing


def main() -> None:
    """Learn, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write intents/data/confusions.tsv")
    parser.add_argument("--count", type=int, default=400, help="wordings to speak")
    options = parser.parse_args()
    wordings = [text for article in sample_articles() for text in article.variants]
    chosen = wordings[:: max(1, len(wordings) // options.count)]
    costs = learned([(phones(said), phones(heard)) for said, heard in _pairs(chosen)])
    table = _table(costs, len(chosen))
    click.echo("\n".join(table[:40]))
    if options.write:
        TABLE.write_text("\n".join(table) + "\n", encoding="utf-8")


def phones(reading: str) -> list[str]:
    """A reading's phones."""
    return [phone for mora in split_morae(reading) for phone in MORA_PHONES.get(mora, ())]


def _pairs(texts: Sequence[str]) -> list[Pair]:
    """Readings said and heard."""
    shared, studio = shared_folder(), Studio()
    speakers, beds = customers(shared), list(noises(shared).values())
    ears = compose.Ears(Settings(compiled_phrases=False))
    mind = compose.knowledge(Settings()).current()
    out = []
    with click.progressbar(texts, label="Speaking and recognising", file=sys.stderr) as progress:
        for n, text in enumerate(progress):
            take, snr_db = studio.take(text, speakers[n % len(speakers)]), SNRS_DB[n // len(speakers) % len(SNRS_DB)]
            noisy = take if snr_db is None else studio.in_noise(take, beds[n % len(beds)], snr_db)
            recognizer = ears.recognizer(mind)
            out.append((reading_of(text), _heard([*recognizer.accept(_chunk(noisy)), *recognizer.finish()])))
    return [pair for pair in out if pair[1]]


def _heard(transcripts: Iterable[object]) -> str:
    return "".join(t.best.reading for t in transcripts if t.best)  # type: ignore[attr-defined]


def _chunk(samples: Samples) -> AudioChunk:
    return AudioChunk(samples=samples, rate_hz=RECOGNITION_RATE_HZ)


def learned(pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> dict[Pair, float]:
    """Costs by (said, heard) phone, "" for nothing; what costs 1 is left out."""
    costs: dict[Pair, float] = {}
    for _ in range(ROUNDS):
        counts: Counter[Pair] = Counter()
        for said, heard in pairs:
            steps, cost = aligned(said, heard, costs)
            if cost <= FURTHEST * max(len(said), len(heard)):
                counts.update(steps)
        costs = _costs(counts)
    return costs


def aligned(said: Sequence[str], heard: Sequence[str], costs: Mapping[Pair, float]) -> tuple[list[Pair], float]:
    """The cheapest alignment: its steps and its cost."""
    best: list[list[tuple[float, Pair]]] = [[(0.0, ("", ""))]]
    for j, phone in enumerate(heard, 1):
        best[0].append((best[0][j - 1][0] + costs.get(("", phone), 1.0), ("", phone)))
    for i, spoken in enumerate(said, 1):
        row = [(best[i - 1][0][0] + costs.get((spoken, ""), 1.0), (spoken, ""))]
        for j, phone in enumerate(heard, 1):
            swap = 0.0 if spoken == phone else costs.get((spoken, phone), 1.0)
            row.append(
                min(
                    (best[i - 1][j - 1][0] + swap, (spoken, phone)),
                    (best[i - 1][j][0] + costs.get((spoken, ""), 1.0), (spoken, "")),
                    (row[j - 1][0] + costs.get(("", phone), 1.0), ("", phone)),
                )
            )
        best.append(row)
    return _steps(best, len(said), len(heard)), best[-1][-1][0]


def _steps(best: Sequence[Sequence[tuple[float, Pair]]], i: int, j: int) -> list[Pair]:
    out = []
    while i or j:
        step = best[i][j][1]
        out.append(step)
        i, j = i - bool(step[0]), j - bool(step[1])
    return out


def _costs(counts: Mapping[Pair, int]) -> dict[Pair, float]:
    """Log odds against the phone being heard right; for what was not said, against nothing being heard."""
    right = Counter({said: n for (said, heard), n in counts.items() if said == heard})
    phones_said = sum(n for (said, _), n in counts.items() if said)
    out = {}
    for (said, heard), n in counts.items():
        if said != heard:
            chances = right[said] if said else phones_said
            odds = n / (chances + RARE)
            cost = round(min(1.0, max(0.05, -math.log(odds) / DEAREST)), 3)
            if cost < 1:
                out[said, heard] = cost
    return out


def _table(costs: Mapping[Pair, float], count: int) -> list[str]:
    lines = [
        f"# Made by benchmarks/fit_confusions.py from {count} sentences; do not edit by hand.",
        "said\theard\tcost",
    ]
    return lines + [f"{said}\t{heard}\t{cost}" for (said, heard), cost in sorted(costs.items(), key=lambda c: c[1])]


if __name__ == "__main__":
    main()
