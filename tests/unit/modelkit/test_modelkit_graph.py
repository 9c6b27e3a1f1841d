import json
import shutil
from pathlib import Path

import numpy as np
import pyopenjtalk
import pytest
import soxr
import vosk

import voice
from intents.morae import MORA_PHONES, from_kana, normalise
from voice.errors import SettingsError
from voice.modelkit.graph import GraphSize, build_graph, compile_graph, load_readings, main
from voice.modelkit.ngram import Arc, ngram, phrase_tree
from voice.modelkit.topology import PHONES, WORDS, placed, transition_ids

pytestmark = pytest.mark.filterwarnings("ignore:Dictionary.create:DeprecationWarning")  # pyopenjtalk calls Sudachi

SHIPPED = Path(voice.__file__).parent / "data" / "models" / "vosk-model-embedded-ja"
FORWARD = {transition_ids(phone.name)[0]: phone.name for phone in PHONES}


def spoken(read) -> set[str]:
    return {"".join(WORDS[number - 1] for number in outputs) for _, outputs, _ in read.paths()}


def test_a_graph_says_its_phrases_or_nothing(tmp_path, read_fst):
    size = build_graph(["ハイ", "はちじ", "イイエ"], tmp_path, fallback=False)
    read = read_fst(tmp_path / "graph" / "HCLG.fst")
    assert spoken(read) == {"", "ハイ", "ハチジ", "イーエ"}
    assert size == GraphSize(3, len(read.arcs), sum(map(len, read.arcs)))


def test_every_path_sounds_as_it_reads(tmp_path, read_fst):
    build_graph(["ハイ", "カンキツ"], tmp_path, fallback=False)
    paths = list(read_fst(tmp_path / "graph" / "HCLG.fst").paths())
    assert len(paths) > 10  # silences may stand anywhere
    for inputs, outputs, _ in paths:
        sounds = [FORWARD[number] for number in inputs if FORWARD[number] != "SIL"]
        assert sounds == [phone for number in outputs for phone in placed(MORA_PHONES[WORDS[number - 1]])]


def test_phrases_are_free_and_pauses_inside_cost(tmp_path, read_fst):
    build_graph(["カキ"], tmp_path, fallback=False)
    silence = transition_ids("SIL")[0]
    costs = {inputs: cost for inputs, _, cost in read_fst(tmp_path / "graph" / "HCLG.fst").paths()}
    plain = next(inputs for inputs in costs if len(inputs) == 4 and silence not in inputs)
    assert costs[plain] == 0.0
    assert costs[(silence, *plain)] == 0.0
    assert costs[(*plain[:2], silence, *plain[2:])] == 1.0


def test_a_step_without_a_mora_leads_on_for_its_price(tmp_path, read_fst):
    lm = phrase_tree([["カ"], ["キ"]])
    behind_ka, behind_ki = (lm.states[lm.start].arcs[mora].target for mora in ("カ", "キ"))
    lm.states[behind_ka].end = None
    lm.states[behind_ka].skips.append(Arc(2.0, behind_ki))
    compile_graph(lm, tmp_path / "g.fst", scale=0.5)
    read = read_fst(tmp_path / "g.fst")
    assert spoken(read) == {"", "カ", "キ"}
    costs = {outputs: min(c for _, o, c in read.paths() if o == outputs) for _, outputs, _ in read.paths()}
    assert costs[(WORDS.index("カ") + 1,)] == 1.0
    assert costs[(WORDS.index("キ") + 1,)] == 0.0


def test_each_phone_may_last(tmp_path, read_fst):
    build_graph(["カ"], tmp_path, fallback=False)
    read = read_fst(tmp_path / "graph" / "HCLG.fst")
    loops = {arc[0] for state, arcs in enumerate(read.arcs) for arc in arcs if arc[3] == state}
    assert loops == {transition_ids(phone)[1] for phone in ("SIL", "k_B", "a_E")}


def test_costs_are_scaled_and_then_the_insertion_added(tmp_path, read_fst):
    lm = phrase_tree([["ア"]])
    lm.states[0].arcs["ア"] = lm.states[0].arcs["ア"]._replace(cost=2.0)
    lm.states[1].end = 3.0
    compile_graph(lm, tmp_path / "one.fst", scale=0.5, insertion=0.25)
    best = min(cost for _, outputs, cost in read_fst(tmp_path / "one.fst").paths() if outputs)
    assert best == pytest.approx(2.0 * 0.5 + 0.25 + 3.0 * 0.5)


def test_morae_that_share_a_consonant_keep_their_own_costs(tmp_path, read_fst):
    lm = phrase_tree([["カ"], ["キ"], ["ア"]])
    for mora, cost in (("カ", 2.0), ("キ", 3.5), ("ア", 1.0)):
        lm.states[0].arcs[mora] = lm.states[0].arcs[mora]._replace(cost=cost)
    compile_graph(lm, tmp_path / "three.fst")
    best = {}
    for _, outputs, cost in read_fst(tmp_path / "three.fst").paths():
        said = "".join(WORDS[number - 1] for number in outputs)
        best[said] = min(cost, best.get(said, cost))
    assert best == {"": 0.0, "カ": 2.0, "キ": 3.5, "ア": 1.0}


def test_words_are_numbered_from_one(tmp_path):
    build_graph(["カ"], tmp_path)
    lines = (tmp_path / "graph" / "words.txt").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "<eps> 0"
    assert lines[1:] == [f"{word} {number}" for number, word in enumerate(WORDS, 1)]


@pytest.mark.parametrize("wrong", ["営業時間", "ヘンピン2", "hello", "", "、"])
def test_what_is_not_kana_is_named(tmp_path, wrong):
    with pytest.raises(ValueError, match=f"not the kana of a pronunciation: {wrong!r}"):
        build_graph(["ハイ", wrong], tmp_path)
    assert not (tmp_path / "graph").exists()


@pytest.fixture(scope="module")
def said():
    """16 kHz of a text in the voice that pyopenjtalk brings, between silences."""

    def say(text):
        samples, rate_hz = pyopenjtalk.tts(text)
        wave = soxr.resample(samples, rate_hz, 16_000)
        rng = np.random.default_rng(1)
        quiet = rng.standard_normal(8000) * 10
        return np.concatenate([quiet, wave * 0.3, quiet]).clip(-32768, 32767).astype(np.int16)

    return say


@pytest.fixture
def model_folder(tmp_path):
    """A copy of the shipped model without its graph."""
    folder = tmp_path / "model"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("HCLr.fst", "Gr.fst", "disambig_tid.int"))
    return folder


def heard_by_vosk(folder, wave, grammar=None):
    vosk.SetLogLevel(-1)
    model = vosk.Model(str(folder))
    extra = [json.dumps(grammar, ensure_ascii=False)] if grammar else []
    recogniser = vosk.KaldiRecognizer(model, 16_000, *extra)
    recogniser.AcceptWaveform(wave.tobytes())
    return json.loads(recogniser.FinalResult())["text"]


QUESTIONS = ["ヘンピンシタイ", "エーギョージカンワナンジデスカ", "リョーキンオオシエテクダサイ", "ヨヤクオトリケシタイ"]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [("営業時間は何時ですか", "エーギョージカンワナンジデスカ"), ("予約を取り消したい", "ヨヤクオトリケシタイ")],
)
def test_vosk_recognises_a_compiled_phrase(model_folder, said, text, phrase):
    build_graph(QUESTIONS, model_folder)
    heard = heard_by_vosk(model_folder, said(text)).split()
    assert heard == normalise(heard)
    assert "".join(heard) == "".join(from_kana(phrase))


def test_vosk_takes_no_stranger_for_a_phrase(model_folder, said):
    build_graph(QUESTIONS, model_folder)
    heard = heard_by_vosk(model_folder, said("今日はとてもいい天気ですね")).split()
    assert heard
    assert "".join(heard) not in {"".join(from_kana(phrase)) for phrase in QUESTIONS}


def test_vosk_hears_nothing_in_silence(model_folder):
    build_graph(QUESTIONS, model_folder)
    quiet = (np.random.default_rng(2).standard_normal(32_000) * 10).astype(np.int16)
    assert heard_by_vosk(model_folder, quiet) == ""


@pytest.fixture
def readings(tmp_path):
    path = tmp_path / "readings.json"
    rows = [["ハ イ", 3], ["イ ー エ", 2], ["ヘ ン ピ ン シ タ イ", 1.5]]
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return path


def test_readings_are_morae_and_weights(readings):
    assert load_readings(readings)[1:] == [(["イ", "ー", "エ"], 2), (["ヘ", "ン", "ピ", "ン", "シ", "タ", "イ"], 1.5)]


def test_command_writes_a_static_graph(tmp_path, readings, read_fst, capsys):
    main([str(tmp_path), "--readings", str(readings), "--kind", "static", "--order", "2", "--cutoffs", "1,1"])
    read = read_fst(tmp_path / "graph" / "HCLG.fst")
    assert f"HCLG.fst: {len(read.arcs)} states" in capsys.readouterr().out
    assert not (tmp_path / "graph" / "HCLr.fst").exists()
    compile_graph(ngram(load_readings(readings), 2, (1, 1)), tmp_path / "same.fst", scale=0.7)
    assert (tmp_path / "same.fst").read_bytes() == (tmp_path / "graph" / "HCLG.fst").read_bytes()


def test_command_writes_a_graph_that_takes_grammars(model_folder, readings, said):
    (model_folder / "graph" / "HCLG.fst").write_bytes(b"of an earlier static graph")
    main([str(model_folder), "--readings", str(readings)])
    assert not (model_folder / "graph" / "HCLG.fst").exists()
    assert heard_by_vosk(model_folder, said("鈴木"), ["スズキ", "サトー", "タナカ", "[unk]"]) == "スズキ"


@pytest.mark.parametrize(("name", "content"), [("missing.json", None), ("broken.json", "{"), ("empty.json", "[]")])
def test_command_names_readings_it_cannot_use(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError):
        main([str(tmp_path), "--readings", str(tmp_path / name)])
