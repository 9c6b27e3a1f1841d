"""Purchases and repairs, registered by another system and by staff, up to what a remembered customer is told."""

import re
from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from server.app import create_app
from server.client import DeskClient
from server.errors import SettingsInvalid
from server.follow_ups import Occasion, load_templates
from server.notices import customer_digest
from tests.callback_samples import body
from tests.desk_office import in_network_place, open_desk
from voice.notice_book import NoticeBook

PHONE = "+819012345678"
TOLD = {"phone": "090-1234-5678", "occasion": "repair", "topic": "aircon", "at": "2026-11-24T09:00:00+09:00"}


@pytest.fixture
def desk(tmp_path, clock):
    """A desk that lets another system register."""
    office = open_desk(tmp_path / "own", clock, follow_ups={"token": "shop-token"})
    code = office.devices.make_code("box-1", "1", by="x", now=clock())
    _, token = office.devices.enrol(code, now=clock())
    box = TestClient(create_app(office), headers={"Authorization": f"Bearer {token}"})
    shop = TestClient(create_app(office), headers={"Authorization": "Bearer shop-token"})
    yield office, box, shop, token
    office.close()


def register(shop, **changes):
    return shop.post("/follow-ups", json=TOLD | {"id": str(uuid4())} | changes)


def test_registered_by_another_system_and_told_to_the_remembered(desk, clock, tmp_path):
    office, box, shop, token = desk
    assert register(shop).json() == {"planned": False}  # nobody is known
    box.post("/callbacks", json=body())
    assert register(shop).json() == {"planned": True}
    clock.now += timedelta(days=14)
    (given,) = box.get("/notices").json()["notices"]
    assert given["customer"] == customer_digest(sha256(token.encode()).digest(), PHONE)
    assert "修理のあと" in given["text"]
    box.put("/notices/told", json={"notices": [{"id": given["id"], "told": 1}]})
    (case_id,) = office.desk.queue.cases_of(PHONE)
    assert office.follow_ups.of_case(case_id)[0].told_at == clock()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic shop-token"}])
def test_only_with_the_token(desk, headers):
    office, *_ = desk
    assert (
        TestClient(create_app(office))
        .post("/follow-ups", json=TOLD | {"id": str(uuid4())}, headers=headers)
        .status_code
        == 401
    )


def test_without_a_token_in_the_settings_nobody(app):
    stranger = TestClient(app, headers={"Authorization": "Bearer "})
    assert register(stranger).status_code == 401


@pytest.mark.parametrize("wrong", [
    {"phone": "12"}, {"occasion": "visit"}, {"topic": ""}, {"at": "2026-11-24"}, {"at": "2026-08-01T09:00:00+09:00"},
    {"at": "2027-11-24T09:00:00+09:00"}, {"id": "1"}, {"name": "山田"},
])  # fmt: skip
def test_what_is_wrong_is_refused(desk, wrong):
    assert register(desk[2], **wrong).status_code == 422


def test_registered_by_staff_on_the_page_of_a_case(device, office, log_in):
    case_id = UUID(device.post("/callbacks", json=body()).json()["case"])
    mine = log_in("sato")
    page = mine.get(f"/cases/{case_id}").text
    form = {
        "follow_up_id": re.search(r'name="follow_up_id" value="([^"]+)"', page)[1],
        "occasion": "purchase",
        "on": "2026-11-24",
    }
    for _ in range(2):
        assert mine.post(f"/cases/{case_id}/follow-up", data=form).status_code == 303
    assert [one.occasion for one in office.follow_ups.of_case(case_id)] == [Occasion.PURCHASE]
    assert "12月8日" in mine.get(f"/cases/{case_id}").text
    assert log_in("viewer").post(f"/cases/{case_id}/follow-up", data=form).status_code == 403
    for wrong in ({"on": "いつか"}, {"on": "2026-01-01"}, {"occasion": "x"}):
        assert mine.post(f"/cases/{case_id}/follow-up", data=form | wrong).status_code == 422


def test_templates_are_chosen_by_topic_and_may_be_ones_own(tmp_path):
    shipped = load_templates(tmp_path)
    assert "エアコン" in shipped.text(Occasion.PURCHASE, "aircon-smell")
    assert "保証書" in shipped.text(Occasion.PURCHASE, "refund")
    own = tmp_path / "follow_ups.toml"
    own.write_text(
        '[purchase.default]\nopening="ご案内"\nthings=["あ","い","う"]\n[repair.default]\nopening="ご案内"\nthings=["あ","い","う"]\n'
    )
    assert load_templates(tmp_path).text(Occasion.REPAIR, "x") == "ご案内一つめ。あ二つめ。い三つめ。う"
    for wrong in ("[", '[purchase.default]\nopening="あ"\nthings=["あ"]\n[repair]\n', "[purchase]\n[repair]\n"):
        own.write_text(wrong)
        with pytest.raises(SettingsInvalid):
            load_templates(tmp_path)


def test_the_device_tells_it_to_whom_it_remembers_alone(desk, clock, tmp_path):
    _, box, shop, token = desk
    box.post("/callbacks", json=body())
    register(shop)
    clock.now += timedelta(days=14)
    known = set()
    book = NoticeBook(tmp_path / "notices.json", clock, customers=lambda: frozenset(known))

    book.look(DeskClient("http://testserver", transport=in_network_place(box)), desk="one")
    assert book.standing().notices == ()
    known.add(customer_digest(sha256(token.encode()).digest(), PHONE))
    assert len(book.standing().notices) == 1
