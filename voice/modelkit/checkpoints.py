"""Checkpoints of the acoustic model: sizes, weights and unit frequencies, in a file that can run no code.

torch.load(weights_only=True) admits tensors and plain values only, so a checkpoint from elsewhere is safe to open.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from intents.morae import UNITS
from voice.errors import ModelError
from voice.modelkit.network import NetworkShape, Tdnn

SHIPPED: Final = Path(__file__).parent / "vosk-model-embedded-ja.pt"  # the one behind the model in voice/data


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A network and what training counted."""

    model: Tdnn
    log_prior: npt.NDArray[np.float64]  # (39,): natural log of how often each unit was seen


def load(path: Path) -> Checkpoint:
    """Open a checkpoint, ready to run.  Raises ModelError when it is missing, damaged or of another kind."""
    try:
        saved = torch.load(path, weights_only=True)
        model = Tdnn(NetworkShape(**saved["config"]))
        model.load_state_dict(saved["state"])
        log_prior = saved["log_prior"].numpy()
    except UnpicklingError as error:  # its own text tells how to run the code in it
        raise ModelError(f"{path} is no checkpoint of modelkit: it holds more than weights and numbers") from error
    except (OSError, RuntimeError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path} is no checkpoint of modelkit: {str(error).partition(chr(10))[0]}") from error
    if log_prior.shape != (len(UNITS),):
        raise ModelError(f"{path} counts {log_prior.shape} units, not {len(UNITS)}")
    return Checkpoint(model.eval(), log_prior)


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint whole or not at all: an interrupted save leaves the last one."""
    temporary = path.with_suffix(".tmp")
    log_prior = torch.from_numpy(checkpoint.log_prior)
    state = checkpoint.model.state_dict()
    torch.save({"config": asdict(checkpoint.model.shape), "state": state, "log_prior": log_prior}, temporary)
    temporary.replace(path)
