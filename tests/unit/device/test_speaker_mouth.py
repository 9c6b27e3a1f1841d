"""What the smart speaker says when something goes wrong that nobody foresaw: the customer is told, the log too."""

import threading

import pytest

from intents.answers import Spoken
from intents.conversation import Outcome, Pace, Reaction
from intents.transcripts import typed
from voice.assistant import Turn
from voice.speaker import Speaker
from voice.speaker_mouth import Mouth
from voice.speaker_states import Event
from voice.speech.earcons import Earcon, sound
from voice.speech.fakes import HummingSynthesizer, SilentSink

ANSWER = Turn(
    heard=typed("はい"),
    reaction=Reaction(outcome=Outcome.ANSWER, says=(Spoken(text="はい。"),)),
    article=None,
    pace=Pace.NORMAL,
    match_ms=0.0,
)


class BrokenSpeech(HummingSynthesizer):
    def synthesize(self, text):
        raise RuntimeError(text)


class Told:
    """What a mouth tells, and a way to wait for the end of it."""

    def __init__(self, synthesizer):
        self.sink, self.events, self.said = SilentSink(), [], threading.Event()
        voices = {Pace.NORMAL: synthesizer}
        speaker = Speaker(voices, self.sink, personal=voices)
        self.mouth = Mouth(speaker, self.sink, self._tell, lambda _turn: None, tones=True)

    def _tell(self, event, job):
        self.events.append((event, "".join(spoken.text for spoken in job.says)))
        if event is Event.SAID:
            self.said.set()

    def answer(self, make):
        self.mouth.answer(make)
        assert self.said.wait(10)
        self.mouth.close()


@pytest.fixture
def told():
    return Told(HummingSynthesizer())


def broken():
    raise RuntimeError("山田花子です")


def test_who_asked_is_told_that_something_went_wrong(told, caplog):
    told.answer(broken)
    (answered, text), (last, _) = told.events
    assert (answered, last) == (Event.ANSWERED, Event.SAID)
    assert "うまくお答えできませんでした" in text
    assert sum(len(chunk.samples) for chunk in told.sink.played) > 0
    assert "RuntimeError" in caplog.text
    assert "山田" not in caplog.text


def test_where_no_voice_is_left_a_tone_is_heard(caplog):
    told = Told(BrokenSpeech())
    told.answer(lambda: ANSWER)
    assert [chunk for chunk in told.sink.played if chunk is sound(Earcon.ERROR)]
    assert "RuntimeError" in caplog.text


def test_an_answer_is_said(told):
    told.answer(lambda: ANSWER)
    assert told.events == [(Event.ANSWERED, "はい。"), (Event.SAID, "はい。")]
