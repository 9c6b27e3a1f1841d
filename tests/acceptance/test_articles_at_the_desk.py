"""From an edit at the desk to devices and back: the real `koemado serve`, real Chromium, real devices."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from kb.exporting import to_yaml
from server.access import Account, Role
from server.app import open_office
from server.knowledge.runs import RunState
from tests.acceptance.desk_pages import PASSWORD, chromium
from tests.bundle_samples import BASE
from voice import compose
from voice.cli.app import run
from voice.settings import Settings

pytestmark = pytest.mark.acceptance
WAIT_MS = 240_000  # a machine that does other things too
NEW_WORDING = "お店が閉まるのはいつですか"


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=WAIT_MS)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def at(tmp_path, monkeypatch, capsys):
    """Run a command in one of several data folders; its JSON."""

    def run_at(place, *arguments):
        monkeypatch.setenv("KOEMADO_DATA_DIR", str(tmp_path / place))
        run([*map(str, arguments), "--json"])
        out = capsys.readouterr().out
        return json.loads(out) if out else None

    return run_at


@pytest.fixture
def folder(tmp_path, at):
    """The folder of a desk that begins with three articles."""
    (tmp_path / "base.yaml").write_text(to_yaml(BASE), encoding="utf-8")
    at("desk-data", "kb", "import", tmp_path / "base.yaml")
    desk = tmp_path / "desk"
    with closing(open_office(desk)) as office:
        for login, name, role in (("tanaka", "田中", Role.LEAD), ("suzuki", "鈴木", Role.AGENT)):
            office.accounts.add(Account(login=login, name=name, role=role), PASSWORD, by="x", now=datetime.now(UTC))
    return desk


@contextmanager
def serving(tmp_path, folder):
    """The program and its address."""
    env = os.environ | {"KOEMADO_DATA_DIR": str(tmp_path / "desk-data"), "KOEMADO_DESK_PHONE": "03-1555-1234"}
    command = [
        sys.executable,
        "-m",
        "voice.main",
        "serve",
        "--folder",
        str(folder),
        "--port",
        "0",
        "--no-talk",
        "--json",
    ]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    try:
        yield process, json.loads(process.stdout.readline())["url"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


@pytest.fixture
def browser():
    with chromium("--autoplay-policy=no-user-gesture-required") as browser:
        yield browser


@contextmanager
def logged_in(browser, address, login):
    context = browser.new_context(base_url=address, locale="ja-JP")
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/login")
    page.locator("[name=login]").fill(login)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button").click()
    page.wait_for_url("**/queue*")
    yield page
    assert complaints == []
    context.close()


def enrol(at, folder, address, device):
    with closing(open_office(folder)) as office:
        code = office.devices.make_code(device, device, by="x", now=datetime.now(UTC))
    at(device, "enrol", code, "--url", address)


def answer_of(tmp_path, at, device):
    """What a device says of its look, and its answer about the hours afterwards."""
    result = at(device, "kb", "update")["result"]
    settings = Settings(data_dir=tmp_path / device, cache_dir=os.environ["KOEMADO_CACHE_DIR"])
    found = {one.id: one.answer for one in compose.knowledge_base(settings).articles()}
    return result, found.get("hours")


def test_an_article_goes_from_the_desk_to_devices_and_back(tmp_path, folder, at, browser, monkeypatch):
    with serving(tmp_path, folder) as (_, address):
        for device in ("box-a", "box-b"):
            enrol(at, folder, address, device)
        with logged_in(browser, address, "tanaka") as tanaka:
            tanaka.goto("/articles")
            tanaka.get_by_role("link", name="営業時間").click()
            write(tanaka)
            hear(tanaka)
            attempt(tanaka)
            tanaka.locator("#why").fill("冬の営業")
            tanaka.locator("#save").click()
            expect(tanaka.locator("#state")).to_have_text("第2版・下書き")
            tanaka.locator("#ask-review").click()
            expect(tanaka.locator("#review")).to_contain_text("自分では承認できません")
            with logged_in(browser, address, "suzuki") as suzuki:
                suzuki.goto("/articles/hours/diff?before=1&after=2")
                expect(suzuki.locator("main")).to_contain_text("第1版と第2版の違い")
                assert suzuki.locator("ins").first.inner_text()
                suzuki.goto("/articles/hours")
                suzuki.locator("#approve").click()
                expect(suzuki.locator("#state")).to_have_text("第2版・承認済み・公開前")
            tanaka.goto("/publish")
            expect(tanaka.locator("#changes")).to_contain_text("1件の回答が変わります")
            tanaka.locator("#begin-gate").click()
            expect(tanaka.locator("#gate-result")).to_have_attribute("data-passes", "yes")
            tanaka.get_by_label("box-a").check()
            tanaka.locator("#to-chosen").click()
            expect(tanaka.locator("#trial")).to_contain_text("1台の端末")
            assert answer_of(tmp_path, at, "box-a") == ("switched", "20時までです。")
            assert answer_of(tmp_path, at, "box-b")[0] == "nothing published"
            tanaka.reload()
            expect(tanaka.locator('[data-device="box-a"]')).to_contain_text("反映済み")
            tanaka.locator("#widen").click()
            expect(tanaka.locator("#trial")).to_have_count(0)
            assert answer_of(tmp_path, at, "box-b") == ("switched", "20時までです。")
            tanaka.on("dialog", lambda dialog: dialog.accept())
            tanaka.locator("#back").click()
            expect(tanaka.locator("#changes")).to_contain_text("1件の回答が変わります")
        for device in ("box-a", "box-b"):
            assert answer_of(tmp_path, at, device) == ("switched", "19時までです。")


def write(page):
    """Type, with a mistake that is told beside its field while typing."""
    page.locator("#f-answer").fill("")
    expect(page.locator("#remarks-answer")).to_contain_text("入力してください")
    page.locator("#f-answer").fill("20時までです。")
    variants = page.locator("#f-variants")
    before = variants.input_value()
    variants.fill(before + "\n返品したい")
    expect(page.locator("#remarks-variants")).to_contain_text("「返品の手続き」でも使っている言い方です")
    variants.fill(before + "\n" + NEW_WORDING)
    expect(page.locator("#remarks-variants")).not_to_contain_text("使っている言い方")
    expect(page.locator("#remarks-answer")).to_contain_text("ニジュージ")


def hear(page):
    page.locator("#hear").click()
    expect(page.locator("html")).to_have_attribute("data-heard", re.compile(r"[1-9]\.\d"))  # seconds of speech


def attempt(page):
    page.locator("#question").fill(NEW_WORDING)
    page.locator("#try").click()
    expect(page.locator("#with-draft")).to_contain_text("この回答をします: 「営業時間」")
    page.locator("#tried").evaluate("(one) => { one.textContent = ''; }")
    page.locator("#try-aloud").click()
    expect(page.locator("#heard")).to_contain_text("シマル")
    expect(page.locator("#with-draft")).to_contain_text("この回答をします: 「営業時間」")
    page.locator("#neighbours").click()
    expect(page.locator("#shifts")).to_contain_text("悪い影響はありません")


def test_a_desk_killed_in_the_middle_of_its_gate_has_published_nothing(tmp_path, folder, browser):
    with serving(tmp_path, folder) as (process, address), logged_in(browser, address, "tanaka") as tanaka:
        tanaka.goto("/articles")  # the desk begins with its base
        with closing(open_office(folder)) as office:
            approve_another(office)
        tanaka.goto("/publish")
        tanaka.locator("#begin-gate").click()
        expect(tanaka.locator("#gate")).to_contain_text("確認しています")
        process.kill()
        process.wait()
    with closing(open_office(folder)) as office:
        assert office.editing.gates.latest().state is RunState.RUNNING  # nobody could say otherwise
        assert office.bundles.releases() == ()
    with serving(tmp_path, folder) as (_, address), logged_in(browser, address, "tanaka") as tanaka:
        tanaka.goto("/publish")
        expect(tanaka.locator("#gate")).to_contain_text("途中で終わりました")
        tanaka.locator("#begin-gate").click()
        expect(tanaka.locator("#gate-result")).to_have_attribute("data-passes", "yes")


def approve_another(office):
    from server.knowledge.versions import Draft

    head, now = office.editing.articles.head("hours"), datetime.now(UTC)
    content = dict(head.content) | {"answer": "21時までです。"}
    office.editing.articles.save(
        Draft(id=uuid4(), article_id="hours", content=content, based_on=1), by="tanaka", now=now
    )
    office.editing.articles.ask_for_review("hours", 2, by="tanaka", now=now)
    assert office.editing.articles.approve("hours", 2, by="suzuki", now=now) is None
