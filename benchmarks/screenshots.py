"""Pictures of the desk's pages for the documents: a demo desk of this program, looked at by Chromium.

.venv/bin/python -m benchmarks.screenshots docs/screenshots
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

WIDE = {"width": 1280, "height": 860}
TABLET = {"width": 820, "height": 1180}
PHONE = {"width": 360, "height": 760}
PAGES = {
    "calendar": "/calendar",
    "measures": "/measures",
    "devices": "/devices",
    "erasure": "/erasure",
    "voices": "/voices?days=30",
    "articles": "/articles",
    "worth": "/worth?days=30&wish_satisfied=10",
    "notices": "/notices",
}


def main() -> None:
    """Write the pictures into the folder named."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/screenshots")
    path = shutil.which("chromium")
    if path is None:
        sys.exit("screenshots: Chromium is not installed (apt-get install chromium)")
    folder.mkdir(parents=True, exist_ok=True)
    with demo_desk() as desk, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--use-fake-device-for-media-stream",
                "--autoplay-policy=no-user-gesture-required",
                "--lang=ja",
            ],
        )
        picture(browser, desk, folder)
        browser.close()


@contextmanager
def demo_desk() -> Iterator[dict[str, Any]]:
    """What `koemado serve --demo --json` says, while it runs."""
    command = [sys.executable, "-m", "voice.main", "serve", "--demo", "--port", "0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=20)


def picture(browser: Browser, desk: dict[str, Any], folder: Path) -> None:
    """Take them all."""
    people = {account["role"]: account for account in desk["accounts"]}
    agent = logged_in(browser, desk["url"], people["agent"], WIDE)
    shoot(agent, folder / "queue.png")
    agent.locator("tr.row:not(.safety) [data-row]").nth(3).click()
    agent.wait_for_selector(".head")
    if agent.locator("#claim").count():
        agent.click("#claim")
        agent.wait_for_selector("#dial")
        agent.check("#outcome-no_answer")
        agent.wait_for_selector("#proposal .banner")
    shoot(agent, folder / "case.png", whole=True)
    if agent.locator("#save").count():
        agent.click("#save")
        agent.wait_for_selector("form[action='/undo']")
        shoot(agent, folder / "undo.png")
        agent.click("form[action='/undo'] button")
        agent.wait_for_selector("main .head")
    admin = logged_in(browser, desk["url"], people["admin"], WIDE)
    heard(admin)
    for name, path in PAGES.items():
        admin.goto(path)
        shoot(admin, folder / f"{name}.png")
    for name, size in (("queue-tablet", TABLET), ("queue-phone", PHONE)):
        shoot(logged_in(browser, desk["url"], people["agent"], size), folder / f"{name}.png")
    talk(browser, desk["url"], folder)


def heard(page: Page) -> None:
    """Wait until the background work has grouped what customers said."""
    page.goto("/voices?days=30")
    for _ in range(60):
        if page.locator("main table").count():
            return
        page.wait_for_timeout(2_000)
        page.reload()


def talk(browser: Browser, url: str, folder: Path) -> None:
    """Take the customers' page on a phone; its microphone hears a tone."""
    context = browser.new_context(
        base_url=url,
        locale="ja-JP",
        viewport=PHONE,
        device_scale_factor=2,
        permissions=["microphone"],  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.goto("/talk")
    shoot(page, folder / "talk-start.png")
    page.click("#begin")
    page.locator("#log .koemado").wait_for()
    page.click("#speak", delay=50)
    page.wait_for_selector("[data-state=listening]")
    shoot(page, folder / "talk-listening.png")
    page.click("#leave")
    page.click("#begin")
    say(page, "エアコンのフィルターの掃除のしかた")
    shoot(page, folder / "talk-answer.png")
    say(page, "はい")
    page.locator("#steps").scroll_into_view_if_needed()
    shoot(page, folder / "talk-steps.png")
    for line in ("担当者と話したい", "はい", "山田花子です"):
        say(page, line)
    page.locator("#form-title").evaluate("(one) => one.scrollIntoView()")
    shoot(page, folder / "talk-form.png")
    page.get_by_role("button", name="特大").click()
    shoot(page, folder / "talk-large.png")
    page.click("#leave")
    context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    page.get_by_role("button", name="標準").click()
    page.get_by_role("alert").wait_for()
    shoot(page, folder / "talk-offline.png")


def say(page: Page, line: str) -> None:
    """Type a line and wait for what is told to it; the sound is stopped."""
    told = page.locator("#log .koemado")
    told.first.wait_for()
    before = told.count()
    page.fill("#type input", line)
    page.keyboard.press("Enter")
    told.nth(before).wait_for()
    if page.locator("#hush").is_enabled():
        page.click("#hush")


def logged_in(browser: Browser, url: str, account: dict[str, Any], size: dict[str, int]) -> Page:
    """A window of somebody who has just logged in."""
    page = browser.new_context(base_url=url, locale="ja-JP", viewport=size).new_page()  # type: ignore[arg-type]
    page.goto("/login")
    page.fill("[name=login]", account["login"])
    page.fill("[name=password]", account["password"])
    page.click("button.main")
    page.wait_for_selector("body[data-live=yes]")
    return page


def shoot(page: Page, path: Path, *, whole: bool = False) -> None:
    """Write one picture and say so."""
    page.screenshot(path=path, full_page=whole)
    print(path)


if __name__ == "__main__":
    main()
