"""What the organisation's system and devices say of customers."""

from uuid import uuid4

import httpx
import pytest
from fastapi.testclient import TestClient

from server.app import create_app
from server.client import DeskClient
from server.customers import AddressForm, Change
from server.spans import TOKYO, Span
from server.wire import Channel
from tests.callback_samples import body, request_of, tokyo
from tests.desk_office import open_desk

PHONE = "+819012345678"
TOLD = {"phone": "090-1234-5678", "tier": "priority", "address": "sensei", "channel": "email"}
AGREED = {"at": "2026-11-24T09:59:00+09:00", "wording": "その後のご様子を伺ってもよろしいですか"}


@pytest.fixture
def desk(tmp_path, clock):
    office = open_desk(tmp_path / "own", clock, follow_ups={"token": "shop-token"})
    yield office, TestClient(create_app(office), headers={"Authorization": "Bearer shop-token"})
    office.close()


def test_kept_of_customers_the_desk_knows(desk):
    office, shop = desk
    assert shop.put("/customers", json=TOLD).json() == {"kept": False}
    assert office.customers.profile(PHONE).tier == ""
    office.desk.receive(request_of())
    for _ in range(2):
        assert shop.put("/customers", json=TOLD).json() == {"kept": True}
    found = office.customers.profile(PHONE)
    assert (found.tier, found.address, found.channel) == ("priority", AddressForm.SENSEI, Channel.EMAIL)
    (line,) = office.journal.latest(action="customer_changed")
    assert (line.actor, line.detail) == ("organisation", {"what": "tier channel address", "tier": "priority"})
    shop.put("/customers", json={"phone": PHONE, "tier": ""})
    assert office.customers.profile(PHONE).channel is Channel.EMAIL


def test_a_tier_given_moves_no_promise(desk):
    office, shop = desk
    done = office.desk.receive(request_of())
    shop.put("/customers", json=TOLD)
    assert office.desk.queue.case(done.case_id).promise == done.promise


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_only_with_the_token(desk, headers):
    answer = TestClient(create_app(desk[0])).put("/customers", json=TOLD, headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"tier": "gold"}, "tier"), ({"phone": "12"}, "phone"), ({"address": "dono"}, "address"), ({"x": 1}, "x")],
)
def test_what_is_wrong_is_named(desk, changes, field):
    office, shop = desk
    office.desk.receive(request_of())
    answer = shop.put("/customers", json=TOLD | changes)
    assert (answer.status_code, answer.json()["problems"][0]["field"]) == (422, field)
    assert office.customers.profile(PHONE).tier == ""


def test_a_device_says_it_of_its_own_requests_alone(device, office, app, enrolled):
    sent = body()
    device.post("/callbacks", json=sent)
    path = f"/callbacks/{sent['id']}/customer"
    for _ in range(2):
        assert device.put(path, json={"ask_later": AGREED, "address": "san"}).status_code == 204
    found = office.customers.profile(PHONE)
    assert (found.address, found.ask_wording, found.ask_by) == (AddressForm.SAN, AGREED["wording"], "device:box-1")
    assert len(office.journal.latest(action="customer_changed")) == 1
    assert device.get(f"/callbacks/{sent['id']}").json()["address"] == "san"
    other = TestClient(app, headers={"Authorization": f"Bearer {enrolled('box-2')}"})
    assert other.put(path, json={"ask_later": None}).status_code == 404
    assert office.customers.profile(PHONE) == found
    assert device.put(path, json={"ask_later": None}).status_code == 204
    assert office.customers.profile(PHONE).may_ask_after is None
    assert device.put(f"/callbacks/{uuid4()}/customer", json={}).status_code == 404


def test_a_customer_of_a_tier_is_offered_more_and_an_unknown_one_the_usual(device, office, desk_client):
    office.desk.receive(request_of())
    office.customers.change_for(PHONE, Change(tier="priority"), by="sato", now=office.clock())
    today = Span(tokyo("2026-11-24 10:00"), tokyo("2026-11-24 12:00"))

    def begins(**whose):
        return [
            f"{slot.begins.astimezone(TOKYO):%H:%M}"
            for slot in desk_client.slots(topic="aircon", wanted=today, **whose)
        ]

    assert begins(phone=PHONE) == ["10:00", "10:30", "11:00"]
    assert begins() == begins(phone="+81312345678") == ["11:00", "11:30", "13:00"]
    assert device.post("/slots", json={"topic": "aircon", "phone": "12"}).status_code == 422


def test_a_desk_older_than_that_says_what_everybody_may_have():
    slot = {"begins": "2026-11-24T11:00:00+09:00", "ends": "2026-11-24T11:30:00+09:00"}

    def older(asked):
        return httpx.Response(405) if asked.method == "POST" else httpx.Response(200, json={"slots": [slot]})

    with DeskClient("http://desk", transport=httpx.MockTransport(older)) as client:
        assert len(client.slots(topic="aircon", phone=PHONE)) == 1


def test_of_an_erased_request_nothing_is_kept(device, office):
    sent = body()
    device.post("/callbacks", json=sent)
    office.erasure.erase(PHONE, "admin", office.clock())
    assert device.put(f"/callbacks/{sent['id']}/customer", json={"address": "san"}).status_code == 204
    office.desk.receive(request_of())
    assert office.customers.profile(PHONE).address is AddressForm.SAMA
