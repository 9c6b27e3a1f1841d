"""Running the desk: an office behind an address until it is told to stop."""

import asyncio
import logging
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvicorn
from anyio import to_thread

from server.access import Account, Role
from server.app import create_app, open_office, use
from server.articles import ArticleDirectory
from server.clock import Clock, system_clock
from server.demo.accounts import Guest
from server.errors import AccountExists, AddressUnusable, DeskError, FolderUnusable
from server.gateway.frames import LARGEST_FRAME
from server.knowledge.ports import Workshop
from server.local_tls import TlsFiles, local_tls, names_of_this_machine
from server.office import Office
from server.passwords import new_password
from server.reloading import DeskReload, Service, Work
from server.request_lines import WithoutData, WithoutSecrets
from server.settings import Settings, load_settings
from server.store.journal import SYSTEM
from server.store.key_check import check_key
from server.web.talk_socket import VoiceGateway

FIRST_LOGIN: Final = "admin"
FIRST_NAME: Final = "管理者"
STOPS_WITHIN_S: Final = 3  # what is under way then, live pages above all, is cut off
BACKLOG: Final = 512
EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # where such a desk is found on this machine
LOCAL: Final = {"127.0.0.1", "::1", "localhost"}


def open_desk(
    folder: Path,
    *,
    articles: ArticleDirectory | None = None,
    workshop: Workshop | None = None,
    clock: Clock = system_clock,
) -> Office:
    """Open the office and make sure that its key fits its data; an empty folder is set up.

    Raises FolderUnusable, SettingsInvalid, KeyInvalid, StoreUnavailable, StoreOutdated.
    """
    try:
        office = open_office(folder, articles=articles, workshop=workshop, clock=clock)
    except OSError as error:
        raise FolderUnusable(f"folder {folder} cannot be used: {error.strerror or error}") from error
    try:
        check_key(office.engine, office.vault)
    except BaseException:
        office.close()
        raise
    return office


def settings_of(folder: Path) -> Settings:
    """Return the folder's settings, made on the first start.  Raises FolderUnusable, SettingsInvalid."""
    try:
        return load_settings(folder)
    except OSError as error:
        raise FolderUnusable(f"folder {folder} cannot be used: {error.strerror or error}") from error


def at_address(office: Office, host: str, port: int, tls: str | None = None) -> Office:
    """Return the office with the address it really answers at, for links in mails and feeds; `tls` as in its settings."""
    listening = office.settings.listening
    listening = listening.model_copy(update={"host": host, "port": port, "tls": tls or listening.tls})
    if not listening.public_url and host in EVERYWHERE:
        named = names_of_this_machine()[0] if listening.tls == "auto" else socket.gethostname()
        scheme = "http" if listening.tls == "off" else "https"
        listening = listening.model_copy(update={"public_url": address(named, port, scheme)})
    return replace(office, settings=office.settings.model_copy(update={"listening": listening}))


def address(host: str, port: int, scheme: str = "http") -> str:
    """Return the link to a desk there, as a browser on this machine finds it."""
    reached = EVERYWHERE.get(host, host)
    return f"{scheme}://[{reached}]:{port}" if ":" in reached else f"{scheme}://{reached}:{port}"


def tls_of(office: Office) -> TlsFiles | None:
    """Return certificate and key where the desk makes its own; None: plain HTTP.  Raises FolderUnusable."""
    if office.settings.listening.tls == "off":
        return None
    return local_tls(office.folder, names_of_this_machine(), office.clock())


def scheme_of(office: Office) -> str:
    """Return "http" or "https"."""
    return "http" if office.settings.listening.tls == "off" else "https"


def first_account(office: Office) -> str | None:
    """Add the account `admin` where there is none at all; return its password, or None."""
    if office.accounts.count():
        return None
    password, account = new_password(), Account(login=FIRST_LOGIN, name=FIRST_NAME, role=Role.ADMIN)
    try:
        office.accounts.add(account, password, by=SYSTEM, now=office.clock())
    except AccountExists:  # another process that starts now was quicker
        return None
    return password


def start_work(office: Office) -> None:
    """Begin the background work: alarms, mails, webhooks, retention.  It ends with the office."""
    office.closing.append(Work(office))


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 is a free one.  Raises AddressUnusable."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
    except OSError as error:
        raise AddressUnusable(f"{host} is no address of this machine: {error.strerror}") from error
    try:
        if sys.platform != "win32":  # there it would let two desks share a port
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(where)
        found.listen(BACKLOG)
    except OSError as error:
        found.close()
        raise AddressUnusable(
            f"cannot answer at {host} port {port}: {error.strerror} (choose another with --port or --host)"
        ) from error
    return found


def serve(  # noqa: PLR0913  # each is an option of the command
    office: Office,
    found: socket.socket,
    *,
    ready: Callable[[], None],
    access_log: bool = False,
    guests: Sequence[Guest] = (),
    gateway: VoiceGateway | None = None,
    tls: TlsFiles | None = None,
    service: Service | None = None,
) -> None:
    """Answer until SIGTERM or Ctrl-C, which is the regular end; in the main thread.  The office is closed then.

    `ready` is called once requests are answered; `guests` are shown on the login page.  Raises DeskError when the
    application does not start.
    """
    app = create_app(office, gateway)
    app.state.guests = tuple(guests)
    running = _Announcing(_configured(app, office.settings, access_log=access_log, tls=tls), ready)
    if service:
        running.runs_as(service, DeskReload(office, partial(use, app)))
    try:
        running.run(sockets=[found])
    except KeyboardInterrupt:  # uvicorn raises the signal again once all has ended
        pass
    except SystemExit as error:
        raise DeskError("the desk did not start: KOEMADO_DEBUG=1 shows more") from error
    finally:
        if not running.ended:
            office.close()


class _Announcing(uvicorn.Server):
    """Says when it answers, and knows whether the application was ended in order."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._service: Service | None = None
        self._reload: Callable[[], None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self.ended = False

    def runs_as(self, service: Service, reload: Callable[[], None]) -> None:
        """Let a service watch over it."""
        self._service, self._reload = service, reload

    async def on_tick(self, counter: int) -> bool:
        """Do what uvicorn does ten times a second; once a second begin a look, unless one hangs."""
        if self._service and counter % 10 == 0 and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._look(self._service))
        return await super().on_tick(counter)

    async def _look(self, service: Service) -> None:
        """Feed the watchdog by way of a thread as requests need one: where all of them hang it is not fed."""
        await to_thread.run_sync(service.turned)
        if self._reload and service.wants_reload():
            await to_thread.run_sync(self._reload)
            service.reloaded()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End; forced, the application is not told."""
        await super().shutdown(sockets)
        self.ended = not self.force_exit


def _configured(
    app: Callable[..., Any], settings: Settings, *, access_log: bool, tls: TlsFiles | None
) -> uvicorn.Config:
    trusted = settings.listening.trusted_proxies
    logging.getLogger("uvicorn.error").addFilter(WithoutData())
    logging.getLogger("uvicorn.access").addFilter(WithoutSecrets())
    config = uvicorn.Config(
        app,
        log_config=None,  # ours, on standard error
        log_level="warning",
        access_log=access_log,
        proxy_headers=bool(trusted),
        forwarded_allow_ips=list(trusted),
        server_header=False,
        timeout_graceful_shutdown=STOPS_WITHIN_S,
        ws="websockets-sansio",
        ws_max_size=LARGEST_FRAME,
        ssl_certfile=str(tls.certificate) if tls else None,
        ssl_keyfile=str(tls.key) if tls else None,
    )
    if access_log:
        logging.getLogger("uvicorn.access").setLevel(logging.INFO)
    return config
