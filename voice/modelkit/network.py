"""The acoustic model: a residual factored time-delay network (TDNN-F) in PyTorch.

Source: Povey et al., "Semi-orthogonal low-rank matrix factorization for deep neural networks" (2018), without the
orthogonality constraint, which a network this small does not miss.  Everything behind the first layer runs at one third
of the frame rate, so the network is cheap.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from intents.morae import UNITS
from voice.modelkit.topology import FEATURES, SUBSAMPLING

Offsets = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkShape:
    """The sizes of a network; its checkpoint keeps them."""

    dim: int = 384
    bottleneck: int = 96
    splice: int = 5  # feature frames either side of the first layer
    offsets: Offsets = ((1, 1),) * 6 + ((2, 0),) * 4  # of each block, to the left and right, in subsampled frames
    prefinal: int = 192
    dropout: float = 0.1


def per_frame(norm: nn.BatchNorm1d, x: torch.Tensor) -> torch.Tensor:
    """Batch normalisation over all frames of a (batch, time, dim) tensor."""
    return norm(x.reshape(-1, x.shape[-1])).view(x.shape)


class Block(nn.Module):  # type: ignore[misc]  # torch is untyped here, with or without the extra
    """x + ReLU(BN(B [h(t), h(t+right)])), h = A [x(t-left), x(t)]; offsets count subsampled frames."""

    def __init__(self, shape: NetworkShape, left: int, right: int) -> None:
        super().__init__()
        self.left, self.right, self.dropout = left, right, shape.dropout
        self.down = nn.Linear(shape.dim * (2 if left else 1), shape.bottleneck, bias=False)
        self.up = nn.Linear(shape.bottleneck * (2 if right else 1), shape.dim)
        self.norm = nn.BatchNorm1d(shape.dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, time, dim) to (batch, time - left - right, dim)."""
        hidden = torch.cat([x[:, : -self.left], x[:, self.left :]], 2) if self.left else x
        hidden = self.down(hidden)
        if self.right:
            hidden = torch.cat([hidden[:, : -self.right], hidden[:, self.right :]], 2)
        out = torch.relu(per_frame(self.norm, self.up(hidden)))
        if self.training and self.dropout:
            out = out * nn.functional.dropout(torch.ones_like(out[:, :1]), self.dropout)
        return x[:, self.left : x.shape[1] - self.right] + out


class Tdnn(nn.Module):  # type: ignore[misc]  # torch is untyped here, with or without the extra
    """Log-probabilities of the 39 units from cepstra; `left` and `right` are its context in feature frames."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.shape = shape
        self.left = shape.splice + SUBSAMPLING * sum(left for left, _ in shape.offsets)
        self.right = shape.splice + SUBSAMPLING * sum(right for _, right in shape.offsets)
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("scale", torch.ones(FEATURES))
        self.first = nn.Linear(FEATURES * (2 * shape.splice + 1), shape.dim)
        self.first_norm = nn.BatchNorm1d(shape.dim)
        self.blocks = nn.ModuleList(Block(shape, left, right) for left, right in shape.offsets)
        self.prefinal = nn.Linear(shape.dim, shape.prefinal)
        self.prefinal_norm = nn.BatchNorm1d(shape.prefinal)
        self.final = nn.Linear(shape.prefinal, len(UNITS))

    def pad(self, feats: torch.Tensor) -> torch.Tensor:
        """Repeat the edge frames of (frames, 40) for the context, which is what Kaldi's online decoder does."""
        return torch.cat([feats[:1].expand(self.left, -1), feats, feats[-1:].expand(self.right + SUBSAMPLING, -1)])

    def forward(self, feats: torch.Tensor) -> torch.Tensor:
        """Padded features (batch, left + frames + right, 40) to log-probabilities (batch, frames/3, units)."""
        x = (feats - self.mean) * self.scale
        x = x.unfold(1, 2 * self.shape.splice + 1, SUBSAMPLING).transpose(2, 3).flatten(2)  # (batch, time, spliced)
        x = torch.relu(per_frame(self.first_norm, self.first(x)))
        for block in self.blocks:
            x = block(x)
        x = torch.relu(per_frame(self.prefinal_norm, self.prefinal(x)))
        return torch.log_softmax(self.final(x).float(), 2)

    def normalise_inputs(self, feats: Sequence[torch.Tensor]) -> None:
        """Set the input normalisation from a sample of (frames, 40) features."""
        sample = torch.cat(list(feats)).float()
        self.mean.copy_(sample.mean(0))
        self.scale.copy_(1 / (sample.std(0, correction=0) + 1e-3))
