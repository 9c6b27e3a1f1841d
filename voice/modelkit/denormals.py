"""Denormal numbers flushed to zero while a network trains, and only then.

Weights near 1e-40 make a training step several times slower on x86.  The switch is the processor's (MXCSR, Intel SDM
volume 1, 10.2.3) and holds for the whole thread: whoever computes after us must get small numbers back.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def flushed() -> Iterator[None]:
    """Flush denormal numbers to zero inside the block; after it they count again, error or not."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
