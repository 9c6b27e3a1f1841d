"""What a submission costs at least: FastAPI, a pydantic model and an INSERT into SQLite, nothing else.

    python -m benchmarks.desk_bare FILE

One connection a thread, WAL, synchronous=FULL like the desk's, a commit a request.
"""

import json
import logging
import socket
import sqlite3
import sys
import threading
from datetime import UTC, datetime
from uuid import UUID

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Turn(BaseModel):
    """One turn of the conversation."""

    speaker: str
    text: str


class Window(BaseModel):
    """A time that suits."""

    begins: datetime
    ends: datetime


class Consent(BaseModel):
    """To what the customer agreed."""

    at: datetime
    wording: str


class Callback(BaseModel):
    """The fields of the desk's request, with none of its rules."""

    id: UUID
    customer_name: str | None = None
    customer_reading: str | None = None
    phone: str
    topic: str
    article_id: str | None = None
    conversation: list[Turn] = []
    urgency: str = "normal"
    windows: list[Window]
    channel: str = "phone"
    channel_address: str | None = None
    consent: Consent
    device: str
    language: str = "ja"


def create_app(file: str) -> FastAPI:
    """Return the application."""
    app = FastAPI()
    local = threading.local()

    def connection() -> sqlite3.Connection:
        if not hasattr(local, "connection"):
            local.connection = sqlite3.connect(file, isolation_level=None, timeout=10)
            for pragma in ("journal_mode = WAL", "synchronous = FULL"):
                local.connection.execute(f"PRAGMA {pragma}")
        made: sqlite3.Connection = local.connection
        return made

    with sqlite3.connect(file) as first:
        first.execute(
            "CREATE TABLE IF NOT EXISTS requests (id TEXT PRIMARY KEY, phone TEXT, topic TEXT, body TEXT, at TEXT)"
        )

    @app.post("/callbacks", status_code=201)
    def submit(request: Callback) -> dict[str, str]:
        values = (
            str(request.id),
            request.phone,
            request.topic,
            request.model_dump_json(),
            datetime.now(UTC).isoformat(),
        )
        used = connection()
        used.execute("BEGIN IMMEDIATE")
        used.execute("INSERT INTO requests VALUES (?, ?, ?, ?, ?)", values)
        used.execute("COMMIT")
        return {"id": str(request.id)}

    return app


def main() -> None:
    """Answer at a free port, told in a line of JSON, until SIGTERM."""
    logging.disable(logging.INFO)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as found:
        print(json.dumps({"url": f"http://127.0.0.1:{found.getsockname()[1]}"}), flush=True)
        config = uvicorn.Config(create_app(sys.argv[1]), log_level="warning", access_log=False, server_header=False)
        uvicorn.Server(config).run(sockets=[found])


if __name__ == "__main__":
    main()
