"""What is kept of news and ratings: in order, through garbage, another enrolment and a power cut; refused is not asked again."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import httpx
import pytest

from intents.news import CallNews, Rating
from server.client import DeskClient
from server.errors import DeskUnavailable
from voice import desk_news
from voice.desk_news import NewsBook

NOON = datetime(2026, 11, 24, 3, tzinfo=UTC)
NONE_OF_A_DESK = [
    b"",
    b"<html>",
    b"[]",
    b"{}",
    b'{"ids": 7, "next": 1}',
    b'{"ids": ["x"], "next": 1}',
    b'{"ids": [], "next": -1}',
    b'{"ids": [], "next": 99999999999999999999999}',
    b'{"ids": [], "next": null}',
]


def waiting(path):
    """How many ratings have not come to the desk, and were not refused there."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT count(*) FROM ratings WHERE state = 'waiting'").fetchone()[0]


class Desk:
    """Tells that these requests changed; answers `broken` of some of them, and `rating` to ratings."""

    def __init__(self, *ids):
        self.ids, self.places, self.broken, self.rating = list(ids), [], {}, 204
        self.rated, self.changes = [], {}

    def __call__(self, request):
        path = request.url.path
        if path.endswith("/news"):
            self.places.append(int(request.url.params["after"]))
            return httpx.Response(200, json={"ids": [str(one) for one in self.ids], "next": 7})
        one = path.split("/")[2]
        if path.endswith("/rating"):
            self.rated.append((one, request.read()))
            problems = [] if self.rating in (204, 503) else [{"field": "id", "message": "not closed"}]
            return httpx.Response(self.rating, json={"problems": problems})
        if one in self.broken:
            return broken(self.broken[one])
        return httpx.Response(200, json=status(one, **self.changes))


def broken(answer):
    """An answer of (status, headers, content, text, json), as far as given; or what is raised instead."""
    if isinstance(answer, Exception):
        raise answer
    return httpx.Response(answer[0], **dict(zip(("headers", "content", "text", "json"), answer[1:], strict=False)))


def status(one, **changes):
    return {"id": str(one), "state": "waiting", "promise": None, "attempts": {"count": 0}} | changes


@pytest.fixture
def path(tmp_path):
    return tmp_path / "outbox.db"


def client(desk):
    return DeskClient("http://desk.test", "t", transport=httpx.MockTransport(desk))


def ids(book):
    return [change.id for change in book.changes()]


def test_news_comes_in_its_order(path):
    first, second = sorted((uuid4(), uuid4()), reverse=True)
    book, desk = NewsBook(path), Desk(first)
    with client(desk) as asked:
        assert book.look(asked)
        desk.ids = [second]
        book.look(asked)
        assert ids(book) == [first, second]
        desk.ids = [first]
        book.look(asked)
        assert ids(book) == [second, first]


def test_what_was_not_learned_is_asked_for_again_even_after_a_power_cut(path):
    good, bad = uuid4(), uuid4()
    desk = Desk(bad, good)
    desk.broken[str(bad)] = (503,)
    with client(desk) as asked:
        for _ in range(2):
            with pytest.raises(DeskUnavailable):
                NewsBook(path).look(asked)
            desk.ids = []
        assert ids(NewsBook(path)) == [good]  # one that makes trouble does not stand in the way of the others
        desk.broken.clear()
        NewsBook(path).look(asked)
    assert set(ids(NewsBook(path))) == {good, bad}


def test_what_is_not_learned_while_the_desk_is_away_is_never_given_up(path):
    one = uuid4()
    book, desk = NewsBook(path), Desk(one)
    away = [httpx.ConnectError("no"), httpx.ReadTimeout("slow")]
    answers = [*away, *((status, None, None, None) for status in (500, 503, 429, 404, 401))]  # of a proxy, in part
    with client(desk) as asked:
        for round_ in range(30):
            desk.broken[str(one)] = answers[round_ % len(answers)]
            with pytest.raises(DeskUnavailable):
                book.look(asked)
            desk.ids = []
        desk.broken.clear()
        book.look(asked)
    assert ids(book) == [one]


@pytest.mark.parametrize(
    "answer",
    [(404, None, None, None, {"problems": [{"field": "request", "message": "is not known"}]}), (200, None, b"{}")],
)
def test_what_can_never_be_learned_is_given_up(path, answer):
    bad = uuid4()
    book, desk = NewsBook(path), Desk(bad)
    desk.broken[str(bad)] = answer
    with client(desk) as asked:
        with pytest.raises(DeskUnavailable):
            book.look(asked)
        desk.ids = []
        for _ in range(9):
            with pytest.raises(DeskUnavailable):
                book.look(asked)
        assert not book.look(asked)


def test_of_a_case_somebody_has_in_hand_is_asked_again(path):
    """An agent who just leaves gives it back without a word: what they promised before would never be told."""
    one = uuid4()
    held, clock = Desk(one), SimpleNamespace(now=0.0)
    held.changes["state"] = "being_called"
    book = NewsBook(path, monotonic=lambda: clock.now)
    with client(held) as asked:
        book.look(asked)
        held.ids = []
        held.changes.clear()
        book.look(asked)
        assert [change.after.state for change in book.changes()] == ["being_called"]
        clock.now += desk_news.HELD_EVERY_S
        book.look(asked)
        assert [change.after.state for change in book.changes()] == ["waiting"]


@pytest.mark.parametrize("answer", NONE_OF_A_DESK)
def test_garbage_instead_of_news_changes_nothing(path, answer):
    book = NewsBook(path)
    with client(lambda _: httpx.Response(200, content=answer)) as asked, pytest.raises(DeskUnavailable):
        book.look(asked)
    desk = Desk()
    with client(desk) as asked:
        book.look(asked)
    assert desk.places == [0]


@pytest.mark.parametrize(
    "changes",
    [{"agent": {"a": 1}}, {"agent": "x" * 500}, {"agent": "a\nb"}, {"close_reason": ["x"]}, {"promise": 7}],
)
def test_garbage_in_what_became_is_left_out(path, changes):
    one = uuid4()
    book, desk = NewsBook(path), Desk(one)
    desk.broken[str(one)] = (200,)
    transport = httpx.MockTransport(
        lambda request: (
            desk(request) if "news" in request.url.path else httpx.Response(200, json=status(one, **changes))
        )
    )
    with DeskClient("http://desk.test", "t", transport=transport) as asked:
        book.look(asked)
    assert book.changes()[0].after == CallNews(state="waiting")


def test_an_answer_about_another_request_is_not_believed(path):
    book, one = NewsBook(path), uuid4()
    desk = Desk(one)
    transport = httpx.MockTransport(
        lambda request: desk(request) if "news" in request.url.path else httpx.Response(200, json=status(uuid4()))
    )
    with DeskClient("http://desk.test", "t", transport=transport) as asked, pytest.raises(DeskUnavailable):
        book.look(asked)
    assert book.changes() == ()


def test_another_enrolment_begins_anew(path):
    book, desk = NewsBook(path), Desk()
    with client(desk) as asked:
        for enrolment in ("one", "one", "another", "another"):
            book.look(asked, desk=enrolment)
    assert desk.places == [0, 7, 0, 7]


def test_what_the_customer_did_is_no_news(path):
    one = uuid4()
    book = NewsBook(path)
    with client(Desk(one)) as asked:
        book.look(asked)
    book.note_done(one, CallNews(state="closed", close_reason="withdrawn"))
    assert book.changes() == ()


def test_a_file_of_an_earlier_version_is_taken_on(path):
    one = uuid4()
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE news (id TEXT PRIMARY KEY, latest TEXT, told TEXT);"
        "CREATE TABLE ratings (id TEXT PRIMARY KEY, rating TEXT NOT NULL, at TEXT NOT NULL);"
        "CREATE TABLE news_place (one INTEGER PRIMARY KEY CHECK (one = 1), next INTEGER NOT NULL);"
        "INSERT INTO news_place VALUES (1, 5);"
    )
    connection.execute("INSERT INTO news VALUES (?, ?, NULL)", (str(one), '["tried", null, "佐藤", 1, null]'))
    connection.execute("INSERT INTO ratings VALUES (?, 'no', ?)", (str(one), NOON.isoformat()))
    connection.commit()
    connection.close()
    book, desk = NewsBook(path), Desk()
    assert book.changes()[0].after == CallNews(state="tried", agent="佐藤", calls=1)
    with client(desk) as asked:
        book.send_ratings(asked, now=NOON, jitter=lambda: 0.0)
    assert [one for one, _ in desk.rated] == [str(one)]


def test_a_rating_is_brought_to_the_desk_once(path):
    one = uuid4()
    book, desk = NewsBook(path), Desk()
    book.rate(one, Rating.NO, NOON)
    with client(desk) as asked:
        for _ in range(2):
            book.send_ratings(asked, now=NOON, jitter=lambda: 0.0)
        assert len(desk.rated) == 1
        assert b'"no"' in desk.rated[0][1]
        book.rate(one, Rating.YES, NOON + timedelta(minutes=1))  # the customer thinks otherwise
        book.send_ratings(asked, now=NOON, jitter=lambda: 0.0)
    assert len(desk.rated) == 2
    assert waiting(path) == 0
    assert book.ratings() == {one: Rating.YES}


def test_a_rating_waits_for_a_desk_that_is_away_ever_longer(path):
    book, desk = NewsBook(path), Desk()
    desk.rating = 503
    book.rate(uuid4(), Rating.YES, NOON)
    with client(desk) as asked:
        for second in range(60):
            book.send_ratings(asked, now=NOON + timedelta(seconds=second), jitter=lambda: 0.0)
        assert len(desk.rated) == 4  # at 0, 5, 15 and 35 seconds
        assert waiting(path) == 1
        desk.rating = 204
        book.send_ratings(asked, now=NOON + timedelta(hours=1), jitter=lambda: 0.0)
    assert waiting(path) == 0


@pytest.mark.parametrize("status", [404, 409, 422])
def test_a_rating_that_is_refused_is_not_sent_again(path, status):
    book, desk = NewsBook(path), Desk()
    desk.rating = status
    book.rate(uuid4(), Rating.YES, NOON)
    with client(desk) as asked:
        for hour in range(3):
            book.send_ratings(asked, now=NOON + timedelta(hours=hour), jitter=lambda: 0.0)
    assert len(desk.rated) == 1
    assert waiting(path) == 0


def test_a_rating_no_desk_ever_takes_is_given_up(path, monkeypatch):
    monkeypatch.setattr(desk_news, "MOST_SENDINGS", 3)
    book, desk = NewsBook(path), Desk()
    desk.rating = 503
    book.rate(uuid4(), Rating.YES, NOON)
    with client(desk) as asked:
        for hour in range(5):
            book.send_ratings(asked, now=NOON + timedelta(hours=hour), jitter=lambda: 0.0)
    assert (len(desk.rated), waiting(path)) == (3, 0)


def test_a_clock_that_was_set_back_holds_no_rating_up(path):
    book, desk = NewsBook(path), Desk()
    desk.rating = 503
    book.rate(uuid4(), Rating.YES, NOON)
    with client(desk) as asked:
        book.send_ratings(asked, now=NOON, jitter=lambda: 0.0)
        desk.rating = 204
        book.send_ratings(asked, now=NOON - timedelta(days=900), jitter=lambda: 0.0)
    assert waiting(path) == 0
