"""What a server's answer means for a download."""

import pytest

from voice.models.download import RetryPlan
from voice.models.responses import (
    Complete,
    Continued,
    Fresh,
    Later,
    Origin,
    Refused,
    Useless,
    judge,
    range_headers,
)

URL = "https://box/m.zip"
PART = Origin(url=URL, validator='"one"', total_bytes=100)
PLAIN = Origin(url=URL, validator=None, total_bytes=None)


@pytest.mark.parametrize(
    ("origin", "offset", "expected"),
    [
        (None, 0, {}),
        (PART, 0, {}),
        (PART, 40, {"Range": "bytes=40-", "If-Range": '"one"'}),
        (PLAIN, 40, {"Range": "bytes=40-"}),
    ],
)
def test_request(origin, offset, expected):
    assert range_headers(origin, offset) == {"Accept-Encoding": "identity", **expected}


@pytest.mark.parametrize(
    ("headers", "validator", "total"),
    [
        ({"etag": '"a"', "last-modified": "then", "content-length": "9"}, '"a"', 9),
        ({"etag": 'W/"a"', "last-modified": "then"}, "then", None),
        ({"etag": 'W/"a"', "content-length": "many"}, None, None),
    ],
)
def test_a_whole_file_tells_where_it_comes_from(headers, validator, total):
    expected = Fresh(Origin(url=URL, validator=validator, total_bytes=total))
    assert judge(200, headers, origin=PART, offset=40, url=URL) == expected


@pytest.mark.parametrize(
    ("content_range", "origin", "more", "verdict"),
    [
        ("bytes 40-99/100", PART, {}, Continued(100)),
        ("bytes 40-99/*", PART, {"etag": '"one"'}, Continued(100)),
        ("bytes 40-99/100", PLAIN, {"etag": '"new"'}, Continued(100)),
    ],
)
def test_the_rest_of_the_part(content_range, origin, more, verdict):
    assert judge(206, {"content-range": content_range, **more}, origin=origin, offset=40, url=URL) == verdict


@pytest.mark.parametrize(
    ("content_range", "more"),
    [
        ("bytes 0-99/100", {}),  # another piece
        ("bytes 40-119/120", {}),  # another length
        ("bytes 40-99/100", {"etag": '"two"'}),  # another file, If-Range not understood
        ("", {}),
        ("rubbish", {}),
    ],
)
def test_pieces_of_different_files_are_not_joined(content_range, more):
    assert isinstance(judge(206, {"content-range": content_range, **more}, origin=PART, offset=40, url=URL), Useless)


@pytest.mark.parametrize(
    ("content_range", "offset", "kind"),
    [
        ("bytes */100", 100, Complete),
        ("bytes */90", 100, Useless),
        ("", 100, Useless),
        ("bytes */40", 40, Useless),  # shorter than announced at the start
        ("", 0, Refused),
    ],
)
def test_no_such_range(content_range, offset, kind):
    assert isinstance(judge(416, {"content-range": content_range}, origin=PART, offset=offset, url=URL), kind)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_server_in_trouble_is_asked_again(status):
    assert judge(status, {}, origin=None, offset=0, url=URL) == Later(f"HTTP {status}", None)


@pytest.mark.parametrize(("asked", "wait_s"), [("7", 7.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None)])
def test_a_server_may_ask_for_time(asked, wait_s):
    assert judge(503, {"retry-after": asked}, origin=None, offset=0, url=URL) == Later("HTTP 503", wait_s)


@pytest.mark.parametrize("status", [204, 304, 401, 403, 404, 410])
def test_other_answers_are_final(status):
    assert judge(status, {}, origin=None, offset=0, url=URL) == Refused(f"HTTP {status}")


def test_a_piece_that_nobody_asked_for_is_final():
    assert isinstance(judge(206, {"content-range": "bytes 0-9/100"}, origin=None, offset=0, url=URL), Refused)


@pytest.mark.parametrize(
    ("failures", "asked_s", "wait_s"),
    [(1, None, 1), (2, None, 2), (4, None, 8), (9, None, 30), (1, 12.0, 12), (1, 3600.0, 30), (3, 0.0, 4)],
)
def test_waits_double_up_to_a_limit(failures, asked_s, wait_s):
    assert RetryPlan().wait_s(failures, asked_s) == wait_s
