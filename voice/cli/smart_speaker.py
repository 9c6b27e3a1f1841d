"""`speaker`: the box that stands in a room."""

import logging
from contextlib import nullcontext
from functools import partial

import click

from voice import compose, compose_speaker
from voice.cli import transcript_text
from voice.cli.program import Program, common_options, note, watch
from voice.log_file import log_to_file
from voice.reloading import Pulse, keep_conversing
from voice.service_notice import ServiceNotice
from voice.settings import Settings
from voice.smart_speaker import SmartSpeaker
from voice.speaker import SpeechTimes
from voice.speaker_box import Manner
from voice.speaker_states import Mode

NOTHING = SpeechTimes(first_audio_ms=0.0, synthesize_ms=0.0)

log = logging.getLogger(__name__)


@click.command(name="speaker")
@click.option("--show", is_flag=True, help="Print what is heard and said.")
@common_options
def smart_speaker(program: Program, show: bool) -> None:
    """Be a smart speaker: wake word or button, light, tones, and customers who may interrupt."""
    log_to_file(program.settings)
    run = partial(_run, show=show)
    keep_conversing(lambda: program.settings, run, notice=ServiceNotice.from_environment())


def _run(settings: Settings, pulse: Pulse, *, show: bool, is_first: bool) -> None:  # it never greets
    log_to_file(settings)  # another one after a reload
    condition = compose.device_condition(settings)
    with (
        condition,
        compose.desk_link(settings, condition) or nullcontext() as desk,
        compose.turn_log(settings) or nullcontext() as turn_log,
    ):
        notices = compose.notice_talk(settings, desk)
        recordings = compose.recording_talk(settings, desk, turn_log)
        assistant = compose.assistant(
            settings, watch, desk=desk, follows_up=True, turn_log=turn_log, notices=notices, recordings=recordings
        )
        _ = assistant.mind
        source = compose.steady_microphone(settings)
        condition.listens_to(lambda: source.is_away)
        ears = compose.Ears(settings, keeps_sound=compose.offers_recordings(settings))
        ears.prepare()
        manner = Manner(
            earcons=settings.earcons,
            tells_at_once=partial(compose_speaker.may_tell_at_once, settings),
            news_waits=lambda: (desk is not None and bool(desk.news())) or notices.waits(),
            is_offline=lambda: desk is not None and desk.is_away,
            is_lost=lambda: source.is_away,
            turned=lambda: pulse.turned(assistant if _is_asleep(speaker) else None),
            show=(lambda turn: transcript_text.show(turn, NOTHING)) if show else (lambda _: None),
            show_partial=transcript_text.show_partial if show else (lambda _: None),
        )
        box = compose_speaker.box(settings, source)
        note("Ready: " + ("、".join(settings.wake_words) or "press the button") + " (Ctrl-C ends).")
        speaker = SmartSpeaker(box, ears.listening_to, assistant, manner)
        speaker.run()


def _is_asleep(speaker: SmartSpeaker) -> bool:
    """Whether it may begin anew: nobody talks to it, and nobody has muted it, for it would begin unmuted."""
    return speaker.state.mode is Mode.SLEEPING and not speaker.state.is_muted
