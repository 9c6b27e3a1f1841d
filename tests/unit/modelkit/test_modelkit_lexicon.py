from pathlib import Path

import pytest

import voice
from voice.modelkit.graph import WHOLE_WORDS
from voice.modelkit.kaldi_io import FstSize
from voice.modelkit.lexicon import build_dynamic, compile_lexicon, write_grammar
from voice.modelkit.ngram import ngram
from voice.modelkit.topology import WORD_ID, WORDS, transition_ids

SHIPPED = Path(voice.__file__).parent / "data" / "models" / "vosk-model-embedded-ja" / "graph"


@pytest.fixture
def lm():
    return ngram([(["カ", "キ"], 2), (["カ"], 1)], 2, (1, 1))


def test_the_shipped_lexicon_comes_out_byte_for_byte(tmp_path, lm):
    build_dynamic(lm, tmp_path, WHOLE_WORDS.read_text(encoding="utf-8").split(), scale=0.7)
    assert (tmp_path / "graph" / "HCLr.fst").read_bytes() == (SHIPPED / "HCLr.fst").read_bytes()
    assert (tmp_path / "graph" / "words.txt").read_bytes() == (SHIPPED / "words.txt").read_bytes()
    assert (tmp_path / "graph" / "disambig_tid.int").read_bytes() == (SHIPPED / "disambig_tid.int").read_bytes()


def test_a_word_leaves_on_its_first_arc(tmp_path, read_fst):
    size = compile_lexicon({"ハイ": ["h", "a", "i"], "カ": ["k", "a"]}, tmp_path / "l.fst")
    read = read_fst(tmp_path / "l.fst")
    assert size == FstSize(len(read.arcs), sum(map(len, read.arcs)))
    said = {arc[1]: arc[0] for arcs in read.arcs for arc in arcs if arc[1]}
    assert said == {1: transition_ids("h_B")[0], 2: transition_ids("k_B")[0]}


def test_outputs_are_sorted_for_the_composition(tmp_path, read_fst):
    compile_lexicon({"ハイ": ["h", "a", "i"], "[unk]": [], "カ": ["k", "a"]}, tmp_path / "l.fst")
    for arcs in read_fst(tmp_path / "l.fst").arcs:
        outputs = [arc[1] for arc in arcs]
        assert outputs == sorted(outputs)


def test_grammar_is_sorted_with_epsilon_back_off_first(tmp_path, read_fst, lm):
    write_grammar(lm, tmp_path / "g.fst", scale=0.5, insertion=0.25)
    read = read_fst(tmp_path / "g.fst")
    assert len(read.arcs) == len(lm.states)
    for state, arcs in zip(lm.states, read.arcs, strict=True):
        assert [arc[0] for arc in arcs] == sorted(arc[0] for arc in arcs)
        assert [arc[0] for arc in arcs] == [arc[1] for arc in arcs]
        assert len(arcs) == len(state.arcs) + bool(state.backoff)
    start = next(arc for arc in read.arcs[lm.start] if arc[0] == WORD_ID["カ"])
    assert start[2] == pytest.approx(lm.states[lm.start].arcs["カ"].cost * 0.5 + 0.25, abs=1e-6)
    assert read.arcs[lm.start][0][0] == 0


def test_extra_words_follow_the_morae(tmp_path, lm):
    build_dynamic(lm, tmp_path, ["カ", "か", "スズキ", "スズキ", "ハイ"])
    words = [line.split()[0] for line in (tmp_path / "graph" / "words.txt").read_text(encoding="utf-8").splitlines()]
    assert words == ["<eps>", *WORDS, "[unk]", "スズキ", "ハイ"]


def test_extra_word_that_is_not_kana(tmp_path, lm):
    with pytest.raises(ValueError, match="鈴木"):
        build_dynamic(lm, tmp_path, ["鈴木"])


def test_a_static_graph_is_removed(tmp_path, lm):
    (tmp_path / "graph").mkdir()
    (tmp_path / "graph" / "HCLG.fst").write_bytes(b"old")
    build_dynamic(lm, tmp_path)
    assert not (tmp_path / "graph" / "HCLG.fst").exists()
