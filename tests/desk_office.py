"""A desk of given settings on a given database."""

import tomllib

import httpx

from server.app import open_office
from server.settings import shipped_text

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def open_desk(folder, clock, *, database_url="", **tables):
    """Open an office whose settings are those shipped, changed by tables like `mail={"host": ...}`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = shipped_text()
    for table, changes in (
        tables | {"listening": {"database_url": database_url} | tables.get("listening", {})}
    ).items():
        for name, value in changes.items():
            text = _set(text, table, name, value)
    (folder / "desk.toml").write_text(text, encoding="utf-8")
    return open_office(folder, clock=clock)


def in_network_place(client):
    """A transport with which a `DeskClient` reaches the application of a test client."""

    def answer(asked):
        path, headers = asked.url.raw_path.decode(), dict(asked.headers)
        given = client.request(asked.method, path, content=asked.content, headers=headers)
        return httpx.Response(given.status_code, content=given.content, headers=dict(given.headers))

    return httpx.MockTransport(answer)


def _set(text, table, name, value):
    before, _, rest = text.partition(f"[{table}]")
    part, mark, after = rest.partition("\n[")
    lines = [line for line in part.splitlines() if line.split("=")[0].strip() != name]
    assert len(lines) == len(part.splitlines()) - 1, f"{table}.{name} is no setting"
    written = f"{name} = {str(value).lower() if isinstance(value, int) else _toml(value)}"
    changed = f"{before}[{table}]{chr(10).join([lines[0], written, *lines[1:]])}{mark}{after}"
    tomllib.loads(changed)
    return changed


def _toml(value):
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"'
