"""An article as the desk keeps and shows it: plain JSON, and the texts of its form.

What makes an article valid is known behind the port `ArticleRules` alone; here nothing is checked.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Plain = Mapping[str, Any]  # an article: names as in files to import, lists and strings, empty fields left out
Form = Mapping[str, str]  # the same as texts of a form, every field there

FIELDS: Final = (
    *("id", "title", "category", "variants", "answer", "answer_reading", "steps", "tip", "readings"),
    *("safety", "valid_from", "valid_until", "staff_note", "authority", "authority_up_to_yen"),
)
STAFF_ONLY: Final = ("staff_note", "authority", "authority_up_to_yen")  # never leaves the desk
_BAR: Final = "|"  # between a step and its reading
_EQUALS: Final = "="  # between a word and its reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Articles that are told together, by id."""

    contents: tuple[Plain, ...]

    @property
    def key(self) -> str:
        """The same for the same contents."""
        return hashlib.sha256(json.dumps(self.contents, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]

    def having(self, content: Plain) -> "Base":
        """Return the base with one article replaced, or added."""
        others = [one for one in self.contents if one["id"] != content["id"]]
        return base_of([*others, content])

    def without(self, article_id: str) -> "Base":
        """Return the base without an article."""
        return Base(contents=tuple(one for one in self.contents if one["id"] != article_id))

    def get(self, article_id: str) -> Plain | None:
        """Return one article, or None."""
        return next((one for one in self.contents if one["id"] == article_id), None)


def base_of(contents: Iterable[Plain]) -> Base:
    """Return them as a base."""
    return Base(contents=tuple(sorted(contents, key=lambda one: str(one["id"]))))


def told(content: Plain) -> dict[str, Any]:
    """Return what devices are given of it."""
    return {name: value for name, value in content.items() if name not in STAFF_ONLY}


def form_of(content: Plain) -> dict[str, str]:
    """Return the texts of its form: one wording a line, `step|reading`, `word=reading`."""
    form = {name: str(content.get(name) if content.get(name) is not None else "") for name in FIELDS}
    return form | {
        "variants": "\n".join(content.get("variants", ())),
        "steps": "\n".join(map(_step_text, content.get("steps", ()))),
        "readings": "\n".join(f"{word}{_EQUALS}{kana}" for word, kana in content.get("readings", {}).items()),
        "safety": "on" if content.get("safety") else "",
    }


def plain_of(form: Form) -> dict[str, Any]:
    """Return what a form says, to be checked; the contrary of `form_of`."""
    texts = {name: form.get(name, "").strip() for name in FIELDS}
    readings = dict(_pair(line.replace("＝", _EQUALS), _EQUALS) for line in _lines(texts["readings"]))
    found: dict[str, Any] = texts | {
        "variants": _lines(texts["variants"]),
        "steps": [_step(line) for line in _lines(texts["steps"])],
        "readings": readings,
        "safety": bool(texts["safety"]),
    }
    return {name: value for name, value in found.items() if value not in ("", [], {}, False)}


def _step_text(step: Any) -> str:
    return f"{step['text']}{_BAR}{step['reading']}" if isinstance(step, Mapping) else str(step)


def _step(line: str) -> Any:
    text, reading = _pair(line.replace("｜", _BAR), _BAR)
    return {"text": text, "reading": reading} if reading else text


def _pair(line: str, sign: str) -> tuple[str, str]:
    before, _, after = line.partition(sign)
    return before.strip(), after.strip()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def titles(contents: Sequence[Plain]) -> dict[str, str]:
    """Return the titles by id."""
    return {str(one["id"]): str(one.get("title", one["id"])) for one in contents}
