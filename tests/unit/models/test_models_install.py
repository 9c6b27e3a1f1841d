"""Whole or not at all: installing, being killed, trying again."""

import hashlib
import os
import subprocess
import sys
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from voice.models import disk, swap, unpack
from voice.models.download import Downloader, RetryPlan
from voice.models.errors import (
    ArchiveRejected,
    DownloadStopped,
    ModelUnknown,
    NotDownloadable,
    NotEnoughSpace,
    StoreBusy,
    StoreNotWritable,
)
from voice.models.inspect import GraphKind
from voice.models.install import LocalZip, WebSource, install
from voice.models.verify import NO_HASH

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def source(web, plain_http) -> WebSource:
    waits: list[float] = []
    downloader = Downloader(transport=plain_http, sleep=waits.append, retry=RetryPlan(failures_in_a_row=2))
    return WebSource(base_url=web.base_url, downloader=downloader)


@pytest.fixture
def local(tmp_path, model_zip) -> LocalZip:
    path = tmp_path / "carried.zip"
    path.write_bytes(model_zip)
    return LocalZip(path=path)


def names_in(store) -> list[str]:
    return sorted(path.name for path in store.models_dir.iterdir())


def test_from_the_web(web, store, source, model_files, data_dir):
    done = install("small", store, source)
    assert done.path == store.path_of("small") == data_dir / "models/small"
    assert {name: (done.path / name).read_bytes() for name in model_files} == model_files
    assert (done.already_there, done.verification.hashed_files) == (False, 7)
    assert done.verification.summary == "7 files match their sha256"
    assert done.verification.facts.graph is GraphKind.DYNAMIC
    assert done.verification.facts.path == done.path
    assert web.asked[0]["path"] == "/models/vosk-model-small-ja-0.22.zip"
    assert names_in(store) == [".downloads", ".lock", "small"]
    assert list((store.models_dir / ".downloads").iterdir()) == []


def test_over_a_line_that_is_cut_midway(web, store, source, answer):
    web.will(answer(cut_after=70_000), answer(cut_after=70_000))
    assert install("small", store, source).verification.hashed_files == 7
    assert [one.get("range") for one in web.asked] == [None, "bytes=70000-", "bytes=140000-"]


def test_over_a_line_that_stays_dead_then_again(web, store, source, answer):
    web.will(answer(cut_after=70_000), answer(cut_after=0))
    with pytest.raises(DownloadStopped, match="the same command continues it"):
        install("small", store, source)
    assert not store.path_of("small").exists()
    install("small", store, source)
    assert web.asked[-1]["range"] == "bytes=70000-"
    assert store.verify("small").hashed_files == 7


def test_a_sound_model_stays_unless_forced(web, store, source):
    install("small", store, source)
    again = install("small", store, source)
    assert (again.already_there, len(web.asked)) == (True, 1)
    forced = install("small", store, source, force=True)
    assert (forced.already_there, len(web.asked)) == (False, 2)
    assert names_in(store) == [".downloads", ".lock", "small"]


def test_a_damaged_model_is_replaced_without_force(store, source):
    path = install("small", store, source).path
    (path / "graph/words.txt").write_bytes(b"<eps> 0\n")
    assert not install("small", store, source).already_there
    assert store.verify("small").hashed_files == 7


def test_a_zip_that_was_carried_here_stays(store, local):
    assert install("small", store, local).verification.hashed_files == 7
    assert local.path.exists()
    assert names_in(store) == [".lock", "small"]


def test_without_published_hashes_the_structure_is_checked(store, local):
    done = install("large", store, local)
    assert done.verification.hashed_files == 0
    assert done.verification.summary == NO_HASH


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"graph/words.txt": "<eps> 0\nアメ 1\n料亭 2\n[unk] 3\n".encode()}, "graph/words.txt has another sha256"),
        ({"graph/words.txt": b"<eps> 0\nx 1\n"}, "graph/words.txt has 12 bytes instead of"),
        ({"am/final.mdl": b"\0Bnothing"}, "am/final.mdl is cut short"),
        ({"graph/Gr.fst": b""}, "graph/Gr.fst is empty"),
    ],
)
def test_another_model_in_the_zip_changes_nothing(store, local, zip_with, change, why):
    install("small", store, local)
    local.path.write_bytes(zip_with(change))
    with pytest.raises(ArchiveRejected, match=why) as caught:
        install("small", store, local, force=True)
    assert "it is not vosk-model-small-ja-0.22" in str(caught.value)
    assert store.verify("small").hashed_files == 7
    assert names_in(store) == [".lock", "small"]


def test_a_bad_zip_from_the_web_is_not_used_again(web, store, source, zip_with):
    good, web.content = web.content, zip_with({"am/final.mdl": b"\0Bnothing"})
    with pytest.raises(ArchiveRejected):
        install("small", store, source)
    assert list((store.models_dir / ".downloads").iterdir()) == []
    web.content = good
    assert install("small", store, source).verification.hashed_files == 7


def test_a_large_zip_without_a_model_is_rejected(store, local, make_zip):
    local.path.write_bytes(make_zip({"README": b"hello"}))
    with pytest.raises(ArchiveRejected, match=r"no am/final\.mdl"):
        install("large", store, local)
    assert not store.path_of("large").exists()


def test_a_full_disk_is_said_before_the_download(web, store, source, monkeypatch):
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _folder: Usage(10, 10, 1_500_000))
    with pytest.raises(NotEnoughSpace, match=r"needed 2\.0 MB, free 1\.5 MB"):
        install("small", store, source)
    assert web.asked == []


def test_what_is_here_already_needs_no_space_again(web, store, source, answer, monkeypatch):
    web.will(answer(cut_after=250_000), answer(cut_after=0))
    with pytest.raises(DownloadStopped):
        install("small", store, source)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _folder: Usage(10, 10, 1_800_000))
    assert install("small", store, source).verification.hashed_files == 7


def test_a_zip_that_is_whole_is_not_fetched_twice(web, store, source, monkeypatch):
    free = iter([10**10, 10])  # the disk fills up between download and unpacking
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _folder: Usage(10, 10, next(free)))
    with pytest.raises(NotEnoughSpace):
        install("small", store, source)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _folder: Usage(10, 10, 10**10))
    assert install("small", store, source).verification.hashed_files == 7
    assert len(web.asked) == 1


def test_two_at_a_time_are_refused(store, local):
    with store.writing(), pytest.raises(StoreBusy, match="wait until it has finished"):
        install("small", store, local)
    install("small", store, local)


def test_a_data_folder_that_cannot_be(data_dir, store, local):
    data_dir.write_bytes(b"a file")
    with pytest.raises(StoreNotWritable):
        install("small", store, local)


@pytest.mark.parametrize(("name", "error"), [("medium", ModelUnknown), ("embedded", NotDownloadable)])
def test_names_that_cannot_be_installed(store, local, name, error):
    with pytest.raises(error):
        install(name, store, local)


def test_unpacking_is_announced_when_the_zip_is_here(web, store, source):
    asked = []
    install("small", store, source, unpacking=lambda: asked.append(len(web.asked)))
    assert asked == [1]


def test_progress_reaches_the_caller(web, store, source):
    seen = []
    install("small", store, replace(source, progress=lambda done, total: seen.append((done, total))))
    assert seen[-1] == (len(web.content), len(web.content))


KILLED = """
import os, signal, sys
from pathlib import Path
from voice.models import swap, unpack
from voice.models.catalogue import load_catalogue
from voice.models.install import LocalZip, install
from voice.models.store import ModelStore

def die(*_args, **_keys):
    os.kill(os.getpid(), signal.SIGKILL)

moment, data_dir, catalogue, zip_path = sys.argv[1:]
if moment == "unpacking":
    unpack.sync_file = die
elif moment == "between":
    first = Path.rename
    def rename(self, target):
        first(self, target)
        die()
    Path.rename = rename
elif moment == "cleaning":
    swap.sync_folder = die
store = ModelStore(Path(data_dir), catalogue=load_catalogue(Path(catalogue)))
install("large", store, LocalZip(path=Path(zip_path)), force=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize(("moment", "left"), [("unpacking", "old"), ("between", "old"), ("cleaning", "new")])
def test_a_kill_leaves_the_old_model_or_the_new_one(store, local, zip_with, moment, left):
    words = install("large", store, local).path / "graph/words.txt"
    old, new = words.read_bytes(), words.read_bytes() + "返品 9\n".encode()
    local.path.write_bytes(zip_with({"graph/words.txt": new}))
    places = [store.models_dir.parent, local.path.with_name("models.toml"), local.path]  # see catalogue_file
    died = subprocess.run(
        [sys.executable, "-c", KILLED, moment, *places], check=False, cwd=Path(disk.__file__).parents[2]
    )
    assert died.returncode == -9
    assert (store.path_of("large") / "graph/words.txt").read_bytes() == {"old": old, "new": new}[left]
    assert store.verify("large").facts.graph is GraphKind.DYNAMIC
    install("large", store, local, force=left == "old")
    assert words.read_bytes() == new
    assert names_in(store) == [".lock", "large"]


def test_leftovers_of_every_kind_are_put_right(store, local, model_files, write_model):
    write_model(store.models_dir / ".old-small", model_files)  # killed between the renames
    write_model(store.models_dir / ".new-small", {"half": b"x"})
    write_model(store.models_dir / ".new-large", {"half": b"x"})
    assert store.path_of("small").name == ".old-small"
    assert store.verify("small").hashed_files == 7
    assert install("small", store, local).already_there
    assert names_in(store) == [".lock", "small"]


def test_hashes_are_of_the_files_on_the_disk(store, local, model_files):
    path = install("small", store, local).path
    published = {file.path: file.sha256 for file in store.catalogue.entry("small").files}
    found = {name: hashlib.sha256((path / name).read_bytes()).hexdigest() for name in model_files}
    assert found == published


def test_all_is_on_the_disk_before_it_takes_its_place(store, local, model_files, monkeypatch):
    steps: list[str] = []
    monkeypatch.setattr(unpack, "sync_file", lambda path: steps.append(path.name))
    monkeypatch.setattr(unpack, "sync_folder", lambda path: steps.append(path.name))
    monkeypatch.setattr(swap, "put_in_place", lambda _new, _target: steps.append("in place"))
    install("small", store, local)
    assert {name.rsplit("/", 1)[-1] for name in model_files} <= set(steps)
    assert steps[-2:] == [".new-small", "in place"]


def test_syncing_reaches_the_system(tmp_path, monkeypatch):
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    (tmp_path / "a").write_bytes(b"text")
    disk.sync_file(tmp_path / "a")
    disk.sync_folder(tmp_path)
    assert len(synced) == (1 if sys.platform == "win32" else 2)  # Windows cannot sync a folder
