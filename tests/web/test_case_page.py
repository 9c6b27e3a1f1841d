"""A case: claiming, calling, what follows, and undoing."""

from uuid import uuid4

import pytest

from server.attempts import CallOutcome
from tests.callback_samples import request_of, tokyo


@pytest.fixture
def case_id(office):
    return office.desk.receive(request_of(customer_name="山田 花子", phone="090-1234-0123")).case_id


def result(mine, case_id, outcome, **fields):
    return mine.post(f"/cases/{case_id}/calls", data={"id": str(uuid4()), "outcome": outcome} | fields)


def test_the_number_is_shown_to_whom_claims(log_in, case_id):
    mine = log_in("sato")
    assert "tel:+819012340123" not in mine.get(f"/cases/{case_id}").text
    assert mine.post(f"/cases/{case_id}/claim").status_code == 303
    assert "tel:+819012340123" in mine.get(f"/cases/{case_id}").text


def test_a_second_agent_is_blocked_and_may_take_over(log_in, office, case_id):
    first, second = log_in("sato"), log_in("suzuki")
    first.post(f"/cases/{case_id}/claim")
    blocked = second.post(f"/cases/{case_id}/claim")
    assert blocked.status_code == 409
    assert "佐藤さんが対応中です" in blocked.text
    assert "tel:" not in blocked.text
    assert result(second, case_id, "no_answer").status_code == 409
    assert second.post(f"/cases/{case_id}/take-over").status_code == 303
    assert "tel:" in second.get(f"/cases/{case_id}").text
    assert first.post(f"/cases/{case_id}/keep").status_code == 409
    assert [line.detail for line in office.journal.of_case(case_id) if line.action == "taken_over"] == [
        {"taken_from": "sato"}
    ]


def test_no_answer_is_called_again_at_another_time_of_day(log_in, office, case_id):
    mine = log_in("sato")
    mine.post(f"/cases/{case_id}/claim")
    before = office.desk.queue.case(case_id).promise
    assert result(mine, case_id, "no_answer").headers["location"] == "/queue"
    case = office.desk.queue.case(case_id)
    assert [event.outcome for event in case.events] == [CallOutcome.NO_ANSWER]
    assert case.promise.slot != before.slot
    assert (case.lease, case.closed_at, case.agent) == (None, None, "sato")


def test_a_solved_call_ends_the_case_and_is_undone(log_in, office, clock, case_id):
    mine = log_in("sato")
    mine.post(f"/cases/{case_id}/claim")
    before = office.desk.queue.case(case_id).promise
    fields = {"resolution": "satisfied", "how_solved": "電池を入れ直した"}
    assert result(mine, case_id, "reached", **fields).status_code == 303
    assert office.desk.queue.case(case_id).close_reason == "satisfied"
    queue = mine.get("/queue")
    assert "元に戻す" in queue.text
    line = office.journal.latest_of("sato", "settled", since=clock()).id
    assert mine.post("/undo", data={"line": line}).headers["location"] == f"/cases/{case_id}"
    case = office.desk.queue.case(case_id)
    assert (case.closed_at, case.events, case.promise, case.lease.agent) == (None, (), before, "sato")
    assert mine.post("/undo", data={"line": line}).status_code == 409
    assert "元に戻す" not in mine.get("/queue").text


def test_nobody_undoes_for_others_or_too_late(log_in, office, clock, case_id):
    mine = log_in("sato")
    mine.post(f"/cases/{case_id}/claim")
    result(mine, case_id, "busy")
    line = office.journal.latest_of("sato", "settled", since=clock()).id
    assert log_in("suzuki").post("/undo", data={"line": line}).status_code == 409
    clock.pass_time(minutes=6)
    assert mine.post("/undo", data={"line": line}).status_code == 409


def test_a_double_click_is_one_call(log_in, office, case_id):
    mine = log_in("sato")
    mine.post(f"/cases/{case_id}/claim")
    call = {"id": str(uuid4()), "outcome": "no_answer"}
    answers = [mine.post(f"/cases/{case_id}/calls", data=call) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(office.desk.queue.case(case_id).events) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"outcome": ""}, "結果を選んでください"),
        ({"outcome": "reached"}, "解決したかどうかを選んでください"),
        ({"outcome": "call_later", "later_at": "2020-01-01T10:00"}, "時刻が過ぎています"),
        ({"outcome": "busy", "later_at": "soon"}, "時刻を読み取れませんでした"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(log_in, office, case_id, fields, said):
    mine = log_in("sato")
    mine.post(f"/cases/{case_id}/claim")
    answer = result(mine, case_id, **({"note": "留守番の息子さん"} | fields))
    assert answer.status_code == 422
    assert said in answer.text
    assert "留守番の息子さん" in answer.text
    assert office.desk.queue.case(case_id).events == ()


def test_the_agent_chooses_the_next_time(log_in, office, case_id):
    mine = log_in("sato")
    mine.post(f"/cases/{case_id}/claim")
    slot = office.desk.free_slots(office.desk.queue.case(case_id))[3]
    result(mine, case_id, "call_later", next_at=slot.span.begins.isoformat())
    assert office.desk.queue.case(case_id).promise.slot == slot


def test_a_call_that_never_rang_counts_for_nothing(log_in, office, case_id):
    mine = log_in("sato")
    mine.post(f"/cases/{case_id}/claim")
    before = office.desk.queue.case(case_id).promise
    assert result(mine, case_id, "not_rung").status_code == 303
    case = office.desk.queue.case(case_id)
    assert (case.promise, case.events[0].outcome, case.lease.agent) == (before, None, "sato")


@pytest.mark.parametrize(
    ("outcome", "said"), [("no_answer", "次のお電話のご提案"), ("wrong_number", "案件は終了します")]
)
def test_what_follows_is_proposed(log_in, case_id, outcome, said):
    assert said in log_in("sato").get(f"/cases/{case_id}/proposal?outcome={outcome}").text


def test_a_promise_is_moved_by_hand(log_in, office, case_id):
    slot = office.desk.free_slots(office.desk.queue.case(case_id))[2]
    mine = log_in("sato")
    assert mine.post(f"/cases/{case_id}/promise", data={"begins": slot.span.begins.isoformat()}).status_code == 303
    assert office.desk.queue.case(case_id).promise.slot == slot
    night = slot.span.begins.replace(hour=18).isoformat()
    assert mine.post(f"/cases/{case_id}/promise", data={"begins": night}).status_code == 409


def test_notes_are_for_those_who_may(log_in, case_id):
    mine = log_in("sato")
    mine.post(f"/cases/{case_id}/notes", data={"id": str(uuid4()), "text": "息子さんが出ます<b>"})
    assert "息子さんが出ます&lt;b&gt;" in log_in("suzuki").get(f"/cases/{case_id}").text
    assert "息子さん" not in log_in("viewer").get(f"/cases/{case_id}").text
    assert log_in("viewer").post(f"/cases/{case_id}/claim").status_code == 403


def test_closing_by_hand(log_in, office, case_id):
    mine = log_in("sato")
    assert mine.post(f"/cases/{case_id}/close", data={"reason": "made up"}).status_code == 422
    assert mine.post(f"/cases/{case_id}/close", data={"reason": "not_needed"}).status_code == 303
    assert office.desk.queue.case(case_id).close_reason == "not_needed"


@pytest.mark.parametrize("meanwhile", ["taken over", "closed"])
def test_a_call_made_before_the_case_went_to_somebody_else_is_kept(log_in, office, case_id, meanwhile):
    mine, other = log_in("sato"), log_in("suzuki")
    mine.post(f"/cases/{case_id}/claim")
    other.post(f"/cases/{case_id}/take-over")
    if meanwhile == "closed":
        other.post(f"/cases/{case_id}/close", data={"reason": "not_needed"})
    before = office.desk.queue.case(case_id)
    assert result(mine, case_id, "voicemail", note="折り返しをお願いした").status_code == 303
    after = office.desk.queue.case(case_id)
    assert [(call.agent, call.outcome) for call in after.events] == [("sato", CallOutcome.VOICEMAIL)]
    assert (after.promise, after.closed_at, after.lease) == (before.promise, before.closed_at, before.lease)
    assert result(log_in("lead"), case_id, "voicemail").status_code == 409  # never had it


def test_a_closing_is_not_undone_once_the_customer_asked_again(log_in, office, clock, case_id):
    mine = log_in("sato")
    mine.post(f"/cases/{case_id}/close", data={"reason": "not_needed"})
    again = office.desk.receive(request_of(customer_name="山田 花子", phone="090-1234-0123")).case_id
    assert again != case_id
    line = office.journal.latest_of("sato", "settled", since=clock()).id
    assert mine.post("/undo", data={"line": line}).status_code == 409
    assert office.desk.queue.case(case_id).closed_at is not None


def test_closing_by_hand_is_undone(log_in, office, clock, case_id):
    mine, before = log_in("sato"), office.desk.queue.case(case_id).promise
    mine.post(f"/cases/{case_id}/close", data={"reason": "not_needed"})
    line = office.journal.latest_of("sato", "settled", since=clock()).id
    assert mine.post("/undo", data={"line": line}).status_code == 303
    case = office.desk.queue.case(case_id)
    assert (case.closed_at, case.promise) == (None, before)


def test_a_result_with_a_time_chosen_is_undone(log_in, office, clock, case_id):
    mine, before = log_in("sato"), office.desk.queue.case(case_id).promise
    result(mine, case_id, "no_answer", next_at="2026-11-26T16:30")
    assert office.desk.queue.case(case_id).promise.slot.span.begins == tokyo("2026-11-26 16:30")
    line = office.journal.latest_of("sato", "settled", since=clock()).id
    assert mine.post("/undo", data={"line": line}).status_code == 303
    case = office.desk.queue.case(case_id)
    assert (case.events, case.promise) == ((), before)


def test_danger_is_due_as_before_once_its_call_is_undone(log_in, office, clock):
    case_id = office.desk.receive(request_of(urgency="safety")).case_id
    mine, before = log_in("sato"), office.desk.queue.case(case_id)
    clock.pass_time(minutes=3)
    result(mine, case_id, "no_answer")
    line = office.journal.latest_of("sato", "settled", since=clock()).id
    assert office.desk.queue.case(case_id).due_at > before.due_at
    assert mine.post("/undo", data={"line": line}).status_code == 303
    after = office.desk.queue.case(case_id)
    assert (after.due_at, after.promise) == (before.due_at, before.promise)


def test_looking_is_written_down_once(log_in, office, case_id):
    mine = log_in("sato")
    for _ in range(3):
        mine.get(f"/cases/{case_id}")
    assert [line.actor for line in office.journal.of_case(case_id) if line.action == "viewed"] == ["sato"]


def test_an_unknown_case(log_in):
    assert log_in("sato").get(f"/cases/{uuid4()}").status_code == 404
    assert log_in("sato").get("/cases/nonsense").status_code == 422


def test_earlier_cases_of_the_customer_are_shown(log_in, office, case_id):
    other = office.desk.receive(request_of(topic="delivery", phone="+81 90-1234-0123")).case_id
    assert f"/cases/{case_id}" in log_in("sato").get(f"/cases/{other}").text


def test_colleagues_who_look_and_alarms_that_end_leave_the_undoing(log_in, office, clock, case_id):
    mine = log_in("sato")
    mine.post(f"/cases/{case_id}/claim")
    result(mine, case_id, "busy")
    line = office.journal.latest_of("sato", "settled", since=clock()).id
    log_in("suzuki").get(f"/cases/{case_id}")
    for action in ("alarm_cleared", "message_sent"):
        office.journal.write(at=clock(), actor="system", action=action, case_id=case_id)
    assert "元に戻す" in mine.get("/queue").text
    assert mine.post("/undo", data={"line": line}).status_code == 303


def test_who_did_what_is_said_in_words(log_in, office):
    case_id = office.desk.receive(request_of(device="box-1", language="en-US")).case_id
    text = log_in("sato").get(f"/cases/{case_id}").text
    assert "端末 box-1 ご依頼を受付" in text
    assert "device:box-1" not in text
    assert "言語: 英語" in text


def test_a_line_ends_with_one_sign_as_in_the_browser(log_in, office, case_id):
    mine, note_id = log_in("sato"), str(uuid4())
    text = "あ\r\n" * 1_000
    assert mine.post(f"/cases/{case_id}/notes", data={"id": note_id, "text": text * 2}).status_code == 303
    assert [len(note.text) for note in office.notes.of_case(case_id)] == [3_999]
    mine.post(f"/cases/{case_id}/claim")
    assert result(mine, case_id, "busy", note=text * 2).status_code == 303


def test_nobody_passes_by_what_a_colleague_has(log_in, office, case_id):
    log_in("sato").post(f"/cases/{case_id}/claim")
    assert log_in("suzuki").post(f"/cases/{case_id}/decline", data={"id": str(uuid4())}).status_code == 409
    assert office.desk.queue.case(case_id).events == ()
    assert log_in("sato").post(f"/cases/{case_id}/decline", data={"id": str(uuid4())}).status_code == 303
    assert len(office.desk.queue.case(case_id).events) == 1


@pytest.mark.parametrize("taken", [True, False])
def test_a_chosen_time_that_was_taken_meanwhile_is_said(log_in, office, clock, case_id, taken):
    """The customer was told that time on the phone."""
    mine = log_in("sato")
    mine.post(f"/cases/{case_id}/claim")
    slot = office.desk.free_slots(office.desk.queue.case(case_id))[5]
    for n in range(2 if taken else 0):
        other = office.desk.receive(request_of(topic="other", phone=f"090-1234-000{n}")).case_id
        office.desk.promise(other, slot.span.begins, by="suzuki", staff=True)
    chosen = slot.span.begins if taken else slot.span.begins.replace(hour=18)  # in the night, Tokyo
    answer = result(mine, case_id, "call_later", next_at=chosen.isoformat())
    assert answer.headers["location"] == f"/cases/{case_id}?missed=yes"
    assert "結果は記録しました" in mine.get(answer.headers["location"]).text
    assert len(office.desk.queue.case(case_id).events) == 1
