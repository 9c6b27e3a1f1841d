"""Turn a checkpoint into the folder that vosk.Model(path) opens; `graph` then adds the decoding graph.

Sources: Kaldi's hmm/transition-model.cc (am/final.mdl begins with it), Vosk's model.cc (which files it wants where).
"""

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import numpy as np
import numpy.typing as npt

from intents.morae import UNIT_ID
from voice.modelkit import checkpoints
from voice.modelkit.checkpoints import Checkpoint
from voice.modelkit.kaldi_io import Writer
from voice.modelkit.nnet3 import write_nnet
from voice.modelkit.topology import MFCC_CONF, MODEL_CONF, PHONE_ID, PHONES

PRIOR_SCALE: Final = 0.3  # of the shipped model, measured
_STAY: Final = 0.5  # probability of the self-loop of every phone


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What the decoder is told about the network."""

    bits: int = 16  # of every weight: 8, 16 or 32
    prior_scale: float = PRIOR_SCALE  # the decoder sees log p(unit | sound) - prior_scale * log p(unit)
    silence_boost: float = 0.0  # added to the score of silence


def write_transition_model(out: Writer) -> None:
    """Write one topology for all phones: a state with a self-loop, then the final state."""
    numbers = list(range(1, len(PHONES) + 1))
    out.token("<TransitionModel>", "<Topology>").int_vector(numbers).int_vector([-1] + [0] * len(numbers))
    out.ints(1, 2)  # one entry of two states, the second final
    out.ints(0, 2, 0).floats(_STAY).ints(1).floats(1 - _STAY)  # pdf-class 0; to itself, to the end
    out.ints(-1, 0).token("</Topology>", "<Triples>").ints(len(numbers))
    for number, phone in enumerate(PHONES, 1):
        out.ints(number, 0, UNIT_ID[phone.unit])
    log_probs = [0.0] + [math.log(_STAY)] * (2 * len(numbers))  # the first belongs to no transition
    out.token("</Triples>", "<LogProbs>").vector(log_probs).token("</LogProbs>", "</TransitionModel>")


def export(checkpoint: Checkpoint, folder: Path, options: ExportOptions | None = None) -> None:
    """Write everything but the graph: am/final.mdl, conf/, graph/phones.txt, graph/phones/word_boundary.int."""
    chosen = options or ExportOptions()
    for part in ("am", "conf", "graph/phones"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    out = Writer()
    write_transition_model(out)
    write_nnet(out, checkpoint.model, chosen.bits, _priors(checkpoint.log_prior, chosen))
    out.save(folder / "am" / "final.mdl")
    _write_settings(folder)


def _priors(log_prior: npt.NDArray[np.float64], options: ExportOptions) -> npt.NDArray[np.float64]:
    priors: npt.NDArray[np.float64] = np.exp(options.prior_scale * log_prior)
    priors[0] *= np.exp(-options.silence_boost)
    return priors


def _write_settings(folder: Path) -> None:
    files = {
        "conf/mfcc.conf": "".join(f"--{key}={value}\n" for key, value in MFCC_CONF.items()),
        "conf/model.conf": MODEL_CONF,
        "graph/phones.txt": "<eps> 0\n" + "".join(f"{name} {number}\n" for name, number in PHONE_ID.items()),
        "graph/phones/word_boundary.int": "".join(f"{n} {phone.boundary}\n" for n, phone in enumerate(PHONES, 1)),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def main(argv: Sequence[str]) -> None:
    """Export a checkpoint."""
    parser = argparse.ArgumentParser(prog="python -m voice.modelkit export", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bits", type=int, default=16, choices=[8, 16, 32])
    parser.add_argument("--prior-scale", type=float, default=PRIOR_SCALE)
    parser.add_argument("--silence-boost", type=float, default=0.0, help="added to the score of silence")
    args = parser.parse_args(argv)
    options = ExportOptions(bits=args.bits, prior_scale=args.prior_scale, silence_boost=args.silence_boost)
    export(checkpoints.load(args.checkpoint), args.folder, options)
    click.echo(f"{args.folder}: acoustic model written; `python -m voice.modelkit graph {args.folder}` adds the graph")
