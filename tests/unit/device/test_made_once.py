"""Readings and indexes kept in the cache folder."""

import pytest

from intents.matching import Topic, TopicIndex, Wording
from intents.readings import reading_of
from intents.transcripts import typed
from voice import made_once
from voice.made_once import Indexes, Readings

WANTED = [("返品したい", {}), ("E1が出た", {"E1": "いーいち"})]
HEARD = ["ヘンピンシタイ", "イーチガデタ"]


def topics(*texts: str) -> list[Topic]:
    return [Topic(id=t, title=t, wordings=(Wording(text=t, reading=reading_of(t)),)) for t in texts]


def test_readings_are_kept(tmp_path, monkeypatch):
    assert Readings(tmp_path).of(WANTED) == HEARD
    monkeypatch.setattr(made_once, "reading_of", None)
    assert Readings(tmp_path).of(WANTED) == HEARD


def test_only_what_is_new_is_read(tmp_path):
    told: list[tuple[str, int, int]] = []
    Readings(tmp_path).of(WANTED)
    again = Readings(tmp_path, lambda *step: told.append(step))
    assert again.of([*WANTED, ("修理したい", {})]) == [*HEARD, "シューリシタイ"]
    assert told == [("Reading", 1, 1)]


def test_two_bases_take_turns_without_being_read_again(tmp_path, monkeypatch):
    Readings(tmp_path).of(WANTED)
    Readings(tmp_path).of([("修理したい", {})])
    monkeypatch.setattr(made_once, "reading_of", None)
    assert Readings(tmp_path).of(WANTED) == HEARD


def test_readings_of_other_bases_are_kept_up_to_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(made_once, "_KEPT_READINGS", 1)
    Readings(tmp_path).of(WANTED)
    Readings(tmp_path).of([("修理したい", {})])
    (file,) = tmp_path.iterdir()
    assert "返品" not in file.read_text(encoding="utf-8")


def test_a_folder_that_can_only_be_read_serves(tmp_path, monkeypatch):
    known = topics("返品したい", "修理したい")
    Indexes(tmp_path).of(known)
    monkeypatch.setattr(made_once.os, "utime", refused)
    monkeypatch.setattr(TopicIndex, "__init__", None)
    assert Indexes(tmp_path).of(known).rank(typed("返品したい"))[0].topic.id == "返品したい"


def test_an_index_taken_away_by_another_process(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(TopicIndex, "load", refused)
    assert Indexes(tmp_path).of(topics("返品したい")).rank(typed("返品したい"))[0].topic.id == "返品したい"
    assert "could not be kept" in caplog.text


def refused(*_):
    raise PermissionError(13, "Permission denied")


def test_an_override_counts_where_its_word_occurs(tmp_path):
    readings = Readings(tmp_path)
    assert readings.of([("開く", {"開く": "ひらく"})]) == ["ヒラク"]
    assert readings.of([("開く", {"開く": "あく"})]) == ["アク"]


@pytest.mark.parametrize("damage", ["[1, ", "[]", "\0"])
def test_a_damaged_readings_file_is_made_anew(tmp_path, damage):
    Readings(tmp_path).of(WANTED)
    (file,) = tmp_path.iterdir()
    file.write_text(damage)
    assert Readings(tmp_path).of(WANTED) == HEARD


def test_readings_that_cannot_be_kept(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    assert Readings(tmp_path / "file").of(WANTED) == HEARD
    assert "could not be cached" in caplog.text


def test_an_index_is_made_once(tmp_path, monkeypatch):
    known = topics("返品したい", "修理したい")
    made = Indexes(tmp_path).of(known)
    monkeypatch.setattr(TopicIndex, "__init__", None)
    assert Indexes(tmp_path).of(known).rank(typed("返品したい")) == made.rank(typed("返品したい"))


def test_other_topics_have_another_index(tmp_path):
    Indexes(tmp_path).of(topics("返品したい"))
    found = Indexes(tmp_path).of(topics("返品したい", "修理したい")).rank(typed("修理したい"))
    assert found[0].topic.id == "修理したい"


def test_old_indexes_are_forgotten(tmp_path):
    for number in range(5):
        Indexes(tmp_path).of(topics(f"{number}番"))
    assert len(list(tmp_path.iterdir())) == 3


def test_a_damaged_index_is_made_anew(tmp_path):
    known = topics("返品したい", "修理したい")
    Indexes(tmp_path).of(known)
    (folder,) = tmp_path.iterdir()
    (folder / "cores.npy").write_bytes(b"")
    assert Indexes(tmp_path).of(known).rank(typed("修理したい"))[0].topic.id == "修理したい"


def test_an_index_that_cannot_be_kept(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    found = Indexes(tmp_path / "file" / "index").of(topics("返品したい")).rank(typed("返品したい"))
    assert found[0].topic.id == "返品したい"
    assert "could not be kept" in caplog.text


def test_progress_is_told(tmp_path):
    told: list[tuple[str, int, int]] = []
    Indexes(tmp_path, lambda *step: told.append(step)).of(topics("返品したい", "修理したい"))
    assert told[-1] == ("Indexing", 2, 2)
