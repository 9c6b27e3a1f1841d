from datetime import UTC, timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.attempts import (
    Attempt,
    AttemptPolicy,
    CallAgain,
    CallOutcome,
    Close,
    CloseReason,
    Declined,
    Done,
    Resolution,
    SendSms,
    SmsSent,
    asked_anew,
    next_step,
)
from server.opening_hours import Block
from server.spans import TOKYO
from tests.callback_samples import NOW, minutes, tokyo

IDS = map(UUID, (f"{n:032x}" for n in count(1)))
POLICY = AttemptPolicy(most=3, gap_minutes=(120, 1440))
FAILURES = [CallOutcome.NO_ANSWER, CallOutcome.BUSY, CallOutcome.VOICEMAIL]


def attempt(outcome=CallOutcome.NO_ANSWER, at=NOW, **more):
    if outcome is CallOutcome.REACHED:
        more.setdefault("resolution", Resolution.SATISFIED)
    rang_at = at if outcome else None
    return Attempt(id=next(IDS), agent="佐藤", dialled_at=at, rang_at=rang_at, outcome=outcome, **more)


def declined(at=NOW):
    return Declined(id=next(IDS), agent="佐藤", at=at)


def test_the_first_call():
    step = next_step([], POLICY, NOW)
    assert isinstance(step, CallAgain)
    assert step.window.begins == NOW


@pytest.mark.parametrize("idle", [[], [attempt(None)], [declined()], [declined(), attempt(None), declined()]])
def test_what_did_not_ring_is_no_attempt(idle):
    rung = [attempt(), attempt()]
    assert next_step(idle * 5, POLICY, NOW) == next_step([], POLICY, NOW)
    assert next_step([*rung, *idle * 5], POLICY, NOW) == next_step(rung, POLICY, NOW)
    assert next_step([*rung, attempt(), *idle], POLICY, NOW) == SendSms()


def test_another_time_of_day_after_the_gap():
    step = next_step([attempt(at=tokyo("2026-11-24 10:00"))], POLICY, tokyo("2026-11-24 10:05"))
    assert step.window.begins == tokyo("2026-11-24 13:00")
    assert step.part == Block(780, 960)


def test_the_third_part_of_the_day_on_the_next_day():
    history = [attempt(at=tokyo("2026-11-24 10:00")), attempt(at=tokyo("2026-11-24 13:05"))]
    step = next_step(history, POLICY, tokyo("2026-11-24 13:10"))
    assert step.window.begins == tokyo("2026-11-25 16:00")


def test_over_midnight_and_the_end_of_the_year():
    policy = AttemptPolicy(gap_minutes=(120,), day_parts=(Block(0, 60), Block(1380, 1440)))
    step = next_step([attempt(at=tokyo("2026-12-31 23:30"))], policy, tokyo("2026-12-31 23:31"))
    assert step.window.begins == tokyo("2027-01-02 00:00")


def test_busy_is_tried_again_soon():
    step = next_step([attempt(CallOutcome.BUSY)], POLICY, NOW)
    assert step.window.begins == NOW + minutes(15)


def test_busy_counts():
    assert next_step([attempt(CallOutcome.BUSY)] * 3, POLICY, NOW) == SendSms()


def test_the_window_never_lies_in_the_past():
    step = next_step([attempt()], POLICY, NOW + timedelta(days=9))
    assert step.window.begins >= NOW + timedelta(days=9)


def test_a_wrong_number_is_never_called_again():
    assert next_step([attempt(CallOutcome.WRONG_NUMBER)], POLICY, NOW) == Close(CloseReason.WRONG_NUMBER, NOW)


def test_asked_to_call_later():
    later = NOW + timedelta(hours=5)
    step = next_step([*[attempt()] * 3, attempt(CallOutcome.CALL_LATER, later_at=later)], POLICY, NOW)
    assert step.window.begins == later


def test_asked_to_call_later_without_a_time():
    step = next_step([attempt(CallOutcome.CALL_LATER, at=tokyo("2026-11-24 10:00"))], POLICY, NOW)
    assert step.window.begins == tokyo("2026-11-24 13:00")


@pytest.mark.parametrize("resolution", Resolution)
def test_reached(resolution):
    assert next_step([attempt(CallOutcome.REACHED, resolution=resolution)], POLICY, NOW) == Done(resolution)


def test_reached_and_a_second_call_agreed():
    later = NOW + timedelta(days=1)
    step = next_step([attempt(CallOutcome.REACHED, resolution=Resolution.UNSOLVED, later_at=later)], POLICY, NOW)
    assert step.window.begins == later


def test_after_the_message_the_case_waits_and_closes():
    history = [attempt(), attempt(), attempt(), SmsSent(id=next(IDS), at=NOW)]
    assert next_step(history, POLICY, NOW) == Close(CloseReason.UNREACHABLE, NOW + minutes(4320))
    late = NOW + timedelta(days=30)
    assert next_step(history, POLICY, late) == Close(CloseReason.UNREACHABLE, late)


def test_who_asks_again_after_the_message_is_called_as_often_again():
    tried = [attempt(at=NOW + minutes(n)) for n in range(3)]
    sent = SmsSent(id=next(IDS), at=NOW + minutes(3))
    anew_at = asked_anew([*tried, sent], [NOW - minutes(1), NOW + minutes(4), NOW + minutes(5)])
    assert anew_at == NOW + minutes(5)
    again = [attempt(at=NOW + minutes(10 + n)) for n in range(3)]
    for n in (1, 2):
        step = next_step([*tried, sent, *again[:n]], POLICY, NOW + timedelta(days=9), anew_at=anew_at)
        assert isinstance(step, CallAgain)
    history = [*tried, sent, *again]
    assert next_step(history, POLICY, NOW + timedelta(days=9), anew_at=anew_at) == SendSms()
    answered = [*history, SmsSent(id=next(IDS), at=NOW + minutes(20))]
    assert asked_anew(answered, [NOW + minutes(5)]) is None
    assert next_step(answered, POLICY, NOW + minutes(20)) == Close(
        CloseReason.UNREACHABLE, NOW + minutes(20 + POLICY.sms_wait_minutes)
    )


def test_who_asks_again_before_any_message_is_called_on():
    assert asked_anew([attempt(), attempt()], [NOW, NOW + minutes(5)]) is None


def test_close_without_a_message():
    policy = AttemptPolicy(most=1, sms_afterwards=False)
    assert next_step([attempt()], policy, NOW) == Close(CloseReason.UNREACHABLE, NOW)


@pytest.mark.parametrize(
    "more",
    [
        {"outcome": CallOutcome.BUSY, "rang_at": None},
        {"outcome": None, "rang_at": NOW},
        {"outcome": CallOutcome.REACHED, "rang_at": NOW},
        {"outcome": CallOutcome.BUSY, "rang_at": NOW, "resolution": Resolution.SATISFIED},
    ],
)
def test_contradictions(more):
    with pytest.raises(ValueError, match="exactly when"):
        Attempt(id=next(IDS), agent="佐藤", dialled_at=NOW, **more)


def test_moments_become_utc_and_naive_ones_are_refused():
    assert attempt(at=tokyo("2026-11-24 10:00")).rang_at.tzinfo is UTC
    with pytest.raises(ValueError, match="time zone"):
        attempt(at=NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    "wrong",
    [
        {"most": 0},
        {"gap_minutes": ()},
        {"gap_minutes": (-1,)},
        {"window_minutes": 0},
        {"gap_minutes": (60, 10**12)},
        {"sms_wait_minutes": 10**12},
    ],
)
def test_impossible_policies(wrong):
    with pytest.raises(ValueError, match=r"needed|negative|a year"):
        AttemptPolicy(**wrong)


@given(
    st.lists(st.sampled_from([*FAILURES, CallOutcome.CALL_LATER]), max_size=6),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
)
def test_an_unreached_customer_is_called_until_the_policy_ends(outcomes, apart, waited):
    history = [attempt(outcome, at=NOW + n * minutes(apart)) for n, outcome in enumerate(outcomes)]
    now = NOW + minutes(len(outcomes) * apart + waited)
    step = next_step(history, POLICY, now)
    failed = sum(outcome in FAILURES for outcome in outcomes)
    if failed >= POLICY.most and outcomes[-1] in FAILURES:
        assert step == SendSms()
    else:
        assert isinstance(step, CallAgain)
        assert step.window.begins >= now
        if step.part:
            assert step.part.on(step.window.begins.astimezone(TOKYO).date()).contains(step.window)
