"""`simulate`: replays a conversation from a script and checks what was said and stored."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import click

from intents.prompts import label
from server.notices import Kind, ToTell
from voice import compose
from voice.assistant import Assistant, tokyo_time
from voice.cli.program import Program, common_options, note, print_json, watch
from voice.desk_calls import CallDesk
from voice.errors import SettingsError
from voice.notice_talk import NoticeTalk
from voice.quiet_hours import quiet_hours
from voice.settings import Settings
from voice.simulation.customer import SpokenCustomer
from voice.simulation.desk import Clock, MemoryDesk, Stored, WitnessedDesk
from voice.simulation.notices import GivenNotices
from voice.simulation.play import Hear, Replayed, as_typed, replay, stored_fields, unmet_remembered, unmet_stored
from voice.simulation.promises import unmet_became
from voice.simulation.reading import read_script
from voice.simulation.recordings import GivenRecordings, unmet_recorded, with_sound
from voice.simulation.sayings import unmet_said
from voice.simulation.script import Failure, Script

FINE: Final = 0
NOT_AS_EXPECTED: Final = 1


@click.command()
@click.argument("script", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--voice", "by_voice", is_flag=True, help="Speak every line and hear it by the speech model.")
@click.option(
    "--desk", "real_desk", is_flag=True, help="Use the callback desk of this device: requests really get there."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a turn, and one of the end.")
@common_options
def simulate(program: Program, script: Path, by_voice: bool, real_desk: bool, as_json: bool) -> int:
    """Replay the conversation in SCRIPT (YAML) and check what is said and stored.

    Exit code 1: something was not as the script expects; 2: the script is wrong.
    """
    given = read_script(script)
    settings = program.settings
    with ExitStack() as open_until_the_end:
        now = _clock(given)
        desk = _desk(settings, given, now, open_until_the_end, real=real_desk)
        notices = _notices(settings, given, now)
        recordings = GivenRecordings()
        assistant = Assistant(
            compose.knowledge(settings, watch), desk=desk, follows_up=True, notices=notices, now=now,
            recordings=recordings.talk(now) if given.recordings else None,
        )  # fmt: skip
        hear = with_sound(_hearing(settings, given, everything=by_voice))
        failures = _replayed(given, assistant, hear, as_json)
    stored = desk.stored if desk else ()
    failures += unmet_stored(given, stored)
    failures += unmet_recorded(given, recordings.kept)
    failures += unmet_became(given, desk.became if desk else ())
    failures += unmet_said(given, desk.said if desk else {})
    failures += unmet_remembered(given, desk.setting(now).known if desk else ())
    _tell_end(script, given, stored, failures, as_json)
    return NOT_AS_EXPECTED if failures else FINE


def _clock(script: Script) -> Clock:
    moment = script.now
    return (lambda: moment) if moment else tokyo_time


def _notices(settings: Settings, script: Script, now: Clock) -> NoticeTalk | None:
    """What tells the notices of the script; in force for a day around its time."""
    if script.notices is None:
        return None
    begins, ends = now() - timedelta(days=1), now() + timedelta(days=1)
    given = [
        ToTell(
            id=uuid4(), text=one.text, kind=Kind(one.kind), at_once=one.at_once, danger=one.danger, topic=one.topic,
            begins=begins + timedelta(seconds=place), ends=ends,
        )
        for place, one in enumerate(script.notices)
    ]  # fmt: skip
    quiet = quiet_hours(settings.quiet_hours).holds
    return NoticeTalk(GivenNotices(given), now, is_quiet=quiet, asks_stories=script.desk is not None)


def _desk(settings: Settings, script: Script, now: Clock, stack: ExitStack, *, real: bool) -> WitnessedDesk | None:
    """Return the desk of this device, or one in memory.  Raises SettingsError."""
    if not real:
        return WitnessedDesk(MemoryDesk(script.desk, now), now) if script.desk else None
    link = compose.desk_link(settings)
    if link is None:
        raise SettingsError("--desk: this device has no callback desk; `koemado enrol` gives it one")
    desk: CallDesk = stack.enter_context(link)
    return WitnessedDesk(desk, now)


def _hearing(settings: Settings, script: Script, *, everything: bool) -> Hear:
    if not everything and not any(line.by_voice for line in script.lines):
        return as_typed
    return SpokenCustomer(settings, everything=everything).hear


def _replayed(script: Script, assistant: Assistant, hear: Hear, as_json: bool) -> tuple[Failure, ...]:
    found: list[Failure] = []
    if not as_json:
        click.echo(script.title)
    for one in replay(script, assistant, hear):
        found += one.failures
        if as_json:
            print_json(_turn_object(one))
        else:
            _show(one)
    return tuple(found)


def _show(one: Replayed) -> None:
    said = one.line.text or label("nothing_heard")
    best = one.turn.heard.best
    click.echo(f"{label('customer')}: {said}")
    if best and one.turn.heard.duration_ms:
        click.echo(f"        [heard: {best.text}]")
    click.echo(f"{label('assistant')}:   {one.turn.text}")
    for failure in one.failures:
        click.echo(f"        [line {failure.at}: {failure.what}]")


def _turn_object(one: Replayed) -> dict[str, Any]:
    turn = one.turn
    return {
        "line": one.line.at,
        "customer": one.line.text,
        "heard": turn.heard.best.text if turn.heard.best else "",
        "spoken": turn.text,
        "outcome": turn.reaction.outcome.value,
        "article": turn.article.id if turn.article else None,
        "stage": one.stage.value if one.stage else None,
        "failures": [failure.what for failure in one.failures],
    }


def _tell_end(path: Path, script: Script, stored: Sequence[Stored], failures: Sequence[Failure], as_json: bool) -> None:
    kept = [{name: list(values) for name, values in stored_fields(one).items()} for one in stored]
    if as_json:
        told = [{"line": failure.at, "what": failure.what} for failure in failures]
        print_json({"title": script.title, "stored": kept, "failures": told, "passed": not failures})
        return
    for one in kept:
        click.echo("stored: " + "; ".join(f"{name} {', '.join(values)}" for name, values in one.items()))
    for failure in failures:
        note(f"{path}, line {failure.at}: {failure.what}")
    click.echo("as expected" if not failures else f"{len(failures)} not as expected")
