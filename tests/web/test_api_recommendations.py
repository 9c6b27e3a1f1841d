"""Whether customers would recommend us: from the desk's leave to ask to the page of measures."""

import re
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from server.deliveries import News
from server.errors import RatingRefused
from server.undoing import CHANGES_NOTHING
from tests.callback_samples import body
from voice.desk_news import NewsBook
from voice.desk_recommendations import RecommendationBook

AT = "2026-11-24T10:30:00+09:00"


@pytest.fixture
def request_id(device, office):
    sent = body()
    assert device.post("/callbacks", json=sent).status_code == 201
    (case_id,) = office.desk.queue.cases_of("+819012345678")
    office.desk.close(case_id, reason="satisfied", by="sato")
    return sent["id"]


def put(device, request_id, score=9, **more):
    return device.put(f"/callbacks/{request_id}/recommendation", json={"score": score, "at": AT} | more)


def test_the_desk_lets_one_device_ask(device, app, enrolled, office, request_id, log_in):
    assert device.get(f"/callbacks/{request_id}").json()["recommend_until"] == "2026-12-08T10:00:00+09:00"
    other = TestClient(app, headers={"Authorization": f"Bearer {enrolled('box-2')}"})
    second = body(device="box-2", topic="repair")
    case_id = other.post("/callbacks", json=second).json()["case"]
    office.desk.close(UUID(case_id), reason="satisfied", by="sato")
    assert other.get(f"/callbacks/{second['id']}").json()["recommend_until"] is None
    assert put(other, second["id"]).status_code == 409
    answer = put(device, request_id)
    assert (answer.status_code, answer.content) == (204, b"")
    assert device.get(f"/callbacks/{request_id}").json()["recommend_until"] is None
    shown = re.sub(r"<[^>]+>|\s+", "", log_in("lead").get("/measures").text)
    assert "100" in shown


def test_an_open_case_lets_nobody_ask(device):
    sent = body()
    device.post("/callbacks", json=sent)
    assert device.get(f"/callbacks/{sent['id']}").json()["recommend_until"] is None
    assert put(device, sent["id"]).status_code == 409


@pytest.mark.parametrize(
    "wrong", [{"score": 11}, {"score": -1}, {"score": "9"}, {"score": 9.5}, {"score": True}, {"at": "x"}, {"why": "x"}]
)
def test_what_is_no_answer_is_refused(device, request_id, wrong):
    device.get(f"/callbacks/{request_id}")
    assert put(device, request_id, **wrong).status_code == 422


def test_only_who_sent_the_request(device, app, enrolled, request_id):
    device.get(f"/callbacks/{request_id}")
    other = TestClient(app, headers={"Authorization": f"Bearer {enrolled('box-2')}"})
    assert put(other, request_id).status_code == 404
    assert put(device, uuid4()).status_code == 404
    assert put(TestClient(app), request_id).status_code == 401


def test_from_the_device_to_the_desk_and_no_second_time(desk_client, device, office, request_id, tmp_path, clock):
    path = tmp_path / "outbox.db"
    news, book = NewsBook(path), RecommendationBook(path)
    news._want(News(ids=(UUID(request_id),), next=1), "")
    news.look(desk_client)
    (change,) = news.changes()
    assert news.recommend_until(change.id).isoformat().startswith("2026-12-08T10:00")
    assert not book.was_asked(change.id)
    book.put(change.id, None, clock())
    book.send(desk_client, now=clock(), jitter=lambda: 0.5)
    book.put(change.id, 7, clock())
    for _ in range(2):
        book.send(desk_client, now=clock(), jitter=lambda: 0.5)
    (case_id,) = office.desk.queue.cases_of("+819012345678")
    assert office.recommendations.of_case(case_id) == (7,)
    assert book.was_asked(change.id)
    with pytest.raises(RatingRefused):
        desk_client.recommend(uuid4(), 7, clock())


def test_an_answer_keeps_nobody_from_taking_a_slip_back():
    assert "recommended" in CHANGES_NOTHING
