"""What stands beside each figure, from `data/measures.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureText:
    """Title, meaning, formula and period of a figure, as staff read them."""

    title: str
    definition: str
    formula: str
    period: str


@cache
def measure_texts() -> Mapping[str, MeasureText]:
    """Return the texts by the figure's name; read from the file once."""
    text = files("server").joinpath("data", "measures.toml").read_text(encoding="utf-8")
    return MappingProxyType({name: MeasureText(**words) for name, words in tomllib.loads(text).items()})
