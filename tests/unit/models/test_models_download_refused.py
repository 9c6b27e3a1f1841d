"""Downloads that cannot be: refused, offline, no room; what is here is kept and the advice is one line."""

import errno
import json

import pytest

from voice.models.download import Downloader, DownloadJob
from voice.models.errors import DownloadRefused, NotEnoughSpace, StoreNotWritable, Unreachable

PIECE = 50_000


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_final_and_costs_no_bytes(line, answer, status):
    line.web.will(answer(cut_after=PIECE), answer(status=status))
    with pytest.raises(DownloadRefused, match=f"HTTP {status}; check the address"):
        line.downloader.fetch(line.job)
    assert len(line.web.asked) == 2
    assert line.part.stat().st_size == PIECE


def test_a_login_page_is_no_zip_and_costs_no_bytes(line, answer):
    page = answer(status=200, body=b"<html>log in</html>", headers=(("Content-Type", "text/html"),))
    line.web.will(answer(cut_after=PIECE), page)
    with pytest.raises(DownloadRefused, match=r"no zip file \(text/html\), perhaps a login page"):
        line.downloader.fetch(line.job)
    assert line.part.read_bytes() == line.web.content[:PIECE]
    assert not line.target.exists()


def test_redirects_in_a_circle_are_refused(web, job, answer, downloader):
    web.always = answer(status=302, headers=(("Location", f"{web.base_url}/m.zip"),))
    with pytest.raises(DownloadRefused, match="redirects"):
        downloader.fetch(job)


def test_a_file_far_too_long_is_refused_before_it_fills_the_disk(web, job, target, part, downloader):
    small = DownloadJob(name="small", url=job.url, target=target, max_bytes=len(web.content) - 1)
    with pytest.raises(DownloadRefused, match="far longer"):
        downloader.fetch(small)
    assert not part.exists()


def test_a_file_of_unstated_length_that_never_ends_is_refused(line, answer):
    line.web.will(answer(no_length=True))
    small = DownloadJob(name="small", url=line.job.url, target=line.target, max_bytes=1000)
    with pytest.raises(DownloadRefused, match="far longer"):
        line.downloader.fetch(small)
    assert not line.part.exists()


def test_without_a_network_the_advice_comes_at_once(nowhere, target, downloader, waits):
    job = DownloadJob(name="large", url=f"{nowhere}/vosk-model-ja-0.22.zip", target=target, max_bytes=1)
    with pytest.raises(Unreachable) as caught:
        downloader.fetch(job)
    text = str(caught.value)
    assert waits == []
    assert "\n" not in text
    assert "cannot reach the model server" in text
    assert f"fetch {nowhere}/vosk-model-ja-0.22.zip on another machine" in text
    assert "`koemado models install large --from vosk-model-ja-0.22.zip`" in text


def test_going_offline_later_keeps_the_part(web, job, nowhere, part, downloader):
    part.write_bytes(web.content[:PIECE])
    url = f"{nowhere}/m.zip"
    part.with_name("m.zip.part.json").write_text(json.dumps({"url": url, "validator": None, "total_bytes": None}))
    with pytest.raises(Unreachable, match=r"the 0\.1 MB that are here are kept"):
        downloader.fetch(DownloadJob(name="small", url=url, target=job.target, max_bytes=10**7))
    assert part.stat().st_size == PIECE


def test_an_address_that_cannot_be(target, downloader):
    job = DownloadJob(name="small", url="http://box:port/m.zip", target=target, max_bytes=1)
    with pytest.raises(DownloadRefused):
        downloader.fetch(job)


def test_a_broken_proxy_setting_is_one_line(job, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "gopher://box:70")
    with pytest.raises(Unreachable, match="gopher"):
        Downloader().fetch(job)


@pytest.mark.parametrize(
    ("number", "error"), [(errno.ENOSPC, NotEnoughSpace), (errno.EDQUOT, NotEnoughSpace), (errno.EIO, StoreNotWritable)]
)
def test_a_disk_that_fills_up_on_the_way_keeps_the_part(line, number, error):
    def progress(done: int, _total: int | None) -> None:
        if done > PIECE:
            raise OSError(number, "the disk says no")

    with pytest.raises(error) as caught:
        line.downloader.fetch(line.job, progress)
    assert "\n" not in str(caught.value)
    assert line.part.stat().st_size > PIECE
    line.downloader.fetch(line.job)
    assert line.job.target.read_bytes() == line.web.content


def test_a_folder_that_has_gone(job, target, downloader):
    job = DownloadJob(name="small", url=job.url, target=target.parent / "gone/m.zip", max_bytes=10**7)
    with pytest.raises(StoreNotWritable, match="No such file"):
        downloader.fetch(job)
