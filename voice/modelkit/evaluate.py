"""Score a model folder through unmodified Vosk: mora errors, closed phrases, speed, endpointing.  Unix only (memory)."""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import vosk
from rapidfuzz.distance import Levenshtein

from voice.errors import SettingsError
from voice.modelkit.closed_phrases import closed_phrases
from voice.modelkit.folders import shared_folder
from voice.modelkit.human import human_sets, human_words, names_in
from voice.modelkit.listening import CHUNK, framed, noisy, open_model, recognise, silence
from voice.modelkit.shards import Clip, Wave, load_clips
from voice.modelkit.topology import RATE_HZ

PARTS: Final = ("synth", "human", "closed", "behaviour")
_SEED: Final = 11
_NOISE_DB: Final = 10
_LOUD: Final = 0.02  # of the peak: where speech ends
_KIB_A_MIB: Final = 1024 if sys.platform != "darwin" else 1024 * 1024  # ru_maxrss counts bytes there


@dataclass(frozen=True, slots=True, kw_only=True)
class MoraScore:
    """How well a set was heard."""

    clips: int
    morae: int
    error: float  # wrong morae (Levenshtein distance) over morae spoken
    exact: float  # share of clips without an error
    real_time_factor: float  # decoding time over audio time


@dataclass(frozen=True, slots=True)
class Sample:
    """One clip, for the eye."""

    spoken: str
    heard: str


def mora_errors(model: vosk.Model, clips: Sequence[Clip], rng: np.random.Generator) -> tuple[MoraScore, list[Sample]]:
    """Recognise every clip between silences."""
    errors: list[int] = []
    samples: list[Sample] = []
    spent = audio = 0.0
    for clip in clips:
        wave = framed(clip.wave, rng)
        heard = recognise(model, wave)
        errors.append(Levenshtein.distance(clip.reading, heard.morae))
        spent, audio = spent + heard.seconds, audio + len(wave) / RATE_HZ
        samples.append(Sample("".join(clip.reading), heard.text))
    morae = sum(len(clip.reading) for clip in clips)
    score = MoraScore(
        clips=len(clips),
        morae=morae,
        error=round(sum(errors) / max(1, morae), 4),
        exact=round(errors.count(0) / max(1, len(clips)), 3),
        real_time_factor=round(spent / max(audio, 1e-9), 4),
    )
    return score, samples


def behaviour(model: vosk.Model, wave: Wave, rng: np.random.Generator) -> dict[str, Any]:
    """Endpointing delay, partial results, n-best, silence and noise, by name."""
    best = recognise(model, wave, alternatives=5).results[-1]["alternatives"]
    return {
        **_stream(model, wave, rng),
        "n-best": [alternative["text"].replace(" ", "") for alternative in best],
        "silence": recognise(model, silence(5, rng)).text,
        "noise": recognise(model, silence(5, rng, level=1000)).text,
    }


def _stream(model: vosk.Model, wave: Wave, rng: np.random.Generator) -> dict[str, Any]:
    """Feed one utterance and the silence behind it, until Vosk ends it."""
    stream = np.concatenate([silence(0.5, rng), wave, silence(3, rng)])
    end_s = 0.5 + np.nonzero(np.abs(wave) > _LOUD * np.abs(wave).max())[0][-1] / RATE_HZ
    recogniser = vosk.KaldiRecognizer(model, RATE_HZ)
    partials: dict[str, None] = {}
    for low in range(0, len(stream), CHUNK):
        if recogniser.AcceptWaveform(stream[low : low + CHUNK].tobytes()):
            text = json.loads(recogniser.Result())["text"]
            if text:
                delay_s = round((low + CHUNK) / RATE_HZ - end_s, 2)
                return {"endpoint after speech (s)": delay_s, "partials": len(partials), "text": text}
        partials[json.loads(recogniser.PartialResult())["partial"]] = None
    return {"endpoint after speech (s)": None, "partials": len(partials), "text": ""}


def main(argv: Sequence[str]) -> None:
    """Score a model."""
    args = _parser().parse_args(argv)
    parts = args.only.split(",") if args.only else PARTS
    if not set(parts) <= set(PARTS):
        raise SettingsError(f"--only takes {', '.join(PARTS)}; not {args.only}")
    rng = np.random.default_rng(_SEED)
    model = _opened(args.folder)
    for name, clips in _sets(args, parts, rng):
        score, samples = mora_errors(model, clips, rng)
        click.echo(f"{name}: {json.dumps(asdict(score))}")
        for sample in samples[: args.show]:
            click.echo(f"    {sample.spoken} -> {sample.heard}")
    if "closed" in parts:
        for closed in closed_phrases(args.folder, shared_folder("voices", args.voices), rng, args.phrases):
            click.echo(f"closed phrases: {json.dumps(asdict(closed), ensure_ascii=False)}")
    if "behaviour" in parts:
        found = behaviour(model, _synthetic(args)[0].wave, rng)
        click.echo(f"behaviour: {json.dumps(found, ensure_ascii=False, indent=1)}")
    click.echo(f"peak memory {_memory_mib()} MiB, {os.cpu_count()} processors")


def _opened(folder: Path) -> vosk.Model:
    before, began = _memory_mib(), time.perf_counter()
    model = open_model(folder)
    took_s, memory = time.perf_counter() - began, _memory_mib() - before
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    click.echo(f"{folder}: {size:.2f} MB, loaded in {took_s:.2f} s, {memory} MiB of memory")
    return model


def _memory_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _KIB_A_MIB


def _sets(
    args: argparse.Namespace, parts: Sequence[str], rng: np.random.Generator
) -> Iterator[tuple[str, Sequence[Clip]]]:
    if "synth" in parts:
        clean = _synthetic(args)[: args.limit]
        yield "synthetic, held-out style", clean
        yield f"synthetic, {_NOISE_DB} dB", [_in_noise(clip, rng) for clip in clean]
    if "human" in parts:
        if args.human:
            yield "human words held out", list(human_words(args.human, names_in(args.held_out), wanted=True))
        for name, clips in human_sets(shared_folder("speech", args.speech)).items():
            yield f"human: {name}", clips


def _in_noise(clip: Clip, rng: np.random.Generator) -> Clip:
    return Clip(wave=noisy(clip.wave, _NOISE_DB, rng), reading=clip.reading)


def _synthetic(args: argparse.Namespace) -> list[Clip]:
    paths = sorted(args.synth.glob("test-*.npz"))
    if not paths:
        raise SettingsError(f"no test shards in {args.synth}: run `synthesize --part test` first, or give --only")
    return [clip for path in paths for clip in load_clips(path)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m voice.modelkit evaluate", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--synth", type=Path, default=Path("build/modelkit/synth"), help="folder of test shards")
    parser.add_argument(
        "--speech", type=Path, help="human recordings with a manifest.tsv (default: $KOEMADO_SHARED/speech)"
    )
    parser.add_argument("--voices", type=Path, help="folder of .htsvoice files (default: $KOEMADO_SHARED/voices)")
    parser.add_argument("--human", type=Path, help="folder of word recordings 漢字【かな】.ogg")
    parser.add_argument("--held-out", type=Path, help="file of the names that `features` left out")
    parser.add_argument("--only", help=f"parts, with commas: {','.join(PARTS)}")
    parser.add_argument("--limit", type=int, default=120, help="synthetic clips")
    parser.add_argument("--phrases", type=int, default=100, help="in the closed list")
    parser.add_argument("--show", type=int, default=3, help="samples of every set")
    return parser
