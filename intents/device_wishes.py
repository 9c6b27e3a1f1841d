"""What is asked of the box itself and not of the conversation: louder, quieter, be deaf.  Exact sets, as replies are."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from intents.answers import Spoken
from intents.data_files import load
from intents.distance import split_morae
from intents.phrases import Phrasebook
from intents.transcripts import Transcript

STEP: Final = 10  # percent
LOUDEST: Final = 100
QUIETEST: Final = 10  # that can still be heard
_CALLED_N_BEST: Final = 3
_LEVELS: Final = 10  # 「音量を5に」 is half
_BESIDE: Final = "says"
_SET: Final = ("level", "share")


@dataclass(frozen=True, slots=True)
class SetVolume:
    """The volume from now on."""

    percent: int
    says: str = ""  # the name of a sentence; "" is a tone


@dataclass(frozen=True, slots=True)
class MicrophoneOff:
    """Hear nothing more until the button is pressed."""


DeviceWish = SetVolume | MicrophoneOff


def device_wish(transcript: Transcript, *, percent: int, before: int, called: bool = False) -> DeviceWish | None:
    """Return what to do, for a volume of so many percent; `before`: the last that could be heard; None for anything else.

    `called`: it came in one breath with the wake word, of which a mora or two may be left before it.
    """
    found = _phrases().meaning(transcript)
    if found is None and called:
        found = next((m for one in _without_call(transcript) if (m := _phrases().meaning(one))), None)
    if found is None:
        return None
    if found == "microphone_off":
        return MicrophoneOff()
    return _volume(found, percent, before)


def device_sentence(name: str) -> Spoken:
    """What the box says of itself.  Raises KeyError."""
    return Spoken(text=load("device_wishes")[_BESIDE][name])


def _without_call(transcript: Transcript) -> Iterator[Transcript]:
    """The hypotheses, without their first, and their first two morae."""
    for one in transcript.hypotheses[:_CALLED_N_BEST]:
        morae = split_morae(one.reading)
        for left in range(3):
            reading = "".join(morae[left:])
            yield replace(transcript, hypotheses=(replace(one, text=reading, reading=reading),))


def _volume(found: str, percent: int, before: int) -> SetVolume:
    if found == "louder":
        return _bounded(percent + STEP)
    if found == "quieter":
        return _bounded(max(percent - STEP, QUIETEST) if percent else 0)
    fixed = {"loudest": LOUDEST, "quietest": QUIETEST, "silent": 0, "sounding": percent or max(before, QUIETEST)}
    return _bounded(fixed[found] if found in fixed else int(found))


def _bounded(percent: int) -> SetVolume:
    percent = min(LOUDEST, percent)
    return SetVolume(percent, {LOUDEST: "loudest", QUIETEST: "quietest"}.get(percent, ""))


@cache
def _phrases() -> Phrasebook:
    data = {name: list(texts) for name, texts in load("device_wishes").items() if name not in (*_SET, _BESIDE)}
    templates = load("device_wishes")
    for number in range(_LEVELS + 1):
        percent = number * STEP
        said = [text.format(n=number) for text in templates["level"]]
        said += [text.format(p=percent) for text in templates["share"]]
        data[str(percent)] = said
    return Phrasebook(data)
