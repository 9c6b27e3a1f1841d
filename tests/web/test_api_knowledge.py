"""The bundle in use as devices get it, and what staff see of the bundles devices use."""

from base64 import b64decode

import pytest
from fastapi.testclient import TestClient

from kb.bundle import opened
from server.bundle_signature import BundleKey
from tests.bundle_samples import HOURS, NOW, bundle_of

DATA, SMALL = bundle_of(), bundle_of(HOURS)


def put_out(office, data):
    bundle = opened(data)
    office.bundles.publish(
        data, version=bundle.version, content=bundle.content, articles=3, by="system", now=office.clock()
    )
    return bundle.version


def test_nothing_is_published(device):
    answer = device.get("/knowledge")
    assert (answer.status_code, answer.json()["problems"][0]["field"]) == (404, "request")


@pytest.fixture
def published(office):
    return put_out(office, DATA)


def test_the_key_of_the_enrolment_verifies_what_is_got(app, office, clock, published):
    code = office.devices.make_code("lobby-1", "x", by="lead", now=clock())
    stranger = TestClient(app)
    enrolled = stranger.post("/devices/enrol", json={"code": code}).json()
    answer = stranger.get("/knowledge", headers={"Authorization": f"Bearer {enrolled['token']}"})
    assert answer.content == DATA
    assert answer.headers["Koemado-Version"] == published
    assert answer.headers["Content-Length"] == str(len(DATA))
    signature = b64decode(answer.headers["Koemado-Signature"])
    BundleKey.of(enrolled["bundle_key"]).verify(int(answer.headers["Koemado-Serial"]), answer.content, signature)


def test_what_is_known_costs_no_body(device, office, published):
    tag = device.get("/knowledge").headers["ETag"]
    for known in (tag, f'"1", {tag}'):
        answer = device.get("/knowledge", headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    put_out(office, SMALL)
    assert device.get("/knowledge", headers={"If-None-Match": tag}).content == SMALL
    office.bundles.roll_back(published, by="system", now=NOW)
    back = device.get("/knowledge", headers={"If-None-Match": tag})  # the same bytes, but a release of its own
    assert (back.status_code, back.content) == (200, DATA)


def test_the_rest_is_sent_where_it_is_the_same_release(device, published):
    tag = device.get("/knowledge").headers["ETag"]
    rest = device.get("/knowledge", headers={"Range": "bytes=100-", "If-Range": tag})
    assert (rest.status_code, rest.content) == (206, DATA[100:])
    assert rest.headers["Content-Range"] == f"bytes 100-{len(DATA) - 1}/{len(DATA)}"
    for wish in (
        {"Range": "bytes=100-", "If-Range": '"1"'}, {"Range": "bytes=100-"}, {"Range": "bytes=0-9", "If-Range": tag},
        {"Range": f"bytes={len(DATA)}-", "If-Range": tag}, {"Range": "x", "If-Range": tag},
    ):  # fmt: skip
        whole = device.get("/knowledge", headers=wish)
        assert (whole.status_code, whole.content) == (200, DATA)


def test_only_devices_get_it(app, log_in, published):
    assert TestClient(app).get("/knowledge").status_code == 401
    assert log_in("admin").get("/knowledge").status_code == 401


def test_staff_see_which_articles_a_device_answers_from(device, log_in, published):
    page = log_in("lead")
    assert device.post("/devices/heartbeat", json={"version": "0.1.0", "knowledge": published}).status_code == 204
    shown = page.get("/devices").text
    assert published in shown
    assert "最新" in shown
    assert "新しい版は使えません" not in shown
    told = {"version": "0.1.0", "knowledge": "v0", "knowledge_refused": published}
    assert device.post("/devices/heartbeat", json=told).status_code == 204
    shown = page.get("/devices").text
    assert "最新" not in shown
    assert "新しい版は使えません" in shown
    assert published in shown
    assert device.post("/devices/heartbeat", json={"version": "", "knowledge": "<b>"}).status_code == 422
