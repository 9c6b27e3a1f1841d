"""The tables of recordings that customers agreed to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.store.models import Table, UtcMoment


class RecordingRow(Table):
    """A recording of a logged conversation, and the consent to it.  Goes with the conversation.

    Taken back it stays without sound until its time is over, so that it does not come a second time.
    """

    __tablename__ = "recordings"
    talk_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("talks.id", ondelete="CASCADE"), primary_key=True)
    agreed_at: Mapped[datetime | None] = mapped_column(
        UtcMoment
    )  # by the device's clock; None: taken back before it came
    wording: Mapped[str] = mapped_column(Text)
    withheld: Mapped[list[int]] = mapped_column(JSON)  # turns whose sound was left out
    received_at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    withdrawn_by: Mapped[str | None] = mapped_column(String(80))


class RecordedSoundRow(Table):
    """What the customer said in a turn, encrypted.  Goes with the recording."""

    __tablename__ = "recorded_sounds"
    talk_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("recordings.talk_id", ondelete="CASCADE"), primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True)  # from 0, as in `talk_turns`
    duration_ms: Mapped[int]
    wav_locked: Mapped[bytes] = mapped_column(LargeBinary)
