"""The fixed shape of our Vosk models: rates, Kaldi phones, transition ids, words and decoder settings.

Numbers that the acoustic model, the graphs and the configuration files must agree on live here and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from intents.morae import MORA_PHONES, UNITS

RATE_HZ: Final = 16_000
FEATURES: Final = 40  # cepstra of one frame
SUBSAMPLING: Final = 3  # feature frames (10 ms each) to one output of the network
SILENCE_PHONE: Final = "SIL"
SENTENCE_END: Final = "</s>"
SENTENCE_START: Final = "<s>"
UNKNOWN_WORD: Final = "[unk]"

# Where a unit stands in its word, so that Vosk can tell where a word begins.  All places share one network output.
PLACES: Final = {"B": "begin", "I": "internal", "E": "end", "S": "singleton"}


@dataclass(frozen=True, slots=True)
class Phone:
    """A Kaldi phone: a unit of the acoustic model in one place of a word."""

    name: str  # "k_B"
    unit: str  # "k", one of intents.morae.UNITS
    boundary: str  # the word of graph/phones/word_boundary.int: "begin", "internal", "end", "singleton", "nonword"


def _phones() -> tuple[Phone, ...]:
    spoken = (Phone(f"{unit}_{place}", unit, boundary) for unit in UNITS[1:] for place, boundary in PLACES.items())
    return (Phone(SILENCE_PHONE, UNITS[0], "nonword"), *spoken)


PHONES: Final = _phones()  # numbered from 1, as Kaldi wants it: 0 is epsilon
PHONE_ID: Final = {phone.name: number for number, phone in enumerate(PHONES, 1)}
WORDS: Final = tuple(MORA_PHONES)  # every mora is a word of the graph; numbered from 1
WORD_ID: Final = {word: number for number, word in enumerate(WORDS, 1)}

# Kaldi's MFCC options; every key that differs from Kaldi's default must be here, for Vosk reads nothing else.
MFCC_CONF: Final[dict[str, str | int]] = {
    "use-energy": "false",
    "num-mel-bins": FEATURES,
    "num-ceps": FEATURES,
    "low-freq": 20,
    "high-freq": 7600,
    "sample-frequency": RATE_HZ,
    "dither": 0,
}
# The acoustic scale stays 1: the weights of the language model in the graph are scaled instead.
MODEL_CONF: Final = """--min-active=200
--max-active=2000
--beam=10.0
--lattice-beam=3.0
--acoustic-scale=1.0
--frame-subsampling-factor=3
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=0.75
--endpoint.rule4.min-trailing-silence=1.0
"""


def transition_ids(phone: str) -> tuple[int, int]:
    """(forward, self-loop) transition ids of a Kaldi phone; KeyError if there is no such phone.

    Kaldi numbers the transitions of a state in the order of the topology (hmm/transition-model.h).  Each of our phones
    has one state that lists its self-loop first, so the loop has the odd number before the even forward one.
    """
    return 2 * PHONE_ID[phone], 2 * PHONE_ID[phone] - 1


def placed(units: Sequence[str]) -> list[str]:
    """Name the Kaldi phones of one word from its units, with their places.  ValueError for a word without units."""
    if not units:
        raise ValueError("a word needs at least one unit")
    if len(units) == 1:
        return [f"{units[0]}_S"]
    return [f"{units[0]}_B", *(f"{unit}_I" for unit in units[1:-1]), f"{units[-1]}_E"]
