"""A desk that really answers, and Chromium to look at it."""

import re
import shutil
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from playwright.sync_api import sync_playwright

from server.access import Account, Role
from server.app import open_office
from server.settings import shipped_text
from tests.callback_samples import request_of
from tests.quick_passwords import quick_passwords

PASSWORD = "correct horse battery"
STAFF = (
    ("sato", "佐藤", Role.AGENT),
    ("suzuki", "鈴木", Role.AGENT),
    ("admin", "田中", Role.ADMIN),
    ("viewer", "伊藤", Role.READ_ONLY),
)
NO_CHROMIUM = "Chromium is not installed (apt-get install chromium)"


def always_open(text):
    """The shipped settings with a desk that never closes, so that a test passes at any time of day."""
    text = re.sub(r"^(\w+day) = .*$", r'\1 = ["00:00-24:00"]', text, flags=re.M)
    text = text.replace(
        "[callback.capacity]", 'saturday = ["00:00-24:00"]\nsunday = ["00:00-24:00"]\n\n[callback.capacity]'
    )
    text = text.replace('public_holidays = "closed"', 'public_holidays = "open"')
    return re.sub(r"\[\[callback.closures\]\].*?\n\n", "", text, flags=re.S).replace("general = 2", "general = 50")


def open_desk(folder, *, seats=4, **given):
    """An office whose hours never end, with `STAFF`; `seats` for customers at the page /talk."""
    folder.mkdir(parents=True)
    written = always_open(shipped_text()).replace("\nseats = 4 ", f"\nseats = {seats} ")
    (folder / "desk.toml").write_text(written, encoding="utf-8")
    office = open_office(folder, **given)
    with quick_passwords():  # also quick to check: the cost is kept beside the hash
        for login, name, role in STAFF:
            office.accounts.add(Account(login=login, name=name, role=role), PASSWORD, by="system", now=office.clock())
    return office


@contextmanager
def answering(app, port=0):
    """The address at which the application answers, while it does."""
    config = uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=1, ws="websockets-sansio")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        while not running.started:
            thread.join(0.02)
            assert thread.is_alive(), "the server did not start"
        port = running.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        running.should_exit = True
        thread.join()


@contextmanager
def chromium(*arguments, env=None):
    """Debian's Chromium; `env` in place of our environment."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip(NO_CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *arguments], env=env)
        yield browser
        browser.close()


def request_in(hours, **changes):
    """A request whose customer can be called from so many hours on."""
    begins = datetime.now(UTC) + timedelta(hours=hours)
    window = {"begins": begins.isoformat(), "ends": (begins + timedelta(hours=3)).isoformat()}
    return request_of(**({"windows": [window]} | changes))
