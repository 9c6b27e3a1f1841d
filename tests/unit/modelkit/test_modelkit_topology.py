import pytest

from intents.morae import MORA_PHONES, UNITS
from voice.modelkit.topology import PHONE_ID, PHONES, WORD_ID, placed, transition_ids


def test_every_unit_but_silence_has_four_places():
    assert len(PHONES) == 1 + 4 * (len(UNITS) - 1)
    assert [phone.name for phone in PHONES if phone.unit == "ky"] == ["ky_B", "ky_I", "ky_E", "ky_S"]
    assert {phone.boundary for phone in PHONES} == {"nonword", "begin", "internal", "end", "singleton"}


def test_silence_is_phone_1_of_the_endpointing_rules():
    assert PHONE_ID["SIL"] == 1
    assert transition_ids("SIL") == (2, 1)


def test_transition_ids_number_all_phones_without_gaps():
    numbers = sorted(number for phone in PHONES for number in transition_ids(phone.name))
    assert numbers == list(range(1, 2 * len(PHONES) + 1))


def test_self_loop_comes_before_the_way_out():
    forward, loop = transition_ids("a_E")
    assert (forward, loop) == (2 * PHONE_ID["a_E"], 2 * PHONE_ID["a_E"] - 1)


@pytest.mark.parametrize(
    ("units", "phones"),
    [
        (["N"], ["N_S"]),
        (["k", "a"], ["k_B", "a_E"]),
        (["h", "a", "i"], ["h_B", "a_I", "i_E"]),
        (["i", "ch", "i"], ["i_B", "ch_I", "i_E"]),
    ],
)
def test_placed(units, phones):
    assert placed(units) == phones


def test_placed_refuses_an_empty_word():
    with pytest.raises(ValueError, match="at least one unit"):
        placed([])


def test_unknown_phone():
    with pytest.raises(KeyError):
        transition_ids("q_B")


def test_every_mora_is_a_word_and_its_phones_exist():
    assert sorted(WORD_ID.values()) == list(range(1, len(MORA_PHONES) + 1))
    assert {phone for phones in MORA_PHONES.values() for phone in placed(phones)} <= set(PHONE_ID)
