"""`koemado kb check` and `kb verify`: is the base in order, and is it understood when it is spoken?"""

import sys
from collections.abc import Sequence
from itertools import groupby

import click

from kb.checking import Finding, Severity, counts, in_order
from voice.checks.examination import Stage, stages
from voice.cli.program import Program, common_options, print_json
from voice.settings import Settings

PROBLEM = 1
SHOWN = 12  # findings of one kind, unless all are asked for
_NOUNS = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.NOTE: "notes"}


@click.command()
@click.option("--strict", is_flag=True, help="Exit code 1 for warnings too.")
@click.option("--thorough", is_flag=True, help="Also ask each wording with itself taken out of the base.")
@click.option("--measure", is_flag=True, help="Render the answers whose length is in doubt.")
@click.option("--all", "everything", is_flag=True, help=f"Show more than {SHOWN} findings of a kind.")
@click.option("--json", "as_json", is_flag=True)
@common_options
def check(program: Program, strict: bool, thorough: bool, measure: bool, everything: bool, as_json: bool) -> int:
    """Check the base: wordings, readings, lengths, validity, safety, words the model cannot hear.

    Exit code 1 if there are errors.
    """
    ordered = in_order(findings(program.settings, thorough=thorough, measure=measure))
    if as_json:
        print_json([finding.plain() for finding in ordered])
    else:
        show(ordered, everything=everything)
    return exit_code(ordered, strict=strict)


def findings(settings: Settings, *, thorough: bool = False, measure: bool = False) -> list[Finding]:
    """Run the checks with progress on standard error; in no order."""
    return [finding for stage in stages(settings, thorough=thorough, measure=measure) for finding in _run(stage)]


def exit_code(found: Sequence[Finding], *, strict: bool) -> int:
    """0 unless something must be mended."""
    count = counts(found)
    return PROBLEM if count[Severity.ERROR] or (strict and count[Severity.WARNING]) else 0


def _run(stage: Stage) -> list[Finding]:
    with click.progressbar(length=stage.steps, label=stage.label, file=sys.stderr) as progress:
        return list(stage.run(lambda: progress.update(1)))


def show(found: Sequence[Finding], *, everything: bool) -> None:
    """Print them by severity and kind, for people."""
    for severity, group in groupby(found, key=lambda f: f.severity):
        of_severity = list(group)
        click.echo(f"{_NOUNS[severity]}: {len(of_severity)}")
        for code, kind in groupby(of_severity, key=lambda f: f.code):
            _show_kind(code, list(kind), everything=everything)
        click.echo()
    count = counts(found)
    click.echo(", ".join(f"{count[severity]} {_NOUNS[severity]}" for severity in Severity))


def _show_kind(code: str, found: Sequence[Finding], *, everything: bool) -> None:
    click.echo(f"  {code} ({len(found)})")
    for finding in found if everything else found[:SHOWN]:
        also = f" (and {', '.join(finding.others[:3])}{' ...' if len(finding.others) > 3 else ''})"  # noqa: PLR2004
        click.echo(f"    {finding.article_id}{also if finding.others else ''}: {finding.text}")
        click.echo(f"      {finding.message}")
        click.echo(f"      -> {finding.remedy}")
    if not everything and len(found) > SHOWN:
        click.echo(f"    ... and {len(found) - SHOWN} more: --all shows them, --json has them")
