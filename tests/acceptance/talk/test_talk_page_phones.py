"""The page /talk on phones that differ: one that trusts the desk's authority, one that does not, one without a microphone."""

import os
import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Error, expect

from server.local_tls import local_tls
from tests.acceptance.desk_pages import chromium
from tests.acceptance.serving import serving
from tests.talk_pages import HEARS, phone, tap

pytestmark = pytest.mark.acceptance
NO_CERTUTIL = "certutil is not installed (apt-get install libnss3-tools)"


def test_a_machine_without_any_microphone_says_so(quick):
    address = quick()
    with chromium() as browser, phone(browser, address) as (page, complaints):
        page.get_by_role("button", name="はじめる").click()
        expect(page.locator("#log .koemado").first).to_contain_text("マイクが見つかりません")
        page.get_by_label("文字で質問する").fill("文字ではどうですか")
        page.keyboard.press("Enter")
        expect(page.locator("#log .koemado").last).to_contain_text("文字ではどうですか")
        assert complaints == []


@pytest.fixture(scope="module")
def trusting(tmp_path_factory):
    """A function that gives a home whose Chromium trusts an authority, as a phone on which it was installed."""
    if shutil.which("certutil") is None:
        pytest.skip(NO_CERTUTIL)

    def home(authority):
        folder = tmp_path_factory.mktemp("home")
        store = folder / ".pki/nssdb"
        store.mkdir(parents=True)
        for command in (["-N", "--empty-password"], ["-A", "-n", "koemado", "-t", "C,,", "-i", str(authority)]):
            subprocess.run(["certutil", "-d", f"sql:{store}", *command], check=True, capture_output=True)
        return os.environ | {"HOME": str(folder)}

    return home


def test_a_phone_that_trusts_the_authority_opens_the_page_without_a_warning_and_hears(tmp_path, trusting):
    with serving(tmp_path, "--tls", "auto", "--host", "0.0.0.0", "--talk") as (told, _):  # noqa: S104
        address = told["public_url"]
        assert address.startswith("https://")
        with (
            chromium(*HEARS, env=trusting(tmp_path / "desk/tls/authority.pem")) as browser,
            phone(browser, address) as (page, complaints),
        ):
            assert page.evaluate("window.isSecureContext")
            page.get_by_role("button", name="はじめる").click()
            expect(page.locator("#log .koemado").first).to_contain_text("声窓です")
            tap(page)
            expect(page.locator("body")).to_have_attribute("data-state", "listening")
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")  # only where the certificate is trusted
            assert complaints == []
        with chromium(*HEARS, env=trusting(other_authority(tmp_path))) as browser:
            page = browser.new_page()
            with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
                page.goto(f"{address}/talk")


def other_authority(folder):
    """One that signed nothing here."""
    return local_tls(folder / "other", ["elsewhere"], datetime.now(UTC)).authority
