"""A desk where browsers can talk, and Chromium."""

import pytest
from playwright.sync_api import expect

from server.app import create_app
from server.gateway.lobby import Lobby
from server.web.talk_socket import Patience, VoiceGateway
from tests.acceptance.desk_pages import answering, chromium, open_desk
from tests.gateway_fakes import Room, SetSeconds
from tests.talk_pages import HEARS, WAIT_MS
from voice.gateway_composed import voice_gateway

QUICK = Patience(seat=0.05)


@pytest.fixture(autouse=True)
def patience():
    """Expectations about this page wait longer, and no others."""
    expect.set_options(timeout=WAIT_MS)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A desk with the real recogniser and voice; its address and its office."""
    from voice.settings import Settings

    folder = tmp_path_factory.mktemp("talk")
    settings = Settings(data_dir=folder / "data", cache_dir=tmp_path_factory.getbasetemp() / "cache")
    # a seat is kept for a minute for whoever closed the page, so that a broken talk goes on: each test wants another
    office = open_desk(folder / "desk", seats=40)
    assert office.settings.talk.seats == 40
    with answering(create_app(office, voice_gateway(settings, office))) as address:
        yield address, office


@pytest.fixture(scope="module")
def browser():
    """Chromium with a microphone that beeps."""
    with chromium(*HEARS) as browser:
        yield browser


@pytest.fixture
def seconds():
    """The clock of `quick`."""
    return SetSeconds()


@pytest.fixture
def room():
    """The talks of `quick`, which say what they are told."""
    return Room()


@pytest.fixture
def quick(tmp_path, room, seconds):
    """A function that opens a desk whose talks say what they are told, at once; its address."""
    opened = []

    def open_with(*, seats=1, most_waiting=100, patience=QUICK):
        lobby = Lobby(room, seats, most_waiting=most_waiting)
        gateway = VoiceGateway(lobby, 2, phone="0120-000-123", patience=patience, clock=seconds)
        opened.append(answering(create_app(open_desk(tmp_path / "desk"), gateway)))
        return opened[-1].__enter__()

    yield open_with
    for one in opened:
        one.__exit__(None, None, None)
