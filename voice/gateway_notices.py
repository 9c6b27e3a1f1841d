"""What a talk at the browsers' page has to tell of its own accord: the notices the desk has for that page."""

import logging
from datetime import datetime
from uuid import UUID

from server.errors import StoreUnavailable
from server.notices import PAGE, ToTell
from server.office import Office
from voice.notice_rules import Standing

log = logging.getLogger(__name__)


class PageNotices:
    """Notices for one talk, a `NoticeBoard`: nothing of a customer is kept, so each is told once a talk.

    Of follow-ups it knows nothing, for at the page nobody is remembered.  A desk that cannot be read has no notices.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self._times: dict[UUID, int] = {}
        self._unasked_at: datetime | None = None
        self._is_off = False
        self._tips: set[str] = set()

    def standing(self) -> Standing:
        """See `NoticeBoard`."""
        try:
            found = self._office.notices.of_device(PAGE, now=self._office.clock())
        except StoreUnavailable as error:
            log.warning("no notices for the page: %s", error)
            found = ()
        return Standing(
            notices=found, times=self._times, unasked_at=self._unasked_at, is_off=self._is_off, was_hinted=True
        )

    def note_told(self, notice: ToTell, now: datetime, *, unasked: bool, hinted: bool = False) -> None:
        """See `NoticeBoard`; counted at the desk too."""
        self._times[notice.id] = self._times.get(notice.id, 0) + 1
        if unasked and not notice.is_recall_with_danger:
            self._unasked_at = now
        try:
            self._office.notices.count(PAGE, notice.id, now=self._office.clock())
        except StoreUnavailable as error:
            log.warning("that a notice was told is not counted: %s", error)

    def switch(self, *, off: bool) -> bool:
        """See `NoticeBoard`; for this talk."""
        self._is_off = off
        return True

    def may_tip(self, article_id: str, now: datetime) -> bool:
        """See `NoticeBoard`."""
        return not self._is_off and article_id not in self._tips

    def note_tip(self, article_id: str, now: datetime) -> None:
        """See `NoticeBoard`."""
        self._tips.add(article_id)
