"""The program as scripts run it, and customers who speak."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.spoken import Studio
from tests.acceptance.program import ROOT, Program, Run

PROGRAM = [sys.executable, "-m", "voice.main"]


@pytest.fixture(scope="session")
def koemado() -> Iterator[Program]:
    """Run `koemado` as a process of its own."""
    program = Program()
    yield program
    program.close()


@pytest.fixture
def koemado_from_nothing() -> Callable[..., Run]:
    """The same with all that a shell does, Python's start included."""

    def run(*arguments: object, stdin: bytes = b"") -> Run:
        command = [*PROGRAM, *map(str, arguments)]
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=120, cwd=ROOT, check=False)
        return Run(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())

    return run


@pytest.fixture(scope="session")
def studio() -> Studio:
    return Studio()


@pytest.fixture
def wav(tmp_path):
    """Write samples at 16 kHz; the path."""

    def write(samples: np.ndarray, name: str = "question.wav") -> Path:
        soundfile.write(tmp_path / name, samples, 16_000)
        return tmp_path / name

    return write
