"""What all commands share: the settings in force, the options that override them, how results are printed."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from voice.settings import Configured, Settings, load_settings

WORTH_WATCHING: Final = 2_000  # wordings, on a terminal
WORTH_A_LINE: Final = 20_000  # likewise, in a log: less takes some seconds only
FIRST_WORD: Final = 200  # wordings done when the first word of progress comes at the latest

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(slots=True)
class Program:
    """Options given so far; settings are loaded when first asked for."""

    file: Path | None = None
    given: dict[str, Any] = field(default_factory=dict)

    def override(self, file: Path | None, **given: Any) -> None:
        """Options of a command win over those before it."""
        self.file = file or self.file
        self.given |= {name: value for name, value in given.items() if value is not None}

    @property
    def configured(self) -> Configured:
        """Settings with their sources.  Raises SettingsError."""
        return load_settings(file=self.file, given=self.given)

    @property
    def settings(self) -> Settings:
        """The settings in force.  Raises SettingsError."""
        return self.configured.settings


_PATH = click.Path(path_type=Path)


def common_options(command: Command) -> Command:
    """Give a command --kb, --model and --settings, and pass it a Program in their place."""

    @click.option("--kb", type=_PATH, help="Knowledge base (SQLite file).")
    @click.option("--model", help="Speech model: embedded, small, large or a folder.")
    @click.option("--settings", "settings_file", type=_PATH, help="TOML file with settings.")
    @click.pass_obj
    def wrapped(
        program: Program, /, kb: Path | None, model: str | None, settings_file: Path | None, **rest: Any
    ) -> Any:
        program.override(settings_file, kb=kb, model=model)
        return command(program, **rest)

    wrapped.__name__, wrapped.__doc__ = command.__name__, command.__doc__
    wrapped.__click_params__ = [*wrapped.__click_params__, *getattr(command, "__click_params__", [])]  # type: ignore[attr-defined]
    return wrapped  # type: ignore[return-value]


def print_json(value: Any) -> None:
    """One line of JSON on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False))


def note(text: str) -> None:
    """Something for people, on standard error, so that standard output stays clean for scripts."""
    click.echo(text, err=True)


def watch(what: str, done: int, total: int) -> None:
    """Say how far something long has come, on standard error: a running line on a terminal, else its beginning only."""
    if total < WORTH_WATCHING:
        return
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        click.echo(f"\r{what} the knowledge base: {done:,} of {total:,} wordings{end}", err=True, nl=False)
    elif done <= FIRST_WORD and total >= WORTH_A_LINE:
        note(f"{what} the knowledge base, {total:,} wordings; this is done once")
