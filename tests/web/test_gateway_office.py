"""Settings read again reach the customers' page: talks that begin from then on ask the desk as it is set now."""

import pytest

from server.app import create_app, use
from server.gateway.lobby import Lobby
from server.reloading import reloaded
from server.settings import load_settings
from server.web.talk_socket import VoiceGateway
from tests.gateway_fakes import Room
from voice.gateway_composed import OfficeNow


@pytest.fixture
def reopened(office):
    """The office after somebody wrote other hours into its settings."""
    before = load_settings(office.folder)
    path = office.folder / "desk.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('monday = ["09:00-12:00", "13:00-18:00"]', 'monday = ["07:00-08:00"]'), encoding="utf-8"
    )
    return reloaded(office, before)[0].office


def test_the_application_tells_the_gateway(office, reopened):
    asked = []
    app = create_app(office, VoiceGateway(Lobby(Room(), 1), 1, use=asked.append))
    assert asked == [office]
    use(app, reopened)
    assert asked[1:] == [reopened]


def test_a_talk_that_begins_afterwards_knows_the_new_hours(office, reopened, clock):
    now = OfficeNow(office)
    before = now.desk()
    now.use(reopened)
    after = now.desk()
    hours = [one.setting(clock).office.week[0] for one in (before, after)]
    assert hours == [((540, 720), (780, 1080)), ((420, 480),)]
