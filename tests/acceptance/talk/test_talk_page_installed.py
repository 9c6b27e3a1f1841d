"""The page /talk as an application on a phone: installed, opened without a network, and what it keeps there."""

import pytest
from playwright.sync_api import expect

from tests.talk_pages import phone

pytestmark = pytest.mark.acceptance


@pytest.fixture
def address(quick):
    return quick()


def test_the_page_can_be_installed(address, browser):
    with phone(browser, address) as (page, complaints):
        described = page.evaluate("fetch('/talk/manifest.webmanifest').then((answer) => answer.json())")
        assert described["start_url"] == "/talk"
        for icon in described["icons"]:
            assert page.evaluate("(src) => fetch(src).then((answer) => answer.status)", icon["src"]) == 200
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        found = page.context.new_cdp_session(page).send("Page.getInstallabilityErrors")["installabilityErrors"]
        assert [one["errorId"] for one in found if one["errorId"] != "in-incognito"] == []
        assert complaints == []


def test_without_a_network_it_opens_and_says_what_to_do(address, browser):
    with phone(browser, address) as (page, complaints):
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
        assert page.evaluate("navigator.serviceWorker.controller !== null")
        page.context.set_offline(True)
        page.reload()
        expect(page.get_by_role("button", name="はじめる")).to_be_visible()
        for advice in ("つながっていません", "機内モード", "Wi-Fi", "設定"):
            expect(page.get_by_role("alert")).to_contain_text(advice)
        expect(page.get_by_role("link", name="0120-000-123")).to_be_visible()
        page.context.set_offline(False)
        expect(page.get_by_role("alert")).to_have_count(0)
        page.get_by_role("button", name="マイクを使わず").click()
        expect(page.locator("#log")).to_contain_text("こんにちは")
        assert complaints == []


def test_nothing_of_a_talk_is_kept_on_the_phone(address, browser):
    with phone(browser, address) as (page, _):
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.get_by_role("button", name="マイクを使わず").click()
        page.get_by_label("文字で質問する").fill("山田花子です")
        page.keyboard.press("Enter")
        expect(page.locator("#log .koemado").last).to_contain_text("山田花子")
        kept = page.evaluate(KEPT)
        page.get_by_role("button", name="終わる").click()
        assert page.evaluate("[sessionStorage.length, document.cookie, document.body.innerText.includes('山田')]") == [
            0,
            "",
            False,
        ]
    assert len(kept) >= 5
    assert not any("山田" in text for text in kept)


KEPT = """async () => {
  const texts = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const asked of await cache.keys()) texts.push(await (await cache.match(asked)).text());
  }
  return texts;
}"""
