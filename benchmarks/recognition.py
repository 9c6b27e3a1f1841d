"""How well the embedded model hears new wordings, open and compiled; and how far the two agree.

    KOEMADO_SHARED=../shared python -m benchmarks.recognition [--count 60] [--json]

Baseline: open recognition (the model's own mora 4-gram).  Against it: the graph compiled from the sample base, with its
loop.  The questions are those of benchmarks/data, which are in no base; voices and noises come from KOEMADO_SHARED, or
are made here without it.
"""

import argparse
import json
from pathlib import Path

import click
import numpy as np
from rapidfuzz.distance import Levenshtein

from benchmarks.spoken import Studio, customers, noises, rows, shared_folder
from intents.distance import sound_similarity, split_morae
from intents.readings import reading_of
from voice import compose
from voice.audio import Samples
from voice.recognition.decoding import VoskModel
from voice.recognition.phrases import PhraseGraphs, phrase_list
from voice.recognition.vosk_recognizer import KanaHearing
from voice.settings import Settings

DATA = Path(__file__).parent / "data"
CACHE = Path("build/benchmark")
BLOCK = 1_600
SNRS_DB = (None, 20.0, 10.0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=60, help="questions in scope, and as many out of it")
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    settings = Settings(cache_dir=CACHE, data_dir=CACHE)
    folder = compose.model_folder(settings)
    phrases = phrase_list(compose.assistant(settings).mind.phrases)
    compiled = PhraseGraphs(CACHE / "graphs").compiled(folder, phrases)
    if compiled is None:
        raise SystemExit("the graph could not be compiled")
    models = {"open": VoskModel(folder), "compiled": VoskModel(compiled)}
    inside = [row["question"] for row in rows(DATA / "dev_questions.tsv")]
    outside = [row["question"] for row in rows(DATA / "dev_out_of_scope.tsv")]
    result = {
        "in scope": _measured(models, inside[:: max(1, len(inside) // options.count)]),
        "out of scope": _measured(models, outside[:: max(1, len(outside) // options.count)]),
    }
    if options.as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for name, conditions in result.items():
        for condition, figures in conditions.items():
            click.echo(f"{name}, {condition}: " + ", ".join(f"{k} {v:.2f}" for k, v in figures.items()))


def _measured(models: dict[str, VoskModel], texts: list[str]) -> dict[str, dict[str, float]]:
    shared, studio = shared_folder(), Studio()
    speakers, beds = customers(shared), list(noises(shared).values())
    takes = [studio.take(text, speakers[n % len(speakers)]) for n, text in enumerate(texts)]
    out = {}
    for snr_db in SNRS_DB:
        heard = [t if snr_db is None else studio.in_noise(t, beds[n % len(beds)], snr_db) for n, t in enumerate(takes)]
        out[f"{snr_db or 'clean'}"] = _compared(models, [reading_of(text) for text in texts], heard)
    return out


def _compared(models: dict[str, VoskModel], truths: list[str], takes: list[Samples]) -> dict[str, float]:
    found = {name: [_heard(model, take) for take in takes] for name, model in models.items()}
    figures = {f"mora errors {name}": _error(truths, readings) for name, readings in found.items()}
    agreements = [sound_similarity(*pair) for pair in zip(found["compiled"], found["open"], strict=True)]
    for percent in (5, 50, 95):
        figures[f"agreement p{percent}"] = float(np.percentile(agreements, percent))
    return figures


def _heard(model: VoskModel, take: Samples) -> str:
    decoder = model.decoder(1)
    for start in range(0, len(take), BLOCK):
        decoder.feed(take[start : start + BLOCK])
    found = decoder.take()
    return KanaHearing().hypothesis(found[0]).reading if found else ""


def _error(truths: list[str], readings: list[str]) -> float:
    pairs = [(split_morae(a), split_morae(b)) for a, b in zip(truths, readings, strict=True)]
    return sum(Levenshtein.distance(a, b) for a, b in pairs) / sum(len(a) for a, _ in pairs)


if __name__ == "__main__":
    main()
