"""What a process holds, and whether it grows.

Resident memory swings with what the allocator keeps for later and with what the kernel has of files just now; `in_use_mb` is what
malloc has handed out, and `python_blocks` what Python has: what leaks grows there.
"""

import ctypes
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

WARM_UP: Final = 0.25  # of the samples, at least
MEGABYTE: Final = 2**20
_FIELDS: Final = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"  # of mallinfo2(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the process holds after so much audio."""

    audio_s: float
    resident_mb: float
    anonymous_mb: float  # without files mapped into memory
    in_use_mb: float  # of malloc, in all arenas and maps; 0 where it does not tell
    free_mb: float  # kept by malloc for later
    python_blocks: int  # objects of Python's own allocator
    handles: int
    threads: int


def sample(audio_s: float) -> Sample:
    """Look at this process."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kib = {
        line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith(("VmRSS", "RssAnon", "Threads"))
    }
    in_use, free = _malloc()
    return Sample(
        audio_s=audio_s,
        resident_mb=round(kib["VmRSS"] / 1024, 2),
        anonymous_mb=round(kib["RssAnon"] / 1024, 2),
        in_use_mb=round(in_use / MEGABYTE, 2),
        free_mb=round(free / MEGABYTE, 2),
        python_blocks=sys.getallocatedblocks(),
        handles=len(os.listdir("/proc/self/fd")),  # noqa: PTH208  # the listing's own handle is in every sample
        threads=kib["Threads"],
    )


def steady(samples: Sequence[Sample], warm_up_s: float) -> Sequence[Sample]:
    """Return the samples after the warming up; where all of them are, the later three quarters."""
    after = sum(one.audio_s <= warm_up_s for one in samples)
    quarter = int(len(samples) * WARM_UP)
    return samples[max(after, quarter) :] if after < len(samples) else samples[quarter:]


def per_hour(samples: Sequence[Sample], name: str) -> float:
    """Return the slope of the best straight line, in units for an hour of audio; 0 for too few samples."""
    if len(samples) < 3:
        return 0.0
    hours = np.array([one.audio_s / 3600 for one in samples])
    return round(float(np.polyfit(hours, [getattr(one, name) for one in samples], 1)[0]), 3)


def floors(samples: Sequence[Sample], name: str) -> list[float]:
    """Return the least in each third."""
    third = max(1, len(samples) // 3)
    parts = (samples[:third], samples[third : 2 * third], samples[2 * third :])
    return [min(getattr(one, name) for one in part) for part in parts if part]


def more(samples: Sequence[Sample], name: str) -> float:
    """Return by how much the median of the last quarter is above that of the first."""
    quarter = max(1, len(samples) // 4)
    values = [getattr(one, name) for one in samples]
    return float(np.median(values[-quarter:]) - np.median(values[:quarter])) if values else 0.0


def _malloc() -> tuple[int, int]:
    """Return the bytes in use and free; 0, 0 for another C library than glibc's."""
    ask = _mallinfo2()
    if ask is None:
        return 0, 0
    found = ask()
    return found.uordblks + found.hblkhd, found.fordblks


@cache
def _mallinfo2() -> Any:
    class Told(ctypes.Structure):
        _fields_ = tuple((name, ctypes.c_size_t) for name in _FIELDS.split())

    ask = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if ask is not None:
        ask.restype = Told
    return ask
