"""Recognition compiled from the knowledge base: every wording, reply and command as one closed list.

The graph is built on the device (a second or so for a thousand phrases, no torch needed), kept in a cache folder under a
name made of everything it depends on, and built anew when any of that changes.
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

from intents.morae import MORA_PHONES, from_kana
from intents.replies import wordings as reply_wordings
from voice.modelkit.graph import build_graph
from voice.modelkit.ngram import MoraLm, ngram

log = logging.getLogger(__name__)

LOOP_ORDER: Final = 4
FALLBACK_COST: Final = 3.0  # to leave the list; natural logarithm
KEPT_GRAPHS: Final = 3
ABANDONED_S: Final = 3600  # a build that was killed
GRAPH_VERSION: Final = "2"  # raise when build_graph makes other graphs from the same phrases
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
        target = self._folder / _key(model, phrases)
        try:
            if not (target / "graph" / "HCLG.fst").exists():
                self._build(model, phrases, target)
            os.utime(target)
        except OSError as error:
            log.warning("phrases could not be compiled in %s (%s): open recognition only", self._folder, error.strerror)
            return None
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
            loop = _loop(phrases)
            build_graph(sorted(phrases), half_built, fallback=loop, fallback_cost=FALLBACK_COST, fallback_mora_cost=0.0)
            shutil.rmtree(target, ignore_errors=True)
            with suppress(OSError):  # another process was quicker: its graph is as good
                half_built.replace(target)
        finally:
            shutil.rmtree(half_built, ignore_errors=True)

    def _forget_old(self) -> None:
        for half_built in self._folder.glob(".building-*"):
            if time.time() - half_built.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(half_built, ignore_errors=True)
        graphs = [f for f in self._folder.iterdir() if f.is_dir() and not f.name.startswith(".")]
        for folder in sorted(graphs, key=lambda f: f.stat().st_mtime, reverse=True)[KEPT_GRAPHS:]:
            shutil.rmtree(folder, ignore_errors=True)


def _loop(phrases: Iterable[str]) -> MoraLm:
    """Everything else a customer may say, in the sounds of the base: a mora 4-gram of the phrases.

    New wordings made of the base's words are heard better than by open recognition: 7 % of the morae wrong against 12 %,
    clean synthetic voices (`benchmarks/recognition.py`).
    """
    readings = [from_kana(phrase) or [] for phrase in phrases]
    return ngram(
        [(r, 1) for r in readings] + [([m], 1) for m in MORA_PHONES], order=LOOP_ORDER, cutoffs=(1,) * LOOP_ORDER
    )


def _key(model: Path, phrases: Mapping[str, str]) -> str:
    digest = hashlib.sha256(GRAPH_VERSION.encode())
    digest.update((model / "am" / "final.mdl").read_bytes())
    digest.update("\n".join(sorted(phrases)).encode())
    return digest.hexdigest()[:32]
