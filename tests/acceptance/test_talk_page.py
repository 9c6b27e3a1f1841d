"""A customer at the page /talk: real Chromium, whose microphone hears a WAV file, and the real recogniser and voice."""

import json
import re
import socket
import struct
from contextlib import ExitStack, contextmanager
from uuid import UUID

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect
from rapidfuzz.fuzz import partial_ratio
from websockets.sync.client import connect

from benchmarks.spoken import Customer, Studio
from intents.transcripts import typed
from server.app import create_app
from server.store.engine import reading
from tests.acceptance.desk_pages import answering, chromium, open_desk
from voice import compose
from voice.audio import AudioChunk
from voice.audio_files import resample
from voice.gateway_composed import voice_gateway

pytestmark = pytest.mark.acceptance
SEATS = 4  # as shipped
WAIT_MS = 60_000  # a machine that does other things too

QUESTION = "返品の手続きを教えてください"
SECOND = "駐車場はありますか"
# What the page does beyond what is seen: samples to be played, what was stopped, messages, sockets to be cut.
RECORD = """
window.played = [];
window.sockets = [];
const count = (name) => {
  const counts = document.documentElement.dataset;
  counts[name] = Number(counts[name] ?? 0) + 1;
};
const { start, stop } = AudioBufferSourceNode.prototype;
AudioBufferSourceNode.prototype.start = function (...when) {
  window.rate = this.buffer.sampleRate;
  window.played.push(...this.buffer.getChannelData(0));
  return start.apply(this, when);
};
AudioBufferSourceNode.prototype.stop = function (...when) { count("stopped"); return stop.apply(this, when); };
window.WebSocket = class extends WebSocket {
  constructor(...where) {
    super(...where);
    window.sockets.push(this);
    this.addEventListener("message", ({ data }) => typeof data === "string" && count(JSON.parse(data).type));
  }
};
"""


@pytest.fixture(autouse=True)
def patience():
    """Expectations of this module wait longer, and of no other."""
    expect.set_options(timeout=WAIT_MS)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A desk where browsers can talk; its address and its office."""
    from voice.settings import Settings

    folder = tmp_path_factory.mktemp("talk")
    settings = Settings(data_dir=folder / "data", cache_dir=tmp_path_factory.getbasetemp() / "cache")
    office = open_desk(folder / "desk")
    with answering(create_app(office, voice_gateway(settings, office))) as address:
        yield address, office


@pytest.fixture(scope="module")
def ears(tmp_path_factory):
    from voice.settings import Settings

    return compose.Ears(Settings(cache_dir=tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="module")
def studio():
    return Studio()


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
    hears = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={path}%noloop")
    with chromium("--autoplay-policy=no-user-gesture-required", *hears) as browser:
        yield browser


def take(studio, text):
    return studio.take(text, Customer(speed=0.95))


@contextmanager
def phone(browser, address, *, permitted=True, **how):
    """The page on a phone, and what the browser complained about."""
    how = {"viewport": {"width": 390, "height": 844}, "locale": "ja-JP", **how}
    context = browser.new_context(base_url=address, permissions=["microphone"] if permitted else [], **how)
    context.add_init_script(RECORD)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto("/talk")
    yield page, complaints
    if page.locator("#leave").is_visible():  # the seat is wanted
        page.locator("#leave").click()
    context.close()


@contextmanager
def typing(browser, address, **how):
    """The page of a customer who types; a function that sends a line and waits for what is told."""
    with phone(browser, address, **how) as (page, complaints):
        page.get_by_role("button", name="マイクを使わず").click()
        told = page.locator("#log .koemado")
        expect(told.first).to_contain_text("声窓です")

        def say(text):
            before = told.count()
            page.get_by_label("文字で質問する").fill(text)
            page.keyboard.press("Enter")
            expect(told).to_have_count(before + 1)

        yield page, say
        assert complaints == []


def test_spoken_questions_get_answers_on_the_page_and_aloud(desk, browser, ears, settings):
    address, _ = desk
    with phone(browser, address) as (page, complaints):
        page.get_by_role("button", name="はじめる").click()
        expect(page.locator("#log .koemado").first).to_contain_text("声窓です")
        speak, counts = page.locator("#speak"), page.locator("html")
        speak.click(delay=50)  # pressed shortly: it stays down
        expect(speak).to_have_attribute("aria-pressed", "true")
        greeting = page.evaluate("window.played.length")
        expect(page.locator("#partial")).to_contain_text("へんぴん")  # live, before the end
        expect(page.locator("#log .you").first).to_contain_text("へんぴん")
        answer = page.locator("#log .koemado").nth(1)
        expect(answer).to_contain_text("返品の手続き")
        expect(counts).to_have_attribute("data-sound_end", "2")
        sound = np.array(page.evaluate("(from) => window.played.slice(from)", greeting), np.float64)
        expect(page.locator("#log .koemado").nth(2)).to_contain_text("駐車場")  # spoken into the answer
        expect(counts).to_have_attribute("data-speech_began", "2")
        rate, shown = page.evaluate("window.rate"), answer.inner_text()
        speak.click()
        expect(speak).to_have_attribute("aria-pressed", "false")
        assert complaints == []
    expected = compose.assistant(settings).hear(typed(QUESTION))
    assert expected.text[:20] in shown
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


def test_a_broken_connection_goes_on_where_it_was(desk, browser):
    address, _ = desk
    with typing(browser, address) as (page, say):
        say("エアコンのフィルターの掃除のしかた")
        page.evaluate("window.sockets.at(-1).close()")
        expect(page.locator("html")).to_have_attribute("data-welcome", "2")
        expect(page.locator("#log .koemado")).to_have_count(2)  # nothing twice
        page.get_by_role("button", name="はい", exact=True).click()
        expect(page.locator("#step-place")).to_have_text(re.compile(r"手順 1 / \d"))


def test_a_page_loaded_again_goes_on_too(desk, browser):
    address, _ = desk
    with typing(browser, address) as (page, say):
        say("エアコンのフィルターの掃除のしかた")
        page.reload()
        page.get_by_role("button", name="マイクを使わず").click()
        page.get_by_role("button", name="はい", exact=True).click()
        expect(page.locator("#step-place")).to_have_text(re.compile(r"手順 1 / \d"))


def test_who_waits_knows_the_place_and_comes_in(desk, browser):
    address, _ = desk
    with ExitStack() as others:
        pages = [others.enter_context(typing(browser, address))[0] for _ in range(SEATS)]
        page, _ = others.enter_context(phone(browser, address))
        page.get_by_role("button", name="マイクを使わず").click()
        expect(page.locator("#status")).to_contain_text("あと1人")
        expect(page.get_by_role("button", name="担当者へ")).to_be_disabled()
        pages[0].get_by_role("button", name="終わる").click()
        expect(page.locator("#log .koemado").first).to_contain_text("声窓です")


def test_all_can_be_done_by_keyboard(desk, browser):
    address, _ = desk
    with phone(browser, address) as (page, complaints):
        page.locator("#begin").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#speak")).to_be_focused()
        expect(page.locator("#speak")).to_be_enabled()
        page.keyboard.press("Space")
        expect(page.locator("#speak")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("Space")
        expect(page.locator("#speak")).to_have_attribute("aria-pressed", "false")
        assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_large_and_has_contrast(desk, browser, scheme):
    address, _ = desk
    with typing(browser, address, color_scheme=scheme) as (page, _):
        page.get_by_role("button", name="特大").click()
        small = page.evaluate(
            "[...document.querySelectorAll('button, input')].filter((one) => one.offsetParent && "
            "(one.offsetHeight < 56 || one.offsetWidth < 56)).map((one) => one.outerHTML)"
        )
        colours = page.evaluate(COLOURS)
        assert small == []
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert len(colours) >= 8
    for text, ink, paper in colours:
        assert contrast(ink, paper) >= 7.0, text


COLOURS = """[...document.querySelectorAll("h1, p, span, button:not(:disabled), input, h2, label")].filter((one) => one.offsetParent).map((one) => {
  let behind = one;
  while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
  const colour = (value) => value.match(/\\d+/g).slice(0, 3).map(Number);
  return [one.textContent, colour(getComputedStyle(one).color), colour(getComputedStyle(behind).backgroundColor)];
})"""


def contrast(one, other):
    """WCAG 2.2, "contrast ratio"."""
    dark, light = sorted(luminance(colour) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    shares = [value / 255 for value in colour]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_screen_reader_finds_names_for_all(desk, browser):
    address, _ = desk
    with typing(browser, address) as (page, _):
        snapshot = page.locator("body").aria_snapshot()
    for part in (
        'heading "声窓"',
        'log "これまでのお話"',
        "status:",
        'textbox "文字で質問する"',
        'group "文字の大きさ"',
    ):
        assert part in snapshot
    assert not re.search(r"- (button|textbox)\s*$", snapshot, re.M)


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


def test_the_page_can_be_installed(desk, browser):
    address, _ = desk
    with phone(browser, address) as (page, complaints):
        described = page.evaluate("fetch('/talk/manifest.webmanifest').then((answer) => answer.json())")
        assert described["start_url"] == "/talk"
        for icon in described["icons"]:
            assert page.evaluate("(src) => fetch(src).then((answer) => answer.status)", icon["src"]) == 200
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
        assert page.evaluate("navigator.serviceWorker.controller !== null")
        page.context.set_offline(True)
        page.reload()
        expect(page.get_by_role("button", name="はじめる")).to_be_visible()
        expect(page.get_by_role("alert")).to_contain_text("ネットワーク")
        page.context.set_offline(False)
        expect(page.get_by_role("alert")).to_have_count(0)
        assert complaints == []
