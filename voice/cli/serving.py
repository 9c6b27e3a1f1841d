"""`koemado serve`: the callback desk, from an empty folder to a page that answers."""

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voice.cli.program import Program, common_options, note, print_json
from voice.errors import MissingPart, VoiceError
from voice.log_file import log_to_file
from voice.reloading import DeskService
from voice.service_notice import ServiceNotice
from voice.settings import Settings

if TYPE_CHECKING:
    from server.articles import ArticleDirectory
    from server.demo.accounts import Guest
    from server.knowledge.ports import Workshop
    from server.office import Office
    from server.web.talk_socket import VoiceGateway

DESK_FOLDER = "desk"  # in data_dir


def desk_folder(settings: Settings, given: Path | None) -> Path:
    """Where the desk is kept: settings, key and database."""
    return (given or settings.data_dir / DESK_FOLDER).expanduser().absolute()


@click.command()
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Of the desk; made when missing.")
@click.option("--host", help='Where to answer, "0.0.0.0" for other machines too; else as set in the folder.')
@click.option("--port", type=click.IntRange(0, 65_535), help="0: a free one; else as set in the folder.")
@click.option("--tls", type=click.Choice(["off", "auto"]), help="auto: HTTPS with a certificate made here, for phones.")
@click.option("--talk/--no-talk", default=None, help="The customers' page /talk; else as set in the folder.")
@click.option("--demo", is_flag=True, help="An invented week of cases in a folder of its own.")
@click.option("--access-log", is_flag=True, help="A line for each request on standard error, without secrets.")
@click.option("--json", "as_json", is_flag=True, help="Print address and first account as one line of JSON.")
@common_options
def serve(program: Program, folder: Path | None, **asked: Any) -> None:
    """Run the callback desk: pages for staff, a page where customers talk, the interface for devices, background work.

    An empty folder is set up: settings, key, database, an account.  SIGTERM or Ctrl-C ends it.
    """
    with_desk_parts()
    log_to_file(program.settings)
    wanted = _Asked(**asked)
    with _folder(program.settings, folder, demo=wanted.demo) as place:
        _run(program.settings, place, wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The command line; None: as set in the folder."""

    host: str | None
    port: int | None
    tls: str | None
    talk: bool | None
    demo: bool
    access_log: bool
    as_json: bool


def with_desk_parts() -> None:
    """Make sure that the desk's packages are there.  Raises MissingPart."""
    try:
        import server.serving  # noqa: F401
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("server"):
            raise
        raise MissingPart(f"the callback desk needs {error.name}: scripts/setup installs it") from error


@contextmanager
def _folder(settings: Settings, given: Path | None, *, demo: bool) -> Iterator[Path]:
    if given or not demo:
        yield desk_folder(settings, given)
        return
    with tempfile.TemporaryDirectory(prefix="koemado-demo-", ignore_cleanup_errors=True) as made:
        yield Path(made)


def _run(settings: Settings, folder: Path, asked: _Asked) -> None:
    from server import serving
    from server.clock import system_clock
    from server.demo import filling

    if asked.demo:
        filling.prepare(folder, system_clock())
    listening = serving.settings_of(folder).listening
    host = asked.host or listening.host
    with serving.listen(host, listening.port if asked.port is None else asked.port) as found:
        workshop = _workshop(settings, folder, demo=asked.demo)
        opened = serving.open_desk(folder, articles=_articles(settings, demo=asked.demo), workshop=workshop)
        office = serving.at_address(opened, host, found.getsockname()[1], asked.tls)
        try:
            guests = filling.fill(office) if asked.demo else ()
            password = None if asked.demo else serving.first_account(office)
            tls = serving.tls_of(office)
            gateway = _gateway(settings, office, wanted=asked.talk)
            serving.start_work(office)
        except BaseException:
            office.close()
            raise
        service = DeskService(ServiceNotice.from_environment())
        ready = partial(
            service.ready,
            partial(_announce, office, password, guests, talks=gateway is not None, as_json=asked.as_json),
        )
        serving.serve(
            office,
            found,
            ready=ready,
            access_log=asked.access_log,
            guests=guests,
            gateway=gateway,
            tls=tls,
            service=service,
        )


def _gateway(settings: Settings, office: "Office", *, wanted: bool | None) -> "VoiceGateway | None":
    """Who hears and speaks for browsers; None when it is turned off, or no model is here, which is told."""
    from voice.gateway_composed import voice_gateway

    if not (office.settings.talk.enabled if wanted is None else wanted):
        return None
    try:
        return voice_gateway(settings, office)
    except VoiceError as error:
        if wanted:
            raise
        note(f"koemado: nobody can talk by browser: {error}")
        return None


def _articles(settings: Settings, *, demo: bool) -> "ArticleDirectory":
    from kb.sample import open_sample
    from voice import compose
    from voice.desk_articles import KnowledgeBaseArticles

    if demo:  # its customers ask about the sample
        return KnowledgeBaseArticles(open_sample(settings.cache_dir))
    return compose.article_directory(settings)


def _workshop(settings: Settings, folder: Path, *, demo: bool) -> "Workshop":
    """What staff write, hear and try articles with."""
    from voice.desk_editing import workshop

    return workshop(settings, folder, demo=demo)


def _announce(
    office: "Office", password: str | None, guests: "tuple[Guest, ...]", *, talks: bool, as_json: bool
) -> None:
    """Say where the desk is, on standard error for people, on standard output for scripts."""
    from server.serving import FIRST_LOGIN, LOCAL, address, scheme_of

    listening = office.settings.listening
    link = address(listening.host, listening.port, scheme_of(office))
    note(f"koemado: the callback desk answers at {link}  (folder {office.folder}; Ctrl-C ends it)")
    if listening.host in LOCAL:
        note("koemado: reachable from this machine only; --host 0.0.0.0 opens it, with HTTPS before it")
    elif listening.public_url:
        note(f"koemado: from other machines {office.settings.public_url}")
    if talks:
        _tell_talk_page(office, link)
    for guest in guests:
        note(f"koemado: demo account {guest.login} ({guest.name}, {guest.role}), password {guest.password}")
    if password:
        note(f"koemado: log in as {FIRST_LOGIN} with the password {password}  (shown this once)")
        note(f"koemado: another one: on the page of your name, or `koemado desk account password {FIRST_LOGIN}`")
    if as_json:
        print_json(_row(office, link, password, guests))
    sys.stdout.flush()


def _tell_talk_page(office: "Office", link: str) -> None:
    """Say where customers talk; where phones reach it, as a code for their cameras too."""
    from server.serving import LOCAL

    listening = office.settings.listening
    if listening.host in LOCAL:
        note(f"koemado: customers talk at {link}/talk")
        return
    page = f"{office.settings.public_url}/talk"
    note(f"koemado: customers talk at {page}")
    if not page.startswith("https"):
        note("koemado: phones give a page their microphone by HTTPS only: --tls auto, or a proxy before it")
    elif sys.stderr.isatty() or listening.tls == "auto":
        note(qr_lines(page))
        note("koemado: the phone warns once of the certificate, which was made here")


def qr_lines(text: str) -> str:
    """Return a QR code (ISO/IEC 18004) to be printed, two rows of it a line."""
    import segno

    lines = io.StringIO()
    segno.make(text, error="m").terminal(lines, border=2, compact=True)
    return lines.getvalue().rstrip("\n")


def _row(office: "Office", link: str, password: str | None, guests: "tuple[Guest, ...]") -> dict[str, Any]:
    from server.serving import FIRST_LOGIN

    login = FIRST_LOGIN if password else None
    if guests:
        login, password = guests[0].login, guests[0].password
    row: dict[str, Any] = {
        "url": link,
        "public_url": office.settings.public_url,
        "folder": str(office.folder),
        "login": login,
        "password": password,
    }
    if guests:
        row["accounts"] = [{"login": guest.login, "role": guest.role, "password": guest.password} for guest in guests]
    return row
