"""The language's data files, read once."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load(name: str) -> dict[str, Any]:
    """The table in `intents/data/<name>.toml`."""
    return tomllib.loads(files("intents").joinpath("data", f"{name}.toml").read_text(encoding="utf-8"))
