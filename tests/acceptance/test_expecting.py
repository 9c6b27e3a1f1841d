"""What models make of a base they expect, with the real libvosk and spoken questions."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks.spoken import Customer, Studio
from intents.distance import sound_similarity
from intents.readings import reading_of
from voice.models.inspect import VocabularyKind, vocabulary, vocabulary_kind
from voice.recognition.decoding import GrammarModel, VoskModel
from voice.recognition.expecting import Expecting
from voice.recognition.measuring import TwoEars
from voice.recognition.phrases import PhraseGraphs, phrase_list
from voice.recognition.speech_detection import SileroDetector
from voice.recognition.vosk_recognizer import KanaHearing, WordHearing

pytestmark = pytest.mark.acceptance

MODEL = Path(__file__).parents[2] / "voice/data/models/vosk-model-embedded-ja"
WORDINGS = (
    "洗濯機の修理を頼みたい",
    "配達の予約を取り消したい",
    "エアコンから水が漏れています",
    "ポイントの期限",
    "返品の方法",
)


@pytest.fixture(scope="module")
def say():
    studio = Studio()
    return lambda text: studio.take(text, Customer(pitch=-2.0))


@pytest.fixture(scope="module")
def graphs(tmp_path_factory) -> PhraseGraphs:
    return PhraseGraphs(tmp_path_factory.mktemp("graphs"))


@pytest.fixture(scope="module")
def ears(graphs) -> TwoEars:
    model, phrases = VoskModel(MODEL), phrase_list((text, reading_of(text)) for text in WORDINGS)
    return TwoEars(model, Expecting(model, graphs).expecting(phrases), KanaHearing(), SileroDetector())


@pytest.mark.parametrize(
    "text",
    [
        "洗濯機の修理を頼みたい",
        "エアコンの修理を取り消したいんですけど",
        "すみません、洗濯機から水が漏れています",
        "配達の期限を教えてください",
    ],
)
def test_pieces_of_wordings_combine_anew(ears, say, text):
    _, expected = ears.hear(say(text))
    assert sound_similarity(expected[0].reading, reading_of(text)) >= 0.95


@pytest.mark.parametrize("text", ["昨日の夜は友達とラーメンを食べました", "図書館の本を返すのを忘れていました"])
def test_other_talk_is_not_drawn_into_the_base(ears, say, text):
    opened, expected = ears.hear(say(text))
    truth = reading_of(text)
    assert sound_similarity(expected[0].reading, truth) >= sound_similarity(opened[0].reading, truth) - 0.1


def test_silence_is_nothing(ears):
    _, expected = ears.hear(np.zeros(16_000 * 3, np.int16))
    assert "".join(h.reading for h in expected) == ""


def test_a_grammar_of_kana_words_is_heard(say):
    grammar = ("イイエ", "サトー", "ワタナベ", "[unk]")
    assert set(grammar) <= vocabulary(MODEL)
    model = VoskModel(MODEL)
    heard, _ = TwoEars(GrammarModel(model, grammar), None, KanaHearing(), SileroDetector()).hear(say("渡辺です"))
    plain, _ = TwoEars(model, None, KanaHearing(), SileroDetector()).hear(say("渡辺です"))
    assert plain[0].reading.startswith("ワタナベ")
    decoder = GrammarModel(model, grammar).decoder(1)
    decoder.feed(say("渡辺"))
    assert decoder.take()[0].words == ("ワタナベ",)
    assert heard


@pytest.fixture(scope="module")
def model_of_words(tmp_path_factory) -> Path:
    """The embedded model with some of its whole words written as Vosk's models write them."""
    folder = tmp_path_factory.mktemp("words") / "model"
    shutil.copytree(MODEL, folder)
    words = folder / "graph" / "words.txt"
    text = words.read_text(encoding="utf-8")
    for kana, written in {"ワタナベ": "渡辺", "サトー": "佐藤", "イイエ": "いいえ", "トットリ": "鳥取"}.items():
        assert f"\n{kana} " in text
        text = text.replace(f"\n{kana} ", f"\n{written} ")
    words.write_text(text, encoding="utf-8")
    assert vocabulary_kind(folder) is VocabularyKind.WORDS
    return folder


def test_a_model_of_words_expects_the_base_by_a_grammar(model_of_words, graphs, say):
    model = VoskModel(model_of_words)
    expecting = Expecting(model, graphs).expecting({"ワタナベ": "渡辺", "トットリ": "鳥取", "センタクキ": "洗濯機"})
    assert isinstance(expecting, GrammarModel)
    assert set(expecting.phrases) == {"渡辺", "鳥取", "[unk]"}
    _, expected = TwoEars(model, expecting, WordHearing(), SileroDetector()).hear(say("鳥取"))
    assert (expected[0].text, expected[0].reading) == ("鳥取", "トットリ")


def test_a_static_graph_of_words_expects_nothing(model_of_words, graphs, tmp_path, caplog):
    folder = shutil.copytree(model_of_words, tmp_path / "static")
    compiled = graphs.compiled(MODEL, {"ワタナベ": "渡辺"})
    shutil.copy(compiled / "graph" / "HCLG.fst", folder / "graph" / "HCLG.fst")
    assert Expecting(VoskModel(folder), graphs).expecting({"ワタナベ": "渡辺"}) is None


def test_a_model_that_knows_no_word_of_the_base_stays_open(model_of_words, graphs, caplog):
    assert Expecting(VoskModel(model_of_words), graphs).expecting({"センタクキ": "洗濯機"}) is None
    assert "none of the base's words" in caplog.text


def base_of(path: Path, koemado, variants: str) -> Path:
    """An imported base of two articles, each with these variants and one of its own."""
    file = path / "base.yaml"
    articles = [
        f"- {{id: a{n}, title: {t}, category: x, answer: はい。, variants: [{v}]}}\n"
        for n, t, v in ((1, "返品", variants), (2, "修理", variants.replace("返品", "修理")))
    ]
    file.write_text("".join(articles), encoding="utf-8")
    assert koemado("--kb", path / "kb.db", "kb", "import", file).code == 0
    return path / "kb.db"


def test_measuring_decides_and_is_kept(koemado, tmp_path, monkeypatch):
    monkeypatch.setenv("KOEMADO_DATA_DIR", str(tmp_path / "data"))
    base = base_of(tmp_path, koemado, "返品したい, 返品はできますか")
    run = koemado("--kb", base, "models", "measure", "--count", "2", "--json")
    assert run.code == 0, run.err
    (found,) = run.objects
    assert found["lead"] in ("open", "base", "both")
    assert set(found["figures"]) == {"open", "base", "both"}
    (kept,) = json.loads((tmp_path / "data" / "listening.json").read_text(encoding="utf-8")).values()
    assert kept == {key: found[key] for key in kept}
    assert "2 questions" in run.err
    assert "Measuring" in run.err


def test_measuring_wants_a_base_with_wordings_to_spare(koemado, tmp_path):
    run = koemado("--kb", base_of(tmp_path, koemado, "返品したい"), "models", "measure")
    assert run.code == 2
    assert "two variants" in run.err


def test_measuring_knows_only_models_that_are_there(koemado):
    run = koemado("models", "measure", "no-such-model")
    assert run.code == 3
    assert "no-such-model" in run.err
