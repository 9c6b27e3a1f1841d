"""「先日の件は、いかがですか」: what customers say to it, and to whether they may be asked so at all.  Pure."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

from intents.answers import Spoken
from intents.data_files import load
from intents.morae import without_long_marks
from intents.phrases import Phrasebook
from intents.replies import Reply, reply_in
from intents.transcripts import Transcript

_MOST_HYPOTHESES: Final = 3
_LEADS: Final = re.compile(r"^(ハイ|エエ|エ|ウン|アア|ア|イエ|イイエ|イヤ|マ|モチロン)+(?=.)")


class StoryAnswer(StrEnum):
    """What was said to how things are."""

    WELL = "well"
    UNWELL = "unwell"
    NEITHER = "neither"  # 「まあまあです」
    STOP = "stop"  # not to be spoken of
    NEVER = "never"  # nothing of the kind is to be asked any more
    NOT_ME = "not_me"  # it was somebody else


class _Found(NamedTuple):
    begins: int
    ends: int
    meant: StoryAnswer


def story_answer(heard: Transcript) -> StoryAnswer | None:
    """Return what was said to the question; None for anything else, 「はい」 alone among it."""
    for one in heard.hypotheses[:_MOST_HYPOTHESES]:
        meant = _meant(without_long_marks(one.reading))
        if meant is not None:
            return meant
    return None


def is_withdrawing(heard: Transcript) -> bool:
    """Whether how things are shall not be asked any more: 「その後のことは聞かないで」."""
    return any(_withdrawing().search(without_long_marks(one.reading)) for one in heard.hypotheses[:_MOST_HYPOTHESES])


def later_in(heard: Transcript) -> bool | None:
    """Return whether the customer may be asked later; None for what is no answer to that."""
    meant = _later().meaning(heard)
    reply = reply_in(heard)
    if is_withdrawing(heard) or meant == "no" or reply in (Reply.NO, Reply.DECLINE, Reply.STOP):
        return False
    return True if meant == "yes" or reply is Reply.YES else None


def story_sentence(name: str) -> Spoken:
    """Return a sentence of data/story.toml.  Raises KeyError for an unknown name."""
    data = load("story")
    return Spoken(text=data["say"][name], overrides=data["readings"])


def _meant(reading: str) -> StoryAnswer | None:
    """What an utterance means as it sounds: of pieces that overlap the longest counts, of several the last."""
    rules = _rules()
    rest = _LEADS.sub("", reading)
    for meant in (StoryAnswer.NOT_ME, StoryAnswer.NEVER, StoryAnswer.STOP):
        if _any(rules.plain[meant], reading):
            return meant
    if any(piece.fullmatch(one) for piece in rules.whole["stop"] for one in (rest, reading)):
        return StoryAnswer.STOP
    found = [one for one in _strong(reading) if not _is_inside_another(one, tuple(_strong(reading)))]
    if found:
        return max(found, key=lambda one: (one.ends, one.begins)).meant
    if any(piece.fullmatch(one) for piece in rules.whole["well"] for one in (rest, reading)):
        return StoryAnswer.WELL
    if _any(rules.neither, reading):
        return StoryAnswer.NEITHER
    return StoryAnswer.UNWELL if _any(rules.weak, reading) else None


def _strong(reading: str) -> Iterator[_Found]:
    for meant, pieces in _rules().strong:
        for piece in pieces:
            yield from (_Found(*match.span(), meant) for match in piece.finditer(reading))


def _is_inside_another(one: _Found, others: Sequence[_Found]) -> bool:
    return any(
        other.begins <= one.begins and one.ends <= other.ends and other[:2] != one[:2]
        for other in others
        if other.meant is not one.meant
    )


def _any(pieces: Sequence[re.Pattern[str]], reading: str) -> bool:
    return any(piece.search(reading) for piece in pieces)


class _Rules(NamedTuple):
    plain: dict[StoryAnswer, list[re.Pattern[str]]]
    strong: list[tuple[StoryAnswer, list[re.Pattern[str]]]]
    whole: dict[str, list[re.Pattern[str]]]
    weak: list[re.Pattern[str]]
    neither: list[re.Pattern[str]]


@cache
def _rules() -> _Rules:
    data = load("story")
    well, unwell, not_me = data["well"], data["unwell"], data["not_me"]
    said, denied = _of_verbs(well["verbs"])
    bad, bad_denied = _of_verbs(unwell["verbs"])
    persons = "|".join(not_me["persons"])
    return _Rules(
        plain={
            StoryAnswer.NOT_ME: _compiled([*not_me["pieces"], not_me["of_persons"].format(persons=persons)]),
            StoryAnswer.NEVER: _compiled(data["stop"]["never"]),
            StoryAnswer.STOP: _compiled(data["stop"]["pieces"]),
        },
        strong=[
            (StoryAnswer.WELL, _compiled([*well["pieces"], *said, *bad_denied, *_denied(unwell)])),
            (StoryAnswer.UNWELL, _compiled([*unwell["pieces"], *bad, *denied, *_denied(well)])),
        ],
        whole={name: _compiled(pieces) for name, pieces in data["whole"].items()},
        weak=_compiled(data["weak"]["unwell"]),
        neither=_compiled(data["weak"]["neither"]),
    )


def _denied(table: dict[str, list[str] | str]) -> list[str]:
    return [f"({piece}){table['denial']}" for piece in table["pieces"]]


def _of_verbs(verbs: Sequence[Sequence[str]]) -> tuple[list[str], list[str]]:
    """What the verbs' forms say, and what denies it: 「直りました」 and 「直ってない」."""
    said, denied = [], []
    for polite, plain, te, ta in verbs:
        said += [f"{polite}(マシタ|マス|ヤシタ)(?!カ)", te, ta, f"{_western(te)}(ル|リマ|リヤ)"]
        denied += [
            f"{polite}(マセン|マヘン|ソーニナ|ソーモナ|ャシナ|ワシナ|モシナ)",
            f"{plain}(ナク(ナリマシタ|ナッタ|ナッテ|ナリ|ナル|テ)?|ナイ|ナカッ|ズ|ヘン|ン(カッタ|デ|ワ|ネ|ヨ|ノ|$))",
            f"{te}(ワ|モ)?(イ)?(マセン|ナイ|ナク|ナカッ|ヘン|オリマセン|オラン|ラン|ネー|ネ(ヨ|ン)|キマセン|コナ(イ|ク|カッ))",
            f"{te}(ホシ|クレ(マセン|ナ|ヘン)|モラ(ッテ(イ)?(マセン|ナ)|エ(マセン|ナ|ヘン|テナ|テマセン)))",
            f"{_western(te)}(ラン|ラナ|ラヘン|リマセン)",
            f"{ta}(ト|ッテ|ワケ|ヨー|カンジ|キ)?(ワ|ガ|モ|ニワ|デワ|ジャ|トワ)?(イエナ|イエマセン|オモエナ|オモエマセン|ナイ|アリマセン|シナイ|シマセン)",
            f"{ta}(ト|ッテ|カト)オモッ(タ|テイタ|テタ|テ)(ノニ|ラ|ケド|ンデ|ンダ|マシタ)",
        ]
    return said, denied


def _western(te: str) -> str:
    """ウゴイト of ウゴイテ: 「動いとる」."""
    return te[:-1] + {"テ": "ト", "デ": "ド"}[te[-1]]


def _compiled(pieces: Sequence[str]) -> list[re.Pattern[str]]:
    return [re.compile(without_long_marks(piece)) for piece in pieces]


@cache
def _withdrawing() -> re.Pattern[str]:
    words = load("story")["withdrawing"]
    return re.compile(without_long_marks(words["lead"] + words["end"]))


@cache
def _later() -> Phrasebook:
    return Phrasebook(load("story")["later"])
