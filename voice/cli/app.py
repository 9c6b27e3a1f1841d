"""`koemado`: all commands in one group, and the way out for every error."""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from hardware.errors import HardwareError
from kb.errors import ImportRejected, KnowledgeBaseError
from server.errors import DeskError
from voice.cli.base import kb_group
from voice.cli.bench import bench_group
from voice.cli.calls import enrol, outbox_group
from voice.cli.conversation import ask, demo, listen, say, talk
from voice.cli.customers import customers_group
from voice.cli.desk import desk_group
from voice.cli.device import devices, doctor, settings
from voice.cli.models import models_group
from voice.cli.program import Program, note
from voice.cli.service import install_service
from voice.cli.serving import serve
from voice.cli.simulate import simulate
from voice.cli.smart_speaker import smart_speaker
from voice.cli.turns import turns_group
from voice.cli.wyoming import wyoming
from voice.errors import VoiceError

FAILED = 1
INTERNAL_ERROR = 70  # EX_SOFTWARE of sysexits.h
REPORTED_ROWS = 50


class _ReaderGone(Exception):
    """Whoever read our output has closed it."""


@contextmanager
def _broken_pipe_renamed() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise _ReaderGone from error


class _Commands(click.Group):
    """Carries a broken pipe past click's `main`, which would end the program with exit code 1."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Parse; `--help` prints here already."""
        with _broken_pipe_renamed():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _broken_pipe_renamed():
            return super().invoke(ctx)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="koemado")
@click.option("--kb", type=click.Path(path_type=Path), help="Knowledge base (SQLite file).")
@click.option("--model", help="Speech model: embedded, small, large or a folder.")
@click.option("--settings", "settings_file", type=click.Path(path_type=Path), help="TOML file with settings.")
@click.pass_context
def koemado(context: click.Context, kb: Path | None, model: str | None, settings_file: Path | None) -> None:
    """Koemado (声窓): an offline Japanese voice-support assistant."""
    context.obj = Program()
    context.obj.override(settings_file, kb=kb, model=model)


for command in (
    *(ask, listen, say, talk, smart_speaker, simulate, demo, devices, doctor, settings),
    *(kb_group, models_group, bench_group, serve, desk_group, enrol),
    *(outbox_group, customers_group, turns_group, wyoming, install_service),
):
    koemado.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit code.  Raises KeyboardInterrupt, and BrokenPipeError when nobody reads the output."""
    logging.basicConfig(level=logging.WARNING, format="koemado: %(message)s")
    try:
        result = koemado.main(list(arguments), prog_name="koemado", standalone_mode=False)
    except click.exceptions.Abort as abort:  # click's own wrapping of Ctrl-C
        raise KeyboardInterrupt from abort
    except _ReaderGone as gone:
        raise BrokenPipeError from gone
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (VoiceError, KnowledgeBaseError, HardwareError, DeskError) as error:
        note(f"koemado: {error}")
        if isinstance(error, ImportRejected):
            _show_rows(error)
        return error.exit_code
    except OSError as error:
        note(f"koemado: {error.filename or ''} {error.strerror or error}".replace("  ", " "))
        return FAILED
    except Exception as error:  # the boundary of the program: nobody reads a traceback
        if os.environ.get("KOEMADO_DEBUG"):
            raise
        name = type(error).__name__  # its text may quote what a customer said
        note(f"koemado: internal error ({name}): please report it with what you did; KOEMADO_DEBUG=1 shows more")
        return INTERNAL_ERROR
    return result if isinstance(result, int) else 0


def _show_rows(error: ImportRejected) -> None:
    for row in error.rows[:REPORTED_ROWS]:
        note(f"  line {row.line}: {row.message}")
    if len(error.rows) > REPORTED_ROWS:
        note(f"  ... and {len(error.rows) - REPORTED_ROWS} more")
