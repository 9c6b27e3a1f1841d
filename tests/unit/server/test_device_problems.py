"""What staff are shown of a device."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.access import Condition, Device
from server.device_problems import LATE_AFTER, DeviceProblem, problems_of
from server.labels import group_labels
from tests.callback_samples import NOW
from voice.desk_errands import HEARTBEAT_EVERY_S

WELL = Condition(model="vosk-model-embedded-ja", up_s=86_400, free_mb=9_000, waiting=0, audio="ok", error="")
DAY = timedelta(hours=24)


def device(condition, seen_at=NOW, revoked_at=None):
    return Device(
        id="box-1", name="ロビー", enrolled_at=NOW, seen_at=seen_at, condition=condition, revoked_at=revoked_at
    )


@pytest.mark.parametrize(("changes", "problem"), [
    ({}, None),
    ({"audio": "unknown"}, None),
    ({"audio": "lost"}, DeviceProblem.MICROPHONE_LOST),
    ({"free_mb": 299}, DeviceProblem.DISK_LOW),
    ({"free_mb": 300}, None),
    ({"waiting": 1}, DeviceProblem.REQUESTS_WAIT),
    ({"error": "AudioDeviceError"}, DeviceProblem.FAILED),
    ({"error": "AudioDeviceError", "up_s": 60}, DeviceProblem.RESTARTED),
])  # fmt: skip
def test_one_thing_that_is_wrong(changes, problem):
    found = problems_of(device(replace(WELL, **changes)), NOW, silent_after=DAY)
    assert found == ((problem,) if problem else ())


def test_one_that_says_nothing_of_itself_has_no_problem():
    assert problems_of(device(Condition()), NOW, silent_after=DAY) == ()


@pytest.mark.parametrize(("minutes", "problems"), [
    (0, ()), (64, ()), (65, (DeviceProblem.LATE,)), (24 * 60 - 1, (DeviceProblem.LATE,)),
    (24 * 60, (DeviceProblem.SILENT,)), (-600, ()),
])  # fmt: skip
def test_one_that_falls_silent_is_late_first(minutes, problems):
    """Devices tell how they are each half hour, so that an hour and some minutes are two heartbeats."""
    assert timedelta(seconds=2 * HEARTBEAT_EVERY_S) < LATE_AFTER
    assert problems_of(device(WELL, seen_at=NOW - timedelta(minutes=minutes)), NOW, silent_after=DAY) == problems


def test_the_worst_comes_first_and_a_revoked_one_has_none():
    condition = Condition(audio="lost", free_mb=0, waiting=3, error="X", up_s=1)
    silent = device(condition, seen_at=NOW - DAY)
    assert problems_of(silent, NOW, silent_after=DAY) == (
        DeviceProblem.SILENT, DeviceProblem.MICROPHONE_LOST, DeviceProblem.RESTARTED, DeviceProblem.REQUESTS_WAIT,
        DeviceProblem.DISK_LOW,
    )  # fmt: skip
    assert problems_of(replace(silent, revoked_at=NOW), NOW, silent_after=DAY) == ()


def test_every_problem_has_words():
    assert set(group_labels("device_problem")) == set(DeviceProblem)
