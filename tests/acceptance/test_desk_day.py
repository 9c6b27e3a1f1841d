"""The staff's day, in real Chromium against the real desk."""

import pytest
from playwright.sync_api import expect

from server.app import create_app
from tests.acceptance.desk_pages import PASSWORD, answering, chromium, open_desk, request_in

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def office(tmp_path):
    return open_desk(tmp_path / "desk")


@pytest.fixture
def address(office):
    with answering(create_app(office)) as address:  # closes the office
        yield address


@pytest.fixture
def complaints():
    """What the browser complained about: scripts that failed, styles the policy refused."""
    return []


@pytest.fixture
def open_as(browser, address, complaints):
    contexts = []

    def opened(login, **options):
        context = browser.new_context(base_url=address, locale="ja-JP", **options)
        contexts.append(context)
        window = context.new_page()
        window.set_default_timeout(15_000)
        window.on("pageerror", lambda error: complaints.append(str(error)))
        window.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        window.goto("/")
        window.get_by_label("ログイン名").fill(login)
        window.get_by_label("パスワード").fill(PASSWORD)
        window.get_by_role("button", name="ログイン").click()
        window.wait_for_selector("body[data-live=yes]")
        return window

    yield opened
    for context in contexts:
        context.close()


def test_a_call_from_the_queue_to_its_result_by_keyboard(office, open_as, complaints):
    office.desk.receive(request_in(3, topic="refund", customer_name="山田 花子"))
    mine = open_as("sato")
    expect(mine.get_by_text("山田 花子 様")).to_be_visible()
    mine.keyboard.press("j")
    mine.keyboard.press("Enter")
    mine.wait_for_selector("#claim")
    mine.wait_for_selector("body[data-live=yes]")
    mine.keyboard.press("c")
    expect(mine.locator("#dial")).to_have_attribute("href", "tel:+819012345678")
    mine.wait_for_selector("body[data-live=yes]")  # the scripts are there
    mine.keyboard.press("n")
    expect(mine.locator("#outcome-no_answer")).to_be_checked()
    expect(mine.locator("#proposal")).to_contain_text("次のお電話のご提案")
    mine.click("#save")
    expect(mine.get_by_text("応答なし", exact=True)).to_be_visible()
    mine.click("#undo")
    expect(mine.get_by_text("まだお電話していません")).to_be_visible()
    mine.check("#outcome-reached")
    mine.check("#resolution-satisfied")
    mine.fill("#how-solved", "電池を入れ直していただいた")
    mine.click("#save")
    expect(mine.get_by_text("いまいらっしゃいません")).to_be_visible()
    assert complaints == []


def test_a_second_agent_is_blocked_and_sees_it_live(office, open_as, complaints):
    case_id = office.desk.receive(request_in(3, topic="refund")).case_id
    first, second = open_as("sato"), open_as("suzuki")
    second.goto(f"/cases/{case_id}")
    expect(second.locator("#claim")).to_be_visible()
    first.goto(f"/cases/{case_id}")
    first.click("#claim")
    expect(second.get_by_text("佐藤さんが対応中です")).to_be_visible()  # without reloading
    expect(second.locator("#dial")).to_have_count(0)
    second.click("#take-over")
    expect(second.locator("#dial")).to_be_visible()
    expect(first.get_by_text("鈴木さんが対応中です")).to_be_visible()
    assert complaints == []


def test_a_new_request_appears_in_every_window(office, open_as, complaints):
    first, second = open_as("sato"), open_as("viewer")
    expect(first.get_by_text("いまいらっしゃいません")).to_be_visible()
    office.desk.receive(request_in(3, topic="refund", customer_name="山田 花子"))
    expect(first.get_by_text("山田 花子 様")).to_be_visible()
    expect(second.get_by_text("山＊＊")).to_be_visible()
    assert complaints == []


def test_a_promise_is_moved(office, open_as, complaints):
    case_id = office.desk.receive(request_in(3, topic="refund")).case_id
    before = office.desk.queue.case(case_id).promise
    mine = open_as("sato")
    mine.goto(f"/cases/{case_id}")
    mine.get_by_text("お約束の時刻を変える").click()
    mine.select_option("#begins", index=4)
    mine.click("#move")
    mine.wait_for_selector("#claim")
    after = office.desk.queue.case(case_id).promise
    assert after is not None
    assert after.slot != before.slot
    assert complaints == []


def test_what_is_typed_survives_a_change_by_somebody_else(office, open_as, complaints):
    case_id = office.desk.receive(request_in(3, topic="refund")).case_id
    mine, other = open_as("sato"), open_as("suzuki")
    mine.goto(f"/cases/{case_id}")
    mine.click("#claim")
    mine.fill("#call-note", "留守番の息子さんが出た")
    other.goto(f"/cases/{case_id}")
    other.fill("#note", "先ほど折り返しがありました")
    other.get_by_role("button", name="メモを残す").click()
    expect(mine.locator("#changed")).to_be_visible()
    expect(mine.locator("#call-note")).to_have_value("留守番の息子さんが出た")
    assert complaints == []


@pytest.mark.parametrize(
    "path", ["/queue", "/case", "/calendar", "/measures", "/devices", "/accounts", "/journal", "/me"]
)
def test_pages_fit_a_tablet(office, open_as, complaints, path):
    case_id = office.desk.receive(request_in(3, topic="refund", customer_name="寿限無" * 8)).case_id
    mine = open_as("admin", viewport={"width": 768, "height": 1024}, has_touch=True)
    mine.goto(f"/cases/{case_id}" if path == "/case" else path)
    expect(mine.get_by_role("main")).to_be_visible()
    assert mine.evaluate("document.documentElement.scrollWidth") <= 768
    unnamed = "document.querySelectorAll('input:not([type=hidden]), select, textarea')"
    named = f"[...{unnamed}].filter((e) => !e.labels.length && !e.ariaLabel).map((e) => e.outerHTML)"
    assert mine.evaluate(named) == []
    assert complaints == []


def test_a_lost_connection_is_said_and_mended(office, address, open_as):
    mine = open_as("sato")
    mine.context.set_offline(True)
    mine.evaluate("dispatchEvent(new Event('offline'))")
    expect(mine.locator("#offline")).to_be_visible()
    office.desk.receive(request_in(3, topic="refund", customer_name="山田 花子"))
    mine.context.set_offline(False)
    mine.evaluate("dispatchEvent(new Event('online'))")
    expect(mine.get_by_text("山田 花子 様")).to_be_visible()
    expect(mine.locator("#offline")).to_be_hidden()


def test_a_customer_is_erased_on_request(office, open_as, complaints):
    case_id = office.desk.receive(request_in(3, topic="refund", customer_name="山田 花子")).case_id
    agent, admin = open_as("sato"), open_as("admin")
    expect(agent.get_by_text("山田 花子 様")).to_be_visible()
    admin.goto("/erasure")
    admin.get_by_label("電話番号").fill("090-1234-5678")
    admin.get_by_role("button", name="調べる").click()
    admin.get_by_label("お客様ご本人のお申し出であることを確かめました").check()
    admin.get_by_role("button", name="すべて消去する").click()
    expect(admin.get_by_role("heading", level=1)).to_contain_text("消去")
    expect(agent.get_by_text("いまいらっしゃいません")).to_be_visible()
    agent.goto(f"/cases/{case_id}")
    expect(agent.get_by_text("見つかりません")).to_be_visible()
    assert office.listing.of_customer(["+819012345678"]) == ()
    assert [text for text in complaints if "404" not in text] == []
