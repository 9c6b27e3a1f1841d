"""`koemado bench` as people run it, on few questions."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BASELINES = {"rapidfuzz extractOne", "BM25, Sudachi", "BM25, pairs of characters", "SQLite FTS5 trigram"}


def test_understanding_typed(koemado):
    run = koemado("bench", "understanding", "--suite", "a", "--count", 20, "--json", timeout=500)
    assert run.code == 0, run.err
    (result,) = run.objects
    typed = result["suites"]["a"]
    assert set(typed["figures"]) == {"Koemado"} | BASELINES
    for figures in typed["figures"].values():
        assert figures["questions"] == 20
        outcomes = (
            "answered_right",
            "asked_with_right_choice",
            "asked_in_vain",
            "wrong",
            "handed_over",
            "nothing_heard",
        )
        assert sum(figures[outcome] for outcome in outcomes) == pytest.approx(1)
        assert figures["first_right"] <= figures["recall_at_3"]
    ours = typed["figures"]["Koemado"]["first_right"]
    assert ours > typed["figures"]["rapidfuzz extractOne"]["first_right"]
    assert {bar["bar"] for bar in result["bars"]} >= {"(a) right article first", "(a) recall of danger, typed"}
    assert result["splits"]["overlap"][0]["file"] == "tests/data/questions.tsv"
    assert not set(result["splits"]["fitted_on"]) & set(result["splits"]["tested_on"])


def test_decision_with_its_page(koemado, tmp_path):
    run = koemado("bench", "decision", "--count", 12, "--spoken", 4, "--json", "--out", tmp_path / "out", timeout=500)
    assert run.code == 0, run.err
    (result,) = run.objects
    typed = result["groups"]["typed"]
    assert typed["in_scope"] == 12
    assert set(typed["curves"]) == {"Koemado"} | BASELINES
    for curve in typed["curves"].values():
        assert curve["coverage"][-1] == 1.0
        assert 0 <= curve["aurc"] <= 1
    assert sum(b["count"] for b in typed["reliability"]) == typed["in_scope"] + typed["out_of_scope"]
    assert typed["cost_settings"][0]["setting"] == "in force"
    assert any(name.startswith("spoken") for name in result["groups"])
    written = {file.name for file in (tmp_path / "out").iterdir()}
    assert written == {"decision.json", "decision.html", "risk-coverage.png", "reliability.png"}
    page = (tmp_path / "out/decision.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 2
    assert json.loads((tmp_path / "out/decision.json").read_text(encoding="utf-8")) == result


def test_speed_of_a_small_base(koemado):
    run = koemado("bench", "speed", "--sizes", "200", "--json", timeout=500)
    assert run.code == 0, run.err
    (result,) = run.objects
    small = result["bases"][-1]
    assert small["wordings"] == 200
    assert small["articles"] == pytest.approx(40, abs=3)
    assert small["load"]["latency"]["cpu_ms"]["p50"] > 0
    assert {rival["name"] for rival in small["baselines"]} <= BASELINES
    assert len(small["baselines"]) == 3


@pytest.mark.parametrize("sizes", ["many", "0", "10,-1"])
def test_sizes_that_are_none(koemado, sizes):
    run = koemado("bench", "speed", "--sizes", sizes)
    assert (run.code, run.out) == (2, "")
    assert "sizes" in run.err


def test_without_the_third_party_data_it_says_what_is_left_out(koemado, monkeypatch):
    monkeypatch.delenv("KOEMADO_SHARED", raising=False)
    run = koemado("bench", "understanding", "--suite", "d", "--json")
    assert run.code == 0, run.err
    assert any("KOEMADO_SHARED is not set" in reason for reason in run.objects[0]["left_out"])


def test_an_installed_package_has_no_benchmarks(tmp_path):
    for package in ("voice", "intents", "kb", "hardware"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "models"))
    shutil.copytree(ROOT / "voice/models", tmp_path / "voice/models")
    command = [sys.executable, "-c", "from voice.main import main; main()", "bench", "understanding"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "source checkout" in done.stderr
