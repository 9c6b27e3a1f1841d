"""`koemado serve` for phones in a house: HTTPS with an authority of its own, a QR code, a page that can be left out."""

import re
import ssl
import urllib.error
import urllib.request

import pytest
import segno

from tests.acceptance.desk_pages import chromium
from tests.acceptance.serving import serving
from voice.cli.serving import qr_lines

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("serve")


@pytest.fixture(scope="module")
def secure(folder):
    """A desk that phones in the house reach, as `serving` has it."""
    with serving(folder, "--tls", "auto", "--host", "0.0.0.0", "--talk") as found:  # noqa: S104
        yield found


def status(url, context=None):
    try:
        with urllib.request.urlopen(url, context=context, timeout=20) as answer:  # noqa: S310  # our own
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def test_https_is_trusted_by_the_authority_and_the_code_leads_to_the_page(folder, secure):
    told, said = secure
    page = f"{told['public_url']}/talk"
    assert page.startswith("https://")
    trusting = ssl.create_default_context(cafile=str(folder / "desk/tls/authority.pem"))
    assert status(page, trusting) == 200
    with pytest.raises(urllib.error.URLError, match="certificate"):
        status(page, ssl.create_default_context())
    assert page in said()
    assert read_code(said().splitlines()) == [list(row) for row in segno.make(page, error="m").matrix]


def test_a_phone_that_accepts_the_certificate_may_use_its_microphone(secure):
    told, _ = secure
    with chromium("--use-fake-device-for-media-stream") as browser:
        context = browser.new_context(
            base_url=told["public_url"], ignore_https_errors=True, permissions=["microphone"], locale="ja-JP"
        )
        page = context.new_page()
        page.goto("/talk")
        assert page.evaluate("window.isSecureContext")
        page.get_by_role("button", name="はじめる").click()
        page.locator("#log .koemado").get_by_text("声窓です").wait_for()
        assert page.locator("#speak").is_enabled()
        context.close()


def test_without_talk_there_is_no_page(folder):
    with serving(folder / "quiet", "--no-talk") as (told, said):
        assert status(f"{told['url']}/health") == 200
        assert status(f"{told['url']}/talk") == 404
        assert "/talk" not in said()


def test_the_code_can_be_read():
    assert read_code(qr_lines("https://192.0.2.7:8600/talk").splitlines()) == [
        list(row) for row in segno.make("https://192.0.2.7:8600/talk", error="m").matrix
    ]


def read_code(lines):
    """The dark modules (1) of a code printed with two rows a line, without its quiet border."""
    halves = {" ": (1, 1), "█": (0, 0), "▀": (0, 1), "▄": (1, 0)}
    printed = [strip for line in lines if (strip := plain(line)) and set(strip) <= set(halves) and "█" in strip]
    rows = []
    for line in printed:
        rows += [[halves[sign][0] for sign in line], [halves[sign][1] for sign in line]]
    kept = [row for row in rows if 1 in row]
    left = min(row.index(1) for row in kept)
    right = max(len(row) - row[::-1].index(1) for row in kept)
    return [row[left:right] for row in kept]


def plain(line):
    """The line without the terminal's colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", line).strip("\n")
