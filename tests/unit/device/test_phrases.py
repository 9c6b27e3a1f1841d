import shutil

import pytest

from kb.store import SqliteKnowledgeBase
from tests.wyoming_talk import HOURS
from voice import compose
from voice.recognition.phrases import KEPT_GRAPHS, PhraseGraphs, phrase_list

MODEL = "voice/data/models/vosk-model-embedded-ja"
PHRASES = {"ヘンピンシタイ": "返品したい", "コーカンシタイ": "交換したい"}


@pytest.fixture
def model(request):
    return request.config.rootpath / MODEL


def test_replies_are_always_in_the_list():
    phrases = phrase_list([("返品したい", "ヘンピンシタイ")])
    assert phrases["ヘンピンシタイ"] == "返品したい"
    assert phrases["モーイチド"] == "もう一度"
    assert len(phrases) > 100


def test_homophones_keep_the_first_writing_and_the_unsayable_stays_out():
    phrases = phrase_list([("機会", "キカイ"), ("機械", "キカイ"), ("???", ""), ("x", "abc")])
    assert phrases["キカイ"] == "機会"
    assert "" not in phrases
    assert "abc" not in phrases


def test_compiled_once_and_again_when_the_phrases_change(tmp_path, model):
    graphs = PhraseGraphs(tmp_path)
    first = graphs.compiled(model, PHRASES)
    made = (first / "graph/HCLG.fst").stat().st_mtime_ns
    assert graphs.compiled(model, PHRASES) == first
    assert (first / "graph/HCLG.fst").stat().st_mtime_ns == made
    assert graphs.compiled(model, PHRASES | {"シューリシタイ": "修理したい"}) != first


def test_old_graphs_go(tmp_path, model):
    graphs = PhraseGraphs(tmp_path)
    for n in range(KEPT_GRAPHS + 2):
        kept = graphs.compiled(model, PHRASES | {"ア" + "イ" * (n + 1): str(n)})
    assert kept.exists()
    assert len(list(tmp_path.iterdir())) == KEPT_GRAPHS


def test_a_full_disk_leaves_open_recognition_and_no_rubbish(tmp_path, model, monkeypatch, caplog):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    assert PhraseGraphs(tmp_path / "graphs").compiled(model, PHRASES) is None
    assert "No space left" in caplog.text
    assert list((tmp_path / "graphs").iterdir()) == []


def test_a_damaged_graph_is_made_anew(settings, tmp_path, caplog):
    SqliteKnowledgeBase(tmp_path / "kb.db", create=True).store([HOURS])
    own = settings.model_copy(update={"kb": tmp_path / "kb.db", "cache_dir": tmp_path / "cache"})
    mind = compose.knowledge(own).current()
    compose.Ears(own).recognizer(mind)
    (graph,) = (own.cache_dir / "graphs").glob("*/graph/HCLG.fst")
    graph.write_bytes(graph.read_bytes()[:1_000])
    assert compose.Ears(own).recognizer(mind).finish() == ()
    (mended,) = (own.cache_dir / "graphs").glob("*/graph/HCLG.fst")
    assert mended.stat().st_size > 1_000
    assert "thrown away" in caplog.text


def test_a_build_that_was_killed_is_no_graph(tmp_path, model, monkeypatch):
    from voice.recognition import phrases as module

    def killed(*_args, **_options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, "compile_graph", killed)
        PhraseGraphs(tmp_path).compiled(model, PHRASES)
    assert list(tmp_path.iterdir()) == []
    assert (PhraseGraphs(tmp_path).compiled(model, PHRASES) / "graph/HCLG.fst").exists()
