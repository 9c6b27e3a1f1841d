"""How alike two readings sound.

Two measures: edit distance over phones, all alike, through rapidfuzz (for two readings that a recogniser gave); and edit
distance over morae with costs learned from what our recogniser mishears (for a heard reading against many wordings at
once).  The learned costs are in `data/confusions.tsv`, made by `benchmarks/fit_confusions.py`.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from intents.morae import MORA_PHONES, UNIT_ID, UNITS

Morae = NDArray[np.uint8]
Costs = NDArray[np.float32]

_SMALL: Final = {"ャ", "ュ", "ョ", "ァ", "ィ", "ゥ", "ェ", "ォ"}
_FIRST_MORA: Final = 3  # below are the marks of n-grams
_NUMBER: Final = {mora: number for number, mora in enumerate(MORA_PHONES, _FIRST_MORA)}
MORA_BITS: Final = 8
_PHONES_A_MORA: Final = 2.0
_NOTHING: Final = ""
_PHONES: Final = (_NOTHING, *UNITS[1:])


def split_morae(reading: str) -> list[str]:
    """A reading in normal form as its morae ("キョー" -> ["キョ", "ー"])."""
    out: list[str] = []
    for kana in reading:
        if kana in _SMALL and out and out[-1] + kana in MORA_PHONES:
            out[-1] += kana
        else:
            out.append(kana)
    return out


def mora_numbers(reading: str) -> Morae:
    """A reading as numbers, one a mora; what is no mora is left out."""
    return np.array([_NUMBER[mora] for mora in split_morae(reading) if mora in _NUMBER], np.uint8)


@lru_cache(maxsize=1_024)  # of what was said just now: no more of it stays in memory, nor grows
def phone_string(reading: str) -> str:
    """A reading with one character a phone, for rapidfuzz; what is no mora stands for itself."""
    phones = (p for mora in split_morae(reading) for p in MORA_PHONES.get(mora, (mora,)))
    return "".join(chr(0xE000 + UNIT_ID[p]) if p in UNIT_ID else p for p in phones)


def sound_similarity(one: str, other: str) -> float:
    """1 for equal readings, 0 for readings with nothing in common; every difference of a phone counts the same."""
    return float(Levenshtein.normalized_similarity(phone_string(one), phone_string(other)))


@dataclass(frozen=True, slots=True, kw_only=True)
class MoraCosts:
    """What it costs that a mora was heard as another, from 0 to 1; indexed by mora numbers."""

    heard_as: Costs  # (heard, said)
    miss: Costs  # said, but not heard
    extra: Costs  # heard, but not said
    weight: Costs  # of a mora in the length of a reading: its share of a whole mora's phones


@cache
def learned_costs() -> MoraCosts:
    """The costs in `data/confusions.tsv`."""
    return costs_of(_confusions())


def costs_of(phones: Mapping[tuple[str, str], float]) -> MoraCosts:
    """Costs of morae from costs of phones, keyed by (said, heard); "" is nothing.  Pairs that are missing cost 1."""
    spelled = [MORA_PHONES.get(mora, ()) for mora in ("",) * _FIRST_MORA + tuple(_NUMBER)]
    first, last = (np.array([p[i] if p else _NOTHING for p in spelled]) for i in (0, -1))
    first = np.where(np.array([len(p) for p in spelled]) > 1, first, _NOTHING)  # the consonant, if there is one
    table = _phone_table(phones)
    number = {phone: i for i, phone in enumerate(_PHONES)}
    c, v = (np.array([number[p] for p in column]) for column in (first, last))
    nothing = number[_NOTHING]
    straight = table[np.ix_(c, c)] + table[np.ix_(v, v)]
    over = table[c, nothing][:, None] + table[np.ix_(v, c)] + table[nothing, v][None, :]
    under = table[nothing, c][None, :] + table[np.ix_(c, v)] + table[v, nothing][:, None]
    swap = np.minimum(straight, np.minimum(over, under)) / _PHONES_A_MORA
    return MoraCosts(
        heard_as=np.ascontiguousarray(swap.T.astype(np.float32)),
        miss=((table[c, nothing] + table[v, nothing]) / _PHONES_A_MORA).astype(np.float32),
        extra=((table[nothing, c] + table[nothing, v]) / _PHONES_A_MORA).astype(np.float32),
        weight=np.array([len(p) / _PHONES_A_MORA for p in spelled], np.float32),
    )


def _phone_table(phones: Mapping[tuple[str, str], float]) -> NDArray[np.float64]:
    """Costs of (said, heard), nothing included."""
    table = np.ones((len(_PHONES), len(_PHONES)))
    np.fill_diagonal(table, 0.0)
    number = {phone: i for i, phone in enumerate(_PHONES)}
    for (said, heard), cost in phones.items():
        table[number[said], number[heard]] = cost
    return table


def _confusions() -> dict[tuple[str, str], float]:
    text = files("intents").joinpath("data", "confusions.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader((line for line in text.splitlines() if not line.startswith("#")), delimiter="\t")
    return {(row["said"], row["heard"]): float(row["cost"]) for row in rows}


def padded(rows: Sequence[Morae]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Readings as one array, shape (rows, longest), 0 behind the shorter ones; and their lengths."""
    lengths = np.array([len(row) for row in rows], np.int64)
    out = np.zeros((len(rows), int(lengths.max(initial=0))), np.uint8)
    out[np.arange(out.shape[1]) < lengths[:, None]] = np.concatenate([np.empty(0, np.uint8), *rows])
    return out, lengths


def likeness(
    heard: Sequence[Morae], wordings: NDArray[np.uint8], lengths: NDArray[np.int64], costs: MoraCosts
) -> tuple[Costs, Costs]:
    """How like each heard reading each wording is, as a whole and inside it; two arrays (heard, wordings), 0 to 1.

    `wordings` and `lengths` are what `padded` gave.  Edit distance with free costs (Wagner and Fischer 1974), all pairs at
    once, one heard mora a step; inside: what was heard before and behind the best place costs nothing (Sellers 1980).
    """
    said, said_lengths = padded(heard)
    if not said.shape[1] or not len(wordings):
        return (np.zeros((len(heard), len(wordings)), np.float32),) * 2
    places = wordings.T[:, None]  # (place in the wording, 1, wordings)
    missed = np.concatenate([np.zeros((1, len(wordings)), np.float32), np.cumsum(costs.miss[wordings.T], axis=0)])
    missed = missed[:, None, None].astype(np.float32)
    rows = np.broadcast_to(missed, (len(missed), 2, len(heard), len(wordings))).copy()  # the whole; inside
    ends = lengths, slice(None), slice(None), np.arange(len(wordings))
    inside, heard_so_far = rows[ends][:, 1], np.zeros(len(heard), np.float32)
    for step in range(said.shape[1]):
        extra = costs.extra[said[:, step]]
        heard_so_far += extra
        after = rows + extra[:, None]
        after[0, 0], after[0, 1] = heard_so_far[:, None], 0.0
        swap = costs.heard_as[said[:, step][:, None], places][:, None]
        np.minimum(after[1:], rows[:-1] + swap, out=after[1:])
        after -= missed
        _spread_least(after)
        after += missed
        going = step < said_lengths
        rows = after if going.all() else np.where(going[:, None], after, rows)
        inside = np.minimum(inside, rows[ends][:, 1])
    weight = costs.weight[wordings].sum(axis=1)
    longest = np.maximum(weight, costs.weight[said].sum(axis=1)[:, None])
    fits = lengths <= said_lengths[:, None]
    return (
        np.clip(1 - rows[ends][:, 0].T / np.maximum(longest, 1e-6), 0, 1),
        np.where(fits, np.clip(1 - inside.T / np.maximum(weight, 1e-6), 0, 1), 0).astype(np.float32),
    )


def _spread_least(rows: Costs) -> None:
    """The least of everything before, along the first axis, in place: numpy's own `accumulate` takes eight times as long."""
    shift = 1
    while shift < len(rows):
        np.minimum(rows[shift:], rows[:-shift].copy(), out=rows[shift:])
        shift *= 2
