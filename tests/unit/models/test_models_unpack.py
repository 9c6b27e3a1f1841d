"""Zips that try something, and zips that broke on the way."""

import io
import os
import shutil
import stat
import struct
import zipfile
from collections import namedtuple

import pytest

from voice.errors import ModelError
from voice.models import disk, unpack
from voice.models.errors import ArchiveRejected, NotEnoughSpace
from voice.models.unpack import find_danger

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def zip_path(tmp_path):
    return tmp_path / "m.zip"


@pytest.fixture
def target(tmp_path):
    return tmp_path / "out" / ".new-small"


@pytest.fixture
def unpacked(zip_path, target):
    def run(content: bytes, *, max_bytes: int = 10_000_000):
        zip_path.write_bytes(content)
        target.parent.mkdir(exist_ok=True)
        return unpack.unpack(zip_path, target, max_bytes=max_bytes)

    return run


def zip_of(*members: tuple[zipfile.ZipInfo | str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for info, content in members:
            archive.writestr(info, content)
    return packed.getvalue()


def test_everything_arrives_without_the_outer_folder(unpacked, target, model_zip, model_files):
    root = unpacked(model_zip)
    assert root == target / "vosk-model-small-ja-0.22"
    assert {name: (root / name).read_bytes() for name in model_files} == model_files


def test_a_zip_without_an_outer_folder(unpacked, target, make_zip, model_files):
    assert unpacked(make_zip(model_files, top="")) == target


def test_folders_of_their_own_are_harmless(unpacked):
    root = unpacked(zip_of(("m/", b""), ("m/conf/", b""), ("m/conf/mfcc.conf", b"x")))
    assert (root / "conf/mfcc.conf").read_bytes() == b"x"


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "m/../../evil",
        "m/..",
        "./evil",
        "m/./evil",
        "/etc/evil",
        "//box/share/evil",
        "m//evil",
        "C:/evil",
        "C:evil",
        "m/file:stream",
        "..\\evil",
        "m\\..\\evil",
        "m/evil\0.txt",
    ],
)
def test_paths_that_leave_the_folder_are_rejected_before_anything_is_written(unpacked, tmp_path, target, name):
    info = zipfile.ZipInfo("m/good")
    info.filename = info.orig_filename = name  # as it will stand in the file; the constructor would tidy it
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ArchiveRejected, match="unsafe path") as caught:
        unpacked(zip_of(("m/good", b"x"), (info, b"x")))
    assert "\n" not in str(caught.value)
    assert [path.name for path in sorted(tmp_path.rglob("*")) if path not in before] == ["m.zip", "out"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_rejected(unpacked, target, kind):
    link = zipfile.ZipInfo("m/link")
    link.external_attr = (kind | 0o777) << 16
    with pytest.raises(ArchiveRejected, match="link or special file"):
        unpacked(zip_of((link, b"/etc/passwd")))
    assert not target.exists()


def test_a_bomb_is_seen_in_the_table_of_contents(unpacked, target):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m/zeros", bytes(3_000_000))
    assert len(packed.getvalue()) < 5_000
    with pytest.raises(ArchiveRejected, match="would unpack to 3000000 bytes, at most 2000000"):
        unpacked(packed.getvalue(), max_bytes=2_000_000)
    assert not target.exists()


def test_a_bomb_that_lies_about_its_size_is_stopped_there(unpacked, target):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m/zeros", bytes(3_000_000))
    honest, lie = struct.pack("<L", 3_000_000), struct.pack("<L", 1_000)
    assert packed.getvalue().count(honest) == 2
    with pytest.raises(ArchiveRejected, match="damaged"):
        unpacked(packed.getvalue().replace(honest, lie))
    assert sum(path.stat().st_size for path in target.rglob("*") if path.is_file()) <= 1_000


def test_too_many_files(unpacked):
    members = [zipfile.ZipInfo(f"m/{i}") for i in range(5_001)]
    assert find_danger(members, max_bytes=1) == "it holds 5001 files"


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("m/a", "m/A"), "twice"),
        (("m/a", "m/a"), "twice"),
        (("m/a", "m/a/"), "twice"),
        (("m/a/b", "m/a"), "below a file"),
        (("m/a", "m/a/b/c"), "below a file"),
    ],
)
def test_two_members_for_one_path(names, why):
    assert why in find_danger([zipfile.ZipInfo(name) for name in names], max_bytes=1)


def test_encrypted_files_are_rejected(unpacked):
    content = bytearray(zip_of(("m/a", b"secret")))
    content[6] |= 1  # the flag in the local header
    content[content.index(b"PK\1\2") + 8] |= 1  # and in the table of contents
    with pytest.raises(ArchiveRejected, match="encrypted"):
        unpacked(bytes(content))


def test_an_unknown_compression_is_rejected(unpacked):
    content = bytearray(zip_of(("m/a", b"x")))
    content[8] = content[content.index(b"PK\1\2") + 10] = 99
    with pytest.raises(ArchiveRejected, match="damaged"):
        unpacked(bytes(content))


def test_one_changed_byte_fails_the_checksum(unpacked):
    content = zip_of(("m/a", b"the words of the model"))
    with pytest.raises(ArchiveRejected, match="CRC"):
        unpacked(content.replace(b"words", b"Words"))


@pytest.mark.parametrize("content", [b"", b"PK", b"<html></html>", b"PK\3\4" + bytes(40)])
def test_what_is_no_zip(unpacked, content):
    with pytest.raises(ArchiveRejected, match=r"m\.zip was not installed: it is damaged"):
        unpacked(content)


def test_a_zip_without_its_end(unpacked, model_zip):
    with pytest.raises(ArchiveRejected, match="damaged"):
        unpacked(model_zip[:-1000])


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damage_anywhere_never_escapes_as_another_error(unpacked, target, method):
    whole = zip_of(("m/a", b"the words"), ("m/b", b"of the model"), method=method)
    outcomes = {"good": 0, "rejected": 0}
    for place in range(len(whole)):
        content = bytearray(whole)
        content[place] ^= 0xFF
        try:
            unpacked(bytes(content))
            outcomes["good"] += 1  # dates, attributes and the like
        except ModelError:
            outcomes["rejected"] += 1
        shutil.rmtree(target, ignore_errors=True)
    assert outcomes["rejected"] > 90


def test_a_full_disk_is_said_before_the_first_byte(unpacked, target, model_zip, monkeypatch):
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _folder: Usage(10, 10, 1000))
    with pytest.raises(NotEnoughSpace, match=r"needed 0\.3 MB, free 0\.0 MB"):
        unpacked(model_zip)
    assert not target.exists()


def test_a_disk_that_fills_up_while_unpacking(unpacked, model_zip, monkeypatch):
    def full(*_args: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(unpack.shutil, "copyfileobj", full)
    with pytest.raises(NotEnoughSpace, match="free some and run the same command again"):
        unpacked(model_zip)
