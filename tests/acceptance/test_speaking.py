"""Speaking from text to sound, with the real Open JTalk and nothing faked but the loudspeaker."""

import json
import subprocess
import sys
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import soundfile
import vosk
from rapidfuzz.distance import Levenshtein

from intents.morae import normalise
from intents.readings import morae_of
from voice.audio import RECOGNITION_RATE_HZ
from voice.speech.cache import CachedSynthesizer, SpeechCache
from voice.speech.fakes import FakeLoudspeaker, HummingSynthesizer
from voice.speech.openjtalk import OpenJTalkSynthesizer
from voice.speech.pcm import resampled
from voice.speech.playback import SounddeviceSink, WavFileSink
from voice.speech.prosody import Prosody
from voice.speech.sentences import speak

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "voice" / "data" / "models" / "vosk-model-embedded-ja"
ANSWER = "営業時間は平日の午前9時から午後5時までです。土日と祝日はお休みをいただいております。"


@pytest.fixture(scope="module")
def model():
    vosk.SetLogLevel(-1)
    return vosk.Model(str(MODEL))


def heard(model, chunk):
    """What the embedded recogniser makes of it, as morae."""
    recognizer = vosk.KaldiRecognizer(model, RECOGNITION_RATE_HZ)
    recognizer.AcceptWaveform(resampled(chunk, RECOGNITION_RATE_HZ).samples.tobytes())
    return normalise(json.loads(recognizer.FinalResult())["text"].split())


@pytest.mark.acceptance
@pytest.mark.parametrize("prosody", [Prosody(), Prosody().slower(), Prosody(pitch_semitones=2)], ids=str)
def test_an_answer_is_understood_when_it_is_heard(model, prosody):
    for chunk, sentence in zip(
        speak(ANSWER, OpenJTalkSynthesizer(prosody=prosody)),
        ["営業時間は平日の午前9時から午後5時までです。", "土日と祝日はお休みをいただいております。"],
        strict=True,
    ):
        said = normalise(morae_of(sentence))
        assert Levenshtein.distance(heard(model, chunk), said) <= 0.2 * len(said)


def test_a_known_answer_starts_at_once_after_a_restart(tmp_path):
    first = CachedSynthesizer(OpenJTalkSynthesizer(), SpeechCache(tmp_path, 50_000_000))
    said = list(speak(ANSWER, first))

    class Unable(HummingSynthesizer):
        fingerprint = first.fingerprint

        def synthesize(self, text):
            raise AssertionError(f"{text} is rendered again")

    again = CachedSynthesizer(Unable(), SpeechCache(tmp_path, 50_000_000))
    for before, after in zip(said, speak(ANSWER, again), strict=True):
        np.testing.assert_array_equal(after.samples, before.samples)


def test_an_answer_becomes_a_wav_file(tmp_path):
    with WavFileSink(tmp_path / "answer.wav", volume=0.5) as sink:
        for chunk in speak(ANSWER, OpenJTalkSynthesizer()):
            sink.play(chunk)
    samples, rate_hz = soundfile.read(tmp_path / "answer.wav", dtype="int16")
    assert rate_hz == 48_000
    assert 5 < len(samples) / rate_hz < 15
    assert 5_000 < np.abs(samples.astype(int)).max() < 16_384


def test_the_first_sentence_plays_while_the_second_is_not_yet_rendered():
    loudspeaker = FakeLoudspeaker(driven=True)
    sink = SounddeviceSink(open_stream=loudspeaker.open_stream)
    answer = speak(ANSWER, OpenJTalkSynthesizer())
    playing = Thread(target=sink.play, args=(next(answer),), daemon=True)
    playing.start()
    assert loudspeaker.wait_until_playing(10)
    assert all(loudspeaker.play_block() for _ in range(50))
    assert loudspeaker.sound.any()
    second = next(answer)
    sink.stop()
    playing.join(10)
    assert not playing.is_alive()
    assert second.duration_ms > 1_000


def test_a_machine_without_sound_answers_all_the_same(tmp_path):
    """PortAudio missing, as on a bare server: silence and one warning, no traceback."""
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from voice.speech.openjtalk import OpenJTalkSynthesizer
from voice.speech.playback import default_sink
from voice.speech.sentences import speak
sink = default_sink()
for chunk in speak("はい。承知しました。", OpenJTalkSynthesizer()):
    sink.play(chunk)
print(len(sink.played))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT)
    assert done.stdout.split() == [b"2"]
    assert done.stderr.decode().splitlines() == ["no loudspeaker found: answers are shown but not heard"]
