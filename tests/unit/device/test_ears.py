"""Which recognition the composition root builds, by what was measured."""

import pytest

from benchmarks.spoken import Customer, Studio
from intents.readings import reading_of
from kb.articles import Article
from kb.store import SqliteKnowledgeBase
from voice import compose
from voice.audio import AudioChunk
from voice.recognition.listening import Lead, Listening, ListeningStore
from voice.recognition.second_opinion import DEFAULT_TRUST

TEXT = "炊飯器の保証書をなくしました"


@pytest.fixture(scope="module")
def question():
    return AudioChunk(samples=Studio().take(TEXT, Customer(pitch=-2.0)), rate_hz=16_000)


@pytest.fixture
def own(settings, tmp_path):
    article = Article(id="a", title="保証書の紛失", category="保証", variants=(TEXT,), answer="ご相談ください。")
    SqliteKnowledgeBase(tmp_path / "kb.db", create=True).store([article])
    return settings.model_copy(update={"kb": tmp_path / "kb.db", "cache_dir": tmp_path / "cache"})


def heard(settings, question):
    recognizer = compose.Ears(settings).recognizer(compose.knowledge(settings).current())
    (transcript,) = (*recognizer.accept(question), *recognizer.finish())
    return transcript


@pytest.mark.parametrize("lead", [None, Lead.BASE, Lead.BOTH])
def test_the_base_is_expected_unless_measured_otherwise(own, question, lead):
    if lead:
        listening = Listening(lead=lead, trust=DEFAULT_TRUST)
        ListeningStore(own.data_dir).keep(compose.model_folder(own), listening, {})
    best = heard(own, question).best
    assert (best.text, best.reading) == (TEXT, reading_of(TEXT))
    assert list((own.cache_dir / "graphs").iterdir())


def test_nothing_is_compiled_where_open_recognition_leads(own, question):
    listening = Listening(lead=Lead.OPEN, trust=DEFAULT_TRUST)
    ListeningStore(own.data_dir).keep(compose.model_folder(own), listening, {})
    best = heard(own, question).best
    assert best.text == best.reading  # morae, not the writing of the base
    assert not (own.cache_dir / "graphs").exists()


def test_the_setting_forbids_it_whatever_was_measured(own, question):
    heard(own.model_copy(update={"compiled_phrases": False}), question)
    assert not (own.cache_dir / "graphs").exists()


def test_both_give_more_hypotheses_than_one(own):
    other = AudioChunk(
        samples=Studio().take("炊飯器の蓋がゆがんで閉じられません", Customer(pitch=-2.0)), rate_hz=16_000
    )
    said = {}
    for lead in (Lead.BASE, Lead.BOTH):
        listening = Listening(lead=lead, trust=DEFAULT_TRUST)
        ListeningStore(own.data_dir).keep(compose.model_folder(own), listening, {})
        said[lead] = {h.reading for h in heard(own, other).hypotheses}
    assert said[Lead.BASE] < said[Lead.BOTH]
