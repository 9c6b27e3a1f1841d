"""What a process that runs for months keeps in memory is bounded."""

from uuid import uuid4

from intents.callback_form import Form, Setting
from intents.news import CallNews
from intents.phone_slot import PhoneDraft
from intents.transcripts import typed
from intents.when import when_in
from tests.callback_samples import SetClock
from tests.desk_office import open_desk
from tests.unit.device.test_desk_direct import NOW
from tests.unit.device.test_news_talk import Promises
from voice.desk_calls import Change, Matter
from voice.desk_direct import MOST_DELIVERIES, DirectDesk
from voice.latest import keep_latest
from voice.news_talk import MOST_KNOWN, NewsTalk


def test_the_oldest_is_let_go_and_what_came_again_is_the_latest():
    kept = {}
    for key, value in [("a", 1), ("b", 2), ("a", 3), ("c", 4)]:
        keep_latest(kept, key, value, most=2)
    assert list(kept.items()) == [("a", 3), ("c", 4)]


def test_news_of_many_requests_is_not_kept_for_ever():
    desk = Promises()
    talk = NewsTalk(desk, lambda: NOW, lambda: Setting(now=lambda: NOW))

    def told():
        news = CallNews(state="tried", calls=1, last_outcome="voicemail")
        desk.changes = [Change(id=uuid4(), before=None, after=news)]
        says = talk.tell(leaving=True)
        talk.let_go()
        return says

    for _ in range(MOST_KNOWN * 3):
        assert told()
    assert len(talk._known) == MOST_KNOWN


def test_a_full_disk_makes_nobody_a_parrot_still():
    news = CallNews(state="tried", calls=1, last_outcome="voicemail")
    desk = Promises((None, news), disk_full=True)
    talk = NewsTalk(desk, lambda: NOW, lambda: Setting(now=lambda: NOW))
    assert talk.tell(leaving=True)
    talk.let_go()
    assert talk.tell(leaving=True) == ()


def test_deliveries_of_a_browser_are_not_kept_for_ever(tmp_path):
    office = open_desk(tmp_path / "desk", SetClock(NOW))
    try:
        desk = DirectDesk(office, "browser")
        wishes = when_in(typed("明日の午後"), now=NOW, office=desk.setting(lambda: NOW).office)
        stored = []
        for number in range(MOST_DELIVERIES + 3):
            form = Form(consent="はい", phone=PhoneDraft(digits=f"090123456{number:02d}"), wishes=wishes)
            stored.append(desk.store(form, Matter()))
        assert all(stored)
        assert [desk.delivered(one, 0) is None for one in stored] == [True] * 3 + [False] * MOST_DELIVERIES
    finally:
        office.close()
