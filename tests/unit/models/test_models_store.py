"""Where models are, and which one is chosen."""

from pathlib import Path

import pytest

from voice.models.catalogue import DATA_DIR
from voice.models.errors import ChoiceUnreadable, ModelDamaged, ModelMissing, ModelUnknown, StoreNotWritable
from voice.models.inspect import VocabularyKind
from voice.models.store import ModelStore, locate_model

EMBEDDED_DIR = DATA_DIR / "models/vosk-model-embedded-ja"


@pytest.fixture
def small(store, model_files, write_model) -> Path:
    return write_model(store.models_dir / "small", model_files)


def test_reading_an_empty_store_creates_nothing(store, data_dir):
    assert [model.entry.name for model in store.installed()] == ["embedded"]
    assert store.chosen() is None
    assert store.choice() is None
    assert not data_dir.exists()


def test_what_is_installed(store, small):
    assert [(model.entry.name, model.path) for model in store.installed()] == [
        ("embedded", EMBEDDED_DIR),
        ("small", small),
    ]


def test_names_and_paths_are_found(store, small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small").mkdir()
    assert locate_model("embedded", store) == EMBEDDED_DIR
    assert locate_model("small", store) == small
    assert locate_model("./small", store) == tmp_path / "small"
    assert locate_model(str(small), store) == small


def test_the_home_folder_may_be_written_short(store, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine").mkdir()
    assert locate_model("~/mine", store) == tmp_path / "mine"


@pytest.mark.parametrize("name", ["small", "large"])
def test_a_known_model_that_is_not_here(store, name):
    for find in (lambda: locate_model(name, store), lambda: store.verify(name), lambda: store.choose(name)):
        with pytest.raises(ModelMissing, match=f"run `koemado models install {name}`"):
            find()


@pytest.mark.parametrize("name", ["", "medium", "./nothing", "/nothing/here"])
def test_neither_name_nor_folder(store, name):
    with pytest.raises(ModelUnknown, match="embedded, small, large, or the path of a folder"):
        locate_model(name, store)


@pytest.mark.parametrize("name", ["embedded", "small"])
def test_a_choice_is_remembered_by_name(store, data_dir, catalogue, small, name):
    store.choose(name)
    later = ModelStore(data_dir, catalogue=catalogue)
    assert later.choice() == name
    assert later.chosen() == later.path_of(name)


def test_a_chosen_folder_is_remembered_from_everywhere(store, model, monkeypatch):
    monkeypatch.chdir(model.parent)
    facts = store.choose("a-model")
    monkeypatch.chdir("/")
    assert store.choice() == str(model)
    assert store.chosen() == facts.path == model
    assert facts.vocabulary is VocabularyKind.WORDS


def test_a_damaged_model_is_not_chosen(store, model):
    store.choose("embedded")
    (model / "graph/Gr.fst").write_bytes(b"")
    with pytest.raises(ModelDamaged, match=r"graph/Gr\.fst is empty; install it again"):
        store.choose(str(model))
    assert store.choice() == "embedded"


def test_a_chosen_model_that_has_gone(store, small):
    store.choose("small")
    small.rename(small.with_name("elsewhere"))
    with pytest.raises(ModelMissing, match="koemado models install small"):
        store.chosen()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"model": 3}', "null", "\udcff"])
def test_a_broken_choice_says_how_to_repair_it(store, data_dir, content):
    data_dir.mkdir()
    (data_dir / "model-choice.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ChoiceUnreadable, match="koemado models use embedded"):
        store.chosen()
    store.choose("embedded")
    assert store.chosen() == EMBEDDED_DIR


def test_a_choice_leaves_no_other_files(store, data_dir):
    store.choose("embedded")
    store.choose("embedded")
    assert [path.name for path in data_dir.iterdir()] == ["model-choice.json"]


def test_a_choice_that_cannot_be_written(store, data_dir):
    data_dir.write_bytes(b"a file")
    with pytest.raises(StoreNotWritable, match="set another data folder"):
        store.choose("embedded")


@pytest.mark.parametrize(("content", "what"), [(None, "am/final.mdl"), (b"x 1\n", "has 4 bytes instead of")])
def test_a_damaged_installation_says_how_to_repair_it(store, small, content, what):
    if content is None:
        (small / "am/final.mdl").unlink()
    else:
        (small / "graph/words.txt").write_bytes(content)
    with pytest.raises(ModelDamaged, match=what) as caught:
        store.verify("small")
    assert "run `koemado models install small --force`" in str(caught.value)


def test_the_same_size_with_other_content_is_noticed(store, small, model_files):
    (small / "conf/mfcc.conf").write_bytes(model_files["conf/mfcc.conf"].replace(b"16000", b"16001"))
    with pytest.raises(ModelDamaged, match=r"conf/mfcc\.conf has another sha256"):
        store.verify("small")
