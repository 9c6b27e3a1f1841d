from threading import Event, Thread

import numpy as np
import pytest

from voice.errors import SynthesisError
from voice.speech.cache import CachedSynthesizer, SpeechCache
from voice.speech.fakes import HummingSynthesizer
from voice.speech.prosody import Prosody

PATIENCE_S = 10


@pytest.fixture
def cache(tmp_path):
    return SpeechCache(tmp_path, 10_000_000)


class GatedSynthesizer(HummingSynthesizer):
    """Renders when the test opens the gate."""

    def __init__(self):
        super().__init__()
        self.entered, self.gate = Event(), Event()

    def synthesize(self, text):
        self.entered.set()
        assert self.gate.wait(PATIENCE_S)
        return super().synthesize(text)


def test_a_known_text_is_not_rendered_again(cache):
    inner = HummingSynthesizer()
    synthesizer = CachedSynthesizer(inner, cache)
    first = synthesizer.synthesize("はい")
    np.testing.assert_array_equal(synthesizer.synthesize("はい").samples, first.samples)
    assert inner.texts == ["はい"]


def test_nor_after_a_restart(cache, tmp_path):
    CachedSynthesizer(HummingSynthesizer(), cache).synthesize("はい")
    inner = HummingSynthesizer()
    CachedSynthesizer(inner, SpeechCache(tmp_path, 10_000_000)).synthesize("はい")
    assert inner.texts == []


def test_another_speed_is_another_entry(cache):
    CachedSynthesizer(HummingSynthesizer(), cache).synthesize("はい")
    slow = HummingSynthesizer(Prosody(speed=0.5))
    assert CachedSynthesizer(slow, cache).synthesize("はい").duration_ms == 800
    assert slow.texts == ["はい"]


def test_another_volume_is_the_same_entry(cache):
    CachedSynthesizer(HummingSynthesizer(), cache).synthesize("はい")
    quiet = HummingSynthesizer(Prosody(volume=0.2))
    CachedSynthesizer(quiet, cache).synthesize("はい")
    assert quiet.texts == []


def test_the_fingerprint_is_that_of_the_voice(cache):
    inner = HummingSynthesizer(Prosody(speed=0.7))
    assert CachedSynthesizer(inner, cache).fingerprint == inner.fingerprint


def test_threads_asking_for_the_same_text_share_one_rendering(cache):
    second_asked = Event()
    asked = []

    class Asked(GatedSynthesizer):
        @property
        def fingerprint(self):
            asked.append(1)
            if len(asked) == 2:
                second_asked.set()
            return super().fingerprint

    inner = Asked()
    synthesizer = CachedSynthesizer(inner, cache)
    chunks = []
    threads = [Thread(target=lambda: chunks.append(synthesizer.synthesize("はい"))) for _ in range(2)]
    threads[0].start()
    assert inner.entered.wait(PATIENCE_S)
    threads[1].start()
    assert second_asked.wait(PATIENCE_S)
    inner.gate.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert [chunk.duration_ms for chunk in chunks] == [400, 400]
    assert inner.texts == ["はい"]


def test_threads_asking_for_other_texts_do_not_wait(cache):
    inner = GatedSynthesizer()
    synthesizer = CachedSynthesizer(inner, cache)
    inner.gate.set()
    synthesizer.synthesize("はい")
    inner.gate.clear()
    inner.entered.clear()
    blocked = Thread(target=synthesizer.synthesize, args=("いいえ",))
    blocked.start()
    assert inner.entered.wait(PATIENCE_S)
    assert synthesizer.synthesize("はい").duration_ms == 400
    inner.gate.set()
    blocked.join(PATIENCE_S)
    assert not blocked.is_alive()


def test_a_failure_is_raised_and_not_remembered(cache):
    inner = HummingSynthesizer()
    synthesizer = CachedSynthesizer(inner, cache)
    for _ in range(2):
        with pytest.raises(SynthesisError, match="nothing to say"):
            synthesizer.synthesize("。")
    assert len(inner.texts) == 2


def test_a_broken_cache_never_stops_an_answer(tmp_path):
    (tmp_path / "file").write_text("no folder")
    inner = HummingSynthesizer()
    synthesizer = CachedSynthesizer(inner, SpeechCache(tmp_path / "file", 1_000_000))
    assert synthesizer.synthesize("はい").duration_ms == 400
    assert synthesizer.synthesize("はい").duration_ms == 400
