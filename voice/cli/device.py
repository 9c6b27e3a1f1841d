"""`devices`, `doctor`, `settings`: what there is, whether it works, what is set."""

from collections.abc import Sequence

import click

from hardware.audio_devices import AudioDevice, list_devices
from voice.cli.device_test import try_devices
from voice.cli.program import Program, common_options, note, print_json
from voice.doctor import examine
from voice.doctor_settings import usable_settings
from voice.findings import Finding, State
from voice.settings import Settings

PROBLEM = 1


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--test", is_flag=True, help="Play a tone, record 3 s, show how loud they are, play them.")
@click.option("--input", "input_device", metavar="NAME", help="Test this microphone: number, name or part of it.")
@click.option("--output", "output_device", metavar="NAME", help="Test this loudspeaker.")
@common_options
def devices(
    program: Program, as_json: bool, test: bool, input_device: str | None, output_device: str | None
) -> int | None:
    """List microphones and loudspeakers, or test one of each; exit code 1 if the microphone will not do."""
    if test:
        program.override(None, input_device=input_device, output_device=output_device)
        return try_devices(program.settings, as_json=as_json)
    if input_device is not None or output_device is not None:
        raise click.UsageError(
            "--input and --output choose what --test tests; settings input_device and output_device stay"
        )
    _list(as_json=as_json)
    return None


def _list(*, as_json: bool) -> None:
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
        default = _default(d)
        click.echo(f"{d.number}\t{' + '.join(roles)}\t{d.rate_hz} Hz\t{d.name}{default}")
    if not found:
        note("No audio devices: questions come from files or the keyboard, answers go to WAV files.")


def _default(device: AudioDevice) -> str:
    kinds = [
        name
        for name, is_it in (("microphone", device.is_default_input), ("loudspeaker", device.is_default_output))
        if is_it
    ]
    return f" (default {' and '.join(kinds)})" if kinds else ""


@click.command()
@click.option("--json", "as_json", is_flag=True)
@common_options
def doctor(program: Program, as_json: bool) -> int:
    """Check that everything works, with a remedy for what does not; exit code 1 if something must be mended."""
    settings, about_settings = usable_settings(program.file, program.given)
    findings = [*about_settings, *examine(settings)]
    if as_json:
        print_json(
            [{"check": f.check, "state": str(f.state), "detail": f.detail, "remedy": f.remedy} for f in findings]
        )
    else:
        for finding in findings:
            _show(finding)
        _sum_up(findings)
    return PROBLEM if any(f.state is State.BROKEN for f in findings) else 0


def _sum_up(findings: Sequence[Finding]) -> None:
    broken, limited = (sum(f.state is state for f in findings) for state in (State.BROKEN, State.LIMITED))
    note(f"koemado: {broken} to mend, {limited} limited" if broken or limited else "koemado: everything is well")


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
