"""Several deeds in one transaction: each is kept wholly or not at all, whatever becomes of its neighbours."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import insert, select

from server.errors import StoreUnavailable
from server.store.engine import open_engine, reading
from server.store.migrating import migrate
from server.store.models import SkillRow
from server.store.together import TogetherWriter


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'desk.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


def names(engine):
    with reading(engine) as session:
        return set(session.scalars(select(SkillRow.name)))


def keep(name, seen=None):
    def deed(session):
        session.execute(insert(SkillRow).values(name=name))
        if seen is not None:
            seen.append(id(session))
        return name

    return deed


def behind_a_slow_one(writer, deeds):
    """Run the deeds while another one is at it, so that they wait together; what each returned or raised."""
    begun, may_end = Event(), Event()

    def slow(session):
        begun.set()
        assert may_end.wait(30)
        return "slow"

    def tried(deed):
        try:
            return writer.run(deed)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(deeds) + 1) as pool:
        first = pool.submit(writer.run, slow)
        assert begun.wait(30)
        others = [pool.submit(tried, deed) for deed in deeds]
        while len(writer._queue) < len(deeds):
            pass
        may_end.set()
        assert first.result() == "slow"
        return [other.result() for other in others]


def test_who_waits_is_taken_along_in_one_transaction(engine):
    seen = []
    wanted = [f"skill-{n}" for n in range(6)]
    assert behind_a_slow_one(TogetherWriter(engine), [keep(name, seen) for name in wanted]) == wanted
    assert len(seen) == 6
    assert len(set(seen)) == 1
    assert names(engine) == set(wanted)


def test_one_that_fails_fails_alone(engine):
    def failing(session):
        session.execute(insert(SkillRow).values(name="half"))
        raise ValueError("no")

    found = behind_a_slow_one(TogetherWriter(engine), [keep("a"), failing, keep("b")])
    assert [found[0], found[2]] == ["a", "b"]
    assert isinstance(found[1], ValueError)
    assert names(engine) == {"a", "b"}


def test_a_database_that_is_away_is_told_to_all(engine):
    tries = []

    def away(session):
        tries.append(1)
        raise StoreUnavailable("away")

    found = behind_a_slow_one(TogetherWriter(engine), [away, keep("b")])
    assert [type(one) for one in found] == [StoreUnavailable, StoreUnavailable]
    assert len(tries) == 1
    assert names(engine) == set()
