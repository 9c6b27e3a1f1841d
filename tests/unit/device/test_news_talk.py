"""News beside a conversation: told once and in order, one question at a time, never where something else goes on."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from intents.callback_form import Setting, Stage
from intents.new_time import Moved
from intents.news import CallNews, Rating
from intents.transcripts import NOTHING_HEARD, typed
from intents.when_types import TOKYO, Window
from kb.articles import Article, Step
from kb.fakes import MemoryKnowledgeBase
from tests.article_samples import HOURS
from voice.assistant import Assistant
from voice.customer_sayings import NobodyKnown
from voice.desk_calls import Change
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge
from voice.news_talk import NewsTalk

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)


def slot(hour, day=25):
    begins = datetime(2026, 11, day, hour, tzinfo=TOKYO)
    return Window(begins=begins, ends=begins + timedelta(minutes=30))


def promised(hour, day=25, **changes):
    return CallNews(state="promised", promise=slot(hour, day), **changes)


SOLVED = CallNews(state="closed", calls=1, close_reason="satisfied")
IN_VAIN = CallNews(state="tried", calls=1, last_outcome="no_answer")


class Promises:
    """A desk with this news; what is noted is forgotten when the disk is full."""

    sayings = NobodyKnown()

    def __init__(self, *changes, disk_full=False):
        self.changes = [Change(id=uuid4(), before=before, after=after) for before, after in changes]
        self.disk_full = disk_full
        self.ratings, self.moved = [], []
        self.free = (slot(13), slot(15))
        self.finished = False

    def setting(self, now):
        return Setting(now=now)

    def news(self):
        return tuple(self.changes)

    def note_told(self, request_id, news):
        if not self.disk_full:
            self.changes = [one for one in self.changes if one.id != request_id]

    def rate(self, request_id, rating):
        self.ratings.append(rating)

    def offers(self, request_id, wishes):
        return self.free

    def choose(self, request_id, slot):
        self.moved.append(slot)
        return Moved(promise=slot)

    def withdraw(self, request_id):
        return True

    def is_finished(self, request_id):
        return self.finished


def talk_about(*changes, **given):
    desk = Promises(*changes, **given)
    return desk, NewsTalk(desk, lambda: NOW, lambda: desk.setting(lambda: NOW))


def text(says):
    return "".join(spoken.text for spoken in says)


def never():
    return False


def test_three_at_once_in_their_order_and_the_rest_later():
    _, talk = talk_about(*((None, promised(10, day)) for day in (25, 26, 27, 30)))
    first = text(talk.tell())
    assert first.index("25日") < first.index("26日") < first.index("27日")
    assert first.count("前にお申し込みの") == 1
    assert "30日" not in first
    assert "30日" in text(talk.tell())
    assert talk.tell() == ()


def test_what_asks_is_the_last_of_what_is_told():
    desk, talk = talk_about((None, promised(10)), (promised(9), SOLVED), (None, promised(11, 26)))
    told = text(talk.tell())
    assert told.index("25日") < told.index("ご満足")
    assert "26日" not in told
    assert talk.tell() == ()  # nothing else before the answer
    assert "ありがとう" in text(talk.take(typed("はい"), never).says)
    assert desk.ratings == [Rating.YES]
    assert "26日" in text(talk.tell())


def test_a_full_disk_makes_no_parrot():
    _, talk = talk_about((promised(9), promised(10)), disk_full=True)
    assert "変わりました" in text(talk.tell())
    talk.forget()
    assert talk.tell() == ()


def test_one_changed_time_may_be_changed_again_of_two_nobody_knows_which():
    assert "「時間を変えて」" in text(talk_about((promised(9), promised(10)))[1].tell())
    _, talk = talk_about((promised(9), promised(10)), (promised(9), promised(11)))
    assert "「時間を変えて」" not in text(talk.tell())
    assert talk.take(typed("時間を変えて"), never) is None


def test_who_leaves_is_not_invited():
    assert "「時間を変えて」" not in text(talk_about((promised(9), promised(10)))[1].tell(leaving=True))


def test_nobody_who_did_not_choose_is_rated():
    desk, talk = talk_about((promised(9), SOLVED))
    talk.tell()
    assert talk.take(typed("送料はいくらですか"), lambda: True) is None
    assert desk.ratings == []
    assert not talk.asks


def test_an_answer_that_is_none_is_asked_for_once_more():
    desk, talk = talk_about((promised(9), SOLVED))
    talk.tell()
    assert "ご満足" in text(talk.take(typed("ふにゃふにゃ"), never).says)
    assert "ありがとう" in text(talk.take(typed("はい、満足しました"), never).says)
    assert desk.ratings == [Rating.YES]


def test_silence_is_asked_once_more_and_then_left():
    _, talk = talk_about((promised(9), SOLVED))
    talk.tell()
    assert "ご満足" in text(talk.take(NOTHING_HEARD, never).says)
    assert talk.take(NOTHING_HEARD, never).says == ()
    assert not talk.asks


@pytest.mark.parametrize(
    ("answer", "wants_call"), [("はい", True), ("お願いします", True), ("いいえ", False), ("結構です", False)]
)
def test_an_unhappy_customer_is_offered_a_call_and_nothing_more(answer, wants_call):
    desk, talk = talk_about((promised(9), SOLVED))
    talk.tell()
    asked = talk.take(typed("全然だめでした"), never)
    assert "もう一度、担当の者から" in text(asked.says)
    assert desk.ratings == [Rating.NO]
    found = talk.take(typed(answer), never)
    assert found.wants_call is wants_call
    assert bool(found.says) is not wants_call
    assert not talk.asks


def test_the_recogniser_knows_what_will_be_answered():
    _, talk = talk_about((promised(9), IN_VAIN))
    assert (talk.stage, talk.invites) == (None, False)
    talk.tell()
    assert (talk.stage, talk.asks) == (Stage.OFFER, True)
    talk.take(typed("どれもだめです"), never)
    assert talk.stage is Stage.WHEN
    talk.take(typed("いりません"), never)
    assert (talk.stage, talk.asks) == (None, True)  # yes or no


def test_the_customer_who_goes_is_forgotten():
    desk, talk = talk_about((promised(9), IN_VAIN))
    talk.tell()
    talk.forget()
    assert (talk.asks, talk.said, talk.take(typed("一番"), never)) == (False, (), None)
    assert desk.moved == []


STEPS = Article(
    id="steps",
    title="掃除のしかた",
    category="店",
    variants=("掃除のしかたを教えて", "フィルターの掃除"),
    answer="フィルターを外します。",
    steps=(Step(text="ふたを開けます。"), Step(text="水で洗います。")),
)


@pytest.fixture
def assistant(tmp_path):
    knowledge = Knowledge(MemoryKnowledgeBase([HOURS, STEPS]), Readings(tmp_path), Indexes(tmp_path / "index"))
    return lambda desk: Assistant(knowledge, desk=desk, follows_up=True, now=lambda: NOW)


def said_by(assistant, *lines):
    return [assistant.hear(typed(line)).text for line in lines]


def test_news_waits_until_the_matter_is_solved(assistant):
    talking = assistant(Promises((promised(9), IN_VAIN)))
    answer, solved, chosen = said_by(talking, "営業時間は何時までですか", "はい", "二番")
    assert "つながりません" not in answer
    assert "つながりません" in solved
    assert "午後3時" in chosen
    assert talking.stage is None


def test_news_never_comes_between_steps_or_into_a_form(assistant):
    desk = Promises((promised(9), promised(10)))
    talking = assistant(desk)
    said = said_by(talking, "掃除のしかたを教えて", "はい", "こんにちは", "次")
    assert talking.opening() is None
    said += said_by(talking, "人と話したい", "はい", "もしもし")
    assert talking.opening() is None
    assert [text for text in said if "お申し込みの" in text] == []
    assert len(desk.changes) == 1


def test_who_goes_is_asked_before_the_goodbye(assistant):
    talking = assistant(Promises((promised(9), SOLVED)))
    turn = talking.hear(typed("さようなら"))
    assert "ご満足" in turn.text
    assert not turn.reaction.finished
    talking.hear(typed("はい"))
    assert talking.hear(typed("さようなら")).reaction.finished


def test_who_goes_is_told_what_asks_nothing_with_the_goodbye(assistant):
    turn = assistant(Promises((promised(9), promised(10)))).hear(typed("さようなら"))
    assert turn.reaction.finished
    assert "変わりました" in turn.text
    assert "「時間を変えて」" not in turn.text


def test_what_was_told_is_told_again_and_slower(assistant):
    talking = assistant(Promises((promised(9), IN_VAIN)))
    told = talking.opening().text
    again, slower, chosen = said_by(talking, "もう一度", "ゆっくり話して", "一番")
    assert again == told
    assert told in slower
    assert "午後1時" in chosen


def test_an_unhappy_customers_call_is_taken_down(assistant):
    talking = assistant(Promises((promised(9), SOLVED)))
    talking.opening()
    *_, consent = said_by(talking, "いいえ", "はい")
    assert talking.stage is Stage.CONSENT
    assert "よろしいでしょうか" in consent


def test_a_question_lets_the_offer_go_and_is_answered(assistant):
    desk = Promises((promised(9), IN_VAIN))
    talking = assistant(desk)
    talking.opening()
    (answer,) = said_by(talking, "営業時間は何時までですか")
    assert answer.startswith("お電話の件は、いまのままにいたします。19時までです。")
    assert (talking.stage, desk.moved) == (None, [])


def test_news_of_ones_own_request_is_told_again_as_it_is_now():
    promises = Promises()
    talk = NewsTalk(promises, lambda: NOW, lambda: Setting(now=lambda: NOW))
    request = uuid4()
    talk.keep(request, None, arrived=False)
    assert "お預かりしております" in said_of(talk.take_own(typed("いつ電話が来るの"), lambda: False))
    promises.changes = [Change(id=request, before=None, after=promised(15))]
    assert "午後3時" in said_of(talk.take_own(typed("いつ電話が来るの"), lambda: False))
    assert talk.take_own(typed("送料はいくらですか"), lambda: True) is None


def said_of(aside):
    return "".join(spoken.text for spoken in aside.says)
