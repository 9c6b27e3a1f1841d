import pytest

from server.errors import KeyInvalid
from server.store.vault import Vault, new_key

KEY = new_key()


def test_what_is_locked_opens_again():
    vault = Vault(KEY)
    locked = vault.lock("山田花子", "here")
    assert "山田花子".encode() not in locked
    assert vault.open(locked, "here") == "山田花子"
    assert vault.lock("山田花子", "here") != locked


@pytest.mark.parametrize("other", [Vault(new_key()), Vault(new_key(), earlier=[new_key()])])
def test_another_key_opens_nothing(other):
    with pytest.raises(KeyInvalid, match="not here"):
        other.open(Vault(KEY).lock("山田", "here"), "here")


def test_a_value_moved_elsewhere_does_not_open():
    with pytest.raises(KeyInvalid, match="moved"):
        Vault(KEY).open(Vault(KEY).lock("山田", "here"), "there")


@pytest.mark.parametrize("end", [0, 3, 10, 20, -1])
def test_damage(end):
    with pytest.raises(KeyInvalid):
        Vault(KEY).open(Vault(KEY).lock("山田", "here")[:end], "here")


def test_a_new_key_still_reads_and_finds_the_old():
    old, new = Vault(KEY), Vault(new_key(), earlier=[KEY])
    assert new.open(old.lock("山田", "here"), "here") == "山田"
    assert old.digest("+819012345678") in new.digests("+819012345678")
    assert new.digest("+819012345678") != old.digest("+819012345678")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_keys_of_the_wrong_length(length):
    with pytest.raises(KeyInvalid, match="32"):
        Vault(b"x" * length)


def test_the_key_is_not_printed():
    assert KEY.hex() not in repr(vars(Vault(KEY)))
