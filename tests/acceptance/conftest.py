"""The program as scripts run it, and customers who speak."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from benchmarks.spoken import Studio

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "voice.main"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def run_program(*arguments: object, stdin: bytes = b"", timeout: float = 120) -> Run:
    done = subprocess.run(
        [*PROGRAM, *map(str, arguments)], input=stdin, capture_output=True, timeout=timeout, cwd=ROOT, check=False
    )
    return Run(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


@pytest.fixture
def koemado() -> Callable[..., Run]:
    """Run `koemado` as a process of its own."""
    return run_program


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
