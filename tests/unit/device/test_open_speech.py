import pytest

from voice.modelkit.lexicon import write_grammar
from voice.modelkit.ngram import ngram
from voice.models.errors import ModelDamaged
from voice.recognition.open_speech import open_speech


@pytest.fixture
def model(tmp_path):
    (tmp_path / "graph").mkdir()
    lm = ngram([(["カ", "キ"], 2), (["キ", "ン"], 1)], order=2, cutoffs=(1, 1))
    write_grammar(lm, tmp_path / "graph" / "Gr.fst", scale=0.5)
    return tmp_path, lm


def test_what_was_written_is_read_back_unscaled(model):
    folder, written = model
    read = open_speech(folder, scale=0.5)
    assert (read.start, len(read.states)) == (written.start, len(written.states))
    for ours, theirs in zip(read.states, written.states, strict=True):
        assert {m: (pytest.approx(a.cost, abs=1e-5), a.target) for m, a in ours.arcs.items()} == theirs.arcs
        assert (ours.end is None) == (theirs.end is None)
        assert (ours.backoff is None) == (theirs.backoff is None)
        assert ours.end == pytest.approx(theirs.end, abs=1e-5)


def test_a_static_model_has_none(tmp_path):
    assert open_speech(tmp_path, scale=1.0) is None


def test_a_damaged_one_is_named(model):
    folder, _ = model
    path = folder / "graph" / "Gr.fst"
    path.write_bytes(path.read_bytes()[:90])
    with pytest.raises(ModelDamaged, match=r"Gr\.fst"):
        open_speech(folder, scale=1.0)
