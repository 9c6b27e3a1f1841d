"""What a process that runs for months keeps in memory: the latest of its kind, never all."""

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def keep_latest(kept: dict[Key, Value], key: Key, value: Value, *, most: int) -> None:
    """Put a value in as the latest; beyond `most` the oldest are let go."""
    kept.pop(key, None)
    kept[key] = value
    while len(kept) > most:
        del kept[next(iter(kept))]
