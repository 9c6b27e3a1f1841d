"""The base of the customers' page: what the desk released for it, from a real desk's database."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import text

from kb.bundle import opened
from kb.errors import ArticleUnknown, KnowledgeBaseError
from kb.fakes import MemoryKnowledgeBase
from server.app import open_office
from server.store.bundles import Kept, Publication
from server.store.engine import writing
from tests.bundle_samples import HOURS, NOW, RETURNS, SMOKE, bundle_of
from tests.callback_samples import SetClock
from voice.released_base import EVERY_S, ReleasedBase

OWN = replace(HOURS, answer="この端末では、18時までです。")
FIRST = replace(HOURS, answer="19時までです。")
SECOND = replace(HOURS, answer="20時までです。")


@pytest.fixture
def office(tmp_path):
    office = open_office(tmp_path / "desk", clock=SetClock())
    yield office
    office.close()


@pytest.fixture
def own():
    return MemoryKnowledgeBase([OWN])


@pytest.fixture
def base(office, own):
    """It asks the desk each time."""
    clock = count(step=EVERY_S)
    return ReleasedBase(
        lambda: office.bundles, "browser", lambda: own, folder=office.folder, monotonic=lambda: next(clock)
    )


def kept(*articles, at=NOW):
    data = bundle_of(*articles, at=at)
    bundle = opened(data)
    return Kept(data=data, version=bundle.version, content=bundle.content, articles=len(bundle.articles))


@pytest.fixture
def put_out(office):
    """A function that releases articles; the version."""

    def put(*articles, audience=None, before=None):
        publication = Publication(bundle=kept(*articles), audience=audience, before=before)
        return office.bundles.put_out(publication, by="lead", now=NOW)[0].version

    return put


def answer(base):
    return base.article("hours").answer


def test_the_machines_own_base_answers_while_nothing_was_released(base, own):
    assert (answer(base), base.revision(), base.path, base.data()) == (OWN.answer, own.revision(), own.path, None)
    own.put(replace(OWN, answer="17時までです。"))
    assert (answer(base), base.revision()) == ("17時までです。", 1)


def test_what_is_released_for_all_is_told_and_every_change_is_noticed(base, own, put_out, office):
    first = put_out(FIRST, RETURNS)
    seen = [own.revision(), base.revision()]
    assert [one.id for one in base.articles()] == ["hours", "returns"]
    assert answer(base) == FIRST.answer
    put_out(SECOND)
    seen.append(base.revision())
    assert answer(base) == SECOND.answer
    with pytest.raises(ArticleUnknown):
        base.article("returns")
    office.bundles.roll_back(first, by="lead", now=NOW)
    seen.append(base.revision())
    assert answer(base) == FIRST.answer
    assert seen == sorted(set(seen))
    own.put(replace(OWN, answer="17時までです。"))
    assert base.revision() == seen[-1]


def test_a_trial_is_told_only_where_it_names_the_page(base, put_out, office):
    put_out(FIRST)
    before = base.revision()
    trial = put_out(SECOND, audience=["box-1"])
    assert (answer(base), base.revision()) == (FIRST.answer, before)
    office.bundles.widen(trial, by="lead", now=NOW)
    assert answer(base) == SECOND.answer


def test_a_trial_at_the_page_is_taken_back(base, put_out, office):
    first = put_out(FIRST)
    put_out(SECOND, audience=["browser"])
    during = base.revision()
    assert answer(base) == SECOND.answer
    office.bundles.roll_back(first, by="lead", now=NOW, audience=["browser"])
    assert answer(base) == FIRST.answer
    assert base.revision() > during


def test_before_the_first_release_for_all_it_is_what_the_desk_began_with(base, put_out):
    put_out(SECOND, audience=["box-1"], before=kept(FIRST, at=NOW - timedelta(days=1)))
    assert answer(base) == FIRST.answer


def test_a_trial_elsewhere_with_nothing_kept_concerns_nobody_here(base, put_out):
    put_out(SECOND, audience=["box-1"])
    assert answer(base) == OWN.answer


@pytest.mark.parametrize("damage", ["UPDATE bundles SET data = substr(data, 1, 100)", "other"])
def test_a_damaged_bundle_is_passed_over_for_the_one_before(base, put_out, office, damage, caplog):
    put_out(FIRST)
    version = put_out(SECOND)
    with writing(office.engine) as session:
        if damage == "other":  # whole, and not what was released
            values = {"data": bundle_of(replace(HOURS, answer="嘘です。"), at=NOW), "version": version}
            session.execute(text("UPDATE bundles SET data = :data WHERE version = :version"), values)
        else:
            session.execute(text(f"{damage} WHERE version = :version"), {"version": version})
    assert answer(base) == FIRST.answer
    assert version in caplog.text


def test_a_database_that_is_away_is_told_as_a_base_that_cannot_be_read(base, put_out, office):
    put_out(FIRST, SMOKE)
    with writing(office.engine) as session:
        session.execute(text("ALTER TABLE releases RENAME TO gone"))
    with pytest.raises(KnowledgeBaseError):
        base.revision()


def test_what_is_made_ready_beside_the_talks_is_that_bundle(base, put_out):
    put_out(FIRST)
    assert opened(base.data()).articles[0].answer == FIRST.answer


def test_the_desk_is_not_asked_for_every_piece_of_sound(office, own, put_out):
    seconds, asked = [0.0], []

    def bundles():
        asked.append(1)
        return office.bundles

    base = ReleasedBase(bundles, "browser", lambda: own, folder=office.folder, monotonic=lambda: seconds[0])
    put_out(FIRST)
    assert len({base.revision() for _ in range(10)}) == len(asked) == 1
    before = base.revision()
    put_out(SECOND)
    assert base.revision() == before
    seconds[0] += EVERY_S
    assert base.revision() > before
    assert len(asked) == 2
