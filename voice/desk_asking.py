"""Asking the desk while a customer waits: in threads nobody waits for longer than a conversation allows."""

import logging
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

Found = TypeVar("Found")

log = logging.getLogger(__name__)


def in_background(work: Callable[[], Found]) -> "SimpleQueue[Found]":
    """Begin in a thread that nobody waits for: the network's own time-outs are too long for a conversation.

    None comes of it when it raises.
    """
    found: SimpleQueue[Any] = SimpleQueue()
    Thread(target=lambda: found.put(_result(work)), name="desk", daemon=True).start()
    return found


def _result(work: Callable[[], object]) -> object:
    try:
        return work()
    except Exception as error:  # the customer waits for an answer, whatever it is
        log.warning("asking the desk failed (%s)", type(error).__name__)
        return None


def answer(asked: "SimpleQueue[Found]", until: float) -> Found | None:
    """Return what came of it; None when it has not by `until`, of `time.monotonic`."""
    try:
        return asked.get(timeout=max(0.0, until - time.monotonic()))
    except Empty:
        return None
