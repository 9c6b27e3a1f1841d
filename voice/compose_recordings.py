"""The composition root's room for recordings that customers agree to."""

from typing import TYPE_CHECKING

from server.clock import system_clock
from voice.assistant import tokyo_time
from voice.desk_enrolment import FILE as ENROLMENT_FILE
from voice.desk_enrolment import EnrolmentFile
from voice.errors import SettingsError
from voice.recording_talk import RecordingTalk
from voice.settings import Settings

if TYPE_CHECKING:
    from voice.desk_link import DeskLink
    from voice.recording_book import RecordingBook
    from voice.turn_log import TurnLog


def offers_recordings(settings: Settings) -> bool:
    """Whether customers are asked at all: not where nothing says what a recording is of, or it could reach nobody."""
    return bool(settings.offer_recordings and settings.turn_log and settings.turn_log_days and settings.send_turns)


def recording_book(settings: Settings) -> "RecordingBook":
    """What customers agreed to, until the desk has it."""
    from voice.recording_book import RecordingBook  # httpx takes its time, and most commands need no desk

    return RecordingBook(settings.data_dir, system_clock)


def recording_talk(settings: Settings, link: "DeskLink | None", turn_log: "TurnLog | None") -> RecordingTalk:
    """What asks about recordings, and takes them back; without a desk it only says that there are none."""
    offers = offers_recordings(settings) and link is not None and _is_enrolled(settings)
    return RecordingTalk(
        link.recordings if link and link.recordings else recording_book(settings),
        tokyo_time,
        share=settings.offer_recordings if offers else 0.0,
        place=lambda: turn_log.place if turn_log else None,
    )


def _is_enrolled(settings: Settings) -> bool:
    try:
        return EnrolmentFile(settings.data_dir / ENROLMENT_FILE).read() is not None
    except SettingsError:  # the link tells of it
        return False
