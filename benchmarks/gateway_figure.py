"""The figure of `benchmarks.gateway`: lines over the number of speakers, as an SVG that follows light and dark, with its numbers in words."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Final

from benchmarks.gateway_ramp import bound_ms, carried, why_not

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 76, 24, 74, 60
LINES: Final = (
    ("sound_ms", "first sound, p95", "a", "circle"),
    ("heard_ms", "understood, p95", "b", "square"),
    ("lag_ms", "sound not worked off, p95", "c", "triangle"),
)
STYLE: Final = """
svg { background: #ffffff; color: #16201d; font: 15px system-ui, "Noto Sans", sans-serif; }
text { fill: currentColor; } .grid { stroke: currentColor; stroke-opacity: .18; } .axis { stroke: currentColor; }
.a { --c: #0b5a50; } .b { --c: #9a3412; } .c { --c: #1d4ed8; } .bound { stroke: currentColor; stroke-dasharray: 7 5; fill: none; }
.line { fill: none; stroke: var(--c); stroke-width: 2.5; } .mark { fill: var(--c); }
.carried { fill: #0b5a50; fill-opacity: .1; }
@media (prefers-color-scheme: dark) {
  svg { background: #101413; color: #f2f6f4; } .a { --c: #86dccc; } .b { --c: #fdba74; } .c { --c: #a8c7fa; }
  .carried { fill: #86dccc; fill-opacity: .14; }
}
"""


def drawn(steps: Sequence[dict[str, Any]]) -> str:
    """The figure; steps in any order.  Marks differ by shape as well as by colour, and `desc` holds the numbers."""
    ordered = sorted(steps, key=lambda one: one["speakers"])
    return "\n".join(_parts(ordered, _Scale(ordered), carried(steps))) + "\n"


class _Scale:
    """Speakers and milliseconds to places in the figure; what is far beyond the bound is cut off at the top."""

    def __init__(self, ordered: Sequence[dict[str, Any]]) -> None:
        self.most = ordered[-1]["speakers"]
        self.bound = bound_ms(ordered[0])
        highest = max(one[name]["p95"] for one in ordered for name, *_ in LINES)
        self.top = min(self.bound * 2, max(self.bound * 1.25, highest * 1.05))

    def x(self, speakers: float) -> float:
        return round(LEFT + speakers / self.most * (WIDTH - LEFT - RIGHT), 1)

    def y(self, ms: float) -> float:
        return round(HEIGHT - BOTTOM - min(ms, self.top) / self.top * (HEIGHT - TOP - BOTTOM), 1)


def _parts(ordered: Sequence[dict[str, Any]], scale: _Scale, fits: int) -> Iterator[str]:
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title desc">'
    yield f'<title id="title">One core carries {fits} speakers in real time</title>'
    yield f'<desc id="desc">{escape(" ".join(_told(ordered)))}</desc>'
    yield f"<style>{STYLE}</style>"
    yield f'<rect class="carried" x="{LEFT}" y="{TOP}" width="{scale.x(fits) - LEFT}" height="{HEIGHT - TOP - BOTTOM}"/>'
    yield from _axes(ordered, scale)
    y = scale.y(scale.bound)
    yield f'<line class="bound" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>'
    yield f'<text x="{LEFT + 8}" y="{y - 6}">bound for the first sound: {scale.bound:.0f} ms</text>'
    for place, (name, label, colour, shape) in enumerate(LINES):
        points = [(scale.x(one["speakers"]), scale.y(one[name]["p95"])) for one in ordered]
        path = " ".join(f"{x},{y}" for x, y in points)
        yield f'<g class="{colour}"><polyline class="line" points="{path}"/>'
        yield from (_mark(shape, x, y) for x, y in points)
        yield _mark(shape, LEFT + 8 + place * 225, 26)
        yield f'<text x="{LEFT + 20 + place * 225}" y="31">{label}</text></g>'
    yield f'<text x="{LEFT}" y="58">carried: up to {fits} (shaded)</text>'
    yield "</svg>"


def _axes(ordered: Sequence[dict[str, Any]], scale: _Scale) -> Iterator[str]:
    bottom = HEIGHT - BOTTOM
    step = 1_000 if scale.top > 3_000 else 500
    for ms in range(0, int(scale.top) + 1, step):
        y = scale.y(ms)
        yield f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 5}" text-anchor="end">{ms}</text>'
    last = -100.0
    for one in ordered:
        if (x := scale.x(one["speakers"])) - last >= 26:
            yield f'<text x="{x}" y="{bottom + 22}" text-anchor="middle">{one["speakers"]}</text>'
            last = x
    yield f'<line class="axis" x1="{LEFT}" y1="{bottom}" x2="{WIDTH - RIGHT}" y2="{bottom}"/>'
    yield f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">speakers at the same time, one core</text>'
    middle = (TOP + bottom) / 2
    yield f'<text transform="translate(20 {middle}) rotate(-90)" text-anchor="middle">ms from the end of the speech</text>'


def _mark(shape: str, x: float, y: float) -> str:
    if shape == "circle":
        return f'<circle class="mark" cx="{x}" cy="{y}" r="5"/>'
    if shape == "square":
        return f'<rect class="mark" x="{x - 4.5}" y="{y - 4.5}" width="9" height="9"/>'
    return f'<path class="mark" d="M{x} {y - 6}l6 10h-12z"/>'


def _told(ordered: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield f"Bound for the first sound: {bound_ms(ordered[0]):.0f} ms."
    for one in ordered:
        reason = why_not(one, ordered[0])
        yield (
            f"{one['speakers']} speakers: first sound {one['sound_ms']['p95']:.0f} ms, understood {one['heard_ms']['p95']:.0f} ms, "
            f"not worked off {one['lag_ms']['p95']:.0f} ms (p95 each){f', too many: {reason}' if reason else ''}."
        )
