"""The parts of the Wyoming service that need no network."""

import numpy as np
import pytest

from intents.transcripts import NOTHING_HEARD, typed
from kb.fakes import MemoryKnowledgeBase
from tests.wyoming_talk import ANSWER, HOURS, LOUD, QUESTION, QUIET
from voice.assistant import Assistant
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge
from voice.recognition.fakes import ScriptedRecognizer
from voice.wyoming_service.address import TcpAddress, UnixAddress, is_address, parsed
from voice.wyoming_service.conversations import FORGOTTEN_AFTER_S, MOST_KEPT, Conversations
from voice.wyoming_service.ear import Ear
from voice.wyoming_service.errors import AddressWrong, RequestRefused
from voice.wyoming_service.recollection import KEPT_S, Recollection
from voice.wyoming_service.sound import Conversion, SoundFormat
from voice.wyoming_service.voices import plain_text, whole_sentences


@pytest.mark.parametrize(
    ("uri", "shown", "local"),
    [
        ("tcp://127.0.0.1:10700", "tcp://127.0.0.1:10700", True),
        ("wyoming://whisper.lan:10300", "tcp://whisper.lan:10300", False),
        ("tcp://[::1]:1/", "tcp://[::1]:1", True),
        ("tcp://0.0.0.0:0", "tcp://0.0.0.0:0", False),
        ("tcp://localhost:5", "tcp://localhost:5", True),
        ("unix:///run/koemado.sock", "unix:///run/koemado.sock", True),
    ],
)
def test_addresses(uri, shown, local):
    assert is_address(uri)
    assert (str(parsed(uri)), parsed(uri).is_local) == (shown, local)
    assert isinstance(parsed(uri), UnixAddress if uri.startswith("unix") else TcpAddress)


@pytest.mark.parametrize(
    "uri",
    [
        *("tcp://host", "tcp://:1", "tcp://host:99999", "tcp://host:x", "tcp://u:p@host:1", "tcp://host:1/path"),
        *("unix://relative", "unix:///", "http://host:1", "wyoming:host:1", "", "tcp://[::1"),
    ],
)
def test_what_is_no_address(uri):
    with pytest.raises(AddressWrong, match="tcp://HOST:PORT"):
        parsed(uri)


@pytest.mark.parametrize("name", ["embedded", "small", "./model", "/models/x", "C:/models", ""])
def test_models_are_no_addresses(name):
    assert not is_address(name)


def tone(rate_hz: int, seconds: float = 1.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(rate_hz * seconds)) / rate_hz)


def packed(wave: np.ndarray, width: int) -> bytes:
    """As a WAV file holds it."""
    if width == 1:
        return np.rint(wave * 127 + 128).astype(np.uint8).tobytes()
    whole = np.rint(wave * (2 ** (8 * width - 1) - 1)).astype("<i4")
    return whole.view(np.uint8).reshape(*whole.shape, 4)[..., :width].tobytes()


def converted(sound_format: SoundFormat, data: bytes, piece: int) -> np.ndarray:
    conversion = Conversion()
    found = [conversion.add(sound_format, data[i : i + piece]).samples for i in range(0, len(data), piece)]
    return np.concatenate([*found, conversion.end().samples])


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_any_format_becomes_the_same_sound(rate_hz, width, channels):
    frames = np.repeat(tone(rate_hz)[:, None], channels, axis=1)
    found = converted(SoundFormat(rate_hz, width, channels), packed(frames, width), 4_001)  # cuts samples in two
    assert abs(len(found) - 16_000) < 20
    middle = slice(2_000, 14_000)
    difference = found[middle] / 32768 - tone(16_000)[middle]
    assert np.sqrt(np.mean(difference**2)) < (0.01 if width == 1 else 0.003)


def test_16_khz_mono_is_left_as_it_is():
    np.testing.assert_array_equal(converted(SoundFormat(16_000, 2, 1), LOUD.tobytes(), 999), LOUD)


def test_channels_that_cancel_are_not_mixed():
    frames = np.stack([tone(16_000), -0.9 * tone(16_000)], axis=1)
    found = converted(SoundFormat(16_000, 2, 2), packed(frames, 2), 3_200)
    assert np.abs(found).max() > 15_000


def test_a_format_may_change_in_a_stream():
    conversion = Conversion()
    first = conversion.add(SoundFormat(48_000, 2, 2), packed(np.repeat(tone(48_000)[:, None], 2, 1), 2))
    second = conversion.add(SoundFormat(8_000, 1, 1), packed(tone(8_000), 1))
    whole = np.concatenate([first.samples, second.samples, conversion.end().samples])
    assert abs(len(whole) - 32_000) < 40


@pytest.mark.parametrize(
    "sound_format",
    [
        (0, 2, 1),
        (-1, 2, 1),
        (1, 2, 1),
        (16_000, 0, 1),
        (16_000, 5, 1),
        (16_000, 2, 0),
        (16_000, 2, 99),
        ("16000", 2, 1),
    ],
)
def test_formats_that_cannot_be(sound_format):
    with pytest.raises(RequestRefused):
        Conversion().add(SoundFormat(*sound_format), b"\0" * 8)


def test_an_ear_joins_the_utterances_of_a_stream():
    ear, heard = Ear(ScriptedRecognizer(["エアコンの", "音がうるさい"])), SoundFormat(16_000, 2, 1)
    pieces = [ear.take(heard, data.tobytes()) for data in (LOUD, QUIET, LOUD)]
    assert pieces == ["", "エアコンの", ""]
    assert ear.finish() == "音がうるさい"
    assert ear.text == "エアコンの音がうるさい"
    assert ear.transcript is None
    assert ear.heard_ms == 3_500


def test_recollections_are_found_by_their_words_and_forgotten():
    clock = [0.0]
    kept = Recollection[int](monotonic=lambda: clock[0])
    kept.keep("いい 天気", 1)
    assert kept.of("いい天気") == 1
    assert kept.of("雨") is None
    clock[0] = KEPT_S + 1
    assert kept.of("いい天気") is None
    for number in range(200):
        kept.keep(str(number), number)
    assert kept.of("0") is None
    assert kept.of("199") == 199


@pytest.fixture
def conversations(tmp_path):
    clock = [0.0]
    known = Knowledge(MemoryKnowledgeBase([HOURS]), Readings(tmp_path / "r"), Indexes(tmp_path / "i"))
    made = Conversations(lambda: Assistant(known), monotonic=lambda: clock[0])
    made.clock = clock
    return made


def test_a_conversation_is_kept_by_its_id(conversations):
    one = conversations.of({"conversation_id": "a"})
    assert conversations.of({"conversation_id": "a", "device_id": "x"}) is one
    assert conversations.of({"conversation_id": "b"}) is not one


@pytest.mark.parametrize(
    "context", [None, {}, {"conversation_id": 5}, {"conversation_id": ""}, "x", [], {"other": "a"}]
)
def test_without_an_id_there_is_none(conversations, context):
    assert conversations.of(context) is None


def test_conversations_are_forgotten(conversations):
    one = conversations.of({"conversation_id": "a"})
    conversations.clock[0] = FORGOTTEN_AFTER_S - 1
    assert conversations.of({"conversation_id": "a"}) is one
    conversations.clock[0] += FORGOTTEN_AFTER_S + 1
    two = conversations.of({"conversation_id": "a"})
    assert two is not one
    for number in range(MOST_KEPT):
        conversations.of({"conversation_id": f"n{number}"})
    assert conversations.of({"conversation_id": "a"}) is not two


def test_what_counts_as_handled(conversations):
    conversation = conversations.new()
    turn, handled = conversation.hear(typed(QUESTION))
    assert (turn.text, handled) == (ANSWER, True)
    assert not conversation.hear(typed("量子力学の試験はいつですか"))[1]
    assert not conversation.hear(NOTHING_HEARD)[1]
    assert conversation.hear(typed("人と話したい"))[1]


def test_sentences_of_a_growing_text():
    assert whole_sentences("こんにち") == ("", "こんにち")
    assert whole_sentences("こんにちは。") == ("", "こんにちは。")
    assert whole_sentences("こんにちは。今日") == ("こんにちは。", "今日")
    assert whole_sentences("はい。\n……いい。 Google ") == ("はい。\n……いい。", "Google ")


def test_markup_is_not_read_aloud():
    assert plain_text("<speak>はい<break/>&amp;</speak>", "ssml") == "はい&"
    assert plain_text("1<2", None) == "1<2"
