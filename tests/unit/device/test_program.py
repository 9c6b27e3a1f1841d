import sys

from voice.cli.program import watch


def test_what_takes_seconds_only_needs_no_words_in_a_log(capsys):
    watch("Indexing", 0, 6_000)
    assert capsys.readouterr().err == ""


def test_in_a_log_only_the_beginning_is_told(capsys):
    for done in range(200, 60_001, 200):
        watch("Reading", done, 60_000)
    assert capsys.readouterr().err == "Reading the knowledge base, 60,000 wordings; this is done once\n"


def test_on_a_terminal_the_line_runs(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    watch("Reading", 3_000, 6_000)
    watch("Reading", 6_000, 6_000)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.endswith("6,000 of 6,000 wordings\n")
    assert told.err.count("\r") == 2
