"""Published bundles on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import text

from server.bundle_signature import SigningKey
from server.bundles import LARGEST_BUNDLE, MOST_KEPT, BundleClash, BundleUnknown
from server.errors import ValueRefused
from server.store.bundles import BundleStore
from server.store.devices import DeviceStore
from server.store.engine import writing
from server.store.journal import Journal
from server.store.migrating import _config, differences, migrate
from server.store.vault import Vault
from tests.bundle_samples import KEY
from tests.callback_samples import NOW
from tests.contract.conftest import KEY as SECRET


@pytest.fixture
def bundles(engine):
    return BundleStore(engine, KEY)


def publish(bundles, version, *, now=NOW, content=None, data=None):
    data = data or f"bundle {version}".encode()
    return bundles.publish(data, version=version, content=content or version, articles=3, by="system", now=now)


def test_nothing_is_published_at_first(bundles):
    assert bundles.current() is None
    assert bundles.releases() == ()
    with pytest.raises(BundleUnknown):
        bundles.data("v1")


def test_what_is_published_is_in_use_and_signed(bundles, engine):
    release, is_new = publish(bundles, "v1")
    assert is_new
    assert bundles.current() == release
    assert (release.version, release.by, release.at, release.size) == ("v1", "system", NOW, 9)
    assert bundles.data("v1") == b"bundle v1"
    KEY.public.verify(release.serial, b"bundle v1", release.signature)
    (line,) = Journal(engine).latest()
    assert (line.action, line.actor, line.detail) == (
        "knowledge_published", "system", {"version": "v1", "serial": release.serial, "articles": 3},
    )  # fmt: skip


def test_the_same_articles_are_not_published_twice(bundles, engine):
    first, _ = publish(bundles, "v1")
    again, is_new = publish(bundles, "v2", content="v1")
    assert (again, is_new) == (first, False)
    assert len(Journal(engine).latest()) == 1


def test_with_another_key_they_are_signed_anew(bundles, engine):
    first, _ = publish(bundles, "v1")
    other = BundleStore(engine, SigningKey(b"o" * 32))
    again, is_new = publish(other, "v1")
    assert is_new
    assert again.serial > first.serial
    assert again.key_id != first.key_id


def test_going_back_is_a_release_with_a_higher_serial(bundles, engine):
    publish(bundles, "v1")
    second, _ = publish(bundles, "v2")  # the same second: serials grow all the same
    back = bundles.roll_back("v1", by="system", now=NOW - timedelta(days=1))
    assert back.serial > second.serial
    assert bundles.current() == back
    KEY.public.verify(back.serial, b"bundle v1", back.signature)
    assert [r.version for r in bundles.releases()] == ["v1", "v2", "v1"]
    assert bundles.roll_back("v1", by="system", now=NOW) == back
    assert [line.action for line in Journal(engine).latest()].count("knowledge_rolled_back") == 1
    with pytest.raises(BundleUnknown):
        bundles.roll_back("v9", by="system", now=NOW)


def test_a_version_is_one_bundle(bundles):
    publish(bundles, "v1")
    with pytest.raises(BundleClash):
        publish(bundles, "v1", content="else", data=b"else")
    with pytest.raises(ValueRefused):
        publish(bundles, "v2", data=b"x" * (LARGEST_BUNDLE + 1))
    assert [r.version for r in bundles.releases()] == ["v1"]


def test_old_bundles_are_forgotten_the_one_in_use_never(bundles):
    for number in range(MOST_KEPT):
        publish(bundles, f"v{number}")
    bundles.roll_back("v0", by="system", now=NOW)
    publish(bundles, "new")
    assert {r.version for r in bundles.releases()} == {"v0", "new", *(f"v{n}" for n in range(2, MOST_KEPT))}
    with pytest.raises(BundleUnknown):
        bundles.data("v1")


def test_bundles_published_at_once_have_serials_of_their_own(bundles):
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda n: publish(bundles, f"v{n}")[0].serial, range(8)))
    assert len(set(made)) == 8
    assert bundles.current().serial == max(made)


def test_what_a_device_answers_from_is_kept_until_it_says_otherwise(engine):
    devices = DeviceStore(engine, Vault(SECRET))
    device, _ = devices.enrol(devices.make_code("box-1", "x", by="lead", now=NOW), now=NOW)
    devices.heartbeat(device, "0.1.0", now=NOW, knowledge="v1", refused="v2")
    devices.heartbeat(device, "0.1.0", now=NOW)
    assert (devices.get("box-1").knowledge, devices.get("box-1").knowledge_refused) == ("v1", "v2")
    devices.heartbeat(device, "0.1.0", now=NOW, knowledge="", refused="")
    assert (devices.get("box-1").knowledge, devices.get("box-1").knowledge_refused) == ("", "")


def test_a_desk_of_before_keeps_its_devices(bare_engine):
    with writing(bare_engine) as session:
        command.upgrade(_config(session.connection()), "0003")
        session.execute(
            text(
                "INSERT INTO devices (id, name, token_digest, enrolled_at, seen_at, version) "
                "VALUES ('box-1', 'x', :digest, :now, :now, '')"
            ),
            {"digest": b"d", "now": NOW.strftime("%Y-%m-%d %H:%M:%S.%f")},
        )
    migrate(bare_engine)
    assert differences(bare_engine) == []
    assert DeviceStore(bare_engine, Vault(SECRET)).get("box-1").knowledge == ""
