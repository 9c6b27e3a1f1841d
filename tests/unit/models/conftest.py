"""A tiny model that passes every check, its zip, a server for it, and all that a download touches."""

import hashlib
import io
import os
import re
import socket
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from models_web import Answer, Handler, Server, Web

from voice.models.catalogue import Catalogue, load_catalogue
from voice.models.download import Downloader, DownloadJob
from voice.models.store import ModelStore

FOLDER = "vosk-model-small-ja-0.22"
Files = dict[str, bytes]


def _text(value: str) -> bytes:
    return struct.pack("<i", len(value.encode())) + value.encode()


def _symbols(words: tuple[str, ...]) -> bytes:
    table = struct.pack("<i", 2125658996) + _text("words") + struct.pack("<qq", len(words), len(words))
    return table + b"".join(_text(word) + struct.pack("<q", i) for i, word in enumerate(words))


def _fst(*, kind: str = "const", words: tuple[str, ...] = (), inputs: tuple[str, ...] = (), arcs: int = 2) -> bytes:
    """An OpenFst file with 3 states; `words` and `inputs` as tables inside."""
    flags = (1 if inputs else 0) | (2 if words else 0)
    header = struct.pack("<i", 2125659606) + _text(kind) + _text("standard")
    header += struct.pack("<iiQqqq", 2, flags, 0, 0, 3, arcs)
    tables = (_symbols(inputs) if inputs else b"") + (_symbols(words) if words else b"")
    return header + tables + bytes(3 * 20 + arcs * 16)


@pytest.fixture
def fst() -> Callable[..., bytes]:
    return _fst


@pytest.fixture
def model_files() -> Files:
    """A dynamic model of ordinary words, in today's layout."""
    acoustic = b"\0B<TransitionModel> </TransitionModel> <Nnet3> </Nnet3> <Priors> FV \x04" + struct.pack(
        "<i3f", 3, 1, 2, 3
    )
    return {
        "am/final.mdl": acoustic,
        "conf/mfcc.conf": b"--sample-frequency=16000\n",
        "conf/model.conf": b"--beam=10.0\n",
        "graph/Gr.fst": _fst(),
        "graph/HCLr.fst": _fst(kind="olabel_lookahead"),
        "graph/disambig_tid.int": b"7\n",
        "graph/words.txt": "<eps> 0\nアメ 1\n料金 2\n[unk] 3\n".encode(),
    }


def _write(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture
def write_model() -> Callable[[Path, Mapping[str, bytes]], Path]:
    return _write


@pytest.fixture
def model(tmp_path: Path, model_files: Files) -> Path:
    return _write(tmp_path / "a-model", model_files)


def _zip(files: Mapping[str, bytes], *, top: str = f"{FOLDER}/") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{top}{name}", content)
    return packed.getvalue()


@pytest.fixture
def make_zip() -> Callable[..., bytes]:
    return _zip


@pytest.fixture
def zip_with(model_files: Files) -> Callable[[Mapping[str, bytes]], bytes]:
    """The zip of `model_files` with changes."""
    return lambda changes: _zip({**model_files, **changes})


@pytest.fixture
def model_zip(model_files: Files) -> bytes:
    """The zip of `model_files`, large enough to be cut in pieces."""
    noise = b"".join(hashlib.sha256(str(i).encode()).digest() for i in range(8192))
    return _zip({**model_files, "README": noise})


@pytest.fixture
def catalogue_file(tmp_path: Path, model_files: Files) -> Path:
    """The shipped catalogue, with the tiny model as "small" (hashes known) and "large" (none)."""
    hashed = [
        f'{{ path = "{name}", size_bytes = {len(content)}, sha256 = "{hashlib.sha256(content).hexdigest()}" }}'
        for name, content in model_files.items()
    ]
    shipped = load_catalogue.__defaults__[0].read_text(encoding="utf-8")
    small = shipped.index('name = "small"')
    start, end = shipped.index("files = [", small), shipped.index("]\n\n[models.archive]", small)
    path = tmp_path / "models.toml"
    text = shipped[:start] + "files = [" + ", ".join(hashed) + shipped[end:]
    text = re.sub(r"(zip_bytes_about|unpacked_bytes_about) = .*", r"\1 = 1_000_000", text)
    path.write_text(re.sub(r"unpacked_bytes_max = .*", "unpacked_bytes_max = 2_000_000", text), encoding="utf-8")
    return path


@pytest.fixture
def catalogue(catalogue_file: Path) -> Catalogue:
    return load_catalogue(catalogue_file)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(data_dir: Path, catalogue: Catalogue) -> ModelStore:
    return ModelStore(data_dir, catalogue=catalogue)


@pytest.fixture
def web(model_zip: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    web = Web(content=model_zip)
    with Server(("127.0.0.1", 0), Handler) as server:
        server.web = web
        web.base_url = f"http://127.0.0.1:{server.server_address[1]}/models"
        thread = threading.Thread(target=server.serve_forever, args=(0.005,))
        thread.start()
        yield web
        web.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def plain_http() -> httpx.HTTPTransport:
    """httpx's own transport without the certificates, whose loading takes most of a short download."""
    return httpx.HTTPTransport(verify=False)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real fsync takes most of a short installation."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> str:
    """An address where nobody listens."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def target(tmp_path) -> Path:
    return tmp_path / "m.zip"


@pytest.fixture
def part(target) -> Path:
    return target.with_name("m.zip.part")


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def downloader(waits, plain_http) -> Downloader:
    return Downloader(transport=plain_http, sleep=waits.append, timeout_s=5.0)


@pytest.fixture
def job(web, target) -> DownloadJob:
    return DownloadJob(name="small", url=f"{web.base_url}/m.zip", target=target, max_bytes=10_000_000)


@dataclass(frozen=True)
class Line:
    """All that a download touches."""

    web: Web
    job: DownloadJob
    target: Path
    part: Path
    downloader: Downloader
    waits: list[float]


@pytest.fixture
def line(web, job, part, downloader, waits) -> Line:
    return Line(web=web, job=job, target=job.target, part=part, downloader=downloader, waits=waits)
