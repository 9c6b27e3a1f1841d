"""Scripts of conversations: read from YAML, every mistake told with its line."""

from datetime import datetime

import pytest

from intents.when_types import TOKYO
from voice.cli.app import run
from voice.simulation.reading import ScriptRejected, script_from

GOOD = """\
title: 番号
now: 2026-11-24 10:15
desk: {slots: [2026-11-25 13:00]}
lines:
  - はい
  - customer: ""
    expect: 聞き取れません
  - {customer: 電話, voice: true, expect: {says: [a, b], outcome: callback, stage: none, finished: no}}
stored: {phone: 0120-444-444, windows: 2026-11-25 13:00}
"""


def test_a_script():
    script = script_from(GOOD, "good.yaml")
    assert script.now == datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
    assert [line.text for line in script.lines] == ["はい", "", "電話"]
    assert [line.at for line in script.lines] == [5, 6, 8]
    assert script.lines[1].expect.says == ("聞き取れません",)
    assert script.lines[2].by_voice
    assert script.lines[2].expect.finished is False
    assert script.stored == {"phone": ("0120-444-444",), "windows": ("2026-11-25 13:00",)}
    assert [slot.begins.hour for slot in script.desk.slots] == [13]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("", None, "empty"),
        ("title: [", 1, "no YAML"),
        ("title: a", 1, "lines is missing"),
        ("title: a\nlines: []", 2, "needs a line"),
        ("title: a\nlines:\n  - {custommer: はい}", 3, "'custommer' is unknown"),
        ("title: a\nlines:\n  - {expect: はい}", 3, "customer is missing"),
        ("title: a\nlines:\n  - {customer: はい, expect: {stage: nmae}}", 3, "stage is one of"),
        ("title: a\nlines:\n  - {customer: はい, voice: perhaps}", 3, "true or false"),
        ("title: a\nnow: soon\nlines: [はい]", 2, "a time looks like"),
        ("title: a\ndesk: closed\nlines: [はい]", 2, "desk is one of"),
        ("title: a\nlines: [はい]\nstored: {windows: tomorrow}", 3, "a window looks like"),
        ("title: a\nlines: [はい]\nstored: all", 3, "stored is none"),
        ("title: a\nlines: [はい]\ndesk:\n  news:\n    - {calls: 1}", 5, "state is missing"),
        ("title: a\nlines: [はい]\ndesk:\n  news:\n    - {state: tried, calls: many}", 5, "calls is how many"),
        ("title: a\nlines: [はい]\nbecame: {sate: closed}", 3, "'sate' is unknown"),
        ("title: a\ntitle: b\nlines: [はい]", 2, "given twice"),
    ],
)
def test_a_wrong_script_is_told_with_its_line(text, line, why):
    with pytest.raises(ScriptRejected, match=why) as error:
        script_from(text, "wrong.yaml")
    assert line is None or f"line {line}:" in str(error.value)


def test_a_failed_expectation_is_told_and_counts(tmp_path, capsys):
    path = tmp_path / "script.yaml"
    path.write_text(
        "title: a\nlines:\n  - {customer: 送料はいくらですか, expect: {article: nothing-like-that, says: 月}}\nstored: none\n"
    )
    assert run(["simulate", str(path)]) == 1
    told = capsys.readouterr().err
    assert "line 3: article is shipping-cost, not nothing-like-that" in told
    assert "「月」 is not said" in told


def test_what_is_stored_is_checked(tmp_path, capsys):
    path = tmp_path / "script.yaml"
    path.write_text("title: a\nlines: [はい]\nstored: {phone: 0120-444-444}\n")
    assert run(["simulate", str(path)]) == 1
    assert "line 3: 0 requests were stored, not 1" in capsys.readouterr().err


def test_what_became_of_an_earlier_call_is_checked(tmp_path, capsys):
    path = tmp_path / "script.yaml"
    path.write_text(
        "title: a\ndesk:\n  news:\n    - {state: tried, calls: 1, offers: [2026-11-25 13:00]}\n"
        "lines: [はい]\nbecame: {state: promised, promise: none}\n"
    )
    assert run(["simulate", str(path)]) == 1
    assert "line 6: state became tried, not promised" in capsys.readouterr().err


def test_a_script_that_is_not_there(tmp_path):
    assert run(["simulate", str(tmp_path / "none.yaml")]) == 2
