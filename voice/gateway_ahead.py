"""Readings, index and graphs of a changed base, made in a process of its own: half a minute of work that takes turns with nobody.

In a thread beside the talks it would hold the interpreter whenever a piece of their sound is to be decoded.  What it makes
is in the cache folder; who reads it there afterwards needs half a second.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Final

from kb.bundle import opened
from kb.fakes import MemoryKnowledgeBase
from voice.settings import Settings

PATIENCE_S: Final = 600.0
NICENESS: Final = 10

log = logging.getLogger(__name__)


def make_ahead(settings: Settings, bundle: Callable[[], bytes | None] = lambda: None) -> None:
    """Run this module and wait; where it fails, whoever looks into the cache makes what is missing.

    `bundle` returns the bundle that is to be made ready; None: it is the base of the settings.
    """
    command = [sys.executable, "-m", "voice.gateway_ahead"]
    given = settings.model_dump_json().encode() + b"\n" + (bundle() or b"")
    try:
        ended = subprocess.run(command, input=given, timeout=PATIENCE_S, capture_output=True, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        log.warning("a changed base is made ready beside the talks: %s", type(error).__name__)
        return
    if ended.returncode:
        log.warning("a changed base is made ready beside the talks: exit code %d", ended.returncode)


def main() -> None:
    """Make what the settings on standard input need: a line of JSON, and behind it a bundle, where one is in use."""
    from voice import compose

    os.nice(NICENESS)
    settings = Settings.model_validate_json(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    base = MemoryKnowledgeBase(opened(data).articles) if data else None
    compose.Ears(settings).prepare(compose.knowledge(settings, base=base).current())


if __name__ == "__main__":
    main()
