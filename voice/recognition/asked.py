"""Recognition for an answer: what the customer was just asked is what will be heard.

A number, a time, a name, yes and no have graphs (kana models) or run-time grammars (models of words) of their own; what else
is said is heard as always.  `python -m benchmarks.asked` measures what that gains.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from intents.callback_form import Stage
from intents.callback_memory import is_about_memory
from intents.data_files import load
from intents.form_wishes import wish_in
from intents.morae import katakana
from intents.name_words import pronounced
from intents.new_time_words import wish_in as call_wish_in
from intents.news import rating_in
from intents.phone_phrases import digit_phrases
from intents.phone_slot import EMPTY, HeardKind, hear_digits
from intents.readings import reading_of
from intents.replies import Reply, reply_in, wordings
from intents.transcripts import Transcript
from intents.when_phrases import when_phrases
from voice.modelkit.ngram import MoraLm
from voice.models.inspect import VocabularyKind, vocabulary_kind
from voice.recognition.base_model import base_model
from voice.recognition.decoding import DecoderSource, VoskModel
from voice.recognition.digits import NumberGraphs
from voice.recognition.expecting import Expecting
from voice.recognition.phrases import PhraseGraphs, graph_key, phrase_list


class Answers(StrEnum):
    """What kind of answer is expected."""

    NUMBER = "number"
    TIME = "time"
    NAME = "name"
    REPLY = "reply"


ASKED: Final[Mapping[Stage, Answers]] = {
    Stage.PHONE: Answers.NUMBER,
    Stage.PHONE_CHECK: Answers.NUMBER,
    Stage.WHEN: Answers.TIME,
    Stage.OFFER: Answers.TIME,
    Stage.NAME: Answers.NAME,
    Stage.NAME_CHECK: Answers.NAME,
    Stage.CONSENT: Answers.REPLY,
    Stage.KNOWN: Answers.NAME,  # yes and no are among them
    Stage.SUMMARY: Answers.TIME,  # often another time, if it is not yes or no
    Stage.CHANGE: Answers.REPLY,
    Stage.REMEMBER: Answers.REPLY,
    Stage.LATER: Answers.REPLY,
    Stage.FORGET: Answers.REPLY,
}


GRAPH_VERSION: Final = "2"  # raise when the same phrases make other graphs
LEAVE_COST: Final = 9.0  # to open speech; the base's is 4: who was asked mostly answers
REPLY_WEIGHT: Final = 200.0  # of yes and no against any other phrase, of which there are some 700
NAME_ENDINGS: Final = ("", "です", "ともうします")
GIVEN_WITH: Final = 4  # family names a given name is heard with; the words combine anyway


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A model that expects one kind of answer, when such an answer is whole, and which of what it hears are answers.

    `alone`: a second opinion would only raise doubts.
    """

    source: DecoderSource
    is_clear: Callable[[Transcript], bool]
    is_answer: Callable[[Transcript], bool]  # what is none is left to the second opinion
    alone: bool


class AskedEars:
    """What to hear each stage with; graphs are compiled when first asked for and kept in `folder`."""

    def __init__(self, model: VoskModel, folder: Path) -> None:
        self._model = model
        self._folder = folder
        self._kana = vocabulary_kind(model.folder) is VocabularyKind.MORAE
        self._found: dict[Answers, Expected | None] = {}

    def prepare(self) -> None:
        """Compile everything now, so that nobody waits for it in a conversation."""
        for kind in Answers:
            self.expected(kind)

    def expected_at(self, stage: Stage | None, *, yes_or_no: bool = False) -> Expected | None:
        """What hears the answer best at a stage, or to a question outside of a form; None: hear it as always."""
        kind = ASKED.get(stage) if stage else Answers.REPLY if yes_or_no else None
        return self.expected(kind) if kind else None

    def expected(self, kind: Answers) -> Expected | None:
        """The same by the kind of answer; None too when this model can be made to expect nothing."""
        if kind not in self._found:
            source = self._source(kind)
            is_digits = kind is Answers.NUMBER
            self._found[kind] = (
                None
                if source is None
                else Expected(
                    source=source,
                    is_clear=is_number if is_digits else _anything,
                    is_answer=_is_reply if kind is Answers.REPLY else _anything,
                    alone=is_digits,
                )
            )
        return self._found[kind]

    def _source(self, kind: Answers) -> DecoderSource | None:
        if kind is not Answers.NUMBER:
            graphs = AnswerGraphs(self._folder / f"{kind}_graphs")
            return Expecting(self._model, graphs).expecting(_PHRASES[kind]())
        phrases = {} if self._kana else phrase_list((text, reading_of(text)) for text in digit_phrases())
        return Expecting(self._model, NumberGraphs(self._folder / "number_graphs")).expecting(phrases)


class AnswerGraphs(PhraseGraphs):
    """Compiled graphs of answers: replies are likelier than the rest, and little else is said than what is expected."""

    def _key(self, model: Path, phrases: Mapping[str, str]) -> str:
        return f"{graph_key(model, phrases)}-{GRAPH_VERSION}"

    def _language(self, phrases: Mapping[str, str], model: Path) -> MoraLm:
        often = dict.fromkeys((reading_of(text) for text in _yes_and_no()), REPLY_WEIGHT)
        return base_model(phrases, model, leave=LEAVE_COST, often=often)


def _yes_and_no() -> tuple[str, ...]:
    replies = wordings()
    return (*replies[Reply.YES], *replies[Reply.NO])


def is_number(heard: Transcript) -> bool:
    """Whether it is a whole telephone number or a reply: people pause between the groups of a number."""
    return reply_in(heard) is not None or hear_digits(EMPTY, heard).kind is HeardKind.COMPLETE


def _is_reply(heard: Transcript) -> bool:
    found = reply_in(heard) or wish_in(heard) or rating_in(heard) or call_wish_in(heard)
    return found is not None or is_about_memory(heard)


def _anything(_: Transcript) -> bool:
    return True


@cache
def time_phrases() -> dict[str, str]:
    """Days and times, which of the offered ones, and what else is said to them; replies are among them."""
    choices = [text for texts in load("when")["choice"].values() for text in texts]
    return phrase_list(
        (text, reading_of(text)) for text in [*when_phrases(), *choices, *_wordings(), *_news_wordings()]
    )


@cache
def name_phrases() -> dict[str, str]:
    """Common names as they are told, and what else is said to the question; replies are among them."""
    families = [
        (writings[0] if writings else reading, reading) for reading, writings in load("names")["family"].items()
    ]
    told = [(f"{text}{end}", f"{reading}{katakana(end)}") for text, reading in families for end in NAME_ENDINGS]
    given = [line.split() for line in _given_names().splitlines()]
    for place, (text, reading) in enumerate(given):
        for family, sound in families[place :: len(given)][:GIVEN_WITH] or families[:1]:
            told += [(f"{family}{text}{end}", f"{sound}{reading}{katakana(end)}") for end in NAME_ENDINGS]
    spoken = ((text, pronounced(reading)) for text, reading in told)
    places = [text for texts in load("remembering")["places"].values() for text in texts]  # which of those known
    return phrase_list(
        [*spoken, *((text, reading_of(text)) for text in [*_wordings(), *places, *_about_memory("other")])]
    )


def _given_names() -> str:
    return files("voice.recognition").joinpath("given_names.txt").read_text(encoding="utf-8")


def _wordings() -> list[str]:
    return [text for texts in load("callback")["wordings"].values() for text in texts]


def _about_memory(*names: str) -> list[str]:
    """Answers to whether one is known, to be remembered or to be forgotten."""
    return [text for name in names for text in load("remembering")["answers"][name]]


def reply_phrases() -> dict[str, str]:
    """Yes, no and the commands, and what else is said while a request is taken down."""
    memory = _about_memory("remember", "remember_not", "erase", "erase_not")
    later = [text for texts in load("story")["later"].values() for text in texts]
    return phrase_list((text, reading_of(text)) for text in [*_wordings(), *memory, *later, *_news_wordings()])


def _news_wordings() -> list[str]:
    """What is said to the news of a call that was asked for earlier."""
    news = load("news")
    return [text for table in ("wordings", "wishes") for texts in news[table].values() for text in texts]


_PHRASES: Final[Mapping[Answers, Callable[[], dict[str, str]]]] = {
    Answers.TIME: time_phrases,
    Answers.NAME: name_phrases,
    Answers.REPLY: reply_phrases,
}
