import ctypes.util
import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pyttsx3.voice import Voice

from voice.errors import SynthesisError
from voice.speech.prosody import Prosody
from voice.speech.pyttsx3_child import GRACE_S, ChildError, ChildJob, japanese_voice
from voice.speech.pyttsx3_synthesizer import Pyttsx3Synthesizer, kana_only

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
QUESTION = "営業時間は9:00〜17:00です。"

needs_espeak = pytest.mark.skipif(
    ctypes.util.find_library("espeak-ng") is None, reason="espeak-ng is not installed (apt-get install espeak-ng)"
)


@pytest.fixture
def record(monkeypatch, tmp_path):
    """Where the driver in the child writes down what happened to it."""
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    monkeypatch.setenv("CHILD_DRIVER_RECORD", str(tmp_path / "record.json"))
    monkeypatch.setenv("CHILD_DRIVER_CRASHES", "1")
    return tmp_path / "record.json"


def told(record):
    return json.loads(record.read_text(encoding="utf-8"))


def ends(pid, patience_s=10):
    """Whether the process is dead, or will be within the time; buried or not."""
    try:
        process = os.pidfd_open(int(pid))
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], patience_s)[0])
    finally:
        os.close(process)


def test_a_driver_of_unknown_skill_gets_kana_and_the_japanese_voice(record):
    chunk = Pyttsx3Synthesizer("child_drivers.recording").synthesize(QUESTION)
    assert told(record) == {"rate": 200, "voice": "ja", "text": "エーギョージカンワクジカラ、ジューシチジデス。"}
    assert (chunk.rate_hz, chunk.duration_ms) == (16_000, 500)
    assert set(chunk.samples) == {0x2000}  # the mean of both channels


def test_voice_speed_and_pitch_reach_the_driver(record):
    prosody = Prosody(speed=0.8, pitch_semitones=-5)
    Pyttsx3Synthesizer("child_drivers.recording", "ja2", prosody).synthesize("はい")
    assert told(record) == {"rate": 160, "pitch": 30, "voice": "ja2", "text": "ハイ"}


@pytest.mark.parametrize(
    ("spoken", "kana"),
    [
        ("三番、五番。", "サンバン、ゴバン。"),
        ("はい！いいえ？", "ハイ！イーエ？"),
        ("「担当」です", "タントーデス"),
        ("。", "。"),
        ("", ""),
    ],
)
def test_kana_only(spoken, kana):
    assert kana_only(spoken) == kana


@pytest.mark.skipif(sys.platform != "linux", reason="waits for processes by pidfd")
def test_a_hanging_driver_and_its_helpers_are_killed_and_tried_again(record):
    began = time.monotonic()
    with pytest.raises(SynthesisError, match=r"driver child_drivers.hanging .* killed after 1.5 s .* Open JTalk"):
        Pyttsx3Synthesizer("child_drivers.hanging", timeout_s=1.5).synthesize("はい")
    assert time.monotonic() - began < 6
    attempts = [line.split() for line in record.read_text().splitlines()]
    assert len(attempts) == 2
    assert all(ends(pid) for attempt in attempts for pid in attempt)


def test_a_crash_is_tried_again(record):
    assert Pyttsx3Synthesizer("child_drivers.crashing").synthesize("はい").duration_ms == 500
    assert record.with_suffix(".crashes").read_text() == "xx"


def test_a_driver_that_always_crashes_is_given_up(record, monkeypatch):
    monkeypatch.setenv("CHILD_DRIVER_CRASHES", "9")
    with pytest.raises(SynthesisError, match="child_drivers.crashing gave no sound: it ended with status -11"):
        Pyttsx3Synthesizer("child_drivers.crashing").synthesize("はい")
    assert record.with_suffix(".crashes").read_text() == "xx"


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize(
    ("driver", "reason"),
    [
        ("child_drivers.failing", "RuntimeError: no such engine; check the driver or use Open JTalk"),
        ("child_drivers.mute", "it wrote no sound file"),
        ("child_drivers.absent", "No module named 'child_drivers.absent'"),
        ("dummy", "there is no Japanese voice"),
    ],
)
def test_the_error_is_one_line_with_driver_and_reason(driver, reason):
    with pytest.raises(SynthesisError) as caught:
        Pyttsx3Synthesizer(driver).synthesize("はい")
    assert driver in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_no_child_is_started_for_nothing(record):
    with pytest.raises(SynthesisError, match="nothing to say"):
        Pyttsx3Synthesizer("child_drivers.recording").synthesize("。。")
    assert not record.exists()


def test_no_file_is_left_behind(record, monkeypatch, tmp_path):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    Pyttsx3Synthesizer("child_drivers.recording").synthesize("はい")
    assert record.exists()
    assert not list(folder.iterdir())


def test_open_jtalk_through_the_child_sounds_as_it_does_here():
    prosody = Prosody(speed=1.5)
    through = Pyttsx3Synthesizer("openjtalk", prosody=prosody).synthesize(QUESTION)
    assert through.rate_hz == 48_000
    assert 1_500 < through.duration_ms < 3_000


@needs_espeak
def test_espeak_speaks_kana_and_never_names_characters():
    """A kanji it does not know is "Chinese letter" to espeak, three times as long as what was meant."""
    from_kanji = Pyttsx3Synthesizer("espeak").synthesize("営業時間は")
    from_kana = Pyttsx3Synthesizer("espeak").synthesize("エイギョウジカンワ")
    assert from_kanji.duration_ms == pytest.approx(from_kana.duration_ms, rel=0.1)
    assert abs(from_kanji.samples).max() > 5_000


@needs_espeak
def test_espeak_knows_speed_and_pitch():
    normal = Pyttsx3Synthesizer("espeak").synthesize("あいうえお")
    slow = Pyttsx3Synthesizer("espeak", prosody=Prosody(speed=0.5)).synthesize("あいうえお")
    high = Pyttsx3Synthesizer("espeak", prosody=Prosody(pitch_semitones=12)).synthesize("あいうえお")
    assert slow.duration_ms > 1.4 * normal.duration_ms
    assert high.samples.tobytes() != normal.samples.tobytes()


def test_without_a_name_it_is_the_systems_own_driver():
    own = {"darwin": "nsss", "win32": "sapi5"}.get(sys.platform, "espeak")
    assert f" {own}:" in Pyttsx3Synthesizer().fingerprint


@pytest.mark.parametrize(
    ("languages", "found"),
    [([["en-US"], ["ja_JP"]], "1"), ([["ja-JP"], ["ja"]], "0"), ([["en"], [None, "ja"]], "1")],
)
def test_the_first_japanese_voice_is_taken(languages, found):
    assert japanese_voice([Voice(str(i), languages=each) for i, each in enumerate(languages)]) == found


def test_without_a_japanese_voice_there_is_a_reason():
    with pytest.raises(ChildError, match="no Japanese voice; install one"):
        japanese_voice([Voice("0", languages=["en"]), Voice("1")])


@pytest.mark.usefixtures("record")
def test_an_orphaned_child_ends_by_itself():
    job = ChildJob(
        driver="child_drivers.hanging",
        text="ハイ",
        path=os.devnull,
        voice=None,
        speed=1.0,
        pitch_semitones=0.0,
        timeout_s=0.5 - GRACE_S,
    )
    child = subprocess.Popen(
        [sys.executable, "-m", "voice.speech.pyttsx3_child"],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        start_new_session=True,
    )
    with child:
        child.stdin.write(job.as_json().encode())
        child.stdin.close()
        assert child.wait(10) == 1
        os.killpg(child.pid, 9)  # the driver's helper
