"""Readings are what Open JTalk pronounces, in the normal form of `intents.morae`."""

import subprocess
import sys
import threading
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.morae import from_kana
from intents.readings import is_kana, morae_of, open_jtalk, reading_of


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("電源が入りません", "デンゲンガハイリマセン"),
        ("でんげんがはいりません", "デンゲンガハイリマセン"),
        ("これはなんですか", "コレワナンデスカ"),
        ("駅へ行く", "エキエイク"),
        ("水を入れる", "ミズオイレル"),
        ("空気清浄機", "クーキセージョーキ"),
        ("ヒダマリ", "ヒダマリ"),
        ("ｽｲﾊﾝｷ", "スイハンキ"),
        ("シーの表示", "シーノヒョージ"),
        ("「スタート」を押す。", "スタートース"),
        ("お話しください", "オハナシクダサイ"),
        ("お話しします", "オハナシシマス"),
        ("除湿したい", "ジョシツシタイ"),
        ("入店できますか", "ニューテンデキマスカ"),
        ("好きです", "スキデス"),  # the devoicing mark is gone
        ("", ""),
        ("😀", ""),
        ("、。", ""),
        ("ー", ""),
    ],
)
def test_reading_of(text, reading):
    assert reading_of(text) == reading


def test_morae_of_is_the_reading_in_pieces():
    assert morae_of("給湯器、3本") == ["キュ", "ー", "ト", "ー", "キ", "サ", "ン", "ボ", "ン"]


def test_morae_of_is_a_list_of_ones_own():
    morae_of("電源").append("ア")
    assert morae_of("電源") == ["デ", "ン", "ゲ", "ン"]


def test_overrides_are_heard():
    assert reading_of("生駒の店", {"生駒": "イクコマ"}) == "イクコマノミセ"
    assert reading_of("生駒の店") != "イクコマノミセ"


def test_characters_without_a_reading_are_skipped():
    assert reading_of("電源Жを\u0e01入れる") == "デンゲンオイレル"


def test_long_text_is_read_to_the_end():
    reading = reading_of("電源を入れる" * 1000 + "終わり")
    assert reading.startswith("デンゲンオイレルデンゲンオイレル")
    assert reading.endswith("オワリ")
    assert reading.count("デンゲン") == 1000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("すいはんき", True),
        ("スイハンキ", True),
        ("ﾃﾞﾝﾜ", False),
        ("オーケー、はい。", True),
        ("電源", False),
        ("でんげん1", False),
        ("", False),
        ("、。", False),
        ("ー", False),
        ("abc", False),
    ],
)
def test_is_kana(text, expected):
    assert is_kana(text) is expected


def test_open_jtalk_says_nothing_while_it_is_loaded():
    program = "from intents.readings import reading_of; print(reading_of('電源'))"
    run = subprocess.run([sys.executable, "-X", "utf8", "-W", "error", "-c", program], capture_output=True, check=True)
    assert (run.stdout.decode().strip(), run.stderr.decode().strip()) == ("デンゲン", "")


def test_open_jtalk_says_nothing_in_another_thread():
    heard = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        worker = threading.Thread(target=lambda: heard.append(open_jtalk().g2p("生の水", kana=True)))
        worker.start()
        worker.join()
    assert (heard, [str(warning.message) for warning in caught]) == (["ナマノミズ"], [])


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=30))
def test_any_text_has_a_reading_in_normal_form(text):
    assert from_kana(reading_of(text)) == morae_of(text)


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet="あんっゃーーはへをアンッャヴヵヶゝ々何方人々一二三十分日0123〇、。「」々𠮷﨑", max_size=20))
def test_odd_japanese_has_a_reading_in_normal_form(text):
    assert from_kana(reading_of(text)) == morae_of(text)
