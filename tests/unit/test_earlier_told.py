"""A promise that is earlier because of the customer's tier is told openly: at the request's end, and as news."""

import json
from datetime import datetime
from uuid import uuid4

import pytest

from intents import callback
from intents.callback_form import Form, Setting
from intents.news import CallNews, told
from intents.when_types import TOKYO, Window
from server.deliveries import Arrived
from server.desk_answers import answer, arrived
from server.outbox import Outbox
from server.spans import Span
from tests.callback_samples import NOW, request_of
from voice.desk_courier import _delivery
from voice.desk_news import _read, _written

SENTENCE = "優先サポートのお客様ですので、早いお時間をご用意しました。"
SLOT = Window(begins=datetime(2026, 11, 24, 11, tzinfo=TOKYO), ends=datetime(2026, 11, 24, 11, 30, tzinfo=TOKYO))
SPAN = {"begins": "2026-11-24T11:00:00+09:00", "ends": "2026-11-24T11:30:00+09:00"}
EARLIER = {"tier": "priority", "label": "優先サポート", "minutes": 60}


def text(says):
    return [spoken.text for spoken in says]


def at_the_end(promised, tier):
    setting = Setting(now=lambda: NOW.astimezone(TOKYO))
    return text(callback.arrived(Form(), promised, setting, tier).says)


def test_told_behind_the_time_and_only_where_it_is_so():
    assert at_the_end(SLOT, "優先サポート")[1] == SENTENCE
    assert "11時" in at_the_end(SLOT, "優先サポート")[0]
    assert SENTENCE not in at_the_end(SLOT, "")
    assert SENTENCE not in at_the_end(None, "優先サポート")


def test_told_with_news_of_a_time_and_alone_no_news():
    before, after = CallNews(state="waiting"), CallNews(state="promised", promise=SLOT, tier="優先サポート")
    assert text(told(before, after, NOW.astimezone(TOKYO)))[-1] == SENTENCE
    assert told(CallNews(state="promised", promise=SLOT), after, NOW.astimezone(TOKYO)) == ()


def test_news_is_kept_with_it_and_what_was_kept_before_is_read():
    news = CallNews(state="promised", promise=SLOT, tier="優先サポート")
    assert _read(_written(news)).tier == "優先サポート"
    older = json.dumps(json.loads(_written(news))[:-1])
    assert (_read(older), _read(older).tier) == (news, "")


@pytest.mark.parametrize(
    ("earlier", "tier"),
    [
        (EARLIER, "優先サポート"),
        (None, ""),
        ("x", ""),
        ({"label": 5}, ""),
        ({"label": "長" * 21}, ""),
        ({"label": "二\n行"}, ""),
    ],
)
def test_the_desks_answer_is_read_and_not_believed(earlier, tier):
    request_id = uuid4()
    body = {"id": str(request_id), "promise": SPAN, "offers": [], "earlier": earlier}
    found = arrived(body, request_id, new=True)
    assert (found.tier, found.promise is not None) == (tier, True)
    became = body | {"state": "promised", "attempts": {"count": 0, "last_outcome": None}, "agent": None}
    assert answer(became).tier == tier


def test_the_outbox_keeps_it_for_who_waits(tmp_path):
    outbox = Outbox(tmp_path / "outbox.db", clock=lambda: NOW, jitter=lambda: 0.0)
    span = Span(SLOT.begins, SLOT.ends)
    for tier in ("優先サポート", ""):
        request = request_of()
        outbox.put(request)
        outbox.flush(lambda *_, tier=tier: Arrived(new=True, promise=span, tier=tier))
        kept = outbox.get(request.id)
        assert (kept.promise, kept.tier, _delivery(kept).tier) == (span, tier, tier)
