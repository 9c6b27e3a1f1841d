"""The same work for many jobs, in as many processes as asked for."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def spread(work: Callable[[Job], Result], jobs: Iterable[Job], processes: int, chunk: int = 1) -> Iterator[Result]:
    """Yield the results in the order of the jobs; one process means this one.  `work` is a function of a module."""
    if processes == 1:
        yield from map(work, jobs)
        return
    with multiprocessing.Pool(processes) as pool:
        yield from pool.imap(work, jobs, chunksize=chunk)
