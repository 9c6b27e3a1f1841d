"""A time told in the form of a question, in the middle of the form; and when somebody is there, near a time at which nobody is."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from intents.callback_form import Setting, Stage, Wanted
from intents.callback_moves import question
from intents.conversation import State, react
from intents.readings import reading_of
from intents.transcripts import Hypothesis, Transcript, typed
from intents.when import when_in
from intents.when_asked import asks_for_time
from intents.when_nearest import nearest_open
from intents.when_types import DEFAULT_OFFICE, TOKYO, Office
from tests.conversation_minds import mind_of

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)  # Tuesday
TOPICS = {
    "hours": (
        "営業時間",
        ["日曜は営業していますか", "日曜は？", "土曜日は大丈夫ですか", "明日は？", "何時まで開いていますか"],
    ),
    "free": ("空き", ["午後は空いてる？", "日曜日は空いていますか"]),
}
TO_WHEN = ("オペレーター", "はい", "山田です", "はい", "090-1234-5678", "はい")


def kana(text):
    """As the embedded model hears it: morae, no kanji."""
    reading = reading_of(text)
    return Transcript(hypotheses=(Hypothesis(text=reading, reading=reading, confidence=1.0),), duration_ms=900)


def spaced(text):
    """As Vosk's small model writes it."""
    return typed(text.replace("？", "").replace("は", " は ").replace("の", " の "))


ways_to_hear = pytest.mark.parametrize("hear", [typed, kana, spaced])


@pytest.fixture(scope="module")
def mind():
    return mind_of(TOPICS, follows_up=True, calls=Setting(now=lambda: NOW))


class Talk:
    """A conversation up to the moment the time is asked for; `said` is the last thing."""

    def __init__(self, mind, *lines, hear=typed):
        self.mind, self.state = mind, State()
        for line in TO_WHEN:
            self.say(typed(line))
        for line in lines:
            self.say(hear(line))

    def say(self, heard):
        self.state, self.reaction = react(self.state, heard, self.mind)
        self.said = "".join(one.text for one in self.reaction.says)

    @property
    def form(self):
        return self.state.form

    @property
    def days(self):
        return [(one.begins.day, one.begins.hour) for one in self.form.wishes.windows]


def test_the_base_has_answers_to_these_questions(mind):
    for line in ("日曜は？", "午後は空いてる？", "土曜日は大丈夫ですか", "明日は？"):
        _, reaction = react(State(), typed(line), mind)
        assert reaction.topic is not None or reaction.candidates


@ways_to_hear
@pytest.mark.parametrize(
    ("line", "wished"),
    [
        ("明日は？", (25, 9)),
        ("午後は空いてる？", (24, 12)),
        ("明日の午前中は大丈夫ですか", (25, 9)),
        ("木曜の3時ってどうですか", (26, 15)),
        ("金曜日の夕方でもかけてもらえますか", (27, 16)),
        ("あさっては無理ですかね", (26, 9)),
    ],
)
def test_asked_for_a_time_a_question_about_a_time_is_a_wish(mind, hear, line, wished):
    talk = Talk(mind, line, hear=hear)
    assert (talk.reaction.topic, talk.reaction.wanted) == (None, Wanted.SLOTS)
    assert talk.days[0] == wished


@ways_to_hear
@pytest.mark.parametrize("line", ["日曜は？", "土曜日は大丈夫ですか", "日曜日は空いていますか", "土日でもいいですか"])
def test_of_a_day_on_which_nobody_is_there_that_is_said_and_when_somebody_is(mind, hear, line):
    talk = Talk(mind, line, hear=hear)
    assert (talk.reaction.topic, talk.form.stage) == (None, Stage.WHEN)
    assert "その時間は、担当の者がおりません。11月27日、金曜日、または、11月30日、月曜日でしたら、おります" in talk.said


@pytest.mark.parametrize(
    ("answer", "wished"),
    [("あとのほう", (30, 9)), ("先のほうで", (27, 9)), ("月曜で", (30, 9)), ("明日の午後", (25, 12))],
)
def test_one_of_the_days_may_be_chosen_or_another_told(mind, answer, wished):
    talk = Talk(mind, "日曜は？", answer)
    assert (talk.reaction.wanted, talk.days) == (Wanted.SLOTS, [wished])
    assert talk.form.near == ()


def test_a_single_time_is_taken_by_a_yes(mind):
    once = Office(week={3: ((540, 720),)}, why_closed=lambda day: "休業" if day > date(2026, 11, 26) else None)
    talk = Talk(replace(mind, calls=Setting(now=lambda: NOW, office=once)), "日曜は？", "はい")
    assert (talk.reaction.wanted, talk.days) == (Wanted.SLOTS, [(26, 9)])


def test_who_insists_is_not_kept_there(mind):
    talk = Talk(mind, "日曜は？", "日曜は？", "日曜は？")
    assert talk.reaction.wanted is Wanted.SLOTS
    assert "担当の者がおりますときに" in talk.said


@ways_to_hear
@pytest.mark.parametrize("line", ["日曜は営業していますか", "日曜は何時まで開いていますか"])
def test_a_question_about_something_else_is_answered(mind, hear, line):
    talk = Talk(mind, line, hear=hear)
    assert talk.reaction.topic.id == "hours"
    assert talk.said.endswith(question(talk.form, mind.calls).text)


def test_where_no_time_is_asked_for_it_is_a_question(mind):
    state, _ = react(State(), typed("オペレーター"), mind)
    _, reaction = react(state, typed("日曜は？"), mind)
    assert reaction.topic is not None


@pytest.mark.parametrize(
    "line",
    [
        "今日は何時に終わるんですか", "大丈夫ですか", "送料は2日でいくらですか", "3日以内に返品できますか", "明日届きますか",
        "土曜日も返品できますか", "電話は何時まで大丈夫ですか", "", "空いてますか",
    ],
)  # fmt: skip
@ways_to_hear
def test_what_speaks_of_more_than_a_time(hear, line):
    assert not asks_for_time(hear(line))


def near(text, office=DEFAULT_OFFICE, now=NOW):
    window = when_in(typed(text), now=now, office=office).windows[0]
    assert window.outside_hours
    return [
        (f"{one.begins:%m-%d %H:%M}", f"{one.ends:%H:%M}", one.part)
        for one in nearest_open(window, now=now, office=office)
    ]


def test_near_a_closed_day_the_same_time_of_other_days():
    assert near("日曜の午後") == [("11-27 12:00", "18:00", "午後"), ("11-30 12:00", "18:00", "午後")]
    assert near("日曜の10時") == [("11-27 10:00", "10:30", "point"), ("11-30 10:00", "10:30", "point")]
    assert near("日曜") == [("11-27 09:00", "18:00", "day"), ("11-30 09:00", "18:00", "day")]


def test_near_a_time_at_which_nobody_ever_is_the_day_itself_and_the_next():
    assert near("明日の夜8時") == [("11-25 15:00", "18:00", ""), ("11-26 09:00", "18:00", "day")]
    assert near("明日の朝6時") == [("11-24 10:15", "18:00", "day"), ("11-25 09:00", "12:00", "")]


def test_of_two_blocks_a_day_the_nearer():
    office = Office(week=dict.fromkeys(range(5), ((540, 720), (780, 1080))))
    assert near("明日の12時から13時", office) == [("11-25 09:00", "12:00", ""), ("11-25 13:00", "16:00", "")]


def test_what_is_over_is_not_near():
    friday = NOW.replace(day=27, hour=17, minute=30)
    assert near("明日", now=friday) == [("11-30 09:00", "18:00", "day")]


def test_where_nobody_is_there_for_weeks_nothing_is_near():
    closed = Office(week=DEFAULT_OFFICE.week, why_closed=lambda day: "休業" if day != date(2026, 12, 25) else None)
    assert near("日曜", closed) == []
