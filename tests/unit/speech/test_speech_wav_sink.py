import numpy as np
import pytest
import soundfile

from voice.audio import AudioChunk
from voice.errors import AudioDeviceError
from voice.files import FileNotWritten
from voice.speech.playback import WavFileSink


def chunk(level, count=4_800, rate_hz=48_000):
    return AudioChunk(samples=np.full(count, level, np.int16), rate_hz=rate_hz)


def test_chunks_are_one_file_after_close(tmp_path):
    path = tmp_path / "答え.wav"
    with WavFileSink(path) as sink:
        sink.play(chunk(100))
        sink.play(chunk(200))
        assert not path.exists()
    samples, rate_hz = soundfile.read(path, dtype="int16")
    assert rate_hz == 48_000
    assert soundfile.info(path).subtype == "PCM_16"
    np.testing.assert_array_equal(samples, [100] * 4_800 + [200] * 4_800)


def test_the_first_chunk_sets_the_rate(tmp_path):
    with WavFileSink(tmp_path / "out.wav") as sink:
        sink.play(chunk(1_000, 16_000, rate_hz=16_000))
        sink.play(chunk(1_000, 48_000))
    info = soundfile.info(tmp_path / "out.wav")
    assert (info.samplerate, info.frames) == (16_000, 32_000)


def test_volume_is_in_the_file(tmp_path):
    with WavFileSink(tmp_path / "out.wav", volume=0.5) as sink:
        sink.play(chunk(1_000))
    assert soundfile.read(tmp_path / "out.wav", dtype="int16")[0].max() == 500


@pytest.mark.parametrize("played", [[], [chunk(0, 0)]])
def test_nothing_played_leaves_an_old_file_alone(tmp_path, played):
    (tmp_path / "out.wav").write_bytes(b"old")
    with WavFileSink(tmp_path / "out.wav") as sink:
        for sound in played:
            sink.play(sound)
    assert (tmp_path / "out.wav").read_bytes() == b"old"


@pytest.mark.parametrize("stopped_by", [ValueError, KeyboardInterrupt])
def test_an_error_or_ctrl_c_leaves_an_old_file_alone(tmp_path, stopped_by):
    (tmp_path / "out.wav").write_bytes(b"old")
    sink = WavFileSink(tmp_path / "out.wav")
    with pytest.raises(stopped_by), sink:
        sink.play(chunk(1))
        raise stopped_by
    sink.close()
    assert [path.name for path in tmp_path.iterdir()] == ["out.wav"]
    assert (tmp_path / "out.wav").read_bytes() == b"old"


def test_a_file_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("no folder")
    sink = WavFileSink(tmp_path / "file" / "out.wav")
    sink.play(chunk(1))
    with pytest.raises(FileNotWritten, match=r"cannot write .*/file/out.wav: .*; choose another place") as caught:
        sink.close()
    assert caught.value.exit_code == 1
    sink.close()


def test_a_missing_folder_is_not_made(tmp_path):
    sink = WavFileSink(tmp_path / "no" / "out.wav")
    sink.play(chunk(1))
    with pytest.raises(FileNotWritten, match="No such file or directory"):
        sink.close()
    assert list(tmp_path.iterdir()) == []


def test_after_close_nothing_is_taken(tmp_path):
    sink = WavFileSink(tmp_path / "out.wav")
    sink.close()
    with pytest.raises(AudioDeviceError, match="closed already"):
        sink.play(chunk(1))
