"""What passed through the service a moment ago, found again by its text.

Home Assistant carries texts from one service to the next; what a text leaves out (the other hypotheses, the reading) is
still known here when the text comes back.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Generic, TypeVar

MOST_KEPT: Final = 64
KEPT_S: Final = 300.0  # as long as Home Assistant keeps a conversation

Thing = TypeVar("Thing")


class Recollection(Generic[Thing]):
    """The last things said or heard, for some minutes.  For one thread."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._kept: OrderedDict[str, tuple[float, Thing]] = OrderedDict()

    def keep(self, text: str, thing: Thing) -> None:
        """Remember; the oldest is forgotten when there are too many."""
        self._kept.pop(_key(text), None)
        self._kept[_key(text)] = self._monotonic(), thing
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    def of(self, text: str) -> Thing | None:
        """What was kept for the text, however it is spaced."""
        self.forget_old()
        found = self._kept.get(_key(text))
        return found[1] if found else None

    def forget_old(self) -> None:
        """Forget what is too old."""
        oldest = self._monotonic() - KEPT_S
        while self._kept and next(iter(self._kept.values()))[0] < oldest:
            self._kept.popitem(last=False)


def _key(text: str) -> str:
    return "".join(text.split())
