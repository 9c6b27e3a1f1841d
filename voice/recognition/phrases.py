"""Recognition compiled from the knowledge base: its wordings, replies and commands as the language that is expected.

The graph is built on the device (some two seconds for a thousand phrases, no torch needed), kept in a cache folder under
a name made of everything it depends on, and built anew when any of that changes.
"""

import hashlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from intents.morae import from_kana
from intents.replies import wordings as reply_wordings
from voice.modelkit.graph import compile_graph
from voice.modelkit.lexicon import write_words
from voice.modelkit.ngram import MoraLm
from voice.recognition.base_model import INSERTION_COST, SCALE, base_model
from voice.recognition.frames import frames_data

log = logging.getLogger(__name__)

KEPT_GRAPHS: Final = 3
ABANDONED_S: Final = 3600  # a build that was killed
GRAPH_VERSION: Final = "4"  # raise when base_model makes other graphs from the same phrases
_OPEN_GRAPH: Final = ("HCLr.fst", "Gr.fst", "HCLG.fst", "disambig_tid.int")


def phrase_list(wordings: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Readings to be compiled and how they are written, from (text, reading) pairs and the replies.

    What cannot be said in morae is left out; of homophones the first writing stays.
    """
    from intents.readings import reading_of

    replies = ((text, reading_of(text)) for texts in reply_wordings().values() for text in texts)
    phrases: dict[str, str] = {}
    for text, reading in [*wordings, *replies]:
        if reading and from_kana(reading):
            phrases.setdefault(reading, text)
    return phrases


class PhraseGraphs:
    """Compiled graphs in a cache folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def compiled(self, model: Path, phrases: Mapping[str, str]) -> Path | None:
        """The model folder with `phrases` as its graph, built if it is not there yet.

        None when it cannot be written (full disk, no permission): recognition then goes on open, with a warning.
        """
        target = self._folder / self._key(model, phrases)
        try:
            if not (target / "graph" / "HCLG.fst").exists():
                self._build(model, phrases, target)
        except OSError as error:
            log.warning("phrases could not be compiled in %s (%s): open recognition only", self._folder, error.strerror)
            return None
        with suppress(OSError):  # of a folder that can only be read, or that another process tidies up too
            os.utime(target)
            self._forget_old()
        return target

    def forget(self, graph: Path) -> None:
        """Throw a damaged graph away; the next `compiled` makes it anew."""
        shutil.rmtree(graph, ignore_errors=True)

    def _build(self, model: Path, phrases: Mapping[str, str], target: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        half_built = Path(tempfile.mkdtemp(prefix=".building-", dir=self._folder))
        try:
            shutil.copytree(model, half_built, ignore=shutil.ignore_patterns(*_OPEN_GRAPH), dirs_exist_ok=True)
            (half_built / "graph").mkdir(exist_ok=True)
            graph = half_built / "graph" / "HCLG.fst"
            compile_graph(self._language(phrases, model), graph, scale=SCALE, insertion=INSERTION_COST)
            write_words(half_built)
            shutil.rmtree(target, ignore_errors=True)
            with suppress(OSError):  # another process was quicker: its graph is as good
                half_built.replace(target)
        finally:
            shutil.rmtree(half_built, ignore_errors=True)

    def _key(self, model: Path, phrases: Mapping[str, str]) -> str:
        return graph_key(model, phrases)

    def _language(self, phrases: Mapping[str, str], model: Path) -> MoraLm:
        """What the graph expects; raises ModelDamaged."""
        return base_model(phrases, model)

    def _forget_old(self) -> None:
        for half_built in self._folder.glob(".building-*"):
            if time.time() - half_built.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(half_built, ignore_errors=True)
        graphs = [f for f in self._folder.iterdir() if f.is_dir() and not f.name.startswith(".")]
        for folder in sorted(graphs, key=lambda f: f.stat().st_mtime, reverse=True)[KEPT_GRAPHS:]:
            shutil.rmtree(folder, ignore_errors=True)


def graph_key(model: Path, phrases: Mapping[str, str]) -> str:
    """The name of a graph: changes with all it is made of."""
    digest = hashlib.sha256(GRAPH_VERSION.encode())
    for name in ("am/final.mdl", "graph/Gr.fst"):
        if (model / name).exists():
            digest.update((model / name).read_bytes())
    digest.update(frames_data())
    digest.update("\n".join(f"{reading} {phrases[reading]}" for reading in sorted(phrases)).encode())
    return digest.hexdigest()[:32]
