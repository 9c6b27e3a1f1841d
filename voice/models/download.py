"""Getting one large file over a bad line: pieces are kept, cuts are resumed, and every end says what to do."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import httpx

from voice.models.disk import disk_errors
from voice.models.errors import DownloadRefused, DownloadStopped, Unreachable
from voice.models.part import PartFile
from voice.models.responses import Complete, Continued, Fresh, Later, Origin, Refused, Useless, judge, range_headers

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all (None: the server did not say)
_ZIP_START = b"PK"


def no_progress(_done_bytes: int, _total_bytes: int | None) -> None:
    """For callers that show nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPlan:
    """How patient a download is.  An attempt that brought it further than ever before starts the count again."""

    failures_in_a_row: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 30.0

    def wait_s(self, failures: int, asked_s: float | None) -> float:
        """The wait after the `failures`-th failure in a row, doubling; a server may ask for more."""
        return min(self.longest_wait_s, max(asked_s or 0.0, self.first_wait_s * 2.0 ** (failures - 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadJob:
    """One file to bring."""

    name: str  # the model's, for the advice in errors
    url: str
    target: Path  # appears only when it is whole; its folder exists
    max_bytes: int  # what is longer is not the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloader:
    """Fetches zips with httpx; `transport` and `sleep` are for tests."""

    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    retry: RetryPlan = field(default_factory=RetryPlan)
    timeout_s: float = 30.0  # of silence on an open connection, not of the whole
    connect_timeout_s: float = 10.0

    def fetch(self, job: DownloadJob, progress: Progress = no_progress) -> None:
        """Bring a file, going on where an earlier call was cut.

        Raises Unreachable, DownloadStopped (the part is kept), DownloadRefused, NotEnoughSpace, StoreNotWritable.
        """
        with self._client(job) as client, disk_errors(job.target.parent):
            _Fetch(self, client, job, progress).run()

    def _client(self, job: DownloadJob) -> httpx.Client:
        timeout = httpx.Timeout(self.timeout_s, connect=self.connect_timeout_s)
        try:
            return httpx.Client(transport=self.transport, timeout=timeout, follow_redirects=True)
        except (OSError, ValueError, ImportError) as wrong:  # proxies and certificates named in the environment
            raise Unreachable(_reason(wrong), 0, url=job.url, name=job.name) from wrong


class _CutError(Exception):
    """One attempt ended early; another may help."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class _Fetch:
    """One call of `Downloader.fetch`."""

    def __init__(self, downloader: Downloader, client: httpx.Client, job: DownloadJob, progress: Progress) -> None:
        self._with, self._client, self._job, self._progress = downloader, client, job, progress
        self._part = PartFile(job.target)
        self._answered = False

    def run(self) -> None:
        failures, best = 0, self._part.size
        while True:
            try:
                self._attempt()
            except _CutError as cut:
                reached = self._part.size
                failures = 1 if reached > best else failures + 1
                best = max(best, reached)
                if failures >= self._with.retry.failures_in_a_row:
                    raise DownloadStopped(str(cut), reached, url=self._job.url, name=self._job.name) from cut
                self._with.sleep(self._with.retry.wait_s(failures, cut.wait_s))
            else:
                self._part.finish()
                return

    def _attempt(self) -> None:
        origin = self._part.origin(self._job.url)
        offset = 0 if origin is None else self._part.size
        try:
            with self._client.stream("GET", self._job.url, headers=range_headers(origin, offset)) as response:
                self._answered = True
                self._take(response, origin, offset)
        except (httpx.ConnectError, httpx.ConnectTimeout) as refused:
            if not self._answered:  # waiting does not bring a network: say at once what to do without
                raise Unreachable(_reason(refused), offset, url=self._job.url, name=self._job.name) from refused
            raise _CutError(_reason(refused)) from refused
        except httpx.TransportError as cut:
            raise _CutError(_reason(cut)) from cut
        except (httpx.RequestError, httpx.InvalidURL) as wrong:
            raise self._refused(_reason(wrong)) from wrong

    def _take(self, response: httpx.Response, origin: Origin | None, offset: int) -> None:
        headers = {key.lower(): value for key, value in response.headers.items()}
        match judge(response.status_code, headers, origin=origin, offset=offset, url=self._job.url):
            case Fresh(fresh):
                self._begin(response, fresh)
            case Continued(total):
                self._receive(response.iter_raw(), offset, total)
            case Complete():
                self._progress(offset, offset)
            case Useless(reason):
                self._part.discard()
                raise _CutError(reason, 0.0)
            case Later(reason, wait_s):
                raise _CutError(reason, wait_s)
            case Refused(reason):
                raise self._refused(reason)

    def _begin(self, response: httpx.Response, origin: Origin) -> None:
        """Look at the first bytes before the part gives way: a login page must not cost what is here."""
        chunks = response.iter_raw()
        first = next(chunks, b"")
        if not first.startswith(_ZIP_START[: len(first)]):
            kind = response.headers.get("content-type", "of no stated type")
            raise self._refused(f"what came is no zip file ({kind}), perhaps a login page")
        self._part.begin(origin)
        self._receive(chain((first,), chunks), 0, origin.total_bytes)

    def _receive(self, chunks: Iterable[bytes], done: int, total: int | None) -> None:
        self._progress(done, total)
        with self._part.path.open("ab") as out:
            for chunk in chunks:
                done += len(chunk)
                if max(done, total or 0) > self._job.max_bytes:
                    self._part.discard()
                    raise self._refused("the file is far longer than this model")
                out.write(chunk)
                self._progress(done, total)
        if total is not None and done != total:
            raise self._wrong_length(done, total)

    def _wrong_length(self, done: int, total: int) -> _CutError:
        if done > total:
            self._part.discard()
        return _CutError(f"{done} bytes came instead of {total}")

    def _refused(self, reason: str) -> DownloadRefused:
        return DownloadRefused(reason, url=self._job.url, name=self._job.name)


def _reason(error: Exception) -> str:
    """One line, whatever the library wrote."""
    return " ".join(str(error).split()) or type(error).__name__
