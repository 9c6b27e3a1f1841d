import logging
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from voice.audio import AudioChunk
from voice.speech.cache import SpeechCache, cache_key

ROOT = Path(__file__).parents[3]
KEYS = [cache_key("voice", str(number)) for number in range(6)]


def noise(seed=1, seconds=0.5, rate_hz=48_000):
    """Noise does not shrink in FLAC: every entry has the size of its samples."""
    samples = np.random.default_rng(seed).integers(-32768, 32767, int(seconds * rate_hz), endpoint=True)
    return AudioChunk(samples=samples.astype(np.int16), rate_hz=rate_hz)


def assert_same(chunk, expected):
    assert chunk is not None
    assert chunk.rate_hz == expected.rate_hz
    np.testing.assert_array_equal(chunk.samples, expected.samples)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache" / "speech"


@pytest.fixture
def cache(folder):
    return SpeechCache(folder, 10_000_000)


def entry(folder, key):
    return folder / f"{key}.flac"


def size_of(folder):
    return sum(path.stat().st_size for path in folder.iterdir())


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 48_000])
def test_what_was_put_comes_back_exactly(cache, rate_hz):
    sound = noise(rate_hz=rate_hz)
    assert cache.get(KEYS[0]) is None
    cache.put(KEYS[0], sound)
    assert_same(cache.get(KEYS[0]), sound)


def test_it_survives_a_restart(cache, folder):
    cache.put(KEYS[0], noise())
    assert_same(SpeechCache(folder, 10_000_000).get(KEYS[0]), noise())


def test_keys_tell_fingerprint_and_text_apart():
    keys = {cache_key(*pair) for pair in [("a", "b"), ("ab", ""), ("", "ab"), ("a", "c"), ("b", "b"), ("a", "\ud800")]}
    assert len(keys) == 6


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content[:-100],
        lambda content: b"garbage" * 100,
        lambda content: content[:20_000] + bytes(2_000) + content[22_000:],
        lambda content: content[:30_000] + bytes([content[30_000] ^ 4]) + content[30_001:],
        lambda content: content.replace(b"comment=", b"comment\xff"),
        lambda content: re.sub(rb"comment=..", b"comment=\xff\xff", content, count=1),
    ],
)
def test_a_damaged_entry_is_a_miss_and_removed(cache, folder, damage):
    cache.put(KEYS[0], noise())
    content = entry(folder, KEYS[0]).read_bytes()
    assert damage(content) != content
    entry(folder, KEYS[0]).write_bytes(damage(content))
    assert cache.get(KEYS[0]) is None
    assert not entry(folder, KEYS[0]).exists()
    cache.put(KEYS[0], noise())
    assert_same(cache.get(KEYS[0]), noise())


def test_the_least_recently_used_goes_first(folder):
    cache = SpeechCache(folder, 120_000)  # room for two
    for age, key in enumerate(KEYS[:2]):
        cache.put(key, noise())
        os.utime(entry(folder, key), (1_000 + age, 1_000 + age))
    cache.get(KEYS[0])
    cache.put(KEYS[2], noise())
    assert cache.get(KEYS[0]) is not None
    assert cache.get(KEYS[1]) is None
    assert cache.get(KEYS[2]) is not None


def test_it_never_grows_beyond_its_limit(folder):
    cache = SpeechCache(folder, 130_000)
    for key in KEYS:
        cache.put(key, noise())
        assert size_of(folder) <= 130_000
    assert_same(cache.get(KEYS[-1]), noise())


def test_parts_of_a_killed_process_are_cleared_away(folder):
    folder.mkdir(parents=True)
    part = folder / ".abc.part"
    part.write_bytes(bytes(100_000))
    os.utime(part, (1_000, 1_000))
    SpeechCache(folder, 120_000).put(KEYS[0], noise())
    assert [path.name for path in folder.iterdir()] == [entry(folder, KEYS[0]).name]


def test_a_sound_larger_than_the_cache_is_not_kept(folder):
    cache = SpeechCache(folder, 60_000)
    cache.put(KEYS[0], noise())
    cache.put(KEYS[1], noise(seconds=5))
    assert cache.get(KEYS[1]) is None
    assert cache.get(KEYS[0]) is not None


def test_an_empty_sound_is_not_kept(cache):
    cache.put(KEYS[0], AudioChunk(samples=np.zeros(0, np.int16), rate_hz=48_000))
    assert cache.get(KEYS[0]) is None


def test_a_folder_that_cannot_be_is_one_warning(tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    cache = SpeechCache(tmp_path / "file" / "speech", 1_000_000)
    with caplog.at_level(logging.WARNING):
        for key in KEYS:
            cache.put(key, noise())
            assert cache.get(key) is None
    assert len(caplog.records) == 1
    assert "not cached" in caplog.text


@contextmanager
def full_disk():
    """Writes fail after 10 kB: the same OSError in the same call as on a full disk.

    Only around the calls it is for: the limit holds for the whole process, and pytest writes its progress, perhaps into
    a long file, before a fixture is torn down.
    """
    resource = pytest.importorskip("resource", reason="this system has no limits for files")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_one_warning_and_leaves_nothing_half(cache, folder, caplog):
    with full_disk():
        for key in KEYS:
            cache.put(key, noise())
    assert list(folder.iterdir()) == []
    assert len(caplog.records) == 1
    assert cache.get(KEYS[0]) is None


def test_a_full_disk_leaves_the_entry_before_intact(cache):
    quiet = AudioChunk(samples=np.zeros(4_800, np.int16), rate_hz=48_000)  # a few bytes as FLAC
    with full_disk():
        cache.put(KEYS[0], quiet)
        cache.put(KEYS[0], noise())
    assert_same(cache.get(KEYS[0]), quiet)


def test_two_processes_share_a_folder(folder):
    """Both write and evict the same few entries all the time; a reader never sees a wrong sound."""
    code = """
import sys
import numpy as np
from pathlib import Path
from voice.audio import AudioChunk
from voice.speech.cache import SpeechCache
cache = SpeechCache(Path(sys.argv[1]), 30_000)
hits = 0
for turn in range(150):
    key = turn % 5
    found = cache.get(str(key))
    hits += found is not None
    if found is None or set(found.samples) != {key}:
        assert found is None, "another sound"
        cache.put(str(key), AudioChunk(samples=np.full(4800 * (key + 1), key, np.int16), rate_hz=48000))
assert not cache._warned
"""
    command = [sys.executable, "-c", code, str(folder)]
    both = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(2)]
    for process in both:
        with process:
            assert process.wait(30) == 0, process.stderr.read()
