from intents.phone_phrases import digit_phrases
from intents.phone_slot import EMPTY, hear_digits
from intents.transcripts import typed


def test_every_digit_follows_every_other():
    phrases = digit_phrases()
    assert {"ゼロ九", "九ゼロ", "二二", "七一", "最後は七じゃなくて八です", "最初から言います"} <= set(phrases)
    assert len(phrases) == len(set(phrases))


def test_pairs_are_understood_as_two_digits():
    pairs = [phrase for phrase in digit_phrases() if len(hear_digits(EMPTY, typed(phrase)).draft.digits) == 2]
    assert len(pairs) >= 100
