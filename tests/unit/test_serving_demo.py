"""The demo's week: believable, the same for the same moment, and made by the desk's own rules."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from server.access import Role
from server.app import open_office
from server.articles import ArticleCard, MemoryArticles
from server.attempts import Attempt
from server.demo.filling import fill, prepare
from server.demo.texts import texts
from server.errors import FolderUnusable
from server.insight.proposals import Kind
from server.passwords import password_fits
from server.settings import load_settings
from server.spans import TOKYO, Span
from server.wire import Urgency
from server.work.insight import find_out

NOW = datetime(2026, 11, 24, 1, 40, tzinfo=UTC)  # Tuesday 10:40 in Tokyo
ARTICLES = MemoryArticles(ArticleCard(id=m.topic, title=m.topic, answer="お試しください。") for m in texts().matters)


class Demo:
    """A demo filled up to a moment, read once."""

    def __init__(self, folder, now=NOW):
        prepare(folder, now)
        self.now = now
        self.office = open_office(folder, articles=ARTICLES, clock=lambda: now)
        self.guests = fill(self.office)
        lines = self.office.journal.changes_after(0, limit=100_000)
        ids = [line.case_id for line in lines if line.action == "received"]
        self.cases = [self.office.desk.queue.case(id_) for id_ in ids]
        self.open = [case for case in self.cases if case.closed_at is None]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    found = Demo(tmp_path_factory.mktemp("demo"))
    yield found
    found.office.close()


def test_there_is_a_week_of_cases(demo):
    assert 90 <= len(demo.cases) - len(demo.open) <= 150
    assert 22 <= len(demo.open) <= 50
    opened = [case.opened_at for case in demo.cases]
    assert min(opened) < demo.now - timedelta(days=6)
    assert max(opened) <= demo.now


def test_all_kinds_of_calls_were_made_and_none_in_the_future(demo):
    attempts = [event for case in demo.cases for event in case.events if isinstance(event, Attempt)]
    outcomes = Counter(attempt.outcome for attempt in attempts)
    assert {"no_answer", "busy", "voicemail", "call_later", "reached", None} <= set(outcomes)
    assert {"satisfied", "calmed", "unsolved", "passed_on"} <= {attempt.resolution for attempt in attempts}
    assert all(attempt.dialled_at <= demo.now for attempt in attempts)
    solved = [attempt for attempt in attempts if attempt.resolution == "satisfied"]
    assert solved
    assert all(attempt.note and attempt.how_solved for attempt in solved)


def test_calls_are_promised_within_the_business_hours(demo):
    hours = demo.office.settings.desk.plan.hours
    spans = [case.promise.slot.span for case in demo.open if case.promise]
    assert len(spans) > 20
    assert all(any(b.contains(s) for b in hours.blocks_on(s.begins.astimezone(TOKYO).date())) for s in spans)


def test_there_is_something_of_everything_to_do_now(demo):
    danger = [case for case in demo.open if case.urgency is Urgency.SAFETY]
    assert any(demo.now - case.opened_at < timedelta(minutes=10) for case in danger)
    due = [case.due_at - demo.now for case in demo.open if case.urgency is not Urgency.SAFETY]
    assert any(timedelta(minutes=-70) < wait < timedelta(minutes=-30) for wait in due)  # late
    assert any(timedelta() < wait <= timedelta(minutes=30) for wait in due)
    assert any(case.lease and case.lease.expires_at > demo.now for case in demo.open)
    assert any(len(case.requests) > 1 for case in demo.open)
    assert any(demo.office.notes.of_case(case.id) for case in demo.open)
    silent = [d for d in demo.office.devices.everything() if demo.now - d.seen_at > timedelta(hours=24)]
    assert len(silent) == 1


def test_nobody_has_the_numbers(demo):
    """No exchange begins with 1 in Japan: after the area code comes a 1, and no emergency number with it."""
    areas = {code.removeprefix("0") for code, _ in texts().areas}
    phones = {stored.request.phone.removeprefix("+81") for case in demo.cases for stored in case.requests}
    assert len(phones) > 100
    rests = [phone.removeprefix(code) for phone in phones for code in areas if phone.startswith(code)]
    assert len(rests) == len(phones)
    assert all(rest[0] == "1" and rest[1] in "345678" for rest in rests)


def test_the_guests_may_log_in(demo):
    assert {guest.role for guest in demo.guests} == set(Role)
    for guest in demo.guests:
        assert password_fits(guest.password, demo.office.accounts.password_hash(guest.login))


def what_is_told(case):
    requests = [(r.request.id, r.request.customer_name, r.received_at) for r in case.requests]
    return requests, [event.id for event in case.events], case.due_at, case.close_reason


def test_the_same_moment_gives_the_same_week(demo, tmp_path):
    again = Demo(tmp_path)
    again.office.close()
    assert [what_is_told(case) for case in again.cases] == [what_is_told(case) for case in demo.cases]


@pytest.mark.parametrize("hour", [0, 3, 9, 12, 13, 19, 20, 23])
@pytest.mark.parametrize("minute", [0, 29, 59])
def test_whenever_it_is_started_the_desk_is_open_around(tmp_path, hour, minute):
    now = datetime(2026, 11, 22, hour, minute, tzinfo=TOKYO)  # a Sunday, the day before a holiday
    prepare(tmp_path, now)
    hours = load_settings(tmp_path).desk.plan.hours
    around = Span(now - timedelta(minutes=50), now + timedelta(minutes=50))
    days = sorted({around.begins.astimezone(TOKYO).date(), around.ends.astimezone(TOKYO).date()})
    blocks = [block for day in days for block in hours.blocks_on(day)]
    joined = Span(blocks[0].begins, blocks[-1].ends) if len(days) > 1 else None
    assert any(block.contains(around) for block in [*blocks, *([joined] if joined else [])])


def test_only_an_empty_folder_becomes_a_demo(tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(FolderUnusable):
        prepare(tmp_path, NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable):
        prepare(tmp_path / "file" / "demo", NOW)


def test_the_words_are_complete():
    words = texts()
    assert len(words.matters) >= 30
    for matter in words.matters:
        assert len(matter.asks) >= 2 and len(matter.unsolved) >= 2 and matter.calls
        assert all(sentence.endswith(("。", "か。")) for sentence in (*matter.asks, *matter.unsolved))


def test_customers_were_heard_too(demo):
    """The devices' log: most matters solved by voice, some lost, some that no article is about, and those of the requests."""
    office = demo.office
    found = find_out(office)
    endings = Counter(matter.ending for matter in office.insight.matters())
    assert found.matters == sum(endings.values()) > 200
    assert endings["voice"] > endings["human"] > 0 < endings["lost"]
    proposed = [one.proposal for one in office.proposals.listed() if one.proposal.kind is Kind.ARTICLE]
    assert any("補聴器" in "".join(proposal.variants) for proposal in proposed)
    assert all(talk.received_at <= demo.now for talk in office.talks.conversations(limit=1_000))
