"""One command line for the whole kit: `python -m voice.modelkit COMMAND ...`."""

import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

import click

from voice.errors import VoiceError

_EXTRA: Final = ("torch", "kaldi_native_fbank", "scipy")
_INSTALL: Final = 'needs the extra "modelkit": pip install torch==2.13.0 kaldi-native-fbank scipy'
_USAGE_ERROR: Final = 2


@dataclass(frozen=True, slots=True)
class Command:
    """One module of the kit with a main(argv)."""

    purpose: str
    needs_extra: bool = True


COMMANDS: Final = {
    "synthesize": Command("labelled speech from open voices"),
    "features": Command("augmented features of it"),
    "train": Command("the acoustic model, from nothing or from a checkpoint"),
    "distil": Command("a checkpoint taught noise and rooms by what another hears without them"),
    "average": Command("a checkpoint between two"),
    "readings": Command("readings of the texts, for the language model", needs_extra=False),
    "export": Command("a checkpoint as a Vosk model without graph"),
    "graph": Command("the decoding graph", needs_extra=False),
    "evaluate": Command("scores through Vosk"),
}


def main(argv: Sequence[str]) -> int:
    """Run one command; its exit code.  What a user can put right is one line, not a traceback."""
    if not argv or argv[0] not in COMMANDS:
        asked = argv[:1] in (["-h"], ["--help"])
        click.echo(_usage(), err=not asked)
        return 0 if asked else _USAGE_ERROR
    name, *rest = argv
    if COMMANDS[name].needs_extra and not all(map(find_spec, _EXTRA)):
        click.echo(f"{name} {_INSTALL}", err=True)
        return _USAGE_ERROR
    # Threads of torch that spin while they wait make training a hundred times slower as soon as a processor is busy.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        importlib.import_module(f"voice.modelkit.{name}").main(rest)
    except VoiceError as error:
        click.echo(f"{name}: {error}", err=True)
        return error.exit_code
    return 0


def _usage() -> str:
    lines = [f"  {name:<11} {command.purpose}" for name, command in COMMANDS.items()]
    return "\n".join(["usage: python -m voice.modelkit COMMAND ... (each has --help)", *lines])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
