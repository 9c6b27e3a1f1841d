"""What the service says it is, in answer to `describe`."""

from collections.abc import Sequence
from typing import Final

from voice.wyoming_service.protocol import (
    AsrModel,
    AsrProgram,
    Attribution,
    HandleModel,
    HandleProgram,
    Info,
    TtsProgram,
    TtsVoice,
    TtsVoiceSpeaker,
)
from voice.wyoming_service.voices import SPEAKERS

NAME: Final = "koemado"
LANGUAGES: Final = ["ja"]
_OURS: Final = Attribution(name="Koemado", url="")
_VOSK: Final = Attribution(name="Alpha Cephei", url="https://alphacephei.com/vosk/models")
_OPEN_JTALK: Final = Attribution(name="Open JTalk and its voices", url="https://open-jtalk.sp.nitech.ac.jp/")


def information(*, model: str, voices: Sequence[str], version: str) -> Info:
    """Describe the service; `model` is the name of the speech model, the first voice is the default."""
    return Info(
        asr=[
            AsrProgram(
                name=NAME,
                attribution=_OURS,
                installed=True,
                description="Japanese speech to text that expects the questions of the knowledge base",
                version=version,
                models=[_model(model, version)],
                supports_transcript_streaming=True,
                prefers_auto_gain_enabled=False,  # our recogniser judges speakers by their level
                prefers_noise_reduction_enabled=False,
            )
        ],
        tts=[
            TtsProgram(
                name=NAME,
                attribution=_OPEN_JTALK,
                installed=True,
                description="Japanese text to speech with Open JTalk",
                version=version,
                voices=[_voice(name, version) for name in voices],
                supports_synthesize_streaming=True,
            )
        ],
        handle=[
            HandleProgram(
                name=NAME,
                attribution=_OURS,
                installed=True,
                description="Answers customers' questions from the knowledge base",
                version=version,
                models=[
                    HandleModel(
                        name="knowledge-base",
                        attribution=_OURS,
                        installed=True,
                        description="The knowledge base of this device",
                        version=version,
                        languages=LANGUAGES,
                    )
                ],
            )
        ],
    )


def _model(name: str, version: str) -> AsrModel:
    embedded = "embedded" in name
    vosk = _VOSK if name.startswith("vosk-model") else Attribution(name="its makers", url="")
    return AsrModel(
        name=name,
        attribution=_OURS if embedded else vosk,
        installed=True,
        description="Koemado's embedded model" if embedded else name,
        version=version if embedded else None,
        languages=LANGUAGES,
    )


def _voice(name: str, version: str) -> TtsVoice:
    return TtsVoice(
        name=name,
        attribution=_OPEN_JTALK,
        installed=True,
        description=f"Koemado ({name})",
        version=version,
        languages=LANGUAGES,
        speakers=[TtsVoiceSpeaker(name=speaker) for speaker in SPEAKERS],
    )
