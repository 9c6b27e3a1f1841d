"""`koemado models` as people and scripts use it."""

import io
import json

import pytest
from click.testing import CliRunner

from voice.cli.models import ModelsContext, models_group
from voice.errors import ModelError
from voice.models.display import DownloadDisplay
from voice.models.store import ModelStore
from voice.models.verify import NO_HASH


@pytest.fixture
def context(data_dir, catalogue) -> ModelsContext:
    return ModelsContext(data_dir=data_dir, catalogue=catalogue, sleep=lambda _seconds: None)


@pytest.fixture
def koemado(context):
    def run(*arguments: str):
        return CliRunner().invoke(models_group, list(arguments), obj=context)

    return run


@pytest.fixture
def carried(tmp_path, model_zip) -> str:
    path = tmp_path / "carried.zip"
    path.write_bytes(model_zip)
    return str(path)


def test_install_verify_use_list(web, koemado, context):
    done = koemado("install", "small", "--base-url", web.base_url)
    assert done.exit_code == 0, done.exception
    assert "small is installed in" in done.stdout
    assert "dynamic graph (run-time grammars work), hears words in ordinary spelling" in done.stdout
    assert "downloading small: 0 % of 0.3 MB" in done.stderr
    assert "downloading small: 100 % of 0.3 MB" in done.stderr
    assert "unpacking and checking small" in done.stderr
    assert "small: good (7 files match their sha256)" in koemado("verify").stdout
    assert "chosen: small in" in koemado("use", "small").stdout
    lines = koemado("list").stdout.splitlines()
    assert [line[:9] for line in lines] == ["  embedde", "* small: ", "  large: "]
    assert "not installed, about 1.0 MB to download" in lines[2]
    assert context.store.chosen() == context.data_dir / "models/small"


def test_a_second_install_says_so(koemado, carried):
    koemado("install", "small", "--from", carried)
    again = koemado("install", "small", "--from", carried)
    assert "small is already installed in" in again.stdout
    assert "--force installs it again" in again.stdout
    assert again.stderr == ""
    assert "small is installed in" in koemado("install", "small", "--from", carried, "--force").stdout


def test_json_is_all_there_is_on_stdout(web, koemado, context, model):
    installed = json.loads(koemado("install", "large", "--base-url", web.base_url, "--json").stdout)
    path = str(context.data_dir / "models/large")
    facts = {"path": path, "graph": "dynamic", "run_time_grammars": True, "vocabulary": "words"}
    checked = {"name": "large", "ok": True, "hashed_files": 0, "summary": NO_HASH, **facts}
    assert installed == {"already_there": False, **checked}
    assert json.loads(koemado("verify", "large", "--json").stdout) == [checked]
    assert json.loads(koemado("use", "large", "--json").stdout) == {"chosen": "large", **facts}
    rows = {row["name"]: row for row in json.loads(koemado("list", "--json").stdout)}
    assert list(rows) == ["embedded", "small", "large"]
    assert [rows[name]["installed"] for name in rows] == [True, False, True]
    assert [rows[name]["chosen"] for name in rows] == [False, False, True]
    assert [rows[name].get("vocabulary") for name in rows] == ["morae", None, "words"]
    assert rows["small"]["url"] == "https://alphacephei.com/vosk/models/vosk-model-small-ja-0.22.zip"
    assert rows["small"]["figures"][0] == {"measure": "CER", "test_set": "csj", "percent": 9.52}
    assert (rows["small"]["hashes"], rows["large"]["hashes"]) == (None, NO_HASH)


def test_a_folder_of_ones_own(koemado, model):
    assert koemado("use", str(model)).exit_code == 0
    assert f"* {model}: installed; a folder of yours; dynamic graph" in koemado("list").stdout
    names = [row["name"] for row in json.loads(koemado("verify", "--json").stdout)]
    assert names == ["embedded", str(model)]


def test_without_a_choice_the_embedded_model_is_marked(koemado):
    assert koemado("list").stdout.startswith("* embedded: installed")


def test_a_damaged_model_fails_verify_but_not_list(koemado, carried, context):
    koemado("install", "small", "--from", carried)
    (context.data_dir / "models/small/graph/Gr.fst").write_bytes(b"")
    checked = koemado("verify", "--json")
    assert [(row["name"], row["ok"]) for row in json.loads(checked.stdout)] == [("embedded", True), ("small", False)]
    assert isinstance(checked.exception, ModelError)
    assert "koemado models install small --force" in str(checked.exception)
    assert "embedded: good" in koemado("verify").stdout
    assert "small: cannot be used: graph/Gr.fst is empty" in koemado("list").stdout


def test_the_mirror_of_the_settings_is_used(web, data_dir, catalogue):
    context = ModelsContext(data_dir=data_dir, catalogue=catalogue, base_url=web.base_url)
    assert CliRunner().invoke(models_group, ["install", "small"], obj=context).exit_code == 0
    assert len(web.asked) == 1


def test_offline_the_advice_is_one_line(koemado, nowhere):
    failed = koemado("install", "small", "--base-url", nowhere)
    text = str(failed.exception)
    assert isinstance(failed.exception, ModelError)
    assert failed.exception.exit_code == 3
    assert f"fetch {nowhere}/vosk-model-small-ja-0.22.zip on another machine" in text
    assert "`koemado models install small --from vosk-model-small-ja-0.22.zip`" in text
    assert "\n" not in text


def test_a_cut_line_is_survived_without_a_word_on_stdout(web, koemado, answer):
    web.will(answer(cut_after=100_000))
    done = koemado("install", "small", "--base-url", web.base_url, "--json")
    assert json.loads(done.stdout)["hashed_files"] == 7
    assert len(web.asked) == 2


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("install", "medium"), "no speech model 'medium'"),
        (("install", "embedded"), "comes with Koemado"),
        (("verify", "small"), "run `koemado models install small`"),
        (("verify", "/nothing"), "no speech model '/nothing'"),
        (("use", "large"), "run `koemado models install large`"),
    ],
)
def test_mistakes_are_model_errors(koemado, arguments, text):
    failed = koemado(*arguments)
    assert isinstance(failed.exception, ModelError)
    assert text in str(failed.exception)
    assert failed.stdout == ""


def test_a_zip_that_is_not_there_is_a_usage_error(koemado, tmp_path):
    assert koemado("install", "small", "--from", str(tmp_path / "no.zip")).exit_code == 2


def test_the_data_folder_and_the_mirror_come_from_the_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("KOEMADO_DATA_DIR", str(tmp_path / "koemado"))
    monkeypatch.setenv("KOEMADO_MODELS_URL", "http://127.0.0.1:9/nowhere")
    assert CliRunner().invoke(models_group, ["use", "embedded"]).exit_code == 0
    assert ModelStore(tmp_path / "koemado").choice() == "embedded"
    listed = CliRunner().invoke(models_group, ["list", "--json"]).stdout
    assert "http://127.0.0.1:9/nowhere" in listed


def test_lines_come_every_ten_per_cent(capsys):
    with DownloadDisplay("x", terminal=False) as show:
        for done in range(0, 1001, 5):
            show(done, 1000)
    assert len(capsys.readouterr().err.splitlines()) == 11


def test_lines_of_unstated_length(capsys):
    with DownloadDisplay("x", terminal=False) as show:
        for done in range(0, 30_000_001, 1_000_000):
            show(done, None)
    assert capsys.readouterr().err.splitlines() == ["x: 0.0 MB", "x: 10 MB", "x: 20 MB", "x: 30 MB"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_on_a_terminal_follows_a_fresh_start(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with DownloadDisplay("downloading small") as show:
        for done in (0, 600, 0, 300, 1000):
            show(done, 1000)
    drawn = screen.getvalue()
    assert "downloading small" in drawn
    assert "60%" in drawn
    assert "100%" in drawn
    assert drawn.index("60%") < drawn.rindex("0%")


def test_nothing_is_drawn_before_the_first_bytes(capsys):
    with DownloadDisplay("x", terminal=True):
        pass
    assert capsys.readouterr().err == ""
