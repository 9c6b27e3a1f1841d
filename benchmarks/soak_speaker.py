"""The smart speaker for hours in simulated rooms: is what it opens closed again, and does it grow?

    KOEMADO_SHARED=../shared nice -n 19 python -m benchmarks.soak_speaker [--rounds 40] [--json]

Each round is a room of a minute (`speaking_room`, on a clock of its own, so faster than real time) and a box started anew, as after an unplugged
microphone: wake word, question, answer on the real sink, follow-up, and the button while it speaks.  Recogniser and assistant are kept.  After
each round memory, handles and threads are counted (`soak_samples`); the first quarter is the warming up.  Exit code 1: something grew.
"""

import argparse
import gc
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from benchmarks.soak_samples import Sample, more, per_hour, sample, steady
from benchmarks.speaking_room import Path as Way
from benchmarks.speaking_room import Room
from benchmarks.spoken import Studio, customers, shared_folder
from hardware.fakes import FakeButtons, FakeIndicator
from hardware.ports import ButtonEvent
from kb.sample import sample_articles
from voice import compose, compose_speaker
from voice.settings import Settings
from voice.smart_speaker import SmartSpeaker
from voice.speaker_box import Box, Manner
from voice.speaker_states import Mode
from voice.speech.output_stage import OutputStage
from voice.speech.playback import SounddeviceSink
from voice.volume import FILE, KeptVolume

ROOM_S: Final = 60.0
ASKED_AT_S: Final = (1.0, 30.0)
QUESTIONS: Final = 8
PRESSED_AFTER_S: Final = 3.0  # of an answer
LEVEL: Final = 0.6
MOST_MB_PER_HOUR: Final = 2.0  # of audio, of what malloc has handed out: a room's arrays make the rest swing
MOST_MORE: Final = 1


def main() -> None:
    """Soak and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--cache", type=Path, help="of what was compiled before; without it all is compiled anew")
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="koemado-speaker-") as folder:
        samples, answers = _soaked(Path(folder), asked.rounds, asked.cache)
    report = reported(samples, answers) | {"wall_minutes": round((time.monotonic() - began) / 60, 1)}
    if asked.as_json:
        click.echo(json.dumps(report))
    else:
        for name, value in report.items():
            click.echo(f"{name:32} {value}")
    sys.exit(1 if report["grew"] else 0)


def reported(samples: Sequence[Sample], answers: int) -> dict[str, Any]:
    """Weigh what came after the warming up."""
    settled = steady(samples, 0.0)
    slopes = {name: per_hour(settled, name) for name in ("anonymous_mb", "in_use_mb")}
    grew = ["in_use_mb"] if slopes["in_use_mb"] > MOST_MB_PER_HOUR else []
    grew += [name for name in ("handles", "threads") if more(settled, name) > MOST_MORE]
    return {
        "rounds": len(samples),
        "answers": answers,
        **{f"{name}_per_audio_hour": slope for name, slope in slopes.items()},
        "handles_more": more(settled, "handles"),
        "threads_more": more(settled, "threads"),
        "first": asdict(samples[0]),
        "last": asdict(samples[-1]),
        "grew": grew,
        "in_use_mb": [one.in_use_mb for one in samples],
    }


def _soaked(folder: Path, rounds: int, cache: Path | None) -> tuple[list[Sample], int]:
    settings = Settings(data_dir=folder / "data", cache_dir=cache or folder / "cache", model="embedded")
    ears = compose.Ears(settings)
    ears.prepare()
    assistant = compose.assistant(settings, follows_up=True)
    said: list[str] = []
    takes = _takes()
    samples = []
    for number in range(rounds):
        room = Room(Way(delay_ms=40, level_db=-14, response=np.ones(1)), ROOM_S, seed=number)
        for place, at_s in enumerate(ASKED_AT_S):
            room.say(takes[(number * len(ASKED_AT_S) + place) % len(takes)], at_s)
        speaker, buttons = _box(settings, room, ears, assistant, said.append)
        room.on_tick = _impatient(speaker, buttons) if number % 2 else room.on_tick
        speaker.run()
        assistant.forget()
        del room, speaker, buttons  # they know each other: Python's collector frees them, whenever it comes by
        gc.collect()
        samples.append(sample((number + 1) * ROOM_S))
        click.echo(f"round {number + 1} of {rounds}, {len(said)} answers", err=True)
    return samples, len(said)


def _box(
    settings: Settings, room: Room, ears: compose.Ears, assistant: Any, told: Callable[[str], None]
) -> tuple[SmartSpeaker, FakeButtons]:
    stage, buttons = OutputStage(monotonic=lambda: room.now_s), FakeButtons()
    sink = SounddeviceSink(open_stream=room.open_stream, through=stage.through)
    box = Box(
        source=room,
        sink=sink,
        stage=stage,
        speaker=compose.speaker(settings, sink),
        buttons=buttons,
        indicator=FakeIndicator(),
        volume=KeptVolume(settings.data_dir / FILE),
        wake=compose_speaker.wake_words(settings),
    )
    manner = Manner(monotonic=lambda: room.now_s, show=lambda turn: told(turn.text))
    speaker = SmartSpeaker(box, ears.listening_to, assistant, manner)
    room.is_busy = lambda: speaker.mouth.is_busy
    return speaker, buttons


def _impatient(speaker: SmartSpeaker, buttons: FakeButtons) -> Callable[[float], None]:
    """Press the button when an answer has gone on for a while."""
    began: list[float] = []

    def look(now_s: float) -> None:
        if speaker.state.mode is not Mode.SPEAKING:
            began.clear()
        elif not began:
            began.append(now_s)
        elif now_s - began[0] > PRESSED_AFTER_S:
            began[0] = now_s + ROOM_S
            buttons.do(ButtonEvent.PRESSED)

    return look


def _takes() -> list[Any]:
    studio, who = Studio(), customers(shared_folder())[1]
    questions = [article.variants[0] for article in sample_articles()][:: len(sample_articles()) // QUESTIONS]
    return [studio.take(f"ねえ、こえまど、{question}", who).astype(float) * LEVEL for question in questions]


if __name__ == "__main__":
    main()
