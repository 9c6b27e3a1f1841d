"""Words that cannot be decrypted, on both databases: skipped, counted and shown; the round goes on."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from server.attempts import Attempt, CallOutcome, Resolution
from server.store.desk_models import TalkTurnRow
from server.store.engine import writing
from server.store.models import EventRow, RequestRow
from server.store.vault import Vault
from server.work import insight
from tests.callback_samples import request_of
from tests.insight_samples import answered, unanswered

DAY = timedelta(days=1)
WORDS = ["返品したい", "返品をしたい", "返品の送料は"]


@pytest.fixture
def talks(office, clock):
    found = [answered(f"r{n}", text, "return", at=clock() - DAY * n) for n, text in enumerate(WORDS)]
    office.talks.keep(found, device="box-1", now=clock())
    return found


def damage(office, talk, number=0, *, key=None):
    """Change a turn's words as a damaged disk does, or lock them with a key the desk does not have."""
    place = f"talk_turns.words.{talk.id}.{number}"
    locked = Vault(key).lock('["返品", ""]', place) if key else b"x" * 80
    ours = (TalkTurnRow.talk_id == talk.id) & (TalkTurnRow.number == number)
    with writing(office.engine) as session:
        session.execute(update(TalkTurnRow).where(ours).values(words_locked=locked))


@pytest.mark.parametrize("key", [None, b"another key of thirty-two bytes!"])
def test_a_round_goes_on_without_what_cannot_be_read(office, talks, key):
    damage(office, talks[1], number=1, key=key)
    found = insight.find_out(office)
    assert (found.matters, found.unreadable) == (2, 1)
    assert {one.talk for one in office.insight.matters()} == {talks[0].id, talks[2].id}
    assert insight.unreadable(office) == 1


def test_what_was_counted_before_the_damage_stays_counted(office, talks, clock):
    insight.find_out(office)
    before = office.insight.before()
    for one in talks:
        damage(office, one)
    office.talks.keep([answered("new", "蓋が閉まらない", "lid", at=clock())], device="box-1", now=clock())
    assert insight.find_out(office).unreadable == 3
    after = office.insight.before()
    assert before.items() <= after.items()
    (topic,) = {before[place] for place in before}
    assert office.insight.articles()[topic] == "return"
    assert office.insight.typical([topic]) == {topic: []}  # nothing that could be shown


def test_once_the_key_is_back_nothing_is_missing(office, talks):
    with_words = office.talks.one(talks[0].id).conversation
    damage(office, talks[0])
    assert insight.find_out(office).unreadable == 1
    locked = office.vault.lock(
        f'["{with_words.turns[0].heard}", "{with_words.turns[0].said}"]', f"talk_turns.words.{talks[0].id}.0"
    )
    with writing(office.engine) as session:
        ours = (TalkTurnRow.talk_id == talks[0].id) & (TalkTurnRow.number == 0)
        session.execute(update(TalkTurnRow).where(ours).values(words_locked=locked))
    assert insight.find_out(office).unreadable == 0
    assert len(office.insight.matters()) == 3
    assert insight.unreadable(office) == 0


def test_the_round_is_over_and_not_tried_again_and_again(office, talks):
    damage(office, talks[0])
    assert insight.due_round(office) is not None
    assert insight.due_round(office) is None


def test_words_and_lists_leave_out_what_cannot_be_read(office, talks):
    damage(office, talks[0])
    (first, *_) = kept = office.talks.conversations()
    assert [one.is_readable for one in kept] == [one.conversation.id != talks[0].id for one in kept]
    assert all(one.conversation.turns == () for one in kept if not one.is_readable)
    assert not office.talks.one(talks[0].id).is_readable
    assert first.conversation.device == "box-1"
    assert set(office.insight.words({(one.id, 0) for one in talks})) == {(one.id, 0) for one in talks[1:]}


@pytest.mark.parametrize("table", [EventRow, RequestRow])
def test_what_agents_wrote_is_left_out_too(office, clock, table):
    """A damaged name takes the whole case with it: nobody could mask the name in what was written."""
    cases = []
    for number, phone in enumerate(("090-1234-5678", "090-8765-4321", "090-1111-2222")):
        request = request_of(phone=phone)
        case_id = office.desk.receive(request).case_id
        cases.append(case_id)
        talk = unanswered(f"u{number}", "録画の予約ができない", request=request.id, at=clock() - DAY * number)
        office.talks.keep([talk], device="box-1", now=clock())
        call = {"outcome": CallOutcome.REACHED, "resolution": Resolution.SATISFIED, "how_solved": "時計を合わせた。"}
        office.desk.settle(case_id, Attempt(id=uuid4(), agent="sato", dialled_at=clock(), rang_at=clock(), **call))
        office.desk.close(case_id, reason="satisfied", by="sato")
    column = "how_solved_locked" if table is EventRow else "name_locked"
    with writing(office.engine) as session:
        session.execute(update(table).where(table.case_id == cases[0]).values({column: b"x" * 80}))
    assert set(office.insight.solutions(cases)) == set(cases[1:])
    assert insight.find_out(office).proposals == 1
    (kept,) = office.proposals.listed()
    assert kept.proposal.answer_draft == "時計を合わせた。"
