"""Bringing articles to devices: the gate, chosen devices first, then all, and back."""

import re
from base64 import b64decode
from threading import Event
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from server.app import create_app
from server.bundle_signature import BundleKey
from server.knowledge.errors import WorkshopFailed
from server.knowledge.fakes import SharedSigns
from server.knowledge.runs import RunState
from tests.knowledge_samples import HOURS, RETURNS, SMOKE, approved, furnished_office

LATER = HOURS | {"answer": "20時までです。"}
WORSE = HOURS | {"variants": [*HOURS["variants"], *RETURNS["variants"], *SMOKE["variants"]]}


@pytest.fixture
def office(tmp_path, clock, furnished):
    office = furnished_office(furnished, tmp_path, clock)
    yield office
    office.close()


@pytest.fixture
def app(office):
    return create_app(office)


@pytest.fixture
def lead(log_in):
    return log_in("lead")


@pytest.fixture
def devices(app, office, clock):
    """Two devices by name, as they ask the desk."""

    def enrolled(device_id):
        code = office.devices.make_code(device_id, device_id, by="lead", now=clock())
        _, token = office.devices.enrol(code, now=clock())
        return TestClient(app, headers={"Authorization": f"Bearer {token}"})

    return {"box-a": enrolled("box-a"), "box-b": enrolled("box-b")}


def weigh(lead, app):
    lead.post("/publish/gate", data={"id": str(uuid4())})
    app.state.gate.wait()


def content_of(lead):
    return re.search(r'name="content" value="(\w+)"', lead.get("/publish").text)[1]


def put_out(lead, to="all", **more):
    return lead.post("/publish", data={"content": content_of(lead), "to": to} | more).headers["location"]


def told(office, device):
    answer = device.get("/knowledge")
    if answer.status_code == 404:
        return None
    key, signature = BundleKey.of(office.bundles.key), b64decode(answer.headers["Koemado-Signature"])
    key.verify(int(answer.headers["Koemado-Serial"]), answer.content, signature)
    return office.editing.workshop.bundler.opened(answer.content).get("hours")["answer"]


def serial(device):
    return int(device.get("/knowledge").headers["Koemado-Serial"])


def test_what_would_change_is_shown(lead, office, clock):
    assert "すべての端末に公開されています" in lead.get("/publish").text
    approved(office, LATER, now=clock())
    page = lead.get("/publish").text
    assert "1件の回答が変わります" in page
    assert re.search(r"<del>19</del><ins>20</ins>", page)
    assert "すべての端末に公開する" not in page  # the gate first


def test_first_to_a_chosen_device_then_to_all_and_back(lead, app, office, clock, devices):
    approved(office, LATER, now=clock())
    weigh(lead, app)
    assert "合格" in lead.get("/publish").text
    assert put_out(lead, "chosen", devices="box-a") == "/publish"
    assert [told(office, one) for one in devices.values()] == ["20時までです。", None]
    first = serial(devices["box-a"])
    page = lead.get("/publish").text
    assert "先行公開中" in page
    version = office.editing.on_trial().version
    lead.post("/publish/widen", data={"version": version})
    assert [told(office, one) for one in devices.values()] == ["20時までです。"] * 2
    assert office.editing.on_trial() is None
    second = serial(devices["box-a"])
    lead.post("/publish/back", data={"version": office.editing.previous().version})
    assert [told(office, one) for one in devices.values()] == ["19時までです。"] * 2
    assert first < second < serial(devices["box-a"])


def test_those_who_try_go_back_alone(lead, app, office, clock, devices):
    approved(office, LATER, now=clock())
    weigh(lead, app)
    put_out(lead, "chosen", devices="box-a")
    before = serial(devices["box-a"])
    lead.post("/publish/take-back", data={"version": office.editing.on_trial().version})
    assert [told(office, one) for one in devices.values()] == ["19時までです。", None]
    assert serial(devices["box-a"]) > before
    assert office.editing.on_trial() is None
    assert lead.post("/publish/take-back", data={"version": "x"}).headers["location"].endswith("no_previous")


def test_what_got_worse_is_refused_unless_a_lead_says_why(lead, app, office, clock, devices):
    approved(office, WORSE, now=clock())
    weigh(lead, app)
    page = lead.get("/publish").text
    assert 'data-passes="no"' in page
    assert "安全" in page
    assert put_out(lead).endswith("refused=worse")
    assert put_out(lead, because="  ").endswith("refused=worse")
    assert told(office, devices["box-b"]) is None
    assert put_out(lead, because="明日までの案内のため") == "/publish"
    (line,) = office.journal.latest(action="gate_overridden")
    assert (line.actor, line.detail["because"]) == ("lead", "明日までの案内のため")
    assert told(office, devices["box-b"]) == "19時までです。"


def test_without_a_gate_over_exactly_this_nothing_goes_out(lead, app, office, clock):
    approved(office, LATER, now=clock())
    weigh(lead, app)
    seen = content_of(lead)
    approved(office, RETURNS | {"answer": "別の答え"}, now=clock())
    sent = {"content": seen, "to": "all"}
    assert lead.post("/publish", data=sent).headers["location"].endswith("refused=no_gate")
    unseen = office.editing.plan().built.content
    assert lead.post("/publish", data=sent | {"content": unseen}).headers["location"].endswith("refused=no_gate")
    assert office.bundles.releases() == ()


def test_nobody_chosen_is_nothing_published(lead, app, office, clock, devices):
    approved(office, LATER, now=clock())
    weigh(lead, app)
    assert put_out(lead, "chosen").endswith("refused=devices")
    assert put_out(lead, "chosen", devices="unknown").endswith("refused=devices")
    assert office.bundles.releases() == ()


def test_the_same_twice_is_one_release(lead, app, office, clock, devices):
    approved(office, LATER, now=clock())
    weigh(lead, app)
    sent = {"content": content_of(lead), "to": "all"}
    for _ in range(2):
        lead.post("/publish", data=sent)
    assert len([one for one in office.bundles.releases() if one.audience is None]) == 1


def test_which_device_uses_what_is_seen(lead, app, office, clock, devices):
    approved(office, LATER, now=clock())
    weigh(lead, app)
    put_out(lead, "chosen", devices="box-a")
    row = r'data-device="box-a".*?</tr>'
    assert "これから" in re.search(row, lead.get("/publish").text, re.S)[0]
    tag = devices["box-a"].get("/knowledge").headers["ETag"]
    devices["box-a"].get("/knowledge", headers={"If-None-Match": tag})
    assert "受信済み" in re.search(row, lead.get("/publish").text, re.S)[0]
    version = office.editing.on_trial().version
    devices["box-a"].post("/devices/heartbeat", json={"version": "1", "knowledge": version})
    assert "反映済み" in re.search(row, lead.get("/publish").text, re.S)[0]
    listed = lead.get("/devices").text
    assert "先行公開" in listed
    assert version in listed


def test_notes_for_staff_go_to_no_device(lead, app, office, clock, devices):
    approved(office, LATER, now=clock())
    weigh(lead, app)
    put_out(lead)
    assert "担当者だけ" not in devices["box-a"].get("/knowledge").content.decode("unicode_escape")


def test_a_run_that_was_cut_off_is_shown_and_begun_again(lead, app, office, clock):
    approved(office, LATER, now=clock())
    office.editing.begin_gate(uuid4(), by="lead")  # its program ends here
    assert "確認しています" in lead.get("/publish").text
    again = create_app(office)  # the desk starts anew
    text = lead.get("/publish").text
    assert "途中で終わりました(0問のうち0問まで)" in text
    assert "途中で終わった確認をやり直す" in text
    weigh(lead, again)
    lead.post("/publish/gate", data={"id": str(uuid4())})
    app.state.gate.wait()
    text = lead.get("/publish").text
    assert "合格" in text
    assert "やり直す" not in text


def test_a_gate_that_cannot_be_run_says_why(lead, app, office, clock, monkeypatch):
    approved(office, LATER, now=clock())

    class Deaf(SharedSigns):
        def outcomes(self, base, questions, beat):
            raise WorkshopFailed("the model is gone")
            yield

    monkeypatch.setattr(office.editing, "_workshop", _with(office, Deaf()))
    weigh(lead, app)
    assert "the model is gone" in lead.get("/publish").text
    assert office.bundles.releases() == ()


def _with(office, suite):
    from dataclasses import replace

    return replace(office.editing.workshop, suite=suite)


def test_agents_see_it_and_only_leads_publish(log_in, app, office, clock):
    approved(office, LATER, now=clock())
    sato = log_in("sato")
    assert "公開前の確認を始める" not in sato.get("/publish").text
    for path, sent in (
        ("/publish/gate", {"id": str(uuid4())}), ("/publish", {"content": "x", "to": "all"}),
        ("/publish/widen", {"version": "x"}), ("/publish/take-back", {"version": "x"}), ("/publish/back", {"version": "x"}),
    ):  # fmt: skip
        assert sato.post(path, data=sent).status_code == 403
    assert office.bundles.releases() == ()


def test_danger_that_is_no_longer_understood_stops_a_release(lead, app, office, clock):
    approved(office, SMOKE | {"variants": ["煙が出ています"]}, now=clock())
    weigh(lead, app)
    result = office.editing.plan().run.result
    assert (result.danger, result.passes) == (2, False)  # typed and spoken


def test_a_desk_that_ends_gives_its_run_up_and_says_so(lead, app, office, clock, monkeypatch):
    approved(office, LATER, now=clock())
    began, go_on = Event(), Event()

    class Slow(SharedSigns):
        def outcomes(self, base, questions, beat):
            for one in super().outcomes(base, questions, beat):
                began.set()
                go_on.wait(60)
                yield one

    monkeypatch.setattr(office.editing, "_workshop", _with(office, Slow()))
    lead.post("/publish/gate", data={"id": str(uuid4())})
    assert began.wait(60)
    app.state.gate.close()
    assert office.editing.gates.latest().state is RunState.INTERRUPTED
    go_on.set()
    app.state.gate.wait()
    assert office.editing.gates.latest().state is RunState.INTERRUPTED
    assert "途中で終わりました" in lead.get("/publish").text
