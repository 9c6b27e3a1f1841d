"""The whole of modelkit on a tiny scale, by its command line: from voices to a model that Vosk opens and that hears."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import voice

pytestmark = pytest.mark.acceptance

ROOT = Path(voice.__file__).parents[1]
CHECKPOINT = ROOT / "voice" / "modelkit" / "vosk-model-embedded-ja.pt"
REPORT = re.compile(r"step (\d+), .* loss ([\d.]+), unit error train-0000 ([\d.]+)%")


@pytest.fixture(scope="module")
def run():
    """Run a command of modelkit to its end; what it said."""
    for extra in ("torch", "kaldi_native_fbank", "scipy"):
        pytest.importorskip(extra, reason='needs the extra "modelkit"')
    shared = Path(os.environ.get("KOEMADO_SHARED", "missing"))
    if not (shared / "voices").is_dir() or not (shared / "text").is_dir():
        pytest.skip("set KOEMADO_SHARED to the folder that has voices/ and text/")

    def command(*argv):
        call = [sys.executable, "-m", "voice.modelkit", *map(str, argv)]
        done = subprocess.run(call, capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 0, f"{argv[0]}: {done.stdout}{done.stderr}"
        return done.stdout

    return command


@pytest.fixture(scope="module")
def work(run, tmp_path_factory):
    """A folder with two shards of six clips, their features and some readings."""
    folder = tmp_path_factory.mktemp("modelkit")
    assert "2/2 shards" in run("synthesize", "--shards", 2, "--size", 6, "--out", folder / "synth")
    features = ["--synth", folder / "synth", "--out", folder / "feats", "--shards", 2, "--copies", 1]
    assert "2/2 feature shards" in run("features", *features)
    assert "readings of" in run("readings", "--limit", 600, "--out", folder / "readings.json")
    return folder


@pytest.fixture(scope="module")
def clips(work):
    from voice.modelkit.shards import load_clips

    return [clip for name in ("train-0000", "train-0001") for clip in load_clips(work / "synth" / f"{name}.npz")]


@pytest.fixture(scope="module")
def flat_start(run, work):
    """Ten seconds of training from nothing; the reports on the way."""
    sizes = ["--dim", 64, "--bottleneck", 32, "--threads", 1]
    plan = ["--minutes", 1 / 6, "--report", 2, "--dev", work / "synth" / "train-0000.npz"]
    said = run("train", "--feats", work / "feats", "--out", work / "flat.pt", *sizes, *plan)
    return [(int(step), float(loss), float(error)) for step, loss, error in REPORT.findall(said)]


@pytest.fixture(scope="module")
def continued(run, work):
    """Five seconds more for the shipped checkpoint; the reports on the way."""
    plan = ["--minutes", 1 / 12, "--rate", "1e-4", "--threads", 1, "--dev", work / "synth" / "train-0000.npz"]
    said = run("train", "--init", CHECKPOINT, "--feats", work / "feats", "--out", work / "more.pt", *plan)
    return [(int(step), float(loss), float(error)) for step, loss, error in REPORT.findall(said)]


def vosk_model(run, work, checkpoint):
    folder = work / Path(checkpoint).stem
    run("export", checkpoint, folder)
    assert "Gr.fst" in run("graph", folder, "--readings", work / "readings.json", "--cutoffs", "1,1,2,3")
    return folder


def right_phrases(folder, clips):
    """How many clips Vosk hears with a closed list of all their readings."""
    from voice.modelkit.graph import build_graph
    from voice.modelkit.listening import open_model, recognise

    closed = folder.with_name(f"{folder.name}-closed")
    shutil.copytree(folder, closed, ignore=shutil.ignore_patterns("HCLr.fst", "Gr.fst"))
    build_graph(["".join(clip.reading) for clip in clips], closed, fallback=False)
    model = open_model(closed)
    return sum(recognise(model, clip.wave).morae == list(clip.reading) for clip in clips)


def test_a_flat_start_learns(run, work, clips, flat_start):
    assert len(flat_start) >= 3
    assert flat_start[-1][0] > flat_start[0][0] > 0
    assert flat_start[-1][1] < 0.7 * flat_start[0][1]
    folder = vosk_model(run, work, work / "flat.pt")
    assert len(clips) == 12
    assert right_phrases(folder, clips) >= 1  # it listens; how well, some seconds of training leave to chance


def test_the_shipped_checkpoint_can_be_continued(run, work, clips, continued):
    from rapidfuzz.distance import Levenshtein

    from voice.modelkit.listening import open_model, recognise

    assert continued[-1][0] > 5
    assert continued[-1][2] < 25  # the shipped one makes 10 to 15 % here
    folder = vosk_model(run, work, work / "more.pt")
    model = open_model(folder)
    heard = [recognise(model, clip.wave) for clip in clips]
    wrong = sum(Levenshtein.distance(clip.reading, one.morae) for clip, one in zip(clips, heard, strict=True))
    assert wrong / sum(len(clip.reading) for clip in clips) < 0.3
    assert right_phrases(folder, clips) >= 11


def test_training_reports_and_saves_on_the_way(flat_start, continued):
    steps = [step for step, _, _ in flat_start]
    assert steps == sorted(steps)
    assert len(continued) == 1  # the last report, for the first is due after 90 s


def test_a_model_is_evaluated(run, work):
    run("synthesize", "--part", "test", "--shards", 1, "--size", 6, "--jobs", 1, "--out", work / "synth")
    shipped = ROOT / "voice" / "data" / "models" / "vosk-model-embedded-ja"
    said = run("evaluate", shipped, "--synth", work / "synth", "--only", "synth,behaviour", "--show", 1)
    score = json.loads(said.split("synthetic, held-out style: ")[1].splitlines()[0])
    assert score["clips"] == 6
    assert score["error"] < 0.2
    found = json.loads(said.split("behaviour: ")[1].split("peak memory")[0])
    assert (found["silence"], found["noise"]) == ("", "")
    assert 0.3 < found["endpoint after speech (s)"] < 2
