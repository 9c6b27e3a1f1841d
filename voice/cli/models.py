"""`koemado models`: list, install, verify and choose speech models.

Results go to stdout (with --json as one JSON document), progress to stderr; errors are VoiceErrors for the main program.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from voice.cli.program import Program
from voice.errors import ModelError
from voice.models.catalogue import EMBEDDED, Catalogue, CatalogueEntry
from voice.models.display import DownloadDisplay
from voice.models.download import Downloader
from voice.models.errors import ModelDamaged, size_text
from voice.models.inspect import GraphKind, ModelFacts, VocabularyKind, inspect_model
from voice.models.install import Installation, LocalZip, WebSource, install
from voice.models.store import ModelStore, locate_model
from voice.models.verify import NO_HASH, Verification, verify_folder
from voice.settings import Settings, load_settings

_GRAPH_TEXT = {
    GraphKind.DYNAMIC: "dynamic graph (run-time grammars work)",
    GraphKind.STATIC: "static graph (run-time grammars are ignored)",
}
_VOCABULARY_TEXT = {
    VocabularyKind.MORAE: "hears katakana morae",
    VocabularyKind.WORDS: "hears words in ordinary spelling",
}
_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsContext:
    """What the main program gives these commands, as `ctx.obj`; the rest is for tests."""

    data_dir: Path
    settings: Settings | None = None  # of the program, for commands that speak and listen
    base_url: str | None = None  # None: the makers' server
    catalogue: Catalogue | None = None  # None: the shipped one
    sleep: Callable[[float], None] = time.sleep

    @property
    def store(self) -> ModelStore:
        """The models below `data_dir`."""
        return ModelStore(self.data_dir, catalogue=self.catalogue)


def _context() -> ModelsContext:
    return click.get_current_context().ensure_object(ModelsContext)


@click.group(name="models")
@click.pass_context
def models_group(context: click.Context) -> None:
    """Install, check and choose speech models."""
    if not isinstance(context.obj, ModelsContext):
        settings = context.ensure_object(Program).settings
        context.obj = ModelsContext(data_dir=settings.data_dir, settings=settings, base_url=settings.models_url or None)


@models_group.command(name="list")
@_json_option
def list_command(*, as_json: bool) -> None:
    """Show the models that are known, installed and chosen."""
    context = _context()
    store = context.store
    choice = store.choice() or EMBEDDED
    base_url = context.base_url or store.catalogue.base_url
    rows = [_row(entry, store, base_url) | {"chosen": entry.name == choice} for entry in store.catalogue.entries]
    if choice not in store.catalogue.names:
        rows.append(_own_row(choice))
    if as_json:
        _print_json(rows)
        return
    for row in rows:
        click.echo(_row_text(row))


@models_group.command(name="install")
@click.argument("name", metavar="small|large")
@click.option("--from", "zip_path", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Install this zip, fetched on another machine, without a network.")  # fmt: skip
@click.option("--base-url", help="Fetch from this mirror instead of the makers' server.")
@click.option("--force", is_flag=True, help="Install again even if the model is there and sound.")
@_json_option
def install_command(*, name: str, zip_path: Path | None, base_url: str | None, force: bool, as_json: bool) -> None:
    """Download a model, check it and put it in place; a cut download goes on where it was."""
    context = _context()
    store = context.store

    def unpacking() -> None:
        click.echo(f"unpacking and checking {name}", err=True)

    with DownloadDisplay(f"downloading {name}") as progress:
        url = base_url or context.base_url or store.catalogue.base_url
        web = WebSource(base_url=url, downloader=Downloader(sleep=context.sleep), progress=progress)
        source = web if zip_path is None else LocalZip(path=zip_path)
        done = install(name, store, source, force=force, unpacking=unpacking)
    if as_json:
        _print_json({"already_there": done.already_there, **_checked(done.verification)})
    else:
        click.echo(_installation_text(name, done))


@models_group.command(name="verify")
@click.argument("name", required=False, metavar="[NAME|PATH]")
@_json_option
def verify_command(*, name: str | None, as_json: bool) -> None:
    """Check structure and hashes of one model, or of all that are installed."""
    store = _context().store
    names = _installed_names(store) if name is None else [name]
    results = [_try_verify(one, store) for one in names]
    if as_json:
        _print_json([_checked(one) if isinstance(one, Verification) else _failed(*one) for one in results])
    for result in results:
        if isinstance(result, Verification) and not as_json:
            click.echo(_verification_text(result))
    for result in results:
        if not isinstance(result, Verification):
            raise result[1]


@models_group.command(name="use")
@click.argument("model", metavar="embedded|small|large|PATH")
@_json_option
def use_command(*, model: str, as_json: bool) -> None:
    """Choose the model for later runs."""
    facts = _context().store.choose(model)
    if as_json:
        _print_json({"chosen": model, **_facts(facts)})
    else:
        click.echo(f"chosen: {model} in {facts.path}; {_kind_text(facts)}")


@models_group.command(name="measure")
@click.argument("name", required=False, metavar="[NAME|PATH]")
@click.option("--count", type=click.IntRange(min=2), default=60, show_default=True, help="Questions to be spoken.")
@_json_option
def measure_command(*, name: str | None, count: int, as_json: bool) -> None:
    """Find out which recognition leads with a model, and keep to it from now on.

    The base's own questions are spoken with the installed voice, one wording of each article held out, and sentences
    that have nothing to do with it; each in quiet and in noise.
    """
    from voice.cli.measuring import measure  # loads libvosk

    settings = _context().settings or load_settings(given={"data_dir": _context().data_dir}).settings
    measure(settings.model_copy(update={"model": name} if name else {}), count, as_json=as_json)


def _installed_names(store: ModelStore) -> list[str]:
    """The installed models, and the chosen one where it is a folder of the user's."""
    names = [model.entry.name for model in store.installed()]
    choice = store.choice()
    return names if choice is None or choice in names else [*names, choice]


def _try_verify(name: str, store: ModelStore) -> Verification | tuple[str, ModelError]:
    try:
        return store.verify(name) if name in store.catalogue.names else verify_folder(locate_model(name, store))
    except ModelError as error:
        return name, error


def _row(entry: CatalogueEntry, store: ModelStore, base_url: str) -> dict[str, Any]:
    path = store.path_of(entry.name)
    installed = path.is_dir()
    return {
        "name": entry.name,
        "vosk_name": entry.folder,
        "installed": installed,
        "licence": entry.licence,
        "note": entry.note,
        "download_bytes_about": entry.archive.zip_bytes_about if entry.archive else 0,
        "url": entry.url(base_url) if entry.archive else None,
        "hashes": None if entry.files else NO_HASH,
        "figures": [asdict(figure) for figure in entry.figures],
        "figures_source": entry.figures_source,
        **(_found(path) if installed else {}),
    }


def _own_row(path: str) -> dict[str, Any]:
    row = {"name": path, "installed": Path(path).is_dir(), "chosen": True, "note": "a folder of yours"}
    return row | _found(Path(path))


def _found(path: Path) -> dict[str, Any]:
    """What is in a folder, or why it cannot be used: a list must not end at one bad model."""
    try:
        return _facts(inspect_model(path))
    except ModelDamaged as damaged:
        return {"path": str(path), "problem": damaged.what}


def _facts(facts: ModelFacts) -> dict[str, Any]:
    return {
        "path": str(facts.path),
        "graph": facts.graph.value,
        "run_time_grammars": facts.graph.run_time_grammars,
        "vocabulary": facts.vocabulary.value,
    }


def _checked(verification: Verification) -> dict[str, Any]:
    return {
        "name": verification.name,
        "ok": True,
        "hashed_files": verification.hashed_files,
        "summary": verification.summary,
        **_facts(verification.facts),
    }


def _failed(name: str, error: ModelError) -> dict[str, Any]:
    return {"name": name, "ok": False, "problem": str(error)}


def _row_text(row: dict[str, Any]) -> str:
    mark = "*" if row["chosen"] else " "
    figures = ", ".join(f"{one['measure']} {one['percent']:g} % ({one['test_set']})" for one in row.get("figures", ()))
    download = row.get("download_bytes_about", 0)
    state = "installed" if row["installed"] else f"not installed, about {size_text(download)} to download"
    if "problem" in row:
        state = f"cannot be used: {row['problem']}"
    parts = [state, row["note"], row.get("licence"), figures, f"{row['graph']} graph" if "graph" in row else None]
    return f"{mark} {row['name']}: " + "; ".join(part for part in parts if part)


def _kind_text(facts: ModelFacts) -> str:
    return f"{_GRAPH_TEXT[facts.graph]}, {_VOCABULARY_TEXT[facts.vocabulary]}"


def _verification_text(verification: Verification) -> str:
    return f"{verification.name}: good ({verification.summary}); {_kind_text(verification.facts)}"


def _installation_text(name: str, done: Installation) -> str:
    state = "is already installed" if done.already_there else "is installed"
    advice = "--force installs it again" if done.already_there else f"choose it with `koemado models use {name}`"
    checked = done.verification
    return f"{name} {state} in {done.path} ({checked.summary}); {_kind_text(checked.facts)}; {advice}"


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))
