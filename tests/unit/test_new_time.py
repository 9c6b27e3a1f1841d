"""Another time for a promised call, or none: what is understood, what is honestly said, and that nobody is stuck."""

import os
from datetime import datetime, timedelta
from functools import cache, partial

import pytest

from intents import new_time
from intents.callback_form import Setting
from intents.new_time import Asked, Moved, NewTime, Taken, Wanted, begin, chosen, take, with_offers, withdrawn
from intents.new_time_words import wish_in
from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript, typed
from intents.when_types import TOKYO, Window

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)  # Tuesday
SETTING = Setting(now=lambda: NOW)
STATES = int(os.environ.get("KOEMADO_BEGINNINGS", "10"))  # from which something is said again and again


def slot(hour, day=25):
    begins = datetime(2026, 11, day, hour, tzinfo=TOKYO)
    return Window(begins=begins, ends=begins + timedelta(minutes=30))


SLOTS = (slot(13), slot(15), slot(10, 26))
ONE = (slot(13),)
QUESTIONS = {"送料はいくらですか", "返品したい", "明日は何時までやってますか", "一番安い洗濯機はどれですか"}


def heard(line):
    return typed(line) if line else NOTHING_HEARD


@pytest.fixture(autouse=True, scope="module")
def quick():
    """The walk says the same few things thousands of times: each is understood once."""
    with pytest.MonkeyPatch.context() as patch:
        when_in = cache(partial(new_time.when_in, now=NOW))
        patch.setattr(new_time, "when_in", lambda heard, **_: when_in(heard))
        patch.setattr(new_time, "reply_in", cache(new_time.reply_in))
        patch.setattr(new_time.words, "wish_in", cache(new_time.words.wish_in))
        yield


class Desk:
    """Has these times free (None: it is away); `takes`: what becomes of a choice."""

    def __init__(self, free=SLOTS, takes=Moved):
        self.free, self.takes, self.withdrawn = free, takes, False
        self.chosen = None

    def __call__(self, step):
        if step.wanted is Wanted.OFFERS:
            return with_offers(step.state, self.free, SETTING)
        if step.wanted is Wanted.CHOOSE:
            self.chosen = step.state.chosen
            found = {Moved: Moved(promise=self.chosen), Taken: Taken(offers=self.free or ()), None: None}[self.takes]
            return chosen(step.state, found, SETTING)
        self.withdrawn = self.free is not None
        return withdrawn(step.state, self.withdrawn)


class Talk:
    """What follows news of a call; `promise`: when the next one comes."""

    def __init__(self, promise=None, free=SLOTS, takes=Moved):
        self.desk = Desk(free, takes)
        self.step = begin(promise, free, SETTING)

    def __call__(self, *lines):
        for line in lines:
            step = take(self.step.state, heard(line), SETTING, is_question=lambda line=line: line in QUESTIONS)
            assert step is not None, line
            says = step.says
            while step.wanted is not Wanted.NOTHING:
                step = self.desk(step)
                says = (*says, *step.says)
            self.step, self.text = step, "".join(spoken.text for spoken in says)
        return self

    @property
    def said(self):
        return "".join(spoken.text for spoken in self.step.says)

    @property
    def state(self):
        return self.step.state


def test_free_times_are_offered_where_nothing_is_promised():
    talk = Talk()
    assert talk.state.asked is Asked.OFFER
    assert ["午後1時" in talk.said, "午後3時" in talk.said, "26日木曜日" in talk.said] == [True] * 3


@pytest.mark.parametrize("free", [None, ()])
def test_where_none_is_known_a_call_comes_some_time(free):
    talk = Talk(free=free)
    assert talk.said == "改めて、お電話を差し上げます。"
    assert talk.state.asked is Asked.NOTHING


def test_a_promise_is_left_alone_unless_the_customer_speaks_of_it():
    state = Talk(promise=slot(11)).state
    assert take(state, typed("はい"), SETTING, is_question=lambda: False) is None
    assert take(state, typed("やめて"), SETTING, is_question=lambda: False) is None
    assert take(state, NOTHING_HEARD, SETTING, is_question=lambda: False) is None
    assert Talk(promise=slot(11))("時間を変えて").state.asked is Asked.OFFER


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("二番", 1),
        ("木曜日のほうで", 2),
        ("15時でお願いします", 1),
        ("一番早いので", 0),
        ("えーと、三番目でいいです", 2),
        ("ニバンデ", 1),
    ],
)
def test_one_is_chosen(line, place):
    talk = Talk()(line)
    assert talk.desk.chosen == SLOTS[place]
    assert talk.state == NewTime(promise=SLOTS[place], moved=True)
    assert "差し上げます" in talk.text


def test_one_is_chosen_by_its_sound():
    said = Transcript(
        hypotheses=(Hypothesis(text="モクヨービノホーデ", reading="モクヨービノホーデ", confidence=1.0),),
        duration_ms=900,
    )
    step = take(Talk().state, said, SETTING, is_question=lambda: False)
    assert (step.wanted, step.state.chosen) == (Wanted.CHOOSE, SLOTS[2])


def test_yes_to_a_single_one():
    assert Talk(free=ONE)("はい、お願いします").desk.chosen == ONE[0]
    assert Talk(free=SLOTS)("はい").desk.chosen is None


def test_all_right_to_a_single_one_is_asked_about_once_more():
    talk = Talk(free=ONE)("大丈夫です")
    assert (talk.desk.chosen, talk.state.asked) == (None, Asked.OFFER)
    assert talk("はい").desk.chosen == ONE[0]


def test_a_time_that_is_not_offered_is_no_choice():
    assert Talk()("16時にしてください").desk.chosen is None


def test_a_time_just_promised_may_be_wrong():
    talk = Talk()("二番", "ちがいます")
    assert talk.state.asked is Asked.OFFER


def test_another_wish_in_words():
    talk = Talk()("どれもだめです")
    assert talk.state.asked is Asked.WHEN
    talk("木曜の午前がいいんですけど")
    assert "ご希望の時間に" in talk.text or "26日木曜日" in talk.text
    assert talk.state.asked is Asked.OFFER
    assert talk("はい").desk.chosen == slot(10, 26)


def test_an_exact_time_that_is_free_is_taken_at_once():
    assert Talk()("明日の午後3時にしてください").desk.chosen == slot(15)


def test_another_wish_beside_change_is_heard():
    talk = Talk(promise=slot(11))("電話の時間を、明日の午後3時に変えてください")
    assert talk.desk.chosen == slot(15)


def test_what_is_full_leads_to_others():
    assert "空きがございません" in Talk()("金曜の夕方").text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("8時", "午前でしょうか"),
        ("昨日の午後3時", "過ぎて"),
        ("日曜の夜9時", "担当の者がおりません"),
        ("日曜は？", "11月30日、月曜日でしたら、おります"),
        ("土曜日は大丈夫ですか", "11月27日、金曜日、または、11月30日、月曜日でしたら"),
    ],
)
def test_what_has_to_be_known_is_asked(line, words):
    talk = Talk()(line)
    assert words in talk.text
    assert talk.desk.chosen is None
    assert talk.state.failed == 1


@pytest.mark.parametrize(
    "line", ["電話はもういりません", "やめてください", "いりません", "キャンセルします", "もう電話しないでください"]
)
def test_no_call_is_confirmed_once(line):
    talk = Talk()(line)
    assert (talk.state.asked, talk.desk.withdrawn) == (Asked.WITHDRAW, False)
    talk("はい")
    assert (talk.state.asked, talk.desk.withdrawn) == (Asked.OVER, True)
    assert "取り下げました" in talk.text


@pytest.mark.parametrize(("promise", "words"), [(None, "いまのまま"), (slot(11), "午前11時")])
def test_no_call_after_all_is_not_meant(promise, words):
    talk = Talk(promise=promise)("電話はもういりません", "いいえ")
    assert not talk.desk.withdrawn
    assert words in talk.text
    assert talk.state.asked is Asked.NOTHING


def test_instead_of_no_call_another_time():
    assert Talk()("いりません", "やっぱり明日の午後3時で").desk.chosen == slot(15)


@pytest.mark.parametrize(
    ("lines", "never"),
    [(("時間を変えて",), "差し上げます"), (("電話はいりません", "はい"), "取り下げました")],
)
def test_a_desk_that_is_away_is_told(lines, never):
    talk = Talk(promise=slot(11), free=None)(*lines)
    assert "届きません" in talk.text
    assert never not in talk.text
    assert talk.state == NewTime(promise=slot(11), rounds=talk.state.rounds)


def test_a_choice_the_desk_did_not_answer_is_not_promised():
    talk = Talk(takes=None)("二番")
    assert "届きません" in talk.text
    assert "差し上げます" not in talk.text
    assert talk.state.promise is None


def test_a_taken_time_leads_to_the_new_free_ones():
    talk = Talk(takes=Taken)("二番")
    assert "埋まって" in talk.text
    assert talk.state.asked is Asked.OFFER
    talk.desk.takes = Moved
    assert "差し上げます" in talk("一番").text


@pytest.mark.parametrize("line", sorted(QUESTIONS))
def test_a_question_is_answered_instead(line):
    talk = Talk()(line)
    assert talk.step.let_go
    assert talk.text == "お電話の件は、いまのままにいたします。"
    assert (talk.desk.chosen, talk.state.asked) == (None, Asked.NOTHING)


def test_who_goes_is_not_held_up():
    talk = Talk()("さようなら")
    assert (talk.step.let_go, talk.text) == (True, "")


def test_who_wants_a_human_is_let_go():
    assert Talk()("担当者に代わってください").step.let_go


def test_twice_not_understood_is_the_end():
    talk = Talk()
    first = talk("ああああ").text
    assert len(first) < len(begin(None, SLOTS, SETTING).says[0].text)
    assert "いまのまま" in talk("ああああ").text
    assert talk.state.asked is Asked.NOTHING


def test_silence_is_asked_once():
    talk = Talk()("")
    assert talk.state.asked is Asked.OFFER
    assert (talk("").text, talk.state.asked) == ("", Asked.NOTHING)


@pytest.mark.parametrize(
    ("line", "wish"),
    [
        ("時間を変えて", "change"),
        ("電話の時間を明日に変えてほしいんですけど", "change"),
        ("デンワノジカンオズラシテホシーンデスケド", "change"),
        ("電話はもういりません", "withdraw"),
        ("電話番号を教えて", None),
        ("注文の時間を変えたい", None),
    ],
)
def test_wishes(line, wish):
    assert wish_in(typed(line)) == wish


UTTERANCES = (
    "", "はい", "いいえ", "ああああ", "二番", "最初の", "明日の午後", "明日の午後3時", "日曜の夜9時", "昨日", "8時", "時間を変えて",
    "電話はもういりません", "やめて", "いりません", "大丈夫です", "どれもだめです", "送料はいくらですか", "前", "最初から", "次", "こんにちは",
    "人と話したい", "さようなら", "違います", "いつでも", "今日はいい天気ですね",
)  # fmt: skip


@pytest.mark.parametrize(
    ("promise", "free", "takes"),
    [
        (None, SLOTS, Moved),
        (None, SLOTS, Taken),
        (None, ONE, Moved),
        (None, (), Moved),
        (slot(11), None, None),
        (slot(11), SLOTS, None),
    ],
)
def test_nobody_is_stuck(promise, free, takes):
    """Walk to every state that can be reached; whatever one says again and again, each comes to an end."""
    desk = Desk(free, takes)
    waiting = [begin(promise, SLOTS if free is None else free, SETTING).state]
    seen = set(waiting)
    while waiting:
        state = waiting.pop()
        for line in UTTERANCES:
            after = _next(state, line, desk)
            if after is not None and after not in seen:
                seen.add(after)
                waiting.append(after)
        assert len(seen) < 2_000
    assert len(seen) > 3
    for state in list(seen)[:: max(1, len(seen) // STATES)]:
        for line in UTTERANCES:
            assert _ends(state, line, desk), (state.asked, line)


def _next(state, line, desk):
    """What is asked next; None where the utterance is nothing to it, or nothing more is asked."""
    step = take(state, heard(line), SETTING, is_question=lambda: line in QUESTIONS)
    if step is None:
        return None
    says = step.says
    while step.wanted is not Wanted.NOTHING:
        step = desk(step)
        says = (*says, *step.says)
    assert says or step.let_go or not line, (state.asked, line)
    return step.state


def _ends(state, line, desk):
    """Saying the same again and again ends in a state in which nothing is asked."""
    for _ in range(20):
        if state is None or state.asked in (Asked.NOTHING, Asked.OVER):
            return True
        state = _next(state, line, desk)
    return False
