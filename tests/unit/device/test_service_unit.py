"""The units of systemd, as systemd itself reads them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from voice import service_install
from voice.service_install import Step, do, steps_to_install, steps_to_remove
from voice.service_unit import HARDWARE_DROP_IN, Service, What, hardware_watchdog_text, quoted, unit_text

VERIFY_S = 60


def service(what=What.TALK, **given):
    return Service(
        **{"what": what, "command": (sys.executable, "-m", "voice.main"), "is_system": True, "account": "root"} | given
    )


@pytest.mark.parametrize("what", list(What))
@pytest.mark.parametrize("is_system", [True, False])
def test_systemd_finds_nothing_wrong(what, is_system, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze (Debian: systemd) is not installed")
    one = service(what, is_system=is_system, settings_file=Path("/etc/koe mado/50%.toml"), backs_off=False)
    (tmp_path / one.name).write_text(unit_text(one), encoding="utf-8")
    user = () if is_system else ("--user",)
    done = subprocess.run(
        ["systemd-analyze", *user, "verify", "--man=no", "--recursive-errors=no", str(tmp_path / one.name)],
        capture_output=True, text=True, timeout=VERIFY_S, check=False,
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("what", list(What))
def test_systemd_finds_it_hardly_exposed(what, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze (Debian: systemd) is not installed")
    one = service(what, account="koemado", command=("/opt/koemado/.venv/bin/koemado",))
    (tmp_path / one.name).write_text(unit_text(one), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=22", str(tmp_path / one.name)],
        capture_output=True, text=True, timeout=VERIFY_S, check=False,
    )  # fmt: skip
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd does not look at units in files")
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


@pytest.mark.parametrize("what", list(What))
def test_what_every_unit_says(what):
    lines = unit_text(service(what, backs_off=True)).splitlines()
    for wanted in ("Type=notify", "WatchdogSec=120", "Restart=always", "RestartSteps=8", "RestartMaxDelaySec=120", "NoNewPrivileges=yes",
                   "ProtectSystem=strict", "PrivateTmp=yes", f"RuntimeDirectory=koemado-{what}",
                   "EnvironmentFile=-/etc/koemado/koemado.env", "ExecReload=/bin/kill -HUP $MAINPID", "StandardOutput=null"):  # fmt: skip
        assert lines.count(wanted) == 1, wanted
    hears = what in (What.TALK, What.SPEAKER)
    for device in ("alsa", "gpiochip", "spi"):  # sound, button and light, ring of lights
        assert (f"DeviceAllow=char-{device} rw" in lines) is hears
    assert (f"Environment=LG_WD=/run/koemado-{what}" in lines) is hears  # lgpio makes a file where it runs
    assert ("PrivateDevices=yes" in lines) is not hears
    assert not [line for line in lines if "${" in line]


def test_a_program_in_a_home_can_still_be_read():
    assert "ProtectHome=read-only" in unit_text(service(command=("/home/pi/koemado/.venv/bin/koemado",)))
    assert "ProtectHome=yes" in unit_text(service(command=("/opt/koemado/.venv/bin/koemado",)))


def test_words_of_a_command_reach_it_unchanged():
    assert quoted(["/a b/c", "50%", "$HOME", 'a"b', "\\", "", "x;"]) == '"/a b/c" 50%% $$HOME "a\\"b" "\\\\" "" "x;"'


def test_installing_and_removing_a_user_service(tmp_path, monkeypatch):
    ran = tmp_path / "ran"
    fake = tmp_path / "bin" / "systemctl"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\necho "$@" >> {ran}\n', encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    one = service(is_system=False)
    unit = tmp_path / ".config/systemd/user/koemado-talk.service"
    for _ in range(2):  # again is an update
        do(steps_to_install(one, tmp_path, hardware_watchdog=False))
    assert unit.read_text(encoding="utf-8") == unit_text(one)
    assert [file.name for file in unit.parent.iterdir()] == [unit.name]
    do(steps_to_remove(one, tmp_path, hardware_watchdog=False))
    assert not unit.exists()
    words = ran.read_text(encoding="utf-8").splitlines()
    installing = [
        "--user daemon-reload",
        "--user enable koemado-talk.service",
        "--user restart --no-block koemado-talk.service",
    ]
    assert words == [*installing * 2, "--user disable --now koemado-talk.service", "--user daemon-reload"]


def test_a_step_that_fails_is_one_line():
    with pytest.raises(service_install.ServiceNotInstalled, match="^false failed: no reason given$"):
        do([Step(command=("false",))])
    with pytest.raises(service_install.ServiceNotInstalled):
        do([Step(path=Path("/proc/no/unit"), text="x")])
    do([Step(command=("false",), may_fail=True)])


def test_the_account_is_made_when_it_is_missing(tmp_path):
    made = steps_to_install(service(account="nobody-koemado", groups=("audio",)), tmp_path, hardware_watchdog=False)
    assert made[0].command[:5] == ("useradd", "--system", "--user-group", "--groups", "audio")
    there = steps_to_install(service(account="root"), tmp_path, hardware_watchdog=False)
    assert there[0].path


def test_the_hardware_watchdog_comes_and_goes_with_its_option(tmp_path):
    steps = steps_to_install(service(), tmp_path, hardware_watchdog=True)
    assert (HARDWARE_DROP_IN, hardware_watchdog_text()) in [(one.path, one.text) for one in steps]
    assert "\nRuntimeWatchdogSec=30\n" in hardware_watchdog_text()
    assert (HARDWARE_DROP_IN, None) in [
        (one.path, one.text) for one in steps_to_remove(service(), tmp_path, hardware_watchdog=True)
    ]
    assert HARDWARE_DROP_IN not in [one.path for one in steps_to_install(service(), tmp_path, hardware_watchdog=False)]
