"""The page /talk in real Chromium: what it does beyond what is seen, a microphone to speak into, customers who type."""

import base64
from contextlib import contextmanager

import numpy as np
from playwright.sync_api import expect

from benchmarks.spoken import Customer

WAIT_MS = 60_000  # a machine that does other things too
HEARS = ("--autoplay-policy=no-user-gesture-required", "--use-fake-device-for-media-stream")
QUESTION = "返品の手続きを教えてください"
SECOND = "駐車場はありますか"
# Samples to be played, what was stopped, messages, sockets to be cut, streams of the microphone; `isCut`: no way to the desk.
RECORD = """
window.played = [];
window.sockets = [];
window.streams = [];
window.playedBefore = {}; // samples, by turn
window.isCut = false;
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
  constructor(url) {
    super(window.isCut ? url.replace("socket", "nowhere") : url);
    window.sockets.push(this);
    this.addEventListener("message", ({ data }) => {
      if (typeof data !== "string") return;
      const message = JSON.parse(data);
      count(message.type);
      if (message.type === "sound_end") document.documentElement.dataset[`ended${message.turn}`] = "yes";
      if (message.type === "told") window.playedBefore[message.turn] = window.played.length;
    });
  }
};
const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
if (ask) navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await ask(wanted);
  window.streams.push(stream);
  return stream;
};
"""
# In place of the browser's microphone one that hears what `window.speakUp` is given: 16 kHz, 16 bit, base64.
SPOKEN_INTO = """
navigator.mediaDevices.getUserMedia = async () => {
  const room = new AudioContext({ sampleRate: 16000 });
  const destination = room.createMediaStreamDestination();
  window.speakUp = (said) => new Promise((resolve) => {
    const bytes = Uint8Array.from(atob(said), (one) => one.charCodeAt(0));
    const samples = new Int16Array(bytes.buffer);
    const buffer = room.createBuffer(1, samples.length, 16000);
    buffer.getChannelData(0).set(Float32Array.from(samples, (one) => one / 32768));
    const source = room.createBufferSource();
    source.buffer = buffer;
    source.connect(destination);
    source.onended = resolve;
    source.start();
  });
  return destination.stream;
};
"""


def tap(page):
    """Tap the talk button by key: both halves in one go, which a mouse cannot promise on a busy machine."""
    page.locator("#speak:enabled").evaluate(
        "(button) => { for (const kind of ['keydown', 'keyup']) "
        "button.dispatchEvent(new KeyboardEvent(kind, { key: ' ', bubbles: true, cancelable: true })); }"
    )


def take(studio, text):
    """A text as a customer says it, at 16 kHz."""
    return studio.take(text, Customer(speed=0.95))


@contextmanager
def phone(browser, address, *, permitted=True, script="", **how):
    """The page on a phone, and what the browser complained about."""
    how = {"viewport": {"width": 390, "height": 844}, "locale": "ja-JP", **how}
    context = browser.new_context(base_url=address, permissions=["microphone"] if permitted else [], **how)
    context.add_init_script(RECORD + script)
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


@contextmanager
def talking(browser, address, studio, **how):
    """The page of a customer who speaks; a function that says something into the microphone that is held open."""
    with phone(browser, address, script=SPOKEN_INTO, **how) as (page, complaints):
        page.get_by_role("button", name="はじめる").click()
        expect(page.locator("#log .koemado").first).to_contain_text("声窓です")
        tap(page)
        expect(page.locator("#speak")).to_have_attribute("aria-pressed", "true")

        def speak(text):
            samples = np.concatenate([take(studio, text), np.zeros(16_000, np.int16)]).astype("<i2")
            page.evaluate("(said) => window.speakUp(said)", base64.b64encode(samples.tobytes()).decode())

        yield page, speak
        assert complaints == []
