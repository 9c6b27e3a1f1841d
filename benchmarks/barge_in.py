"""Talking over an answer: how often the box stops itself, and how soon a customer stops it.

    KOEMADO_SHARED=../shared python -m benchmarks.barge_in [--answers 24] [--bare] [--late-ms 2] [--json]

Answers of the sample base are played into a recorded room (20 to 80 ms, -10 to -20 dB) by the real sink; every second one is
talked over, by 「止めて」 or a question, by a voice the model was not trained on.  `--bare` leaves the echo canceller out; with
`--late-ms` chunks come that much later than they should, on average, as a real microphone's do.
All times are audio times.
"""

import argparse
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.speaking_room import TICK_MS, Room
from benchmarks.speaking_room import Path as Way
from benchmarks.spoken import BEFORE_MS, Studio, customers, shared_folder
from hardware.fakes import FakeButtons, FakeIndicator
from hardware.ports import ButtonEvent
from intents.transcripts import typed
from kb.sample import sample_articles
from voice import compose
from voice.audio import RECOGNITION_RATE_HZ
from voice.audio_files import resample
from voice.settings import Settings
from voice.smart_speaker import SmartSpeaker
from voice.speaker_box import Box, Manner
from voice.speaker_states import Mode
from voice.speech.output_stage import OutputStage
from voice.speech.playback import SounddeviceSink
from voice.volume import FILE, KeptVolume

WAYS = ((20, -10), (40, -15), (80, -20), (60, -10))
OVER = ("止めて", "もう一度お願いします", "返品したいのですが", "営業時間は何時までですか")
LEVEL = 0.5  # of the customer, against a customer close by
OVER_AFTER_S = 2.5
LONGEST_S = 40.0
ROOM_S = 0.4  # of the response that is played


@dataclass(slots=True)
class Talk:
    """One answer."""

    over: str  # what is said over it, "" for nothing
    spoke_at_s: float = 0.0  # the customer
    stopped_at_s: float = 0.0  # the answer, before its end
    ducked_at_s: float = 0.0
    duckings: int = 0
    played_s: float = 0.0


@dataclass(slots=True)
class Result:
    """All answers in one room."""

    way: str
    talks: list[Talk] = field(default_factory=list)


class Session:
    """One box in one room; asks one question after the other, as if they had been heard."""

    def __init__(
        self, way: Way, questions: list[tuple[str, str]], settings: Settings, ears: Any, *, bare: bool, late_s: float
    ) -> None:
        self.room = Room(way, LONGEST_S * len(questions))
        self.talks: list[Talk] = []
        self._left = list(questions)
        self._studio, self._customer = Studio(), customers(shared_folder())[1]
        self._stage = OutputStage(100, monotonic=lambda: self.room.now_s)
        sink = SounddeviceSink(open_stream=self.room.open_stream, through=self._stage.through)
        self._buttons = FakeButtons()
        box = Box(
            source=self.room,
            sink=sink,
            stage=self._stage,
            speaker=compose.speaker(settings, sink),
            buttons=self._buttons,
            indicator=FakeIndicator(),
            volume=KeptVolume(settings.data_dir / FILE),
        )
        box.volume.set(100)
        self._assistant = compose.assistant(settings)
        late = np.random.default_rng(4)
        manner = Manner(earcons=False, monotonic=lambda: self.room.now_s + late.exponential(late_s))
        self._box = SmartSpeaker(box, ears.listening_to, self._assistant, manner)
        if bare:
            self._stage.played.take = lambda _from_s, count: np.zeros(count, np.int16)  # type: ignore[method-assign]
        self.room.is_busy = lambda: self._box.mouth.is_busy
        self.room.on_tick = self._tick
        self._before, self._rest_s, self._was_ducked = Mode.SLEEPING, 1.0, False

    def run(self) -> list[Talk]:
        """Until all was asked."""
        self._box.run()
        return self.talks

    def _tick(self, now_s: float) -> None:
        mode = self._box.state.mode
        if mode is Mode.SPEAKING and self._before is not Mode.SPEAKING and self.talks[-1].played_s == 0:
            self._begin(now_s)
        elif mode is not Mode.SPEAKING and self._before is Mode.SPEAKING:
            self._end(now_s)
        if mode is Mode.SPEAKING:
            self.talks[-1].played_s += TICK_MS / 1000
            self._note_ducking(now_s)
        elif mode in (Mode.SLEEPING, Mode.LISTENING):
            self._rest_s -= TICK_MS / 1000
            if self._rest_s <= 0:
                self._ask()
        self._before = mode

    def _begin(self, now_s: float) -> None:
        talk = self.talks[-1]
        if talk.over:
            talk.spoke_at_s = now_s + OVER_AFTER_S
            speech = self._studio.take(talk.over, self._customer).astype(float) * LEVEL
            self.room.say(speech, talk.spoke_at_s - BEFORE_MS / 1000)

    def _end(self, now_s: float) -> None:
        talk = self.talks[-1]
        if self._box.mouth.was_stopped and not talk.stopped_at_s:
            talk.stopped_at_s = now_s
        self._rest_s = 3.0

    def _note_ducking(self, now_s: float) -> None:
        talk, is_ducked = self.talks[-1], self._stage.is_ducked
        if is_ducked and not self._was_ducked:
            talk.duckings += 1
            if talk.spoke_at_s and now_s >= talk.spoke_at_s and not talk.ducked_at_s:
                talk.ducked_at_s = now_s
        self._was_ducked = is_ducked

    def _ask(self) -> None:
        self._rest_s = 3.0
        if not self._left:
            self.room.finish()
            return
        question, over = self._left.pop(0)
        self._assistant.forget()
        self.talks.append(Talk(over=over))
        if self._box.state.mode is Mode.SLEEPING:
            self._buttons.do(ButtonEvent.PRESSED)
            self._left.insert(0, (question, over))
            self.talks.pop()
            self._rest_s = 0.1
            return
        self._box.understand([typed(question)])


def ways(shared: Path) -> list[tuple[str, Way]]:
    """Both recorded rooms, each near and far."""
    found = []
    for number, (delay_ms, level_db) in enumerate(WAYS):
        file = sorted((shared / "noise/ir").glob("*.wav"))[number % 2]
        samples, rate_hz = soundfile.read(file, dtype="int16")
        response: NDArray[np.float64] = resample(samples, rate_hz, RECOGNITION_RATE_HZ).astype(np.float64)
        response = response[: int(ROOM_S * RECOGNITION_RATE_HZ)]
        response /= np.sqrt(np.sum(response**2))
        way = Way(delay_ms=delay_ms, level_db=level_db, response=response)
        found.append((f"{file.stem}, {delay_ms} ms, {level_db} dB", way))
    return found


def figures(talks: list[Talk]) -> dict[str, Any]:
    """What is reported."""
    alone = [t for t in talks if not t.over]
    over = [t for t in talks if t.over and t.played_s > OVER_AFTER_S]
    early = [t for t in over if t.stopped_at_s and t.stopped_at_s < t.spoke_at_s]
    stopped = [t for t in over if t.stopped_at_s >= t.spoke_at_s > 0]
    return {
        "answers": len(talks),
        "minutes_of_speech": round(sum(t.played_s for t in talks) / 60, 1),
        "stopped_itself": sum(1 for t in alone if t.stopped_at_s) + len(early),
        "talked_over": len(over),
        "stopped_by_customer": len(stopped),
        "ms_to_stop": _quantiles([t.stopped_at_s - t.spoke_at_s for t in stopped]),
        "ms_to_duck": _quantiles([t.ducked_at_s - t.spoke_at_s for t in over if t.ducked_at_s]),
        "duckings_an_answer_alone": round(sum(t.duckings for t in alone) / max(1, len(alone)), 2),
    }


def _quantiles(seconds: list[float]) -> list[int]:
    return [round(float(q) * 1000) for q in np.quantile(seconds, (0.5, 0.95))] if seconds else []


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=24)
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--late-ms", type=float, default=2.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    shared = shared_folder()
    if shared is None:
        raise SystemExit("KOEMADO_SHARED must name the folder of room responses and voices")
    articles = [a for a in sample_articles() if len(a.answer) > 30][:: max(1, 60 // options.answers)][: options.answers]
    asked = [(a.variants[0], OVER[(n // 2) % len(OVER)] if n % 2 else "") for n, a in enumerate(articles)]
    every = len(WAYS)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder) / "data")
        ears = compose.Ears(settings)
        talks: list[Talk] = []
        for number, (name, way) in enumerate(ways(shared)):
            size = -(-len(asked) // every)
            part = asked[number * size : (number + 1) * size]
            found = Session(way, part, settings, ears, bare=options.bare, late_s=options.late_ms / 1000).run()
            click.echo(f"{name}: {figures(found)}", err=True)
            talks += found
    report = figures(talks)
    click.echo(json.dumps(report) if options.json else "\n".join(f"{k}: {v}" for k, v in report.items()))


if __name__ == "__main__":
    main()
