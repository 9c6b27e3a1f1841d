"""libvosk, wrapped: models that load with clear errors, decoders that give n-best lists of words."""

import json
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import vosk

from voice.audio import RECOGNITION_RATE_HZ, Samples
from voice.errors import ModelError

vosk.SetLogLevel(-1)


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Send what C code writes to standard error into nothing; Python's own messages too, so keep it short."""
    sys.stderr.flush()
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """One path through the graph."""

    words: tuple[str, ...]
    confidence: float  # share of the probability of the n-best list, 0 to 1


class VoskModel:
    """A loaded model folder; may serve several decoders at once."""

    def __init__(self, folder: Path) -> None:
        """Load `folder`.  Raises ModelError when libvosk refuses it."""
        self.folder = folder
        try:
            with _quiet_stderr():  # of a damaged conf file libvosk prints all its options
                self.handle = vosk.Model(str(folder))
        except Exception as error:  # vosk raises bare Exception
            raise ModelError(
                f"the model in {folder} cannot be loaded (damaged?): `koemado models verify` tells what is wrong"
            ) from error

    def decoder(self, n_best: int) -> "VoskDecoder":
        """Make a decoder for one stream.  Raises ModelError when the graph is unusable."""
        return VoskDecoder(self, n_best)


class Decoder(Protocol):
    """One stream of utterances: here libvosk's, elsewhere one on another machine."""

    def feed(self, samples: Samples) -> bool:
        """Decode the next samples."""
        ...

    def partial(self) -> tuple[str, ...]:
        """The words heard so far."""
        ...

    def take(self) -> tuple[Decoded, ...]:
        """The n-best list of what was fed, the best first; the next `feed` begins a new utterance."""
        ...

    def discard(self) -> None:
        """Forget what was fed; the next `feed` begins a new utterance."""
        ...


class DecoderSource(Protocol):
    """A model, or a model and what it shall expect."""

    def decoder(self, n_best: int) -> Decoder:
        """Make a decoder for one stream."""
        ...


@dataclass(frozen=True, slots=True)
class GrammarModel:
    """A loaded model with a dynamic graph that expects these phrases, words with spaces between.

    Vosk makes a bigram of the words, so the phrases also combine; words the model lacks it drops.
    """

    model: VoskModel
    phrases: tuple[str, ...]

    def decoder(self, n_best: int) -> "VoskDecoder":
        """Make a decoder for one stream.  Raises ModelError when the graph is unusable."""
        return VoskDecoder(self.model, n_best, self.phrases)


class VoskDecoder:
    """One stream through one model: feed pieces, learn of the end, take the n-best list."""

    def __init__(self, model: VoskModel, n_best: int, grammar: tuple[str, ...] = ()) -> None:
        expected = [json.dumps(grammar, ensure_ascii=False)] if grammar else []
        try:
            self._recognizer: Any = vosk.KaldiRecognizer(model.handle, RECOGNITION_RATE_HZ, *expected)
        except Exception as error:  # as above
            raise ModelError(
                f"the graph in {model.folder} cannot be used (damaged?): `koemado models verify` tells what is wrong"
            ) from error
        self._recognizer.SetMaxAlternatives(n_best)

    def feed(self, samples: Samples) -> bool:
        """Decode the next samples; True when Vosk's endpointer finds that the utterance is over."""
        return bool(self._recognizer.AcceptWaveform(samples.tobytes()))

    def partial(self) -> tuple[str, ...]:
        """The words heard so far."""
        return tuple(json.loads(self._recognizer.PartialResult()).get("partial", "").split())

    def take(self) -> tuple[Decoded, ...]:
        """The n-best list of what was fed, the best first; the next `feed` begins a new utterance."""
        found = json.loads(self._recognizer.FinalResult()).get("alternatives", [])
        self._recognizer.Reset()
        return _normalised(found)

    def discard(self) -> None:
        """Forget what was fed; the next `feed` begins a new utterance."""
        self.take()


def _normalised(found: list[dict[str, Any]]) -> tuple[Decoded, ...]:
    """Vosk's path scores are log likelihoods: their softmax is each path's share of the list."""
    if not found:
        return ()
    top = max(f["confidence"] for f in found)
    shares = [math.exp(max(-50.0, f["confidence"] - top)) for f in found]
    return tuple(
        Decoded(words=tuple(f["text"].split()), confidence=share / sum(shares))
        for f, share in zip(found, shares, strict=True)
        if f["text"].strip()
    )
