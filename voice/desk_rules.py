"""What an article must be, and what is odd about it, as an author at the desk is told: `kb check` for one article."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import Any, Final

from pydantic import ValidationError
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import extract_iter

from intents.morae import from_kana, to_units
from intents.normalise import core_reading, match_key
from kb.articles import Article
from kb.checking import Finding, Severity, together
from kb.checking_articles import danger_words, validity, without_human
from kb.checking_variants import NEAR_LEAST, NEAR_PHONES, Phrase, phrases, same_sound, same_writing
from kb.rows import ArticleRow
from server.knowledge.content import Base, Plain
from server.knowledge.ports import Read, Remark
from voice import compose
from voice.checks import reachability, reading_aloud, speaking_time, vocabulary
from voice.desk_contents import Bench, LastMade, article_of, content_of
from voice.knowledge import topics

_MISSING: Final = {"missing", "string_too_short", "too_short"}
_OWN_WORDS: Final = {"id": "id", "authority_up_to_yen": "yen", "valid_from": "day", "valid_until": "day"}
_KANA: Final = {"answer_reading", "steps", "readings"}
_DAYS: Final = {
    "article-not-yet-valid": "valid_from",
    "article-expired": "valid_until",
    "article-expiring": "valid_until",
}


class DeskRules:
    """An `ArticleRules` over the checks of `koemado kb check`."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._sounds = LastMade(partial(_sounds, bench))

    def read(self, typed: Plain) -> Read:
        """See `ArticleRules`."""
        try:
            return Read(content=content_of(ArticleRow.model_validate(dict(typed)).article()))
        except ValidationError as error:
            return Read(content=None, problems=tuple(_problem(item) for item in error.errors()))

    def remarks(self, content: Plain, base: Base) -> tuple[Remark, ...]:
        """See `ArticleRules`."""
        article = article_of(content)
        found = [
            *self._wordings(article, base),
            *self._rules(article),
            *self._aloud(article),
        ]
        order = list(Severity)
        return tuple(sorted(found, key=lambda one: order.index(Severity(one.severity))))

    def _wordings(self, article: Article, base: Base) -> Iterator[Remark]:
        others = self._sounds.of(base)
        own = _phrases(self._bench, [article])
        close = [p for p in others.close_to(own) if p.article.id != article.id]
        for check in (same_writing, same_sound):
            for finding in check([*own, *close]):
                if finding.article_id == article.id:
                    yield _remark(finding, _wording_field(finding.text, article))
        yield from _one_sound_away(article, own, others)

    def _rules(self, article: Article) -> Iterator[Remark]:
        (topic,) = topics([article], self._bench.readings)
        for finding in validity([article], date.today()):
            yield _remark(finding, _DAYS[finding.code], text="")
        yield from (_remark(f, "answer", text="") for f in without_human([article], self._bench.desk_phone))
        kana = self._bench.hears_kana
        found = [*danger_words([article]), *reachability.unsayable([topic]), *reachability.commands([topic], kana=kana)]
        if kana:
            known = vocabulary.vocabulary(compose.model_folder(self._bench.settings))
            found += vocabulary.unheard_morae([topic], known)
        yield from (_remark(f, _wording_field(f.text, article)) for f in found)

    def _aloud(self, article: Article) -> Iterator[Remark]:
        for passage, field in _passages(article):
            yield from (_remark(f, field) for f in reading_aloud.doubts_in(passage))
        for passage in reading_aloud.variants([article]):
            found = (f for f in reading_aloud.doubts_in(passage) if f.severity is not Severity.NOTE)
            yield from (_remark(f, "variants") for f in found)
        speed = self._bench.settings.speech_speed
        for finding in speaking_time.too_long(article, partial(speaking_time.seconds, speed=speed), speed=speed):
            yield _remark(finding, "answer" if finding.text == article.answer else "steps")


@dataclass(frozen=True)
class _Sounds:
    """The wordings of a base, to be found by writing and by sound."""

    wordings: Sequence[Phrase]

    @cached_property
    def by_key(self) -> dict[str, list[Phrase]]:
        return _grouped((match_key(w.text), w) for w in self.wordings)

    @cached_property
    def by_core(self) -> dict[str, list[Phrase]]:
        return _grouped((core_reading(w.reading), w) for w in self.wordings if w.reading)

    @cached_property
    def phones(self) -> dict[str, str]:
        """Core -> its phones."""
        return {core: _phones(core) for core in self.by_core}

    def close_to(self, own: Iterable[Phrase]) -> Iterator[Phrase]:
        """Those that are written or sound the same."""
        seen: set[int] = set()
        for wording in own:
            same = self.by_key.get(match_key(wording.text), []) + self.by_core.get(core_reading(wording.reading), [])
            for phrase in same:
                if id(phrase) not in seen:
                    seen.add(id(phrase))
                    yield phrase


def _sounds(bench: Bench, base: Base) -> _Sounds:
    return _Sounds(_phrases(bench, [article_of(content) for content in base.contents]))


def _phrases(bench: Bench, articles: Sequence[Article]) -> tuple[Phrase, ...]:
    found = topics(articles, bench.readings)
    return phrases(articles, {(t.id, w.text): w.reading for t in found for w in t.wordings})


def _one_sound_away(article: Article, own: Sequence[Phrase], others: _Sounds) -> Iterator[Remark]:
    for phrase in {p.text: p for p in own}.values():
        core = core_reading(phrase.reading)
        phones = _phones(core)
        if len(phones) < NEAR_LEAST:
            continue
        near = extract_iter(phones, others.phones, scorer=Levenshtein.distance, score_cutoff=NEAR_PHONES)
        rivals = [p for _, far, key in near if far for p in others.by_core[key] if p.article.id != article.id]
        ids = tuple(sorted({p.article.id for p in rivals if together(article, p.article)}))
        if ids:
            field = _wording_field(phrase.text, article)
            reading = phrase.reading
            yield Remark(
                field=field, code="variant-near", severity="note", text=phrase.text, others=ids, reading=reading
            )


def _phones(core: str) -> str:
    return "".join(chr(0xE000 + unit) for unit in to_units(from_kana(core) or []))


def _grouped(pairs: Iterable[tuple[str, Phrase]]) -> dict[str, list[Phrase]]:
    found: dict[str, list[Phrase]] = defaultdict(list)
    for key, phrase in pairs:
        if key:
            found[key].append(phrase)
    return dict(found)


def _passages(article: Article) -> Iterator[tuple[reading_aloud.Passage, str]]:
    fields = {article.title: "title", article.tip or "": "tip", article.answer: "answer"}
    for passage in reading_aloud.passages([article]):
        yield passage, fields.get(passage.text, "steps")


def _wording_field(text: str, article: Article) -> str:
    return "title" if text == article.title and text not in article.variants else "variants"


def _remark(finding: Finding, field: str, text: str | None = None) -> Remark:
    return Remark(
        field=field,
        code=finding.code,
        severity=str(finding.severity),
        text=finding.text if text is None else text,
        others=finding.others,
        reading=finding.reading,
    )


def _problem(item: Any) -> Remark:
    """One thing wrong with a form, by field; the text is the word or line it is about."""
    place = [str(part + 1) if isinstance(part, int) else str(part) for part in item["loc"]]
    field, text = (place[0], place[1] if len(place) > 1 else "") if place else _whole(str(item["msg"]))
    return Remark(field=field, code=_code(field, item) if place else _field_code(field), severity="error", text=text)


def _code(field: str, item: Any) -> str:
    kind = item["type"]
    if kind in _MISSING:
        return "missing"
    if kind in ("string_too_long", "too_long"):
        return "too-many" if field == "variants" and len(item["loc"]) == 1 else "too-long"
    if "control character" in str(item["msg"]):
        return "control-character"
    return _OWN_WORDS.get(field, "kana" if field in _KANA else "wrong")


def _whole(message: str) -> tuple[str, str]:
    """What a rule over several fields is about."""
    if "valid_until" in message:
        return "valid_until", ""
    return "variants", message.partition("'")[2].rpartition("'")[0]


def _field_code(field: str) -> str:
    """Return the code of a rule over several fields."""
    return "days-turned" if field == "valid_until" else "twice"
