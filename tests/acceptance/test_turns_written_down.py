"""Whole conversations and their log: neither on the device's disk nor at the desk is a name or a number."""

import re
import socket
import time
from datetime import datetime
from pathlib import Path
from threading import Event

import pytest

from intents.callback_form import Stage
from intents.digit_runs import digit_runs
from intents.morae import katakana
from intents.transcripts import typed
from intents.when_types import TOKYO
from server.app import create_app, open_office
from tests.acceptance.desk_pages import answering, open_desk
from voice import compose
from voice.assistant import Assistant, tokyo_time
from voice.cli.app import run
from voice.mind import Knowledge
from voice.simulation.desk import MemoryDesk, WitnessedDesk
from voice.simulation.play import as_typed, replay
from voice.simulation.reading import read_script
from voice.turn_file import Sending

SCRIPTS = sorted((Path(__file__).parent / "conversations").glob("*.yaml"))
NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
NAMES = (
    "山田", "ヤマダ", "花子", "ハナコ", "鈴村", "スズムラ", "鈴木", "スズキ", "佐藤", "サトウ", "サトー", "中村", "ナカムラ", "一郎",
)  # fmt: skip
PERSONAL = {Stage.KNOWN, Stage.NAME, Stage.NAME_CHECK, Stage.PHONE, Stage.PHONE_CHECK, Stage.SUMMARY, Stage.CHANGE}
KANJI, WIDE = "〇一二三四五六七八九", "０１２３４５６７８９"
KANA = ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュー")


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory) -> Knowledge:
    """One base for all conversations."""
    from voice.settings import Settings

    folder = tmp_path_factory.getbasetemp()
    return compose.knowledge(Settings(data_dir=folder / "data-of-turns", cache_dir=folder / "cache"))


def on_disk(settings):
    return b"".join(one.read_bytes() for one in sorted(settings.data_dir.glob("turns.db*"))).decode("utf-8", "replace")


def writings(phone):
    """A number as it may have been written down."""
    digits = "0" + phone.removeprefix("+81") if phone.startswith("+81") else phone
    parts = [digits[:3], digits[3:7], digits[7:]]
    tables = ("0123456789", WIDE, KANJI, KANA)
    written = {"".join(table[int(digit)] for digit in digits) for table in tables}
    return {phone, "-".join(parts), " ".join(parts), f"{parts[1]}-{parts[2]}", digits[3:], *written}


def hiragana(text):
    return "".join(chr(ord(sign) - 0x60) if "ァ" <= sign <= "ヶ" else sign for sign in text)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_no_name_and_no_number_is_in_the_file(path, settings, knowledge):
    script = read_script(path)
    now = (lambda: script.now) if script.now else tokyo_time
    desk = WitnessedDesk(MemoryDesk(script.desk, now), now) if script.desk else None
    secret = {*NAMES, *map(hiragana, NAMES)}
    with compose.turn_log(settings) as turn_log:
        talking = Assistant(knowledge, desk=desk, follows_up=True, now=now, turn_log=turn_log)
        stage, says = talking.stage, []
        for one in replay(script, talking, as_typed):
            if stage in PERSONAL and len(one.line.text) > 4 and one.turn.article is None:
                secret.add(one.line.text)
            stage = one.stage
            says += one.turn.reaction.says
        for stored in desk.stored if desk else ():
            request = stored.request
            secret |= writings(request.phone)
            secret |= {name for name in (request.customer_name, request.customer_reading) if name}
        before_the_end = on_disk(settings)
    after = on_disk(settings)
    file = compose.turn_file(settings)
    kept = [entry for one in file.conversations() for entry in file.turns(one.id)]
    assert len(kept) >= len(script.lines)
    found = {word for word in secret for text in (before_the_end, after, katakana(after)) if word in text}
    assert found == set()
    assert [entry for entry in kept if digit_runs(entry.heard, 7) or digit_runs(entry.said, 7)] == []
    assert [
        entry for entry in kept if entry.stage in PERSONAL and (entry.heard or not entry.said.startswith("["))
    ] == []
    kept_sounds = {spoken.text for spoken in says if not spoken.is_personal}
    assert {word for word in secret for text in kept_sounds if word in text} == set()
    requests = [one.request for one in file.conversations() if one.request]
    assert requests == [stored.request.id for stored in (desk.stored if desk else ())][-1:]


def test_questions_are_readable(settings, knowledge):
    with compose.turn_log(settings) as turn_log:
        talking = Assistant(knowledge, follows_up=True, turn_log=turn_log)
        for line in ("エアコンが冷えません", "型番はRX550です", "15時に来てもらえますか"):
            talking.hear(typed(line))
    file = compose.turn_file(settings)
    assert [turn.heard for one in file.conversations() for turn in file.turns(one.id)] == [
        "エアコンが冷えません", "型番はRX550です", "15時に来てもらえますか",
    ]  # fmt: skip


@pytest.fixture
def desk(tmp_path, settings, monkeypatch):
    """A desk that answers, where this device is enrolled."""
    open_desk(tmp_path / "desk", clock=lambda: NOW).close()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("KOEMADO_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("KOEMADO_DESK_URL", f"http://127.0.0.1:{port}")
    office = open_office(tmp_path / "desk", clock=lambda: NOW)
    with answering(create_app(office), port):
        assert run(["enrol", office.devices.make_code("box-1", "test", by="system", now=NOW)]) == 0
        yield office


def at_the_desk(office):
    return office.talks.conversations()


def test_the_desk_gets_it_and_the_request_that_came_of_it(settings, knowledge, desk):
    lines = ("エアコンが冷えません", "いいえ", "人と話したい", "はい", "山田花子です", "はい", "090-1234-5678", "はい",
             "明日の午後3時以降", "はい")  # fmt: skip
    with compose.desk_link(settings) as link, compose.turn_log(settings) as turn_log:
        talking = Assistant(knowledge, desk=link, follows_up=True, now=lambda: NOW, turn_log=turn_log)
        for line in lines:
            talking.hear(typed(line))
    with compose.desk_link(settings):
        until = time.monotonic() + 30
        while not at_the_desk(desk) and time.monotonic() < until:
            Event().wait(0.1)
    (kept,) = compose.turn_file(settings).conversations()
    assert kept.state is Sending.SENT
    (arrived,) = at_the_desk(desk)
    told = repr(arrived)
    assert "エアコンが冷えません" in told
    assert str(kept.request) in told
    assert not re.search("山田|ヤマダ|花子|5678", told)


def test_nothing_is_sent_where_that_is_off(settings, knowledge, desk):
    settings = settings.model_copy(update={"send_turns": False})
    with compose.turn_log(settings) as turn_log:
        Assistant(knowledge, turn_log=turn_log).hear(typed("エアコンが冷えません"))
    with compose.desk_link(settings):
        Event().wait(1.5)
    assert list(at_the_desk(desk)) == []
    (kept,) = compose.turn_file(settings).conversations()
    assert kept.state is Sending.KEPT
