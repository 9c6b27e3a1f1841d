"""`speaker`: the box that stands in a room."""

import logging
from contextlib import nullcontext
from functools import partial

import click

from voice import compose, compose_speaker
from voice.cli import transcript_text
from voice.cli.program import Program, common_options, note, watch
from voice.smart_speaker import Manner, SmartSpeaker
from voice.speaker import SpeechTimes

NOTHING = SpeechTimes(first_audio_ms=0.0, synthesize_ms=0.0)

log = logging.getLogger(__name__)


@click.command(name="speaker")
@click.option("--show", is_flag=True, help="Print what is heard and said.")
@common_options
def smart_speaker(program: Program, show: bool) -> None:
    """Be a smart speaker: wake word or button, light, tones, and customers who may interrupt."""
    settings = program.settings
    with compose.desk_link(settings) or nullcontext() as desk, compose.turn_log(settings) or nullcontext() as turn_log:
        assistant = compose.assistant(settings, watch, desk=desk, follows_up=True, turn_log=turn_log)
        _ = assistant.mind
        source = compose.steady_microphone(settings)
        ears = compose.Ears(settings)
        ears.prepare()
        manner = Manner(
            earcons=settings.earcons,
            tells_at_once=partial(compose_speaker.may_tell_at_once, settings),
            news_waits=lambda: desk is not None and bool(desk.news()),
            is_lost=lambda: source.is_away,
            show=(lambda turn: transcript_text.show(turn, NOTHING)) if show else (lambda _: None),
            show_partial=transcript_text.show_partial if show else (lambda _: None),
        )
        box = compose_speaker.box(settings, source)
        note("Ready: " + ("、".join(settings.wake_words) or "press the button") + " (Ctrl-C ends).")
        SmartSpeaker(box, ears.listening_to, assistant, manner).run()
