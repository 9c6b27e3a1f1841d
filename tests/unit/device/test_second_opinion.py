from intents.transcripts import Hypothesis
from voice.recognition.second_opinion import Trust, merged


def h(reading: str, confidence: float = 0.8) -> Hypothesis:
    return Hypothesis(text=reading, reading=reading, confidence=confidence)


def test_a_guess_that_sounds_like_what_was_said_leads():
    found = merged([h("ヘンピンシタイ")], [h("ヘンキンシタイ")])
    assert [x.reading for x in found] == ["ヘンピンシタイ", "ヘンキンシタイ"]
    assert found[0].confidence > found[1].confidence


def test_a_guess_unlike_what_was_said_is_not_believed():
    found = merged([h("ヘンピンシタイ")], [h("アシタノテンキワ")])
    assert found == (h("アシタノテンキワ"),)


def test_one_of_them_alone():
    assert merged([], [h("ア")]) == (h("ア"),)
    assert merged([h("ヘンピンシタイ")], []) == (h("ヘンピンシタイ"),)
    assert merged([], []) == ()


def test_the_same_reading_comes_once():
    found = merged([h("ヘンピンシタイ")], [h("ヘンピンシタイ", 0.9), h("ヘンピンシタ", 0.1)])
    assert [x.reading for x in found] == ["ヘンピンシタイ", "ヘンピンシタ"]


def test_how_far_a_guess_is_believed_is_for_the_model_to_say():
    guess, heard = [h("ヘンピンシタイ")], [h("ヘンシンシナイ")]
    trusting = merged(guess, heard, Trust(disbelieved_at=0.1, believed_at=0.2))
    wary = merged(guess, heard, Trust(disbelieved_at=0.95, believed_at=0.99))
    assert [x.reading for x in trusting] == ["ヘンピンシタイ", "ヘンシンシナイ"]
    assert trusting[0].confidence == 0.8
    assert wary == tuple(heard)
