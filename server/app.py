"""The composition root of the desk: settings become an office, the office becomes an application."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from server.articles import ArticleDirectory, NoArticles
from server.clock import Clock, system_clock
from server.customers import Tier, tier_of
from server.desk import CallbackDesk
from server.editing import EditingDesk
from server.follow_ups import load_templates
from server.knowledge.ports import Workshop
from server.office import Office
from server.recordings import LARGEST_RECORDING
from server.settings import Settings, load_keys, load_settings, load_signing_key
from server.store.accounts import AccountStore
from server.store.alarms import AlarmBook
from server.store.articles import ArticleStore
from server.store.assumptions import AssumptionStore
from server.store.bundles import BundleStore
from server.store.calendar import CalendarStore
from server.store.customer_story import CustomerStory
from server.store.customers import CustomerStore
from server.store.devices import DeviceStore
from server.store.engine import open_engine
from server.store.erasure import Erasure
from server.store.exports import ExportStore
from server.store.figures import FigureStore
from server.store.follow_ups import FollowUpStore
from server.store.gates import GateStore
from server.store.insight import InsightStore
from server.store.journal import Journal
from server.store.kept_questions import QuestionStore
from server.store.listing import QueueListing
from server.store.messages import MessageBox
from server.store.migrating import migrate
from server.store.nightly import NightlyStore
from server.store.notes import NoteStore
from server.store.notices import NoticeStore
from server.store.proposals import ProposalStore
from server.store.queue import SqlCallbackQueue
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
from server.web import (
    accounts_page,
    alarms,
    api,
    article_page,
    article_trying,
    articles_page,
    calendar_page,
    calls_page,
    case_page,
    customers_api,
    customers_page,
    device_api,
    devices_page,
    erasure_page,
    export_page,
    feed,
    follow_ups_api,
    health,
    hours_api,
    incoming_page,
    journal_page,
    knowledge_api,
    live,
    login,
    me_page,
    measure_files,
    measures_page,
    metrics,
    news_api,
    notices_api,
    notices_page,
    print_page,
    proposals_page,
    publish_page,
    queue_page,
    ratings_api,
    reading_page,
    recommendations_api,
    recordings_api,
    refusals,
    stories_api,
    taking_in_page,
    talk_page,
    talk_socket,
    talks_api,
    voices_files,
    voices_page,
    voices_search,
    worth_page,
)
from server.web.body_limit import BodyLimit
from server.web.headers import SecurityHeaders
from server.web.live import Changes
from server.web.talk_socket import VoiceGateway
from server.wire import LARGEST_BODY
from server.work.gate_running import GateRunner
from server.written_articles import WrittenArticles

DATABASE_FILE = "desk.db"
DESCRIPTION = """Takes callback requests from Koemado devices and schedules human calls.
Devices authenticate with the bearer token they got when they were enrolled; staff with a session cookie."""


def open_office(
    folder: Path,
    *,
    articles: ArticleDirectory | None = None,
    workshop: Workshop | None = None,
    clock: Clock = system_clock,
) -> Office:
    """Open the desk kept in a folder; an empty one is set up: settings, key, database.

    Raises SettingsInvalid, KeyInvalid, StoreUnavailable, StoreOutdated.
    """
    settings = load_settings(folder)
    vault, signing_key = _vault(folder), load_signing_key(folder)
    engine = open_engine(settings.listening.database_url or f"sqlite:///{folder / DATABASE_FILE}")
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    queue = SqlCallbackQueue(engine, vault)
    customers = CustomerStore(engine, vault)
    accounts, bundles = AccountStore(engine), BundleStore(engine, signing_key)
    stores = ArticleStore(engine), QuestionStore(engine), GateStore(engine)
    editing = EditingDesk(*stores, bundles, accounts, workshop=workshop, clock=clock)
    written = WrittenArticles(editing, articles or NoArticles())
    return Office(
        folder=folder,
        settings=settings,
        clock=clock,
        engine=engine,
        vault=vault,
        desk=CallbackDesk(
            queue,
            settings.desk,
            clock,
            passes_sms=bool(settings.webhook.url),
            tier_of=_tier_finder(customers, settings),
        ),
        accounts=accounts,
        staffing=Staffing(engine),
        throttle=Throttle(engine, vault),
        erasure=Erasure(engine, vault),
        forgetting=Forgetting(engine, vault),
        journal=Journal(engine),
        listing=QueueListing(engine, vault),
        notes=NoteStore(engine, vault),
        devices=DeviceStore(engine, vault),
        sent=SentRequests(engine),
        story=CustomerStory(engine),
        customers=customers,
        ratings=RatingStore(engine),
        recommendations=RecommendationStore(engine),
        recordings=RecordingStore(engine, vault),
        talks=TalkStore(engine, vault),
        insight=InsightStore(engine, vault),
        proposals=ProposalStore(engine, vault, written),
        articles=written,
        alarms=AlarmBook(engine, vault),
        messages=MessageBox(engine, vault),
        figures=FigureStore(engine),
        nightly=NightlyStore(engine),
        notices=NoticeStore(engine),
        follow_ups=FollowUpStore(engine, vault, load_templates(folder)),
        stories=StoryStore(engine, vault, customers, written, settings.stories),
        assumptions=AssumptionStore(engine),
        calendar=CalendarStore(engine, vault),
        exports=ExportStore(engine, vault),
        bundles=bundles,
        editing=editing,
    )


def create_app(office: Office, gateway: VoiceGateway | None = None) -> FastAPI:
    """Return the application; it closes the office and the gateway when it ends.  Without a gateway nobody can talk."""
    app = FastAPI(
        title="Koemado callback desk",
        version=version("koemado"),
        description=DESCRIPTION,
        lifespan=_lifespan,
        docs_url=None,  # its page loads scripts from elsewhere; /openapi.json is the contract
        redoc_url=None,
    )
    app.state.gateway = gateway
    use(app, office)
    app.state.changes = Changes(office.journal)
    app.state.gate = GateRunner(office.editing, office.clock, only_program=office.engine.dialect.name == "sqlite")
    app.add_middleware(BodyLimit, largest=LARGEST_BODY, beneath={"/recordings/": LARGEST_RECORDING})
    app.add_middleware(SecurityHeaders)
    refusals.install(app)
    app.mount("/static", StaticFiles(directory=str(files("server.web") / "static")), name="static")
    for devices in (
        health,
        device_api,
        news_api,
        api,
        ratings_api,
        hours_api,
        talks_api,
        recordings_api,
        knowledge_api,
        devices_page,
    ):
        app.include_router(devices.router)
    for desk in (measures_page, measure_files, worth_page, metrics, calendar_page, feed, export_page, print_page):
        app.include_router(desk.router)
    for customers in (talk_page, talk_socket):
        app.include_router(customers.router)
    for told in (notices_page.browsers, notices_page.router, notices_api.router, recommendations_api.router):
        app.include_router(told)
    for after in (
        follow_ups_api.router,
        follow_ups_api.pages,
        customers_api.router,
        customers_api.devices,
        stories_api.router,
    ):
        app.include_router(after)
    for customer in (customers_page, incoming_page):
        app.include_router(customer.router)
    app.include_router(alarms.router)
    for router in (login.router, queue_page.router, calls_page.router, case_page.router, live.router):
        app.include_router(router)
    for voices in (voices_page, voices_search, reading_page, voices_files):
        app.include_router(voices.router)
    for knowledge in (articles_page, taking_in_page, article_page, article_trying, proposals_page, publish_page):
        app.include_router(knowledge.router)
    for people in (accounts_page, me_page, journal_page, erasure_page):
        app.include_router(people.router)
    return app


def use(app: FastAPI, office: Office) -> None:
    """Answer from this office from now on; requests under way end with the one they began with."""
    app.state.office = office
    app.state.banner = alarms.banner_of(office)
    app.state.kept_promises = metrics.KeptPromises(office)
    if app.state.gateway is not None:
        app.state.gateway.use(office)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.changes.start()
    yield
    app.state.changes.stop()
    app.state.gate.close()
    if app.state.gateway is not None:
        app.state.gateway.close()
    app.state.office.close()


def _tier_finder(customers: CustomerStore, settings: Settings) -> Callable[[str], Tier | None]:
    """Where the settings have no tiers, nobody is looked up."""
    tiers = settings.all_tiers
    return lambda phone: tier_of(customers.profile(phone), tiers) if tiers else None


def _vault(folder: Path) -> Vault:
    current, *earlier = load_keys(folder)
    return Vault(current, earlier=earlier)
