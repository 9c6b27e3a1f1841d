"""Train the acoustic model on feature shards (CPU, bfloat16), from a flat start or from a checkpoint.

No alignments are given.  Gaussians make the first ones; the network learns them frame by frame, and aligns anew once it
is good (hybrid training with realignment, as in Kaldi's nnet recipes).  Time, not epochs, ends the training, and new
shards may appear while it runs.
"""
# ruff: noqa: S311 - nothing here is a secret

import argparse
import math
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click
import numpy as np
import torch
from torch.nn.functional import nll_loss

from voice.errors import SettingsError
from voice.modelkit import checkpoints, denormals
from voice.modelkit.batches import batches, collate
from voice.modelkit.checkpoints import Checkpoint
from voice.modelkit.gaussians import UnitGaussians, train_gaussians
from voice.modelkit.network import NetworkShape, Tdnn
from voice.modelkit.shards import Clip, load_clips, load_examples
from voice.modelkit.supervision import AlignedExample, Alignments, ShardOrder, UnitCounts
from voice.modelkit.unit_error import unit_error

_SEED: Final = 1
_SHARDS_AT_A_TIME: Final = 3
_NORMALISE_SHARDS: Final = 3  # from which the input normalisation is taken
_WARM_UP_STEPS: Final = 80
_FLAT_SHARE: Final = 0.4  # of the time, after which the learning rate falls
_LEAST_FACTOR: Final = 0.01
_WEIGHT_DECAY: Final = 0.02
LARGEST_GRADIENT: Final = 5.0
_REALIGN_SHARE: Final = 0.4  # of the time of a flat start
_NO_TARGET: Final = -100  # of the frames behind a clip
_FRAMES_AN_HOUR: Final = 360_000
_LOSSES_SHOWN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to train on, how long and how fast."""

    feats: Path
    out: Path
    init: Path | None
    minutes: float
    rate: float
    batch_frames: int
    realign: float  # share of the time after which the network makes the alignments
    gaussian_shards: int
    report_s: float
    shape: NetworkShape

    @property
    def seconds(self) -> float:
        """The time of the training itself, without the Gaussians."""
        return self.minutes * 60


def rate_factor(step: int, progress: float) -> float:
    """Share of the learning rate: a short warm-up, flat, then half a cosine (Loshchilov and Hutter 2017) to the end."""
    warm = min(1.0, (step + 1) / _WARM_UP_STEPS)
    if progress < _FLAT_SHARE:
        return warm
    fall = math.pi * (progress - _FLAT_SHARE) / (1 - _FLAT_SHARE)
    return warm * max(_LEAST_FACTOR, 0.5 * (1 + math.cos(fall)))


class Trainer:
    """One training while it runs."""

    def __init__(self, plan: Plan, dev: Mapping[str, Sequence[Clip]]) -> None:
        self._plan, self._dev = plan, dev
        self._rng = random.Random(_SEED)
        torch.manual_seed(_SEED)
        self._shards = ShardOrder(plan.feats, self._rng)
        self._model, self._counts = self._start()
        self._optimiser = optimiser(self._model, plan.rate)
        self._losses: list[float] = []
        self._frames = 0
        self._began = self._reported = 0.0

    def run(self) -> None:
        """Train for the planned time, reporting and saving on the way; Ctrl-C loses no more than since the last report."""
        weights = sum(parameter.numel() for parameter in self._model.parameters())
        click.echo(f"{weights} parameters, context -{self._model.left}/+{self._model.right} frames")
        alignments = Alignments(self._gaussians(), self._model)
        self._began = self._reported = time.monotonic()
        while (progress := self._progress()) < 1:
            rows = self._rows(alignments, progress)
            self._epoch(rows)
            if time.monotonic() - self._reported > self._plan.report_s:
                self._report()
        self._report()

    def _start(self) -> tuple[Tdnn, UnitCounts]:
        if self._plan.init:
            checkpoint = checkpoints.load(self._plan.init)
            return checkpoint.model, UnitCounts(checkpoint.log_prior)
        model = Tdnn(self._plan.shape)
        shards = self._shards.all()[:_NORMALISE_SHARDS]
        model.normalise_inputs([torch.from_numpy(row.feats) for shard in shards for row in load_examples(shard)])
        return model, UnitCounts()

    def _gaussians(self) -> UnitGaussians | None:
        if self._plan.realign <= 0:
            return None
        shards = self._shards.all()[: self._plan.gaussian_shards]
        return train_gaussians([row for shard in shards for row in load_examples(shard)], _report_gaussians)

    def _rows(self, alignments: Alignments, progress: float) -> list[AlignedExample]:
        by_network = progress >= self._plan.realign
        log_prior = self._counts.log_prior
        shards = self._shards.take(_SHARDS_AT_A_TIME)
        rows = [row for shard in shards for row in alignments.load(shard, log_prior, by_network=by_network)]
        self._counts.add(rows)
        return rows

    def _epoch(self, rows: Sequence[AlignedExample]) -> None:
        """Go through some shards once, or until the time is over."""
        self._model.train()
        for batch in batches(rows, self._rng, self._plan.batch_frames):
            progress = self._progress()
            if progress >= 1:
                return
            for group in self._optimiser.param_groups:
                group["lr"] = self._plan.rate * rate_factor(len(self._losses), progress)
            self._losses.append(self._step(batch))
            self._frames += sum(len(row.feats) for row in batch)

    def _step(self, batch: Sequence[AlignedExample]) -> float:
        """Update the weights once; the loss."""
        feats = collate([row.feats for row in batch], self._model, self._rng)
        with torch.autocast("cpu", torch.bfloat16):
            log_probs = self._model(feats)
        targets = torch.full(log_probs.shape[:2], _NO_TARGET)
        for i, row in enumerate(batch):
            targets[i, : len(row.path)] = torch.from_numpy(row.path)
        loss = nll_loss(log_probs.flatten(0, 1), targets.flatten(), ignore_index=_NO_TARGET)
        self._optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), LARGEST_GRADIENT)
        self._optimiser.step()
        return float(loss.item())

    def _progress(self) -> float:
        return (time.monotonic() - self._began) / self._plan.seconds

    def _report(self) -> None:
        """Save, and say how it goes."""
        self._reported = time.monotonic()
        checkpoints.save(self._plan.out, Checkpoint(self._model, self._counts.log_prior))
        errors = [f"{name} {unit_error(self._model, clips):.1%}" for name, clips in self._dev.items()]
        minutes, loss = (self._reported - self._began) / 60, np.mean(self._losses[-_LOSSES_SHOWN:] or [math.nan])
        click.echo(
            f"{minutes:.1f} of {self._plan.minutes:g} min, step {len(self._losses)}, "
            f"{self._frames / _FRAMES_AN_HOUR:.1f} h heard, loss {loss:.3f}"
            + (f", unit error {', '.join(errors)}" if errors else "")
        )


def optimiser(model: Tdnn, rate: float) -> torch.optim.Optimizer:
    """AdamW (Loshchilov and Hutter 2019); biases and normalisations do not decay."""
    matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    others = [parameter for parameter in model.parameters() if parameter.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": _WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate)


def _report_gaussians(number: int, clips: int, score: float) -> None:
    click.echo(f"Gaussians round {number}, {clips} clips, log-likelihood per frame {score:.2f}")


def main(argv: Sequence[str]) -> None:
    """Train."""
    args = _parser().parse_args(argv)
    if args.realign is None:
        args.realign = 0.0 if args.init else _REALIGN_SHARE
    if args.realign <= 0 and not args.init:
        raise SettingsError("--realign 0 needs --init: a network that starts its own alignments from flat collapses")
    if args.minutes <= 0:
        raise SettingsError("--minutes must be more than 0")
    torch.set_num_threads(args.threads)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    with denormals.flushed():
        Trainer(_plan(args), {path.stem: load_clips(path) for path in args.dev}).run()
    click.echo(f"{args.out}: checkpoint written")


def _plan(args: argparse.Namespace) -> Plan:
    return Plan(
        feats=args.feats,
        out=args.out,
        init=args.init,
        minutes=args.minutes,
        rate=args.rate,
        batch_frames=args.batch_frames,
        realign=args.realign,
        gaussian_shards=args.gaussian_shards,
        report_s=args.report,
        shape=replace(NetworkShape(), dim=args.dim, bottleneck=args.bottleneck),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m voice.modelkit train", description=__doc__)
    parser.add_argument("--feats", type=Path, default=Path("build/modelkit/feats"))
    parser.add_argument(
        "--dev", type=Path, action="append", default=[], help="shard of recordings to report on; several"
    )
    parser.add_argument("--out", type=Path, default=Path("build/modelkit/model.pt"))
    parser.add_argument("--init", type=Path, help="checkpoint to go on from; its sizes count")
    parser.add_argument("--minutes", type=float, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--bottleneck", type=int, default=96)
    parser.add_argument("--batch-frames", type=int, default=6000)
    parser.add_argument(
        "--realign", type=float, help=f"share of the time after which the network aligns ({_REALIGN_SHARE}; --init: 0)"
    )
    parser.add_argument("--gaussian-shards", type=int, default=14)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--report", type=float, default=90, help="seconds between reports")
    return parser
