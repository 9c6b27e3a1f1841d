"""Vosk's speech models on this machine: which there are, getting them, checking them, choosing one.

`store` says where models live and which is chosen, `inspect` what a folder holds, `install` brings one in whole or
not at all.  Nothing here loads libvosk; only `download` talks to the network, and is imported by `install` alone.
"""

from voice.models.inspect import (
    GraphKind,
    ModelFacts,
    VocabularyKind,
    check_model,
    graph_kind,
    inspect_model,
    vocabulary_kind,
)
from voice.models.store import InstalledModel, ModelStore, locate_model

__all__ = [
    "GraphKind",
    "InstalledModel",
    "ModelFacts",
    "ModelStore",
    "VocabularyKind",
    "check_model",
    "graph_kind",
    "inspect_model",
    "locate_model",
    "vocabulary_kind",
]
