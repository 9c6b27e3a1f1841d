import numpy as np

from intents.answers import Spoken
from intents.conversation import Pace
from voice.speaker import PAUSE_MS, Speaker, speakable
from voice.speech.fakes import HummingSynthesizer, SilentSink
from voice.speech.prosody import Prosody


def test_a_reading_overrides_the_text():
    assert speakable(Spoken(text="E1です", reading="いーいちです")) == "いーいちです"


def test_overrides_reach_the_voice():
    assert "こえまど" in speakable(Spoken(text="声窓です", overrides={"声窓": "こえまど"}))


def test_each_sentence_is_played_as_soon_as_it_is_there():
    sink = SilentSink()
    times = Speaker({Pace.NORMAL: HummingSynthesizer()}, sink, personal={}).say(
        [Spoken(text="一つ。二つ。"), Spoken(text="三つ。")]
    )
    assert len(sink.played) == 3
    assert times.synthesize_ms >= 0
    tail = sink.played[0].rate_hz * PAUSE_MS // 1000
    assert np.all(sink.played[0].samples[-tail:] == 0)


def test_stopping_while_the_next_sentence_is_rendered():
    sink = SilentSink()

    class Stopping(HummingSynthesizer):
        def synthesize(self, text):
            if text == "二つ。":
                speaker.stop()
            return super().synthesize(text)

    speaker = Speaker({Pace.NORMAL: Stopping()}, sink, personal={})
    speaker.say([Spoken(text="一つ。二つ。三つ。")])
    assert len(sink.played) == 1
    speaker.say([Spoken(text="四つ。")])
    assert len(sink.played) == 2


def test_slowly_takes_longer():
    voices = {Pace.NORMAL: HummingSynthesizer(), Pace.SLOW: HummingSynthesizer(Prosody().slower())}
    speaker = Speaker(voices, SilentSink(), personal={})
    normal, slow = (
        sum(c.duration_ms for c in speaker.rendered([Spoken(text="ゆっくり話します。")], pace)) for pace in Pace
    )
    assert slow > normal


def test_without_a_voice_it_is_mute():
    sink = SilentSink()
    assert Speaker({}, sink, personal={}).say([Spoken(text="一つ。")]).synthesize_ms >= 0
    assert not sink.played


def test_what_tells_of_a_person_is_said_by_a_voice_that_keeps_nothing():
    keeping, forgetting = HummingSynthesizer(), HummingSynthesizer()
    speaker = Speaker({Pace.NORMAL: keeping}, SilentSink(), personal={Pace.NORMAL: forgetting})
    speaker.say([Spoken(text="はい。"), Spoken(text="山田花子さま。", is_personal=True)])
    assert (keeping.texts, forgetting.texts) == (["はい。"], ["山田花子さま。"])
