"""A workshop without speech or dictionary, for tests: an article is matched by the signs it shares with a question."""

import hashlib
import io
import json
import wave
from collections.abc import Iterator, Sequence
from datetime import datetime

from server.knowledge.asking import Recording, key_of
from server.knowledge.content import Base, Plain, base_of, told
from server.knowledge.errors import WorkshopFailed
from server.knowledge.gate import Outcome, Question
from server.knowledge.ports import Built, Match, Progress, Read, Remark, Said, Shift, Tried, Understood, Workshop

NEEDED = ("id", "title", "category", "variants", "answer")
SURE, CLOSE = 0.8, 0.5  # shares of signs: answered; asked back


class MemoryBase:
    """Begins with the articles given."""

    def __init__(self, contents: Sequence[Plain] = ()) -> None:
        self._contents = tuple(contents)

    def contents(self) -> tuple[Plain, ...]:
        """See `BaseInForce`."""
        return self._contents


class SimpleRules:
    """What is needed must be there, and no wording may stand in two articles."""

    def read(self, typed: Plain) -> Read:
        """See `ArticleRules`."""
        missing = [Remark(field=name, code="missing", severity="error") for name in NEEDED if not typed.get(name)]
        return Read(content=None if missing else dict(typed), problems=tuple(missing))

    def remarks(self, content: Plain, base: Base) -> tuple[Remark, ...]:
        """See `ArticleRules`."""
        found = []
        for text in content.get("variants", ()):
            others = tuple(one["id"] for one in base.without(content["id"]).contents if _has(one, text))
            if others:
                found.append(
                    Remark(field="variants", code="variant-conflict", severity="error", text=text, others=others)
                )
        return tuple(found)


class SilentVoice:
    """Says nothing, for as long as the text has signs."""

    def said(self, content: Plain) -> tuple[Said, ...]:
        """See `ArticleVoice`."""
        return tuple(Said(part=part, text=text, kana=text) for part, text in _texts(content))

    def sound(self, content: Plain, part: str, number: int = 0) -> bytes:
        """See `ArticleVoice`."""
        texts = [text for name, text in _texts(content) if name == part]
        if part == "whole":
            texts = ["".join(text for name, text in _texts(content) if name != "variants")]
        if number >= len(texts):
            raise WorkshopFailed("there is nothing to say")
        return _silence(len(texts[number]))


class SharedSigns:
    """A `TryOut` and a `Suite`: an article is as likely as the share of signs its closest wording has in common."""

    def tried(self, text: str, content: Plain, base: Base, *, aloud: bool) -> Tried:
        """See `TryOut`."""
        before = base.get(content["id"])
        after = _understood(text, base.having(content))
        return Tried(heard=text, kana=text, with_draft=after, without_draft=_understood(text, base) if before else None)

    def shifts(self, content: Plain, base: Base) -> tuple[Shift, ...]:
        """See `TryOut`."""
        found, after = [], base.having(content)
        for other in base.without(content["id"]).contents:
            for text in other.get("variants", ()):
                was, now = (outcome_of(_understood(text, one), other["id"]) for one in (base, after))
                if list(Outcome).index(now) > list(Outcome).index(was):
                    title = str(other["title"])
                    found.append(Shift(article_id=other["id"], title=title, wording=text, before=was, after=now))
        return tuple(found)

    def outcomes(self, base: Base, questions: Sequence[Question], beat: Progress) -> Iterator[Outcome]:
        """See `Suite`."""
        for question in questions:
            beat()
            yield outcome_of(_understood(question.text, base), question.wanted)

    def recordings(self) -> tuple[Recording, ...]:
        """See `Suite`."""
        return ()


class JsonBundler:
    """Bundles are JSON."""

    def built(self, base: Base, at: datetime) -> Built:
        """See `Bundler`."""
        if not base.contents:
            raise WorkshopFailed("a bundle needs an article")
        rows = [told(one) for one in base.contents]
        digest = hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()
        version = f"{at:%Y%m%d-%H%M%S}-{digest[:8]}"
        data = json.dumps({"version": version, "articles": rows}).encode()
        return Built(data=data, version=version, content=digest, articles=len(rows))

    def opened(self, data: bytes) -> Base:
        """See `Bundler`."""
        try:
            return base_of(json.loads(data)["articles"])
        except (ValueError, KeyError, TypeError) as error:
            raise WorkshopFailed("this is no bundle") from error


def memory_workshop(contents: Sequence[Plain] = ()) -> Workshop:
    """Return a workshop that begins with these articles."""
    both = SharedSigns()
    return Workshop(
        begin_with=MemoryBase(contents),
        rules=SimpleRules(),
        voice=SilentVoice(),
        tryout=both,
        bundler=JsonBundler(),
        suite=both,
    )


def outcome_of(understood: Understood, wanted: str) -> Outcome:
    """Return what it means to a customer who wanted that article."""
    if understood.decision == "answer":
        return Outcome.RIGHT if understood.articles == (wanted,) else Outcome.WRONG
    if understood.decision == "ask" and wanted in understood.articles:
        return Outcome.ASKED
    return Outcome.MISSED if wanted else Outcome.RIGHT


def _understood(text: str, base: Base) -> Understood:
    found = sorted((_match(text, one) for one in base.contents), key=lambda one: (-one.score, one.article_id))[:5]
    if not found or found[0].score < CLOSE:
        return Understood(decision="human", articles=(), matches=tuple(found))
    best = tuple(one.article_id for one in found if one.score == found[0].score)
    if found[0].score >= SURE and len(best) == 1:
        return Understood(decision="answer", articles=best, matches=tuple(found))
    return Understood(decision="ask", articles=best[:2], matches=tuple(found))


def _match(text: str, content: Plain) -> Match:
    score, wording = max((_share(text, wording), wording) for wording in content["variants"])
    return Match(article_id=content["id"], title=str(content["title"]), score=score, wording=wording)


def _share(one: str, other: str) -> float:
    left, right = set(key_of(one)), set(key_of(other))
    return len(left & right) / max(1, len(left | right))


def _has(content: Plain, text: str) -> bool:
    return key_of(text) in {key_of(one) for one in content.get("variants", ())}


def _texts(content: Plain) -> list[tuple[str, str]]:
    steps = [one["text"] if isinstance(one, dict) else one for one in content.get("steps", ())]
    tip = [("tip", content["tip"])] if content.get("tip") else []
    spoken = [("answer", str(content["answer"])), *(("steps", text) for text in steps), *tip]
    return [*spoken, *(("variants", text) for text in content.get("variants", ()))]


def _silence(signs: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(3_200 * signs))
    return out.getvalue()
