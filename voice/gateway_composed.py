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
from voice.gateway_ahead import make_ahead
from voice.gateway_knowledge import SharedKnowledge
from voice.gateway_room import BrowserRoom
from voice.mind import Known
from voice.settings import Settings
from voice.speech.playback import SilentSink

DEVICE: Final = "browser"  # of requests that come by the page


def voice_gateway(settings: Settings, office: Office) -> VoiceGateway:
    """Return the gateway of an office; takes some seconds.  Raises ModelError, SettingsError, KnowledgeBaseError."""
    ears = compose.Ears(settings)
    knowledge = SharedKnowledge(compose.knowledge(settings), ears.prepare, ahead=partial(make_ahead, settings))
    now = OfficeNow(office)
    room = BrowserRoom(
        partial(_assistant, knowledge, now),
        ears.listening_to,
        compose.speaker(settings, SilentSink()),
    )
    seats = office.settings.talk.seats
    threads = min(seats, (os.cpu_count() or 1) + 1)
    return VoiceGateway(Lobby(room, seats), threads, phone=compose.desk_phone(settings), use=now.use)


class OfficeNow:
    """The office that talks ask: another one once its settings were read again.  A talk that goes on keeps its own."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def use(self, office: Office) -> None:
        """Have talks that begin from now on ask this one."""
        self.office = office

    def desk(self) -> DirectDesk:
        """Return the desk for a talk that begins now."""
        return DirectDesk(self.office, DEVICE)


def _assistant(knowledge: Known, now: OfficeNow) -> Assistant:
    return Assistant(knowledge, desk=now.desk(), follows_up=True)
