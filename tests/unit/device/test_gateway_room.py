"""A browser's conversation without a browser: what is heard, told, shown and spoken."""

from datetime import datetime

import pytest

from intents.callback_form import Stage
from intents.conversation import Pace
from intents.transcripts import typed
from intents.when_types import TOKYO
from kb.articles import Article, Step
from kb.fakes import MemoryKnowledgeBase
from server.gateway.ports import Heard, Partial, Sound, SoundEnd, SpeechBegan, Told
from tests.callback_samples import SetClock
from tests.desk_office import open_desk
from voice.assistant import Assistant
from voice.desk_direct import DirectDesk
from voice.gateway_room import SOUND_RATE_HZ, BrowserRoom
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge
from voice.speaker import Speaker
from voice.speech.fakes import HummingSynthesizer, SilentSink

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=TOKYO)  # a Wednesday
HOURS = Article(
    id="hours", title="営業時間", category="店", variants=("営業時間は何時までですか",), answer="19時までです。"
)
FILTER = Article(
    id="filter", title="フィルターの掃除", category="手入れ", variants=("フィルターの掃除のしかた",),
    answer="外して洗います。", steps=(Step(text="電源を切ります。"), Step(text="外します。"), Step(text="洗います。")),
)  # fmt: skip
BLOCK = bytes(3_200)


class Ears:
    """A recogniser that hears what stands in `partials` and `found`, piece by piece."""

    def __init__(self):
        self.partials, self.found, self.rest = [], [], ()

    def accept(self, chunk):
        assert chunk.rate_hz == 16_000
        return (typed(self.found.pop(0)),) if self.found and not self.partials else ()

    def partial(self):
        return self.partials.pop(0) if self.partials else ""

    @property
    def hears_speech(self):
        return bool(self.partials)

    def finish(self):
        rest, self.rest = self.rest, ()
        return rest


@pytest.fixture
def ears():
    return Ears()


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    office = open_desk(tmp_path_factory.mktemp("office") / "desk", SetClock(NOW))
    yield office
    office.close()


@pytest.fixture
def desk(office):
    return DirectDesk(office, "browser")


@pytest.fixture
def asked():
    """Stages for which a recogniser was asked."""
    return []


@pytest.fixture
def room(ears, desk, asked, tmp_path):
    knowledge = Knowledge(MemoryKnowledgeBase([HOURS, FILTER]), Readings(tmp_path), Indexes(tmp_path / "index"))
    voices = {Pace.NORMAL: HummingSynthesizer()}

    def listening(assistant):
        asked.append(assistant.stage)
        return ears

    def assistant():
        return Assistant(knowledge, desk=desk, follows_up=True, now=lambda: NOW)

    return BrowserRoom(assistant, listening, Speaker(voices, SilentSink(), personal=voices), lambda: NOW)


@pytest.fixture
def talk(room):
    talk = room.open()
    list(talk.greet())
    return talk


def told(events):
    return next(event for event in events if isinstance(event, Told))


def answers(talk, *lines):
    return [told(talk.read(line)) for line in lines][-1]


def test_it_greets_and_speaks_the_whole_greeting(room):
    events = list(room.open().greet())
    assert "声窓" in events[0].texts[0]
    sounds = [event for event in events if isinstance(event, Sound)]
    assert sum(len(sound.pcm) for sound in sounds) > 2 * SOUND_RATE_HZ
    assert {event.turn for event in (*sounds, events[-1])} == {1}
    assert events[-1] == SoundEnd(turn=1)


def test_a_typed_question_is_answered(talk):
    heard, answer, *_ = talk.read("営業時間は何時までですか")
    assert heard == Heard(text="営業時間は何時までですか")
    assert (answer.turn, answer.title) == (2, "営業時間")
    assert "19時までです。" in answer.texts


def test_speech_is_shown_as_it_comes_and_stops_the_answer(talk, ears):
    ears.partials = ["エ", "エイギョー", "エイギョージカン"]
    events = [event for _ in range(3) for event in talk.hear(BLOCK)]
    assert events == [Partial(text="え"), SpeechBegan(), Partial(text="えいぎょー"), Partial(text="えいぎょーじかん")]
    ears.found = ["エイギョージカンワナンジマデデスカ"]
    events = list(talk.hear(BLOCK))
    assert Heard(text="えいぎょーじかんわなんじまでですか") in events
    assert told(events).title == "営業時間"


def test_its_own_voice_is_no_customer(talk, ears):
    answers(talk, "営業時間は何時までですか")
    ears.partials = ["ジューク", "ジュークジマデデス"]
    assert not any(isinstance(event, SpeechBegan) for _ in range(2) for event in talk.hear(BLOCK))
    ears.found = ["ジュークジマデデス"]
    events = list(talk.hear(BLOCK))
    assert events == [Partial(text=""), Partial(text="")]


def test_letting_go_ends_the_utterance(talk, ears):
    list(talk.hear(BLOCK))
    ears.rest = (typed("営業時間は何時までですか"),)
    assert told(talk.let_go()).title == "営業時間"


def test_letting_go_without_a_word_is_asked_about(talk, ears):
    list(talk.hear(BLOCK))
    heard, answer, *_ = talk.let_go()
    assert heard == Heard(text="")
    assert answer.texts


def test_letting_go_after_the_answer_says_nothing_more(talk, ears):
    ears.found = ["営業時間は何時までですか"]
    list(talk.hear(BLOCK))
    assert list(talk.let_go()) == [Partial(text="")]


def test_hush_ends_the_sound(talk):
    events = talk.read("営業時間は何時までですか")
    while not isinstance(next(events), Sound):
        pass
    talk.hush()
    assert list(events) == []


def test_after_a_break_it_is_shown_where_the_talk_was(talk):
    before = answers(talk, "フィルターの掃除のしかた")
    assert list(talk.greet()) == [before]


def test_choices_and_steps_can_be_tapped(talk):
    assert answers(talk, "フィルターの掃除のしかた").choices == ("はい", "いいえ")
    first = answers(talk, "はい")
    assert (first.step, first.steps) == (1, 3)
    assert answers(talk, "次").step == 2
    assert answers(talk, "前").step == 1


def test_a_recogniser_is_made_with_the_first_sound_and_for_what_is_asked(talk, asked):
    answers(talk, "担当者と話したい", "はい")
    assert asked == []
    list(talk.hear(BLOCK))
    list(talk.hear(BLOCK))
    assert asked == [Stage.NAME]


def test_the_form_is_filled_by_voice_and_by_hand_and_the_desk_has_the_request(talk, office):
    assert answers(talk, "担当者と話したい").form is None  # nobody has agreed yet
    assert answers(talk, "はい").form.asks == Stage.NAME.value
    assert answers(talk, "山田花子です").form.name == "山田花子"
    offered = told(talk.fill({"name": "山田華子", "phone": "090-1234-5678", "when": "明日の午後"}))
    assert offered.form.phone.replace("-", "") == "09012345678"
    assert len(offered.choices) >= 2
    summary = answers(talk, offered.choices[0])
    assert summary.form.when == offered.choices[0]
    answers(talk, "はい")
    (case_id,) = office.desk.queue.cases_of("+819012345678")
    request = office.desk.queue.case(case_id).requests[-1].request
    assert (request.customer_name, request.device) == ("山田華子", "browser")


def test_what_is_missing_in_the_form_is_asked_for(talk):
    answers(talk, "担当者と話したい", "はい")
    asks = told(talk.fill({"name": "山田花子", "phone": "090", "when": "いつでも"}))
    assert asks.form.asks == Stage.PHONE.value


def test_a_closed_talk_remembers_nothing(room, talk):
    answers(talk, "フィルターの掃除のしかた")
    talk.close()
    assert answers(talk, "はい").steps == 0


def test_talks_know_nothing_of_each_other(room, talk):
    other = room.open()
    list(other.greet())
    answers(talk, "フィルターの掃除のしかた")
    assert answers(other, "はい").steps == 0
