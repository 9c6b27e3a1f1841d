"""All checks of the base in use, in stages, so that progress can be shown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from intents.answers import Spoken
from intents.conversation import Understanding
from intents.matching import Topic, TopicIndex
from kb.articles import Article
from kb.checking import Finding, Severity
from kb.checking_articles import danger_words, validity, without_human
from kb.checking_variants import near_sound, phrases, same_sound, same_writing
from voice import compose
from voice.checks import reachability, reading_aloud, speaking_time, vocabulary
from voice.knowledge import topics, valid
from voice.made_once import Readings
from voice.models import VocabularyKind, vocabulary_kind
from voice.settings import Settings
from voice.speech.playback import SilentSink

Step = Callable[[], object]  # called as work gets done


@dataclass(frozen=True, slots=True)
class Stage:
    """Some of the checks."""

    label: str
    steps: int  # how often `run` calls what it is given
    run: Callable[[Step], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Examined:
    """What the checks look at."""

    settings: Settings
    articles: tuple[Article, ...]  # all there are
    topics: tuple[Topic, ...]  # of all articles
    told: tuple[Topic, ...]  # of those told today
    mind: Understanding  # of today
    kana: bool  # whether the model in use hears morae


def stages(settings: Settings, *, thorough: bool = False, measure: bool = False) -> Iterator[Stage]:
    """The checks, in the order of their cost.  Raises KnowledgeBaseError, ModelError when base or model cannot be read."""
    it = _examined(settings)
    wordings = sum(len(topic.wordings) for topic in it.told)
    yield Stage("Articles", 1, partial(_articles, it))
    yield Stage("Vocabulary", 1, partial(_vocabulary, it))
    yield Stage("Readings aloud", len(it.articles), partial(_aloud, it))
    yield Stage("Readings of wordings", len(it.articles), partial(_expected, it))
    yield Stage("Speaking time", len(it.articles), partial(_length, it, measure))
    yield Stage("Wordings", wordings, partial(_captured, it))
    if thorough:
        yield Stage("Each wording left out", wordings, partial(_isolated, it))


def _examined(settings: Settings) -> Examined:
    articles = tuple(compose.knowledge_base(settings).articles())
    known = topics(articles, Readings(settings.cache_dir / "readings"))
    today = {a.id for a in valid(articles, date.today())}
    kana = vocabulary_kind(compose.model_folder(settings)) is VocabularyKind.MORAE
    mind = compose.knowledge(settings).current().understanding
    return Examined(settings, articles, known, tuple(t for t in known if t.id in today), mind, kana)


def _articles(it: Examined, step: Step) -> Iterator[Finding]:
    readings = {(topic.id, wording.text): wording.reading for topic in it.topics for wording in topic.wordings}
    wordings = phrases(it.articles, readings)
    for check in (same_writing, same_sound, near_sound):
        yield from check(wordings)
    yield from validity(it.articles, date.today())
    yield from without_human(it.articles, it.mind.desk_phone)
    yield from danger_words(it.articles)
    yield from reachability.unsayable(it.topics)
    yield from reachability.commands(it.topics, kana=it.kana)
    step()


def _vocabulary(it: Examined, step: Step) -> Iterator[Finding]:
    known = vocabulary.vocabulary(compose.model_folder(it.settings))
    if it.kana:
        yield from vocabulary.unheard_morae(it.topics, known)
    else:
        look_up = vocabulary.homophones_in(known, it.settings.cache_dir / "vocabulary")
        yield from vocabulary.unheard_words(it.topics, known, *look_up)
    step()


def _aloud(it: Examined, step: Step) -> Iterator[Finding]:
    found: list[Finding] = []
    for article in it.articles:
        for passage in reading_aloud.passages([article]):
            found += reading_aloud.doubts_in(passage)
        step()
    yield from reading_aloud.summed_up(found)


def _expected(it: Examined, step: Step) -> Iterator[Finding]:
    """Only what is likely wrong: a wording that is heard as it is read needs no ear to judge it."""
    found: list[Finding] = []
    for article in it.articles:
        for passage in reading_aloud.variants([article]):
            found += (f for f in reading_aloud.doubts_in(passage) if f.severity is not Severity.NOTE)
        step()
    yield from reading_aloud.summed_up(found)


def _length(it: Examined, measure: bool, step: Step) -> Iterator[Finding]:
    speed = it.settings.speech_speed
    length_s: Callable[[Spoken], float] = partial(speaking_time.seconds, speed=speed)
    if measure:
        length_s = speaking_time.measured(compose.speaker(it.settings, SilentSink()), speed=speed)
    for article in it.articles:
        yield from speaking_time.too_long(article, length_s, speed=speed)
        step()


def _captured(it: Examined, step: Step) -> Iterator[Finding]:
    yield from reachability.captured(it.told, it.mind.matcher, it.mind.costs, kana=it.kana, asked=step)


def _isolated(it: Examined, step: Step) -> Iterator[Finding]:
    yield from reachability.isolated(it.told, TopicIndex, it.mind.costs, kana=it.kana, asked=step)
