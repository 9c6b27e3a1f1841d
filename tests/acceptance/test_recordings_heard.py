"""From a spoken question to a manager who hears it: real speech and libvosk, a real desk, Chromium; and taken back by voice."""

import socket
import time
from contextlib import contextmanager, nullcontext
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
from playwright.sync_api import expect

from intents.answers import Spoken
from server.app import create_app, open_office
from server.recordings import wav_of
from tests.acceptance.desk_pages import PASSWORD, answering, chromium, open_desk
from voice import compose
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk
from voice.audio_files import resample
from voice.cli.app import run
from voice.cli.conversation import MUTE
from voice.recognition.speech_detection import faint_noise
from voice.recording_book import FILE, FOLDER
from voice.simulation.customer import PITCH
from voice.speaker import speakable
from voice.speech.pcm import joined
from voice.speech.sentences import sentences
from voice.talking import converse_by_voice

pytestmark = pytest.mark.acceptance
WITHIN_S = 60
ASKED = "担当者が聞いてもよろしいでしょうか"
QUESTION = "営業時間は何時までですか"


class Room:
    """A microphone that hears one line after the other, and quiet behind each; a `LiveSource`."""

    def __init__(self, voice, *lines):
        self._voice, self._lines = voice, lines

    def chunks(self):
        for line in self._lines:
            said = (
                joined([self._voice.synthesize(one) for one in sentences(speakable(Spoken(text=line)))])
                if line
                else None
            )
            speech = resample(said.samples, said.rate_hz, RECOGNITION_RATE_HZ) if said else faint_noise(16_000 * 9)
            sound = np.concatenate([faint_noise(8_000), speech, faint_noise(40_000)])
            for start in range(0, len(sound), 1_600):
                yield AudioChunk(samples=sound[start : start + 1_600], rate_hz=RECOGNITION_RATE_HZ)

    def forget(self):
        """Nothing was recorded meanwhile."""


@pytest.fixture
def desk(settings, tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    more = {"desk_url": f"http://127.0.0.1:{port}", "offer_recordings": 1.0}
    settings = settings.model_copy(update=more)
    monkeypatch.setenv("KOEMADO_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("KOEMADO_DESK_URL", settings.desk_url)
    open_desk(tmp_path / "desk").close()
    office = open_office(tmp_path / "desk")
    with answering(create_app(office), port) as url:
        code = office.devices.make_code("box-1", "test", by="system", now=office.clock())
        assert run(["enrol", code]) == 0
        yield SimpleNamespace(office=office, settings=settings, url=url)


@contextmanager
def device(settings):
    """What the command `talk` composes, but for the microphone; a function that has it hear lines and returns the turns."""
    voice = compose.synthesizer(settings.model_copy(update={"speech_pitch": PITCH}), cached=False)
    with compose.desk_link(settings) or nullcontext() as link, compose.turn_log(settings) as turn_log:
        recordings = compose.recording_talk(settings, link, turn_log)
        assistant = compose.assistant(settings, desk=link, follows_up=True, turn_log=turn_log, recordings=recordings)
        ears = compose.Ears(settings, keeps_sound=compose.offers_recordings(settings))

        def heard(*lines):
            turns = []
            room = Room(voice, *lines)
            converse_by_voice(
                room, ears.listening_to, assistant, MUTE, lambda turn, _: turns.append(turn), lambda _: None
            )
            return turns

        heard.assistant, heard.link = assistant, link
        yield heard


def until(is_so):
    end = time.monotonic() + WITHIN_S
    while not is_so() and time.monotonic() < end:
        Event().wait(0.05)
    assert is_so()


def send(talk):
    """Do the errands, as is done once a minute."""
    talk.link._courier._errands()


def logged(desk, talk):
    """Wait for the one conversation to be at the desk; its id."""
    until(lambda: send(talk) or desk.office.talks.conversations())
    (kept,) = desk.office.talks.conversations()
    return kept.conversation.id


def sounds(settings):
    folder = settings.data_dir / FOLDER
    return list(folder.iterdir()) if folder.exists() else []


def test_with_a_yes_a_manager_hears_what_was_said_and_by_voice_it_is_taken_back(desk):
    with device(desk.settings) as talk:
        turns = talk(QUESTION, "はい")
        assert turns[-1].text.endswith("よろしいでしょうか。")
        assert not (desk.settings.data_dir / FOLDER).exists()  # nothing on the disk before the yes
        spoken = [turn.heard.sound for turn in turns if turn.heard.sound]
        assert [len(sound) > 5_000 for sound in spoken] == [True, True]
        assert "ありがとうございます" in talk("はい")[-1].text
        assert len(sounds(desk.settings)) == 1
    with device(
        desk.settings
    ) as talk:  # after a power cut: the conversation goes to the desk, and the recording behind it
        talk_id = logged(desk, talk)
        until(lambda: send(talk) or desk.office.recordings.of(talk_id))
        until(lambda: not sounds(desk.settings))
        _hear(desk, talk_id, [wav_of(sound) for sound in spoken])
        assert "担当者のところにある録音も" in talk("さっきの録音を消してください")[-1].text
        until(lambda: send(talk) or desk.office.recordings.of(talk_id) is None)
    assert [line.action for line in desk.office.journal.latest() if line.action == "recording_withdrawn"]


def _hear(desk, talk_id, wavs):
    """What Chromium's player gets is what the recogniser took, byte by byte."""
    with chromium("--autoplay-policy=no-user-gesture-required") as browser:
        page = browser.new_page()
        page.goto(f"{desk.url}/login")
        page.fill("[name=login]", "admin")
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.goto(f"{desk.url}/voices/talks/{talk_id}")
        players = page.locator("audio")
        expect(players).to_have_count(len(wavs))
        for number, wav in enumerate(wavs):
            got = page.evaluate(
                "async (one) => [...new Uint8Array(await (await fetch(one)).arrayBuffer())]",
                players.nth(number).get_attribute("src"),
            )
            assert bytes(got) == wav
        before = _listened(desk)
        assert before == len(wavs)
        players.first.focus()
        page.keyboard.press("Space")
        until(lambda: page.evaluate("document.querySelector('audio').currentTime > 0"))
        seconds = page.evaluate("document.querySelector('audio').duration")
        assert abs(seconds - (len(wavs[0]) - 44) / 32_000) < 0.01
        until(lambda: _listened(desk) > before)


def _listened(desk):
    return len([line for line in desk.office.journal.latest() if line.action == "listened"])


@pytest.mark.parametrize("answer", ["いいえ、けっこうです", ""])
def test_without_a_yes_nothing_is_left(desk, answer):
    with device(desk.settings) as talk:
        assert talk(QUESTION, "はい")[-1].text.endswith("よろしいでしょうか。")
        talk(answer)
        assert not talk.assistant._recordings.asks
        assert sounds(desk.settings) == []
    with device(desk.settings) as talk:
        assert desk.office.recordings.of(logged(desk, talk)) is None
    files = [path for path in desk.settings.data_dir.rglob("*") if path.is_file()]
    assert not [path for path in files if b"RIFF" in path.read_bytes()]
    assert (desk.settings.data_dir / FILE).stat().st_size < 200


def test_a_device_that_does_not_offer_keeps_no_sound(settings):
    with device(settings) as talk:
        turns = talk(QUESTION, "はい")
        assert not any(turn.heard.sound for turn in turns)
        assert ASKED not in turns[-1].text
