"""Topics, proposals and what was read, on both databases: kept without words, forgotten with their customer."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from server.articles import ArticleCard, MemoryArticles
from server.attempts import Attempt, CallOutcome, Resolution
from server.insight.proposals import Kind, State
from server.store.all_tables import ALL_TABLES
from server.store.engine import reading
from server.store.erasure import Erasure
from server.store.insight_models import MatterOfTopicRow, ProposalSentenceRow, ProposalWordingRow
from server.store.journal import Journal
from server.store.notes import Note
from server.work import insight
from tests.callback_samples import request_of
from tests.insight_samples import answered, unanswered

DAY = timedelta(days=1)
PHONES = ["090-1234-5678", "090-8765-4321", "090-1111-2222"]
WORDS = ["録画の予約ができない", "録画の予約ができません", "ロクガノヨヤクガデキナイ"]
WROTE = ["本体の時計を合わせると直りました。", "時計を合わせてもらい解決。", "本体の時計がずれていた。時計を合わせた。"]


@pytest.fixture
def customers(office, clock):
    """Three customers whom nobody could answer by voice and whose matter an agent solved; their requests."""
    requests = []
    for number, (phone, text) in enumerate(zip(PHONES, WORDS, strict=True)):
        request = request_of(phone=phone)
        office.desk.receive(request)
        conversation = unanswered(f"c{number}", text, request=request.id, at=clock() - DAY * (3 - number))
        office.talks.keep([conversation], device="box-1", now=clock())
        requests.append(request)
    clock.pass_time(days=1)
    for request, wrote in zip(requests, WROTE, strict=True):
        case_id = office.desk.queue.cases_of(request.phone)[0]
        call = {"outcome": CallOutcome.REACHED, "resolution": Resolution.SATISFIED, "how_solved": wrote}
        office.desk.settle(case_id, Attempt(id=uuid4(), agent="sato", dialled_at=clock(), rang_at=clock(), **call))
        office.desk.close(case_id, reason="satisfied", by="sato")
    return requests


def rows_in(engine, table):
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(table))


@pytest.mark.usefixtures("customers")
def test_a_round_finds_topics_and_what_is_lacking(office):
    assert insight.find_out(office) == insight.Found(3, 1, 1)
    matters = office.insight.matters()
    assert [(one.ending, one.sign, one.device) for one in matters] == [("human", "request", "box-1")] * 3
    (topic,) = {one.topic for one in matters}
    assert office.insight.typical([topic])[topic] == WORDS[:2]  # the third is the first, as it sounds
    (kept,) = office.proposals.listed()
    assert (kept.state, kept.proposal.kind, kept.proposal.helped) == (State.OPEN, Kind.ARTICLE, 3)
    assert kept.proposal.title in WORDS
    assert "時計" in kept.proposal.answer_draft
    assert kept.proposal.evidence.solved_by_people == 3
    assert office.proposals.get(kept.proposal.id) == kept


@pytest.mark.usefixtures("customers")
def test_the_next_round_changes_no_id(office, clock):
    insight.find_out(office)
    before, proposals = office.insight.before(), office.proposals.listed()
    clock.pass_time(days=1)
    office.talks.keep([unanswered("new", "蓋が閉まらない", at=clock())], device="box-1", now=clock())
    assert insight.find_out(office).topics == 2
    after = office.insight.before()
    assert before.items() <= after.items()
    assert [one.proposal.id for one in office.proposals.listed()] == [one.proposal.id for one in proposals]
    insight.find_out(office, afresh=True)
    assert office.insight.before() == after


@pytest.mark.usefixtures("customers")
def test_no_words_are_kept_in_the_tables_of_insight(office):
    insight.find_out(office)
    names = {"topics", "topic_matters", "proposals", "proposal_wordings", "proposal_sentences", "talks_read"}
    held = ""
    with reading(office.engine) as session:
        for table in ALL_TABLES.sorted_tables:
            if table.name in names:
                held += str([tuple(row) for row in session.execute(select(table))])
    assert "t-" in held
    for secret in ("録画", "ロクガ", "時計", "c4ad"):
        assert secret not in held


def test_an_erased_customer_is_in_no_topic_and_no_proposal(office, customers, clock):
    insight.find_out(office)
    office.insight.tick(office.insight.matters()[0].talk, by="lead", now=clock())
    receipt = office.erasure.erase(customers[0].phone, "admin", clock())
    assert receipt.counts["talks"] == 1
    assert len(office.insight.matters()) == 2
    (topic,) = {one.topic for one in office.insight.matters()}
    assert WORDS[0] not in office.insight.typical([topic])[topic]
    (kept,) = office.proposals.listed()
    assert WORDS[0] not in kept.proposal.variants
    assert WORDS[0] != kept.proposal.title
    assert WROTE[0] not in kept.proposal.answer_draft
    for request in customers[1:]:
        office.erasure.erase(request.phone, "admin", clock())
    tables = (MatterOfTopicRow, ProposalWordingRow, ProposalSentenceRow)
    assert [rows_in(office.engine, table) for table in tables] == [0, 0, 0]
    (kept,) = office.proposals.listed()
    assert (kept.proposal.title, kept.proposal.variants, kept.proposal.answer_draft) == ("", (), "")
    insight.find_out(office)
    assert office.proposals.listed() == ()


def test_who_is_erased_while_a_round_runs_does_not_come_back(office, customers, clock, monkeypatch):
    read = office.insight.before

    def erased_meanwhile():
        Erasure(office.engine, office.vault).erase(customers[0].phone, "admin", clock())
        return read()

    monkeypatch.setattr(type(office.insight), "before", lambda _self: erased_meanwhile())
    insight.find_out(office)
    assert len(office.insight.matters()) == 2
    (kept,) = office.proposals.listed()
    assert WORDS[0] not in kept.proposal.variants


@pytest.mark.usefixtures("customers")
def test_a_declined_proposal_stays_away_until_much_more_came(office, clock):
    insight.find_out(office)
    (kept,) = office.proposals.listed()
    id_ = kept.proposal.id
    assert office.proposals.decide(id_, State.DECLINED, by="lead", now=clock())
    insight.find_out(office)
    assert office.proposals.listed() == ()
    (declined,) = office.proposals.listed(state=State.DECLINED)
    assert (declined.decided_by, declined.decided_at, declined.proposal.id) == ("lead", clock(), id_)
    more = [unanswered(f"m{n}", WORDS[0], at=clock() + DAY * 2 * n) for n in range(5)]
    office.talks.keep(more, device="box-1", now=clock())
    insight.find_out(office)
    (again,) = office.proposals.listed()
    assert (again.proposal.id, again.proposal.helped, again.decided_by) == (id_, 8, None)
    actions = [entry.action for entry in Journal(office.engine).latest(limit=50)]
    assert "proposal_declined" in actions


@pytest.mark.usefixtures("customers")
def test_an_accepted_one_stays_accepted(office, clock):
    insight.find_out(office)
    (kept,) = office.proposals.listed()
    assert office.proposals.decide(kept.proposal.id, State.ACCEPTED, by="lead", now=clock())
    insight.find_out(office)
    assert office.proposals.listed() == ()
    assert office.proposals.decide(kept.proposal.id, State.OPEN, by="lead", now=clock())
    assert len(office.proposals.listed()) == 1
    assert not office.proposals.decide("p-nothing", State.OPEN, by="lead", now=clock())


def test_an_article_gives_its_title(office, clock):
    words = [answered(f"k{n}", "返品したい", "return", at=clock() + DAY * 2 * n) for n in range(3)]
    failed = [unanswered(f"f{n}", "返品をしたくて", at=clock() + DAY * 2 * n) for n in range(3)]
    office.talks.keep([*words, *failed], device="box-1", now=clock())
    insight.find_out(office)
    (kept,) = office.proposals.listed()
    assert (kept.proposal.kind, kept.proposal.title) == (Kind.VARIANT, "return")
    cards = MemoryArticles([ArticleCard(id="return", title="返品の手続き", answer="")])
    (named,) = type(office.proposals)(office.engine, office.vault, cards).listed()
    assert named.proposal.title == "返品の手続き"


def test_notes_stand_in_where_nothing_was_written_about_the_call(office, clock):
    request = request_of()
    case_id = office.desk.receive(request).case_id
    office.notes.add(case_id, Note(id=UUID(int=5), author="sato", at=clock(), text="電池を入れ直してもらい解決。"))
    (solution,) = office.insight.solutions([case_id])[case_id]
    assert (solution.source, solution.text) == (UUID(int=5), "電池を入れ直してもらい解決。")
    assert "山田" in solution.names


def test_it_is_done_once_a_night_and_when_wanted(office, clock):
    assert insight.due_round(office) == insight.Found(0, 0, 0)  # ten in the morning, never done yet
    assert insight.due_round(office) is None
    insight.want(office, now=clock() + timedelta(seconds=1))
    assert insight.is_wanted(office)
    clock.pass_time(minutes=2)
    assert insight.due_round(office) is not None
    assert not insight.is_wanted(office)
    clock.pass_time(hours=15)  # one in the morning
    assert insight.due_round(office) is None
    clock.pass_time(hours=3)
    assert insight.due_round(office) is not None


def test_reading_is_written_down_once(office, clock):
    given = answered("a", "返品したい", "return")
    office.talks.keep([given], device="box-1", now=clock())
    for login in ("lead", "sato", "lead"):
        assert office.insight.tick(given.id, by=login, now=clock())
        clock.pass_time(minutes=1)
    assert office.insight.read_by([given.id, uuid4()]) == {given.id: ["lead", "sato"]}
    assert not office.insight.tick(uuid4(), by="lead", now=clock())


def test_they_go_with_the_conversation(office, clock):
    office.talks.keep([answered("a", "返品したい", "return")], device="box-1", now=clock())
    insight.find_out(office)
    assert office.insight.count() == 1
    with reading(office.engine):
        pass
    clock.pass_time(days=400)
    office.journal.write(at=clock() - DAY, actor="system", action="forgotten")
    office.forgetting.forget(clock(), office.settings.retention)
    assert office.insight.count() == 0


def test_words_an_article_has_by_now_are_not_proposed(office, clock):
    """They were not understood when they were said; since then somebody wrote and approved them."""
    talks = [answered(f"k{n}", text, "return") for n, text in enumerate(["返品したい", "返品できますか"])]
    talks += [unanswered(f"f{n}", "返品をしたくて") for n in range(2)]
    office.talks.keep(talks, device="box-1", now=clock())
    insight.find_out(office)
    assert [one.proposal.article_id for one in office.proposals.listed(kind=Kind.VARIANT)] == ["return"]
    content = {"id": "return", "title": "返品", "category": "店", "answer": "はい。", "variants": ["返品をしたくて"]}
    office.editing.articles.begin_with([content], by="system", now=clock())
    insight.find_out(office)
    assert office.proposals.listed(kind=Kind.VARIANT) == ()
