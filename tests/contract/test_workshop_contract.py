"""What the desk's editor needs of a workshop, of the fake one and of the one with dictionaries, speech and a model."""

import io
import wave
from datetime import UTC, datetime

import pytest
import soundfile

from kb.fakes import MemoryKnowledgeBase
from server.knowledge.content import base_of
from server.knowledge.errors import WorkshopFailed
from server.knowledge.fakes import memory_workshop
from server.knowledge.gate import Group, Outcome, Question
from tests.knowledge_samples import CONTENTS, HOURS, RETURNS, SMOKE
from voice import compose
from voice.checks.round_trip import take
from voice.desk_contents import BaseOfFile, article_of
from voice.desk_editing import workshop

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
BASE = base_of(CONTENTS)


@pytest.fixture(scope="module", params=["memory", "voice"])
def made(request, tmp_path_factory):
    from dataclasses import replace

    from voice.settings import Settings

    if request.param == "memory":
        return memory_workshop(CONTENTS)
    folder = tmp_path_factory.mktemp("workshop")
    settings = Settings(data_dir=folder, cache_dir=tmp_path_factory.getbasetemp() / "cache", desk_phone="03-1555-1234")
    base = MemoryKnowledgeBase(map(article_of, CONTENTS))
    return replace(workshop(settings, folder), begin_with=BaseOfFile(lambda: base))


def test_it_begins_with_the_base_in_force(made):
    assert base_of(made.begin_with.contents()) == BASE


@pytest.mark.parametrize("content", CONTENTS)
def test_an_article_is_read_as_it_is(made, content):
    found = made.rules.read(content)
    assert (found.content, found.problems) == (content, ())


@pytest.mark.parametrize("name", ["title", "variants", "answer"])
def test_what_is_missing_is_named_by_its_field(made, name):
    found = made.rules.read({key: value for key, value in HOURS.items() if key != name})
    assert found.content is None
    assert [(one.field, one.code, one.severity) for one in found.problems] == [(name, "missing", "error")]


def test_articles_in_order_have_no_grave_remark(made):
    assert [one for one in made.rules.remarks(HOURS, BASE) if one.severity == "error"] == []


def test_a_wording_of_another_article_is_remarked(made):
    draft = HOURS | {"variants": [*HOURS["variants"], "返品したい"]}
    (found,) = [one for one in made.rules.remarks(draft, BASE) if one.severity == "error"]
    assert (found.field, found.code, found.text, found.others) == (
        "variants",
        "variant-conflict",
        "返品したい",
        ("returns",),
    )


def test_everything_is_said(made):
    said = [one.part for one in made.voice.said(RETURNS) if one.part != "title"]
    assert said == ["answer", "steps", "steps", "variants", "variants"]
    assert all(one.kana for one in made.voice.said(RETURNS))


@pytest.mark.parametrize(("part", "number"), [("whole", 0), ("answer", 0), ("steps", 1), ("variants", 1)])
def test_a_part_is_heard(made, part, number):
    with wave.open(io.BytesIO(made.voice.sound(RETURNS, part, number))) as file:
        assert file.getnframes() / file.getframerate() > 0.1
        assert file.getnchannels() == 1


def test_what_is_not_there_cannot_be_heard(made):
    with pytest.raises(WorkshopFailed):
        made.voice.sound(HOURS, "steps", 0)


@pytest.mark.parametrize("aloud", [False, True])
def test_a_question_is_tried_with_the_draft_and_without(made, aloud):
    draft = HOURS | {"variants": [*HOURS["variants"], "お店が閉まるのはいつですか"]}
    tried = made.tryout.tried("お店が閉まるのはいつですか", draft, BASE, aloud=aloud)
    assert tried.heard
    assert (tried.with_draft.decision, tried.with_draft.articles) == ("answer", ("hours",))
    assert (
        tried.with_draft.matches[0].score > tried.without_draft.matches[0].score
        if tried.without_draft.matches
        else True
    )
    assert tried.without_draft.decision != "answer" or tried.without_draft.articles != ("hours",)


def test_a_new_article_is_compared_with_nothing_or_the_rest(made):
    parking = {
        "id": "parking",
        "title": "駐車場",
        "category": "店",
        "variants": ["駐車場はありますか"],
        "answer": "ございます。",
    }
    tried = made.tryout.tried("駐車場はありますか", parking, BASE, aloud=False)
    assert tried.with_draft.articles == ("parking",)
    assert tried.without_draft is None or "parking" not in tried.without_draft.articles


def test_neighbours_that_suffer_are_named(made):
    assert made.tryout.shifts(HOURS, BASE) == ()
    shifts = made.tryout.shifts(HOURS | {"variants": [*HOURS["variants"], *RETURNS["variants"]]}, BASE)
    assert ("returns", Outcome.RIGHT) in {(one.article_id, one.before) for one in shifts}
    assert all(one.after is not Outcome.RIGHT for one in shifts)


def test_a_bundle_holds_what_devices_are_told(made):
    built = made.bundler.built(BASE, NOW)
    found = made.bundler.opened(built.data)
    assert [one["id"] for one in found.contents] == ["hours", "returns", "smoke"]
    assert "staff_note" not in found.get("hours")
    assert found.get("returns") == RETURNS
    assert built.articles == 3
    assert made.bundler.built(BASE, NOW.replace(year=2027)).content == built.content
    assert made.bundler.built(BASE.without("hours"), NOW).content != built.content


def test_no_bundle_is_refused(made):
    with pytest.raises(WorkshopFailed):
        made.bundler.opened(b"x")
    with pytest.raises(WorkshopFailed):
        made.bundler.built(base_of(()), NOW)


def test_the_suite_answers_in_order_and_beats(made):
    beats = []
    questions = [
        Question(text="返品のやり方", wanted="returns", group=Group.TYPED),
        Question(text="返品のやり方", wanted="hours", group=Group.TYPED),
        Question(text="煙が出ています", wanted="smoke", group=Group.SPOKEN, danger=True),
        Question(text="犬を飼いたいのですが", wanted="", group=Group.KEPT),
    ]
    found = list(made.suite.outcomes(BASE, questions, lambda: beats.append(1)))
    assert found == [Outcome.RIGHT, Outcome.WRONG, Outcome.RIGHT, Outcome.RIGHT]
    assert len(beats) >= len(questions)


def test_what_the_beat_raises_ends_the_suite(made):
    class Enough(Exception):
        pass

    def beat():
        raise Enough

    with pytest.raises(Enough):
        list(made.suite.outcomes(BASE, [Question(text="返品したい", wanted="returns", group=Group.TYPED)], beat))


def test_without_a_folder_there_are_no_recordings(made):
    assert made.suite.recordings() == ()
    assert SMOKE["safety"]


def test_recordings_of_the_folder_are_heard(tmp_path, settings):
    folder = tmp_path / "recordings"
    folder.mkdir()
    spoken = take("返品のやり方", compose.synthesizer(settings, cached=False), None)
    soundfile.write(folder / "a.wav", spoken, 16_000)
    (folder / "recordings.tsv").write_text("file\tid\ttext\na.wav\treturns\t返品のやり方\n", encoding="utf-8")
    suite = workshop(settings, tmp_path).suite
    (recording,) = suite.recordings()
    question = Question(text=recording.text, wanted="returns", group=Group.RECORDED, recording=recording.name)
    assert list(suite.outcomes(BASE, [question], lambda: None)) == [Outcome.RIGHT]
