"""Write articles as YAML or CSV text that `kb.importing` reads back unchanged."""

import csv
import io
from collections.abc import Iterable
from typing import Any

import yaml

from kb.articles import Article, Step
from kb.cells import escaped
from kb.importing import FIELDS


def to_yaml(articles: Iterable[Article]) -> str:
    """A YAML list; empty fields are left out."""
    return yaml.safe_dump([plain(a) for a in articles], allow_unicode=True, sort_keys=False, width=110)


def to_csv(articles: Iterable[Article]) -> str:
    """CSV with English headings; several values of a cell stand on lines of their own, as `kb.cells` tells."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, FIELDS)
    writer.writeheader()
    for article in articles:
        writer.writerow({name: _cell(value) for name, value in plain(article).items()})
    return out.getvalue()


def plain(article: Article) -> dict[str, Any]:
    """The article as lists, dicts and strings, without empty fields."""
    values: dict[str, Any] = {name: getattr(article, name) for name in FIELDS}
    values["variants"] = list(article.variants)
    values["steps"] = [_step(step) for step in article.steps]
    for name in ("valid_from", "valid_until"):
        values[name] = values[name].isoformat() if values[name] else None
    return {name: value for name, value in values.items() if value not in (None, [], {}) and value is not False}


def _step(step: Step) -> Any:
    return {"text": step.text, "reading": step.reading} if step.reading else step.text


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return "\n".join(_listed(item) for item in value)
    if isinstance(value, dict):
        return "\n".join(_pair(word, kana) for word, kana in value.items())
    return "true" if value is True else value


def _listed(item: Any) -> str:
    return _pair(item["text"], item["reading"]) if isinstance(item, dict) else escaped(item)


def _pair(text: str, kana: str) -> str:
    return f"{escaped(text)}={escaped(kana)}"
