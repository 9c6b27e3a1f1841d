"""Taking the machine's base in anew at the desk: shown first, kept as drafts, nothing overwritten unseen."""

import re
from dataclasses import replace
from uuid import uuid4

import pytest

from server.app import create_app, open_office
from server.knowledge.fakes import MemoryBase, memory_workshop
from server.knowledge.versions import State
from server.web.taking_in_page import MOST_AT_ONCE
from tests.knowledge_samples import CONTENTS, HOURS, RETURNS, SMOKE, approved, furnished_office

PARKING = RETURNS | {"id": "parking", "title": "駐車場", "variants": ["駐車場はありますか"]}
LATER = HOURS | {"answer": "21時までです。"}


@pytest.fixture
def office(tmp_path, clock, furnished):
    """A desk that took over its base, after which another one was imported on its machine."""
    furnished_office(furnished, tmp_path, clock).close()
    workshop = replace(memory_workshop(CONTENTS), begin_with=MemoryBase([LATER, SMOKE, PARKING]))
    office = open_office(tmp_path / "desk", workshop=workshop, clock=clock)
    yield office
    office.close()


@pytest.fixture
def app(office):
    return create_app(office)


@pytest.fixture
def lead(log_in):
    return log_in("lead")


def offered(page):
    """The articles that can be taken in, as the page shows them: id -> (mark, whether it is ticked)."""
    found = re.findall(r'data-article="([^"]+)">.*?value="(\w+)"( checked)?>', page, re.S)
    return {article: (mark, bool(ticked)) for article, mark, ticked in found}


def take(lead, *articles):
    marks = offered(lead.get("/articles/take-in").text)
    sent = {"id": str(uuid4()), "chosen": [marks[one][0] for one in articles]}
    return lead.post("/articles/take-in", data=sent)


def test_it_is_shown_what_would_change(lead, office):
    assert "手元の回答集を取り込み直す" in lead.get("/articles").text
    page = lead.get("/articles/take-in").text
    assert {one: ticked for one, (_, ticked) in offered(page).items()} == {"hours": True, "parking": True}
    assert re.search(r"<del>19</del><ins>21</ins>", page)
    assert re.search(r'id="only-here".*返品の手続き', page, re.S)
    assert len(office.editing.articles.versions("hours")) == 1
    assert office.editing.articles.head("parking") is None


def test_what_is_chosen_becomes_drafts_and_nothing_is_approved(lead, office):
    before = office.editing.articles.approved()
    assert take(lead, "hours", "parking").headers["location"] == "/articles/take-in?taken=2&left=0"
    heads = {one.article_id: one for one in office.editing.articles.heads()}
    assert [(heads[one].number, heads[one].origin, heads[one].state) for one in ("hours", "parking")] == [
        (2, "take-in", State.DRAFT),
        (1, "take-in", State.DRAFT),
    ]
    assert (heads["hours"].content, heads["hours"].by) == (LATER, "lead")
    assert office.editing.articles.approved() == before
    assert office.editing.articles.imported().get("hours") == HOURS  # what the desk began with stays
    assert heads["returns"].number == 1
    page = lead.get("/articles/take-in?taken=2&left=0").text
    assert "2件を下書きとして取り込みました" in page
    assert offered(page) == {}
    assert "手元の回答集から" in lead.get("/articles/hours").text
    assert "駐車場" in lead.get("/articles?state=draft").text


def test_only_what_is_chosen_is_taken_and_a_form_sent_twice_once(lead, office):
    page_id, marks = uuid4(), offered(lead.get("/articles/take-in").text)
    for _ in range(2):
        answer = lead.post("/articles/take-in", data={"id": str(page_id), "chosen": [marks["hours"][0]]})
        assert answer.headers["location"] == "/articles/take-in?taken=1&left=0"
    assert len(office.editing.articles.versions("hours")) == 2
    assert office.editing.articles.head("parking") is None


def test_what_was_changed_here_too_is_not_ticked_and_stays_as_a_version(lead, office, clock):
    approved(office, HOURS | {"answer": "20時までです。"}, now=clock())
    page = lead.get("/articles/take-in").text
    assert offered(page)["hours"][1] is False
    assert "こちらでも変更" in page
    take(lead, "hours")
    answers = [one.content["answer"] for one in office.editing.articles.versions("hours")]
    assert answers == ["21時までです。", "20時までです。", "19時までです。"]
    assert office.editing.articles.approved().get("hours")["answer"] == "20時までです。"


def test_what_somebody_saved_meanwhile_is_left(lead, office, clock):
    marks = offered(lead.get("/articles/take-in").text)
    approved(office, HOURS | {"answer": "20時までです。"}, now=clock())
    chosen = [marks["hours"][0], marks["parking"][0]]
    answer = lead.post("/articles/take-in", data={"id": str(uuid4()), "chosen": chosen})
    assert answer.headers["location"] == "/articles/take-in?taken=1&left=1"
    assert office.editing.articles.head("hours").content["answer"] == "20時までです。"
    assert "1件は、表示したあとに変わった" in lead.get(answer.headers["location"]).text


def test_only_who_publishes_may(log_in, office):
    agent = log_in("sato")
    assert "取り込み直す" not in agent.get("/articles").text
    assert agent.get("/articles/take-in").status_code == 403
    assert agent.post("/articles/take-in", data={"id": str(uuid4())}).status_code == 403
    lead = log_in("lead")
    lead.headers.pop("X-CSRF-Token")
    assert lead.post("/articles/take-in", data={"id": str(uuid4())}).status_code == 403
    assert office.editing.articles.head("hours").number == 1


def test_without_a_workshop_it_is_told_that_nothing_can_be_read(monkeypatch, office, lead):
    monkeypatch.setattr(office.editing, "_workshop", None)
    assert "読めませんでした" in lead.get("/articles/take-in").text
    assert "取り込み直す" not in lead.get("/articles").text
    assert lead.post("/articles/take-in", data={"id": str(uuid4())}).status_code == 303


def test_of_a_large_base_a_part_is_shown_at_a_time(lead, office):
    many = [PARKING | {"id": f"parking-{number:04}"} for number in range(MOST_AT_ONCE + 7)]
    office.editing.workshop.begin_with._contents = (*CONTENTS, *many)
    assert len(offered(lead.get("/articles/take-in").text)) == MOST_AT_ONCE
    take(lead, *(one["id"] for one in many[:MOST_AT_ONCE]))
    assert len(offered(lead.get("/articles/take-in").text)) == 7
