"""How well the embedded model hears new wordings, open and expecting the base; and which recognition should lead.

    KOEMADO_SHARED=../shared python -m benchmarks.recognition [--count 60] [--kb FILE.db] [--json]

Baselines, measured in the same run: "open" (the model's own mora 4-gram) and "phrases + mora loop" (a tree of the base's
wordings with a mora 4-gram of them for everything else).  Against them: "base", the words of the base in new combinations
and frames, with open speech for other words.  The questions are those of benchmarks/data, which are in no base; all is
heard through the speech gate.  At the end stands what `koemado models measure` would decide on these takes, in all
conditions together: that is what voice/recognition/listening.toml ships.  Voices and noises come from KOEMADO_SHARED, or
are made here without it.
"""

import argparse
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from rapidfuzz.distance import Levenshtein

from benchmarks.spoken import Studio, customers, noises, rows, shared_folder
from intents.distance import sound_similarity, split_morae
from intents.morae import MORA_PHONES, from_kana
from intents.readings import reading_of
from intents.transcripts import Hypothesis
from voice import compose
from voice.audio import Samples
from voice.modelkit.graph import build_graph
from voice.modelkit.ngram import ngram
from voice.recognition.decoding import VoskModel
from voice.recognition.measuring import Heard, TwoEars, best_by_lead, winner
from voice.recognition.phrases import PhraseGraphs, phrase_list
from voice.recognition.speech_detection import SileroDetector
from voice.recognition.vosk_recognizer import KanaHearing
from voice.settings import Settings

DATA = Path(__file__).parent / "data"
CACHE = Path("build/benchmark")
SNRS_DB = (None, 20.0, 10.0)
LOOP_ORDER, FALLBACK_COST = 4, 3.0  # of the baseline

Heards = dict[str, list[tuple[Hypothesis, ...]]]


def main() -> None:
    """Measure and print."""
    options = _options()
    settings = Settings(cache_dir=CACHE, data_dir=CACHE, kb=options.kb)
    folder = compose.model_folder(settings)
    models = _models(folder, phrase_list(compose.assistant(settings).mind.phrases))
    inside, outside = (
        [row["question"] for row in rows(DATA / f"dev_{name}.tsv")] for name in ("questions", "out_of_scope")
    )
    takes: list[Heard] = []
    result: dict[str, Any] = {
        "in scope": _measured(models, inside[:: max(1, len(inside) // options.count)], takes, is_question=True),
        "out of scope": _measured(models, outside[:: max(1, len(outside) // options.count)], takes, is_question=False),
    }
    found = best_by_lead(takes)
    result["leads"] = {lead.value: {"loss": one.loss, **one.listening.plain()} for lead, one in found.items()}
    result["decided"] = winner(found).plain()
    _tell(result, as_json=options.as_json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=60, help="questions in scope, and as many out of it")
    parser.add_argument("--kb", type=Path, help="a base of yours instead of the sample")
    parser.add_argument("--json", action="store_true", dest="as_json")
    return parser.parse_args()


def _tell(result: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for name in ("in scope", "out of scope"):
        for condition, figures in result[name].items():
            click.echo(f"{name}, {condition}: " + ", ".join(f"{k} {v:.3f}" for k, v in figures.items()))
    for lead, one in result["leads"].items():
        click.echo(f"{lead}: loss {one['loss']:.3f}, believed {one['disbelieved_at']:g} to {one['believed_at']:g}")
    click.echo(f"decided: {result['decided']}")


def _models(folder: Path, phrases: Mapping[str, str]) -> dict[str, VoskModel]:
    compiled = PhraseGraphs(CACHE / "graphs").compiled(folder, phrases)
    if compiled is None:
        raise SystemExit("the graph could not be compiled")
    return {
        "open": VoskModel(folder),
        "phrases + mora loop": VoskModel(_phrases_and_loop(folder, phrases)),
        "base": VoskModel(compiled),
    }


def _phrases_and_loop(model: Path, phrases: Mapping[str, str]) -> Path:
    """What was compiled before words could combine."""
    target = CACHE / "phrases-and-loop"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(model, target, ignore=shutil.ignore_patterns("HCLr.fst", "Gr.fst", "HCLG.fst", "disambig_tid.int"))
    readings = [(from_kana(phrase) or [], 1.0) for phrase in sorted(phrases)]
    alone = [([mora], 1.0) for mora in MORA_PHONES]
    loop = ngram([*readings, *alone], order=LOOP_ORDER, cutoffs=(1,) * LOOP_ORDER)
    build_graph(sorted(phrases), target, fallback=loop, fallback_cost=FALLBACK_COST, fallback_mora_cost=0.0)
    return target


def _measured(
    models: dict[str, VoskModel], texts: list[str], takes: list[Heard], *, is_question: bool
) -> dict[str, dict[str, float]]:
    """Figures by condition; what open recognition and the base's made of each take is added to `takes`."""
    shared, studio = shared_folder(), Studio()
    speakers, beds = customers(shared), list(noises(shared).values())
    spoken = [studio.take(text, speakers[n % len(speakers)]) for n, text in enumerate(texts)]
    truths, out = [reading_of(text) for text in texts], {}
    for snr_db in SNRS_DB:
        audio = [s if snr_db is None else studio.in_noise(s, beds[n % len(beds)], snr_db) for n, s in enumerate(spoken)]
        heard = {name: _heard(model, audio) for name, model in models.items()}
        out[f"{snr_db or 'clean'}"] = _compared(truths, heard)
        for said, opened, expected in zip(truths, heard["open"], heard["base"], strict=True):
            takes.append(Heard(said=said, is_question=is_question, opened=opened, expected=expected))
    return out


def _heard(model: VoskModel, audio: Sequence[Samples]) -> list[tuple[Hypothesis, ...]]:
    ears = TwoEars(model, None, KanaHearing(), SileroDetector())
    return [ears.hear(samples)[0] for samples in audio]


def _compared(truths: Sequence[str], heard: Heards) -> dict[str, float]:
    best = {name: [found[0].reading if found else "" for found in each] for name, each in heard.items()}
    figures = {f"mora errors {name}": _error(truths, readings) for name, readings in best.items()}
    agreements = [sound_similarity(*pair) for pair in zip(best["base"], best["open"], strict=True)]
    for percent in (5, 50, 95):
        figures[f"agreement p{percent}"] = float(np.percentile(agreements, percent))
    return figures


def _error(truths: Sequence[str], readings: Sequence[str]) -> float:
    pairs = [(split_morae(a), split_morae(b)) for a, b in zip(truths, readings, strict=True)]
    return sum(Levenshtein.distance(a, b) for a, b in pairs) / sum(len(a) for a, _ in pairs)


if __name__ == "__main__":
    main()
