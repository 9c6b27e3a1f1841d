"""`koemado` as scripts run it, begun quickly: importing it takes longer than most commands.

One process has everything imported and runs each command in a child of its own, with arguments, environment, streams, signals,
exit code and end of its own, as the entry point has them.  What is missing is Python's start; the tests that stop the program
at any moment, or close its pipes, begin it from nothing.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STREAMS = ("stdin", "stdout", "stderr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class Program:
    """Runs one command at a time."""

    def __init__(self) -> None:
        self._starter: subprocess.Popen[str] | None = None

    def __call__(self, *arguments: object, stdin: bytes = b"", timeout: float = 120) -> Run:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "stdin").write_bytes(stdin)
            code = self._ended(folder, [*map(str, arguments)], timeout)
            out, err = ((folder / stream).read_bytes().decode() for stream in STREAMS[1:])
        assert code is not None, f"stopped after {timeout} s: {arguments}: {out}{err}"
        return Run(code=code, out=out, err=err)

    def _ended(self, folder: Path, arguments: list[str], timeout: float) -> int | None:
        """Its exit code, negative the signal that ended it; None when it took too long."""
        starter = self._started()
        starter.stdin.write(json.dumps([str(folder), arguments, dict(os.environ)]) + "\n")
        starter.stdin.flush()
        child, late = int(starter.stdout.readline()), threading.Event()

        def stop() -> None:
            late.set()
            os.kill(child, 9)

        watchdog = threading.Timer(timeout, stop)
        watchdog.start()
        code = int(starter.stdout.readline())
        watchdog.cancel()
        return None if late.is_set() else code

    def _started(self) -> "subprocess.Popen[str]":
        """Begun by the first run, which has the folders of a test."""
        if self._starter is None:
            self._starter = subprocess.Popen(
                [sys.executable, "-m", "tests.acceptance.program"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
            )  # fmt: skip
        return self._starter

    def close(self) -> None:
        if self._starter is not None:
            self._starter.stdin.close()
            self._starter.wait(timeout=30)
            self._starter.stdout.close()


def run_here(folder: Path, arguments: list[str], environment: dict[str, str]) -> None:
    """Be the program; leaves by SystemExit, as it does."""
    from voice.main import main

    for number, stream in enumerate(STREAMS):
        handle = os.open(folder / stream, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT)
        os.dup2(handle, number)
        os.close(handle)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments
    main()


def serve() -> None:
    """Begin a child for each line: told are its process id and, in the end, its exit code."""
    import voice.cli.app  # noqa: F401  what takes long

    asked = os.fdopen(os.dup(0), encoding="utf-8")
    told = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    while line := asked.readline():
        child = os.fork()
        if child == 0:
            asked.close()
            told.close()
            folder, arguments, environment = json.loads(line)
            run_here(Path(folder), arguments, environment)
        told.write(f"{child}\n")
        told.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")


if __name__ == "__main__":
    serve()
