"""Everything the desk's pages and background work use, in one hand.  Built by `app.open_office`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from server.articles import ArticleDirectory
from server.clock import Clock
from server.desk import CallbackDesk
from server.editing import EditingDesk
from server.settings import Settings
from server.store.accounts import AccountStore
from server.store.alarms import AlarmBook
from server.store.assumptions import AssumptionStore
from server.store.bundles import BundleStore
from server.store.calendar import CalendarStore
from server.store.customer_story import CustomerStory
from server.store.customers import CustomerStore
from server.store.devices import DeviceStore
from server.store.erasure import Erasure
from server.store.exports import ExportStore
from server.store.figures import FigureStore
from server.store.follow_ups import FollowUpStore
from server.store.insight import InsightStore
from server.store.journal import Journal
from server.store.listing import QueueListing
from server.store.messages import MessageBox
from server.store.nightly import NightlyStore
from server.store.notes import NoteStore
from server.store.notices import NoticeStore
from server.store.proposals import ProposalStore
from server.store.ratings import RatingStore
from server.store.recommendations import RecommendationStore
from server.store.recordings import RecordingStore
from server.store.retention import Forgetting
from server.store.sent_requests import SentRequests
from server.store.staffing import Staffing
from server.store.stories import StoryStore
from server.store.talks import TalkStore
from server.store.throttle import Throttle
from server.store.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The parts share the engine and may be used by many threads."""

    folder: Path  # settings, key, and with SQLite the database
    settings: Settings
    clock: Clock
    engine: Engine
    vault: Vault
    desk: CallbackDesk
    accounts: AccountStore
    staffing: Staffing
    throttle: Throttle
    erasure: Erasure
    forgetting: Forgetting
    journal: Journal
    listing: QueueListing
    notes: NoteStore
    devices: DeviceStore
    sent: SentRequests
    customers: CustomerStore
    story: CustomerStory
    ratings: RatingStore
    recommendations: RecommendationStore
    recordings: RecordingStore
    talks: TalkStore
    insight: InsightStore
    proposals: ProposalStore
    articles: ArticleDirectory
    alarms: AlarmBook
    messages: MessageBox
    figures: FigureStore
    nightly: NightlyStore
    notices: NoticeStore
    follow_ups: FollowUpStore
    stories: StoryStore
    assumptions: AssumptionStore
    calendar: CalendarStore
    exports: ExportStore
    bundles: BundleStore
    editing: EditingDesk
    closing: list[Callable[[], None]] = field(default_factory=list)  # what else ends with it

    def close(self) -> None:
        """End all that runs; the database connections last."""
        for end in reversed(self.closing):
            end()
        self.engine.dispose()
