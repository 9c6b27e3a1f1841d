"""What a model can be made to expect: a graph compiled from the base, or a run-time grammar of it."""

import logging
from collections.abc import Mapping

from voice.errors import ModelError
from voice.models.inspect import VocabularyKind, graph_kind, vocabulary, vocabulary_kind
from voice.recognition.decoding import DecoderSource, GrammarModel, VoskModel
from voice.recognition.grammar import written_grammar
from voice.recognition.phrases import PhraseGraphs

log = logging.getLogger(__name__)


class Expecting:
    """Makes one model expect phrases, by the way that suits it."""

    def __init__(self, model: VoskModel, graphs: PhraseGraphs) -> None:
        self._model = model
        self._graphs = graphs
        self._kana = vocabulary_kind(model.folder) is VocabularyKind.MORAE
        self._takes_grammars = graph_kind(model.folder).run_time_grammars

    def expecting(self, phrases: Mapping[str, str]) -> DecoderSource | None:
        """The model with these phrases, given as their readings and how they are written, in mind.

        None for a static graph of words, which nothing can change, and when the graph or grammar cannot be made: then
        recognition goes on open, with a warning.
        """
        if self._kana:
            return self._compiled(phrases) or self._compiled(phrases)
        return self._grammar(phrases) if self._takes_grammars else None

    def _compiled(self, phrases: Mapping[str, str]) -> VoskModel | None:
        """The compiled graph; a damaged one (power cut) is thrown away, so that a second call makes it anew."""
        folder = self._graphs.compiled(self._model.folder, phrases)
        if folder is None:
            return None
        try:
            model = VoskModel(folder)
            model.decoder(1)
        except ModelError as error:
            log.warning("the compiled graph in %s is thrown away: %s", folder, error)
            self._graphs.forget(folder)
            return None
        return model

    def _grammar(self, phrases: Mapping[str, str]) -> GrammarModel | None:
        known = written_grammar(phrases.values(), vocabulary(self._model.folder))
        if not known:
            log.warning("the model knows none of the base's words: open recognition only")
            return None
        return GrammarModel(self._model, known)
