"""The table of customers: what is known of a telephone number beside its cases."""

from datetime import datetime

from sqlalchemy import LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.store.models import Table, UtcMoment


class CustomerRow(Table):
    """How a customer is treated; goes with the last of their cases."""

    __tablename__ = "customers"
    phone_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)  # under the key of its last change
    tier: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str | None] = mapped_column(String(16))
    address_form: Mapped[str] = mapped_column(String(16))
    address_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    ask_consent_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    ask_wording: Mapped[str] = mapped_column(Text)
    ask_by: Mapped[str] = mapped_column(String(80))
    updated_at: Mapped[datetime] = mapped_column(UtcMoment)
