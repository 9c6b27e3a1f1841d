import struct

import numpy as np
import pytest

from voice.modelkit.kaldi_io import Fst, FstSize, Writer


def test_basic_types_carry_their_size():
    assert Writer().token("<A>", "B").ints(7, -1).floats(0.5).data == (
        b"\0B<A> B " + b"\x04\x07\0\0\0" + b"\x04\xff\xff\xff\xff" + b"\x04\0\0\0\x3f"
    )


def test_vectors():
    data = Writer(start=b"").int_vector([3, 4]).vector([1.0]).data
    assert data == b"\x04\x02\0\0\0\x03\0\0\0\x04\0\0\0" + b"FV \x04\x01\0\0\0\0\0\x80\x3f"


def test_plain_matrix():
    data = Writer(start=b"").matrix([[1.0, 2.0, 3.0]]).data
    assert data == b"FM \x04\x01\0\0\0\x04\x03\0\0\0" + struct.pack("<3f", 1, 2, 3)


@pytest.mark.parametrize(("bits", "token", "code"), [(16, b"CM2 ", "<u2"), (8, b"CM3 ", "u1")])
def test_compressed_matrix_comes_back_within_half_a_step(bits, token, code):
    matrix = np.random.default_rng(1).normal(size=(3, 5)).astype(np.float32)
    data = Writer(start=b"").matrix(matrix, bits).data
    assert data[:4] == token
    low, span, rows, columns = struct.unpack_from("<ffii", data, 4)
    assert (rows, columns) == (3, 5)
    step = span / (2**bits - 1)
    back = low + step * np.frombuffer(data, code, offset=20).reshape(rows, columns)
    assert np.abs(back - matrix).max() <= step * 0.51


def test_constant_matrix_does_not_divide_by_its_span():
    data = Writer(start=b"").matrix(np.full((2, 2), 0.25), 16).data
    assert struct.unpack_from("<ff", data, 4) == (0.25, 1.0)
    assert data[20:] == bytes(8)


@pytest.mark.parametrize(
    ("matrix", "bits", "complaint"), [([[1.0]], 12, "8, 16 or 32 bits, not 12"), ([1.0, 2.0], 32, "2 dimensions")]
)
def test_matrices_that_cannot_be(matrix, bits, complaint):
    with pytest.raises(ValueError, match=complaint):
        Writer().matrix(matrix, bits)


def test_components_open_and_close():
    data = Writer(start=b"").affine([[1.0]], [0.0], 32).nonlinear("LogSoftmaxComponent", 1).no_op(4).data
    assert data.startswith(b"<FixedAffineComponent> <LinearParams> FM ")
    assert data.index(b"</FixedAffineComponent> ") < data.index(b"<LogSoftmaxComponent> <Dim> \x04\x01\0\0\0")
    assert data.endswith(b"<NoOpComponent> <Dim> \x04\x04\0\0\0<BackpropScale> \x04\0\0\x80\x3f</NoOpComponent> ")


def test_bytes_of_a_tiny_fst(tmp_path):
    fst = Fst()
    first, last = fst.state(), fst.state()
    fst.arc(first, 2, 0, 0.5, last)
    fst.end(last, 1.5)
    assert fst.save(tmp_path / "tiny.fst", start=first) == FstSize(states=2, arcs=1)
    assert (tmp_path / "tiny.fst").read_bytes() == (
        struct.pack("<i", 2125659606)
        + b"\x05\0\0\0const\x08\0\0\0standard"
        + struct.pack("<iiQqqq", 2, 0, 1, 0, 2, 1)
        + struct.pack("<fIIII", float("inf"), 0, 1, 0, 1)
        + struct.pack("<fIIII", 1.5, 1, 0, 0, 0)
        + struct.pack("<iifi", 2, 0, 0.5, 1)
    )


def test_epsilons_are_counted_by_side(tmp_path, read_fst):
    fst = Fst()
    here = fst.state()
    for ilabel, olabel in ((0, 0), (0, 3), (0, 4), (5, 0)):
        fst.arc(here, ilabel, olabel, 0.0, here)
    fst.save(tmp_path / "loop.fst")
    read = read_fst(tmp_path / "loop.fst")
    assert read.epsilons == [(3, 2)]
    assert read.finals == {}
    assert [arc[:2] for arc in read.arcs[0]] == [(0, 0), (0, 3), (0, 4), (5, 0)]
