"""Ratings on both databases, and the desk of before that gets the new tables."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import text

from server.measure_rows import Ratio
from server.measures import figures
from server.ratings import Rating, RatingGiven
from server.spans import Span
from server.store.engine import writing
from server.store.exports import ExportStore, Which
from server.store.figures import FigureStore
from server.store.journal import Journal
from server.store.migrating import _config, differences, migrate
from server.store.queue import SqlCallbackQueue
from server.store.ratings import RatingStore
from server.store.sent_requests import Sent, SentRequests
from server.store.vault import Vault
from tests.callback_samples import NOW, request_of
from tests.contract.conftest import KEY

DAY = timedelta(days=1)


@pytest.fixture
def ratings(engine):
    return RatingStore(engine)


@pytest.fixture
def sent(engine, stored_queue):
    """A request whose case is closed."""
    request = request_of()
    case_id = stored_queue.submit(request, now=NOW).case_id
    stored_queue.close(case_id, reason="satisfied", by="sato", now=NOW)
    return SentRequests(engine).find(request.id, device="box-1")


def rate(ratings, sent, rating, *, now=NOW, at=NOW):
    return ratings.rate(sent, RatingGiven(rating=rating, at=at), by="device:box-1", now=now)


def lines(engine):
    return [line.detail["rating"] for line in Journal(engine).latest(action="rated")]


def test_the_latest_answer_stands(engine, ratings, sent):
    assert [rate(ratings, sent, answer) for answer in ("yes", "yes", "no")] == [True] * 3
    (found,) = ratings.of_case(sent.case_id)
    assert (found.rating, found.at, found.request_id) == (Rating.NO, NOW, sent.request_id)
    assert lines(engine) == ["no", "yes"]


def test_the_same_answer_at_once_is_one(engine, ratings, sent):
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda _: rate(ratings, sent, "yes"), range(8)))
    assert (len(ratings.of_case(sent.case_id)), lines(engine)) == (1, ["yes"])


def test_what_is_open_or_gone_is_not_rated(engine, stored_queue, ratings, sent):
    stored_queue.reopen(sent.case_id, by="sato", now=NOW)
    gone = [Sent(request_id=uuid4(), case_id=case_id) for case_id in (None, uuid4())]
    assert [rate(ratings, one, "yes") for one in (sent, *gone)] == [False] * 3
    assert (ratings.of_case(sent.case_id), lines(engine)) == ((), [])


def test_figures_and_files_hold_it(engine, ratings, sent):
    rate(ratings, sent, "no", now=NOW + DAY)
    rate(ratings, sent, "yes", now=NOW + 2 * DAY)
    store = FigureStore(engine)

    def csat(span):
        return figures(store.rows(span, now=NOW + 9 * DAY), now=NOW + 9 * DAY).csat

    assert csat(Span(NOW, NOW + 9 * DAY)) == Ratio(1, 1)
    assert csat(Span(NOW, NOW + 2 * DAY)) == Ratio(0, 0)  # it counts where the last answer came in
    exports = ExportStore(engine, Vault(KEY))
    export = exports.register(Span(NOW - DAY, NOW + DAY), Which.ALL, by="lead", now=NOW)
    assert [case.rating for case in exports.cases(export.id)] == [Rating.YES]


def test_a_desk_of_before_gets_the_new_tables_and_keeps_its_cases(bare_engine):
    with writing(bare_engine) as session:
        command.upgrade(_config(session.connection()), "0002")
    queue = SqlCallbackQueue(bare_engine, Vault(KEY))
    case_id = queue.submit(request_of(), now=NOW).case_id
    assert differences(bare_engine) != []
    migrate(bare_engine)
    assert differences(bare_engine) == []
    assert queue.case(case_id).topic == "refund"
    with writing(bare_engine) as session:
        assert session.scalar(text("SELECT version_num FROM alembic_version")) >= "0003"
