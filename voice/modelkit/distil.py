"""Teach a checkpoint noise and rooms by what a teacher hears in the same speech without them.

The teacher is a checkpoint and hears the clean scene; the student begins as the same or another checkpoint of the same
units and hears the scene rendered.  It learns the units of the clean alignment and, frame by frame, the teacher's own
posteriors, so what the teacher knows is kept (Li et al., "Large-scale domain adaptation via teacher-student learning",
2017).  Every scene is rendered anew; time, not epochs, ends the training.
"""

import argparse
import math
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Final

import click
import numpy as np
import torch
from torch.nn.functional import kl_div, nll_loss

from voice.errors import SettingsError
from voice.modelkit import checkpoints, denormals
from voice.modelkit.batches import coloured_and_masked
from voice.modelkit.cepstra import MelBands, cepstra
from voice.modelkit.checkpoints import Checkpoint
from voice.modelkit.network import Tdnn
from voice.modelkit.scenes import OUTPUTS, Said, draw_scenes, said
from voice.modelkit.shards import Clip, Wave, load_clips
from voice.modelkit.surroundings import Surroundings
from voice.modelkit.topology import SUBSAMPLING
from voice.modelkit.train import LARGEST_GRADIENT, optimiser, rate_factor
from voice.modelkit.unit_error import unit_error

_SEED: Final = 1
_WARPS: Final = (1.0, 1.0, 1.0, 0.86, 0.9, 0.94, 0.97, 1.03, 1.06, 1.1, 1.14)  # as often as each stands here
_AHEAD: Final = 4  # batches
_BABBLERS: Final = 2000  # clips
_LOSSES_SHOWN: Final = 100
_HOUR_S: Final = 3600
_SCENE_S: Final = OUTPUTS * SUBSAMPLING / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to teach from, how long and how fast."""

    teacher: Checkpoint = field(repr=False)
    student: Checkpoint = field(repr=False)
    out: Path
    minutes: float
    rate: float
    rows: int  # scenes of a batch
    softness: float  # share of the teacher's posteriors in the loss; the rest are the units
    report_s: float
    device: str


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """One batch: features padded for the context, the teacher's log-probabilities, the units."""

    feats: torch.Tensor
    heard_clean: torch.Tensor  # (rows, OUTPUTS, 39)
    paths: torch.Tensor  # (rows, OUTPUTS)


class Lessons:
    """Batches without end, made in a thread of their own."""

    def __init__(self, plan: Plan, pool: Sequence[Said], surroundings: Surroundings) -> None:
        self._plan, self._pool, self._surroundings = plan, pool, surroundings
        self._rng = np.random.default_rng(_SEED)
        self._bands = MelBands(_WARPS, plan.device)
        self._queue: Queue[Lesson | BaseException] = Queue(_AHEAD)
        threading.Thread(target=self._make, name="lessons", daemon=True).start()

    def next(self) -> Lesson:
        """The next batch.  Raises what went wrong while it was made."""
        made = self._queue.get()
        if isinstance(made, BaseException):
            raise made
        return made

    def _make(self) -> None:
        try:
            while True:
                self._queue.put(self._lesson())
        except BaseException as error:
            self._queue.put(error)

    def _lesson(self) -> Lesson:
        scenes = draw_scenes(self._pool, self._plan.rows, self._rng)
        rendered = self._surroundings.render(scenes.waves, self._rng)
        warps = torch.from_numpy(self._rng.integers(0, len(_WARPS), self._plan.rows)).to(self._plan.device)
        bands = coloured_and_masked(self._bands(rendered.heard, warps), self._rng)
        teacher = self._plan.teacher.model
        with torch.no_grad(), _half(self._plan.device):
            clean = teacher(padded(cepstra(self._bands(rendered.clean, warps)), teacher))[:, :OUTPUTS]
        student = self._plan.student.model
        return Lesson(padded(cepstra(bands), student), clean, torch.from_numpy(scenes.paths).to(self._plan.device))


def padded(feats: torch.Tensor, model: Tdnn) -> torch.Tensor:
    """Repeat the edge frames of (rows, frames, 40) for the context, as `Tdnn.pad` does."""
    behind = model.right + SUBSAMPLING
    return torch.cat([feats[:, :1].expand(-1, model.left, -1), feats, feats[:, -1:].expand(-1, behind, -1)], 1)


def loss_of(log_probs: torch.Tensor, lesson: Lesson, softness: float) -> torch.Tensor:
    """Cross-entropy to the units and divergence from the teacher, per output."""
    flat = log_probs[:, :OUTPUTS].flatten(0, 1)
    soft = kl_div(flat, lesson.heard_clean.flatten(0, 1), reduction="batchmean", log_target=True)
    return (1 - softness) * nll_loss(flat, lesson.paths.flatten()) + softness * soft


class Distiller:
    """One training while it runs."""

    def __init__(self, plan: Plan, lessons: Lessons, dev: Mapping[str, Sequence[Clip]]) -> None:
        self._plan, self._lessons, self._dev = plan, lessons, dev
        self._model = plan.student.model
        self._optimiser = optimiser(self._model, plan.rate)
        self._log_prior = plan.student.log_prior
        self._losses: list[float] = []
        self._began = self._reported = time.monotonic()

    def run(self) -> None:
        """Train for the planned time, reporting and saving on the way."""
        self._model.train()
        while (progress := (time.monotonic() - self._began) / (self._plan.minutes * 60)) < 1:
            for group in self._optimiser.param_groups:
                group["lr"] = self._plan.rate * rate_factor(len(self._losses), progress)
            self._step(self._lessons.next())
            if time.monotonic() - self._reported > self._plan.report_s:
                self._report()
        self._report()

    def _step(self, lesson: Lesson) -> None:
        with _half(self._plan.device):
            log_probs = self._model(lesson.feats)
        loss = loss_of(log_probs, lesson, self._plan.softness)
        self._optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), LARGEST_GRADIENT)
        self._optimiser.step()
        self._losses.append(float(loss.item()))

    def _report(self) -> None:
        """Save, and say how it goes."""
        self._reported = time.monotonic()
        checkpoints.save(self._plan.out, Checkpoint(self._model, self._log_prior))
        errors = [f"{name} {unit_error(self._model, clips):.1%}" for name, clips in self._dev.items()]
        self._model.train()
        hours = len(self._losses) * self._plan.rows * _SCENE_S / _HOUR_S
        click.echo(
            f"{(self._reported - self._began) / 60:.1f} of {self._plan.minutes:g} min, step {len(self._losses)}, "
            f"{hours:.1f} h heard, loss {np.mean(self._losses[-_LOSSES_SHOWN:] or [math.nan]):.3f}"
            + (f", unit error {', '.join(errors)}" if errors else "")
        )


def _half(device: str) -> torch.autocast:
    return torch.autocast(device, torch.bfloat16)


def main(argv: Sequence[str]) -> None:
    """Teach a checkpoint."""
    args = _parser().parse_args(argv)
    if args.minutes <= 0:
        raise SettingsError("--minutes must be more than 0")
    torch.set_num_threads(args.threads)
    torch.manual_seed(_SEED)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    plan = _plan(args)
    pool, voices = _pool(args.synth, plan.teacher)
    click.echo(f"{len(pool)} clips, {sum(len(wave) for wave in voices) / 16000 / _HOUR_S:.1f} h of babble to draw from")
    rng = np.random.default_rng(_SEED)
    surroundings = Surroundings(rng, voices, rooms=args.rooms, noises=args.noises, device=args.device)
    dev = {path.stem: load_clips(path) for path in args.dev}
    for checkpoint in (plan.teacher, plan.student):
        checkpoint.model.to(args.device)
    with denormals.flushed():
        Distiller(plan, Lessons(plan, pool, surroundings), dev).run()
    click.echo(f"{args.out}: checkpoint written")


def _pool(synth: Path, teacher: Checkpoint) -> tuple[list[Said], list[Wave]]:
    """Every clip with its units, and voices for the babble."""
    paths = sorted(synth.glob("train-*.npz"))
    if not paths:
        raise SettingsError(f"no shards in {synth}: run `synthesize` first, or give --synth")
    rng = np.random.default_rng(_SEED)
    pool = [one for path in paths for one in said(load_clips(path), teacher, rng)]
    return pool, [one.wave for one in pool[:: max(1, len(pool) // _BABBLERS)]]


def _plan(args: argparse.Namespace) -> Plan:
    return Plan(
        teacher=checkpoints.load(args.teacher),
        student=checkpoints.load(args.init or args.teacher),
        out=args.out,
        minutes=args.minutes,
        rate=args.rate,
        rows=args.rows,
        softness=args.softness,
        report_s=args.report,
        device=args.device,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m voice.modelkit distil", description=__doc__)
    parser.add_argument("teacher", type=Path, help="checkpoint that hears the clean speech")
    parser.add_argument("--init", type=Path, help="checkpoint of the student to begin with (default: the teacher)")
    parser.add_argument("--synth", type=Path, default=Path("build/modelkit/synth"), help="folder of training shards")
    parser.add_argument(
        "--dev", type=Path, action="append", default=[], help="shard of recordings to report on; several"
    )
    parser.add_argument("--out", type=Path, default=Path("build/modelkit/model.pt"))
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--rows", type=int, default=16, help="scenes of 9.6 s in a batch")
    parser.add_argument("--softness", type=float, default=0.5, help="share of the teacher's posteriors in the loss")
    parser.add_argument("--rooms", type=int, default=400)
    parser.add_argument("--noises", type=int, default=600)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--report", type=float, default=120, help="seconds between reports")
    return parser
