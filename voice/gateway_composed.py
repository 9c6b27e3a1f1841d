"""The composition root of the voice gateway: one model, base and voice for all browsers of a desk."""

import os
from functools import partial
from typing import Final

from server.gateway.lobby import Lobby
from server.office import Office
from server.web.talk_socket import VoiceGateway
from voice import compose
from voice.assistant import Assistant
from voice.desk_direct import DirectDesk
from voice.gateway_room import BrowserRoom
from voice.mind import Knowledge
from voice.settings import Settings
from voice.speech.playback import SilentSink

DEVICE: Final = "browser"  # of requests that come by the page


def voice_gateway(settings: Settings, office: Office) -> VoiceGateway:
    """Return the gateway of an office; takes some seconds.  Raises ModelError, SettingsError, KnowledgeBaseError."""
    knowledge, ears = compose.knowledge(settings), compose.Ears(settings)
    ears.prepare()
    ears.recognizer(knowledge.current())  # compiles what the base takes: the first customer need not wait for that
    room = BrowserRoom(
        partial(_assistant, knowledge, office),
        ears.listening_to,
        compose.speaker(settings, SilentSink()),
    )
    seats = office.settings.talk.seats
    return VoiceGateway(Lobby(room, seats), min(seats, (os.cpu_count() or 1) + 1))


def _assistant(knowledge: Knowledge, office: Office) -> Assistant:
    return Assistant(knowledge, desk=DirectDesk(office.desk, DEVICE, office.clock), follows_up=True)
