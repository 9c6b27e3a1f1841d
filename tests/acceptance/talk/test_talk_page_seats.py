"""The page /talk in Chromium when seats are taken, the network breaks or the microphone goes; talks say what they are told."""

from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import expect

from tests.talk_pages import phone, tap

pytestmark = pytest.mark.acceptance


@contextmanager
def begun(browser, address, **how):
    """The page after はじめる without a microphone."""
    with phone(browser, address, **how) as (page, complaints):
        page.get_by_role("button", name="マイクを使わず").click()
        yield page
        assert [one for one in complaints if "WebSocket" not in one] == []  # what the test cut


def talks(page):
    """Wait until the greeting is there."""
    expect(page.locator("#log .koemado").first).to_contain_text("こんにちは")


def ask(page, text):
    page.get_by_label("文字で質問する").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator("#log .koemado").last).to_contain_text(text)


def cut(page):
    """Break the connection and keep it broken."""
    page.evaluate("window.isCut = true; window.sockets.at(-1).close()")
    expect(page.locator("#status")).to_contain_text("接続が切れました")
    expect(page.get_by_role("button", name="担当者へ")).to_be_disabled()


def mend(page):
    page.evaluate("window.isCut = false")


def test_who_waits_knows_the_place_moves_up_and_comes_in(quick, browser):
    address = quick(seats=2)
    with ExitStack() as all_of_them:
        first, second, third, fourth = (all_of_them.enter_context(begun(browser, address)) for _ in range(4))
        talks(first)
        talks(second)
        expect(third.locator("#status")).to_contain_text("あと1人")
        expect(fourth.locator("#status")).to_contain_text("あと2人")
        expect(third.get_by_role("button", name="担当者へ")).to_be_disabled()
        assert third.locator("#status").get_attribute("aria-live") == "polite"
        second.get_by_role("button", name="終わる").click()
        talks(third)
        expect(fourth.locator("#status")).to_contain_text("あと1人")
        first.get_by_role("button", name="終わる").click()
        talks(fourth)


def test_who_leaves_the_line_makes_room_in_it(quick, browser):
    address = quick()
    with ExitStack() as all_of_them:
        first, second, third = (all_of_them.enter_context(begun(browser, address)) for _ in range(3))
        talks(first)
        expect(third.locator("#status")).to_contain_text("あと2人")
        second.get_by_role("button", name="終わる").click()
        expect(third.locator("#status")).to_contain_text("あと1人")


def test_when_even_the_line_is_full_the_telephone_is_named(quick, browser):
    address = quick(most_waiting=0)
    with begun(browser, address) as inside:
        talks(inside)
        with phone(browser, address) as (page, _):
            page.get_by_role("button", name="マイクを使わず").click()
            expect(page.get_by_role("alert")).to_contain_text("たいへん混み合っています")
            expect(page.get_by_role("link", name="0120-000-123")).to_have_attribute("href", "tel:0120000123")
            inside.get_by_role("button", name="終わる").click()
            page.get_by_role("button", name="マイクを使わず").click()  # tried again
            talks(page)
            expect(page.get_by_role("alert")).to_have_count(0)


def test_after_half_a_minute_without_network_the_talk_goes_on(quick, browser, room, seconds):
    with begun(browser, quick()) as page:
        talks(page)
        ask(page, "返品について")
        cut(page)
        seconds.pass_by(30)
        mend(page)
        expect(page.locator("html")).to_have_attribute("data-welcome", "2")
        expect(page.locator("#log .koemado")).to_have_count(2)  # nothing twice, nothing lost
        ask(page, "続きです")
    assert len(room.talks) == 1


def test_when_the_seat_was_given_away_it_begins_anew_and_says_so(quick, browser, room, seconds):
    address = quick()
    with begun(browser, address) as page:
        talks(page)
        ask(page, "返品について")
        cut(page)
        seconds.pass_by(61)
        with begun(browser, address) as other:
            talks(other)
            assert room.talks[0].ended.wait(10)
            mend(page)
            expect(page.locator("#status")).to_contain_text("あと1人")
        expect(page.locator("#log")).to_contain_text("はじめからお伺いします")
        expect(page.locator("#log")).to_contain_text("こんにちは")
        expect(page.locator("#log")).not_to_contain_text("返品")
    assert len(room.talks) == 3


def test_a_desk_that_does_not_answer_is_told_apart_from_a_break(quick, browser):
    with phone(browser, quick(), script="window.isCut = true;") as (page, _):
        page.get_by_role("button", name="マイクを使わず").click()
        expect(page.locator("#status")).to_contain_text("Wi-Fi")
        mend(page)
        talks(page)


def test_a_microphone_that_is_pulled_out_leaves_the_keyboard(quick, browser):
    with phone(browser, quick()) as (page, complaints):
        page.get_by_role("button", name="はじめる").click()
        talks(page)
        page.evaluate("window.streams[0].getAudioTracks()[0].dispatchEvent(new Event('ended'))")
        expect(page.locator("#log .koemado").last).to_contain_text("マイクが使えなくなりました")
        expect(page.locator("#speak")).to_be_hidden()
        expect(page.get_by_label("文字で質問する")).to_be_focused()
        ask(page, "文字ではどうですか")
        assert complaints == []


def test_a_slow_line_is_owned_up_to_and_the_sound_goes_on(quick, browser, room):
    with phone(browser, quick()) as (page, _):
        page.get_by_role("button", name="はじめる").click()
        talks(page)
        page.evaluate("window.sockets.at(-1).send = () => {}")  # nothing leaves, so nothing is acknowledged
        tap(page)
        expect(page.locator("#status")).to_contain_text("途切れました", timeout=30_000)
