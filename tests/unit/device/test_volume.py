import json

import pytest

from voice.volume import FILE, USUAL_PERCENT, KeptVolume


def test_the_volume_lasts_across_restarts(tmp_path):
    volume = KeptVolume(tmp_path / FILE)
    assert volume.percent == USUAL_PERCENT
    volume.set(40)
    volume.set(0)
    again = KeptVolume(tmp_path / FILE)
    assert (again.percent, again.before) == (0, 40)


@pytest.mark.parametrize("content", ["", "{}", json.dumps({"percent": 900, "before": 3}), "[1]"])
def test_a_damaged_file_is_no_reason_to_be_silent(tmp_path, content, caplog):
    (tmp_path / FILE).write_text(content)
    assert KeptVolume(tmp_path / FILE).percent == USUAL_PERCENT
    assert "volume" in caplog.text


def test_a_volume_that_cannot_be_written_lasts_until_the_next_start(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    volume = KeptVolume(tmp_path / "file" / FILE)
    volume.set(30)
    assert volume.percent == 30
    assert "cannot be kept" in caplog.text
