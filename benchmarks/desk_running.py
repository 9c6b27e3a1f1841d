"""Desks and a bare application as processes of their own, as they run in earnest."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from sqlalchemy.engine import make_url

from server.access import Account, Role
from server.app import open_office
from server.office import Office
from server.settings import SETTINGS_FILE, shipped_text

ROOT = Path(__file__).parent.parent
AGENTS = tuple(f"agent-{n:02}" for n in range(1, 13))
STOP_S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A process that answers at a port."""

    port: int
    pid: int

    def resident_mb(self) -> float:
        """Return the memory that is its own or shared with others, as `ps` counts it."""
        return self._status("VmRSS")

    def anonymous_mb(self) -> float:
        """Return the same without files mapped into memory."""
        return self._status("RssAnon")

    def cpu_s(self) -> float:
        """Return the processor time it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _status(self, name: str) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


@contextmanager
def desk(folder: Path) -> Iterator[Running]:
    """Run `koemado serve` on a folder."""
    with _started(
        [sys.executable, "-m", "voice.main", "serve", "--folder", str(folder), "--port", "0", "--json"]
    ) as running:
        yield running


@contextmanager
def bare(file: Path) -> Iterator[Running]:
    """Run the application of `desk_bare` on a database file."""
    with _started([sys.executable, "-m", "benchmarks.desk_bare", str(file)]) as running:
        yield running


@contextmanager
def _started(command: Sequence[str]) -> Iterator[Running]:
    """Start it and read the line of JSON that says where it answers."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise RuntimeError(f"{command[-1]} did not start; it ended with {process.wait(STOP_S)}")
        yield Running(port=urlsplit(json.loads(line)["url"]).port or 0, pid=process.pid)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def set_up(folder: Path, *, database_url: str, seats: int, key_of: Path | None = None) -> Office:
    """Return the office of a new folder, with agents; `seats` calls at the same time.  The caller closes it.

    `key_of` is a folder whose key it shares.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = shipped_text().replace("general = 2", f"general = {seats}")
    text = text.replace('database_url = ""', f'database_url = "{database_url}"')
    (folder / SETTINGS_FILE).write_text(text, encoding="utf-8")
    if key_of is not None:
        (folder / "desk.key").write_bytes((key_of / "desk.key").read_bytes())
    office = open_office(folder)
    if not office.accounts.count():
        for login in AGENTS:
            account = Account(login=login, name=login, role=Role.LEAD if login == AGENTS[0] else Role.AGENT)
            office.accounts.add(account, f"{uuid4()}", by="system", now=office.clock())
    return office


def device_token(office: Office, device: str) -> str:
    """Make a device known."""
    code = office.devices.make_code(device, device, by="system", now=office.clock())
    return office.devices.enrol(code, now=office.clock())[1]


@contextmanager
def postgres_database(url: str, *, keep: str = "") -> Iterator[str]:
    """Make a database on a PostgreSQL and return its URL; it goes at the end, unless it has a name to `keep`."""
    name = keep or f"koemado_bench_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f"CREATE DATABASE {name}".encode())
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        if not keep:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
