"""Runs of the gate, kept from their beginning: a program that ends leaves one that can be seen to have ended."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, select, text, update

from server.knowledge.gate import Result, from_plain, to_plain
from server.knowledge.runs import SILENT, Run, RunState
from server.store import journal
from server.store.engine import reading, writing
from server.store.knowledge_models import GateRunRow

_ONE_AT_A_TIME = 0x67617465  # PostgreSQL advisory lock: one run at a time


class GateStore:
    """Runs in a database; may be shared by threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, run_id: UUID, candidate: str, reference: str, *, by: str, now: datetime) -> tuple[Run, bool]:
        """Keep a new run; False, and the one that is running, where there is one, or where this one was begun before."""
        with writing(self._engine) as session:
            if session.get_bind().dialect.name == "postgresql":
                session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
            running = select(GateRunRow).where(GateRunRow.state == RunState.RUNNING, GateRunRow.beat_at > now - SILENT)
            row = session.get(GateRunRow, run_id) or session.scalars(running).first()
            if row is not None:
                return _run(row), False
            row = GateRunRow(id=run_id, at=now, by=by, candidate=candidate, reference=reference, result={})
            row.state, row.total, row.done, row.beat_at = RunState.RUNNING, 0, 0, now
            session.add(row)
            journal.add(session, at=now, actor=by, action="gate_begun")
            session.flush()
            return _run(row), True

    def beat(self, run_id: UUID, *, done: int, total: int, now: datetime) -> bool:
        """Say how far it is; False when it was ended meanwhile."""
        ours = (GateRunRow.id == run_id) & (GateRunRow.state == RunState.RUNNING)
        change = update(GateRunRow).where(ours).values(done=done, total=total, beat_at=now)
        with writing(self._engine) as session:
            return session.scalar(change.returning(GateRunRow.id)) is not None

    def end(self, run_id: UUID, result: Result, *, now: datetime) -> None:
        """Keep what came of it."""
        self._close(run_id, RunState.DONE, to_plain(result), now)

    def fail(self, run_id: UUID, reason: str, *, now: datetime) -> None:
        """Keep why nothing came of it."""
        self._close(run_id, RunState.FAILED, {"failure": reason}, now)

    def interrupt(self, run_id: UUID, *, now: datetime) -> None:
        """Its program is ending."""
        self._close(run_id, RunState.INTERRUPTED, {}, now)

    def interrupt_lost(self, now: datetime, *, everything: bool = False) -> int:
        """Mark the runs whose program is gone; `everything`: no other program works on this database."""
        lost = GateRunRow.state == RunState.RUNNING
        if not everything:
            lost &= GateRunRow.beat_at < now - SILENT
        change = update(GateRunRow).where(lost).values(state=str(RunState.INTERRUPTED), ended_at=now)
        with writing(self._engine) as session:
            return len(session.scalars(change.returning(GateRunRow.id)).all())

    def latest(self) -> Run | None:
        """Return the run that was begun last, or None."""
        with reading(self._engine) as session:
            row = session.scalars(select(GateRunRow).order_by(GateRunRow.at.desc()).limit(1)).first()
            return None if row is None else _run(row)

    def about(self, candidate: str, reference: str) -> Run | None:
        """Return the latest run that came to its end with exactly these articles, or None."""
        fits = (GateRunRow.candidate == candidate) & (GateRunRow.reference == reference)
        query = select(GateRunRow).where(fits, GateRunRow.state == RunState.DONE)
        with reading(self._engine) as session:
            row = session.scalars(query.order_by(GateRunRow.at.desc()).limit(1)).first()
            return None if row is None else _run(row)

    def get(self, run_id: UUID) -> Run | None:
        """Return one run, or None."""
        with reading(self._engine) as session:
            row = session.get(GateRunRow, run_id)
            return None if row is None else _run(row)

    def _close(self, run_id: UUID, state: RunState, result: dict[str, object], now: datetime) -> None:
        ours = (GateRunRow.id == run_id) & (GateRunRow.state == RunState.RUNNING)
        values = {"state": str(state), "result": result, "ended_at": now, "beat_at": now}
        with writing(self._engine) as session:
            session.execute(update(GateRunRow).where(ours).values(values))


def _run(row: GateRunRow) -> Run:
    state = RunState(row.state)
    return Run(
        id=row.id,
        at=row.at,
        by=row.by,
        candidate=row.candidate,
        reference=row.reference,
        state=state,
        total=row.total,
        done=row.done,
        beat_at=row.beat_at,
        ended_at=row.ended_at,
        result=from_plain(row.result) if state is RunState.DONE else None,
        failure=str(row.result.get("failure", "")),
    )
