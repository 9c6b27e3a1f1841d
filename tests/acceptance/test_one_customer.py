"""One customer, one story, in real Chromium against the real desk: the telephone, a tier, an earlier time, the timeline."""

import os
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import expect

from server.app import create_app
from tests.acceptance.desk_pages import PASSWORD, answering, chromium, open_desk, request_in

pytestmark = pytest.mark.acceptance
PHONE = "+819012345678"
PICTURES = os.environ.get("KOEMADO_TEST_PICTURES")  # a folder: what was seen is kept there to be looked at


@pytest.fixture
def office(tmp_path):
    return open_desk(tmp_path / "desk")


@pytest.fixture
def device(office):
    """A device of the desk's."""
    code = office.devices.make_code("box-1", "1階ロビー", by="lead", now=office.clock())
    _, token = office.devices.enrol(code, now=office.clock())
    return TestClient(create_app(office), headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def mine(office):
    with answering(create_app(office)) as address, chromium() as browser:  # closes the office
        window = browser.new_context(base_url=address, locale="ja-JP").new_page()
        window.set_default_timeout(15_000)
        window.goto("/")
        window.get_by_label("ログイン名").fill("sato")
        window.get_by_label("パスワード").fill(PASSWORD)
        window.get_by_role("button", name="ログイン").click()
        window.wait_for_selector("body[data-live=yes]")
        yield window


def seen(window, name):
    if PICTURES:
        for width in (1280, 390):
            window.set_viewport_size({"width": width, "height": 860})
            window.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
        window.set_viewport_size({"width": 1280, "height": 860})


def test_from_the_telephone_to_the_story(office, device, mine):
    mine.get_by_role("link", name="お電話を受けた").click()
    mine.locator("#phone").fill("090-1234-5678")
    mine.locator("#name").fill("山田 花子")
    mine.locator("#reading").fill("やまだ はなこ")
    mine.locator("#text").fill("エアコンから水が漏れるとのこと")
    mine.get_by_label("解決・ご満足").check()
    mine.locator("#how-solved").fill("フィルターを洗っていただいた")
    mine.locator("#agreed").check()
    seen(mine, "incoming")
    mine.get_by_role("button", name="記録する").click()
    expect(mine.get_by_text("解決・ご満足").first).to_be_visible()
    expect(mine.get_by_role("heading", name="お電話での内容")).to_be_visible()

    sent = request_in(0, topic="aircon", customer_name="山田 花子").model_dump(mode="json")
    before = device.post("/callbacks", json=sent).json()["promise"]["begins"]
    (_, case_id) = office.desk.queue.cases_of(PHONE)
    mine.goto(f"/cases/{case_id}")
    mine.get_by_role("link", name="このお客様のこれまで").click()
    mine.locator("#address").select_option("sensei")
    mine.locator("#tier").select_option(label="優先サポート")
    mine.get_by_role("button", name="保存する").click()
    expect(mine.locator("#greeting")).to_have_text("山田先生")
    mine.get_by_role("button", name="ご同意をいただいた").click()
    expect(mine.locator("#consent")).to_contain_text("記録: 佐藤")
    assert device.get(f"/callbacks/{sent['id']}").json()["promise"]["begins"] == before

    mine.get_by_role("link", name="案件に戻る").click()
    expect(mine.locator("#greeting")).to_contain_text("山田先生")
    seen(mine, "case-sooner")
    mine.get_by_role("button", name="この時刻に早める").click()
    expect(mine.get_by_text("優先サポートのため、ほかのお客様より")).to_be_visible()
    seen(mine, "case-earlier")
    told = device.get(f"/callbacks/{sent['id']}").json()
    assert told["promise"]["begins"] < before
    assert (told["earlier"]["label"], told["address"]) == ("優先サポート", "sensei")

    mine.get_by_role("link", name="このお客様のこれまで").click()
    seen(mine, "customer")
    story = mine.locator("#story > li")
    kinds = [story.nth(n).get_attribute("data-kind") for n in range(story.count())]
    assert kinds == ["promise", "promise", "request", "closed", "call", "incoming"]
    expect(story.nth(0)).to_contain_text("優先サポートのため")
    expect(story.nth(1)).to_contain_text("変更・取り消し")
    mine.goto("/queue")
    expect(mine.locator("tr.row .tag.accent")).to_have_text("優先サポート")
    seen(mine, "queue")
