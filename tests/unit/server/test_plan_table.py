import tomllib
from datetime import date

import pytest

from server.attempts import AttemptPolicy
from server.errors import SettingsInvalid
from server.opening_hours import Block, Closure, YearlyClosure
from server.plan_table import desk_settings, shipped_settings

TABLE = """
hours.monday = ["09:00-12:00", "13:00-24:00"]
capacity.general = 2
"""


def read(more=""):
    return desk_settings(tomllib.loads(more if "hours" in more and "capacity" in more else TABLE + more))


def test_the_shipped_plan():
    shipped = shipped_settings()
    assert sorted(shipped.plan.hours.week) == [0, 1, 2, 3, 4]
    assert shipped.plan.hours.why_closed(date(2027, 1, 2)) == "年末年始"
    assert shipped.policy == AttemptPolicy()


def test_a_short_table():
    plan = read().plan
    assert plan.hours.week == {0: (Block(540, 720), Block(780, 1440))}
    assert plan.hours.closed_on_public_holidays
    assert plan.capacity == {"general": 2}


def test_closures_once_and_every_year():
    plan = read(
        'closures = [{name = "お盆", first = 2026-08-13, last = 2026-08-16},'
        ' {name = "年末年始", first = "12-29", last = "01-03"}]'
    ).plan
    assert plan.hours.closures == (
        Closure(name="お盆", first=date(2026, 8, 13), last=date(2026, 8, 16)),
        YearlyClosure(name="年末年始", first=(12, 29), last=(1, 3)),
    )


def test_the_policy():
    policy = read('attempts = {most = 2, gap_minutes = [5], afterwards = "close", day_parts = ["09:00-10:00"]}').policy
    assert policy == AttemptPolicy(most=2, gap_minutes=(5,), sms_afterwards=False, day_parts=(Block(540, 600),))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("capacity.general = 1\nlead_minutes = 1", "callback.hours: is missing"),
        ("hours.monday = []", "callback.capacity: is missing"),
        ("hours = 1\ncapacity.general = 1", "callback.hours: must be a table"),
        ('hours.monday = "09:00"\ncapacity.general = 1', "callback.hours.monday: must be a list"),
        ('hours.monday = ["9-12"]\ncapacity.general = 1', r"callback.hours.monday\[0\]: '9-12' is no block"),
        ('hours.monday = ["09:00-08:00"]\ncapacity.general = 1', r"monday\[0\]: '09:00-08:00': a block opens before"),
        ('hours.monday = ["22:00-25:00"]\ncapacity.general = 1', "past midnight: two blocks"),
        ('hours.monday = ["09:60-12:00"]\ncapacity.general = 1', "59 minutes"),
        ('hours.monday = ["09:00-12:00", "11:00-13:00"]\ncapacity.general = 1', "callback.hours: .*overlap"),
        ("hours.mon = []\ncapacity.general = 1", "callback.hours.mon: is unknown; known are friday"),
        ("hours.monday = []\ncapacity.general = true", "callback.capacity.general: must be a whole number"),
        ("hours.monday = []\ncapacity.general = -1", "callback: .*negative"),
        (TABLE + "slot_minutes = 0", "callback: slots last"),
        (TABLE + "horizon_days = 1_000_000_000", "callback: .*horizon 1 to 366 days"),  # no calendar reaches so far
        (TABLE + "lead_minutes = 1_000_000_000", "callback: .*lead 0 to 366 days"),
        (TABLE + "slots = 1", "callback.slots: is unknown"),
        (TABLE + 'public_holidays = "maybe"', "callback.public_holidays: must be one of closed, open"),
        (TABLE + 'closures = [{name = "x", first = 2026-08-13}]', r"callback.closures\[0\].last: is missing"),
        (TABLE + 'closures = [{name = "x", first = 2026-08-13, last = "01-03"}]', r"closures\[0\]: first and last"),
        (TABLE + 'closures = [{name = "x", first = 2026-08-13, last = 2026-08-12}]', "must not come before"),
        (TABLE + 'closures = [{name = "x", first = "02-30", last = "03-01"}]', "closures.0..first: '02-30' is no"),
        (TABLE + 'closures = [{name = 1, first = "02-01", last = "03-01"}]', "closures.0..name"),
        (TABLE + "attempts.most = 0", "callback.attempts: at least one attempt"),
        (TABLE + "attempts.gap_minutes = ['x']", r"callback.attempts.gap_minutes\[0\]: must be a whole number"),
        (TABLE + "attempts.often = 1", "callback.attempts.often: is unknown"),
        (TABLE + "attempts.afterwards = 'fax'", "callback.attempts.afterwards: must be one of sms, close"),
    ],
)
def test_the_error_names_the_key(text, message):
    with pytest.raises(SettingsInvalid, match=message):
        desk_settings(tomllib.loads(text))
