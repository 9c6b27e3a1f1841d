"""Callback requests and plans for the tests of the desk."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from server.opening_hours import Block, OpeningHours
from server.slots import DeskPlan, Slot
from server.spans import TOKYO, Span
from server.wire import CallbackRequest, parse_request

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)  # Tuesday, 10:00 in Tokyo; the day before was a holiday
OFFICE = (Block(540, 720), Block(780, 1080))


class SetClock:
    """Stands still until it is set."""

    def __init__(self, now=NOW):
        self.now = now

    def __call__(self):
        return self.now

    def pass_time(self, **parts):
        self.now += timedelta(**parts)


def tokyo(text):
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def body(**changes):
    """The JSON-able body of a request; a change to None takes the field away."""
    request = {
        "id": str(uuid4()),
        "customer_name": "山田 花子",
        "customer_reading": "やまだ はなこ",
        "phone": "090-1234-5678",
        "topic": "refund",
        "article_id": "refund-how",
        "conversation": [{"speaker": "customer", "text": "返金してください"}, {"speaker": "device", "text": "はい"}],
        "urgency": "normal",
        "windows": [{"begins": "2026-11-25T09:00:00+09:00", "ends": "2026-11-25T12:00:00+09:00"}],
        "channel": "phone",
        "consent": {"at": "2026-11-24T09:59:00+09:00", "wording": "お電話してもよろしいですか"},
        "device": "box-1",
        "language": "ja",
    } | changes
    return {name: value for name, value in request.items() if value is not None}


def request_of(**changes) -> CallbackRequest:
    return parse_request(json.dumps(body(**changes)).encode())


def office_plan(**changes) -> DeskPlan:
    hours = OpeningHours(week=dict.fromkeys(range(5), OFFICE))
    return DeskPlan(**({"hours": hours, "capacity": {"general": 2}} | changes))


def minutes(n):
    return timedelta(minutes=n)


def slot_at(after_minutes, skill="general", lasting=30):
    begins = NOW + minutes(after_minutes)
    return Slot(Span(begins, begins + minutes(lasting)), skill)


def new_case(queue, **changes):
    return queue.submit(request_of(**({"topic": uuid4().hex} | changes)), now=NOW).case_id
