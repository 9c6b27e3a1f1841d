"""Renders one text with pyttsx3 and ends: `python -m voice.speech.pyttsx3_child`, the job as JSON on stdin.

It runs in a process of its own because native drivers hang, crash and allow one use a process.  Exit status 0: the
sound is in the file.  1: it is not, and the last line on stderr says why.
"""

import faulthandler
import importlib
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from threading import Event
from typing import Any

MIDDLE_PITCH, PITCH_STEPS = 50, 4.0  # espeak: 0 to 99; steps a semitone, from the factors in its pitch_adjust_tab
GRACE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildJob:
    """What to render, and where to."""

    driver: str  # a driver of pyttsx3, "openjtalk", or the dotted path of a module with `buildDriver`
    text: str
    path: str
    voice: str | None  # None: the first Japanese one
    speed: float
    pitch_semitones: float
    timeout_s: float  # the parent kills us then; should it have died itself, we end a little later

    def as_json(self) -> str:
        """For stdin."""
        return json.dumps(asdict(self))


class ChildError(Exception):
    """No sound; the text says why."""


def main() -> int:
    """Do the job on stdin."""
    job = ChildJob(**json.load(sys.stdin))
    faulthandler.dump_traceback_later(job.timeout_s + GRACE_S, exit=True)
    try:
        render(job)
    except ChildError as error:
        return _failed(str(error))
    except Exception as error:  # the boundary of the process: whatever a driver raises becomes its last line
        return _failed(f"{type(error).__name__}: {error}")
    return 0


def _failed(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return 1


def render(job: ChildJob) -> None:
    """Write the sound to the job's path.  Raises ChildError, and whatever the driver raises."""
    import pyttsx3

    engine = pyttsx3.init(_registered(job.driver))
    faults, started, finished = _listen(engine)
    settle = _settle_espeak if job.driver == "espeak" else _settled
    settle(engine)
    _configure(engine, job)
    settle(engine)
    engine.save_to_file(job.text, job.path)
    engine.runAndWait()
    if faults:
        raise faults[0]
    if started.is_set():
        finished.wait()  # espeak goes on in a thread of its own; the others are done, and not all of them say so


def _listen(engine: Any) -> tuple[list[Exception], Event, Event]:
    """Errors, and whether an utterance was started and finished."""
    faults: list[Exception] = []
    started, finished = Event(), Event()
    engine.connect("error", lambda **told: faults.append(told["exception"]))
    engine.connect("started-utterance", lambda **_: started.set())
    engine.connect("finished-utterance", lambda **_: finished.set())
    return faults, started, finished


def _settled(_engine: Any) -> None:
    """Other drivers set properties at once."""


def _settle_espeak(engine: Any) -> None:
    """Wait until its own thread has set rate and pitch.

    Loading a voice meanwhile confuses it, and at the end of its loop pyttsx3's driver cancels what is still to be done.
    """
    from pyttsx3.drivers import _espeak

    engine.proxy.setBusy(False)  # lets the properties out of the engine's queue
    _espeak.Synchronize()
    engine.proxy.setBusy(True)


def _registered(driver: str) -> str:
    """The name by which pyttsx3 finds the driver."""
    if driver == "openjtalk":
        from voice.speech.openjtalk_driver import register_openjtalk_driver

        register_openjtalk_driver()
    elif "." in driver:
        name = driver.rpartition(".")[2]
        sys.modules[f"pyttsx3.drivers.{name}"] = importlib.import_module(driver)
        return name
    return driver


def _configure(engine: Any, job: ChildJob) -> None:
    voice = job.voice or japanese_voice(engine.getProperty("voices"))
    if voice:
        engine.setProperty("voice", voice)
    engine.setProperty("rate", round(engine.getProperty("rate") * job.speed))
    if job.pitch_semitones:
        engine.setProperty("pitch", round(MIDDLE_PITCH + PITCH_STEPS * job.pitch_semitones))


def japanese_voice(voices: Iterable[Any]) -> str:
    """The id of the first voice that speaks Japanese.  Raises ChildError."""
    for voice in voices:
        if any(str(language).lower().startswith("ja") for language in voice.languages):
            return str(voice.id)
    raise ChildError("there is no Japanese voice; install one in the system's settings")


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(status)  # some drivers hang or crash when the interpreter takes them down; the file is written and closed
