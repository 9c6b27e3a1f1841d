"""The recognisers, composed: the model in use, and what is expected to be said."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from weakref import ref

from intents.callback_form import Stage
from intents.conversation import is_clear
from intents.readings import reading_of
from intents.recording import expected_wordings
from intents.transcripts import Transcript
from voice.assistant import Assistant
from voice.mind import Mind
from voice.models import ModelStore, VocabularyKind, check_model, locate_model, vocabulary_kind
from voice.recognition.asked import AskedEars
from voice.recognition.decoding import DecoderSource, VoskModel
from voice.recognition.detectors import Detectors
from voice.recognition.expecting import Expecting
from voice.recognition.listening import Lead, ListeningStore, shipped_listening
from voice.recognition.measuring import TwoEars
from voice.recognition.phrases import PhraseGraphs, phrase_list
from voice.recognition.vosk_recognizer import KanaHearing, VoskRecognizer, WordHearing
from voice.settings import Settings
from voice.wyoming_service.address import is_address, parsed

if TYPE_CHECKING:
    from voice.wyoming_service.remote import RemoteSpeech


def model_store(settings: Settings) -> ModelStore:
    """The installed speech models."""
    return ModelStore(settings.data_dir)


def model_folder(settings: Settings) -> Path:
    """The model in use: the setting, else what `koemado models use` chose, else the embedded one.  Raises ModelError.

    Where another machine hears, it is the embedded one that stands in for it.
    """
    store = model_store(settings)
    if is_address(settings.model):
        return locate_model("embedded", store)
    if settings.model:
        return locate_model(settings.model, store)
    return store.chosen() or locate_model("embedded", store)


def remote_speech(settings: Settings) -> "RemoteSpeech | None":
    """The recogniser on another machine; None where the model is a local one.  Raises SettingsError."""
    if not is_address(settings.model):
        return None
    from voice.wyoming_service.remote import RemoteSpeech

    return RemoteSpeech(parsed(settings.model))


class Ears:
    """Makes recognisers for the model in use, from any thread; what they expect follows the knowledge base."""

    def __init__(self, settings: Settings, *, keeps_sound: bool = False) -> None:
        """With `keeps_sound` what a conversation listens by carries the sound of each utterance, in memory alone."""
        self._keeps_sound = keeps_sound
        folder = model_folder(settings)
        check_model(folder)
        kind = vocabulary_kind(folder)
        self._model = VoskModel(folder)
        self._hearing = KanaHearing() if kind is VocabularyKind.MORAE else WordHearing()
        self._listening = ListeningStore(settings.data_dir).of(folder) or shipped_listening(kind)
        self._knows_base = settings.compiled_phrases and self._listening.lead is not Lead.OPEN
        self._expecting = Expecting(self._model, PhraseGraphs(settings.cache_dir / "graphs"))
        self._asked = AskedEars(self._model, settings.cache_dir)
        self._remote = remote_speech(settings)
        self._detectors = Detectors()
        self._of_minds: dict[int, tuple[ref[Mind], dict[str, str], DecoderSource | None]] = {}  # by the Mind's id
        self._compiling = Lock()

    def recognizer(self, mind: Mind) -> VoskRecognizer:
        """A recogniser for one stream, hearing the base's questions best where that helps the model."""
        wordings, base = self._expected(mind) if self._knows_base else ({}, None)
        if self._remote:
            return self._elsewhere(self._remote, base or self._model, partial(is_clear, mind=mind.understanding))
        both = self._listening.lead is Lead.BOTH
        return VoskRecognizer(
            open_model=self._model if both or base is None else base,
            hearing=self._hearing,
            detector=self._detectors.lend(),
            closed_model=base if both else None,
            wordings=wordings,
            trust=self._listening.trust,
            is_clear=partial(is_clear, mind=mind.understanding),
        )

    def prepare(self, mind: Mind | None = None) -> None:
        """Compile what answers to questions are heard with, and a Mind's own words: some seconds, the first time."""
        self._asked.prepare()
        if mind is not None and self._knows_base:
            self._expected(mind)

    def listening_to(self, assistant: Assistant) -> VoskRecognizer:
        """What hears best what will be said to the assistant now."""
        found = self.recognizer_for(assistant.mind, assistant.stage, yes_or_no=assistant.asks_yes_or_no)
        if self._keeps_sound:
            found.keep_sound()
        return found

    def recognizer_for(self, mind: Mind, stage: Stage | None, *, yes_or_no: bool = False) -> VoskRecognizer:
        """The same once something was asked (`Assistant.stage`, `asks_yes_or_no`): the answer to it is heard best."""
        expected = self._asked.expected_at(stage, yes_or_no=yes_or_no)
        if expected is None:
            return self.recognizer(mind)
        if self._remote:
            asked_clear = expected.is_clear if stage else partial(is_clear, mind=mind.understanding)
            return self._elsewhere(self._remote, expected.source, asked_clear)
        wordings, base = self._expected(mind) if self._knows_base else ({}, None)
        return VoskRecognizer(
            open_model=expected.source if expected.alone else base or self._model,
            hearing=self._hearing,
            detector=self._detectors.lend(),
            closed_model=None if expected.alone else expected.source,
            wordings=wordings,
            is_clear=expected.is_clear if stage else partial(is_clear, mind=mind.understanding),
            is_answer=expected.is_answer,
        )

    def _elsewhere(
        self, remote: "RemoteSpeech", local: DecoderSource, is_clear: Callable[[Transcript], bool]
    ) -> VoskRecognizer:
        from voice.wyoming_service.remote import RemoteRecognizer

        return RemoteRecognizer(remote, local=local, detector=self._detectors.lend(), is_clear=is_clear)

    def comparing(self, phrases: Mapping[str, str]) -> TwoEars:
        """The model as it is and as it expects these phrases, side by side."""
        return TwoEars(self._model, self._expecting.expecting(phrases), self._hearing, self._detectors.lend())

    def _expected(self, mind: Mind) -> tuple[dict[str, str], DecoderSource | None]:
        found = self._of_minds.get(id(mind))
        return found[1:] if found and found[0]() is mind else self._compiled(mind)

    def _compiled(self, mind: Mind) -> tuple[dict[str, str], DecoderSource | None]:
        """Compile once, whoever waits for it; what belongs to a Mind that is gone goes too."""
        with self._compiling:
            living = {key: found for key, found in self._of_minds.items() if found[0]() is not None}
            if id(mind) not in living:
                wishes = expected_wordings() if self._keeps_sound else ()
                wordings = phrase_list([*mind.phrases, *((text, reading_of(text)) for text in wishes)])
                living[id(mind)] = ref(mind), wordings, self._expecting.expecting(wordings)
            self._of_minds = living
            return living[id(mind)][1:]
