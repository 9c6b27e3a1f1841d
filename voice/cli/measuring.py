"""`koemado models measure`: find out which recognition leads for a model, and remember it."""

import sys
from collections.abc import Iterator
from typing import Any

import click

from voice.cli.program import note, print_json
from voice.errors import SettingsError
from voice.files import FileNotWritten
from voice.measurement import Measurement
from voice.recognition.listening import Lead, Listening
from voice.recognition.measuring import Heard, Judged, best_by_lead, winner
from voice.settings import Settings

_HEARERS = {
    Lead.OPEN: "open recognition",
    Lead.BASE: "recognition expecting the base",
    Lead.BOTH: "both, merged",
}


def measure(settings: Settings, count: int, *, as_json: bool) -> None:
    """Measure the model of the settings, keep what was found and print it.

    Raises SettingsError when the base has too few questions.
    """
    measurement = Measurement(settings, count)
    if not measurement.questions:
        raise SettingsError("the base has no article with two variants: one is needed to hold out, one to learn from")
    note(
        f"{len(measurement.questions)} questions, one held out of each article, and {len(measurement.strangers)} others"
    )
    found = best_by_lead(list(_with_progress(measurement)))
    listening = winner(found)
    figures = {lead.value: _figures(judged) for lead, judged in found.items()}
    try:
        measurement.keep(listening, figures)
    except OSError as error:
        raise FileNotWritten(f"what was measured could not be kept in {settings.data_dir}: {error.strerror}") from error
    _tell(measurement.folder.name, listening, found, as_json=as_json)


def _with_progress(measurement: Measurement) -> Iterator[Heard]:
    with click.progressbar(length=measurement.length, label="Measuring", file=sys.stderr, show_pos=True) as progress:
        for heard in measurement.takes():
            yield heard
            progress.update(1)


def _figures(judged: Judged) -> dict[str, float]:
    return {"questions_wrong": round(judged.questions, 4), "strangers_wrong": round(judged.strangers, 4)}


def _tell(model: str, listening: Listening, found: dict[Lead, Judged], *, as_json: bool) -> None:
    if as_json:
        figures: dict[str, Any] = {lead.value: _figures(judged) for lead, judged in found.items()}
        print_json({"model": model, **listening.plain(), "figures": figures})
        return
    for lead, judged in found.items():
        mark = "*" if lead is listening.lead else " "
        click.echo(
            f"{mark} {_HEARERS[lead]}: {judged.questions:.1%} of the morae of questions wrong, {judged.strangers:.1%} of others'"
        )
    trust = listening.trust
    click.echo(
        f"believed from {trust.believed_at:g} on, not at all up to {trust.disbelieved_at:g} (agreement with open recognition)"
    )
