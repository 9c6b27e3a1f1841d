"""`ask`, `listen`, `say`, `talk`, `demo`: the commands that converse."""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from intents.answers import Spoken
from intents.prompts import label
from intents.transcripts import NOTHING_HEARD, typed
from voice import compose
from voice.assistant import Assistant, Turn
from voice.audio_files import AudioFile, RawStream
from voice.cli import transcript_text
from voice.cli.program import Program, common_options, note, print_json, watch
from voice.demo import Demonstration
from voice.device_condition import DeviceCondition
from voice.errors import AudioDeviceError, SettingsError, SynthesisError
from voice.explanation import explanation_lines, explanation_object
from voice.log_file import log_to_file
from voice.made_once import Watch
from voice.ports import AudioSink, AudioSource
from voice.reloading import BeatingSink, Pulse, keep_conversing
from voice.service_notice import ServiceNotice
from voice.settings import Settings
from voice.speaker import Speaker, speakable
from voice.speech.playback import SilentSink, WavFileSink
from voice.speech.sentences import sentences
from voice.talking import converse_by_text, converse_by_voice, greet, utterances
from voice.turn_json import turn_object

if TYPE_CHECKING:
    from voice.desk_link import DeskLink
    from voice.turn_log import TurnLog

MUTE = Speaker({}, SilentSink(), personal={})
_FILE = click.Path(path_type=Path, dir_okay=False)
_out = click.option("--out", type=_FILE, help="Write the spoken answer to this WAV file.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a turn.")
_aloud = click.option("--aloud", is_flag=True, help="Play the answer on the loudspeaker.")
_explain = click.option("--explain", is_flag=True, help="Show which evidence carried each candidate, and the costs.")
_mute = click.option("--no-speech", is_flag=True, help="Do not even render the answer.")


@click.command()
@click.argument("text")
@_json
@_out
@_aloud
@_mute
@_explain
@common_options
def ask(program: Program, text: str, as_json: bool, explain: bool, **speech: Any) -> None:
    """Answer the question TEXT."""
    settings = program.settings
    assistant = compose.assistant(settings, watch)
    form = _Form(assistant, as_json=as_json, explain=explain)
    _ = assistant.mind  # loading is no part of the turn
    with _speaker(settings, **speech) as speaker:
        began = time.perf_counter()
        _tell(assistant.hear(typed(text)), 0.0, began, speaker, form)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@_json
@_out
@_aloud
@_mute
@_explain
@common_options
def listen(program: Program, file: Path, as_json: bool, explain: bool, **speech: Any) -> None:
    """Answer the questions spoken in FILE, a sound file (or -, raw 16 kHz mono s16le on standard input)."""
    settings = program.settings
    source: AudioSource = RawStream(sys.stdin.buffer) if str(file) == "-" else AudioFile(file)
    assistant = compose.assistant(settings, watch)
    recognizer = compose.Ears(settings).recognizer(assistant.mind)
    form, heard = _Form(assistant, as_json=as_json, explain=explain), False
    with _speaker(settings, **speech) as speaker:
        for transcript, recognize_ms in utterances(source, recognizer):
            heard = True
            began = time.perf_counter() - recognize_ms / 1000
            _tell(assistant.hear(transcript), recognize_ms, began, speaker, form)
        if not heard:
            _tell(assistant.hear(NOTHING_HEARD), 0.0, time.perf_counter(), speaker, form)


@click.command()
@click.argument("text")
@click.option("--out", type=_FILE, help="Write a WAV file instead of playing.")
@click.option("--speed", type=float, help="1.0 is normal.")
@click.option("--json", "as_json", is_flag=True, help="Print what was spoken as JSON.")
@common_options
def say(program: Program, text: str, out: Path | None, speed: float | None, as_json: bool) -> None:
    """Speak TEXT, on the loudspeaker or into a WAV file."""
    program.override(None, speech_speed=speed)
    spoken = Spoken(text=text)
    if not sentences(speakable(spoken)):
        raise SynthesisError("nothing to say: the text has no word that can be spoken")
    with _speaker(program.settings, out, aloud=out is None, cached=False) as speaker:
        times = speaker.say([spoken])
    if as_json:
        print_json({"text": text, "out": str(out) if out else None, "synthesize_ms": round(times.synthesize_ms, 1)})


@click.command()
@click.option("--text", "by_text", is_flag=True, help="By keyboard, even if there is a microphone.")
@click.option("--mute", is_flag=True, help="Print the answers, do not speak them.")
@common_options
def talk(program: Program, by_text: bool, mute: bool) -> None:
    """Converse, by microphone or by keyboard; with a callback desk requests for a call are taken down.

    As a service it reads its settings anew on SIGHUP, between two conversations.
    """
    log_to_file(program.settings)
    if by_text:
        _talk(program.settings, None, mute=mute, by_text=True)
        return
    converse = partial(_talk, mute=mute)
    keep_conversing(lambda: program.settings, converse, notice=ServiceNotice.from_environment())


def _talk(settings: Settings, pulse: Pulse | None, *, mute: bool, by_text: bool = False, is_first: bool = True) -> None:
    log_to_file(settings)  # another one after a reload
    condition = compose.device_condition(settings)
    with condition, _desk(settings, condition) as desk, _turn_log(settings) as turn_log:
        notices = compose.notice_talk(settings, desk)
        recordings = compose.recording_talk(settings, desk, turn_log)
        assistant = compose.assistant(
            settings, _beating(pulse),
            desk=desk, follows_up=True, turn_log=turn_log, notices=notices, recordings=recordings,
        )  # fmt: skip
        _ = assistant.mind
        sink = SilentSink() if mute else compose.steady_loudspeaker(settings)
        speaker = MUTE if mute else compose.speaker(settings, BeatingSink(sink, pulse.beat) if pulse else sink)
        _converse(settings, assistant, speaker, by_text=by_text, pulse=pulse, condition=condition, greets=is_first)


def _beating(pulse: Pulse | None) -> Watch:
    """Show what takes long, and tell that it comes along."""
    if pulse is None:
        return watch

    def watched(what: str, done: int, total: int) -> None:
        pulse.beat()
        watch(what, done, total)

    return watched


def _desk(settings: Settings, condition: DeviceCondition) -> "AbstractContextManager[DeskLink | None]":
    return compose.desk_link(settings, condition) or nullcontext()


def _turn_log(settings: Settings) -> "AbstractContextManager[TurnLog | None]":
    return compose.turn_log(settings) or nullcontext()


def _converse(
    settings: Settings,
    assistant: Assistant,
    speaker: Speaker,
    *,
    by_text: bool,
    pulse: Pulse | None = None,
    condition: DeviceCondition | None = None,
    greets: bool = True,
) -> None:
    if by_text:
        note("Type a question and press Enter (Ctrl-D ends).")
        converse_by_text(_typed_lines(), assistant, speaker, transcript_text.show)
        return
    source = compose.steady_microphone(settings)
    if condition:
        condition.listens_to(lambda: source.is_away)
    ears = compose.Ears(settings, keeps_sound=compose.offers_recordings(settings))
    ears.prepare()
    note("Listening. Speak Japanese (Ctrl-C ends).")
    if greets:
        greet(assistant, speaker, transcript_text.show)

    def turned(partial_text: str) -> None:
        transcript_text.show_partial(partial_text)
        if pulse:
            pulse.turned(assistant)

    converse_by_voice(source, ears.listening_to, assistant, speaker, transcript_text.show, turned)


@click.command()
@click.option("--question", type=_FILE, help="A sound file with a question; without it one is synthesised.")
@click.option("--text", help="What the synthesised question asks.")
@click.option("--out", type=_FILE, default=Path("answer.wav"), show_default=True, help="Where the answer goes.")
@click.option("--no-live", is_flag=True, help="Stop after the spoken question.")
@common_options
def demo(program: Program, question: Path | None, text: str | None, out: Path, no_live: bool) -> None:
    """Hear a spoken question, answer it aloud, and go on live."""
    if question and text:
        raise SettingsError("give --question or --text, not both")
    _check_out(out)
    settings = program.settings
    with _turn_log(settings) as turn_log:
        demonstration = Demonstration(settings, note=note, show=transcript_text.show_timed, turn_log=turn_log)
        demonstration.run(question, text, out)
        if no_live:
            return
        live = compose.has_microphone(settings)
        note("\nNow you." if live else "\nNow you (no microphone here, so by keyboard).")
        speaker = compose.speaker(settings, compose.steady_loudspeaker(settings))
        _converse(settings, demonstration.assistant, speaker, by_text=not live)


def _check_out(out: Path | None) -> None:
    if out is not None and out.suffix.lower() != ".wav":
        raise SettingsError(f"--out {out}: only WAV files are written; give a name that ends in .wav")


@contextmanager
def _speaker(
    settings: Settings, out: Path | None, *, aloud: bool, no_speech: bool = False, cached: bool = True
) -> Iterator[Speaker]:
    _check_out(out)
    if no_speech and not out:
        yield MUTE
        return
    if out is None:
        sink: AudioSink = compose.loudspeaker(settings) if aloud else SilentSink()
        if aloud and isinstance(sink, SilentSink):
            raise AudioDeviceError("no loudspeaker is connected: use --out FILE.wav")
        yield compose.speaker(settings, sink, cached=cached)
        return
    with WavFileSink(out, settings.speech_volume) as file:
        yield compose.speaker(settings, file, cached=cached)


@dataclass(frozen=True, slots=True)
class _Form:
    """How turns are printed."""

    assistant: Assistant
    as_json: bool
    explain: bool


def _tell(turn: Turn, recognize_ms: float, began: float, speaker: Speaker, form: _Form) -> None:
    times = speaker.say(turn.reaction.says, turn.pace)
    total_ms = (time.perf_counter() - began) * 1000
    understanding = form.assistant.mind.understanding
    if form.as_json:
        told = turn_object(turn, recognize_ms=recognize_ms, synthesize_ms=times.synthesize_ms, total_ms=total_ms)
        print_json(told | ({"explanation": explanation_object(turn, understanding)} if form.explain else {}))
        return
    transcript_text.show_timed(turn, times, recognize_ms)
    if form.explain:
        click.echo("\n".join(explanation_lines(turn, understanding)))


def _typed_lines() -> Iterable[str]:
    while True:
        if sys.stdin.isatty():
            click.echo(f"{label('you')}: ", nl=False)
        line = sys.stdin.readline()
        if not line:
            return
        yield line
