"""What devices say of themselves, on both databases."""

from server.access import Condition
from server.store.devices import DeviceStore
from server.store.vault import Vault
from tests.callback_samples import NOW, minutes
from tests.contract.conftest import KEY

WELL = Condition(model="vosk-model-embedded-ja", up_s=2**31 - 1, free_mb=0, waiting=0, audio="ok", error="")


def test_how_a_device_is_is_kept_until_it_says_otherwise(engine):
    devices = DeviceStore(engine, Vault(KEY))
    device, token = devices.enrol(devices.make_code("box-1", "ロビー", by="lead", now=NOW), now=NOW)
    assert device.condition == Condition()
    devices.heartbeat(device, "0.2.0", now=NOW + minutes(1), condition=WELL)
    assert devices.get("box-1").condition == devices.by_token(token, now=NOW + minutes(1)).condition == WELL
    devices.heartbeat(device, "0.2.0", now=NOW + minutes(2))
    assert devices.everything()[0].condition == WELL
