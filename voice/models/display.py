"""A download as people see it: a bar on a terminal, a line every ten per cent elsewhere.  Always on stderr."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from voice.models.errors import size_text

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

_STEP_PERCENT = 10
_STEP_BYTES = 10_000_000  # when the server does not say how much comes


class DownloadDisplay:
    """A `Progress` to be used in a with statement; nothing is written before the first bytes."""

    def __init__(self, label: str, *, terminal: bool | None = None) -> None:
        self._label = label
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._bar: ProgressBar[int] | None = None
        self._shown_step = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish()

    def __call__(self, done_bytes: int, total_bytes: int | None) -> None:
        """Show where the download is; it may go back when it had to start again."""
        if self._terminal and total_bytes:
            self._draw(done_bytes, total_bytes)
        else:
            self._print(done_bytes, total_bytes)

    def _draw(self, done_bytes: int, total_bytes: int) -> None:
        if self._bar is None or done_bytes < self._bar.pos:  # click's bars cannot go back
            self._finish()
            self._bar = click.progressbar(length=total_bytes, label=self._label, file=sys.stderr)
            self._bar.render_progress()
        self._bar.update(done_bytes - self._bar.pos)

    def _finish(self) -> None:
        if self._bar is not None:
            self._bar.render_finish()

    def _print(self, done_bytes: int, total_bytes: int | None) -> None:
        if total_bytes:
            percent = 100 * done_bytes // total_bytes
            step, text = percent // _STEP_PERCENT, f"{percent} % of {size_text(total_bytes)}"
        else:
            step, text = done_bytes // _STEP_BYTES, size_text(done_bytes)
        if step != self._shown_step:
            self._shown_step = step
            click.echo(f"{self._label}: {text}", err=True)
