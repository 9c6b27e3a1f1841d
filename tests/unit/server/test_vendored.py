"""What the pages load from others is what its table says it is."""

import hashlib
from pathlib import Path

import pytest

import server.web

VENDOR = Path(server.web.__file__).parent / "static/vendor"


def table() -> list[list[str]]:
    """The rows of README.md: file, package and version, source, licence, sha256."""
    lines = (VENDOR / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return rows[2:]


def test_every_vendored_script_has_its_row():
    assert sorted(row[0] for row in table()) == sorted(path.name for path in VENDOR.glob("*.js"))
    assert len(table()) == 1


@pytest.mark.parametrize("row", table(), ids=lambda row: row[0])
def test_the_file_is_the_one_of_the_table(row):
    name, package, source, licence, digest = row
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest
    package_name, version = package.split()
    assert f"/{package_name}-{version}.tgz" in source  # a newer file with an old line would go unseen
    spdx, licence_file = licence.split(", ")
    assert spdx == "0BSD"
    assert "Permission to use, copy, modify" in (VENDOR / licence_file).read_text(encoding="utf-8")


def test_the_notice_names_them():
    notice = (Path(server.web.__file__).parents[2] / "NOTICE").read_text(encoding="utf-8")
    named = [row[1] for row in table() if row[1] in notice]
    assert named == [row[1] for row in table()]
