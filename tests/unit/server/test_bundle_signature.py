"""The signature of a bundle, the desk's key, and how a device gets the bytes."""

import stat

import httpx
import pytest

from kb.bundle import LARGEST
from server import bundle_fetching
from server.bundle_fetching import NothingPublished
from server.bundle_signature import BundleKey, SignatureWrong, SigningKey
from server.bundles import LARGEST_BUNDLE, next_serial
from server.errors import DeskUnavailable, KeyInvalid
from server.settings import SIGNING_KEY_FILE, SIGNING_KEY_VARIABLE, load_signing_key
from tests.bundle_samples import KEY, NOW, PublishingDesk, bundle_of

DATA = bundle_of()


def test_the_key_of_the_text_believes_what_was_signed():
    BundleKey.of(KEY.public.text).verify(7, DATA, KEY.sign(7, DATA))
    assert BundleKey.of(KEY.public.text).id == KEY.public.id


OTHER = SigningKey(b"o" * 32)


@pytest.mark.parametrize(("serial", "data", "signature"), [
    (8, DATA, KEY.sign(7, DATA)), (7, DATA + b" ", KEY.sign(7, DATA)), (7, DATA[:-1], KEY.sign(7, DATA)),
    (7, DATA, OTHER.sign(7, DATA)), (7, DATA, b""), (7, DATA, KEY.sign(7, DATA)[:-1]), (7, b"", KEY.sign(7, DATA)),
    (7, DATA, KEY._key.sign(DATA)),  # a signature made for something else than bundles
])  # fmt: skip
def test_nothing_else_is_believed(serial, data, signature):
    with pytest.raises(SignatureWrong):
        KEY.public.verify(serial, data, signature)


@pytest.mark.parametrize("text", ["", "x", "AAAA", "あ" * 8, KEY.public.text + "AAAA"])
def test_what_is_no_key_is_told(text):
    with pytest.raises(KeyInvalid):
        BundleKey.of(text)


def test_the_desk_makes_its_key_once_for_its_owner_alone(tmp_path):
    made = load_signing_key(tmp_path, {})
    assert load_signing_key(tmp_path, {}).public.text == made.public.text
    path = tmp_path / SIGNING_KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().strip() not in repr(made)
    given = {SIGNING_KEY_VARIABLE: "c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M="}
    assert load_signing_key(tmp_path, given).public.text == KEY.public.text
    path.write_text("c2hvcnQ=\n")
    with pytest.raises(KeyInvalid, match="needs 32"):
        load_signing_key(tmp_path, {})


def test_a_serial_is_above_the_last_and_above_those_of_a_lost_database():
    assert next_serial(0, NOW) == int(NOW.timestamp())
    assert next_serial(int(NOW.timestamp()) + 9, NOW) == int(NOW.timestamp()) + 10


def test_desk_and_device_agree_on_what_is_too_large():
    assert LARGEST_BUNDLE == LARGEST


@pytest.fixture
def desk():
    desk = PublishingDesk()
    desk.put_out(DATA, serial=5)
    return desk


def fetched(desk, folder, **known):
    with desk.client() as client:
        return client.knowledge(folder, **known)


def test_a_bundle_comes_with_what_it_is_believed_by(desk, tmp_path):
    found = fetched(desk, tmp_path)
    assert found.path.read_bytes() == DATA
    assert (found.serial, found.version, found.key_id) == (5, "v", KEY.public.id)
    KEY.public.verify(found.serial, DATA, found.signature)


def test_what_is_known_is_not_sent_again(desk, tmp_path):
    assert fetched(desk, tmp_path, known=5) is None
    assert fetched(desk, tmp_path, known=4) is not None
    assert list(tmp_path.iterdir()) == [tmp_path / "5.part"]


class Breaking(httpx.SyncByteStream):
    def __init__(self, data):
        self.data = data

    def __iter__(self):
        yield self.data
        raise httpx.ReadError("gone")


def test_a_broken_way_is_gone_on_from_where_it_broke(desk, tmp_path):
    desk.spoil = lambda answer: httpx.Response(200, stream=Breaking(DATA[:300]), headers=desk.headers(DATA))
    with pytest.raises(DeskUnavailable):
        fetched(desk, tmp_path)
    desk.spoil = lambda answer: answer
    assert fetched(desk, tmp_path).path.read_bytes() == DATA
    assert desk.asked[-1]["Range"] == "bytes=300-"


def test_the_rest_is_not_put_after_the_beginning_of_another(desk, tmp_path):
    (tmp_path / "5.part").write_bytes(b"x" * 300)
    desk.put_out(DATA, serial=6)
    assert fetched(desk, tmp_path).path.read_bytes() == DATA
    assert list(tmp_path.iterdir()) == [tmp_path / "6.part"]
    desk.spoil = lambda answer: httpx.Response(206, content=b"rest", headers=desk.headers(DATA, serial=9))
    with pytest.raises(DeskUnavailable):
        fetched(desk, tmp_path)


def test_nothing_published(tmp_path):
    with pytest.raises(NothingPublished):
        fetched(PublishingDesk(), tmp_path)


@pytest.mark.parametrize("answer", [
    httpx.Response(200, text="<html>hotel</html>"), httpx.Response(200, headers={"Koemado-Serial": "1"}),
    httpx.Response(302, headers={"Location": "https://evil.test"}), httpx.Response(503), httpx.Response(304),
    httpx.Response(200, headers={"Koemado-Serial": "9" * 30, "Koemado-Version": "v", "Koemado-Signature": "AAAA"}),
    httpx.Response(200, headers={"Koemado-Serial": "1", "Koemado-Version": "../v", "Koemado-Signature": "AAAA"}),
])  # fmt: skip
def test_what_is_no_desk_leaves_no_file(desk, tmp_path, answer):
    desk.spoil = lambda _: answer
    with pytest.raises(DeskUnavailable):
        fetched(desk, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_endless_answer_is_cut_off_and_nothing_of_it_kept(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle_fetching, "LARGEST_BUNDLE", 100)
    with pytest.raises(DeskUnavailable, match="larger"):
        fetched(desk, tmp_path)
    assert list(tmp_path.iterdir()) == []
