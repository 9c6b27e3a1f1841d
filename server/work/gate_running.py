"""Running the gate beside the pages: a thread that asks all questions of both sides, and keeps saying that it lives."""

import logging
from collections.abc import Sequence
from threading import Event, Thread
from time import monotonic
from typing import Final
from uuid import UUID

from server.clock import Clock
from server.editing import EditingDesk, Plan
from server.errors import DeskError
from server.knowledge.asking import questions_of
from server.knowledge.gate import Compared, Outcome, Question, result_of
from server.knowledge.releasing import changed_ids
from server.knowledge.runs import Run

STOPS_WITHIN_S: Final = 1.5
BEAT_S: Final = 1.0  # how often the page hears how far it is
log = logging.getLogger(__name__)


class Ending(Exception):
    """The desk ends, or the run was ended: the work is given up."""


class GateRunner:
    """Runs one gate at a time; safe from many threads.  `close` gives up what runs."""

    def __init__(self, editing: EditingDesk, clock: Clock, *, only_program: bool) -> None:
        """`only_program`: nobody else works on this database, so whatever runs in it was left by a program that ended."""
        self._editing = editing
        self._clock = clock
        self._ended = Event()
        self._running: tuple[Run, Thread] | None = None
        editing.gates.interrupt_lost(clock(), everything=only_program)

    def start(self, run_id: UUID, *, by: str) -> Run:
        """Begin a run unless one is running; return the one that runs.  Raises WorkshopFailed."""
        self._editing.gates.interrupt_lost(self._clock())
        run, is_new = self._editing.begin_gate(run_id, by=by)
        if is_new:
            thread = Thread(target=self._run, args=(run,), name="gate", daemon=True)
            self._running = run, thread
            thread.start()
        return run

    @property
    def is_ending(self) -> bool:
        """Whether everything is to be given up."""
        return self._ended.is_set()

    def wait(self) -> None:
        """Return once what runs has ended."""
        if self._running:
            self._running[1].join()

    def close(self) -> None:
        """Give up what runs, within two seconds: it is marked as interrupted."""
        self._ended.set()
        if self._running:
            run, thread = self._running
            thread.join(STOPS_WITHIN_S)
            self._editing.gates.interrupt(run.id, now=self._clock())

    def _run(self, run: Run) -> None:
        gates = self._editing.gates
        try:
            compared = self._compared(run, self._plan_of(run))
        except Ending:
            gates.interrupt(run.id, now=self._clock())
        except DeskError as error:
            gates.fail(run.id, str(error), now=self._clock())
        except Exception as error:  # the main loop of this thread
            log.error("a run of the gate failed: %s", type(error).__name__)  # noqa: TRY400 - no traceback in the journal
            gates.fail(run.id, type(error).__name__, now=self._clock())
        else:
            gates.end(run.id, result_of(compared), now=self._clock())

    def _plan_of(self, run: Run) -> Plan:
        plan = self._editing.plan()
        if not run.is_about(plan.built.content, plan.reference_content):
            raise Ending
        return plan

    def _compared(self, run: Run, plan: Plan) -> list[Compared]:
        suite = self._editing.workshop.suite
        questions = questions_of(
            plan.in_force,
            plan.candidate,
            changed_ids(plan.changes),
            kept=self._editing.questions.everything(),
            recordings=suite.recordings(),
        )
        beat = _Beat(self, run, 2 * len(questions))
        before = self._asked(plan, questions, beat, candidate=False)
        after = self._asked(plan, questions, beat, candidate=True)
        return [Compared(question=q, before=b, after=a) for q, b, a in zip(questions, before, after, strict=True)]

    def _asked(self, plan: Plan, questions: Sequence[Question], beat: "_Beat", *, candidate: bool) -> list[Outcome]:
        found = []
        base = plan.candidate if candidate else plan.in_force
        for outcome in self._editing.workshop.suite.outcomes(base, questions, beat):
            found.append(outcome)
            beat.done += 1
        return found

    def beat(self, run: Run, done: int, total: int) -> None:
        """Say how far a run is.  Raises Ending when it is to be given up."""
        if self._ended.is_set() or not self._editing.gates.beat(run.id, done=done, total=total, now=self._clock()):
            raise Ending


class _Beat:
    """Called at every question; speaks to the database once a second."""

    def __init__(self, runner: GateRunner, run: Run, total: int) -> None:
        self._runner = runner
        self._run = run
        self._total = total
        self._next_s = 0.0
        self.done = 0

    def __call__(self) -> None:
        if monotonic() >= self._next_s or self._runner.is_ending:
            self._next_s = monotonic() + BEAT_S
            self._runner.beat(self._run, self.done, self._total)
