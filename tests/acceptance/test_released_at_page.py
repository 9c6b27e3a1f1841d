"""The customers' page /talk answers with what the desk released: a question is typed while releases come and go."""

import json
from dataclasses import replace
from time import monotonic

import pytest
from websockets.sync.client import connect

from kb.bundle import opened
from kb.store import SqliteKnowledgeBase
from server.app import create_app, open_office
from tests.acceptance.desk_pages import answering
from tests.bundle_samples import HOURS, NOW, RETURNS, bundle_of
from voice.gateway_composed import voice_gateway

pytestmark = pytest.mark.acceptance
QUESTION = HOURS.variants[0]
OWN, FIRST, SECOND = (f"{hour}時までです。" for hour in (18, 19, 20))
MOST_S = 300.0  # of a loaded machine: a process beside the talk loads the model and makes the new base ready


@pytest.fixture
def office(tmp_path):
    office = open_office(tmp_path / "desk")
    yield office
    office.close()


@pytest.fixture
def own(settings, tmp_path):
    """Settings of a machine with a base of its own; nothing is compiled for its model."""
    SqliteKnowledgeBase(tmp_path / "kb.db", create=True).store([replace(HOURS, answer=OWN), RETURNS])
    changes = {"kb": tmp_path / "kb.db", "cache_dir": tmp_path / "cache", "compiled_phrases": False}
    return settings.model_copy(update=changes)


@pytest.fixture
def ask(own, office):
    """A function that types the question and returns what is told."""
    with (
        answering(create_app(office, voice_gateway(own, office))) as address,
        connect(address.replace("http", "ws") + "/talk/socket", proxy=None) as socket,
    ):

        def told():
            messages = (json.loads(message) for message in socket if isinstance(message, str))
            return "".join(next(message for message in messages if message["type"] == "told")["texts"])

        def asked():
            socket.send(json.dumps({"type": "line", "text": QUESTION}))
            return told()

        socket.send(json.dumps({"type": "hello", "version": 1}))
        told()
        yield asked
        socket.send(json.dumps({"type": "bye"}))


@pytest.fixture
def put_out(office):
    """A function that releases an answer; the version."""

    def put(answer, audience=None):
        data = bundle_of(replace(HOURS, answer=answer), RETURNS, at=NOW)
        bundle = opened(data)
        about = {"version": bundle.version, "content": bundle.content, "articles": len(bundle.articles)}
        return office.bundles.publish(data, **about, by="lead", now=NOW, audience=audience)[0].version

    return put


def answers_until(ask, wanted):
    """Ask until it is told; what was told before."""
    before, ends = [], monotonic() + MOST_S
    while wanted not in (said := ask()):
        before.append(said)
        assert monotonic() < ends, said
    return before


def test_it_follows_what_is_released(ask, put_out, office, own):
    assert OWN in ask()

    put_out(FIRST)
    assert all(OWN in said for said in answers_until(ask, FIRST))  # nobody waits, nobody hears something else

    trial = put_out(SECOND, audience=["box-1"])
    SqliteKnowledgeBase(own.kb).store([replace(HOURS, answer=OWN, tip="予約もできます。"), RETURNS])
    assert FIRST in ask()
    office.bundles.widen(trial, by="lead", now=NOW)
    assert all(FIRST in said for said in answers_until(ask, SECOND))
