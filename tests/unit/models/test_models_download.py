"""Downloads over a line that a real local server cuts, confuses and lies on."""

import json
from dataclasses import replace

import pytest

from voice.models.download import RetryPlan
from voice.models.errors import DownloadStopped
from voice.models.part import PartFile

PIECE = 50_000


def test_a_good_line_needs_one_request(line):
    seen = []
    line.downloader.fetch(line.job, lambda done, total: seen.append((done, total)))
    assert line.target.read_bytes() == line.web.content
    assert [one["path"] for one in line.web.asked] == ["/models/m.zip"]
    assert line.web.asked[0]["accept-encoding"] == "identity"
    assert seen[0] == (0, len(line.web.content))
    assert seen[-1] == (len(line.web.content), len(line.web.content))
    assert seen == sorted(seen)
    assert line.waits == []
    assert [path.name for path in line.target.parent.glob("m.zip*")] == ["m.zip"]


@pytest.mark.parametrize("reset", [False, True])
def test_a_cut_line_is_taken_up_where_it_broke(line, answer, reset):
    line.web.will(answer(cut_after=PIECE, reset=reset))
    line.downloader.fetch(line.job)
    assert line.target.read_bytes() == line.web.content
    assert len(line.web.asked) == 2
    if not reset:  # RST may swallow bytes that were on their way
        assert line.web.asked[1]["range"] == f"bytes={PIECE}-"
        assert line.web.asked[1]["if-range"] == '"one"'
    assert line.waits == [1.0]


def test_progress_is_patience(line, answer):
    line.web.always = answer(cut_after=20_000)
    line.downloader.fetch(line.job)
    assert line.target.read_bytes() == line.web.content
    assert len(line.web.asked) == len(line.web.content) // 20_000 + 1
    assert line.waits == [1.0] * (len(line.web.asked) - 1)


def test_a_line_that_stays_dead_ends_with_advice_and_the_part(line, answer):
    line.web.will(answer(cut_after=PIECE))
    line.web.always = answer(cut_after=0)
    with pytest.raises(DownloadStopped) as caught:
        line.downloader.fetch(line.job)
    assert line.waits == [1.0, 2.0, 4.0, 8.0]
    assert line.part.read_bytes() == line.web.content[:PIECE]
    assert not line.target.exists()
    text = str(caught.value)
    assert "\n" not in text
    assert "the part is kept (0.1 MB), the same command continues it" in text
    assert f"fetch {line.job.url} on another machine" in text
    assert "`koemado models install small --from m.zip`" in text


def test_the_next_run_continues(web, job, target, answer, downloader):
    web.will(answer(cut_after=PIECE))
    hasty = replace(downloader, retry=RetryPlan(failures_in_a_row=1))
    with pytest.raises(DownloadStopped):
        hasty.fetch(job)
    seen = []
    hasty.fetch(job, lambda done, _total: seen.append(done))
    assert target.read_bytes() == web.content
    assert seen[0] == PIECE
    assert web.asked[1]["range"] == f"bytes={PIECE}-"


def test_a_changed_file_starts_again(line, answer, model_files, make_zip):
    line.web.will(answer(cut_after=PIECE))
    hasty = replace(line.downloader, retry=RetryPlan(failures_in_a_row=1))
    with pytest.raises(DownloadStopped):
        hasty.fetch(line.job)
    line.web.content, line.web.etag = make_zip({**model_files, "README": bytes(90_000)}), '"two"'
    hasty.fetch(line.job)
    assert line.target.read_bytes() == line.web.content
    assert line.web.asked[1]["if-range"] == '"one"'


def test_a_changed_file_behind_a_server_that_ignores_if_range(web, job, target, answer, downloader):
    longer = f"bytes {PIECE}-{len(web.content)}/{len(web.content) + 1}"
    other = answer(status=206, body=bytes(len(web.content) + 1 - PIECE), headers=(("Content-Range", longer),))
    web.will(answer(cut_after=PIECE), other)
    downloader.fetch(job)
    assert target.read_bytes() == web.content
    assert "range" not in web.asked[2]


def test_a_server_that_gives_small_pieces_is_asked_for_more(line, answer):
    whole = line.web.content
    piece = answer(
        status=206,
        body=whole[PIECE : 2 * PIECE],
        headers=(("Content-Range", f"bytes {PIECE}-{2 * PIECE - 1}/{len(whole)}"),),
    )
    line.web.will(answer(cut_after=PIECE), piece)
    line.downloader.fetch(line.job)
    assert line.target.read_bytes() == whole
    assert line.web.asked[2]["range"] == f"bytes={2 * PIECE}-"


def test_a_server_without_ranges_starts_again(web, job, target, answer, downloader):
    web.will(answer(cut_after=PIECE), answer(ignore_range=True))
    downloader.fetch(job)
    assert target.read_bytes() == web.content


def test_a_server_without_ranges_that_always_cuts_is_given_up(line, answer):
    line.web.always = answer(cut_after=PIECE, ignore_range=True)
    with pytest.raises(DownloadStopped):
        line.downloader.fetch(line.job)
    assert len(line.web.asked) == 5
    assert line.waits == [1.0, 2.0, 4.0, 8.0]


def test_a_server_without_validators_is_continued_by_length(web, job, target, answer, downloader):
    web.etag = None
    web.will(answer(cut_after=PIECE))
    downloader.fetch(job)
    assert target.read_bytes() == web.content
    assert "if-range" not in web.asked[1]


def test_a_whole_part_is_recognised_by_416(line, answer):
    origin = {"url": line.job.url, "validator": '"one"', "total_bytes": len(line.web.content)}
    line.part.write_bytes(line.web.content)
    line.part.with_name("m.zip.part.json").write_text(json.dumps(origin))
    line.downloader.fetch(line.job)
    assert line.target.read_bytes() == line.web.content
    assert len(line.web.asked) == 1


def test_a_part_longer_than_the_file_starts_again(web, job, target, part, downloader):
    part.write_bytes(web.content + b"more")
    part.with_name("m.zip.part.json").write_text(json.dumps({"url": job.url, "validator": None, "total_bytes": None}))
    downloader.fetch(job)
    assert target.read_bytes() == web.content


@pytest.mark.parametrize(
    "note",
    [None, "", "[]", "{}", '{"url": "https://elsewhere/m.zip", "validator": null, "total_bytes": null}', "\0"],
)
def test_a_part_of_unknown_origin_is_not_used(line, note):
    line.part.write_bytes(b"PK of something else")
    if note is not None:
        line.part.with_name("m.zip.part.json").write_text(note)
    line.downloader.fetch(line.job)
    assert line.target.read_bytes() == line.web.content
    assert "range" not in line.web.asked[0]


def test_a_server_in_trouble_is_asked_again_after_the_time_it_wants(line, answer):
    line.web.will(answer(status=503, headers=(("Retry-After", "9"),)), answer(status=500))
    line.downloader.fetch(line.job)
    assert line.target.read_bytes() == line.web.content
    assert line.waits == [9.0, 2.0]


def test_redirects_are_followed(web, job, target, answer, downloader):
    web.will(answer(status=302, headers=(("Location", f"{web.base_url}/elsewhere.zip"),)))
    downloader.fetch(job)
    assert target.read_bytes() == web.content
    assert web.asked[1]["path"] == "/models/elsewhere.zip"


def test_a_file_of_unstated_length_arrives(web, job, target, answer, downloader):
    web.will(answer(no_length=True))
    seen = []
    downloader.fetch(job, lambda done, total: seen.append((done, total)))
    assert target.read_bytes() == web.content
    assert seen[-1] == (len(web.content), None)


def test_silence_on_the_line_is_a_cut(web, job, answer, downloader, waits):
    web.will(answer(stall=True))
    replace(downloader, timeout_s=0.05).fetch(job)
    assert job.target.read_bytes() == web.content
    assert waits == [1.0]


def test_a_kill_between_emptying_and_naming_joins_nothing(tmp_path, web, job, downloader):
    part = PartFile(job.target)
    part.path.write_bytes(b"")  # emptied; the note still names the old file
    (tmp_path / "m.zip.part.json").write_text('{"url": "x", "validator": null, "total_bytes": 3}')
    downloader.fetch(job)
    assert job.target.read_bytes() == web.content
