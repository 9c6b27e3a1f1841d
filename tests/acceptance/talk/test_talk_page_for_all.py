"""The page /talk for elderly hands, weak eyes, a keyboard and a screen reader: WCAG 2.2 AAA for contrast, AA for the rest."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.talk_pages import phone, typing

pytestmark = pytest.mark.acceptance

LETTERS = ("標準", "大", "特大")
# Every text that is seen, its colour and what lies behind it.
COLOURS = """() => {
  const colour = (value) => value.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim();
    const one = walk.currentNode.parentElement;
    if (!text || !one.checkVisibility() || ["SCRIPT", "NOSCRIPT"].includes(one.tagName) || one.closest(":disabled")) continue;
    let behind = one;
    while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
    found.push([text, colour(getComputedStyle(one).color), colour(getComputedStyle(behind).backgroundColor)]);
  }
  for (const one of document.querySelectorAll("input")) if (one.checkVisibility()) {
    const paper = colour(getComputedStyle(one).backgroundColor);
    found.push([one.name, colour(getComputedStyle(one).color), paper]);
    found.push([`${one.name} placeholder`, colour(getComputedStyle(one, "::placeholder").color), paper]);
  }
  return found;
}"""
SMALL = """() => [...document.querySelectorAll("button, input, a")]
  .filter((one) => one.checkVisibility() && (one.offsetHeight < 44 || one.offsetWidth < 44 || (one.tagName === "BUTTON" && one.offsetHeight < 56)))
  .map((one) => one.outerHTML)"""
SIDEWAYS = """() => {
  const wide = document.documentElement.clientWidth;
  const out = [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility() && !one.classList.contains("sr"))
    .filter((one) => one.getBoundingClientRect().right > wide + 1 || one.getBoundingClientRect().left < -1 || one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline" && one.tagName !== "INPUT");
  return [document.documentElement.scrollWidth > wide, out.map((one) => one.outerHTML.slice(0, 120))];
}"""
FOCUS = """() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const style = getComputedStyle(one);
  let behind = one.parentElement;
  while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
  const colour = (value) => value.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const box = one.getBoundingClientRect();
  return {
    name: one.id || one.name || one.textContent.trim(), line: style.outlineStyle, px: parseFloat(style.outlineWidth),
    ink: colour(style.outlineColor), paper: colour(getComputedStyle(behind).backgroundColor),
    seen: box.bottom > 0 && box.top < innerHeight,
  };
}"""


@pytest.fixture(params=["start", "answer", "form"])
def state(request):
    """Something the page shows, and how to get there."""
    return request.param


def shown(page, say, state):
    """Bring the page into a state; its start is left behind already."""
    if state == "start":
        page.get_by_role("button", name="終わる").click()
        return
    say("エアコンのフィルターの掃除のしかた")
    page.get_by_role("button", name="はい", exact=True).click()
    expect(page.locator("#steps")).to_be_visible()
    if state == "form":
        say("担当者と話したい")
        page.get_by_role("button", name="はい", exact=True).click()
        expect(page.locator("#form")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_texts_have_contrast_and_all_buttons_are_large(desk, browser, state, scheme):
    address, _ = desk
    with typing(browser, address, color_scheme=scheme) as (page, say):
        shown(page, say, state)
        assert page.evaluate(SMALL) == []
        colours = page.evaluate(COLOURS)
    assert len(colours) >= 8
    for text, ink, paper in colours:
        assert contrast(ink, paper) >= 7.0, text


def hold(page):
    """Press the talk button and keep it down: on a busy machine the two halves of a tap may be far apart."""
    page.locator("#speak:enabled").hover()
    page.mouse.down()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_while_it_listens_too(desk, browser, scheme):
    address, _ = desk
    with phone(browser, address, color_scheme=scheme) as (page, _):
        page.get_by_role("button", name="はじめる").click()
        hold(page)
        expect(page.locator("body")).to_have_attribute("data-state", "listening")
        for text, ink, paper in page.evaluate(COLOURS):
            assert contrast(ink, paper) >= 7.0, text


def test_at_twice_the_size_nothing_goes_sideways(desk, browser, state):
    """WCAG 2.2, 1.4.10: 320 CSS pixels, which is a window of 640 at 200 %; with the page's own larger letters too."""
    address, _ = desk
    with typing(browser, address, viewport={"width": 320, "height": 568}, device_scale_factor=2) as (page, say):
        shown(page, say, state)
        for letters in LETTERS:
            page.get_by_role("button", name=letters, exact=True).click()
            assert page.evaluate(SIDEWAYS) == [False, []], letters


def test_in_a_low_window_everything_can_still_be_reached(desk, browser):
    """A phone on its side: the page scrolls as a whole, and the button is on it."""
    address, _ = desk
    with typing(browser, address, viewport={"width": 640, "height": 320}) as (page, say):
        shown(page, say, "answer")
        for name in ("次へ", "担当者へ", "送る"):
            button = page.get_by_role("button", name=name)
            button.scroll_into_view_if_needed()
            expect(button).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_focus_is_seen_on_everything_in_reading_order(desk, browser, scheme):
    address, _ = desk
    with typing(browser, address, color_scheme=scheme) as (page, say):
        shown(page, say, "form")
        page.locator("#leave").focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Shift+Tab")  # by keyboard, so that the focus is shown
        found = []
        while (one := page.evaluate(FOCUS)) and one not in found:
            found.append(one)
            page.keyboard.press("Tab")
    names = [one["name"] for one in found]
    order = [
        "leave",
        "標準",
        "特大",
        "name",
        "phone",
        "when",
        "この内容で進む",
        "担当者へ",
        "line",
        "送る",
    ]
    assert [name for name in names if name in order] == order
    for one in found:
        assert one["line"] == "solid", one
        assert one["px"] >= 3, one
        assert one["seen"], one
        assert contrast(one["ink"], one["paper"]) >= 3.0, one


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


@pytest.mark.parametrize(("motion", "moves"), [("reduce", 0), ("no-preference", 1)])
def test_nothing_moves_for_whom_that_is_bad(desk, browser, motion, moves):
    address, _ = desk
    with phone(browser, address, reduced_motion=motion) as (page, _):
        page.get_by_role("button", name="はじめる").click()
        hold(page)
        expect(page.locator("body")).to_have_attribute("data-state", "listening")
        assert len(page.evaluate("document.getAnimations().map((one) => one.animationName)")) == moves


def test_a_screen_reader_finds_names_for_all(desk, browser, state):
    """What axe-core asks for by its rules button-name, label, link-name, duplicate-id, html-has-lang, landmark-one-main, heading-order."""
    address, _ = desk
    with typing(browser, address) as (page, say):
        shown(page, say, state)
        snapshot = page.locator("body").aria_snapshot()
        nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
        referred = page.evaluate(
            "[...document.querySelectorAll('[aria-labelledby]')].map((one) => one.getAttribute('aria-labelledby'))"
        )
        assert page.locator("html").get_attribute("lang") == "ja"
        assert page.locator("main").count() == 1
        levels = [
            int(tag[1])
            for tag in page.evaluate(
                "[...document.querySelectorAll('h1,h2,h3')].filter((one) => one.checkVisibility()).map((one) => one.tagName)"
            )
        ]
    asked = {"button", "textbox", "link", "log", "group", "form", "region", "heading"}
    seen = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    named = [(role, name) for role, name in seen if role in asked]
    assert len(named) >= 7
    assert [role for role, name in named if not name.strip()] == []
    assert len(ids) == len(set(ids))
    assert set(referred) <= set(ids)
    assert levels[0] == 1
    assert all(later <= before + 1 for before, later in pairwise(levels))
    parts = {
        "start": ['heading "声窓"', 'button "はじめる"', 'link "0120-000-123"'],
        "answer": [
            'log "これまでのお話"',
            "status:",
            'textbox "文字で質問する"',
            'group "手順"',
            'group "文字の大きさ"',
        ],
        "form": ['form "お電話の受付"', 'textbox "お名前"', 'textbox "お電話番号"', 'textbox "ご都合のよい時間"'],
    }
    for part in parts[state]:
        assert part in snapshot
    assert not re.search(r"- (button|textbox)\s*$", snapshot, re.M)


def contrast(one, other):
    """WCAG 2.2, "contrast ratio"."""
    dark, light = sorted(luminance(colour) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    shares = [value / 255 for value in colour]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
