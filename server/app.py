"""The composition root of the desk: settings become an office, the office becomes an application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from server.articles import ArticleDirectory, NoArticles
from server.clock import Clock, system_clock
from server.desk import CallbackDesk
from server.office import Office
from server.settings import load_keys, load_settings
from server.store.accounts import AccountStore
from server.store.engine import open_engine
from server.store.journal import Journal
from server.store.migrating import migrate
from server.store.queue import SqlCallbackQueue
from server.store.vault import Vault
from server.web import login, queue_page, refusals
from server.web.headers import SecurityHeaders

DATABASE_FILE = "desk.db"
DESCRIPTION = """Takes callback requests from Koemado devices and schedules human calls.
Devices authenticate with the bearer token they got when they were enrolled; staff with a session cookie."""


def open_office(folder: Path, *, articles: ArticleDirectory | None = None, clock: Clock = system_clock) -> Office:
    """Open the desk kept in a folder; an empty one is set up: settings, key, database.

    Raises SettingsInvalid, KeyInvalid, StoreUnavailable, StoreOutdated.
    """
    settings = load_settings(folder)
    vault = _vault(folder)
    engine = open_engine(settings.listening.database_url or f"sqlite:///{folder / DATABASE_FILE}")
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    queue = SqlCallbackQueue(engine, vault)
    return Office(
        folder=folder,
        settings=settings,
        clock=clock,
        engine=engine,
        vault=vault,
        desk=CallbackDesk(queue, settings.desk, clock, passes_sms=bool(settings.webhook.url)),
        accounts=AccountStore(engine),
        journal=Journal(engine),
        articles=articles or NoArticles(),
    )


def create_app(office: Office) -> FastAPI:
    """Return the application; it closes the office when it ends."""
    app = FastAPI(
        title="Koemado callback desk",
        version=version("koemado"),
        description=DESCRIPTION,
        lifespan=_lifespan,
        docs_url=None,  # its page loads scripts from elsewhere; /openapi.json is the contract
        redoc_url=None,
    )
    app.state.office = office
    app.add_middleware(SecurityHeaders)
    refusals.install(app)
    app.mount("/static", StaticFiles(directory=str(files("server.web") / "static")), name="static")
    for router in (login.router, queue_page.router):
        app.include_router(router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.office.close()


def _vault(folder: Path) -> Vault:
    current, *earlier = load_keys(folder)
    return Vault(current, earlier=earlier)
