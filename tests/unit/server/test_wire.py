import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.errors import RequestInvalid
from server.wire import (
    LARGEST_BODY,
    LONGEST_TURN,
    MOST_TURNS,
    MOST_WINDOWS,
    Channel,
    Urgency,
    parse_request,
)
from tests.callback_samples import body, request_of

HOUR = {"begins": "2026-11-25T09:00:00+09:00", "ends": "2026-11-25T10:00:00+09:00"}


def refused(changes):
    with pytest.raises(RequestInvalid) as caught:
        parse_request(json.dumps(body(**changes)).encode())
    return caught.value


def test_a_request_is_read():
    request = request_of()
    assert request.phone == "+819012345678"
    assert request.customer_reading == "ヤマダ ハナコ"
    assert request.windows[0].begins == datetime(2026, 11, 25, 0, tzinfo=UTC)
    assert request.windows[0].begins.tzinfo is UTC
    assert (request.urgency, request.channel) == (Urgency.NORMAL, Channel.PHONE)


def test_it_survives_the_wire():
    request = request_of()
    assert parse_request(request.model_dump_json().encode()) == request


def test_only_what_is_needed():
    request = request_of(
        customer_name=None, customer_reading=None, article_id=None, conversation=None, urgency=None, channel=None
    )
    assert request.customer_name is None
    assert request.conversation == ()


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("03-3234-5678", "+81332345678"),
        ("０９０ー１２３４ー５６７８", "+819012345678"),
        ("(090) 1234 5678", "+819012345678"),
        ("+81 90-1234-5678", "+819012345678"),
        ("0120-444-113", "+81120444113"),
        ("+1 650 253 0000", "+16502530000"),
    ],
)
def test_phones(written, e164):
    assert request_of(phone=written).phone == e164


@pytest.mark.parametrize(
    "written",
    ["110", "090-1234", "090-1234-56789", "0990-123456", "03-3234-5678;ext=9", "090-ABCD-5678", "", "+", "9" * 60],
)
def test_what_nobody_should_call(written):
    error = refused({"phone": written})
    assert [p.field for p in error.problems] == ["phone"]
    assert not written or written not in str(error)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": "7"}, "id"),
        ({"id": "00000000-0000-0000-0000-000000000000"}, "id"),
        ({"customer_name": "あ" * 81}, "customer_name"),
        ({"customer_name": "  "}, "customer_name"),
        ({"customer_name": "a\x00b"}, "customer_name"),
        ({"customer_reading": "山田"}, "customer_reading"),
        ({"topic": "two words"}, "topic"),
        ({"topic": "x" * 65}, "topic"),
        ({"conversation": [{"speaker": "cat", "text": "にゃあ"}]}, "conversation.0.speaker"),
        ({"conversation": [{"speaker": "device", "text": "あ" * (LONGEST_TURN + 1)}]}, "conversation.0.text"),
        ({"conversation": [{"speaker": "device", "text": "あ"}] * (MOST_TURNS + 1)}, "conversation"),
        ({"conversation": [{"speaker": "device", "text": "あ" * LONGEST_TURN}] * 41}, "conversation"),
        ({"urgency": "very"}, "urgency"),
        ({"windows": []}, "windows"),
        ({"windows": [HOUR] * (MOST_WINDOWS + 1)}, "windows"),
        ({"windows": [{**HOUR, "begins": "2026-11-25T09:00:00"}]}, "windows.0.begins"),
        ({"windows": [{**HOUR, "begins": 1764028800}]}, "windows.0.begins"),
        ({"windows": [{**HOUR, "begins": "1764028800"}]}, "windows.0.begins"),
        ({"windows": [{**HOUR, "ends": HOUR["begins"]}]}, "windows.0"),
        ({"windows": [{**HOUR, "ends": "2027-11-25T10:00:00+09:00"}]}, "windows.0"),
        ({"windows": [{**HOUR, "begins": "0001-01-01T00:00:00+09:00"}]}, "windows.0.begins"),
        ({"channel": "fax"}, "channel"),
        ({"channel_address": "x" * 255}, "channel_address"),
        ({"consent": {"at": "2026-11-24T09:59:00+09:00"}}, "consent.wording"),
        ({"consent": None}, "consent"),
        ({"device": ""}, "device"),
        ({"language": "Japanese"}, "language"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_the_error_names_the_field(changes, field):
    assert [p.field for p in refused(changes).problems] == [field]


def test_every_problem_is_named_and_nothing_said_is_quoted():
    error = refused({"phone": "090-秘密", "customer_reading": "秘密", "customer_name": "秘密" * 50})
    assert {p.field for p in error.problems} == {"phone", "customer_reading", "customer_name"}
    assert "秘密" not in str(error)
    assert "秘密" not in str(error.__cause__)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'"\xff"', b"x" * (LARGEST_BODY + 1)])
def test_what_is_no_request(raw):
    with pytest.raises(RequestInvalid, match="request: "):
        parse_request(raw)


def test_safety_comes_first():
    assert sorted(Urgency, key=lambda urgency: urgency.rank) == [Urgency.SAFETY, Urgency.COMPLAINT, Urgency.NORMAL]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
dates = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))]))


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(body())), json_values, min_size=1, max_size=3),
    st.text("0123456789+-() ー/.", max_size=45),
    dates.map(datetime.isoformat),
    dates.map(datetime.isoformat),
)
def test_whatever_comes_is_read_or_refused(changes, written, begins, ends):
    sent = body() | {"phone": written, "windows": [{"begins": begins, "ends": ends}]} | changes
    try:
        request = parse_request(json.dumps(sent).encode())
    except RequestInvalid as error:
        assert error.problems
    else:
        assert parse_request(request.model_dump_json().encode()) == request
