"""Settings that cannot be used are a finding like others: the rest is examined with what remains of them."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from voice.errors import SettingsError
from voice.findings import Finding, State
from voice.settings import ENVIRONMENT_PREFIX, Settings, load_settings

NAMES = "mend it there, or take it out; without settings of your own `koemado --settings /dev/null settings` lists all there are"


def usable_settings(file: Path | None, given: Mapping[str, Any]) -> tuple[Settings, list[Finding]]:
    """Return the settings in force, or what remains without the source that cannot be used, and what is wrong."""
    findings: list[Finding] = []
    for environment, at, options in _less_and_less(file, given):
        try:
            return load_settings(file=at, environment=environment, given=options).settings, findings
        except SettingsError as error:
            found = Finding(check="settings", state=State.BROKEN, detail=str(error), remedy=NAMES)
            findings += [] if found in findings else [found]
    return Settings.model_validate({}), findings


def _less_and_less(
    file: Path | None, given: Mapping[str, Any]
) -> Iterator[tuple[Mapping[str, str], Path | None, Mapping[str, Any]]]:
    """Yield all sources, then without the file, then without variables but for folders, then without options."""
    folders = {name: value for name, value in os.environ.items() if name in _FOLDERS}
    nowhere = Path(os.devnull)
    yield os.environ, file, given
    yield os.environ, nowhere, given
    yield folders, file, given
    yield folders, nowhere, given
    yield {}, nowhere, {}


_FOLDERS = {f"{ENVIRONMENT_PREFIX}{name}" for name in ("DATA_DIR", "CACHE_DIR")}
