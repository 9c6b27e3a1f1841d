"""Personal data taken out of transcripts: numbers in whatever writing, addresses, names; questions stay readable."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.digit_runs import digit_runs
from intents.masking import PART_OF_NUMBER, masked, writings_of
from intents.morae import from_kana
from intents.name_slot import name_in
from intents.readings import reading_of
from intents.transcripts import typed

NUMBER, MAIL, NAME, ADDRESS = "〔番号〕", "〔メールアドレス〕", "〔お名前〕", "〔住所〕"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("090-1234-5678", NUMBER),
        ("０９０ー１２３４ー５６７８です", f"{NUMBER}です"),
        ("０９０（１２３４）５６７８", NUMBER),
        ("〇九〇一二三四五六七八です", f"{NUMBER}です"),
        ("+81 90 1234 5678", f"+{NUMBER}"),
        ("O9O 1234 5678", NUMBER),
        ("①②③④⑤⑥⑦", NUMBER),
        ("番号はゼロキューゼロ、イチニーサンヨン、ゴーロクナナハチです", f"番号は{NUMBER}です"),
        ("ゼロキューゼロノイチニサンヨンノゴロクナナハチ", NUMBER),
        ("れいきゅうれいのいちにさんしのごろくしちはち", NUMBER),
        ("ゼロサンノセンサンビャクノニセン", NUMBER),
        ("ゼロハチゼロニーチゴーナナナナハチハチ", NUMBER),  # two and one melted into ニーチ
        ("〇三の三千四百五十六の七八九〇", NUMBER),
        ("090、えーと、1234の、5678", NUMBER),
        ("伺いますので、0120-000-123へ", f"伺いますので、{NUMBER}へ"),
        ("会員番号は1234567です", f"会員番号は{NUMBER}です"),
        ("カードは4111 1111 1111 1111です", f"カードは{NUMBER}です"),
        ("〒123-4567です", f"〒{NUMBER}です"),
        ("taro.y@example.co.jpに送って", f"{MAIL}に送って"),
        ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍ", MAIL),
        ("ヤマダアットマークジーメールドットコムデス", MAIL),
        ("新宿区西新宿2丁目8番1号に住んでいます", f"{ADDRESS}に住んでいます"),
        ("山田と申しますが、エアコンが動きません", f"{NAME}と申しますが、エアコンが動きません"),
        ("わたくし権田原と申します", f"わたくし{NAME}と申します"),
        ("先週エアコンを買った山田と申します", f"先週エアコンを買った{NAME}と申します"),
        ("アノーヤマダトモーシマスガエアコンガ", f"アノー{NAME}トモーシマスガエアコンガ"),
        ("山田花子です", f"{NAME}です"),
        ("ヤマダハナコデス", f"{NAME}デス"),
        ("山田です、エアコンの件で", f"{NAME}です、エアコンの件で"),
        ("田中商店の山田ですが", f"田中商店の{NAME}ですが"),
        ("名前は権田原太郎です", f"名前は{NAME}です"),
        ("担当の佐藤さんをお願いします", f"担当の{NAME}さんをお願いします"),
        ("山田 花子", NAME),
    ],
)
def test_personal_data_is_masked(said, kept):
    assert masked(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "15時にお願いします",
        "型番RX550",
        "型番はRX-5501です",
        "3番",
        "一番",
        "2024年11月22日15時に買いました",
        "一万二千三百四十五円でした",
        "1,980円のフィルター",
        "全然冷えないんだけど",
        "ゼンゼンスイトラナインデス",
        "返品です",
        "中古品です",
        "お客さんに言われました",
        "名前は必要ですか",
        "お名前は何ですか",
        "アットマークの入力ができません",
        "エアコンから変な音がします",
        "ジュージカラシチジマデデンワシテ",
        "",
    ],
)
def test_questions_stay_as_they_are(said):
    assert masked(said) == said


def test_nearly_all_questions_of_the_sample_stay_as_they_are(tmp_path):
    """Some morae sound like digits (に, し, ご, せん): a few of the readings are taken for numbers."""
    from kb.sample import open_sample

    wordings = [text for article in open_sample(tmp_path).articles() for text in (article.title, *article.variants)]
    assert len(wordings) > 3000
    assert [text for text in wordings if masked(text) != unicodedata.normalize("NFKC", text)] == []
    heard = [reading_of(text) for text in wordings]
    assert sum(masked(text) != text for text in heard) < len(heard) / 300


def test_a_name_that_is_known_is_masked_however_it_is_written():
    name = name_in(typed("権田原 花子です"))
    known = writings_of(name)
    assert masked("花子が言ってたゴンダワラです", known).count(NAME) == 2
    assert "権田原" not in masked("権田原のエアコンです", known)
    assert "ごんだわら" not in masked("ごんだわら　はなこ", known)


def test_a_part_of_a_number_is_masked_where_one_was_told():
    assert masked("最後は5678です", digits=PART_OF_NUMBER) == f"最後は{NUMBER}です"
    assert masked("15時", digits=PART_OF_NUMBER) == "15時"


SAID = {
    "0": ("ゼロ", "れい", "レー", "まる"), "1": ("いち", "イチ"), "2": ("に", "ニー"), "3": ("さん", "サン"),
    "4": ("よん", "し", "ヨン"), "5": ("ご", "ゴー"), "6": ("ろく", "ロク"), "7": ("なな", "しち", "ナナ"),
    "8": ("はち", "ハチ"), "9": ("きゅう", "キュー", "く"),
}  # fmt: skip
SIGNS = (
    "0123456789",
    "０１２３４５６７８９",
    "〇一二三四五六七八九",
    "零壱弐参四伍六七八九",
    "٠١٢٣٤٥٦٧٨٩",
    "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
)


@st.composite
def written_numbers(draw):
    """A number of 7 to 16 digits, each digit in a writing of its own, with what people put between."""
    digits = draw(st.text("0123456789", min_size=7, max_size=16))
    pieces = []
    for digit in digits:
        pieces.append(draw(st.sampled_from([table[int(digit)] for table in SIGNS] + list(SAID[digit]))))
        pieces.append(
            draw(st.sampled_from(["", "", "", "-", " ", "　", "・", "、", "の", "ー", "、えーと、", "\n", "‐"]))
        )
    return digits, pieces[:-1]


@settings(max_examples=400, deadline=None)
@given(
    written_numbers(),
    st.sampled_from(["", "番号は", "えーと、", "電話："]),
    st.sampled_from(["", "です", "に電話して"]),
)
def test_no_run_of_seven_digits_survives(number, before, after):
    _, pieces = number
    kept = masked(before + "".join(pieces) + after)
    assert NUMBER in kept
    assert digit_runs(kept, 7) == []
    assert not re.search(r"\d{3}", kept)


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789", min_size=7, max_size=11))
def test_no_number_survives_as_morae(digits):
    """As the embedded model writes it: no word ends anywhere, long vowels are one sign."""
    said = "".join(SAID[digit][0] for digit in digits)
    kept = masked("".join(from_kana(said)))
    assert kept == NUMBER


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_anything_can_be_masked_and_masking_again_finds_no_number(text):
    kept = masked(text)
    assert digit_runs(kept, 7) == []
