from intents.transcripts import Hypothesis
from voice.recognition.second_opinion import merged

PHRASES = {"ヘンピンシタイ": "返品したい", "コーカンシタイ": "交換したい"}


def h(reading: str, confidence: float = 0.8) -> Hypothesis:
    return Hypothesis(text=PHRASES.get(reading, reading), reading=reading, confidence=confidence)


def test_a_phrase_that_sounds_like_what_was_said_leads():
    found = merged([h("ヘンピンシタイ")], [h("ヘンキンシタイ")], PHRASES)
    assert [x.text for x in found] == ["返品したい", "ヘンキンシタイ"]
    assert found[0].confidence > found[1].confidence


def test_a_phrase_unlike_what_was_said_is_not_believed():
    found = merged([h("ヘンピンシタイ")], [h("アシタノテンキワ")], PHRASES)
    assert [x.text for x in found] == ["アシタノテンキワ"]


def test_speech_outside_the_list_is_left_to_open_recognition():
    found = merged([h("アシタノケンキハ")], [h("アシタノテンキワ")], PHRASES)
    assert found[0].reading == "アシタノテンキワ"
    assert found[1].confidence < found[0].confidence


def test_one_of_them_alone():
    assert merged([], [h("ア")], PHRASES) == (h("ア"),)
    assert merged([h("ヘンピンシタイ")], [], PHRASES) == (h("ヘンピンシタイ"),)
    assert merged([], [], PHRASES) == ()


def test_the_same_reading_comes_once():
    found = merged([h("ヘンピンシタイ")], [h("ヘンピンシタイ", 0.9), h("ヘンピンシタ", 0.1)], PHRASES)
    assert [x.reading for x in found] == ["ヘンピンシタイ", "ヘンピンシタ"]
