import pytest

from intents.matching import Topic, Wording
from intents.readings import reading_of
from kb.checking import Severity
from voice.checks.examination import stages
from voice.checks.vocabulary import homophones_in, unheard_morae, unheard_words, unknown_in, vocabulary
from voice.settings import Settings

WORDS = ("返品", "し", "たい", "の", "機械", "が", "動か", "ない", "洗濯", "槽", "ワイファイ", "を", "送料", "無料")


def topic(*texts: str, id_: str = "a") -> Topic:
    return Topic(id=id_, title="", wordings=tuple(Wording(text=t, reading=reading_of(t)) for t in texts))


def unheard(known, folder, *topics):
    return {f.text: f for f in unheard_words(topics, known, *homophones_in(known, folder))}


def test_the_words_of_a_model(word_model):
    assert {"返品", "ワイファイ"} < vocabulary(word_model(*WORDS))


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("返品したい", []),
        ("返品したいの？", []),
        ("洗濯槽が動かない", []),  # one word of the dictionary, two of the model
        ("7が動かない", []),  # numbers are heard in kanji
        ("炊飯が動かない", ["炊飯"]),
    ],
)
def test_words_that_are_not_in_the_vocabulary(text, unknown):
    assert list(unknown_in(text, frozenset(WORDS))) == unknown


def test_a_homophone_in_the_vocabulary_is_as_good(tmp_path):
    found = unheard(frozenset(WORDS), tmp_path, topic("機会が動かない"), topic("機会がない", id_="b"))
    assert set(found) == {"機会"}
    assert (found["機会"].severity, found["機会"].others) == (Severity.NOTE, ("b",))
    assert "機械" in found["機会"].remedy


def test_without_a_homophone_the_nearest_words_are_named(tmp_path):
    found = unheard(frozenset(WORDS), tmp_path, topic("資料がない"), topic("炊飯がない"))
    assert {f.severity for f in found.values()} == {Severity.WARNING}
    assert "無料" in found["資料"].remedy  # シリョー, ムリョー
    assert "nearest" not in found["炊飯"].remedy


def test_the_readings_of_a_vocabulary_are_kept(tmp_path):
    homophones_in(frozenset(WORDS), tmp_path)
    (kept,) = tmp_path.glob("*.json")
    kept.write_text('{"鬼怪": "キカイ"}', encoding="utf-8")
    same, _ = homophones_in(frozenset(WORDS), tmp_path)
    assert same("キカイ") == ["鬼怪"]
    kept.write_text("{", encoding="utf-8")
    same, _ = homophones_in(frozenset(WORDS), tmp_path)
    assert same("キカイ") == ["機械"]


def test_a_model_of_morae_hears_every_kana_it_has():
    assert list(unheard_morae([topic("返品したい")], {*"ヘンピシタイ"})) == []
    (found,) = unheard_morae([topic("返品したい")], {*"ヘンピシ"})
    assert (found.code, found.text) == ("word-unheard", "返品したい")


def test_the_check_looks_at_the_model_in_use(word_model, tmp_path):
    base = Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "data")
    for model, expected in ((str(word_model(*WORDS)), True), ("embedded", False)):
        stage = next(s for s in stages(base.model_copy(update={"model": model})) if s.label == "Vocabulary")
        assert any(f.code == "word-unheard" for f in stage.run(lambda: None)) is expected
