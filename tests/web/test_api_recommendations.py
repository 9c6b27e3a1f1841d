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


def plain(text):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_each_answer_is_shown_as_a_graph_a_table_and_files(device, request_id, log_in):
    lead = log_in("lead")
    empty = plain(lead.get("/measures").text)
    assert "おすすめ度のお答えの内訳(0から10) データなし" in empty
    device.get(f"/callbacks/{request_id}")  # the desk lets it ask
    assert put(device, request_id, score=7).status_code == 204
    text = lead.get("/measures").text
    chart = text[text.index('id="m-answers"') :].split("</section>")[0]
    assert 'role="img" aria-label="0から10のお答えごとの件数の棒グラフ。数値は下の表にあります。"' in chart
    assert chart.count("<rect") == 11 + 3  # the answers, and a line under each group
    assert "推奨者(9・10) 0件・0.0% 中立者(7・8) 1件・100.0% 批判者(0〜6) 0件・0.0% お答え 1件" in plain(chart)
    assert "7 中立者 1件 100.0%" in plain(chart)
    assert "3か月(92日)に1度まで" in chart
    told = lead.get("/measures/nps.json").json()
    assert (told["answers"], told["score"], told["groups"]["passive"]) == (1, 0.0, 1)
    assert told["by_answer"][7] == {"answer": 7, "group": "passive", "count": 1, "share": 1.0}
    rows = lead.get("/measures/nps.csv").text.lstrip("\ufeff").splitlines()
    assert (len(rows), rows[0], rows[8]) == (12, "answer,group,count,share", "7,passive,1,1.0")
    for name in ("json", "csv"):
        assert lead.get(f"/measures/nps.{name}?first=2026-01-02&last=2026-01-01").status_code == 422


def test_the_page_of_the_case_shows_the_answer_beside_the_rating(device, office, request_id, log_in):
    (case_id,) = office.desk.queue.cases_of("+819012345678")
    assert "すすめたい" not in log_in("sato").get(f"/cases/{case_id}").text
    device.get(f"/callbacks/{request_id}")
    put(device, request_id, score=9)
    assert "すすめたいと思う度合い(0から10): 9 推奨者" in plain(log_in("sato").get(f"/cases/{case_id}").text)
