"""How a conversation looks in a terminal."""

import sys

import click

from intents.conversation import Outcome
from intents.prompts import label
from voice.assistant import Turn
from voice.speaker import SpeechTimes

_CLEAR_LINE = "\r\x1b[K"


def show(turn: Turn, _times: SpeechTimes) -> None:
    """What was heard and what is said."""
    show_partial("")
    if turn.heard.best and turn.heard.duration_ms:
        click.echo(f"{label('customer')}: {turn.heard.best.text}")
    click.echo(f"{label('assistant')}:   {turn.text}")


def show_timed(turn: Turn, times: SpeechTimes, recognize_ms: float) -> None:
    """The same with the article and the times behind it."""
    heard = turn.heard.best.text if turn.heard.best else label("nothing_heard")
    click.echo(f"{label('customer')}: {heard}")
    click.echo(f"{label('assistant')}:   {turn.text}")
    article = f" {turn.article.id}" if turn.article else ""
    score = f" ({turn.reaction.candidates[0].score:.0%})" if turn.article and turn.reaction.candidates else ""
    outcome = Outcome(turn.reaction.outcome)
    note = f"{outcome}{article}{score}, recognised in {recognize_ms:.0f} ms, matched in {turn.match_ms:.0f} ms"
    click.echo(f"        [{note}, first sound after {times.first_audio_ms:.0f} ms]")


def show_partial(text: str) -> None:
    """The running line while somebody speaks, on a terminal only."""
    if sys.stderr.isatty():
        click.echo(f"{_CLEAR_LINE}… {text}" if text else _CLEAR_LINE, err=True, nl=False)
