"""Where the data outside the repository lie: an option, or the environment, never a hidden place."""

import os
from pathlib import Path
from typing import Final

from voice.errors import SettingsError

SHARED_VARIABLE: Final = "KOEMADO_SHARED"  # a folder with voices/, text/, speech/


def shared_folder(name: str, given: Path | None) -> Path:
    """Take the folder given as --name, else $KOEMADO_SHARED/name.  Raises SettingsError when there is none."""
    shared = os.environ.get(SHARED_VARIABLE)
    folder = given or (Path(shared, name) if shared else None)
    if folder is None:
        raise SettingsError(
            f"no folder of {name}: give --{name} FOLDER, or set {SHARED_VARIABLE} to the one that has {name}/"
        )
    if not folder.is_dir():
        raise SettingsError(f"no folder of {name} at {folder}: give another --{name} FOLDER")
    return folder
