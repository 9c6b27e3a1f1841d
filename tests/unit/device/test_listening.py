import json

import pytest

from intents.transcripts import Hypothesis
from voice.models.inspect import VocabularyKind
from voice.recognition.listening import Lead, Listening, ListeningStore, shipped_listening
from voice.recognition.measuring import Heard, best_by_lead, judged, strangers, winner
from voice.recognition.second_opinion import DEFAULT_TRUST, Trust

MEASURED = Listening(lead=Lead.BASE, trust=Trust(disbelieved_at=0.3, believed_at=0.8))


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "some-model"
    (folder / "am").mkdir(parents=True)
    (folder / "am" / "final.mdl").write_bytes(b"sounds")
    return folder


def test_what_was_measured_is_kept_for_that_model_alone(tmp_path, model):
    store = ListeningStore(tmp_path / "data")
    assert store.of(model) is None
    store.keep(model, MEASURED, {"open": {"questions_wrong": 0.1}})
    assert ListeningStore(tmp_path / "data").of(model) == MEASURED
    moved = model.rename(tmp_path / "elsewhere")
    assert store.of(moved) == MEASURED
    (moved / "am" / "final.mdl").write_bytes(b"others")
    assert store.of(moved) is None


@pytest.mark.parametrize("damage", ["{", "[]", '{"KEY": {"lead": "loud"}}', '{"KEY": 3}'])
def test_a_damaged_record_is_no_record_and_can_be_made_anew(tmp_path, model, damage, caplog):
    store = ListeningStore(tmp_path)
    store.keep(model, MEASURED, {})
    file = tmp_path / "listening.json"
    (key,) = json.loads(file.read_text())
    file.write_text(damage.replace("KEY", key))
    assert store.of(model) is None
    assert "models measure" in caplog.text
    store.keep(model, MEASURED, {})
    assert store.of(model) == MEASURED


@pytest.mark.parametrize("kind", VocabularyKind)
def test_every_kind_of_model_has_a_shipped_way(kind):
    assert shipped_listening(kind).trust.believed_at <= 1


def test_trust_must_rise():
    with pytest.raises(ValueError, match="cannot rise"):
        Listening.of({"lead": "both", "disbelieved_at": 0.7, "believed_at": 0.7})


def h(reading: str, confidence: float = 1.0) -> tuple[Hypothesis, ...]:
    return (Hypothesis(text=reading, reading=reading, confidence=confidence),)


def heard(said: str, opened: str, expected: str, *, is_question: bool) -> Heard:
    return Heard(said=said, is_question=is_question, opened=h(opened), expected=h(expected) if expected else ())


QUESTION = heard("ヘンピンシタイ", "ヘンシンシナイ", "ヘンピンシタイ", is_question=True)
STRANGER = heard("アシタワアメカナ", "アシタワアメカナ", "ヘンピンシタイ", is_question=False)


def test_wrong_morae_count_by_confidence_and_never_more_than_all():
    two = Heard(said="カキ", is_question=True, opened=(*h("カキ", 0.75), *h("カク", 0.25)), expected=())
    noise = heard("カキ", "アイウエオアイウエオ", "", is_question=False)
    found = judged(Listening(lead=Lead.OPEN, trust=DEFAULT_TRUST), [two, noise])
    assert (found.questions, found.strangers) == (0.125, 1.0)
    assert judged(Listening(lead=Lead.BASE, trust=DEFAULT_TRUST), [two, noise]).questions == 1.0


def test_both_lead_where_the_base_is_right_in_scope_and_wrong_outside():
    found = best_by_lead([QUESTION] * 4 + [STRANGER] * 4)
    assert found[Lead.OPEN].questions > 0
    assert found[Lead.BASE].strangers > 0.5
    best = winner(found)
    assert best.lead is Lead.BOTH
    assert 0 < best.trust.disbelieved_at < best.trust.believed_at < 0.8


def test_one_decoder_leads_where_the_other_adds_nothing():
    honest = heard("アシタワアメカナ", "アシタワアメカナ", "アシタワアメカナ", is_question=False)
    assert winner(best_by_lead([QUESTION, honest])).lead is Lead.BASE
    useless = heard("ヘンピンシタイ", "ヘンピンシタイ", "", is_question=True)
    assert winner(best_by_lead([useless, STRANGER])).lead is Lead.OPEN


def test_strangers_talk_of_something_else():
    assert len(strangers()) == len(set(strangers())) == 40
    assert not [text for text in strangers() if "洗濯機" in text or "保証" in text]
