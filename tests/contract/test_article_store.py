"""Articles, questions and gate runs on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from server.errors import ValueRefused
from server.knowledge.asking import KeptQuestion
from server.knowledge.errors import ArticleMissing
from server.knowledge.gate import Compared, Group, Outcome, Question, result_of
from server.knowledge.runs import SILENT, RunState
from server.knowledge.versions import TAKEN_IN, Conflict, Draft, Refusal, State
from server.store.articles import ArticleStore
from server.store.bundles import BundleStore, Kept, Publication
from server.store.devices import DeviceStore
from server.store.gates import GateStore
from server.store.journal import Journal
from server.store.kept_questions import QuestionStore
from server.store.vault import Vault
from tests.bundle_samples import KEY
from tests.callback_samples import NOW
from tests.contract.conftest import KEY as SECRET
from tests.knowledge_samples import CONTENTS, HOURS

LATER = HOURS | {"answer": "20時までです。"}
RIGHT = result_of(
    [Compared(question=Question(text="x", wanted="y", group=Group.TYPED), before=Outcome.RIGHT, after=Outcome.WRONG)]
)


@pytest.fixture
def articles(engine):
    store = ArticleStore(engine)
    assert store.begin_with(CONTENTS, by="system", now=NOW) == 3
    return store


def draft(content=LATER, based_on=1, **changes):
    values = {"id": uuid4(), "article_id": content["id"], "content": content, "based_on": based_on, "why": "x"}
    return Draft(**values | changes)


def test_the_desk_begins_once(articles):
    assert articles.begin_with(CONTENTS[:1], by="system", now=NOW) == 0
    assert [one.article_id for one in articles.heads()] == ["hours", "returns", "smoke"]
    assert articles.approved() == articles.imported()
    assert {one.state for one in articles.heads()} == {State.APPROVED}
    assert not articles.is_empty()


def test_an_empty_base_begins_nothing(engine):
    store = ArticleStore(engine)
    assert store.begin_with((), by="system", now=NOW) == 0
    assert store.is_empty()


def test_what_came_from_the_machine_last_is_told_from_what_was_written_here(articles):
    assert articles.brought() == {one["id"]: one for one in CONTENTS}
    articles.save(draft(), by="sato", now=NOW)
    assert articles.brought()["hours"] == HOURS
    later = HOURS | {"answer": "21時までです。"}
    articles.save(draft(later, based_on=2, origin=TAKEN_IN), by="lead", now=NOW)
    assert articles.brought()["hours"] == later
    assert articles.imported().get("hours") == HOURS


def test_versions_are_kept_and_found(articles):
    saved = articles.save(draft(), by="sato", now=NOW)
    assert articles.head("hours") == saved
    assert articles.version("hours", 2) == saved
    assert [one.number for one in articles.versions("hours")] == [2, 1]
    assert articles.head("nothing") is None
    with pytest.raises(ArticleMissing):
        articles.version("hours", 3)
    assert articles.approved().get("hours") == HOURS


def test_who_saves_over_an_older_version_is_told_and_nothing_changes(articles):
    first = articles.save(draft(), by="sato", now=NOW)
    assert articles.save(draft(), by="suzuki", now=NOW) == Conflict(theirs=first)
    assert len(articles.versions("hours")) == 2
    assert isinstance(articles.save(draft(based_on=0), by="suzuki", now=NOW), Conflict)


def test_of_many_editors_at_once_one_saves(articles):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: articles.save(draft(), by="sato", now=NOW), range(8)))
    assert sum(isinstance(one, Conflict) for one in found) == 7
    assert len(articles.versions("hours")) == 2


def test_the_same_draft_at_once_is_one_version(articles):
    same = draft()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: articles.save(same, by="sato", now=NOW), range(8)))
    assert {one.number for one in found} == {2}


def test_review_by_another_person(articles, engine):
    articles.save(draft(), by="sato", now=NOW)
    assert articles.approve("hours", 2, by="suzuki", now=NOW) is Refusal.STATE
    assert articles.ask_for_review("hours", 2, by="sato", now=NOW) is None
    assert articles.ask_for_review("hours", 2, by="suzuki", now=NOW) is None  # asked already, by sato
    assert articles.approve("hours", 2, by="sato", now=NOW) is Refusal.ONESELF
    assert articles.approve("hours", 2, by="sato", now=NOW, alone=True) is Refusal.REASON
    assert articles.approve("hours", 2, by="suzuki", now=NOW, note="よい") is None
    head = articles.head("hours")
    assert (head.state, head.decided_by, head.note, head.alone) == (State.APPROVED, "suzuki", "よい", False)
    assert articles.approved().get("hours") == LATER
    assert articles.send_back("hours", 2, by="suzuki", now=NOW, note="") is Refusal.STATE
    actions = [line.action for line in Journal(engine).latest()]
    assert actions == ["article_approved", "article_review_asked", "article_saved", "articles_imported"]


def test_who_asks_for_the_review_does_not_give_it(articles):
    articles.save(draft(), by="sato", now=NOW)
    articles.ask_for_review("hours", 2, by="suzuki", now=NOW)
    assert articles.approve("hours", 2, by="suzuki", now=NOW) is Refusal.ONESELF
    assert articles.approve("hours", 2, by="lead", now=NOW) is None


def test_alone_with_a_reason_is_recorded(articles, engine):
    articles.save(draft(), by="sato", now=NOW)
    articles.ask_for_review("hours", 2, by="sato", now=NOW)
    assert articles.approve("hours", 2, by="sato", now=NOW, alone=True, note="一人") is None
    assert articles.head("hours").alone
    line = Journal(engine).latest(limit=1)[0]
    assert (line.action, line.detail["because"]) == ("article_approved_alone", "一人")


def test_only_what_is_latest_is_decided(articles):
    articles.save(draft(), by="sato", now=NOW)
    articles.ask_for_review("hours", 2, by="sato", now=NOW)
    articles.save(draft(based_on=2), by="sato", now=NOW)
    assert articles.approve("hours", 2, by="suzuki", now=NOW) is Refusal.CHANGED
    assert articles.send_back("hours", 2, by="suzuki", now=NOW, note="") is Refusal.CHANGED
    with pytest.raises(ArticleMissing):
        articles.approve("hours", 9, by="suzuki", now=NOW)


def test_taken_back_it_is_released_no_more(articles):
    articles.save(draft(removed=True), by="sato", now=NOW)
    articles.ask_for_review("hours", 2, by="sato", now=NOW)
    articles.approve("hours", 2, by="suzuki", now=NOW)
    assert [one["id"] for one in articles.approved().contents] == ["returns", "smoke"]
    assert articles.imported().get("hours") == HOURS


def test_what_no_database_keeps_is_refused(articles):
    bad = draft(HOURS | {"answer": "a\0b"})
    try:
        articles.save(bad, by="sato", now=NOW)
    except ValueRefused:
        assert len(articles.versions("hours")) == 1


@pytest.fixture
def gates(engine):
    return GateStore(engine)


def test_one_run_at_a_time(gates):
    first, is_new = gates.begin(uuid4(), "new", "old", by="lead", now=NOW)
    assert is_new
    assert gates.begin(uuid4(), "new", "old", by="lead", now=NOW) == (first, False)
    assert gates.beat(first.id, done=3, total=9, now=NOW + timedelta(seconds=5))
    assert (gates.latest().done, gates.latest().total) == (3, 9)
    gates.end(first.id, RIGHT, now=NOW)
    assert not gates.beat(first.id, done=4, total=9, now=NOW)
    assert gates.get(first.id).result == RIGHT
    again, is_new = gates.begin(uuid4(), "new", "old", by="lead", now=NOW)
    assert is_new
    assert gates.begin(first.id, "new", "old", by="lead", now=NOW)[0].id == first.id  # a form sent twice
    assert gates.about("new", "old").id == first.id
    assert gates.about("new", "other") is None
    assert again.is_running(NOW)


def test_runs_at_once_are_one(gates):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: gates.begin(uuid4(), "new", "old", by="lead", now=NOW), range(8)))
    assert sum(is_new for _, is_new in found) == 1


def test_a_run_whose_program_is_gone_is_seen_to_be(gates):
    run, _ = gates.begin(uuid4(), "new", "old", by="lead", now=NOW)
    later = NOW + SILENT + timedelta(seconds=1)
    assert not gates.latest().is_running(later)
    assert gates.interrupt_lost(NOW) == 0
    assert gates.interrupt_lost(later) == 1
    assert gates.get(run.id).state is RunState.INTERRUPTED
    gates.end(run.id, RIGHT, now=later)  # the program was only slow: what is marked stays
    assert gates.get(run.id).state is RunState.INTERRUPTED
    gates.begin(uuid4(), "new", "old", by="lead", now=later)
    assert gates.interrupt_lost(later, everything=True) == 1


def test_a_run_that_failed_says_why(gates):
    run, _ = gates.begin(uuid4(), "new", "old", by="lead", now=NOW)
    gates.fail(run.id, "no model", now=NOW)
    assert (gates.latest().state, gates.latest().failure) == (RunState.FAILED, "no model")
    assert gates.about("new", "old") is None


def test_questions_are_kept_once(engine):
    store = QuestionStore(engine)
    kept = [
        KeptQuestion(text="いつ閉まる?", article_id="hours"),
        KeptQuestion(text="いつ、閉まる", article_id="returns"),
    ]
    assert store.keep(kept[:1], source="p-1", by="sato", now=NOW) == 1
    assert store.keep(kept, source="p-1", by="sato", now=NOW) == 0
    assert store.keep([KeptQuestion(text="?!", article_id="hours")], source="staff", by="sato", now=NOW) == 0
    assert store.everything() == (kept[0],)
    ((question, text),) = store.of_article("hours")
    assert text == "いつ閉まる?"
    assert store.drop(question, by="sato", now=NOW)
    assert not store.drop(question, by="sato", now=NOW)


@pytest.fixture
def bundles(engine):
    return BundleStore(engine, KEY)


def kept(name):
    return Kept(data=name.encode(), version=name, content=f"content of {name}", articles=1)


def put_out(bundles, name, audience=None, **more):
    return bundles.put_out(Publication(bundle=kept(name), audience=audience, **more), by="lead", now=NOW)[0]


def test_chosen_devices_get_theirs_and_the_others_what_all_have(bundles):
    put_out(bundles, "v1")
    second = put_out(bundles, "v2", ["box-a"])
    assert bundles.meant_for("box-a") == second
    assert bundles.meant_for("box-b") == bundles.current()
    assert bundles.current().version == "v1"
    KEY.public.verify(second.serial, b"v2", second.signature)
    wide = bundles.widen("v2", by="lead", now=NOW)
    assert bundles.meant_for("box-a") == bundles.meant_for("box-b") == wide
    assert wide.serial > second.serial
    assert bundles.widen("v2", by="lead", now=NOW) == wide


def test_a_device_that_goes_back_sees_its_serials_grow(bundles):
    serials = [put_out(bundles, "v1").serial, put_out(bundles, "v2", ["box-a"]).serial]
    serials.append(bundles.roll_back("v1", by="lead", now=NOW - timedelta(days=9), audience=["box-a"]).serial)
    serials.append(put_out(bundles, "v3").serial)
    assert serials == sorted(set(serials))
    assert bundles.meant_for("box-a").version == "v3"


def test_what_was_before_the_first_release_is_kept_to_go_back_to(bundles):
    put_out(bundles, "v2", ["box-a"], before=kept("v1"))
    assert bundles.current() is None
    assert bundles.meant_for("box-b") is None
    assert bundles.roll_back("v1", by="lead", now=NOW, audience=["box-a"]).version == "v1"
    put_out(bundles, "v3", before=kept("v0"))
    assert {one.version for one in bundles.releases()} == {"v1", "v2", "v3"}


def test_the_same_for_the_same_devices_is_no_new_release(bundles):
    first = put_out(bundles, "v2", ["box-a", "box-b"])
    assert put_out(bundles, "v2", ["box-a"]) == first
    assert put_out(bundles, "v2", ["box-a", "box-c"]) != first
    assert put_out(bundles, "v2").audience is None


def test_what_a_few_devices_use_is_not_forgotten(bundles):
    put_out(bundles, "old", ["box-a"])
    for number in range(40):
        put_out(bundles, f"v{number}")
    assert bundles.meant_for("box-a").version == "v39"  # for all is for it too
    put_out(bundles, "own", ["box-a"])
    for number in range(40):
        put_out(bundles, f"w{number}", ["box-b"])
    assert bundles.meant_for("box-a").version == "own"
    assert bundles.data("own") == b"own"
    assert bundles.data("v39") == b"v39"


def test_an_override_is_in_the_journal_with_its_release_or_neither(bundles, engine):
    put_out(bundles, "v1", because="理由")
    assert [line.action for line in Journal(engine).latest()] == ["gate_overridden", "knowledge_published"]
    clash = replace(kept("v1"), data=b"else", content="else")
    with pytest.raises(Exception, match="another bundle"):
        bundles.put_out(Publication(bundle=clash, before=kept("v0"), because="x"), by="lead", now=NOW)
    assert len(Journal(engine).latest()) == 2
    assert len(bundles.releases()) == 1


def test_what_devices_have_taken_is_remembered(bundles, engine):
    devices = DeviceStore(engine, Vault(SECRET))
    devices.enrol(devices.make_code("box-1", "x", by="lead", now=NOW), now=NOW)
    bundles.note_taken("box-1", 5, now=NOW)
    bundles.note_taken("box-1", 7, now=NOW)
    bundles.note_taken("box-1", 7, now=NOW)
    assert bundles.taken() == {"box-1": 7}
