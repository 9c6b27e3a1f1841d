import threading
from uuid import uuid4

import numpy as np
import pytest

from intents.callback_form import Setting
from intents.news import CallNews, Rating
from intents.transcripts import typed
from kb.articles import Article
from kb.fakes import MemoryKnowledgeBase
from voice import talking
from voice.assistant import Assistant
from voice.customer_sayings import NobodyKnown
from voice.desk_calls import Change
from voice.errors import AudioDeviceError
from voice.made_once import Indexes, Readings
from voice.microphone import Microphone
from voice.mind import Knowledge
from voice.recognition.fakes import ScriptedRecognizer
from voice.speaker import Speaker
from voice.speech.fakes import SilentSink
from voice.talking import converse_by_text, converse_by_voice

HOURS = Article(
    id="hours", title="営業時間", category="店", variants=("営業時間は何時までですか",), answer="19時までです。"
)
BLOCK = 800  # 50 ms
UTTERANCE = [np.full(BLOCK, 5_000, np.int16)] * 12 + [np.zeros(BLOCK, np.int16)] * 22


class Stream:
    """A microphone in front of which somebody says something as often as it is asked to."""

    def __init__(self, callback, utterances: int) -> None:
        self._callback, self._left = callback, utterances
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        for _ in range(self._left):
            for block in UTTERANCE:
                if self._closed.is_set():
                    return
                self._callback(block.reshape(-1, 1), BLOCK, None, None)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()


def microphone(utterances: int = 1) -> Microphone:
    return Microphone(
        device=None,
        rate_hz=16_000,
        open_stream=lambda callback, **_: Stream(callback, utterances),
        lost_after_s=0.05,
    )


@pytest.fixture
def base() -> MemoryKnowledgeBase:
    return MemoryKnowledgeBase([HOURS])


@pytest.fixture
def assistant(base, tmp_path) -> Assistant:
    return Assistant(Knowledge(base, Readings(tmp_path), Indexes(tmp_path / "index")))


MUTE = Speaker({}, SilentSink(), personal={})


def test_after_a_goodbye_the_next_customer_begins_anew(assistant):
    said: list[str] = []
    script = iter(["営業時間を教えてください", "終わり", "もう一度", "営業時間を教えてください"])

    def show(turn, _times) -> None:
        said.append(turn.text)

    for _ in range(4):
        with pytest.raises(AudioDeviceError):
            converse_by_voice(
                microphone(1), lambda _: ScriptedRecognizer(script), assistant, MUTE, show, lambda _: None
            )
    assert len(said) == 4
    assert "ありがとうございました" in said[1]
    assert "まだ" in said[2]  # nothing of the customer before is repeated
    assert said[3] == said[0] == "19時までです。"


def test_a_microphone_that_goes_away_is_an_error(assistant):
    with pytest.raises(AudioDeviceError, match="went away"):
        converse_by_voice(microphone(0), lambda _: ScriptedRecognizer([]), assistant, MUTE, print, lambda _: None)


def test_a_changed_base_is_compiled_before_anybody_speaks_again(assistant, base):
    minds = []
    script = iter(["営業時間を教えてください", "終わり"])

    def recognizer(assistant):
        minds.append(assistant.mind)
        return ScriptedRecognizer(script)

    def change(_turn, _times) -> None:
        base.put(Article(id="new", title="新しい", category="店", variants=("新しい質問",), answer="答え。"))

    with pytest.raises(AudioDeviceError):
        while len(minds) < 3:
            converse_by_voice(microphone(1), recognizer, assistant, MUTE, change, lambda _: None)
    assert len(minds) >= 2
    assert "新しい質問" in [text for text, _ in minds[-1].phrases]


def test_by_text_until_goodbye(assistant):
    said = []
    lines = ["\n", "営業時間を教えてください\n", "終わり\n", "営業時間を教えてください\n"]
    converse_by_text(lines, assistant, MUTE, lambda turn, _times: said.append(turn.text))
    assert len(said) == 2


class Promising:
    """A desk that has one piece of news."""

    sayings = NobodyKnown()

    def __init__(self) -> None:
        after = CallNews(state="closed", calls=1, close_reason="satisfied")
        self.changes = (Change(id=uuid4(), before=CallNews(state="waiting"), after=after),)
        self.ratings = []

    def setting(self, now):
        return Setting(now=now)

    def news(self):
        return self.changes

    def note_told(self, request_id, news) -> None:
        assert news == self.changes[0].after
        self.changes = ()

    def rate(self, request_id, rating) -> None:
        self.ratings.append(rating)


@pytest.fixture
def promising(base, tmp_path):
    """A desk with news, and an assistant that has it."""
    desk = Promising()
    return desk, Assistant(Knowledge(base, Readings(tmp_path), Indexes(tmp_path / "index")), desk=desk)


def test_news_comes_first_and_is_rated(promising):
    desk, assistant = promising
    said = []
    lines = ["いいえ", "営業時間を教えてください", "終わり"]
    converse_by_text(lines, assistant, MUTE, lambda turn, _times: said.append(turn.text))
    assert "ご満足いただけましたか" in said[0]
    assert "申し訳ございません" in said[1]
    assert said[2] == "19時までです。"
    assert desk.ratings == [Rating.NO]


def test_no_answer_to_the_rating_is_a_question_of_its_own(promising):
    desk, assistant = promising
    assert "ご満足" in assistant.hear(typed("こんにちは")).text  # a greeting is a fitting moment
    assert assistant.hear(typed("営業時間を教えてください")).text == "19時までです。"
    assert desk.ratings == []
    assert "ご満足" not in assistant.hear(typed("こんにちは")).text


def test_news_is_told_while_nobody_speaks(promising, monkeypatch):
    desk, assistant = promising
    monkeypatch.setattr(talking, "LOOK_EVERY_S", 0.0)
    later, desk.changes = desk.changes, ()
    said = []

    def recognizer(_mind):
        desk.changes = later  # it comes when the conversation could begin
        return ScriptedRecognizer(["終わり"])

    with pytest.raises(AudioDeviceError):
        converse_by_voice(
            microphone(1), recognizer, assistant, MUTE, lambda turn, _: said.append(turn.text), lambda _: None
        )
    assert "ご満足いただけましたか" in said[0]
    assert desk.changes == ()


def test_another_question_is_heard_by_another_recognizer_without_closing_the_microphone(base, tmp_path):
    heard_with, opened = [], []
    knowledge = Knowledge(base, Readings(tmp_path), Indexes(tmp_path / "index"))
    assistant = Assistant(knowledge, follows_up=True)
    script = iter(["営業時間を教えてください", "はい", "終わり"])

    def recognizer(assistant):
        heard_with.append(assistant.asks_yes_or_no)
        return ScriptedRecognizer(script)

    source = microphone(3)
    chunks = source.chunks
    source.chunks = lambda: opened.append(1) or chunks()
    with pytest.raises(AudioDeviceError):
        converse_by_voice(source, recognizer, assistant, MUTE, lambda _turn, _times: None, lambda _: None)
    assert heard_with[:2] == [False, True]
    assert opened == [1]
