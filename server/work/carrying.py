"""What carries a message out of the house, and how it says that it could not."""

from datetime import timedelta
from typing import Protocol

from server.errors import DeskError
from server.store.messages import Outgoing


class NotCarried(DeskError):
    """The receiver did not take it.  The text names neither people nor addresses.

    `again_after`: how long the receiver asked to be left alone.
    """

    retryable = True

    def __init__(self, reason: str, *, again_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.again_after = again_after


class NotWanted(NotCarried):
    """The receiver wants no such messages any more; trying again would be a nuisance."""

    retryable = False


class Carrier(Protocol):
    """One way out.  Safe from many threads."""

    def carry(self, outgoing: Outgoing, *, timestamp: int) -> None:
        """Hand it over; `timestamp` is the time of sending in Unix seconds.  Raises NotCarried, NotWanted."""
        ...
