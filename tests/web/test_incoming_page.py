"""A customer calls the desk: written down on a form, counted as a contact and not as a call of ours."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from server.measures import figures
from server.spans import Span
from tests.callback_samples import request_of, tokyo

PHONE = "+819012345678"
TOLD = {
    "phone": "０９０－１２３４－５６７８", "name": "山田 花子", "reading": "やまだ はなこ", "topic": "aircon", "urgency": "normal",
    "text": "エアコンから水が漏れる", "agreed": "yes",
}  # fmt: skip


def take(mine, **fields):
    return mine.post("/incoming", data=TOLD | {"id": str(uuid4()), "ending": "satisfied"} | fields)


def case_of(office, answer):
    return office.desk.queue.case(UUID(answer.headers["location"].rpartition("/")[2]))


def measured(office, clock):
    rows = office.figures.rows(Span(clock() - timedelta(days=1), clock() + timedelta(days=1)), now=clock())
    return figures(rows, now=clock())


def test_the_form_leads_from_the_queue(log_in):
    mine = log_in("sato")
    assert 'href="/incoming"' in mine.get("/queue").text
    assert 'href="/incoming"' not in log_in("viewer").get("/queue").text
    assert mine.get("/incoming").status_code == 200
    assert log_in("viewer").get("/incoming").status_code == 403


def test_solved_at_once_is_a_case_that_has_ended(office, log_in, clock):
    mine = log_in("sato")
    case = case_of(office, take(mine, how_solved="フィルターを洗った"))
    assert (case.close_reason, case.agent, case.promise, case.lease) == ("satisfied", "sato", None, None)
    (stored,) = case.requests
    request = stored.request
    assert (request.phone, request.customer_reading, request.device) == (PHONE, "ヤマダ ハナコ", "desk")
    assert [turn.text for turn in request.conversation] == ["エアコンから水が漏れる"]
    assert "ご了承をいただきました" in request.consent.wording
    (call,) = case.events
    assert (call.incoming, call.how_solved) == (True, "フィルターを洗った")
    found = measured(office, clock)
    assert (found.first_contact.part, found.first_contact.whole) == (1, 1)
    assert (found.service_level.part, found.service_level.whole) == (1, 1)
    assert (found.reach.whole, found.moved, found.kept.whole, dict(found.outcomes)) == (0, 0, 0, {})
    assert dict(found.reach_by_hour) == {}
    assert dict(found.resolutions) == {"satisfied": 1}
    shown = mine.get(f"/cases/{case.id}").text
    assert "お電話での内容" in shown
    assert "お客様からのお電話" in shown


def test_to_be_called_back_waits_in_the_queue_with_a_promise(office, log_in, clock):
    mine = log_in("sato")
    case = case_of(office, take(mine, ending="call_back", begins="2026-11-25T09:00:00+09:00"))
    assert (case.closed_at, case.promise.slot.span.begins) == (None, tokyo("2026-11-25 09:00"))
    assert "やまだ" not in mine.get("/queue").text
    row = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", mine.get("/queue").text))
    assert "山田 花子 様 ヤマダ ハナコ" in row
    assert "まだ 未定" in row  # the customer called us: nobody has called them yet
    clock.now = tokyo("2026-11-25 09:05")
    mine = log_in("sato")
    mine.post(f"/cases/{case.id}/claim")
    answer = mine.post(
        f"/cases/{case.id}/calls", data={"id": str(uuid4()), "outcome": "reached", "resolution": "satisfied"}
    )
    assert answer.headers["location"] == "/queue"
    clock.pass_time(hours=1)
    found = measured(office, clock)
    assert (found.kept.part, found.kept.whole) == (1, 1)  # by the call, not by the talk in which it was promised
    assert (found.reach.part, found.reach.whole) == (1, 1)
    assert (found.first_contact.part, found.first_contact.whole) == (0, 1)


def test_a_promise_that_nobody_kept_is_missed_though_it_was_made_on_the_telephone(office, log_in, clock):
    take(log_in("sato"), ending="call_back", begins="2026-11-25T09:00:00+09:00")
    clock.now = tokyo("2026-11-25 12:00")
    assert (measured(office, clock).kept.part, measured(office, clock).kept.whole) == (0, 1)


def test_as_soon_as_possible_is_the_first_free_time(office, log_in):
    case = case_of(office, take(log_in("sato"), ending="call_back"))
    assert case.promise.slot.span.begins == tokyo("2026-11-24 11:00")


@pytest.mark.parametrize("ending", ["satisfied", "call_back"])
def test_a_double_click_is_one_call(office, log_in, ending):
    mine, same = log_in("sato"), str(uuid4())
    first, second = (take(mine, id=same, ending=ending) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    case = case_of(office, first)
    assert (len(case.requests), len(case.events)) == (1, 1)
    assert len(office.desk.queue.cases_of(PHONE)) == 1


def test_a_call_about_an_open_matter_joins_it_and_ends_it(office, log_in):
    case_id = office.desk.receive(request_of(topic="aircon")).case_id
    case = case_of(office, take(log_in("sato"), ending="calmed"))
    assert (case.id, case.close_reason, len(case.requests)) == (case_id, "calmed", 2)


def test_nobody_is_told_that_they_were_called(office, log_in, device):
    sent = request_of(topic="aircon")
    device.post("/callbacks", json=sent.model_dump(mode="json"))
    take(log_in("sato"))
    told = device.get(f"/callbacks/{sent.id}").json()
    assert (told["state"], told["close_reason"], told["attempts"]["count"]) == ("closed", "satisfied", 0)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"phone": "12"}, "電話番号を確かめてください"),
        ({"phone": ""}, "電話番号を確かめてください"),
        ({"reading": "yamada"}, "よみは、かなで入れてください"),
        ({"text": " "}, "お話の内容を入れてください"),
        ({"ending": ""}, "お電話の結果を選んでください"),
        ({"ending": "unsolved"}, "お電話の結果を選んでください"),
        ({"agreed": ""}, "印を付けてください"),
        ({"urgency": "x"}, "もう一度お試しください"),
        ({"topic": "x y"}, "ご用件を選んでください"),
        ({"ending": "call_back", "begins": "x"}, "もう一度お試しください"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(office, log_in, wrong, says):
    answer = take(log_in("sato"), name="佐藤<b>", **wrong)
    assert answer.status_code == 422
    assert says in answer.text
    assert "佐藤&lt;b&gt;" in answer.text
    assert office.desk.queue.cases_of(PHONE) == ()


def test_a_long_talk_is_kept_whole(office, log_in):
    case = case_of(office, take(log_in("sato"), text="あ" * 2_500))
    assert "".join(turn.text for turn in case.requests[0].request.conversation) == "あ" * 2_500


def test_no_device_may_be_called_as_the_desk_is(office, log_in):
    answer = log_in("lead").post("/devices/codes", data={"device_id": "desk", "device_name": "受付"})
    assert answer.status_code == 422


def test_what_no_article_is_about_has_a_name(log_in, office):
    mine = log_in("sato")
    answer = take(mine, topic="general", ending="call_back")
    case = f"/cases/{case_of(office, answer).id}"
    for page in ("/queue", case, case.replace("/cases/", "/customers/")):
        shown = mine.get(page).text
        assert ">general<" not in shown
        assert "そのほかのご用件" in shown
