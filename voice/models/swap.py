"""Replacing a folder so that a kill at any moment leaves the old model or the new one.

A folder cannot be replaced in one step everywhere, so the old one steps aside first: between the two renames it is
`.old-NAME`, where `current` still finds it and `settle` brings it back.  Writers hold `disk.exclusive`.
"""

import shutil
from pathlib import Path

from voice.models.disk import sync_folder

_NEW, _OLD = ".new-", ".old-"


def staging(target: Path) -> Path:
    """Where the new content of `target` is built, on the same disk."""
    return target.with_name(_NEW + target.name)


def current(target: Path) -> Path:
    """Where the content of `target` is now; `target` itself when there is none."""
    aside = target.with_name(_OLD + target.name)
    return aside if not target.exists() and aside.exists() else target


def settle(folder: Path) -> None:
    """Bring every replacement that was killed in `folder` to an end.  Raises OSError."""
    for aside in folder.glob(f"{_OLD}*"):
        target = aside.with_name(aside.name.removeprefix(_OLD))
        if target.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(target)
    for unfinished in folder.glob(f"{_NEW}*"):
        shutil.rmtree(unfinished, ignore_errors=True)


def put_in_place(new: Path, target: Path) -> None:
    """Make the folder `new` (complete and on the disk) the content of `target`.  Raises OSError."""
    aside = target.with_name(_OLD + target.name)
    if target.exists():
        target.rename(aside)
    new.rename(target)
    sync_folder(target.parent)
    shutil.rmtree(aside, ignore_errors=True)
    shutil.rmtree(staging(target), ignore_errors=True)
