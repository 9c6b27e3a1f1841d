"""What lists show of names and numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.masking import mask_name, shown_name, shown_phone

KANJI = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=12)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("山田 太郎", "山＊＊ 様"),
        ("山田太郎様", "山＊＊ 様"),
        ("林", "林＊＊ 様"),  # one may not see how short it is
        ("ヤマダ タロウ", "ヤ＊＊ 様"),
        ("Smith", "S＊＊ 様"),
        ("葛\U000e0100城", "葛\U000e0100＊＊ 様"),
        ("  佐々木 ", "佐＊＊ 様"),
    ],
)
def test_a_masked_name_keeps_its_first_character(name, masked):
    assert mask_name(name) == masked


@given(KANJI)
def test_nothing_but_the_first_character_is_shown(name):
    shown = shown_name(name, None, full=False)
    assert shown == f"{name[0]}＊＊ 様"


@pytest.mark.parametrize(
    ("name", "reading", "full", "shown"),
    [
        ("山田 太郎", "ヤマダ タロウ", True, "山田 太郎 様"),
        ("山田 太郎", "ヤマダ タロウ", False, "山＊＊ 様"),
        ("山田 太郎 様", None, True, "山田 太郎 様"),
        (None, "ヤマダ タロウ", True, "ヤマダ タロウ 様"),
        (" ", "ヤマダ タロウ", False, "ヤ＊＊ 様"),
        (None, None, True, "お名前なし"),
        ("様", "", False, "お名前なし"),
    ],
)
def test_the_name_of_a_list(name, reading, full, shown):
    assert shown_name(name, reading, full=full) == shown


@pytest.mark.parametrize(
    ("number", "full", "masked"),
    [
        ("+819012345678", "090-1234-5678", "090-****-5678"),
        ("+81312345678", "03-1234-5678", "03-****-5678"),
        ("+81120444113", "0120-444-113", "0120-***-113"),
        ("+16502530000", "+1 650-253-0000", "+1 ***-***-0000"),
        ("+4532123456", "+45 32 12 34 56", "+45 ** ** ** 56"),
        ("+29022222", "+290 22222", "+290 ***22"),  # few digits: half of them stay hidden
    ],
)
def test_a_masked_number_keeps_its_beginning_and_end(number, full, masked):
    assert shown_phone(number, full=True) == full
    assert shown_phone(number, full=False) == masked


@given(st.integers(min_value=10_000_000, max_value=99_999_999))
def test_numbers_of_the_same_ending_look_alike(middle):
    assert shown_phone(f"+8190{middle}", full=False) == f"090-****-{middle % 10_000:04}"
