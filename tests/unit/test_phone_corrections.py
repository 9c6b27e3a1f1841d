import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.numerals import telephone
from intents.phone_corrections import Corrected, Reason, Unclear, ask, correct
from intents.phone_numbers import groups_of, is_valid
from intents.phone_slot import PhoneDraft
from intents.transcripts import Hypothesis, Transcript, typed

DRAFT = PhoneDraft(digits="09012345677")


def heard(text: str) -> Transcript:
    return Transcript(hypotheses=(Hypothesis(text=text, reading=text, confidence=1.0),), duration_ms=0)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("最後は7じゃなくて1", "09012345671"),
        ("最後が1です", "09012345671"),
        ("下から2番目が5", "09012345657"),
        ("二番目が八", "08012345677"),
        ("真ん中は1234じゃなくて1235", "09012355677"),
        ("最後の4けたは5679", "09012345679"),
        ("下4けたが5679です", "09012345679"),
        ("5677じゃなくて5679", "09012345679"),
        ("4じゃなくて9", "09012395677"),
        ("いいえ、4じゃなくて9です", "09012395677"),
        ("いいえ、090-1234-5678です", "09012345678"),
        ("ちがいます、最後は8です", "09012345678"),
        ("最後の7は1です", "09012345671"),
        ("1です、4じゃなくて", "09012315677"),
        ("最後が1で、5番目が9です", "09019345671"),
        ("真ん中の2番目が8です", "09018345677"),
        ("最後を1に直してください", "09012345671"),
        ("4を9に", "09012395677"),
        ("最後は5、えーと、67、8です", "09012345678"),
        ("サイゴワシチジャナクテイチデス", "09012345671"),
        ("シタカラニバンメガゴデス", "09012345657"),
        ("ゴバンメワニジャナクテサンデス", "09013345677"),
        ("頭の3けたは080", "08012345677"),
        ("真ん中の四桁が違って、1235です", "09012355677"),
        ("最後だけ違います。1です", "09012345671"),
        ("5番目の2が3です", "09013345677"),
        ("下二けたは89", "09012345689"),
        ("いちばん最後が7じゃなくて8なんです", "09012345678"),
        ("7じゃなくて8です、最後の", "09012345678"),
        ("3が4で、最後は8です", "09012445678"),
    ],
)
def test_correct(text, digits):
    result = correct(DRAFT, typed(text))
    assert isinstance(result, Corrected)
    assert result.draft.digits == digits


@pytest.mark.parametrize(
    ("digits", "text", "after"),
    [
        ("0312345678", "市外局番は06です", "0612345678"),
        ("0463123456", "真ん中は13です", "0463133456"),
        ("0312345678", "市外局番は042です", None),  # eleven digits would be none
    ],
)
def test_groups_of_a_landline(digits, text, after):
    result = correct(PhoneDraft(digits=digits), typed(text))
    if after is None:
        assert isinstance(result, Unclear)
    else:
        assert isinstance(result, Corrected)
        assert result.draft.digits == after


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ちがいます", Reason.WHAT),
        ("番号が違います", Reason.WHAT),
        ("7じゃなくて1", Reason.WHICH),
        ("5679です", Reason.WHERE),
        ("真ん中が5", Reason.HOW_MANY),
        ("8じゃなくて5", Reason.MISMATCH),
        ("最後は3じゃなくて1", Reason.MISMATCH),
        ("一番最初は9です", Reason.INVALID),
        ("最初から言います", Reason.RESTART),
        ("今日はいい天気ですね", Reason.WHAT),
        ("どうしてですか", Reason.WHAT),
    ],
)
def test_unclear(text, reason):
    result = correct(DRAFT, typed(text))
    assert isinstance(result, Unclear)
    assert result.reason is reason
    assert ask(result).text


@pytest.mark.parametrize(
    ("first", "answer", "digits"),
    [
        ("7じゃなくて1", "最後のです", "09012345671"),
        ("7じゃなくて1", "最後の7です", "09012345671"),
        ("7じゃなくて1", "下から2番目です", "09012345617"),
        ("7じゃなくて1", "10番目の7です", "09012345617"),
        ("5679です", "最後の4けたです", "09012345679"),
        ("最後が違います", "1です", "09012345671"),
    ],
)
def test_what_was_asked_is_answered(first, answer, digits):
    asked = correct(DRAFT, typed(first))
    assert isinstance(asked, Unclear)
    result = correct(DRAFT, typed(answer), asked)
    assert isinstance(result, Corrected)
    assert result.draft.digits == digits


def test_a_likelier_hypothesis_that_does_not_fit_gives_way():
    readings = ("サイゴワイチジャナクテシチデス", "サイゴワシチジャナクテイチデス")
    hypotheses = tuple(Hypothesis(text=r, reading=r, confidence=0.5) for r in readings)
    result = correct(DRAFT, Transcript(hypotheses=hypotheses, duration_ms=900))
    assert isinstance(result, Corrected)
    assert result.draft.digits == "09012345671"
    assert result.changed == (10,)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_any_one_digit_error_is_put_right_by_every_form(seed):
    rng = random.Random(seed)
    right, wrong, place = _one_wrong(rng)
    draft = PhoneDraft(digits=wrong)
    for text in _forms(right, wrong, place):
        result = correct(draft, heard(text))
        assert isinstance(result, Corrected), text
        assert result.draft.digits == right, text


def _one_wrong(rng: random.Random) -> tuple[str, str, int]:
    """A valid number, the same with one digit wrong (valid too, as it was read back), and where."""
    while True:
        right = rng.choice(("090", "080", "050")) + "".join(rng.choices("0123456789", k=8))
        place = rng.randrange(3, 11)
        digit = rng.choice("0123456789".replace(right[place], ""))
        wrong = right[:place] + digit + right[place + 1 :]
        same_groups = (
            [len(group) for group in groups_of(right)] == [len(group) for group in groups_of(wrong)] == [3, 4, 4]
        )
        if is_valid(right) and is_valid(wrong) and same_groups:
            return right, wrong, place


def _forms(right: str, wrong: str, place: int) -> list[str]:
    old, new, from_end = wrong[place], right[place], len(right) - place
    groups, group_at = groups_of(right), 1 if place < 7 else 2
    name = {1: "まんなか", 2: "さいごの4けた"}[group_at]
    forms = [
        f"{place + 1}番目が{new}です",
        f"{place + 1}番目は{old}じゃなくて{new}",
        f"下から{from_end}番目が{telephone(new)}です",
        f"{name}は{groups[group_at]}です",
        f"{name}は{telephone(groups_of(wrong)[group_at])}じゃなくて{telephone(groups[group_at])}",
        f"いいえ、{'の'.join(groups)}です",
    ]
    if from_end == 1:
        forms += [f"最後は{old}じゃなくて{new}", f"さいごが{telephone(new)}です"]
    if wrong.count(old) == 1:
        forms.append(f"{old}ではなくて{new}です")
    return forms
