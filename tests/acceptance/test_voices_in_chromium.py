"""A manager hears customers in Chromium: topics, one topic, search, the reading list; a proposal becomes a draft."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from server.access import Account, Role
from server.app import create_app
from server.articles import ArticleCard, MemoryArticles
from server.insight.proposals import State
from server.knowledge.fakes import memory_workshop
from server.work import insight
from tests.acceptance.desk_pages import PASSWORD, answering, chromium, open_desk
from tests.insight_samples import answered, unanswered

pytestmark = pytest.mark.acceptance
CARDS = [ArticleCard(id="return", title="返品の手続き", answer="到着から八日以内にご連絡ください。")]
TOLD = ["返品したい", "ヘンピンシタイ", "返品をしたい", "返品できますか"]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 800}


@pytest.fixture
def office(tmp_path):
    """Three weeks of conversations, sorted into topics."""
    now = datetime.now(UTC)
    with closing(open_desk(tmp_path / "desk", articles=MemoryArticles(CARDS), workshop=memory_workshop())) as office:
        office.accounts.add(Account(login="lead", name="高橋", role=Role.LEAD), PASSWORD, by="x", now=now)
        days = [timedelta(days=n) for n in range(21)]
        talks = [answered(f"r{n}", TOLD[n % 4], "return", at=now - day) for n, day in enumerate(days)]
        talks += [unanswered(f"u{n}", "本体から変な音がする", at=now - day) for n, day in enumerate(days[:6])]
        talks += [unanswered(f"c{n}", "煙が出ています", at=now - days[7 + n]) for n in range(2)]
        office.talks.keep(talks, device="box-1", now=now)
        insight.find_out(office)
        yield office


@pytest.fixture
def lead(office):
    """The browser of the lead, logged in."""
    with answering(create_app(office)) as address, chromium() as browser:
        page = browser.new_page(base_url=address, viewport=WIDE)
        page.goto("/login")
        page.get_by_label("ログイン名").fill("lead")
        page.get_by_label("パスワード").fill(PASSWORD)
        page.get_by_role("button", name="ログイン").click()
        page.wait_for_url("**/queue")
        yield page


def fits(page):
    """Nothing of the page itself is wider than the window; tables scroll within their own box."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_from_the_topics_to_a_conversation(lead, tmp_path):
    lead.goto("/voices")
    lead.screenshot(path=tmp_path / "topics.png", full_page=True)
    row = lead.get_by_role("row").filter(has_text="返品の手続き").first
    expect(row.get_by_role("img")).to_have_attribute("aria-label", "返品の手続きの推移: 1、1、1、1、1、1、1件")
    expect(row).to_contain_text("「返品したい」")
    row.get_by_role("link").first.click()
    expect(lead.get_by_role("heading", level=1)).to_have_text("返品の手続き")
    expect(lead.get_by_role("region", name="ひとつの話題にまとめた理由")).to_contain_text("返品")
    expect(lead.locator("table.voices")).to_contain_text("「ヘンピンシタイ」")
    lead.screenshot(path=tmp_path / "topic.png", full_page=True)
    lead.get_by_role("link", name="会話を見る").first.click()
    expect(lead.locator(".talk .customer").first).to_contain_text("返品")


def test_search_and_the_reading_list(lead, tmp_path):
    lead.goto("/voices")
    lead.get_by_role("link", name="ことばで探す").click()
    lead.get_by_role("searchbox").fill("へんなおと")
    lead.keyboard.press("Enter")
    expect(lead.get_by_role("link", name="「本体から変な音がする」").first).to_be_visible()
    lead.get_by_role("link", name="今週の10件").click()
    expect(lead.get_by_role("status").first).to_contain_text("あなたは0件を読みました")
    lead.screenshot(path=tmp_path / "reading.png", full_page=True)
    lead.get_by_role("button", name="読みました").first.click()
    expect(lead.get_by_role("status").first).to_contain_text("あなたは1件を読みました")


def test_everything_is_grouped_anew_and_the_page_shows_it(lead, office):
    lead.goto("/voices")
    lead.get_by_text("話題をはじめから調べなおす").click()
    lead.get_by_role("button", name="はじめから調べなおす").dblclick()
    expect(lead.get_by_text("はじめから調べなおしています")).to_be_visible()
    expect(lead.get_by_role("progressbar")).to_be_visible()
    insight.due_round(office)
    expect(lead.get_by_role("progressbar")).to_have_count(0, timeout=20_000)
    assert not insight.is_wanted(office)


@pytest.mark.parametrize("path", ["/voices", "/voices/words", "/voices/reading", "/voices/search?q=返品", "/proposals"])
def test_a_narrow_window_shows_all_of_it(lead, path, tmp_path):
    lead.set_viewport_size(NARROW)
    lead.goto(path)
    lead.screenshot(path=tmp_path / f"narrow{path.split('?')[0].replace('/', '-')}.png", full_page=True)
    assert fits(lead)


def test_a_proposal_becomes_a_draft(lead, office, tmp_path):
    lead.goto("/proposals")
    expect(lead.get_by_role("heading", name="新しい回答 本体から変な音がする")).to_be_visible()
    lead.screenshot(path=tmp_path / "proposals.png", full_page=True)
    lead.get_by_role("button", name="これをもとに新しい回答を書く").click()
    lead.wait_for_url("**/articles/new?proposal=*")
    expect(lead.locator("textarea[name=variants]")).to_have_value("本体から変な音がする")
    lead.screenshot(path=tmp_path / "draft.png", full_page=True)
    lead.locator("#f-id").fill("strange-noise")
    lead.locator("input[name=title]").fill("本体の異音")
    lead.locator("input[name=category]").fill("本体")
    lead.locator("[name=answer]").fill("置き場所が平らか、お確かめください。")
    lead.get_by_role("button", name="下書きを保存する").click()
    lead.wait_for_url(lambda url: "/articles/new" not in url)
    assert office.proposals.listed() == ()
    assert len(office.proposals.listed(state=State.ACCEPTED)) == 1
