"""`devices --test`: hear a tone, speak, see the level, hear oneself."""

import sys
from typing import Any

import click

from hardware.audio_devices import KIND_WORDS, AudioDevice, Kind, choose, list_devices
from voice import compose_audio
from voice.cli.program import note, print_json
from voice.device_test import Trial, play_tone, record
from voice.errors import AudioDeviceError
from voice.levels import Level, bar
from voice.settings import Settings

NEEDS_MENDING = 1


def try_devices(settings: Settings, *, as_json: bool) -> int:
    """Test the devices of the settings; the exit code.  Raises AudioDeviceError, DeviceUnknown, DeviceAmbiguous."""
    output, source = _device(settings, "output"), _device(settings, "input")  # both are wanted before a sound is made
    sink = compose_audio.loudspeaker_on(output, settings)
    note(f"Playing a test tone on {_named(output)}")
    play_tone(sink)
    note(f"Recording 3 s from {_named(source)}: say something")
    trial = record(compose_audio.microphone_on(source), _show_level)
    note(f"\r{_decibels('peak', trial.level.peak_dbfs)}, {_decibels('RMS', trial.level.rms_dbfs)}{' ' * 30}")
    if trial.level.peak_dbfs is not None:
        note(f"Playing what was recorded on {_named(output)}")
        sink.play(trial.recording)
    _tell(trial, output, source, as_json=as_json)
    return 0 if trial.is_fine else NEEDS_MENDING


def _device(settings: Settings, kind: Kind) -> AudioDevice:
    wanted = settings.input_device if kind == "input" else settings.output_device
    device = choose(list_devices(), wanted, kind)
    if device is None:
        raise AudioDeviceError(
            f"no {KIND_WORDS[kind]} is connected: plug one in; `koemado devices` lists what is there"
        )
    return device


def _tell(trial: Trial, output: AudioDevice, source: AudioDevice, *, as_json: bool) -> None:
    if as_json:
        print_json(_object(trial, output, source))
    else:
        click.echo(f"{'fine' if trial.is_fine else 'PROBLEM'}: {trial.hint}")
        click.echo("Did you hear the tone and then yourself? If not: turn up the volume, or give --output NAME.")


def _object(trial: Trial, output: AudioDevice, source: AudioDevice) -> dict[str, Any]:
    level = trial.level
    return {
        "fine": trial.is_fine,
        "output": {"number": output.number, "name": output.name, "rate_hz": output.rate_hz},
        "input": {"number": source.number, "name": source.name, "rate_hz": source.rate_hz},
        "recorded_ms": trial.recording.duration_ms,
        "peak_dbfs": _rounded(level.peak_dbfs),
        "rms_dbfs": _rounded(level.rms_dbfs),
        "clipped_samples": level.clipped_samples,
        "verdict": str(level.verdict),
        "hint": trial.hint,
    }


def _named(device: AudioDevice) -> str:
    return f"{device.number} {device.name} ({device.rate_hz} Hz)"


def _show_level(passed_ms: int, level: Level) -> None:
    """A moving bar, for people at a terminal only."""
    if sys.stderr.isatty():
        click.echo(
            f"\r{bar(level)} {_decibels('peak', level.peak_dbfs):18} {passed_ms / 1000:.1f} s", err=True, nl=False
        )


def _decibels(what: str, dbfs: float | None) -> str:
    return f"{what} silence" if dbfs is None else f"{what} {dbfs:.1f} dBFS"


def _rounded(dbfs: float | None) -> float | None:
    return None if dbfs is None else round(dbfs, 1)
