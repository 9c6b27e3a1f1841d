"""The sample as a file in the cache: complete, absent, or held in memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from kb.sample import open_sample, sample_articles
from kb.store import SqliteKnowledgeBase

ROOT = Path(__file__).parents[3]
COUNT = "import sys, pathlib; from kb.sample import open_sample; print(len(open_sample(pathlib.Path(sys.argv[1])).articles()))"


def start(folder: Path, program: str = COUNT) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", program, str(folder)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT)


def test_several_programs_starting_with_a_cold_cache(tmp_path):
    at_the_signal = COUNT.replace("; print", "; print('ready', flush=True); input(); print")
    children = [start(tmp_path, at_the_signal) for _ in range(6)]
    assert [child.stdout.readline() for child in children] == ["ready\n"] * 6
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()
    said = [child.communicate(timeout=60) for child in children]
    assert said == [(f"{len(sample_articles())}\n", "")] * 6
    assert [f.suffix for f in tmp_path.iterdir()] == [".db"]


def test_a_half_made_one_is_made_anew(tmp_path):
    path = open_sample(tmp_path).path
    for content in (b"", path.read_bytes()[:8192]):
        path.write_bytes(content)
        base = open_sample(tmp_path)
        assert (base.path, len(base.articles())) == (path, len(sample_articles()))


def test_what_is_there_is_not_written_again(tmp_path):
    path = open_sample(tmp_path).path
    before = path.stat()
    open_sample(tmp_path)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert isinstance(open_sample(tmp_path), SqliteKnowledgeBase)


def test_a_cache_folder_that_cannot_be(tmp_path, caplog):
    (tmp_path / "file").write_text("not a folder")
    base = open_sample(tmp_path / "file" / "cache")
    assert base.articles() == sample_articles()
    assert base.article("return-period").id == "return-period"
    assert str(base.path) == ":memory:"
    (record,) = caplog.records
    assert "held in memory" in record.getMessage()
    assert str(tmp_path / "file" / "cache") in record.getMessage()


def test_a_full_disk(tmp_path):
    """A limit on the size of files is the same to SQLite as a full disk."""
    pytest.importorskip("resource")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)); "
    out, err = start(tmp_path, limit + COUNT).communicate(timeout=60)
    assert out == f"{len(sample_articles())}\n"
    assert "held in memory" in err
    assert list(tmp_path.iterdir()) == []
