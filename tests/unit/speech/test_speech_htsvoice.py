import random
import re

import pytest

from intents.readings import open_jtalk
from voice.errors import SynthesisError
from voice.speech.htsvoice import checked_voice, fault_of


@pytest.fixture(scope="module")
def mei():
    with open(open_jtalk().DEFAULT_HTS_VOICE, "rb") as file:  # noqa: PTH123
        return file.read()


def data_start(voice):
    return voice.index(b"[DATA]\n") + len(b"[DATA]\n")


def overwritten(voice, start, length):
    """Garbage that takes the engine, and with it the process, down (seen as SIGSEGV with pyopenjtalk-plus 0.4.1)."""
    noise = random.Random(5).randbytes(length)
    return voice[:start] + noise + voice[start + length :]


def test_the_bundled_voice_is_fine(mei):
    assert fault_of(mei) is None


@pytest.mark.parametrize("kept", [0, 5, 400, 5_000, 400_000, -100])
def test_a_file_cut_short_is_refused(mei, kept):
    assert fault_of(mei[:kept])


@pytest.mark.parametrize(
    "entry", [b"NUM_STREAMS", b"OPTION[MCP]", b"STREAM_WIN[LF0]", b"STREAM_TREE[MCP]", b"NUM_STATES"]
)
def test_a_missing_entry_is_refused(mei, entry):
    assert fault_of(re.sub(re.escape(entry) + rb":.*\n", b"", mei, count=1))


@pytest.mark.parametrize("offset", [0, 9_000, 20_000])
def test_overwritten_trees_and_counts_are_refused(mei, offset):
    assert fault_of(overwritten(mei, data_start(mei) + offset, 4_096))


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (rb"\n3 -0.5 0.0 0.5", b"\n9 -0.5 0.0 0.5"),
        (rb"NUM_STREAMS:3", b"NUM_STREAMS:9"),
        (rb"STREAM_WIN\[LF0\]:\d", b"STREAM_WIN[LF0]:\x03"),
    ],
)
def test_small_changes_that_kill_the_engine_are_refused(mei, was, now):
    assert fault_of(re.sub(was, now, mei, count=1))


@pytest.mark.parametrize("garbage", [b"", b"RIFF....WAVE", b"[GLOBAL]\n", b"[GLOBAL]\nX:1\n[DATA]\n", b"\xff" * 5000])
def test_garbage_is_refused(garbage):
    assert fault_of(garbage)


def test_a_leaf_without_its_row_is_refused(mei):
    leaves = re.findall(rb'"dur_s2_(\d+)"', mei)
    last = max(leaves, key=int)
    assert fault_of(mei.replace(b'"dur_s2_%s"' % last, b'"dur_s2_%s"' % (b"9" * len(last))))


def test_the_error_names_file_and_remedy(tmp_path):
    path = tmp_path / "声.htsvoice"
    with pytest.raises(SynthesisError, match="cannot read the voice .*声.htsvoice: No such file.*check"):
        checked_voice(path)
    path.write_bytes(b"<html>404</html>")
    with pytest.raises(SynthesisError, match="no usable .htsvoice file .*header.*choose another"):
        checked_voice(path)


def test_the_digest_follows_the_content(mei, tmp_path):
    first, second = tmp_path / "a.htsvoice", tmp_path / "b.htsvoice"
    first.write_bytes(mei)
    second.write_bytes(mei.replace(b"ALPHA=0.55", b"ALPHA=0.50"))
    assert len({checked_voice(first).digest, checked_voice(second).digest}) == 2
