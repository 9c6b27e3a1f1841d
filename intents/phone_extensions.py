"""The number inside a house, said behind its telephone number: 「03-3456-7890、内線の25」."""

import re
from dataclasses import replace
from typing import Final

from intents.transcripts import Transcript

_EXTENSION: Final = re.compile(r"(?<=.)[\s、。,.の]*(?:内線|ないせん|ナイセン)(?:番号)?.*$", re.DOTALL)


def has_extension(heard: Transcript) -> bool:
    """Whether the best hypothesis tells one behind something else."""
    return heard.best is not None and _EXTENSION.search(heard.best.text) is not None


def without_extension(heard: Transcript) -> Transcript:
    """Return what stands before it: a desk calls the house, and its digits are none of the number's."""
    if not any(_EXTENSION.search(one.text) for one in heard.hypotheses):
        return heard
    bare = tuple(
        replace(one, text=_EXTENSION.sub("", one.text), reading=_EXTENSION.sub("", one.reading))
        for one in heard.hypotheses
    )
    return replace(heard, hypotheses=bare)
