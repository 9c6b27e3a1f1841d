"""Numbers taken out of what is kept, however they are written or spoken, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.number_masking import MASK, mask_numbers


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("電話は090-1234-5678です", f"電話は{MASK}です"),
        ("０９０－１２３４－５６７８", MASK),
        ("+81 90 1234 5678 です", f"+{MASK} です"),
        ("(03)1234-5678", f"({MASK}"),
        ("〇九〇 一二三四 五六七八 です", f"{MASK} です"),
        ("ゼロ キュー ゼロ イチ ニー サン ヨン ゴー ロク ナナ ハチ", MASK),
        ("ぜろきゅうぜろのいちにいさんよんのごうろくななはち お願い", f"{MASK} お願い"),
        ("03 えーと 1234 の 5678", MASK),
        ("ニイチニイチのヨンゴウロク", MASK),
        ("九 ゼロ 一 2 さん ヨン ご", MASK),
        ("1234567番7654321", f"{MASK}番{MASK}"),
    ],
)
def test_a_number_goes(text, masked):
    assert mask_numbers(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "", "営業時間は9時から18時です", "２０２６年１１月２５日の10時", "1,000,000円です", "三千五百円を二つ", "123456",
        "もしもし、ご利用のお客様、しばらくお待ちください", "ソレハニホンノゴハンデス", "二番と三番をお願いします",
    ],
)  # fmt: skip
def test_other_words_stay(text):
    assert mask_numbers(text) == text


@given(st.text(alphabet="ニイチヨーシゴクノ09-、 はいキュゼロ", max_size=200))
def test_it_never_grows_and_leaves_no_long_number(text):
    masked = mask_numbers(text)
    assert len(masked) <= len(text)
    assert mask_numbers(masked.replace(MASK, "x")) == masked.replace(MASK, "x")
