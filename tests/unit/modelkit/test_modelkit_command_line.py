import re
import subprocess
import sys
from pathlib import Path

import pytest

import voice
from voice.errors import SettingsError
from voice.modelkit.__main__ import COMMANDS, main
from voice.modelkit.folders import shared_folder

NEEDS_THE_EXTRA = {"synthesize", "features", "train", "export", "evaluate"}


EXTRA = ("torch", "scipy", "kaldi_native_fbank")


def python_without(missing, code):
    """Run code as in an installation without some packages, whether they are installed or not."""
    hidden = f"import sys; sys.modules.update(dict.fromkeys({missing!r})); "
    root = Path(voice.__file__).parents[1]
    return subprocess.run([sys.executable, "-c", hidden + code], capture_output=True, text=True, cwd=root, check=False)


@pytest.mark.parametrize(
    ("command", "missing"), [*((command, EXTRA) for command in sorted(NEEDS_THE_EXTRA)), ("train", EXTRA[2:])]
)
def test_without_the_extra_a_command_says_so_in_one_line(command, missing):
    code = f"from voice.modelkit.__main__ import main; sys.exit(main(['{command}', 'x', 'y']))"
    done = python_without(missing, code)
    told = f'{command} needs the extra "modelkit": pip install torch==2.13.0 kaldi-native-fbank scipy'
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{told}\n")


def test_compiling_a_graph_needs_no_extra(tmp_path):
    code = f"from pathlib import Path; from voice.modelkit.graph import build_graph; build_graph(['ハイ'], Path({str(tmp_path)!r}))"
    done = python_without(EXTRA, code)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "graph" / "HCLG.fst").exists()


@pytest.mark.parametrize("command", ["graph", "readings"])
def test_help_of_a_command(capsys, command):
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    assert f"python -m voice.modelkit {command}" in capsys.readouterr().out


@pytest.mark.parametrize(("argv", "code"), [([], 2), (["--help"], 0), (["tarin"], 2)])
def test_commands_are_listed(capsys, argv, code):
    assert main(argv) == code
    told = capsys.readouterr()
    listed = told.err if code else told.out
    assert [line.split()[0] for line in listed.splitlines()[1:]] == list(COMMANDS)


def test_an_error_of_ours_is_one_line(capsys, tmp_path):
    assert main(["graph", str(tmp_path), "--readings", str(tmp_path / "none.json")]) == SettingsError.exit_code
    told = capsys.readouterr().err
    assert told.startswith("graph: ")
    assert told.count("\n") == 1
    assert "none.json" in told


def test_the_given_folder_wins(monkeypatch, tmp_path):
    (tmp_path / "shared" / "voices").mkdir(parents=True)
    monkeypatch.setenv("KOEMADO_SHARED", str(tmp_path / "shared"))
    assert shared_folder("voices", tmp_path) == tmp_path
    assert shared_folder("voices", None) == tmp_path / "shared" / "voices"


def test_no_folder_is_assumed(monkeypatch, tmp_path):
    monkeypatch.delenv("KOEMADO_SHARED", raising=False)
    with pytest.raises(SettingsError, match="give --voices FOLDER, or set KOEMADO_SHARED"):
        shared_folder("voices", None)
    with pytest.raises(SettingsError, match="no folder of text at"):
        shared_folder("text", tmp_path / "missing")


README = (Path(voice.__file__).parent / "modelkit" / "README.md").read_text(encoding="utf-8")


def test_the_readme_shows_every_command_and_no_other():
    assert set(re.findall(r"^python -m voice\.modelkit (\w+)", README, re.MULTILINE)) == set(COMMANDS)


def test_the_readme_names_every_file():
    table = README.split("## Files")[1].split("## ")[0]
    named = set(re.findall(r"`([\w.]+\.(?:py|txt|yaml))`", table))
    there = {path.name for path in (Path(voice.__file__).parent / "modelkit").iterdir()}
    assert named == {name for name in there if name.endswith((".py", ".txt", ".yaml"))} - {"__init__.py"}
