"""A run of the gate, as it stands in the database.  Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from server.knowledge.gate import Result

SILENT: Final = timedelta(minutes=2)  # a run nobody has heard of for so long has no program any more


class RunState(StrEnum):
    """How far a run is."""

    RUNNING = "running"
    DONE = "done"
    INTERRUPTED = "interrupted"  # its program ended
    FAILED = "failed"  # speech or recognition could not be used


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run."""

    id: UUID
    at: datetime
    by: str
    candidate: str  # content of the bundle that would follow
    reference: str  # content of what it is compared with
    state: RunState
    total: int
    done: int
    beat_at: datetime
    ended_at: datetime | None = None
    result: Result | None = None
    failure: str = ""

    def is_running(self, now: datetime) -> bool:
        """Whether somebody works on it."""
        return self.state is RunState.RUNNING and abs(now - self.beat_at) < SILENT

    def is_about(self, candidate: str, reference: str) -> bool:
        """Whether it weighed exactly these articles against exactly those."""
        return self.candidate == candidate and self.reference == reference
