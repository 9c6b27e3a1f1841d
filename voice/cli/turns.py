"""`turns`: what is written down of conversations on this device."""

import json
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import click

from voice import compose
from voice.cli.desk_results import moment, show_change, show_rows
from voice.cli.program import Program, common_options, note, print_json
from voice.errors import TurnLogUnavailable

if TYPE_CHECKING:
    from voice.turn_file import Conversation, TurnFile
    from voice.turn_notes import Entry

FINE: Final = 0
NOTHING_DONE: Final = 1
ALL: Final = "all"
_json = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")


class _Which(click.ParamType[Any]):
    """The id of a conversation, or `all`."""

    name = "ID"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID | None:
        """Return the id; None for all."""
        return None if value in (None, ALL) else click.UUID.convert(value, param, ctx)


@click.group("turns")
def turns_group() -> None:
    """What customers asked, written down as text without names and numbers."""


@turns_group.command("list")
@_json
@common_options
def list_conversations(program: Program, as_json: bool) -> None:
    """List the conversations, oldest first."""
    file = _file(program)
    show_rows([_row(one) for one in file.conversations()] if file else [], as_json)


@turns_group.command("show")
@click.argument("conversation", metavar="ID", type=click.UUID)
@_json
@common_options
def show(program: Program, conversation: UUID, as_json: bool) -> int:
    """Show a conversation, turn by turn.  Exit code 1: it is not there."""
    file = _file(program)
    found = next((one for one in file.conversations() if one.id == conversation), None) if file else None
    if file is None or found is None:
        if as_json:
            print_json(None)
        note(f"{conversation}: is not there")
        return NOTHING_DONE
    told = _conversation(found, file.turns(conversation))
    if as_json:
        print_json(told)
    else:
        show_rows(told["turns"], as_json=False)
    return FINE


@turns_group.command("export")
@_json
@common_options
def export(program: Program, as_json: bool) -> None:
    """Print all conversations: one JSON object a line, or with --json one list."""
    file = _file(program)
    found = [_conversation(one, file.turns(one.id)) for one in file.conversations()] if file else []
    if as_json:
        print_json(found)
        return
    for one in found:
        click.echo(json.dumps(one, ensure_ascii=False))


@turns_group.command("forget")
@click.argument("which", metavar="all|ID", type=_Which())
@_json
@common_options
def forget(program: Program, which: UUID | None, as_json: bool) -> int:
    """Take one conversation, or all, away for good.  Exit code 1: there was none."""
    file = _file(program)
    done = _forgotten(file, which) if file else 0
    what = f"{done} forgotten" if which is None else "forgotten" if done else "is not there"
    show_change(as_json, "conversation", str(which or ALL), what)
    return FINE if done or which is None else NOTHING_DONE


def _forgotten(file: "TurnFile", which: UUID | None) -> int:
    try:
        return file.forget(which)
    except TurnLogUnavailable as error:
        if which is not None or not error.damaged:
            raise
        file.erase()
        return 0


def _file(program: Program) -> "TurnFile | None":
    file = compose.turn_file(program.settings)
    if file is None:
        note("the turn log is off (settings turn_log, turn_log_days)")
    return file


def _row(one: "Conversation") -> dict[str, Any]:
    return {
        "id": str(one.id),
        "began_at": moment(one.began_at),
        "ended_at": moment(one.ended_at),
        "turns": one.turns,
        "state": str(one.state),
        "request": str(one.request) if one.request else None,
    }


def _conversation(one: "Conversation", turns: "tuple[Entry, ...]") -> dict[str, Any]:
    return _row(one) | {"turns": [_turn(turn) for turn in turns]}


def _turn(turn: "Entry") -> dict[str, Any]:
    return {
        "at": moment(turn.at),
        "stage": turn.stage,
        "outcome": turn.outcome,
        "topic": turn.topic,
        "score": None if turn.score is None else round(turn.score, 4),
        "understood": turn.understood,
        "heard": turn.heard,
        "said": turn.said,
    }
