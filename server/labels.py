"""Japanese words for enums and codes, from `data/labels.toml`; sentences stand in the templates."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

Labels = Mapping[str, Mapping[str, str]]  # group -> key -> words


def label(group: str, key: str) -> str:
    """Return the words for a key; the key itself where there are none, so that a page never fails for a word.

    An enum member is its own key.  Groups: the tables of `data/labels.toml`.
    """
    return labels().get(group, {}).get(str(key), str(key))


def group_labels(group: str) -> Mapping[str, str]:
    """Return all words of a group in the order of the file, for a list to choose from; empty for no such group."""
    return labels().get(group, MappingProxyType({}))


@cache
def labels() -> Labels:
    """Return all groups; read from the file once."""
    text = files("server").joinpath("data", "labels.toml").read_text(encoding="utf-8")
    return MappingProxyType({group: MappingProxyType(words) for group, words in tomllib.loads(text).items()})
