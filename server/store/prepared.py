"""Statements compiled once: for the few that every request runs, composing them anew would cost more than running them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, CursorResult
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

Values = Mapping[str, Any]
Processor = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A statement as a driver takes it."""

    text: str
    names: Sequence[str]  # of the values, in the driver's order
    processors: Mapping[str, Processor]  # where a value changes its form
    fixed: Values
    positional: bool

    def arguments(self, values: Values) -> Any:
        """Return the values in the driver's form."""
        given = {**self.fixed, **values}
        changed = {name: self.processors[name](given[name]) for name in self.processors}
        given |= changed
        return tuple([given[name] for name in self.names]) if self.positional else given


class Prepared:
    """A statement with named values.  Rows come back as the driver hands them out, without their types."""

    def __init__(self, statement: Callable[[str], ClauseElement]) -> None:
        """`statement` makes it for a dialect by name."""
        self._statement = statement
        self._made: dict[tuple[str, str], _Made] = {}

    def run(self, session: Session, values: Values) -> CursorResult[Any]:
        """Run it.  The names of the values are the same in each call."""
        connection = session.connection()
        made = self._for(connection.dialect, values)
        return connection.exec_driver_sql(made.text, made.arguments(values))

    def run_many(self, session: Session, rows: Sequence[Values]) -> None:
        """Run it for each of the rows; none is fine."""
        if rows:
            connection = session.connection()
            made = self._for(connection.dialect, rows[0])
            connection.exec_driver_sql(made.text, [made.arguments(values) for values in rows])

    def _for(self, dialect: Dialect, values: Values) -> _Made:
        key = (dialect.name, dialect.driver)
        if key not in self._made:
            self._made[key] = _make(self._statement(dialect.name), dialect, list(values))
        return self._made[key]


def _make(statement: ClauseElement, dialect: Dialect, columns: list[str]) -> _Made:
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    processors = {
        compiled.bind_names[bind]: found
        for bind in compiled.binds.values()
        if (found := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    return _Made(
        text=str(compiled),
        names=compiled.positiontup or list(compiled.binds),
        processors=processors,
        fixed=compiled.params,
        positional=compiled.positional,
    )
