"""Augmented training features: shards of recordings rendered anew in every copy, as MFCC.

Run as many copies as wanted; with --stride and --first several processes share the work.  With --align a network says
when each unit is spoken, from the clean twin of every rendering: in the noise itself it would follow its own errors.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
import numpy as np

from intents.morae import to_units
from voice.errors import SettingsError
from voice.modelkit import checkpoints
from voice.modelkit.augment import augment
from voice.modelkit.checkpoints import Checkpoint
from voice.modelkit.human import human_words, joined, names_in
from voice.modelkit.mfcc import mfcc
from voice.modelkit.shards import Clip, Example, Wave, load_clips, save_examples
from voice.modelkit.supervision import align
from voice.modelkit.topology import RATE_HZ, SUBSAMPLING

_WATCH_S: Final = 2.0  # between looks for a shard that is still being synthesised
# An alignment needs an output frame a unit; leave it a little room.
_FRAMES_A_UNIT, _SPARE_FRAMES = 1.05, 2
_SHORTEST_WORDLESS_S, _LONGEST_WORDLESS_S = 0.5, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureJob:
    """Where to read from and write to, and how much."""

    synth: Path
    out: Path
    shards: Sequence[int]
    copies: int
    human: Sequence[Clip] = field(repr=False)
    human_share: int  # joined human clips added to every shard
    wordless: int  # clips of noise alone added to every shard
    aligner: Checkpoint | None = field(repr=False)
    wait: bool  # for shards that synthesize is still writing


def make_features(job: FeatureJob) -> Iterator[Path]:
    """Write out/copy-shard.npz for every shard that has none yet; yields each when it is written."""
    for copy in range(job.copies):
        for index in job.shards:
            path = job.out / f"{copy}-{index:04d}.npz"
            if not path.exists():
                clips = load_clips(_await(job.synth / f"train-{index:04d}.npz", wait=job.wait))
                save_examples(path, _examples(clips, job, np.random.default_rng([copy, index])))
                yield path


def _await(path: Path, *, wait: bool) -> Path:
    if not path.exists() and wait:
        click.echo(f"waiting for {path}")
    while not path.exists():
        if not wait:
            raise SettingsError(f"no shard {path}: run `synthesize` first, give fewer --shards, or --wait for it")
        time.sleep(_WATCH_S)
    return path


def _examples(clips: Sequence[Clip], job: FeatureJob, rng: np.random.Generator) -> list[Example]:
    pool = [clip.wave for clip in clips]
    human = [joined(job.human, rng) for _ in range(job.human_share)] if job.human else []
    twins = [_twins(clip, rng, pool) for clip in [*clips, *human]]
    twins += [_twins(_wordless(rng), rng, ()) for _ in range(job.wordless)]
    fitting = [pair for pair in twins if _has_room(pair[0])]
    return _aligned(fitting, job.aligner) if job.aligner else [heard for heard, _ in fitting]


def _twins(clip: Clip, rng: np.random.Generator, pool: Sequence[Wave]) -> tuple[Example, Example]:
    """A rendering as it was heard, and clean."""
    rendering, units = augment(clip.wave, rng, pool), np.array(to_units(clip.reading), np.int64)
    return Example(mfcc(rendering.heard), units), Example(mfcc(rendering.clean), units)


def _wordless(rng: np.random.Generator) -> Clip:
    size = int(RATE_HZ * rng.uniform(_SHORTEST_WORDLESS_S, _LONGEST_WORDLESS_S))
    return Clip(wave=np.zeros(size, np.int16), reading=())


def _aligned(twins: Sequence[tuple[Example, Example]], aligner: Checkpoint) -> list[Example]:
    """What was heard, with the times of the clean twin."""
    paths = align(aligner.model, [clean for _, clean in twins], aligner.log_prior)
    return [Example(heard.feats, heard.units, path) for (heard, _), path in zip(twins, paths, strict=True)]


def _has_room(example: Example) -> bool:
    """Whether an alignment of the units can be found at all."""
    return len(example.feats) / SUBSAMPLING > len(example.units) * _FRAMES_A_UNIT + _SPARE_FRAMES


def main(argv: Sequence[str]) -> None:
    """Make feature shards."""
    args = _parser().parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    human = list(human_words(args.human, names_in(args.held_out))) if args.human else []
    if human:
        click.echo(f"{len(human)} human words, {sum(clip.seconds for clip in human) / 3600:.2f} h")
    shards = range(args.first, args.shards, args.stride)
    job = FeatureJob(
        synth=args.synth,
        out=args.out,
        shards=shards,
        copies=args.copies,
        human=human,
        human_share=args.human_share,
        wordless=args.wordless,
        aligner=checkpoints.load(args.align) if args.align else None,
        wait=args.wait,
    )
    for done, path in enumerate(make_features(job), 1):
        click.echo(f"{done}/{len(shards) * args.copies} feature shards: {path.name}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m voice.modelkit features", description=__doc__)
    parser.add_argument("--synth", type=Path, default=Path("build/modelkit/synth"))
    parser.add_argument("--out", type=Path, default=Path("build/modelkit/feats"))
    parser.add_argument("--shards", type=int, default=44)
    parser.add_argument("--copies", type=int, default=2)
    parser.add_argument("--human", type=Path, help="folder of word recordings 漢字【かな】.ogg to add")
    parser.add_argument("--held-out", type=Path, help="file of names (without .ogg) to leave for `evaluate`")
    parser.add_argument("--human-share", type=int, default=40, help="joined human clips added to every shard")
    parser.add_argument("--wordless", type=int, default=4, help="clips of noise alone added to every shard")
    parser.add_argument("--align", type=Path, help="checkpoint whose alignments of the clean twins are kept")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--wait", action="store_true", help="wait for shards that synthesize is still writing")
    return parser
