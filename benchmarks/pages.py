"""One self-contained HTML page: short explanations, tables, and plots as data URIs.  Plots are drawn without a display."""

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

TEMPLATE = Path(__file__).parent / "plots/page.html"
DPI = 110
COLOURS = {0: "#0b6e4f", 1: "#c0392b", 2: "#2c6fbb", 3: "#8e6fbf", 4: "#b8860b"}
Cell = str | float | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, a few sentences, and a table or a plot, or both."""

    heading: str
    text: str
    plot: bytes = b""  # PNG
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()


def page(title: str, command: str, sections: Iterable[Section]) -> bytes:
    """The page as UTF-8."""
    body = "\n".join(_section(section) for section in sections)
    filled = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=escape(title), command=escape(command), body=body
    )
    return filled.encode()


def _section(section: Section) -> str:
    parts = [f"<h2>{escape(section.heading)}</h2>", f"<p>{escape(section.text)}</p>"]
    if section.plot:
        data = base64.b64encode(section.plot).decode()
        parts.append(f'<img alt="{escape(section.heading)}" src="data:image/png;base64,{data}">')
    if section.rows:
        parts.append(_table(section.heads, section.rows))
    return "\n".join(parts)


def _table(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    head = "".join(f"<th>{escape(h)}</th>" for h in heads)
    lines = ("".join(f"<td>{_cell(cell)}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _cell(cell: Cell) -> str:
    return escape(cell) if isinstance(cell, str) else f"{cell:g}"


def figure(columns: int = 1, *, width: float = 6.0, height: float = 4.2) -> tuple[Figure, list[Any]]:
    """A figure and its axes side by side; not registered anywhere, so nothing needs to be closed."""
    made = Figure(figsize=(width * columns, height), layout="constrained")
    FigureCanvasAgg(made)
    axes = made.subplots(1, columns, squeeze=False)[0]
    for one in axes:
        one.grid(alpha=0.3)
    return made, list(axes)


def png(made: Figure) -> bytes:
    """The figure as PNG, without the date and program that would make each one different."""
    out = io.BytesIO()
    made.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
    return out.getvalue()
