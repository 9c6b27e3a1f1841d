"""`koemado kb`: looking into the knowledge base, and changing it as a whole."""

import sys
from pathlib import Path

import click

from kb.articles import Article
from kb.errors import ExportUnwritable, UnreadableFile
from kb.exporting import plain, to_csv, to_yaml
from kb.importing import read_articles
from kb.store import SqliteKnowledgeBase
from voice import compose
from voice.cli.bundles import bundles, publish, rollback, status, update
from voice.cli.checking import check
from voice.cli.program import Program, common_options, note, print_json
from voice.cli.verifying import verify
from voice.files import write_atomically
from voice.knowledge import Answers
from voice.speech.playback import SilentSink

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("kb")
def kb_group() -> None:
    """Show, check, verify, import, export and publish the knowledge base."""


for command in (check, verify, publish, bundles, rollback, status, update):
    kb_group.add_command(command)


@kb_group.command("list")
@click.option("--category", help="Only this category.")
@click.option("--json", "as_json", is_flag=True)
@common_options
def list_articles(program: Program, category: str | None, as_json: bool) -> None:
    """List all articles."""
    base = compose.knowledge_base(program.settings)
    found = [a for a in base.articles() if category in (None, a.category)]
    if as_json:
        print_json([_row(a) for a in found])
        return
    for article in found:
        mark = " !" if article.safety else ""
        click.echo(f"{article.id}\t{article.category}\t{article.title}{mark}")
    note(f"{len(found)} articles in {base.path}")


@kb_group.command()
@click.argument("article_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True)
@common_options
def show(program: Program, article_id: str, as_json: bool) -> None:
    """Show one article with everything that belongs to it (the staff-only note too)."""
    article = compose.knowledge_base(program.settings).article(article_id)
    if as_json:
        print_json(plain(article) | {"version": article.version, "safety": article.safety})
    else:
        click.echo(to_yaml([article]), nl=False)


@kb_group.command("import")
@click.argument("file", type=_FILE)
@click.option("--replace", is_flag=True, help="Remove the articles that are not in FILE.")
@click.option("--json", "as_json", is_flag=True)
@common_options
def import_file(program: Program, file: Path, replace: bool, as_json: bool) -> None:
    """Import a YAML or CSV file, all of it or nothing.

    Articles with a known id are changed, others added.  Without --kb the base of your own is used, and made on first
    use; from then on it answers in place of the sample.
    """
    path = compose.own_base_path(program.settings)
    articles = read_articles(file)
    report = SqliteKnowledgeBase(path, create=True).store(articles, remove_others=replace)
    if as_json:
        counts = {name: len(getattr(report, name)) for name in ("added", "changed", "unchanged", "removed")}
        print_json({"kb": str(path), **counts})
    else:
        click.echo(
            f"{path}: {len(report.added)} added, {len(report.changed)} changed, {len(report.unchanged)} unchanged, "
            f"{len(report.removed)} removed"
        )


@kb_group.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--format", "kind", type=click.Choice(["yaml", "csv"]), help="Needed for - only.")
@click.option(
    "--encoding", type=click.Choice(["utf-8-sig", "utf-8", "cp932"]), help="Of the CSV (utf-8-sig for Excel)."
)
@common_options
def export_file(program: Program, file: Path, kind: str | None, encoding: str | None) -> None:
    """Export all articles to a .yaml or .csv file, or - for standard output."""
    kind = kind or {".yml": "yaml", ".yaml": "yaml", ".csv": "csv"}.get(file.suffix.lower())
    if kind is None:
        raise click.UsageError("name the file .yaml or .csv, or give --format")
    articles = compose.knowledge_base(program.settings).articles()
    text = to_csv(articles) if kind == "csv" else to_yaml(articles)
    data = _encoded(text, encoding or ("utf-8-sig" if kind == "csv" else "utf-8"))
    if str(file) == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        _write(file, data)
        note(f"{len(articles)} articles written to {file}")


@kb_group.command()
@click.option("--json", "as_json", is_flag=True)
@common_options
def render(program: Program, as_json: bool) -> None:
    """Render every answer ahead of time, so that each starts at once."""
    settings = program.settings
    voice = compose.speaker(settings, SilentSink())
    spoken = Answers(compose.knowledge_base(settings).articles()).all_spoken()
    seconds = 0.0
    with click.progressbar(spoken, label="Rendering", file=sys.stderr) as progress:
        for one in progress:
            seconds += sum(chunk.duration_ms for chunk in voice.rendered([one])) / 1000
    if as_json:
        print_json({"rendered": len(spoken), "speech_seconds": round(seconds, 1)})
    else:
        click.echo(f"{len(spoken)} pieces, {seconds / 60:.1f} minutes of speech")


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        raise UnreadableFile(
            f"{text[error.start]!r} cannot be written as {encoding}: use --encoding utf-8-sig"
        ) from error


def _write(file: Path, data: bytes) -> None:
    try:
        write_atomically(file, data, make_folder=False)
    except OSError as error:
        raise ExportUnwritable(file, error.strerror or str(error)) from error


def _row(article: Article) -> dict[str, object]:
    return {
        "id": article.id,
        "title": article.title,
        "category": article.category,
        "safety": article.safety,
        "variants": len(article.variants),
        "version": article.version,
    }
