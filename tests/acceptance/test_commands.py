"""The commands as a contract: what scripts rely on."""

import json
import os
import subprocess
import tomllib

import click
import numpy as np
import pytest
import soundfile

from benchmarks.spoken import Customer
from tests.acceptance.conftest import PROGRAM, ROOT
from voice.cli import app

pytestmark = pytest.mark.acceptance

QUESTION = "返品は何日以内ですか"


def assert_turn(turn: dict) -> None:
    assert set(turn) == {"heard", "decision", "article", "candidates", "spoken", "timings_ms"}
    assert set(turn["heard"]) == {"text", "reading", "confidence", "alternatives"}
    assert turn["decision"] in ("answer", "clarify", "callback", "nothing_heard")
    assert set(turn["timings_ms"]) == {"recognize", "match", "synthesize", "total"}
    assert all(isinstance(ms, (int, float)) and ms >= 0 for ms in turn["timings_ms"].values())
    assert turn["spoken"]
    for alternative in turn["heard"]["alternatives"]:
        assert set(alternative) == {"text", "reading", "confidence"}
    for candidate in turn["candidates"]:
        assert set(candidate) == {"id", "title", "score"}
    if turn["article"]:
        assert set(turn["article"]) == {"id", "title", "category", "safety"}


@pytest.mark.parametrize("begun", ["koemado", "koemado_from_nothing"])
def test_ask(request, begun):
    done = request.getfixturevalue(begun)("ask", QUESTION, "--json")
    assert (done.code, done.err) == (0, "")
    (turn,) = done.objects
    assert_turn(turn)
    assert turn["decision"] == "answer"
    assert turn["article"]["id"] == "return-period"
    assert turn["heard"]["reading"] == "ヘンピンワナンニチーナイデスカ"


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("エベレストの高さは何メートルですか", "callback"),
        ("", "nothing_heard"),
        ("はい", "clarify"),
        ("人と話したいです", "callback"),
    ],
)
def test_ask_decisions(koemado, text, decision):
    (turn,) = koemado("ask", text, "--json", "--no-speech").objects
    assert_turn(turn)
    assert turn["decision"] == decision
    assert turn["article"] is None


def test_ask_about_danger(koemado):
    (turn,) = koemado("ask", "炊飯器から煙が出てるんだけど", "--json", "--no-speech").objects
    assert turn["article"]["safety"] is True
    assert "0120-000-119" in turn["spoken"]


def test_listen_to_a_file_and_write_the_answer(koemado, studio, wav, tmp_path):
    done = koemado(
        "listen", wav(studio.take(QUESTION, Customer(pitch=-2.0))), "--json", "--out", tmp_path / "answer.wav"
    )
    assert (done.code, done.err) == (0, "")
    (turn,) = done.objects
    assert_turn(turn)
    assert turn["article"]["id"] == "return-period"
    assert turn["timings_ms"]["recognize"] > 0
    sound, rate = soundfile.read(tmp_path / "answer.wav")
    assert rate == 48_000
    assert len(sound) / rate > 3
    assert np.abs(sound).max() > 0.1


def test_several_utterances_give_one_object_a_line(koemado, studio, wav):
    texts = [QUESTION, "パスワードを忘れました", "もう一度"]
    speech = np.concatenate([studio.take(text, Customer()) for text in texts])
    turns = koemado("listen", wav(speech), "--json", "--no-speech").objects
    assert [t["article"] and t["article"]["id"] for t in turns] == ["return-period", "password-forgotten", None]
    assert turns[2]["spoken"] == turns[1]["spoken"]


def test_raw_sound_on_standard_input(koemado_from_nothing, studio):
    done = koemado_from_nothing(
        "listen", "-", "--json", "--no-speech", stdin=studio.take(QUESTION, Customer()).tobytes()
    )
    assert done.objects[0]["article"]["id"] == "return-period"


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_other_rates_are_heard_too(koemado, studio, tmp_path, rate):
    import soxr

    speech = studio.take(QUESTION, Customer())
    stereo = np.stack([soxr.resample(speech, 16_000, rate)] * 2, axis=1)
    soundfile.write(tmp_path / "q.wav", stereo, rate, subtype="PCM_24")
    (turn,) = koemado("listen", tmp_path / "q.wav", "--json", "--no-speech").objects
    assert turn["article"]["id"] == "return-period"


def test_say(koemado, koemado_from_nothing, tmp_path):
    done = koemado_from_nothing("say", "送料は550円です。", "--out", tmp_path / "a.wav", "--json")
    assert done.code == 0
    assert done.objects[0]["out"] == str(tmp_path / "a.wav")
    slow = koemado("say", "送料は550円です。", "--out", tmp_path / "b.wav", "--speed", 0.7)
    assert slow.code == 0
    lengths = [soundfile.info(tmp_path / name).duration for name in ("a.wav", "b.wav")]
    assert lengths[1] > 1.2 * lengths[0]


def test_talk_by_keyboard(koemado_from_nothing):
    done = koemado_from_nothing(
        "talk", "--text", "--mute", stdin="返品は何日以内ですか\nもう一度\n終わり\n聞こえない行\n".encode()
    )
    assert done.code == 0
    said = [line for line in done.out.splitlines() if line.startswith("声窓")]
    assert len(said) == 3
    assert said[0] == said[1]


def test_demo_ends_with_a_live_conversation(koemado, tmp_path):
    done = koemado("demo", "--out", tmp_path / "answer.wav", stdin="パスワードを忘れました\n".encode())
    assert done.code == 0
    assert "rice-cooker-rice-hard" in done.out
    assert soundfile.info(tmp_path / "answer.wav").duration > 3
    assert "no microphone here, so by keyboard" in done.err
    assert done.out.count("声窓:") == 2


def test_demo_with_a_file(koemado, studio, wav, tmp_path):
    question = wav(studio.take(QUESTION, Customer()))
    done = koemado("demo", "--question", question, "--no-live", "--out", tmp_path / "a.wav")
    assert "return-period" in done.out


def test_knowledge_base_commands(koemado, tmp_path):
    assert len(koemado("kb", "list", "--json").objects[0]) >= 120
    assert "返品の期限" in koemado("kb", "show", "return-period").out
    missing = koemado("kb", "show", "nothing")
    assert (missing.code, missing.out) == (2, "")
    assert missing.err == "koemado: no article 'nothing': `koemado kb list` shows the ids\n"
    own, table = tmp_path / "own.db", tmp_path / "all.csv"
    assert koemado("kb", "export", table).code == 0
    assert koemado("kb", "import", table, "--kb", own, "--json").objects[0]["added"] >= 120
    assert koemado("kb", "import", table, "--kb", own, "--json").objects[0]["unchanged"] >= 120
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")


def test_an_import_with_a_bad_row_changes_nothing(koemado, tmp_path):
    own, table = tmp_path / "own.db", tmp_path / "bad.csv"
    table.write_text("id,title,category,variants,answer\na,題,類,問い,答え\nb,,類,問い,答え\n", encoding="cp932")
    done = koemado("kb", "import", table, "--kb", own)
    assert done.code == 2
    assert "line 3: title: is missing" in done.err
    assert not own.exists()


def test_an_own_base_answers_in_place_of_the_sample(koemado, tmp_path):
    own, table = tmp_path / "own.db", tmp_path / "own.yaml"
    table.write_text(
        "- {id: hours, title: 開館時間, category: 館, variants: [何時に開きますか, 開館時間は], answer: 九時に開きます。}\n"
    )
    assert koemado("kb", "import", table, "--kb", own).code == 0
    for arguments in (["ask", "開館時間を教えて", "--kb", own], ["--kb", own, "ask", "開館時間を教えて"]):
        (turn,) = koemado(*arguments, "--json", "--no-speech").objects
        assert turn["spoken"] == "九時に開きます。"


def test_settings_tell_their_sources(koemado, tmp_path, monkeypatch):
    (tmp_path / "s.toml").write_text("speech_speed = 0.9\n")
    monkeypatch.setenv("KOEMADO_SPEECH_PITCH", "1.5")
    (found,) = koemado("settings", "--settings", tmp_path / "s.toml", "--model", "embedded", "--json").objects
    assert found["speech_speed"] == {"value": 0.9, "source": str(tmp_path / "s.toml")}
    assert found["speech_pitch"] == {"value": 1.5, "source": "KOEMADO_SPEECH_PITCH"}
    assert found["model"] == {"value": "embedded", "source": "command line"}
    assert found["speech_volume"]["source"] == "default"


def test_doctor_and_devices(koemado):
    done = koemado("doctor", "--json")
    assert done.code == 0
    checks = {f["check"]: f for f in done.objects[0]}
    assert checks["packages"]["state"] == "ok"
    assert all(f["remedy"] for f in checks.values() if f["state"] != "ok")
    assert isinstance(koemado("devices", "--json").objects[0], list)


def test_models(koemado):
    rows = koemado("models", "list", "--json").objects[0]
    assert {"embedded", "small", "large"} <= {row["name"] for row in rows}
    assert koemado("models", "verify").code == 0


def test_help_and_version(koemado, koemado_from_nothing):
    version = tomllib.loads((__import__("pathlib").Path(__file__).parents[2] / "pyproject.toml").read_text())[
        "project"
    ]["version"]
    assert version in koemado_from_nothing("--version").out
    for command in ("ask", "listen", "say", "talk", "demo", "devices", "models", "kb", "doctor", "settings"):
        assert koemado(command, "--help").code == 0


def test_json_is_one_line_of_utf8(koemado):
    line = koemado("ask", QUESTION, "--json", "--no-speech").out
    assert line.count("\n") == 1
    assert "返品" in line
    json.loads(line)


@pytest.mark.parametrize(
    "arguments",
    [["kb", "list"], ["kb", "list", "--json"], ["kb", "export", "-", "--format", "yaml"], ["--help"], ["kb", "--help"]],
)
def test_a_reader_who_goes_away_is_no_error(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*PROGRAM, *arguments], stdout=writing, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("name", ["a.mp3", "a", "-"])
@pytest.mark.parametrize("command", ["say", "ask"])
def test_sound_is_written_as_wav_only(koemado, tmp_path, command, name):
    out = name if name == "-" else tmp_path / name
    done = koemado(command, "返品したい", "--out", out)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"koemado: --out {out}: only WAV files are written; give a name that ends in .wav\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "😀", "。。。"])
def test_nothing_to_say(koemado, tmp_path, text):
    (tmp_path / "old.wav").write_bytes(b"old")
    for out in (tmp_path / "new.wav", tmp_path / "old.wav"):
        done = koemado("say", text, "--out", out)
        assert (done.code, done.out, done.err.count("\n")) == (5, "", 1)
        assert done.err.startswith("koemado: nothing to say")
    assert [path.name for path in tmp_path.iterdir()] == ["old.wav"]
    assert (tmp_path / "old.wav").read_bytes() == b"old"


def test_the_volume_is_in_the_file(koemado, tmp_path, monkeypatch):
    def peak() -> float:
        assert koemado("say", "こんにちは。", "--out", tmp_path / "a.wav").code == 0
        return float(np.abs(soundfile.read(tmp_path / "a.wav")[0]).max())

    full = peak()
    monkeypatch.setenv("KOEMADO_SPEECH_VOLUME", "0.5")
    assert peak() == pytest.approx(full / 2, rel=0.01)


def test_an_internal_error_does_not_quote_what_was_heard(monkeypatch, capsys):
    @click.command()
    def broken() -> None:
        raise ValueError(QUESTION)

    monkeypatch.setitem(app.koemado.commands, "broken", broken)
    assert app.run(["broken"]) == app.INTERNAL_ERROR
    error = capsys.readouterr().err
    assert error.startswith("koemado: internal error (ValueError): please report it")
    assert QUESTION not in error
    monkeypatch.setenv("KOEMADO_DEBUG", "1")
    with pytest.raises(ValueError, match=QUESTION):
        app.run(["broken"])
