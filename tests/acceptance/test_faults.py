"""Everything that can go wrong, through the real program: one clear line, the right exit code, nothing half-written."""

import os
import shutil
import signal
import sqlite3
import subprocess
import threading

import numpy as np
import pytest
import soundfile

from benchmarks.spoken import Customer
from tests.acceptance.conftest import PROGRAM, ROOT

pytestmark = pytest.mark.acceptance

MODEL = ROOT / "voice/data/models/vosk-model-embedded-ja"


def assert_one_line(done, code: int, *words: str) -> None:
    assert done.code == code, done.err
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert done.err.startswith("koemado: ")
    for word in words:
        assert word in done.err


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"RIFF\x24\x00\x00\x00WAVEfmt ", "truncated"), (b"no sound at all, just text", "no sound file")],
)
def test_files_that_cannot_be_heard(koemado, tmp_path, content, reason):
    (tmp_path / "bad.wav").write_bytes(content)
    assert_one_line(koemado("listen", tmp_path / "bad.wav", "--json"), 2, "bad.wav", reason)


def test_a_file_cut_in_the_middle(koemado, studio, wav):
    path = wav(studio.take("返品したい", Customer()))
    path.write_bytes(path.read_bytes()[:20_000])
    assert_one_line(koemado("listen", path), 2, "truncated")


def test_a_missing_file(koemado, tmp_path):
    assert_one_line(koemado("listen", tmp_path / "no.wav"), 2, "No such file")


def test_not_numbers(koemado, tmp_path):
    soundfile.write(tmp_path / "nan.wav", np.full(16_000, np.nan), 16_000, subtype="FLOAT")
    assert_one_line(koemado("listen", tmp_path / "nan.wav"), 2, "not numbers")


def noise(kind: str) -> np.ndarray:
    rng = np.random.default_rng(5)
    if kind == "silence":
        return np.zeros(16_000 * 4, np.int16)
    if kind == "white":
        return (rng.standard_normal(16_000 * 4) * 2_000).astype(np.int16)
    if kind == "hum":
        return (np.sin(np.arange(16_000 * 4) * 2 * np.pi * 50 / 16_000) * 8_000).astype(np.int16)
    if kind == "clicks":
        clicks = np.zeros(16_000 * 4)
        clicks[::8_000] = 30_000
        return clicks.astype(np.int16)
    return np.full(16, 1_000, np.int16)  # a millisecond


@pytest.mark.parametrize("kind", ["silence", "white", "hum", "clicks", "millisecond"])
def test_what_is_no_speech_gets_no_answer(koemado, wav, kind):
    done = koemado("listen", wav(noise(kind)), "--json", "--no-speech")
    (turn,) = done.objects
    assert (done.code, turn["decision"], turn["article"]) == (0, "nothing_heard", None)
    assert turn["heard"] == {"text": "", "reading": "", "confidence": 0.0, "alternatives": []}


def test_household_noises_get_no_answer(koemado, wav, shared):
    answered = []
    for path in sorted((shared / "noise/esc10").glob("*.wav"))[::3]:
        done = koemado("listen", path, "--json", "--no-speech")
        answered += [path.name for turn in done.objects if turn["decision"] == "answer"]
    assert answered == []


def test_an_empty_pipe(koemado):
    (turn,) = koemado("listen", "-", "--json", "--no-speech").objects
    assert turn["decision"] == "nothing_heard"


def test_minutes_without_a_pause(koemado, studio, monkeypatch):
    words = studio.take(
        "炊飯器の予約のしかたと洗濯機の掃除のしかたと掃除機の充電のしかたを知りたくて電話しました", Customer()
    )
    loud = words[np.abs(words).argmax() - 20_000 : np.abs(words).argmax() + 30_000]
    speech = np.resize(loud, 16_000 * 180)  # three times as long as what is answered at most
    monkeypatch.setenv("KOEMADO_COMPILED_PHRASES", "false")  # the second decoder would only double the time
    done = koemado("listen", "-", "--json", "--no-speech", stdin=speech.tobytes(), timeout=300)
    assert done.code == 0
    (only,) = done.objects  # nobody asks for minutes: a room; answered is the last stretch, of bounded length
    assert 0 < len(only["heard"]["reading"]) <= 720  # morae of a minute


@pytest.fixture
def damaged_model(tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(MODEL, folder)
    return folder


@pytest.mark.parametrize(
    "name", ["am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst", "conf/mfcc.conf", "conf/model.conf"]
)
@pytest.mark.parametrize("damage", ["missing", "empty", "half"])
def test_a_damaged_model(koemado, damaged_model, wav, name, damage):
    file = damaged_model / name
    if damage == "missing":
        file.unlink()
    else:
        content = file.read_bytes()
        file.write_bytes(b"" if damage == "empty" else content[: len(content) // 2])
    done = koemado("listen", wav(noise("silence")), "--model", damaged_model)
    assert_one_line(done, 3)


def test_no_model_there(koemado, wav, tmp_path):
    assert_one_line(koemado("listen", wav(noise("silence")), "--model", tmp_path / "nothing"), 3, "nothing")
    assert_one_line(koemado("listen", wav(noise("silence")), "--model", "small"), 3, "koemado models install small")


def test_a_missing_knowledge_base(koemado, tmp_path):
    assert_one_line(koemado("ask", "返品したい", "--kb", tmp_path / "no.db"), 6, "kb import")


def test_a_corrupt_knowledge_base(koemado, tmp_path):
    (tmp_path / "kb.db").write_bytes(b"garbage " * 500)
    assert_one_line(koemado("ask", "返品したい", "--kb", tmp_path / "kb.db"), 6, "damaged")


def test_a_locked_knowledge_base(koemado, tmp_path):
    table = tmp_path / "own.yaml"
    table.write_text("- {id: a, title: 題, category: 類, variants: [問い], answer: 答え}\n")
    koemado("kb", "import", table, "--kb", tmp_path / "kb.db")
    with sqlite3.connect(tmp_path / "kb.db", isolation_level=None) as other:
        other.execute("begin exclusive")
        assert_one_line(koemado("ask", "問い", "--kb", tmp_path / "kb.db"), 6, "locked")
        other.execute("rollback")
    other.close()


def test_a_full_disk_for_the_caches(koemado, tmp_path, monkeypatch):
    """A cache folder that cannot be written is the same to the program as a full disk."""
    (tmp_path / "file").write_text("not a folder")
    own = tmp_path / "own.yaml"
    own.write_text("- {id: a, title: 題, category: 類, variants: [返品したい], answer: 答えです。}\n")
    koemado("kb", "import", own, "--kb", tmp_path / "kb.db")
    monkeypatch.setenv("KOEMADO_CACHE_DIR", str(tmp_path / "file"))
    done = koemado("ask", "返品したい", "--kb", tmp_path / "kb.db", "--json")
    assert done.code == 0
    assert done.objects[0]["spoken"] == "答えです。"
    assert "cached" in done.err


def test_playing_without_a_loudspeaker(koemado):
    done = koemado("say", "こんにちは。")
    assert_one_line(done, 4, "--out")


def test_talking_without_a_microphone(koemado):
    assert_one_line(koemado("talk"), 4, "microphone")


def test_a_device_that_is_not_there(koemado, monkeypatch):
    monkeypatch.setenv("KOEMADO_INPUT_DEVICE", "No Such Microphone")
    assert_one_line(koemado("talk"), 4, "No Such Microphone", "koemado devices")


def test_a_wrong_setting(koemado, monkeypatch):
    monkeypatch.setenv("KOEMADO_SPEECH_SPEED", "9")
    assert_one_line(koemado("ask", "返品したい"), 2, "speech_speed", "KOEMADO_SPEECH_SPEED")


def test_an_answer_that_cannot_be_written(koemado, tmp_path):
    path = tmp_path / "no" / "where" / "a.wav"
    done = koemado("ask", "返品したい", "--out", path)
    assert done.code == 1
    assert done.err == f"koemado: cannot write {path}: No such file or directory; choose another place\n"
    assert list(tmp_path.iterdir()) == []
    assert_one_line(koemado("say", "テスト", "--out", "/proc/x.wav"), 1, "cannot write /proc/x.wav: ")


@pytest.mark.parametrize("delay_s", [0.0, 0.15, 0.4, 0.8, 1.6, 3.0])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_stopping_at_any_moment(studio, wav, tmp_path, monkeypatch, delay_s, sent):
    """Stopped while importing, loading, compiling, recognising or speaking: clean exit, no half-written file."""
    cache, out = tmp_path / "cache", tmp_path / "answer.wav"
    monkeypatch.setenv("KOEMADO_CACHE_DIR", str(cache))
    path = wav(studio.take("返品は何日以内ですか", Customer()))
    command = [*PROGRAM, "listen", str(path), "--out", str(out)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    timer = threading.Timer(delay_s + 0.25, child.send_signal, [sent])  # 0.25: until Python itself has started
    timer.start()
    _, err = child.communicate(timeout=60)
    timer.cancel()
    # Interrupted inside an exec() of the standard library, Python itself ends by the signal: shells call that 130 too.
    assert child.returncode in (0, 130, -signal.SIGINT), err.decode()
    assert b"voice/" not in err  # a traceback of ours; Python's own, before we run at all, is not ours to prevent
    if out.exists():
        assert soundfile.info(out).frames > 0
    left = [
        f for folder, _, files in os.walk(cache) for f in files if f.endswith((".part", ".tmp")) or f.startswith(".")
    ]
    assert left == []
    assert list(cache.glob("graphs/.*")) == []
    for database in cache.glob("*.db"):
        with sqlite3.connect(database) as db:
            assert db.execute("pragma integrity_check").fetchone() == ("ok",)
        db.close()
