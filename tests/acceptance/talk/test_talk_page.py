"""A customer at the page /talk: real Chromium, whose microphone hears a WAV file, and the real recogniser and voice."""

import json
import re
import socket
import struct
from uuid import UUID

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect
from rapidfuzz.fuzz import partial_ratio
from websockets.sync.client import connect

from intents.transcripts import typed
from server.store.engine import reading
from tests.acceptance.desk_pages import chromium
from tests.talk_pages import HEARS, QUESTION, SECOND, phone, take, talking, typing
from voice import compose
from voice.audio import AudioChunk
from voice.audio_files import resample

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def ears(tmp_path_factory):
    from voice.settings import Settings

    return compose.Ears(Settings(cache_dir=tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="module")
def browser(studio, tmp_path_factory):
    """Chromium whose microphone hears two questions, some seconds after it is opened."""
    asked = (
        np.zeros(16_000 * 7, np.int16),
        take(studio, QUESTION),
        np.zeros(16_000 * 4, np.int16),
        take(studio, SECOND),
    )
    path = tmp_path_factory.mktemp("microphone") / "questions.wav"
    soundfile.write(path, resample(np.concatenate([*asked, np.zeros(16_000 * 3, np.int16)]), 16_000, 48_000), 48_000)
    with chromium(*HEARS, f"--use-file-for-fake-audio-capture={path}%noloop") as browser:
        yield browser


def test_spoken_questions_are_shown_live_and_answered_and_stop_the_answer_before(desk, browser, settings):
    address, _ = desk
    with phone(browser, address) as (page, complaints):
        page.get_by_role("button", name="はじめる").click()
        expect(page.locator("#log .koemado").first).to_contain_text("声窓です")
        speak, counts = page.locator("#speak"), page.locator("html")
        speak.click(delay=50)  # pressed shortly: it stays down
        expect(speak).to_have_attribute("aria-pressed", "true")
        expect(page.locator("#partial")).to_contain_text("へんぴん")  # live, before the end
        expect(page.locator("#log .you").first).to_contain_text("へんぴん")
        answer = page.locator("#log .koemado").nth(1)
        expect(answer).to_contain_text("返品の手続き")
        expect(page.locator("#log .koemado").nth(2)).to_contain_text("駐車場")  # spoken into the answer
        expect(counts).to_have_attribute("data-speech_began", "2")
        shown = answer.inner_text()
        speak.click()
        expect(speak).to_have_attribute("aria-pressed", "false")
        assert complaints == []
    expected = compose.assistant(settings).hear(typed(QUESTION))
    assert expected.text[:20] in shown


def test_the_answer_is_played(desk, browser, studio, ears, settings):
    address, _ = desk
    with talking(browser, address, studio) as (page, speak):
        speak(QUESTION)
        expect(page.locator("#log .koemado").nth(1)).to_contain_text("返品の手続き")
        expect(page.locator("html")).to_have_attribute("data-ended2", "yes")  # all of its sound came
        sound = np.array(page.evaluate("window.played.slice(window.playedBefore[2])"), np.float64)
        rate = page.evaluate("window.rate")
        page.locator("#speak").click()
    spoken = heard_in(sound, rate, ears, compose.knowledge(settings))
    assert partial_ratio("ジューヨッカイナイニマイページ", spoken) >= 70, spoken  # 14日以内に、マイページ


def test_the_button_is_held_down_and_tapped_into_the_answer(desk, browser):
    address, _ = desk
    with phone(browser, address) as (page, complaints):
        page.get_by_role("button", name="はじめる").click()
        speak = page.locator("#speak")
        expect(page.locator("#log .koemado").first).to_contain_text("声窓です")
        expect(page.locator("body")).to_have_attribute("data-state", "speaking")
        stopped = int(page.locator("html").get_attribute("data-stopped") or 0)
        speak.hover()
        page.mouse.down()
        expect(page.locator("body")).to_have_attribute("data-state", "listening")  # and silent
        assert int(page.locator("html").get_attribute("data-stopped")) > stopped
        expect(page.locator("#partial")).to_have_text(re.compile("へんぴんのてつ.*お"))
        page.mouse.up()
        expect(speak).to_have_attribute("aria-pressed", "false")
        expect(page.locator("#log .you").first).to_contain_text("へんぴん")
        expect(page.locator("#log .koemado").nth(1)).to_contain_text("返品")
        assert complaints == []


def heard_in(sound, rate, ears, knowledge):
    """What libvosk makes of what was played: a reading."""
    samples = resample((sound[: rate * 20] * 32767).astype(np.int16), rate, 16_000)  # its beginning is enough
    recognizer = ears.recognizer(knowledge.current())
    found = [*recognizer.accept(AudioChunk(samples=samples, rate_hz=16_000)), *recognizer.finish()]
    return "".join(transcript.best.reading for transcript in found if transcript.best)


def test_without_a_microphone_questions_can_be_typed(desk, browser):
    address, _ = desk
    with typing(browser, address, permitted=False) as (page, say):
        say("返品の手続き")
        expect(page.locator("#log .koemado").nth(1)).to_contain_text("返品")
        expect(page.locator("#speak")).to_be_hidden()


def test_what_is_said_fills_the_form(desk, browser, studio):
    address, _ = desk
    with talking(browser, address, studio) as (page, speak):
        speak("担当者と話したい")
        expect(page.locator("#choices")).to_contain_text("はい")
        speak("はい")
        form = page.locator("#form")
        expect(form).to_be_visible()
        speak("山田です")
        expect(form.get_by_label("お名前")).to_have_value(re.compile("山田|ヤマダ"))
        speak("はい")
        speak("ゼロキュウゼロ、イチニーサンヨン、ゴーロクナナハチ")
        expect(form.get_by_label("お電話番号")).to_have_value("090-1234-5678")
        page.locator("#speak").click()


def test_speaking_up_stops_the_answer(desk, browser, studio):
    address, _ = desk
    with talking(browser, address, studio) as (page, speak):
        page.get_by_label("文字で質問する").fill(QUESTION)
        page.keyboard.press("Enter")
        expect(page.locator("body")).to_have_attribute("data-state", "speaking")
        speak(SECOND)
        expect(page.locator("html")).to_have_attribute("data-speech_began", "1")
        expect(page.locator("#log .koemado").nth(2)).to_contain_text("駐車場")
        page.locator("#speak").click()


def test_a_microphone_that_is_refused_is_explained(desk, browser):
    address, _ = desk
    with phone(browser, address, permitted=False) as (page, _):
        page.get_by_role("button", name="はじめる").click()
        expect(page.locator("#log")).to_contain_text("マイクを使えませんでした")
        expect(page.get_by_label("文字で質問する")).to_be_focused()


def test_without_https_it_is_said_why_there_is_no_microphone(desk, browser):
    address, _ = desk
    with phone(browser, address.replace("127.0.0.1", socket.gethostname()), permitted=False) as (page, _):
        assert page.evaluate("window.isSecureContext") is False
        page.get_by_role("button", name="はじめる").click()
        expect(page.locator("#log")).to_contain_text("https")


def test_steps_and_choices_can_be_tapped(desk, browser):
    address, _ = desk
    with typing(browser, address) as (page, say):
        say("エアコンのフィルターの掃除のしかた")
        page.get_by_role("button", name="はい", exact=True).click()
        place = page.locator("#step-place")
        expect(place).to_have_text(re.compile(r"手順 1 / \d"))
        page.get_by_role("button", name="次へ").click()
        expect(place).to_have_text(re.compile(r"手順 2 / \d"))
        page.get_by_role("button", name="前へ").click()
        expect(place).to_have_text(re.compile(r"手順 1 / \d"))


def test_a_call_is_asked_for_with_the_form_and_becomes_one_case(desk, browser):
    address, office = desk
    before = cases(office)
    with typing(browser, address) as (page, say):
        page.get_by_role("button", name="担当者へ").click()
        yes = page.get_by_role("button", name="はい", exact=True)
        yes.click()
        form = page.locator("#form")
        expect(form).to_be_visible()
        say("山田花子です")
        expect(form.get_by_label("お名前")).to_have_value("山田花子")
        form.get_by_label("お名前").fill("山田華子")
        form.get_by_label("お電話番号").fill("090-1234-5678")
        form.get_by_label("ご都合のよい時間").fill("いつでも")
        form.get_by_role("button", name="この内容で進む").click()
        expect(page.locator("#choices button").first).to_have_text(re.compile("時"))
        page.locator("#choices button").first.click()
        yes.click()
        expect(page.locator("#log")).to_contain_text("受け付けました")
        expect(form).to_be_hidden()
    (made,) = cases(office) - before
    (stored,) = office.desk.queue.case(made).requests
    request = stored.request
    assert (request.customer_name, request.phone, request.device) == ("山田華子", "+819012345678", "browser")


def cases(office):
    with reading(office.engine) as session:
        ids = session.connection().exec_driver_sql("SELECT id FROM cases").scalars().all()
    return {UUID(str(one)) for one in ids}


def test_a_page_loaded_again_goes_on_too(desk, browser):
    address, _ = desk
    with typing(browser, address) as (page, say):
        say("エアコンのフィルターの掃除のしかた")
        page.reload()
        page.get_by_role("button", name="マイクを使わず").click()
        page.get_by_role("button", name="はい", exact=True).click()
        expect(page.locator("#step-place")).to_have_text(re.compile(r"手順 1 / \d"))


def test_another_program_may_speak_too(desk, studio):
    address, _ = desk
    samples = np.concatenate([take(studio, SECOND), np.zeros(16_000, np.int16)]).astype("<i2")
    with connect(address.replace("http", "ws") + "/talk/socket", proxy=None) as program:
        program.send(json.dumps({"type": "hello", "version": 1}))
        assert json.loads(program.recv())["type"] == "welcome"
        for number, start in enumerate(range(0, len(samples), 1_600)):
            program.send(struct.pack(">I", number) + samples[start : start + 1_600].tobytes())
        texts = (json.loads(message) for message in program if isinstance(message, str))
        answer = next(text for text in texts if text["type"] == "told" and text["turn"] == 2)
        assert answer["title"] == "店舗の駐車場"
        program.send(json.dumps({"type": "bye"}))
