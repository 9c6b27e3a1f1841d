from datetime import datetime

import pytest

from hardware.absent import NoButtons, NoIndicator
from intents.when_types import TOKYO
from voice import compose_speaker
from voice.settings import Settings, load_settings


def test_a_variable_holds_several_wake_words(tmp_path):
    environment = {"KOEMADO_WAKE_WORDS": "ねえ、こえまど | もしもし、まどさん"}
    found = load_settings(file=None, environment=environment).settings
    assert found.wake_words == ("ねえ、こえまど", "もしもし、まどさん")


def test_without_a_wake_word_there_is_the_button_only():
    assert compose_speaker.wake_words(Settings(wake_words=())) is None


def test_a_machine_without_pins_has_neither_button_nor_light():
    assert isinstance(compose_speaker.buttons(Settings()), NoButtons)
    assert isinstance(compose_speaker.indicator(Settings()), NoIndicator)


@pytest.mark.parametrize(
    ("hour", "at_once", "may"), [(9, True, True), (22, True, False), (3, True, False), (9, False, False)]
)
def test_nobody_is_told_news_at_night(hour, at_once, may):
    now = datetime(2026, 11, 22, hour, tzinfo=TOKYO)
    assert compose_speaker.may_tell_at_once(Settings(news_at_once=at_once), lambda: now) is may
