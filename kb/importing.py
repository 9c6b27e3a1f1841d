"""Read articles from YAML and CSV files, all or nothing, naming every bad row by its line.

CSV: one article a row; several variants, steps or readings stand in one cell on lines of their own (Alt+Enter in Excel)
or parted by `|` (see `kb.cells`).  Commas, semicolons and tabs part the columns; Excel's UTF-8 with BOM, UTF-16 and
Shift_JIS (CP932) are all understood.
"""

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from kb.articles import Article
from kb.cells import parted, parts, unescaped
from kb.errors import BadRow, ImportRejected, UnreadableFile
from kb.rows import ArticleRow, is_kana, problems

CSV_HEADINGS = {
    "タイトル": "title", "分類": "category", "質問": "variants", "回答": "answer", "回答の読み": "answer_reading",
    "手順": "steps", "読み": "readings", "ひとこと": "tip", "社内メモ": "staff_note",
    "権限": "authority", "権限の上限額": "authority_up_to_yen", "安全": "safety",
    "開始日": "valid_from", "終了日": "valid_until", "版": "version",
}  # fmt: skip
FIELDS = tuple(ArticleRow.model_fields)


class _Loader(yaml.SafeLoader):
    """YAML whose dates stay text, so that a wrong one is reported with its row like any other mistake."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """A row before any check: where it stands and what it says."""

    line: int
    values: Any


def read_articles(path: Path) -> tuple[Article, ...]:
    """All articles of a .yaml, .yml or .csv file.

    Raises UnreadableFile when the file cannot be opened, decoded or parsed; ImportRejected listing every bad row.
    """
    reader = {".yaml": _yaml_rows, ".yml": _yaml_rows, ".csv": _csv_rows}.get(path.suffix.lower())
    if reader is None:
        raise UnreadableFile(f"{path}: unknown kind of file, use .yaml or .csv")
    try:
        text = decode(path.read_bytes(), path)
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}") from error
    return _checked(path, list(reader(text, path)))


def decode(data: bytes, path: Path) -> str:
    """UTF-8 with or without BOM, UTF-16 with BOM, else Shift_JIS as Excel writes it.  Raises UnreadableFile."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "cp932"]:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(f"{path} is neither UTF-8, UTF-16 nor Shift_JIS text: save it again as UTF-8")


def _checked(path: Path, rows: list[FileRow]) -> tuple[Article, ...]:
    articles: list[Article] = []
    bad: list[BadRow] = []
    first_line: dict[str, int] = {}
    for row in rows:
        try:
            article = ArticleRow.model_validate(row.values).article()
        except ValidationError as error:
            bad += [BadRow(line=row.line, message=problem) for problem in problems(error)]
            continue
        if article.id in first_line:
            message = f"id: {article.id} stands already in line {first_line[article.id]}"
            bad.append(BadRow(line=row.line, message=message))
        first_line.setdefault(article.id, row.line)
        articles.append(article)
    if bad:
        raise ImportRejected(path, bad)
    if not articles:
        raise UnreadableFile(f"{path} holds no article")
    return tuple(articles)


def _yaml_rows(text: str, path: Path) -> Iterator[FileRow]:
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise UnreadableFile(f"{path} is no valid YAML: {_yaml_reason(error)}") from error
    if root is None:
        return
    if not isinstance(root, yaml.SequenceNode):
        raise UnreadableFile(f"{path} must be a list of articles, each beginning with `- id:`")
    for node in root.value:
        yield FileRow(line=node.start_mark.line + 1, values=_yaml_value(node))


def _yaml_reason(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}: {reason}" if mark else reason


def _yaml_value(node: yaml.Node) -> Any:
    loader = _Loader("")
    try:
        return loader.construct_document(node)
    except (yaml.YAMLError, ValueError) as error:
        return f"not understood: {error}"
    finally:
        loader.dispose()


def _csv_rows(text: str, path: Path) -> Iterator[FileRow]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=_delimiter(text))
    try:
        headings = _headings(next(reader, []), path)
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield FileRow(line=line, values=_csv_values(headings, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableFile(f"{path} is no valid CSV: line {reader.line_num}: {error}") from error


def _delimiter(text: str) -> str:
    return max(",;\t", key=text.partition("\n")[0].count)


def _headings(cells: list[str], path: Path) -> list[str]:
    """The field of each column, "" for one without a heading.  Raises UnreadableFile naming all that is wrong."""
    names = [_heading(cell) for cell in cells]
    wrong = [*_missing(names), *_twice(names, cells), *_unknown(names)]
    if wrong:
        raise UnreadableFile(f"{path}: the first line must name the columns; {'; '.join(wrong)}")
    return names


def _heading(cell: str) -> str:
    name = unicodedata.normalize("NFKC", cell).strip()
    return CSV_HEADINGS.get(name, name.lower())


def _missing(names: list[str]) -> Iterator[str]:
    if needed := {"id", "title", "category", "variants", "answer"} - set(names):
        yield f"missing: {', '.join(sorted(needed))}"


def _twice(names: list[str], cells: list[str]) -> Iterator[str]:
    for name in FIELDS:
        if names.count(name) > 1:
            same = " and ".join(cell.strip() for cell, other in zip(cells, names, strict=True) if other == name)
            yield f"two columns for {name}: {same}, keep one"


def _unknown(names: list[str]) -> Iterator[str]:
    if unknown := [name for name in names if name and name not in FIELDS]:
        yield f"unknown columns: {', '.join(unknown)}; known: {', '.join(FIELDS)}"


def _csv_values(headings: list[str], cells: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, cell in zip(headings, cells, strict=False):
        if name and cell.strip():
            values[name] = _csv_cell(name, cell)
    if any(cell.strip() for cell in cells[len(headings) :]):
        values["(beyond the last column)"] = " ".join(cells[len(headings) :])
    return values


def _csv_cell(name: str, cell: str) -> Any:
    if name == "variants":
        return [unescaped(part) for part in parts(cell)]
    if name == "steps":
        return [_csv_step(part) for part in parts(cell)]
    return _csv_readings(cell) if name == "readings" else cell


def _csv_step(part: str) -> dict[str, str]:
    """A hand-written step may hold a `=` of its own, as an address does: only kana after it are a reading."""
    found = parted(part)
    if found and is_kana(found[1]):
        return {"text": found[0], "reading": found[1]}
    return {"text": unescaped(part)}


def _csv_readings(cell: str) -> dict[str, str] | str:
    """Kana by word, or the first part that is no such pair, for ArticleRow to complain of."""
    pairs = [(part, parted(part)) for part in parts(cell)]
    wrong = [part for part, pair in pairs if pair is None]
    return wrong[0] if wrong else dict(pair for _, pair in pairs if pair)
