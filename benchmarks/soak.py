"""Hours of talk as fast as the machine can: does the device program grow?

    KOEMADO_SHARED=../shared nice -n 19 python -m benchmarks.soak [--minutes 20] [--audio-minutes N] [--quiet-minutes 1.5]

One process, as a device in earnest: sound in pieces of 50 ms through recogniser, dialogue, synthesis (every second round from the
cache, else rendered anew), turn log and outbox, and over HTTP a real desk with its background work in the same process.
The customers are `soak_customers`.  A sink without a loudspeaker takes what is said.  After each minute of audio memory, file
handles and threads are counted (`soak_samples`); the first quarter, and the first round of each speaker, are the warming up.
Exit code 1: something grew.
"""

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import uvicorn

from benchmarks.desk_running import device_token, set_up
from benchmarks.desk_submit import MANY_SEATS
from benchmarks.soak_customers import House
from benchmarks.soak_samples import Sample, floors, more, per_hour, sample, steady
from benchmarks.spoken import shared_folder
from server import serving
from server.app import create_app
from server.outbox import State
from voice import compose
from voice.assistant import Turn
from voice.audio import AudioChunk
from voice.desk_enrolment import Enrolment
from voice.desk_link import DeskLink
from voice.settings import Settings
from voice.speaker import Speaker
from voice.talking import converse_by_voice

DEVICE = "soak-1"
ROUND_MS = 10 * 60_000  # of audio, with one speaker
MOST_MB_PER_HOUR = 2.0  # of audio; a day of it is then 48 MB, which every box has
MOST_MORE_HANDLES = 2  # a connection that is just being made
START_S = 30


@dataclass(slots=True)
class Counted:
    """What was done."""

    turns: int = 0
    spoken_ms: int = 0
    outcomes: dict[str, int] | None = None

    def take(self, turn: Turn, _times: object) -> None:
        """Count a turn."""
        self.turns += 1
        self.outcomes = self.outcomes or {}
        name = turn.reaction.outcome.value
        self.outcomes[name] = self.outcomes.get(name, 0) + 1


class Deaf:
    """A sink that forgets at once: what was said last would be the largest thing in memory, and of many sizes."""

    def play(self, chunk: AudioChunk) -> None:
        """Play nothing."""

    def stop(self) -> None:
        """Nothing plays."""


class _EndOfSoak(Exception):
    """Enough was heard."""


def main() -> None:
    """Soak and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20.0, help="of wall time, at most")
    parser.add_argument("--audio-minutes", type=float, default=float("inf"), help="of audio, at most")
    parser.add_argument("--quiet-minutes", type=float, default=1.5, help="at most, while nobody is there")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path, help="of what was compiled before; without it all is compiled anew")
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="koemado-soak-") as folder:
        report = soaked(Path(folder), options)
    if options.as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        _show(report)
    sys.exit(0 if report["grew"] == [] else 1)


def soaked(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Soak a device and a desk of their own in the folder; the report."""
    minutes, audio_minutes = options.minutes, options.audio_minutes
    settings = Settings(data_dir=folder / "device", cache_dir=options.cache or folder / "cache", model="embedded")
    began, samples, counted = time.monotonic(), list[Sample](), Counted()
    with ExitStack() as running, _bar(minutes, audio_minutes) as progress:
        running.enter_context(_desk(folder / "desk", settings))
        link = running.enter_context(compose.desk_link(settings) or ExitStack())
        log = running.enter_context(compose.turn_log(settings) or ExitStack())
        assistant = compose.assistant(settings, desk=link, follows_up=True, turn_log=log)  # type: ignore[arg-type]
        ears = compose.Ears(settings)
        ears.prepare()
        speakers = [compose.speaker(settings, Deaf(), cached=cached) for cached in (True, False)]
        house = House(assistant, shared_folder(), Path("build/bench/takes"), seed=options.seed)
        house.quiet_s = options.quiet_minutes * 60
        listening_since = time.monotonic()

        def look(_partial: str) -> None:
            if house.given_ms >= (len(samples) + 1) * 60_000:
                samples.append(sample(house.given_ms / 1000))
            passed = (time.monotonic() - listening_since) / 60
            progress(max(passed / minutes, house.given_ms / 60_000 / audio_minutes))
            if passed >= minutes or house.given_ms >= audio_minutes * 60_000:
                raise _EndOfSoak

        _talk(house, ears, assistant, speakers, counted, look)
        wall_s = time.monotonic() - listening_since
        kept = [one.state for one in link.outbox().kept()] if isinstance(link, DeskLink) else []
    return _report(samples, counted, house, wall_s, wall_s + listening_since - began) | {
        "requests_kept": len(kept),
        "requests_arrived": kept.count(State.ARRIVED),
    }


def _talk(
    house: House,
    ears: compose.Ears,
    assistant: Any,
    speakers: Sequence[Speaker],
    counted: Counted,
    look: Callable[[str], None],
) -> None:
    turn = 0
    try:
        while True:  # each round is a microphone opened anew, as after it was pulled out
            house.begin_round(ROUND_MS)
            converse_by_voice(house, ears.listening_to, assistant, speakers[turn % 2], counted.take, look)
            turn += 1
    except _EndOfSoak:
        return


@contextmanager
def _desk(folder: Path, settings: Settings) -> Iterator[None]:
    """Run a desk with its background work in threads of this process, and enrol the device."""
    office = set_up(folder, database_url="", seats=MANY_SEATS)
    token = device_token(office, DEVICE)
    serving.start_work(office)
    found = serving.listen("127.0.0.1", 0)
    answering = uvicorn.Server(uvicorn.Config(create_app(office), log_config=None, log_level="error", ws="none"))
    thread = threading.Thread(target=answering.run, kwargs={"sockets": [found]}, name="desk", daemon=True)
    thread.start()
    _until(lambda: answering.started)
    url = f"http://127.0.0.1:{found.getsockname()[1]}"
    with compose.enrolment_file(settings).writing() as keep:
        keep(Enrolment(url=url, id=DEVICE, token=token, bundle_key=office.bundles.key))
    try:
        yield
    finally:
        answering.should_exit = True
        thread.join(START_S)
        found.close()


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + START_S
    while not is_so():
        if time.monotonic() > end:
            raise RuntimeError("the desk did not start")
        time.sleep(0.05)


def _report(samples: Sequence[Sample], counted: Counted, house: House, wall_s: float, all_s: float) -> dict[str, Any]:
    settled = steady(samples, 2 * ROUND_MS / 1000)  # each of the two speakers has spoken
    slopes = {name: per_hour(settled, name) for name in ("resident_mb", "anonymous_mb", "in_use_mb")}
    grew = [name for name, slope in slopes.items() if slope > MOST_MB_PER_HOUR]
    grew += [name for name in ("handles", "threads") if more(settled, name) > MOST_MORE_HANDLES]
    return {
        "audio_hours": round(house.given_ms / 3_600_000, 3),
        "speech_hours": round(house.speech_ms / 3_600_000, 3),
        "wall_minutes": round(wall_s / 60, 2),
        "times_real_time": round(house.given_ms / 1000 / max(wall_s, 1e-9), 1),
        "start_s": round(all_s - wall_s, 1),
        "utterances": house.utterances,
        "turns": counted.turns,
        "outcomes": counted.outcomes or {},
        "samples": len(samples),
        **{f"{name}_per_audio_hour": slope for name, slope in slopes.items()},
        "python_blocks_per_audio_hour": per_hour(settled, "python_blocks"),
        "resident_mb_per_audio_hour_second_half": per_hour(samples[len(samples) // 2 :], "resident_mb"),
        "resident_floor_mb_by_thirds": floors(settled, "resident_mb"),  # what is freed again in between is nothing
        "in_use_floor_mb_by_thirds": floors(settled, "in_use_mb"),
        "first_steady": asdict(settled[0]) if settled else None,
        "last": asdict(settled[-1]) if settled else None,
        "handles_most": max((one.handles for one in settled), default=0),
        "threads_most": max((one.threads for one in settled), default=0),
        "handles_more": more(settled, "handles"),
        "threads_more": more(settled, "threads"),
        "grew": grew,
        "series": [asdict(one) for one in samples],
    }


@contextmanager
def _bar(minutes: float, audio_minutes: float) -> Iterator[Callable[[float], None]]:
    """Yield what is told the share that is done."""
    label = f"Soaking {min(minutes, audio_minutes):g} min"
    with click.progressbar(length=1000, label=label, file=sys.stderr) as bar:
        yield lambda share: bar.update(max(0, int(min(share, 1.0) * 1000) - bar.pos))


def _show(report: dict[str, Any]) -> None:
    for name, value in report.items():
        if name != "series":
            click.echo(f"{name:32} {value}")
    click.echo("nothing grew" if not report["grew"] else f"GREW: {', '.join(report['grew'])}")


if __name__ == "__main__":
    main()
