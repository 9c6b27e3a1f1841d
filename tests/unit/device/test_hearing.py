from voice.recognition.decoding import Decoded
from voice.recognition.vosk_recognizer import KanaHearing, WordHearing


def test_words_of_vosks_models_become_text_and_reading():
    heard = WordHearing().hypothesis(Decoded(words=("返品", "し", "たい", "の", "です", "が"), confidence=0.7))
    assert (heard.text, heard.reading, heard.confidence) == ("返品したいのですが", "ヘンピンシタイノデスガ", 0.7)


def test_morae_of_the_embedded_model_are_text_and_reading_at_once():
    heard = KanaHearing().hypothesis(Decoded(words=("オ", "オ", "サ", "カ", "[unk]"), confidence=0.4))
    assert heard.text == heard.reading == "オーサカ"
