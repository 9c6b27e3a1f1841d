"""`devices`, `doctor`, `settings`: what there is, whether it works, what is set."""

import click

from hardware.audio_devices import list_devices
from voice.cli.program import Program, common_options, note, print_json
from voice.doctor import Finding, examine
from voice.settings import Settings

PROBLEM = 1


@click.command()
@click.option("--json", "as_json", is_flag=True)
@common_options
def devices(_program: Program, as_json: bool) -> None:
    """List microphones and loudspeakers."""
    found = list_devices()
    if as_json:
        print_json(
            [
                {
                    "number": d.number, "name": d.name, "inputs": d.inputs, "outputs": d.outputs, "rate_hz": d.rate_hz,
                    "default_input": d.is_default_input, "default_output": d.is_default_output,
                }
                for d in found
            ]
        )  # fmt: skip
        return
    for d in found:
        roles = [name for name, able in (("microphone", d.inputs), ("loudspeaker", d.outputs)) if able]
        default = " (default)" if d.is_default_input or d.is_default_output else ""
        click.echo(f"{d.number}\t{' + '.join(roles)}\t{d.rate_hz} Hz\t{d.name}{default}")
    if not found:
        note("No audio devices: questions come from files or the keyboard, answers go to WAV files.")


@click.command()
@click.option("--json", "as_json", is_flag=True)
@common_options
def doctor(program: Program, as_json: bool) -> int:
    """Check that everything works, with a remedy for what does not; exit code 1 if something must be mended."""
    findings = examine(program.settings)
    if as_json:
        print_json(
            [{"check": f.check, "state": str(f.state), "detail": f.detail, "remedy": f.remedy} for f in findings]
        )
    else:
        for finding in findings:
            _show(finding)
    return PROBLEM if any(f.state == "broken" for f in findings) else 0


def _show(finding: Finding) -> None:
    click.echo(f"{finding.state:8}{finding.check}: {finding.detail}")
    if finding.remedy:
        click.echo(f"        -> {finding.remedy}")


@click.command()
@click.option("--json", "as_json", is_flag=True)
@common_options
def settings(program: Program, as_json: bool) -> None:
    """Show every setting, its value and where it comes from."""
    configured = program.configured
    values = configured.settings.model_dump(mode="json")
    if as_json:
        print_json({name: {"value": value, "source": configured.sources[name]} for name, value in values.items()})
        return
    for name, value in values.items():
        shown = "-" if value in (None, "") else value
        click.echo(f"{name} = {shown}\t[{configured.sources[name]}] {Settings.model_fields[name].description}")
