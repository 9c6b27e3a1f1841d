import pytest

from voice.recognition.end_of_speech import QUIET_MS, quiet_needed_ms


@pytest.mark.parametrize(
    "reading", ["ヘンピンデキマスカ", "デンゲンガハイラナイ", "ヘンピンシタイノデスガ", "オシエテクダサイ", "ハイ"]
)
def test_a_sentence_that_may_be_over_ends_soon(reading):
    assert quiet_needed_ms(reading) == QUIET_MS


@pytest.mark.parametrize(
    "reading", ["センタクキオ", "プレゼントナノデ", "エート", "ソージキガ", "カッタバカリナノニ", "スイッチオイレルト"]
)
def test_a_sentence_that_cannot_be_over_is_given_time(reading):
    assert quiet_needed_ms(reading) >= 1_000


@pytest.mark.parametrize("reading", ["", "センタクキ", "ホージンナンデスケド"])
def test_what_may_or_may_not_be_over_lies_between(reading):
    assert QUIET_MS < quiet_needed_ms(reading) < quiet_needed_ms("エート")


def test_nobody_is_cut_off_at_a_pause_for_thought():
    assert QUIET_MS > 500
