"""`koemado kb verify`: speak every wording, hear it, match it."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from voice import compose
from voice.checks.report import Report
from voice.checks.round_trip import Trial, must_be_mended
from voice.checks.verification import Conditions, Verification
from voice.cli.program import Program, common_options, note, print_json
from voice.errors import SettingsError
from voice.files import FileNotWritten, write_atomically

PROBLEM = 1
INTERRUPTED = 130
SHOWN = 30
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--out", type=_FILE, help="Write a report: .html or .json.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Only N wordings, the same each time.")
@click.option("--voice", type=_FILE, help="An .htsvoice file the customers speak with.")
@click.option("--noise", type=_FILE, help="A sound file to mix in.")
@click.option("--snr", type=float, default=10.0, show_default=True, help="Speech over noise, in dB.")
@click.option("--fresh", is_flag=True, help="Forget what was heard before.")
@click.option("--strict", is_flag=True, help="Exit code 1 unless every wording is answered right.")
@click.option("--json", "as_json", is_flag=True)
@common_options
def verify(program: Program, out: Path | None, fresh: bool, strict: bool, as_json: bool, **given: Any) -> int:
    """Speak every variant, recognise it with the model in use and match it.

    Can be stopped at any time: what was heard so far is reported, and the same command goes on from there.
    Exit code 1 if a variant is answered wrongly, one about danger is not answered, or an article is never reached.
    """
    _check_out(out)
    conditions = Conditions(voice=given["voice"], noise=given["noise"], snr_db=given["snr"], sample=given["sample"])
    verification = Verification(program.settings, conditions, fresh=fresh)
    trials, complete = _made(verification)
    report = Report(
        trials=tuple(trials),
        wanted=len(verification.wanted),
        model=compose.model_folder(program.settings).name,
        conditions=conditions.described(),
    )
    _tell(report, out, as_json=as_json)
    if not complete:
        note("stopped: the same command goes on from here")
        return INTERRUPTED
    return PROBLEM if must_be_mended(report.trials, strict=strict) else 0


def _check_out(out: Path | None) -> None:
    """Before an hour's work, not after it."""
    if out and out.suffix not in (".html", ".json"):
        raise SettingsError(f"--out {out}: only .html and .json are written; give such a name")
    if out and not out.parent.is_dir():
        raise FileNotWritten(f"--out {out}: there is no folder {out.parent}; make it, or name another place")


def _made(verification: Verification) -> tuple[list[Trial], bool]:
    """The trials, and whether that is all of them."""
    wanted, left = len(verification.wanted), verification.left
    if left < wanted:
        note(f"{wanted - left} of {wanted} wordings were heard before and are judged anew")
    trials: list[Trial] = []
    try:
        with click.progressbar(length=wanted, label="Verifying", file=sys.stderr, show_pos=True) as progress:
            for trial in verification.trials():
                trials.append(trial)
                progress.update(1)
    except KeyboardInterrupt:
        return trials, False
    return trials, True


def _tell(report: Report, out: Path | None, *, as_json: bool) -> None:
    if out:
        text = (
            report.html() if out.suffix == ".html" else json.dumps(report.plain(), ensure_ascii=False, indent=1) + "\n"
        )
        write_atomically(out, text.encode(), make_folder=False)
    if as_json:
        print_json(report.plain())
        return
    for trial in report.failing[:SHOWN]:
        instead = f" ({trial.instead})" if trial.instead else ""
        click.echo(f"{trial.verdict}{instead}: {trial.asking.article.id}: {trial.asking.text}")
        click.echo(f"    heard: {trial.heard or 'nothing'}")
    if len(report.failing) > SHOWN:
        click.echo(f"... and {len(report.failing) - SHOWN} more: --out FILE.html has them all")
    click.echo(report.summary())
