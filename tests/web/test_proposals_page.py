"""What insight proposes: shown with its evidence, taken into a draft, or declined with a reason."""

from datetime import timedelta
from uuid import uuid4

import pytest

from server.app import create_app
from server.insight.proposals import Evidence, Kind, Proposal, State, Wording, proposal_id
from server.knowledge.asking import KeptQuestion
from server.talks import LoggedConversation, LoggedTurn
from tests.callback_samples import NOW
from tests.knowledge_samples import HOURS, form, furnished_office

ASKED = ("お店いつ閉まるの", "閉店は何時")


@pytest.fixture
def office(tmp_path, clock, furnished):
    office = furnished_office(furnished, tmp_path, clock)
    yield office
    office.close()


@pytest.fixture
def app(office):
    return create_app(office)


@pytest.fixture
def proposed(office):
    """Keep a proposal of a kind about an article; its id."""

    def kept(kind=Kind.VARIANT, article_id="hours"):
        found = [talk(text) for text in ASKED]
        office.talks.keep(found, device="box-1", now=NOW)
        wordings = [Wording(text=text, count=4, talk=one.id, turn=0) for text, one in zip(ASKED, found, strict=True)]
        proposal = Proposal(
            id=proposal_id(kind, article_id or "new"),
            kind=kind,
            article_id=article_id,
            title=ASKED[0],
            wordings=tuple(wordings),
            evidence=Evidence(asked=8, not_understood=5, first_at=NOW - timedelta(days=9), last_at=NOW),
            helped=8,
        )
        office.proposals.keep([proposal], now=NOW)
        return proposal.id

    return kept


def talk(text):
    turn = LoggedTurn(at=NOW, heard=text, said="?", outcome="unknown", topic=None, score=0.1, understood=False)
    return LoggedConversation(id=uuid4(), device="box-1", began_at=NOW, ended_at=NOW, turns=(turn,))


def test_the_evidence_is_shown(log_in, proposed):
    proposed()
    page = log_in("sato").get("/proposals").text
    assert all(text in page for text in (*ASKED, "会話 8件で役に立ちます", "答えられなかった", "5件", "営業時間"))


def test_chosen_wordings_become_a_draft_and_questions_of_the_gate(log_in, proposed, office):
    one, sato = proposed(), log_in("sato")
    for _ in range(2):  # sent twice
        answer = sato.post(f"/proposals/{one}/accept", data={"wordings": [ASKED[1], "嘘"]})
    assert answer.status_code == 404  # it is settled
    head = office.editing.articles.head("hours")
    assert (head.number, head.origin, head.content["variants"][-1]) == (2, "proposal", ASKED[1])
    assert ASKED[0] not in head.content["variants"]
    assert office.editing.questions.everything() == (KeptQuestion(text=ASKED[1], article_id="hours"),)
    assert office.proposals.get(one).state is State.ACCEPTED
    assert "いま、提案はありません" in sato.get("/proposals").text


def test_a_new_article_is_written_from_it(log_in, proposed, office):
    one, sato = proposed(Kind.ARTICLE, None), log_in("sato")
    where = sato.post(f"/proposals/{one}/accept").headers["location"]
    page = sato.get(where).text
    assert f'value="{ASKED[0]}"' in page
    assert ASKED[1] in page
    content = {"id": "closing", "title": "閉店", "category": "店", "variants": list(ASKED), "answer": "19時です。"}
    sent = form(content, version=str(uuid4()), proposal=one)
    assert sato.post("/articles/new", data=sent).headers["location"] == "/articles/closing"
    assert office.editing.articles.head("closing").origin == "proposal"
    assert office.proposals.get(one).state is State.ACCEPTED
    assert {q.article_id for q in office.editing.questions.everything()} == {"closing"}


def test_an_answer_that_did_not_solve_is_written_anew(log_in, proposed, office):
    one, sato = proposed(Kind.UNSOLVED), log_in("sato")
    where = sato.post(f"/proposals/{one}/accept", data={"wordings": list(ASKED)}).headers["location"]
    assert where == f"/articles/hours?proposal={one}"
    assert "この回答では解決しませんでした" in sato.get(where).text
    assert office.proposals.get(one).state is State.OPEN
    sent = form(HOURS, answer="19時に閉まります。", version=str(uuid4()), based_on="1", proposal=one)
    assert sato.post("/articles/hours", data=sent).status_code == 303
    head = office.editing.articles.head("hours")
    assert (head.origin, head.content["variants"]) == ("proposal", HOURS["variants"])
    assert office.proposals.get(one).state is State.ACCEPTED
    assert len(office.editing.questions.of_article("hours")) == 2


def test_it_is_declined_with_a_reason(log_in, proposed, office):
    one = proposed()
    log_in("sato").post(f"/proposals/{one}/decline", data={"reason": "別の店のこと"})
    assert office.proposals.get(one).state is State.DECLINED
    (line,) = office.journal.latest(action="proposal_reason")
    assert line.detail == {"because": "別の店のこと", "proposal": one}
    assert office.editing.articles.head("hours").number == 1


def test_what_is_not_proposed_is_not_found(log_in):
    for one in ("p-0", "x" * 80, "%00"):
        assert log_in("sato").post(f"/proposals/{one}/accept").status_code == 404
