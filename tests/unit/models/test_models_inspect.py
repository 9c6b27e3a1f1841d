"""What a folder holds, and what is wrong with it."""

import errno
from pathlib import Path

import pytest

from voice.models.errors import ModelDamaged
from voice.models.inspect import GraphKind, VocabularyKind, check_model, graph_kind, inspect_model, vocabulary_kind


def test_a_whole_model_of_ordinary_words(model):
    facts = inspect_model(model)
    assert facts.path == model
    assert facts.graph is GraphKind.DYNAMIC
    assert facts.graph.run_time_grammars
    assert facts.vocabulary is VocabularyKind.WORDS


def test_a_static_graph_wins_where_both_are_there(model, fst):
    (model / "graph/HCLG.fst").write_bytes(fst())
    assert graph_kind(model) is GraphKind.STATIC
    assert not graph_kind(model).run_time_grammars


def test_a_static_model_needs_no_dynamic_files(tmp_path, model_files, write_model, fst):
    for name in ("graph/Gr.fst", "graph/HCLr.fst", "graph/disambig_tid.int"):
        del model_files[name]
    model = write_model(tmp_path / "static", {**model_files, "graph/HCLG.fst": fst()})
    check_model(model)
    assert graph_kind(model) is GraphKind.STATIC


def test_the_old_layout_has_everything_at_the_root(tmp_path, model_files, write_model):
    flat = {name.rsplit("/", 1)[-1]: content for name, content in model_files.items() if name != "conf/model.conf"}
    facts = inspect_model(write_model(tmp_path / "old", flat))
    assert facts.graph is GraphKind.DYNAMIC
    assert facts.vocabulary is VocabularyKind.WORDS


@pytest.mark.parametrize(
    "name",
    [
        "am/final.mdl",
        "conf/mfcc.conf",
        "conf/model.conf",
        "graph/Gr.fst",
        "graph/HCLr.fst",
        "graph/disambig_tid.int",
        "graph/words.txt",
    ],
)
@pytest.mark.parametrize("content", [None, b""])
def test_a_missing_or_empty_file_is_named(model, name, content):
    (model / name).unlink()
    if content is not None:
        (model / name).write_bytes(content)
    with pytest.raises(ModelDamaged, match=name.rsplit("/", 1)[-1]) as caught:
        check_model(model)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("am/final.mdl", "am/final.mdl is cut short"),
        ("graph/Gr.fst", "graph/Gr.fst is damaged: it is cut short"),
    ],
)
def test_a_file_that_lost_its_last_byte_is_noticed(model, name, what):
    (model / name).write_bytes((model / name).read_bytes()[:-1])
    with pytest.raises(ModelDamaged, match=what):
        check_model(model)


@pytest.mark.parametrize("size", range(0, 120, 7))
def test_a_final_mdl_cut_anywhere_is_never_called_whole(model, size):
    whole = (model / "am/final.mdl").read_bytes()
    (model / "am/final.mdl").write_bytes(whole[: min(size, len(whole) - 1)])
    with pytest.raises(ModelDamaged, match=r"final\.mdl"):
        check_model(model)


def test_a_final_mdl_that_is_a_web_page(model):
    (model / "am/final.mdl").write_bytes(b"PK\3\4 or anything else")
    with pytest.raises(ModelDamaged, match="no Kaldi model"):
        check_model(model)


@pytest.mark.parametrize("garbage", [b"<html>sorry</html>", b"\xd6\xfd\xb2\x7e" + b"\xff" * 60, b"\xd6\xfd\xb2\x7e\5"])
def test_a_graph_that_is_something_else(model, garbage):
    (model / "graph/HCLr.fst").write_bytes(garbage)
    with pytest.raises(ModelDamaged, match=r"graph/HCLr\.fst is damaged"):
        check_model(model)


def test_words_inside_the_graph_need_no_list(model, fst):
    # Vosk's small models are shipped so: no words.txt, the words in Gr.fst.
    (model / "graph/words.txt").unlink()
    (model / "graph/Gr.fst").write_bytes(fst(kind="ngram", inputs=("x", "y"), words=("<eps>", "アメ", "料金")))
    check_model(model)
    assert vocabulary_kind(model) is VocabularyKind.WORDS


def test_words_inside_the_graph_win_over_the_list_as_in_vosk(model, fst):
    (model / "graph/Gr.fst").write_bytes(fst(words=("<eps>", "ア", "キョ", "ー", "[unk]", "#0")))
    assert vocabulary_kind(model) is VocabularyKind.MORAE


def test_a_damaged_table_of_words_is_an_error(model, fst):
    whole = fst(kind="ngram", words=("<eps>", "ア", "キョ"))
    (model / "graph/Gr.fst").write_bytes(whole[:120])
    with pytest.raises(ModelDamaged, match="list of words"):
        vocabulary_kind(model)


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ("<eps> 0\nヘ 12\nン 3\n", VocabularyKind.MORAE),
        ("<eps> 0\nヘ 12\nレーゾーコ 400\n[unk] 9\n", VocabularyKind.MORAE),
        ("<eps> 0\nヘ 12\nへんぴん 13\n", VocabularyKind.WORDS),
        ("<eps> 0\nyes 1\n", VocabularyKind.WORDS),
    ],
)
def test_katakana_only_means_readings(model, lines, kind):
    (model / "graph/words.txt").write_text(lines, encoding="utf-8")
    assert vocabulary_kind(model) is kind


@pytest.mark.parametrize("content", [b"<eps> 0\n\n[unk] 1\n", b"\xff\xfe\n"])
def test_a_list_without_words_is_damaged(model, content):
    (model / "graph/words.txt").write_bytes(content)
    with pytest.raises(ModelDamaged, match="list of words"):
        vocabulary_kind(model)


@pytest.mark.parametrize("missing", ["final.dubm", "final.mat", "global_cmvn.stats", "online_cmvn.conf", "splice.conf"])
def test_an_ivector_extractor_is_whole_or_absent(model, write_model, missing):
    parts = ("final.ie", "final.dubm", "final.mat", "global_cmvn.stats", "online_cmvn.conf", "splice.conf")
    write_model(model, {f"ivector/{name}": b"x" for name in parts if name != missing})
    with pytest.raises(ModelDamaged, match=f"ivector/{missing} is missing"):
        check_model(model)
    write_model(model, {f"ivector/{missing}": b"x"})
    check_model(model)


def test_a_rescoring_model_is_whole_or_absent(model, write_model):
    write_model(model, {"rescore/G.carpa": b"x"})
    with pytest.raises(ModelDamaged, match=r"rescore/G\.fst is missing"):
        check_model(model)


def test_the_folder_around_the_model_is_a_common_mistake(model):
    with pytest.raises(ModelDamaged, match=f"seems to be in {model}"):
        check_model(model.parent)


@pytest.mark.parametrize("name", ["nothing-here", "a-file"])
def test_no_folder(tmp_path, name):
    (tmp_path / "a-file").write_bytes(b"x")
    with pytest.raises(ModelDamaged, match="no such folder"):
        check_model(tmp_path / name)


@pytest.mark.parametrize("find", [check_model, graph_kind, vocabulary_kind])
def test_files_that_may_not_be_read_are_named(model, find, monkeypatch):
    def refuse(path, *_args, **_keys):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)  # root, who runs the tests in containers, may read everything
    monkeypatch.setattr(Path, "exists", refuse)
    with pytest.raises(ModelDamaged, match=r"cannot be read \(Permission denied\)"):
        find(model)


def test_a_model_without_any_graph(model):
    (model / "graph/HCLr.fst").unlink()
    (model / "graph/Gr.fst").unlink()
    with pytest.raises(ModelDamaged, match=r"neither HCLG\.fst nor HCLr\.fst"):
        check_model(model)
