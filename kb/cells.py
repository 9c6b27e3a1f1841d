r"""CSV cells that hold several values: each on a line of its own or parted by `|`, a reading after `=`.

Where a value itself holds such a sign, a backslash stands before it: `\|`, `\｜`, `\=`, and `\\` for the backslash.
"""

import re

_SIGN = re.compile(r"[\\|｜=]")
_ESCAPED = re.compile(r"\\([\\|｜=])")
_VALUE = re.compile(r"(?:\\[\\|｜=]|[^|｜])+")


def escaped(value: str) -> str:
    """One value on one line, its signs marked (spaces in a row are one space to the importer anyway)."""
    return _SIGN.sub(r"\\\g<0>", " ".join(value.split()))


def unescaped(part: str) -> str:
    """The value that `escaped` made this part of; a backslash before anything else stands for itself."""
    return _ESCAPED.sub(r"\1", part).strip()


def parts(cell: str) -> list[str]:
    """The values of a cell, still escaped, without the empty ones."""
    return [part.strip() for line in cell.splitlines() for part in _VALUE.findall(line) if part.strip()]


def parted(part: str) -> tuple[str, str] | None:
    """Text and reading around the last `=`, the text unescaped; None when there is no `=` that parts them."""
    text, sign, reading = part.rpartition("=")
    marked = (len(text) - len(text.rstrip("\\"))) % 2 == 1
    return (unescaped(text), reading.strip()) if sign and not marked else None
