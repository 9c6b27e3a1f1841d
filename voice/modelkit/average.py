"""Lay a checkpoint between two: what a fine-tuning taught, without forgetting what was known before.

Along the line from a network to its fine-tuned self the error is often lower than at either end (Wortsman et al., "Robust
fine-tuning of zero-shot models", 2022).  Only for a checkpoint and its own continuation: others have nothing in between.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from voice.errors import ModelError, SettingsError
from voice.modelkit import checkpoints
from voice.modelkit.checkpoints import Checkpoint
from voice.modelkit.network import Tdnn


def between(old: Checkpoint, new: Checkpoint, share: float) -> Checkpoint:
    """The checkpoint with `share` of the new one's weights, 0 to 1.  Raises ModelError when their sizes differ."""
    if old.model.shape != new.model.shape:
        raise ModelError("checkpoints of different sizes have nothing between them")
    first, second = old.model.state_dict(), new.model.state_dict()
    model = Tdnn(old.model.shape)
    model.load_state_dict(
        {name: one.lerp(second[name], share) if one.is_floating_point() else one for name, one in first.items()}
    )
    prior = (1 - share) * np.exp(old.log_prior) + share * np.exp(new.log_prior)
    return Checkpoint(model.eval(), np.log(prior))


def main(argv: Sequence[str]) -> None:
    """Write the checkpoint between two."""
    parser = argparse.ArgumentParser(prog="python -m voice.modelkit average", description=__doc__)
    parser.add_argument("old", type=Path, help="the checkpoint that the training began with")
    parser.add_argument("new", type=Path, help="the one it made")
    parser.add_argument("--share", type=float, default=0.6, help="of the new one's weights, 0 to 1")
    parser.add_argument("--out", type=Path, default=Path("build/modelkit/average.pt"))
    args = parser.parse_args(argv)
    if not 0 <= args.share <= 1:
        raise SettingsError("--share must be between 0 and 1")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    checkpoints.save(args.out, between(checkpoints.load(args.old), checkpoints.load(args.new), args.share))
    click.echo(f"{args.out}: checkpoint written")
