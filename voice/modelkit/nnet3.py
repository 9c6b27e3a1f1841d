"""A trained network as Kaldi's nnet3, the form in which Vosk runs it.

Normalisations are folded into the affine layers, so that only components that old Kaldi versions know remain.  Sources:
nnet3/nnet-nnet.cc (file), nnet3/am-nnet-simple.cc (contexts and priors), nnet3/nnet-descriptor.h (Offset, Append, Sum).
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from intents.morae import UNITS
from voice.modelkit.kaldi_io import Writer
from voice.modelkit.network import Block, Tdnn
from voice.modelkit.topology import FEATURES, SUBSAMPLING

Folded = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]  # weight (outputs, inputs), bias (outputs,)


def write_nnet(out: Writer, model: Tdnn, bits: int, priors: npt.NDArray[np.float64]) -> None:
    """Write the network behind the transition model; `bits` (8, 16, 32) of every weight.

    The decoder divides the posteriors by `priors` (39,); an empty array leaves them alone.
    """
    net = _Nnet(bits)
    x = _first_layer(net, model)
    for number, block in enumerate(model.blocks, 1):
        x = _block(net, f"b{number}", x, block)
    net.affine("prefinal.affine", x, fold(model.prefinal, model.prefinal_norm))
    net.nonlinear("prefinal.relu", "prefinal.affine", "RectifiedLinearComponent", model.prefinal.out_features)
    net.affine("final.affine", "prefinal.relu", fold(model.final, None))
    net.nonlinear("final.log", "final.affine", "LogSoftmaxComponent", len(UNITS))
    net.write(out, "final.log")
    out.token("<LeftContext>").ints(model.left).token("<RightContext>").ints(model.right)
    out.token("<Priors>").vector(priors)


def _first_layer(net: "_Nnet", model: Tdnn) -> str:
    around = range(-model.shape.splice, model.shape.splice + 1)
    spliced = _append(_offset("input", frame) for frame in around)
    net.affine("first.affine", spliced, fold(model.first, model.first_norm, (model.mean, model.scale)))
    return net.nonlinear("first.relu", "first.affine", "RectifiedLinearComponent", model.first.out_features)


def _block(net: "_Nnet", name: str, x: str, block: Block) -> str:
    """Add a block; offsets are counted in feature frames here."""
    left = [_offset(x, -SUBSAMPLING * block.left)] if block.left else []
    hidden = net.affine(f"{name}.down", _append([*left, x]), fold(block.down, None))
    right = [_offset(hidden, SUBSAMPLING * block.right)] if block.right else []
    up = net.affine(f"{name}.up", _append([hidden, *right]), fold(block.up, block.norm))
    relu = net.nonlinear(f"{name}.relu", up, "RectifiedLinearComponent", block.up.out_features)
    return net.no_op(f"{name}.sum", f"Sum({x}, {relu})", block.up.out_features)


class _Nnet:
    """The text of the nodes and the binary components while they grow; every node has its own component."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._nodes = [f"input-node name=input dim={FEATURES}"]
        self._components = Writer(start=b"")
        self._count = 0

    def affine(self, name: str, source: str, folded: Folded) -> str:
        """Add an affine layer; its name, as all of these return."""
        self._node(name, source).affine(*folded, self._bits)
        return name

    def nonlinear(self, name: str, source: str, kind: str, dim: int) -> str:
        """Add a nonlinearity."""
        self._node(name, source).nonlinear(kind, dim)
        return name

    def no_op(self, name: str, source: str, dim: int) -> str:
        """Add a node that only holds its input."""
        self._node(name, source).no_op(dim)
        return name

    def write(self, out: Writer, output: str) -> None:
        """Write everything, with `output` as the node that the decoder reads."""
        nodes = [*self._nodes, f"output-node name=output input={output} objective=linear"]
        out.token("<Nnet3>").raw(("\n" + "\n".join(nodes) + "\n\n").encode())
        out.token("<NumComponents>").ints(self._count).raw(self._components.data).token("</Nnet3>")

    def _node(self, name: str, source: str) -> Writer:
        self._nodes.append(f"component-node name={name} component={name} input={source}")
        self._count += 1
        return self._components.token("<ComponentName>", name)


def _offset(name: str, frames: int) -> str:
    return f"Offset({name}, {frames})" if frames else name


def _append(pieces: Iterable[str]) -> str:
    joined = list(pieces)
    return f"Append({', '.join(joined)})" if len(joined) > 1 else joined[0]


def fold(
    linear: nn.Linear, norm: nn.BatchNorm1d | None, inputs: tuple[torch.Tensor, torch.Tensor] | None = None
) -> Folded:
    """Fold the batch normalisation behind a layer, and the (mean, scale) of its inputs, into weight and bias."""
    weight = linear.weight.detach().double()
    bias = linear.bias.detach().double() if linear.bias is not None else torch.zeros(len(weight)).double()
    if inputs is not None:
        mean, scale = (side.double().repeat(weight.shape[1] // len(side)) for side in inputs)
        weight = weight * scale
        bias = bias - weight @ mean
    if norm is not None:
        gain = norm.weight.detach().double() / torch.sqrt(norm.running_var.double() + norm.eps)
        weight, bias = weight * gain[:, None], (bias - norm.running_mean.double()) * gain + norm.bias.detach().double()
    return weight.float().numpy(), bias.float().numpy()
