"""A folder that passes for a Vosk model of ordinary words."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest


def _text(value: str) -> bytes:
    return struct.pack("<i", len(value)) + value.encode()


def _fst(kind: str) -> bytes:
    """An OpenFst file of 3 states without words of its own."""
    header = struct.pack("<i", 2125659606) + _text(kind) + _text("standard")
    return header + struct.pack("<iiQqqq", 2, 0, 0, 0, 3, 2) + bytes(3 * 20 + 2 * 16)


@pytest.fixture
def word_model(tmp_path) -> Callable[..., Path]:
    """Make a model with these words; its folder."""

    def made(*words: str) -> Path:
        files = {
            "am/final.mdl": b"\0B<TransitionModel> <Nnet3> </Nnet3> <Priors> FV \x04" + struct.pack("<i3f", 3, 1, 2, 3),
            "conf/mfcc.conf": b"--sample-frequency=16000\n",
            "conf/model.conf": b"--beam=10.0\n",
            "graph/Gr.fst": _fst("const"),
            "graph/HCLr.fst": _fst("olabel_lookahead"),
            "graph/disambig_tid.int": b"7\n",
            "graph/words.txt": "".join(f"{w} {n}\n" for n, w in enumerate(["<eps>", *words, "[unk]"])).encode(),
        }
        for name, content in files.items():
            path = tmp_path / "word-model" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path / "word-model"

    return made
