import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.morae import from_kana
from intents.phone_numbers import Fit, groups_of, is_valid
from intents.phone_slot import EMPTY, HeardKind, PhoneDraft, cleared, e164_of, hear_digits, missing, read_back, say
from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript, typed

READINGS = {
    "0": ("ゼロ", "れい", "まる", "レー", "零", "〇", "０", "0"),
    "1": ("イチ", "いーち", "一", "1"),
    "2": ("に", "ニー", "にい", "ふた", "二", "２"),
    "3": ("さん", "サン", "三", "3"),
    "4": ("よん", "し", "よ", "四", "4"),
    "5": ("ご", "ごー", "ゴー", "五", "５"),
    "6": ("ろく", "六", "6"),
    "7": ("なな", "しち", "ナナ", "七", "7"),
    "8": ("はち", "八", "8"),
    "9": ("きゅう", "く", "キュー", "九", "９"),
}
SEPARATORS = ("の", "、", "", "ハイフン", "、えーと、", "、あの、", " ")
FRAMES = (("", ""), ("えーと、", "です"), ("はい、", "になります"), ("電話番号は、", "ですけど"), ("あ、", ""))
PREFIXES = ("090", "080", "070", "050", "03", "06", "045", "0463", "0120", "0800", "011")


def kana(text: str) -> Transcript:
    """What a model of morae gives."""
    reading = "".join(from_kana(text) or [])
    return Transcript(hypotheses=(Hypothesis(text=reading, reading=reading, confidence=1.0),), duration_ms=900)


def n_best(*readings: str) -> Transcript:
    hypotheses = tuple(Hypothesis(text=r, reading=r, confidence=1 / len(readings)) for r in readings)
    return Transcript(hypotheses=hypotheses, duration_ms=900)


def number(rng: random.Random) -> str:
    while True:
        prefix = rng.choice(PREFIXES)
        size = (11 if prefix in ("090", "080", "070", "050", "0800") else 10) - len(prefix)
        digits = prefix + "".join(rng.choices("0123456789", k=size))
        if is_valid(digits):
            return digits


def said(digits: str, rng: random.Random, *, only_kana: bool) -> str:
    before, behind = rng.choice(FRAMES)
    before = "でんわばんごーわ、" if only_kana and "電" in before else before
    groups = ["".join(rng.choice(_choices(d, only_kana=only_kana)) for d in group) for group in groups_of(digits)]
    return before + rng.choice(SEPARATORS).join(groups) + behind


def _choices(digit: str, *, only_kana: bool) -> tuple[str, ...]:
    return tuple(r for r in READINGS[digit] if from_kana(r)) if only_kana else READINGS[digit]


def heard_in_turn(*utterances: str) -> list[tuple[HeardKind, str]]:
    draft, out = EMPTY, []
    for text in utterances:
        result = hear_digits(draft, typed(text))
        draft = result.draft
        out.append((result.kind, draft.digits))
    return out


def test_thousands_of_ways_to_say_two_hundred_numbers():
    rng = random.Random(20)
    wrong = []
    for _ in range(200):
        digits = number(rng)
        for _ in range(8):
            text = said(digits, rng, only_kana=True)
            for transcript in (typed_as_it_is(text), kana(text)):
                result = hear_digits(EMPTY, transcript)
                if (result.kind, result.draft.digits) != (HeardKind.COMPLETE, digits):
                    wrong.append((digits, text, result.draft.digits))
    assert wrong == []


def typed_as_it_is(text: str) -> Transcript:
    """A text without its reading: nothing needs the dictionary."""
    return Transcript(hypotheses=(Hypothesis(text=text, reading="", confidence=1.0),), duration_ms=0)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**9))
def test_digits_of_all_kinds_mixed(seed):
    rng = random.Random(seed)
    digits = number(rng)
    result = hear_digits(EMPTY, typed_as_it_is(said(digits, rng, only_kana=False)))
    assert (result.kind, result.draft.digits) == (HeardKind.COMPLETE, digits)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_group_by_group(seed):
    rng = random.Random(seed)
    digits = number(rng)
    draft = EMPTY
    for group in groups_of(digits):
        text = "".join(rng.choice(_choices(d, only_kana=True)) for d in group)
        draft = hear_digits(draft, kana(text + rng.choice(("", "です", "、えーと")))).draft
    assert draft.digits == digits
    assert draft.is_complete


@pytest.mark.parametrize(
    ("utterances", "kind", "digits"),
    [
        (["090の1234の5678です"], HeardKind.COMPLETE, "09012345678"),
        (["ゼロキュウゼロ、の、イチニイサンヨンの、ごーろくななはち"], HeardKind.COMPLETE, "09012345678"),
        (["090の12、あ、違う、090の1334の5678"], HeardKind.COMPLETE, "09013345678"),
        (["090の1234", "あ、違う、1334", "5678"], HeardKind.COMPLETE, "09013345678"),
        (["090の1234、じゃなくて1334の、5678"], HeardKind.COMPLETE, "09013345678"),
        (["03のさんぜんよんひゃくごじゅうろくのななはちきゅうれい"], HeardKind.COMPLETE, "0334567890"),
        (["〇三の三千四百五十六の七千八百九十"], HeardKind.COMPLETE, "0334567890"),
        (["フリーダイヤル0120の123の456"], HeardKind.COMPLETE, "0120123456"),
        (["フリーダイヤルの、ゼロイチニーゼロ、いちにさんしごろく"], HeardKind.COMPLETE, "0120123456"),
        (["+81 90-1234-5678"], HeardKind.COMPLETE, "09012345678"),
        (["０９０（１２３４）５６７８"], HeardKind.COMPLETE, "09012345678"),
        (["090ー1234ー5678"], HeardKind.COMPLETE, "09012345678"),
        (["③④⑤の⑥⑦⑧⑨"], HeardKind.NO_AREA_CODE, "3456789"),
        (["③④⑤の⑥⑦⑧⑨", "０３です"], HeardKind.MORE, "033456789"),
        (["34567890", "市外局番は03です"], HeardKind.COMPLETE, "0334567890"),
        (["090", "090の1234", "5678"], HeardKind.COMPLETE, "09012345678"),
        (["0901234", "090の1234の5678"], HeardKind.COMPLETE, "09012345678"),
        (["090の1234", "最初から言います"], HeardKind.RESTART, ""),
        (["090の1234", "最初から言います、080の1111の2222"], HeardKind.COMPLETE, "08011112222"),
        (["090の1234", "あ、間違えました"], HeardKind.RESTART, ""),
        (["090の1234の567890"], HeardKind.TOO_LONG, ""),
        (["0912345678"], HeardKind.NO_NUMBER, "0912345678"),
        (["0570012345"], HeardKind.NO_NUMBER, "0570012345"),  # costs the caller
        (["090", "なんでですか？"], HeardKind.NOT_A_NUMBER, "090"),
        (["えーと"], HeardKind.NOT_A_NUMBER, ""),
        (["山田です"], HeardKind.NOT_A_NUMBER, ""),
        (["わかりません"], HeardKind.NOT_A_NUMBER, ""),
        (["今日はいい天気ですね"], HeardKind.NOT_A_NUMBER, ""),
        (["3番目が5です"], HeardKind.NOT_A_NUMBER, ""),
        (["090", "1234の5678ですか？"], HeardKind.COMPLETE, "09012345678"),
        (["090-1234の、えーと何だっけ"], HeardKind.MORE, "0901234"),
        (["463の12の3456", "ゼロが付きます"], HeardKind.COMPLETE, "0463123456"),
        (["O90の1234の5678"], HeardKind.COMPLETE, "09012345678"),
        (["ｾﾞﾛｷｭｳｾﾞﾛ、一二三四、五六七八"], HeardKind.COMPLETE, "09012345678"),
    ],
)
def test_utterances(utterances, kind, digits):
    assert heard_in_turn(*utterances)[-1] == (kind, digits)


def test_silence_changes_nothing():
    draft = PhoneDraft(digits="090", last_group=3)
    result = hear_digits(draft, NOTHING_HEARD)
    assert result.kind is HeardKind.NOT_A_NUMBER
    assert result.draft == draft


def test_long_vowels_swallow_the_next_digit():
    assert hear_digits(EMPTY, n_best("ゼロキューゼロニーチハチーチノイチーチニーチデス")).draft.digits == "09021811121"


def test_the_hypothesis_that_is_a_number_goes_before_one_that_is_none():
    heard = n_best("ゼロイチゼロイチニーサンヨンゴーロクナナハチ", "ゼロキューゼロイチニーサンヨンゴーロクナナハチ")
    assert hear_digits(EMPTY, heard).draft.digits == "09012345678"


def test_a_digit_not_clearly_heard_is_doubtful():
    clear = hear_digits(EMPTY, n_best("ゼロキューゼロイチニーサンヨンゴーロクナナハチ")).draft
    unclear = hear_digits(EMPTY, n_best("ゼロキューゼロイチニーサンヨンゴーロクナナハキ")).draft
    assert clear.doubtful == frozenset()
    assert unclear.digits == "09012345678"
    assert unclear.doubtful == {10}


def test_what_was_not_understood_between_digits_makes_doubtful():
    draft = hear_digits(EMPTY, n_best("ゼロキューゼロイチニーサンヤマゴーロクナナハチ")).draft
    assert draft.digits == "0901235678"
    assert draft.doubtful


def test_nothing_is_invented():
    result = hear_digits(EMPTY, n_best("ゼロキューゼロイチニーサンヨンゴーロクナナ"))
    assert result.kind is HeardKind.MORE
    assert result.draft.digits == "0901234567"
    assert missing(result.draft).count == 1


@pytest.mark.parametrize(
    ("digits", "fit", "count"),
    [
        ("090", Fit.UNFINISHED, 8),
        ("031234", Fit.UNFINISHED, 4),
        ("3456", Fit.NO_AREA_CODE, 0),
        ("00", Fit.NO_NUMBER, 0),
        ("09012345678", Fit.VALID, 0),
    ],
)
def test_missing(digits, fit, count):
    found = missing(PhoneDraft(digits=digits))
    assert (found.fit, found.count) == (fit, count)


@pytest.mark.parametrize(
    ("digits", "text", "reading"),
    [
        ("09012345678", "090-1234-5678", "ゼロキューゼロ、イチニーサンヨン、ゴーロクナナハチ"),
        ("0312345678", "03-1234-5678", "ゼロサン、イチニーサンヨン、ゴーロクナナハチ"),
        ("0463123456", "0463-12-3456", "ゼロヨンロクサン、イチニー、サンヨンゴーロク"),
        ("0120123456", "0120-123-456", "ゼロイチニーゼロ、イチニーサン、ヨンゴーロク"),
        ("0901234", "090-1234", "ゼロキューゼロ、イチニーサンヨン"),
    ],
)
def test_read_back(digits, text, reading):
    spoken = read_back(PhoneDraft(digits=digits))
    assert (spoken.text, spoken.reading) == (text, reading)


def test_sentences_say_the_number_in_groups():
    spoken = say("confirm", PhoneDraft(digits="09012345678"))
    assert spoken.text == "090-1234-5678。こちらの番号で、よろしいでしょうか。"
    assert spoken.overrides == {"090-1234-5678": "ゼロキューゼロ、イチニーサンヨン、ゴーロクナナハチ"}


def test_e164():
    assert e164_of(PhoneDraft(digits="0463123456")) == "+81463123456"
    with pytest.raises(ValueError, match="no valid phone number"):
        e164_of(PhoneDraft(digits="0463"))


def test_yes_clears_all_doubt():
    draft = PhoneDraft(digits="09012345678", last_group=4, doubtful=frozenset({3}))
    assert cleared(draft) == PhoneDraft(digits="09012345678", last_group=4)
