"""`kb check` and `kb verify` as scripts run them, on a small base with known faults."""

import json
import signal
import subprocess

import numpy as np
import pytest
import soundfile

from tests.acceptance.conftest import PROGRAM, ROOT

pytestmark = pytest.mark.acceptance

GOOD = """
- {id: returns, title: 返品の方法, category: 類, variants: [返品したい, 返品の手続きを教えて], answer: 返品を承ります。}
- {id: hours, title: 営業時間, category: 類, variants: [何時に開きますか, 営業時間を教えて], answer: 朝からです。}
"""
BAD = """
- {id: refund, title: 返金の方法, category: 類, variants: [返品したい, 本体から煙が出ています], answer: 4月は20日までです。}
- {id: smoke, title: 発煙の対応, category: 類, variants: [けむりが出る], answer: プラグを抜いてください。, safety: true}
"""


@pytest.fixture
def base(koemado, tmp_path):
    """Import articles; the options that name their base."""

    def imported(text: str):
        (tmp_path / "base.yaml").write_text(text, encoding="utf-8")
        assert koemado("kb", "import", tmp_path / "base.yaml", "--kb", tmp_path / "own.db", "--replace").code == 0
        return "--kb", tmp_path / "own.db"

    return imported


def test_check_finds_what_is_wrong(koemado, base):
    done = koemado("kb", "check", "--json", *base(GOOD + BAD))
    assert done.code == 1
    (found,) = done.objects
    assert {"variant-conflict", "safety-without-human", "safety-wording", "reading-number"} <= {
        f["code"] for f in found
    }
    for finding in found:
        assert set(finding) == {
            "code", "severity", "article", "text", "reading", "message", "remedy", "others",
        }  # fmt: skip
        assert finding["severity"] in ("error", "warning", "note")
    assert [f["severity"] for f in found] == sorted(
        (f["severity"] for f in found), key=["error", "warning", "note"].index
    )


def test_check_of_a_good_base(koemado, base):
    done = koemado("kb", "check", "--thorough", "--measure", *base(GOOD))
    assert (done.code, done.out) == (0, "0 errors, 0 warnings, 0 notes\n")
    assert koemado("kb", "check", "--strict", *base(GOOD)).code == 0


def test_strict_counts_warnings(koemado, base):
    own = base(GOOD + "- {id: fire, title: 火の題, category: 類, variants: [火花が散った], answer: はい。}\n")
    relaxed = koemado("kb", "check", *own)
    assert relaxed.code == 0
    assert "safety-wording (1)" in relaxed.out
    assert koemado("kb", "check", "--strict", *own).code == 1


def test_the_desk_is_a_human(koemado, base, monkeypatch):
    monkeypatch.setenv("KOEMADO_DESK_PHONE", "03-1234-5678")
    (found,) = koemado("kb", "check", "--json", *base(GOOD + BAD)).objects
    assert "safety-without-human" not in {f["code"] for f in found}


def test_verify_speaks_hears_and_matches(koemado, base, tmp_path):
    own = base(GOOD)
    done = koemado("kb", "verify", "--json", "--out", tmp_path / "report.html", *own)
    assert done.code == 0
    (report,) = done.objects
    assert (report["wanted"], report["done"], report["right"]) == (4, 4, 4)
    assert report["failing"] == []
    assert "returns" in (tmp_path / "report.html").read_text(encoding="utf-8")
    again = koemado("kb", "verify", "--out", tmp_path / "report.json", *own)
    assert "4 of 4 wordings were heard before" in again.err
    assert json.loads((tmp_path / "report.json").read_text())["right"] == 4


def test_verify_in_noise(koemado, base, tmp_path):
    soundfile.write(tmp_path / "noise.wav", np.random.default_rng(3).standard_normal(48_000) * 0.1, 48_000)
    noise = ("--noise", tmp_path / "noise.wav", "--sample", 1)
    drowned = koemado("kb", "verify", "--json", "--snr", -30, *noise, *base(GOOD))
    assert drowned.code == 1
    assert drowned.objects[0]["right"] == 0
    assert "-30 dB" in drowned.objects[0]["conditions"]
    assert drowned.objects[0]["wanted"] == 1


def test_stopping_loses_nothing(base):
    arguments = [*PROGRAM, "kb", "verify", "--json", "--fresh", *map(str, base(GOOD))]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(arguments, cwd=ROOT, text=True, **pipes) as running:
        begun = running.stderr.readline()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=120)
    assert "Verifying" in begun
    assert running.returncode == 130
    assert "goes on from here" in err
    assert json.loads(out)["done"] < 4


@pytest.mark.parametrize("out", ["report.txt", "nowhere/report.html"])
def test_a_report_that_cannot_be_written_is_refused_at_once(koemado, base, tmp_path, out):
    done = koemado("kb", "verify", "--out", tmp_path / out, *base(GOOD))
    assert done.code in (1, 2)
    assert done.err.startswith("koemado: --out")
    assert "Verifying" not in done.err
