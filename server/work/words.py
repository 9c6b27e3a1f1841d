"""The texts of `data/messages.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def words(group: str, key: str) -> str:
    """Return a text; its {places} are filled by `str.format`."""
    return _texts()[group][key]


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    text = files("server").joinpath("data", "messages.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
