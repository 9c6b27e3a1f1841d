"""The desk's settings read again while it answers."""

from dataclasses import replace

import pytest

from server.errors import SettingsInvalid
from server.reloading import DeskReload, Work, reloaded
from server.settings import load_settings
from tests.callback_samples import SetClock
from tests.desk_office import open_desk


@pytest.fixture
def office(tmp_path):
    office = open_desk(tmp_path / "desk", SetClock())
    yield office
    office.close()


def edit(office, before, after):
    path = office.folder / "desk.toml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_what_can_be_taken_up_is(office):
    before = load_settings(office.folder)
    edit(office, "device_silent_hours = 24", "device_silent_hours = 6")
    edit(office, 'organisation = "声窓 受付"', 'organisation = "花屋"')
    edit(office, "slot_minutes = 30", "slot_minutes = 20")
    found, file = reloaded(office, before)
    assert set(found.changed) == {"listening.organisation", "alarms.device_silent_hours", "callback"}
    assert found.needs_restart == ()
    assert found.office.settings.listening.organisation == "花屋"
    assert found.office.settings.alarms.device_silent_hours == 6
    assert found.office.desk.plan.slot_minutes == 20
    assert found.office.engine is office.engine
    assert reloaded(found.office, file)[0].changed == ()


def test_what_needs_a_restart_is_named_each_time_and_not_in_force(office):
    listening = office.settings.listening.model_copy(update={"port": 1234})  # by the command line
    office = replace(office, settings=office.settings.model_copy(update={"listening": listening}))
    before = load_settings(office.folder)
    edit(office, "port = 8600", "port = 9000")
    edit(office, 'organisation = "声窓 受付"', 'organisation = "花屋"')
    found, file = reloaded(office, before)
    assert found.needs_restart == ("listening.port",)
    assert (found.office.settings.listening.port, found.office.settings.listening.organisation) == (1234, "花屋")
    assert reloaded(found.office, file)[0].needs_restart == ("listening.port",)


def test_work_begins_anew_before_the_former_ends(office):
    order = []

    def start(which):
        order.append(f"begins with {which.settings.alarms.device_silent_hours}")
        return lambda: order.append("ends")

    office.closing.append(Work(office, start))
    edit(office, "device_silent_hours = 24", "device_silent_hours = 6")
    found, _ = reloaded(office, office.settings)
    assert order == ["begins with 24", "ends"]
    (work,) = found.office.closing
    assert work is not None


def test_a_broken_file_leaves_the_desk_as_it_is(office, caplog):
    used = []
    reload = DeskReload(office, used.append)
    edit(office, "device_silent_hours = 24", "device_silent_hours = soon")
    with pytest.raises(SettingsInvalid):
        reloaded(office, office.settings)
    reload()
    assert used == []
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["the settings stay as they were"]
    edit(office, "device_silent_hours = soon", "device_silent_hours = 6")
    reload()
    assert [one.settings.alarms.device_silent_hours for one in used] == [6]
