import os
import shutil
import subprocess
import sys
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from intents.readings import open_jtalk
from voice.errors import SynthesisError
from voice.speech.openjtalk import OpenJTalkSynthesizer
from voice.speech.pcm import PEAK
from voice.speech.prosody import Prosody

SENTENCE = "営業時間は九時からです。"


@pytest.fixture(scope="module")
def mei():
    return Path(os.fsdecode(open_jtalk().DEFAULT_HTS_VOICE))


@pytest.fixture(scope="module")
def synthesizer():
    return OpenJTalkSynthesizer()


def pitch_hz(chunk):
    """The strongest period between 60 and 800 Hz in the middle of a held vowel."""
    middle = chunk.samples[len(chunk.samples) // 2 :][:4_800].astype(float)
    similar = np.correlate(middle, middle, "full")[len(middle) - 1 :]
    shortest = chunk.rate_hz // 800
    return chunk.rate_hz / (shortest + np.argmax(similar[shortest : chunk.rate_hz // 60]))


def test_it_speaks_at_48_khz_and_never_too_loud(synthesizer):
    chunk = synthesizer.synthesize("ああああ！")  # this voice goes to twice the range of int16 here
    assert chunk.rate_hz == 48_000
    assert 20_000 < np.abs(chunk.samples.astype(int)).max() <= round(PEAK)


@pytest.mark.parametrize(("speed", "longer"), [(0.5, 2.0), (2.0, 0.5)])
def test_speed_changes_the_length(synthesizer, speed, longer):
    other = OpenJTalkSynthesizer(prosody=Prosody(speed=speed)).synthesize(SENTENCE)
    assert other.duration_ms / synthesizer.synthesize(SENTENCE).duration_ms == pytest.approx(longer, rel=0.15)


def test_pitch_changes_the_voice_by_semitones(synthesizer):
    normal = pitch_hz(synthesizer.synthesize("ああああああ"))
    higher = pitch_hz(OpenJTalkSynthesizer(prosody=Prosody(pitch_semitones=7)).synthesize("ああああああ"))
    assert 12 * np.log2(higher / normal) == pytest.approx(7, abs=1)


def test_speed_and_pitch_hold_for_the_second_text_too():
    slow = OpenJTalkSynthesizer(prosody=Prosody(speed=0.5))
    assert slow.synthesize(SENTENCE).duration_ms == slow.synthesize(SENTENCE).duration_ms


def test_volume_is_left_to_playback(synthesizer):
    quiet = OpenJTalkSynthesizer(prosody=Prosody(volume=0.1))
    np.testing.assert_array_equal(quiet.synthesize("はい").samples, synthesizer.synthesize("はい").samples)


def test_another_voice_file_speaks_differently(synthesizer, mei, tmp_path):
    path = tmp_path / "別の声.htsvoice"
    path.write_bytes(mei.read_bytes().replace(b"ALPHA=0.55", b"ALPHA=0.45"))
    other = OpenJTalkSynthesizer(path)
    assert not np.array_equal(other.synthesize("はい").samples, synthesizer.synthesize("はい").samples)
    assert "別の声" in other.fingerprint


def test_the_fingerprint_follows_the_content_of_the_voice_file(mei, tmp_path):
    path = tmp_path / "mei_normal.htsvoice"
    shutil.copyfile(mei, path)
    assert OpenJTalkSynthesizer(path).fingerprint == OpenJTalkSynthesizer().fingerprint


def test_a_damaged_voice_is_one_line_not_a_crash(tmp_path):
    path = tmp_path / "broken.htsvoice"
    path.write_bytes(b"[GLOBAL]\n" + b"\x00\xff" * 5000)
    with pytest.raises(SynthesisError) as caught:
        OpenJTalkSynthesizer(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("odd", ["はい\x00いいえ", "はい\ud800", "はい😀", "（はい）", "はい\r\n"])
def test_odd_characters_do_not_stop_it(synthesizer, odd):
    assert synthesizer.synthesize(odd).duration_ms > 300


def test_a_text_of_thousands_of_characters_without_a_pause(synthesizer):
    fast = OpenJTalkSynthesizer(prosody=Prosody(speed=2.0))
    assert fast.synthesize("あ" * 700).duration_ms > 20_000
    assert synthesizer is not fast


def test_an_unsayable_text_leaves_stderr_clean(synthesizer, capfd):
    with pytest.raises(SynthesisError, match="nothing to say"):
        synthesizer.synthesize("。")
    assert capfd.readouterr() == ("", "")


def test_threads_share_one_synthesizer(synthesizer):
    expected = {text: synthesizer.synthesize(text).samples for text in ("はい", "いいえ", "三番です")}
    spoken = {}
    threads = [Thread(target=lambda t=t: spoken.update({t: synthesizer.synthesize(t).samples})) for t in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spoken.keys() == expected.keys()
    for text, samples in expected.items():
        np.testing.assert_array_equal(spoken[text], samples)


def test_nothing_is_printed_by_the_library():
    code = "from voice.speech.openjtalk import OpenJTalkSynthesizer as S; S().synthesize('はい')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=Path(__file__).parents[3])
    assert (done.stdout, done.stderr) == (b"", b"")
