"""Articles said aloud at the desk, with the synthesiser and the readings of the devices."""

import io
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final

import soundfile

from intents.answers import Spoken
from intents.readings import reading_of
from kb.articles import Article
from server.knowledge.content import Plain
from server.knowledge.errors import WorkshopFailed
from server.knowledge.ports import Said
from voice.desk_contents import article_of
from voice.errors import VoiceError
from voice.speaker import Speaker, speakable
from voice.speech.pcm import joined, resampled

RATE_HZ: Final = 24_000  # of speech hardly anything is higher than 12 kHz


class DeskVoice:
    """An `ArticleVoice`; the speaker is made when somebody first listens."""

    def __init__(self, speaker: Callable[[], Speaker]) -> None:
        self._made = speaker

    @cached_property
    def _speaker(self) -> Speaker:
        return self._made()

    def said(self, content: Plain) -> tuple[Said, ...]:
        """See `ArticleVoice`."""
        article = article_of(content)
        parts = [("title", spoken) for spoken in _title(article)]
        parts += [(part, spoken) for part in ("answer", "steps", "tip", "variants") for spoken in _part(article, part)]
        return tuple(Said(part=part, text=spoken.text, kana=_kana(spoken)) for part, spoken in parts)

    def sound(self, content: Plain, part: str, number: int = 0) -> bytes:
        """See `ArticleVoice`."""
        article = article_of(content)
        if part == "whole":
            says = [one for name in ("answer", "steps", "tip") for one in _part(article, name)]
        else:
            says = (_title(article) if part == "title" else _part(article, part))[number : number + 1]
        if not says:
            raise WorkshopFailed("there is nothing to say")
        return self._wav(says)

    def _wav(self, says: Sequence[Spoken]) -> bytes:
        try:
            chunks = list(self._speaker.rendered(says))
        except VoiceError as error:
            raise WorkshopFailed(str(error)) from error
        if not chunks:
            raise WorkshopFailed("there is nothing to say")
        whole, out = resampled(joined(chunks), RATE_HZ), io.BytesIO()
        soundfile.write(out, whole.samples, whole.rate_hz, format="WAV", subtype="PCM_16")
        return out.getvalue()


def _title(article: Article) -> list[Spoken]:
    return [Spoken(text=article.title, overrides=article.readings)]


def _part(article: Article, part: str) -> list[Spoken]:
    own = article.readings
    if part == "answer":
        return [Spoken(text=article.answer, reading=article.answer_reading, overrides=own)]
    if part == "steps":
        return [Spoken(text=step.text, reading=step.reading, overrides=own) for step in article.steps]
    if part == "tip":
        return [Spoken(text=article.tip, overrides=own)] if article.tip else []
    return [Spoken(text=text, overrides=own) for text in article.variants] if part == "variants" else []


def _kana(spoken: Spoken) -> str:
    return spoken.reading or reading_of(speakable(spoken))
