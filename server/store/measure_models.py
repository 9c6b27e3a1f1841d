"""The tables of figures kept for good, and of what they are compared with."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, String
from sqlalchemy.orm import Mapped, mapped_column

from server.store.models import Table, UtcMoment


class NightlyRow(Table):
    """The figures of a day of Tokyo; no personal data."""

    __tablename__ = "nightly_figures"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    computed_at: Mapped[datetime] = mapped_column(UtcMoment)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)


class AssumptionRow(Table):
    """What somebody assumed about customers nobody hears of; the latest is in force."""

    __tablename__ = "assumptions"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcMoment)
    by: Mapped[str] = mapped_column(String(64))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
