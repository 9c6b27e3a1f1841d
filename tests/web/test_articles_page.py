"""Writing articles at the desk: the list, the form, review by a second person, two editors at once."""

import re
from uuid import uuid4

import pytest

from server.app import create_app
from server.knowledge.versions import State
from tests.knowledge_samples import HOURS, RETURNS, approved, form, furnished_office


@pytest.fixture
def office(tmp_path, clock, furnished):
    office = furnished_office(furnished, tmp_path, clock)
    yield office
    office.close()


@pytest.fixture
def app(office):
    return create_app(office)


@pytest.fixture
def sato(log_in):
    return log_in("sato")


def save(who, content=HOURS, based_on=1, **changes):
    sent = form(content, based_on=str(based_on), version=str(uuid4())) | changes
    return who.post(f"/articles/{content['id']}", data=sent)


def do(who, deed, number, article="hours", **more):
    return who.post(f"/articles/{article}/{deed}", data={"number": str(number)} | more)


def test_the_list_begins_with_the_base_in_force(sato):
    page = sato.get("/articles").text
    assert all(text in page for text in ("営業時間", "返品の手続き", "公開中"))
    assert "担当者だけ" not in page


def test_it_is_searched_by_wording_and_state(sato):
    assert "返品の手続き" not in sato.get("/articles?q=何時まで").text
    assert (
        "返品の手続き" in sato.get("/articles?q=ヘンピン 返品").text
        or "返品の手続き" in sato.get("/articles?q=返品").text
    )
    save(sato)
    drafts = sato.get("/articles?state=draft").text
    assert "営業時間" in drafts
    assert "/articles/returns" not in drafts


def test_a_draft_is_a_new_version_and_nothing_is_released(sato, office):
    assert save(sato, answer="20時までです。", why="冬の営業").headers["location"] == "/articles/hours"
    head = office.editing.articles.head("hours")
    assert (head.number, head.by, head.why, head.state) == (2, "sato", "冬の営業", State.DRAFT)
    assert office.editing.articles.approved().get("hours")["answer"] == "19時までです。"
    assert "20時までです。" in sato.get("/articles/hours").text


def test_a_form_sent_twice_is_one_version(sato, office):
    version = str(uuid4())
    for _ in range(2):
        assert save(sato, version=version, answer="20時までです。").status_code == 303
    assert len(office.editing.articles.versions("hours")) == 2


def test_who_is_overtaken_sees_both_and_loses_nothing(sato, log_in, office):
    save(sato, answer="20時までです。")
    late = save(log_in("suzuki"), answer="21時までです。")
    assert late.status_code == 409
    assert "佐藤さんが先に保存しました" in late.text
    assert "21時までです。</textarea>" in late.text
    assert re.search(r"<del>20</del><ins>21</ins>", late.text)
    assert 'name="based_on" value="2"' in late.text
    assert save(log_in("suzuki"), based_on=2, answer="21時までです。").status_code == 303
    assert [v.content["answer"] for v in office.editing.articles.versions("hours")][:2] == [
        "21時までです。",
        "20時までです。",
    ]


def test_what_is_missing_is_said_beside_its_field(sato, office):
    answer = save(sato, answer="")
    assert answer.status_code == 422
    assert re.search(r'id="remarks-answer"[^>]*>\s*<p class="remark error">.*入力してください', answer.text)
    assert office.editing.articles.head("hours").number == 1


def test_a_second_person_approves_never_oneself(sato, log_in, office):
    save(sato, answer="20時までです。")
    do(sato, "review", 2)
    assert do(sato, "approve", 2).headers["location"].endswith("refused=oneself")
    assert "ほかの人が承認します" in sato.get("/articles/hours?refused=oneself").text
    suzuki = log_in("suzuki")
    assert "承認する" in suzuki.get("/articles/hours").text
    assert do(suzuki, "approve", 2).headers["location"] == "/articles/hours"
    assert office.editing.articles.approved().get("hours")["answer"] == "20時までです。"
    assert "承認済み・公開前" in sato.get("/articles").text


def test_what_was_changed_meanwhile_is_not_approved_unseen(sato, log_in, office):
    save(sato, answer="20時までです。")
    do(sato, "review", 2)
    save(sato, based_on=2, answer="24時までです。")
    assert do(log_in("suzuki"), "approve", 2).headers["location"].endswith("refused=changed")
    assert office.editing.articles.approved().get("hours")["answer"] == "19時までです。"


def test_it_is_sent_back_with_a_word(sato, log_in, office):
    save(sato, answer="20時までです。")
    do(sato, "review", 2)
    do(log_in("suzuki"), "send-back", 2, note="何時から?")
    assert "何時から?" in sato.get("/articles/hours").text
    assert office.editing.articles.head("hours").state is State.SENT_BACK
    assert do(log_in("suzuki"), "approve", 2).headers["location"].endswith("refused=state")


def test_who_is_alone_gives_a_reason_that_is_recorded(log_in, office, clock):
    for login in ("sato", "suzuki", "lead"):
        office.staffing.disable(login, by="admin", now=clock())
    admin = log_in("admin")
    save(admin, answer="20時までです。")
    do(admin, "review", 2)
    assert "ほかに確認できる人がいません" in admin.get("/articles/hours").text
    assert do(admin, "approve", 2, note=" ").headers["location"].endswith("refused=reason")
    assert do(admin, "approve", 2, note="今日は一人").headers["location"] == "/articles/hours"
    (line,) = office.journal.latest(action="article_approved_alone")
    assert (line.actor, line.detail) == ("admin", {"article": "hours", "number": 2, "because": "今日は一人"})
    assert "一人で承認" in admin.get("/articles/hours").text
    assert "今日は一人" in admin.get("/journal").text


def test_an_earlier_version_comes_back_as_a_new_one(sato, office):
    save(sato, answer="20時までです。")
    sato.post("/articles/hours/restore", data={"number": "1", "based_on": "2", "version": str(uuid4())})
    head = office.editing.articles.head("hours")
    assert (head.number, head.origin, head.content["answer"]) == (3, "restore", "19時までです。")
    page = sato.get("/articles/hours/diff?before=2&after=3").text
    assert re.search(r"<del>20</del><ins>19</ins>", page)


def test_a_new_article_needs_an_id_of_its_own(sato, office):
    new = RETURNS | {"id": "parking", "title": "駐車場", "variants": ["駐車場はありますか"]}
    sent = form(new, version=str(uuid4()))
    assert sato.post("/articles/new", data=sent).headers["location"] == "/articles/parking"
    taken = sato.post("/articles/new", data=form(new | {"id": "hours"}, version=str(uuid4())))
    assert taken.status_code == 409
    assert "で使っています" in taken.text
    assert sato.post("/articles/new", data=form(new | {"id": "new"}, version=str(uuid4()))).status_code == 422
    assert office.editing.articles.approved().get("parking") is None


def test_taking_an_article_back_is_reviewed_too(sato, log_in, office):
    sato.post("/articles/hours/remove", data={"based_on": "1", "version": str(uuid4()), "why": "閉店"})
    do(sato, "review", 2)
    assert office.editing.articles.approved().get("hours")
    do(log_in("suzuki"), "approve", 2)
    assert office.editing.articles.approved().get("hours") is None


def test_checks_hearing_and_trying_keep_nothing(sato, office):
    sent = form(HOURS, variants="返品したい")
    checked = sato.post("/articles/draft/check", data=sent).text
    assert re.search(r'id="remarks-variants"[^>]*hx-swap-oob.*?「返品したい」は、「返品の手続き」でも', checked, re.S)
    sound = sato.post("/articles/draft/sound", data=sent | {"part": "answer"})
    assert (sound.headers["content-type"], sound.content[:4]) == ("audio/wav", b"RIFF")
    tried = sato.post("/articles/draft/try", data=sent | {"question": "返品したい"}).text
    assert "聞き返します" in tried
    assert "正しく答える" not in tried
    shifts = sato.post("/articles/draft/neighbours", data=sent).text
    assert "「返品したい」" in shifts
    assert office.editing.articles.head("hours").number == 1


def test_questions_are_kept_for_the_gate(sato, office):
    sato.post("/articles/hours/questions", data={"question": "お店いつ閉まるの"})
    assert "お店いつ閉まるの" in sato.get("/articles/hours").text
    ((question, _),) = office.editing.questions.of_article("hours")
    sato.post(f"/articles/hours/questions/{question}/drop")
    assert office.editing.questions.everything() == ()


def test_only_who_may_writes(log_in, sato):
    viewer = log_in("viewer")
    for path in ("/articles", "/articles/hours", "/articles/new", "/publish", "/proposals"):
        assert viewer.get(path).status_code == 403
    assert save(viewer).status_code == 403
    sato.headers.pop("X-CSRF-Token")
    assert save(sato).status_code == 403
    assert sato.post("/articles/draft/sound", data=form(HOURS)).status_code == 403


def test_what_is_not_there_is_not_found(sato):
    for path in ("/articles/nothing", "/articles/a_b", "/articles/hours/diff?before=1&after=9"):
        assert sato.get(path).status_code == 404


def test_articles_that_came_with_the_base_are_checked_by_and_by(sato, office):
    assert "残り3件" in sato.get("/articles").text
    answers = [
        sato.post("/articles/examine").text for _ in range(3)
    ]  # at least one article each time, whatever the load
    assert "すべての回答を確認しました" in answers[-1]
    assert all(one.remarks == {"error": 0, "warning": 0, "note": 0} for one in office.editing.articles.heads())
    assert "確認しています" not in sato.get("/articles").text


def test_agents_see_what_is_in_force_with_the_notes_as_approved(office, clock):
    approved(office, HOURS | {"answer": "20時までです。", "staff_note": "新しい覚え書き"}, now=clock())
    card = office.articles.card("hours")
    assert (card.answer, card.staff_note) == ("19時までです。", "新しい覚え書き")
    assert office.articles.titles()["smoke"] == "製品から煙が出たとき"
    plan = office.editing.plan()
    office.bundles.publish(plan.built.data, version="v", content=plan.built.content, articles=3, by="lead", now=clock())
    assert office.articles.card("hours").answer == "20時までです。"
    assert office.articles.card("nothing") is None
