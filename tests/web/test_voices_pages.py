"""Pages of what customers say: topics, one topic, words, the reading list, search, files."""

import csv
import re
from datetime import timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from server.store.desk_models import TalkTurnRow
from server.store.engine import writing
from server.work import insight
from tests.callback_samples import request_of
from tests.insight_samples import answered, talk, unanswered

DAY = timedelta(days=1)
PAGES = ["/voices", "/voices/words", "/voices/reading", "/voices/search", "/voices/search?q=返品"]


@pytest.fixture
def heard(office, clock):
    """A week of conversations, sorted into topics."""
    now = clock()
    talks = [
        answered(f"r{n}", text, "return", at=now - DAY * n)
        for n, text in enumerate(["返品したい", "ヘンピンシタイ", "返品をしたい"])
    ]
    talks += [unanswered(f"n{n}", "本体から変な音がする", at=now - DAY * n, device="box-2") for n in range(2)]
    talks += [unanswered("c", "対応がひどい", at=now - DAY), unanswered("s", "もっと大きく書いてほしい", at=now - DAY)]
    talks.append(answered("old", "返品したい", "return", at=now - DAY * 9))
    for device in ("box-1", "box-2"):
        office.talks.keep([one for one in talks if one.device == device], device=device, now=now)
    insight.find_out(office)
    return {one.turns[0].heard: one for one in talks}


def plain(text):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def topics_in(text):
    return re.findall(r'<th scope="row"><a href="/voices/topics/[^"]+">([^<]+)</a>', text)


@pytest.mark.usefixtures("heard")
def test_topics_with_numbers_trend_and_shares(log_in):
    text = log_in("lead").get("/voices?days=7").text
    assert topics_in(text)[0] == "返品したい"
    row = plain(text[text.index("/voices/topics/") :].split("</tr>")[0])
    assert "3" in row
    assert "増えた 2" in row  # one in the week before
    assert "100%" in row
    assert "「返品したい」" in row
    assert 'aria-label="返品したいの推移: 0、0、0、0、1、1、1件"' in text
    assert "ご相談 7件" in plain(text)
    assert "同意されたとき(端末の設定で、ふだんはお尋ねもしません)のほかは、録音も保存もしていません" in text
    assert not re.search(r"<script(?! src)|style=|onclick", text)


@pytest.mark.usefixtures("heard")
def test_topics_by_device_and_ending(log_in):
    mine = log_in("sato")
    assert topics_in(mine.get("/voices?device=box-2").text) == ["本体から変な音がする"]
    assert "返品したい" not in topics_in(mine.get("/voices?ending=lost").text)
    assert topics_in(mine.get("/voices?ending=voice").text) == ["返品したい"]
    assert len(topics_in(mine.get("/voices?ending=nonsense").text)) == 4
    assert "この期間のご相談はありません" in mine.get("/voices?first=2026-01-01&last=2026-01-02").text


@pytest.mark.usefixtures("heard")
def test_a_topic_says_why_its_words_belong_together(log_in):
    mine = log_in("sato")
    address = re.search(r'href="(/voices/topics/[^"]+)">返品したい', mine.get("/voices?days=7").text)[1]
    text = mine.get(address.replace("&amp;", "&")).text
    assert "「ヘンピンシタイ」" in text
    assert "「返品をしたい」" in text
    assert re.search(r"返品 <span", text)
    assert "言い方(2通り)" in text  # two sound alike
    assert mine.get("/voices/topics/t-nothing").status_code == 404


@pytest.mark.usefixtures("heard")
def test_complaints_and_suggestions_word_for_word(log_in):
    mine = log_in("sato")
    assert all(
        words in mine.get("/voices/words").text for words in ("「対応がひどい」", "「もっと大きく書いてほしい」")
    )
    text = mine.get("/voices/words?kind=suggestion").text
    assert "「対応がひどい」" not in text
    assert "「もっと大きく書いてほしい」" in text


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("q", ["返品", "へんぴん", "ヘンピン", "ﾍﾝﾋﾟﾝ"])
def test_kana_finds_kanji_and_kanji_finds_kana(log_in, q):
    text = log_in("sato").get("/voices/search", params={"q": q}).text
    assert "「返品したい」" in text
    assert "「ヘンピンシタイ」" in text
    assert "変な音" not in text


@pytest.mark.usefixtures("heard")
def test_a_search_goes_on_where_it_ended(log_in, monkeypatch):
    monkeypatch.setattr("server.web.voices_search.LOOKED_AT", 3)
    monkeypatch.setattr("server.web.voices_search.PORTION", 3)
    mine, address, seen = log_in("sato"), "/voices/search?q=へんぴん", []
    for _ in range(5):
        text = mine.get(address).text
        seen += re.findall(r'href="(/voices/talks/[^"]+)"', text)
        older = re.search(r'href="([^"]+)">さらに前', text)
        if not older:
            break
        address = older[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 4


@pytest.mark.parametrize("query", ["q=", "q=%00", "q=a&after=nonsense", "q=。。", "q=返品&after=2026-01-01~x"])
def test_a_search_for_nothing_finds_nothing(log_in, query):
    assert log_in("sato").get(f"/voices/search?{query}").status_code == 200


def test_ten_conversations_a_week_are_the_same_for_everybody(office, clock, log_in):
    week_ago = clock() - 7 * DAY
    talks = [answered(f"w{n}", f"返品したい{n}", "return", at=week_ago + timedelta(hours=n)) for n in range(30)]
    talks += [unanswered(f"d{n}", "火花が出た", at=week_ago + timedelta(hours=n)) for n in range(5)]
    long = talk("long", *[("営業時間は", "answer", "hours"), *[("もう一度", "answer", None)] * 11], at=week_ago)
    office.talks.keep([*talks[:30], long], device="box-1", now=clock())
    office.talks.keep(talks[30:], device="box-1", now=clock())
    insight.find_out(office)
    first, second = (log_in(login).get("/voices/reading").text for login in ("lead", "sato"))
    ids = [re.findall(r'href="(/voices/talks/[^"]+)"', text) for text in (first, second)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 10
    assert first.count(">危険<") == 2
    assert ">長い会話<" in first
    assert "2026-W47" in first
    earlier = log_in("lead").get("/voices/reading?week=2026-W46").text
    assert "この週の会話はありません" in earlier


def test_what_was_read_is_ticked_off_by_whom(office, clock, log_in):
    given = answered("w", "返品したい", "return", at=clock() - 7 * DAY)
    office.talks.keep([given], device="box-1", now=clock())
    insight.find_out(office)
    lead = log_in("lead")
    answer = lead.post(f"/voices/talks/{given.id}/read", data={"week": "2026-W47"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/voices/reading?week=2026-W47")
    assert "あなたは1件を読みました" in lead.get("/voices/reading").text
    text = log_in("sato").get("/voices/reading").text
    assert "読んだ人: 高橋" in plain(text)
    assert "あなたは0件を読みました" in text
    assert lead.post(f"/voices/talks/{uuid4()}/read").status_code == 404
    assert (
        lead.post(f"/voices/talks/{given.id}/read", data={"week": "//evil"})
        .headers["location"]
        .startswith("/voices/talks/")
    )


@pytest.mark.parametrize("week", ["nonsense", "2026-W99", "9999-W52", "2026-W60", "0001-W01", "２０２６-W01"])
def test_no_week_is_the_last_one(log_in, week):
    answer = log_in("sato").get("/voices/reading", params={"week": week})
    assert answer.status_code == 200


def test_a_conversation_as_a_dialogue(office, clock, log_in):
    request = request_of()
    case_id = office.desk.receive(request).case_id
    given = unanswered("c", "本体から<b>変な音", request=request.id)
    office.talks.keep([given], device="box-1", now=clock())
    text = log_in("sato").get(f"/voices/talks/{given.id}").text
    assert "本体から&lt;b&gt;変な音" in text
    assert "(お名前の確認)" in text
    assert f"/cases/{case_id}" in text
    assert log_in("sato").get(f"/voices/talks/{UUID(int=1)}").status_code == 404


def test_files_for_those_who_may_export(office, heard, log_in):
    assert heard
    lead = log_in("lead")
    rows = list(csv.DictReader(StringIO(lead.get("/voices.csv?days=7").text.lstrip("\ufeff"))))
    assert rows[0]["name"] == "返品したい"
    assert (rows[0]["conversations"], rows[0]["before"], rows[0]["share_voice"]) == ("3", "1", "1.0")
    body = lead.get("/voices.json?days=7").json()
    assert [one["name"] for one in body["topics"]] == [row["name"] for row in rows]
    assert sum(body["topics"][0]["trend"]) == 3
    for path in ("/voices.csv", "/voices.json"):
        assert log_in("sato").get(path).status_code == 403
        assert lead.get(f"{path}?first=2026-02-02&last=2026-01-01").status_code == 422
    assert office.insight.count() == 8


def test_a_formula_said_aloud_stays_text(office, clock, log_in):
    office.talks.keep([unanswered("f", "=1+1の件です", at=clock())], device="box-1", now=clock())
    insight.find_out(office)
    (row,) = csv.DictReader(StringIO(log_in("lead").get("/voices.csv").text.lstrip("\ufeff")))
    assert row["name"].startswith("'=")


def test_it_can_be_asked_for_now(office, log_in):
    mine = log_in("sato")
    assert mine.post("/voices/refresh").status_code == 303
    assert "まとめ直しています" in mine.get("/voices").text
    insight.due_round(office)
    assert "いま、まとめ直す" in mine.get("/voices").text


@pytest.mark.parametrize("path", PAGES)
def test_who_may_not_hear_customers_sees_nothing(log_in, browser, path):
    assert log_in("viewer").get(path).status_code == 403
    assert browser.get(path).status_code == 303
    assert log_in("sato").get(path).status_code == 200


def test_a_period_without_sense_is_said(log_in):
    for path in ("/voices", "/voices/words"):
        answer = log_in("sato").get(f"{path}?first=2026-11-25&last=2026-11-01")
        assert answer.status_code == 422
        assert "期間を読み取れませんでした" in answer.text


def test_an_erased_customer_is_on_no_page(office, clock, log_in):
    request = request_of()
    office.desk.receive(request)
    given = unanswered("c", "壊れた蓋が閉まらない", request=request.id, at=clock())
    office.talks.keep([given], device="box-1", now=clock())
    insight.find_out(office)
    mine = log_in("sato")
    pages = ["/voices", "/voices/search?q=蓋", f"/voices/talks/{given.id}"]
    assert all("蓋が閉まらない" in mine.get(path).text for path in pages)
    office.erasure.erase(request.phone, "admin", clock())
    assert not any("蓋が閉まらない" in mine.get(path).text for path in pages)


def damage(office, talk):
    with writing(office.engine) as session:
        session.execute(update(TalkTurnRow).where(TalkTurnRow.talk_id == talk.id).values(words_locked=b"x" * 80))


def test_what_cannot_be_read_is_counted_and_shown(office, heard, log_in):
    damage(office, heard["返品したい"])
    insight.find_out(office)
    mine = log_in("sato")
    text = mine.get("/voices").text
    assert "1件の会話は、暗号の鍵がないか記録が壊れているため読めず" in plain(text)
    text = mine.get("/voices/search", params={"q": "返品"}).text
    assert "1件の会話は、暗号の鍵がないか記録が壊れているため、調べられませんでした" in plain(text)
    assert "「ヘンピンシタイ」" in text
    assert "読めません" in mine.get(f"/voices/talks/{heard['返品したい'].id}").text
    assert "読めません" not in mine.get(f"/voices/talks/{heard['返品をしたい'].id}").text


@pytest.mark.usefixtures("heard")
def test_leads_have_everything_grouped_anew_once(office, clock, log_in):
    lead = log_in("lead")
    assert "はじめから調べなおす" in lead.get("/voices").text
    for _ in range(2):  # a double click
        answer = lead.post("/voices/afresh")
        assert (answer.status_code, answer.headers["location"]) == (303, "/voices")
    assert [line.action for line in office.journal.latest(limit=9)].count("topics_afresh") == 1
    page = lead.get("/voices").text
    assert 'id="begin-afresh"' not in page
    assert "はじめから調べなおしています… まもなく始まります" in plain(page)
    assert 'hx-get="/voices/round"' in page
    assert insight.due_round(office) is not None
    done = lead.get("/voices/round", headers={"HX-Request": "true"})
    assert done.headers["HX-Refresh"] == "true"
    assert 'id="begin-afresh"' in lead.get("/voices").text
    clock.pass_time(minutes=1)
    assert insight.due_round(office) is None


@pytest.mark.usefixtures("heard")
def test_how_far_it_is_is_shown_while_it_goes_on(office, log_in, monkeypatch):
    lead, seen = log_in("lead"), []
    lead.post("/voices/afresh")
    keep = type(office.insight).keep

    def looked_at(store, *given, **named):
        seen.append(plain(lead.get("/voices/round", headers={"HX-Request": "true"}).text))
        return keep(store, *given, **named)

    monkeypatch.setattr(type(office.insight), "keep", looked_at)
    insight.due_round(office)
    assert "はじめから調べなおしています… 90%" in seen[0]
    assert insight.progress(office) == 0


@pytest.mark.usefixtures("heard")
def test_agents_do_not_group_anew(log_in):
    mine = log_in("sato")
    assert "はじめから" not in mine.get("/voices").text
    assert mine.post("/voices/afresh").status_code == 403


def test_a_round_that_failed_is_still_wanted(office, log_in, monkeypatch):
    log_in("lead").post("/voices/afresh")
    monkeypatch.setattr("server.work.insight.anew", lambda *_, **__: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        insight.due_round(office)
    assert insight.is_wanted_afresh(office)
    assert insight.progress(office) == 0
