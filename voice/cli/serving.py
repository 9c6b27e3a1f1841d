"""`koemado serve`: the callback desk, from an empty folder to a page that answers."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voice.cli.program import Program, common_options, note, print_json
from voice.errors import MissingPart
from voice.settings import Settings

if TYPE_CHECKING:
    from server.articles import ArticleDirectory
    from server.demo.accounts import Guest
    from server.office import Office

DESK_FOLDER = "desk"  # in data_dir


def desk_folder(settings: Settings, given: Path | None) -> Path:
    """Where the desk is kept: settings, key and database."""
    return (given or settings.data_dir / DESK_FOLDER).expanduser().absolute()


@click.command()
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Of the desk; made when missing.")
@click.option("--host", help='Where to answer, "0.0.0.0" for other machines too; else as set in the folder.')
@click.option("--port", type=click.IntRange(0, 65_535), help="0: a free one; else as set in the folder.")
@click.option("--demo", is_flag=True, help="An invented week of cases in a folder of its own.")
@click.option("--access-log", is_flag=True, help="A line for each request on standard error, without secrets.")
@click.option("--json", "as_json", is_flag=True, help="Print address and first account as one line of JSON.")
@common_options
def serve(
    program: Program,
    folder: Path | None,
    host: str | None,
    port: int | None,
    demo: bool,
    access_log: bool,
    as_json: bool,
) -> None:
    """Run the callback desk: pages for staff, the interface for devices, background work.

    An empty folder is set up: settings, key, database, an account.  SIGTERM or Ctrl-C ends it.
    """
    with_desk_parts()
    with _folder(program.settings, folder, demo=demo) as place:
        _run(program.settings, place, host, port, demo=demo, access_log=access_log, as_json=as_json)


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


def _run(
    settings: Settings,
    folder: Path,
    host: str | None,
    port: int | None,
    *,
    demo: bool,
    access_log: bool,
    as_json: bool,
) -> None:
    from server import serving
    from server.clock import system_clock
    from server.demo import filling

    if demo:
        filling.prepare(folder, system_clock())
    listening = serving.settings_of(folder).listening
    host = host or listening.host
    with serving.listen(host, listening.port if port is None else port) as found:
        office = serving.at_address(
            serving.open_desk(folder, articles=_articles(settings, demo=demo)), host, found.getsockname()[1]
        )
        try:
            guests = filling.fill(office) if demo else ()
            password = None if demo else serving.first_account(office)
            ready = partial(_announce, office, password, guests, as_json=as_json)
            serving.start_work(office)
        except BaseException:
            office.close()
            raise
        serving.serve(office, found, ready=ready, access_log=access_log, guests=guests)


def _articles(settings: Settings, *, demo: bool) -> "ArticleDirectory":
    from kb.sample import open_sample
    from voice import compose
    from voice.desk_articles import KnowledgeBaseArticles

    if demo:  # its customers ask about the sample
        return KnowledgeBaseArticles(open_sample(settings.cache_dir))
    return compose.article_directory(settings)


def _announce(office: "Office", password: str | None, guests: "tuple[Guest, ...]", *, as_json: bool) -> None:
    """Say where the desk is, on standard error for people, on standard output for scripts."""
    from server.serving import FIRST_LOGIN, LOCAL, address

    listening = office.settings.listening
    link = address(listening.host, listening.port)
    note(f"koemado: the callback desk answers at {link}  (folder {office.folder}; Ctrl-C ends it)")
    if listening.host in LOCAL:
        note("koemado: reachable from this machine only; --host 0.0.0.0 opens it, with HTTPS before it")
    elif listening.public_url:
        note(f"koemado: from other machines {office.settings.public_url}")
    for guest in guests:
        note(f"koemado: demo account {guest.login} ({guest.name}, {guest.role}), password {guest.password}")
    if password:
        note(f"koemado: log in as {FIRST_LOGIN} with the password {password}  (shown this once)")
        note(f"koemado: another one: on the page of your name, or `koemado desk account password {FIRST_LOGIN}`")
    if as_json:
        print_json(_row(office, link, password, guests))
    sys.stdout.flush()


def _row(office: "Office", link: str, password: str | None, guests: "tuple[Guest, ...]") -> dict[str, Any]:
    from server.serving import FIRST_LOGIN

    login = FIRST_LOGIN if password else None
    if guests:
        login, password = guests[0].login, guests[0].password
    row: dict[str, Any] = {"url": link, "folder": str(office.folder), "login": login, "password": password}
    if guests:
        row["accounts"] = [{"login": guest.login, "role": guest.role, "password": guest.password} for guest in guests]
    return row
