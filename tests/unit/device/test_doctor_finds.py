"""What `koemado doctor` finds of settings, models, clocks, desks; and what hangs holds nobody up."""

import os
import shutil
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from pathlib import Path

import pytest

from intents.when_types import TOKYO
from server.local_tls import local_tls
from voice import compose, doctor
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.doctor_clock import clock
from voice.doctor_desk import desk
from voice.doctor_model import model
from voice.doctor_settings import usable_settings
from voice.findings import State, found_by
from voice.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache")


def test_a_sound_card_that_hangs_holds_nobody_up(settings, monkeypatch):
    card_answers = threading.Event()
    monkeypatch.setattr(doctor, "list_devices", lambda: card_answers.wait(60) and ())
    monkeypatch.setattr("voice.findings.WAIT_S", 0.2)
    monkeypatch.setattr(doctor, "_here", tuple)
    began = time.monotonic()
    found = {one.check: one for one in doctor.examine(settings)}
    card_answers.set()
    assert time.monotonic() - began < 30  # the model has its own time
    assert found["audio"].state is State.LIMITED
    assert "no answer within" in found["audio"].detail
    assert found["audio"].remedy
    assert "model" in found


# settings


@pytest.fixture
def nothing_set(monkeypatch):
    for name in [name for name in os.environ if name.startswith("KOEMADO_")]:
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("nothing_set")
@pytest.mark.parametrize(("text", "said"), [
    ("speech_speed = = 3", "no valid TOML"),
    ('speech_speed = "fast"', "speech_speed"),
    ("no_such_thing = 1", "there is no such setting"),
    (None, "does not exist"),
])  # fmt: skip
def test_a_settings_file_that_cannot_be_used_is_a_finding(tmp_path, monkeypatch, text, said):
    monkeypatch.setenv("KOEMADO_DATA_DIR", str(tmp_path / "elsewhere"))
    file = tmp_path / "settings.toml"
    if text is not None:
        file.write_text(text)
    used, (found,) = usable_settings(file, {"model": "small"})
    assert (found.check, found.state) == ("settings", State.BROKEN)
    assert said in found.detail
    assert found.remedy
    assert (used.data_dir, used.model) == (tmp_path / "elsewhere", "small")


@pytest.mark.usefixtures("nothing_set")
def test_each_source_that_cannot_be_used_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("KOEMADO_SPEECH_SPEED", "9")
    monkeypatch.setenv("KOEMADO_CACHE_DIR", str(tmp_path))
    file = tmp_path / "settings.toml"
    file.write_text("[")
    used, found = usable_settings(file, {})
    assert [("TOML" in one.detail, "SPEECH_SPEED" in one.detail) for one in found] == [(True, False), (False, True)]
    assert (used.speech_speed, used.cache_dir) == (1.0, tmp_path)


@pytest.mark.usefixtures("nothing_set")
def test_good_settings_are_no_finding(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text("speech_speed = 0.9")
    used, found = usable_settings(file, {})
    assert (used.speech_speed, found) == (0.9, [])


# the model


@pytest.fixture
def model_copy(settings, tmp_path):
    return Path(shutil.copytree(compose.model_folder(settings), tmp_path / "model"))


def judged(folder, settings):
    (found,) = found_by("model", partial(model, settings.model_copy(update={"model": str(folder)})), remedy="mend it")
    return found


def test_a_model_that_hears(settings, model_copy):
    assert judged(model_copy, settings).state is State.FINE
    (shipped,) = model(settings)
    assert (shipped.state, "models install small" in shipped.remedy) == (State.LIMITED, True)


def test_a_model_that_ends_the_program_is_a_finding(settings, model_copy):
    graph = model_copy / "graph/HCLr.fst"
    whole = graph.read_bytes()
    graph.write_bytes(whole[: len(whole) // 3] + b"\xff" * 4096 + whole[len(whole) // 3 + 4096 :])
    found = judged(model_copy, settings)
    assert (found.state, "damaged" in found.detail, bool(found.remedy)) == (State.BROKEN, True, True)


@pytest.mark.parametrize("name", ["am/final.mdl", "graph/Gr.fst", "conf/mfcc.conf"])
def test_a_model_cut_short(settings, model_copy, name):
    file = model_copy / name
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    found = judged(model_copy, settings)
    assert found.state is State.BROKEN
    assert found.remedy


def test_a_model_that_is_not_there(settings, tmp_path):
    found = judged(tmp_path / "nowhere", settings)
    assert (found.state, bool(found.remedy)) == (State.BROKEN, True)


# the clock


def test_a_clock_in_the_past(settings):
    (found,) = clock(settings, now=datetime(2000, 1, 1, 9, tzinfo=TOKYO))
    assert (found.state, "2000-01-01" in found.detail) == (State.BROKEN, True)
    assert "set-ntp" in found.remedy


def test_a_clock_behind_what_was_written_here(settings):
    settings.data_dir.mkdir()
    now = datetime.now(TOKYO)
    later = (now + timedelta(days=3)).timestamp()
    (settings.data_dir / "outbox.db").touch()
    os.utime(settings.data_dir / "outbox.db", (later, later))
    assert [one.state for one in clock(settings, now=now)] == [State.BROKEN]
    assert [one.state for one in clock(settings, now=now + timedelta(days=3))] == [State.FINE]


def test_a_zone_that_is_not_japans(settings):
    now = datetime.now(UTC)
    (found,) = clock(settings, now=now)
    assert (found.state, "Asia/Tokyo" in found.remedy) == (State.LIMITED, True)


# the desk


class Answering(BaseHTTPRequestHandler):
    """A desk that tells what its server was given."""

    def do_GET(self):
        self._answer(200, self.server.health)

    def do_POST(self):
        self._answer(self.server.heartbeat, self.server.answer)

    def _answer(self, status, body):
        self.send_response_only(status)
        self.send_header("Date", format_datetime(self.server.clock(), usegmt=True))
        self.send_header("Content-Length", "0" if status == 204 else str(len(body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def answering():
    made = HTTPServer(("127.0.0.1", 0), Answering)
    made.health, made.clock = b'{"status": "ok"}', lambda: datetime.now(UTC)
    made.heartbeat, made.answer = 204, b"{}"
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def found_at(settings, port, scheme="http"):
    with EnrolmentFile(settings.data_dir / "desk-device.json").writing() as keep:
        keep(Enrolment(url=f"{scheme}://127.0.0.1:{port}", id="box-1", token="kd_x"))
    return {one.check: one for one in desk(settings)}


def test_a_desk_that_is_well(settings, answering):
    found = found_at(settings, answering.server_port)
    assert {name: one.state for name, one in found.items()} == {"callback desk": State.FINE}


def test_a_wrong_token(settings, answering):
    answering.heartbeat, answering.answer = 401, b'{"problems": [{"field": "request", "message": "no token"}]}'
    found = found_at(settings, answering.server_port)["callback desk"]
    assert (found.state, "does not know this device" in found.detail) == (State.BROKEN, True)
    assert "koemado enrol" in found.remedy


@pytest.mark.parametrize(
    ("off", "said"), [(timedelta(hours=1), "60 minutes behind"), (-timedelta(hours=2), "120 minutes ahead of")]
)
def test_a_wrong_clock(settings, answering, off, said):
    answering.clock = lambda: datetime.now(UTC) + off
    found = found_at(settings, answering.server_port)
    assert (found["clock"].state, said in found["clock"].detail) == (State.LIMITED, True)
    assert found["callback desk"].state is State.FINE


@pytest.mark.parametrize(("told", "is_older"), [
    ("0.0.9", True), (version("koemado"), False), ("99.0", False), ("", False), ("0.0.9+of.1999", True),
])  # fmt: skip
def test_a_desk_older_than_its_device(settings, answering, told, is_older):
    answering.health = f'{{"status": "ok", "version": "{told}"}}'.encode()
    found = found_at(settings, answering.server_port)
    assert ("versions" in found) is is_older
    assert not is_older or "update the desk" in found["versions"].remedy


@pytest.mark.parametrize("status", [200, 302, 401, 503])
def test_what_is_no_desk_tells_nobody_to_enrol_anew(settings, answering, status):
    answering.health = b"<html>welcome to the hotel</html>"
    answering.heartbeat, answering.answer = status, answering.health
    found = found_at(settings, answering.server_port)["callback desk"]
    assert (found.state, "cannot be reached" in found.detail) == (State.LIMITED, True)
    assert "enrol" not in found.remedy


def test_a_desk_that_is_away(settings, answering):
    answering.shutdown()
    answering.server_close()
    found = found_at(settings, answering.server_port)["callback desk"]
    assert (found.state, "nothing answers at that port" in found.detail) == (State.LIMITED, True)
    assert "requests are kept" in found.remedy


def test_a_name_that_is_not_known(settings):
    with EnrolmentFile(settings.data_dir / "desk-device.json").writing() as keep:
        keep(Enrolment(url="http://no-such-desk.invalid", id="box-1", token="kd_x"))
    (found,) = desk(settings)
    assert "its name is not known" in found.detail


def test_a_certificate_that_is_not_trusted(settings, answering, tmp_path):
    files = local_tls(tmp_path, ["127.0.0.1"], datetime.now(UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    answering.socket = context.wrap_socket(answering.socket, server_side=True)
    found = found_at(settings, answering.server_port, "https")["callback desk"]
    assert "certificate is not trusted" in found.detail
    assert "certificate" in found.remedy


def test_a_damaged_enrolment(settings):
    settings.data_dir.mkdir()
    (settings.data_dir / "desk-device.json").write_bytes(b"\xff{")
    (found,) = found_by("callback desk", partial(desk, settings), remedy="enrol")
    assert (found.state, found.remedy) == (State.BROKEN, "enrol this device anew")
