"""Train an ear on a phrase, for voice/wake/data/ear-NAME.npz: what of the embedded model's rows is the wake word.

    KOEMADO_SHARED=../shared python -m benchmarks.fit_ear [--phrase ねえ、こえまど] [--steps 2500] [--out FILE]

Needs torch (`pip install -e ".[modelkit]"`). It learns on the sounds of "fit" (`benchmarks.wake_sounds`): calls by
voices the model knows, in calculated rooms and noises, against talk and words that are nearly the wake word; and says
what it is worth on those of "dev", another voice, other rooms, noises and texts. An hour of one core for the sounds,
which are kept (`benchmarks.wake_kept`), ten minutes for the training. Where another acoustic model is shipped, it must
be trained again: the old one is not used with it.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.spoken import shared_folder
from benchmarks.wake_kept import Order, Rows, rows, takes, talk
from voice import compose
from voice.audio import RECOGNITION_RATE_HZ
from voice.settings import Settings
from voice.wake.detector import ROW
from voice.wake.ear import LEAST_LOG, SCALE, TAPS
from voice.wake.phrases import wake_phrases

UNITS, INPUTS, WIDTH = 39, 24, 32
APART: Final = (1, 2, 4, 8, 16)  # rows; together 1.9 s are heard
CROP: Final = 150  # rows
BATCH: Final = 48
RATE: Final = 2e-3
DROPPED: Final = 0.1  # share of what is hidden in training
EARLIEST, LATEST = 2, 6  # rows before and after the end of the phrase in which it must be heard
UNSURE: Final = (6, 30)  # rows before and after the end of which nothing is said
ALIKE: Final = 500
BLOCK: Final = 30  # rows, of which the loudest counts where nobody calls
APART_ROWS: Final = 33  # 1 s
RATES: Final = (0.0, 0.5, 1.0, 2.0, 5.0)  # false accepts an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A call's rows, scaled as the ear hears them, and the row in which the phrase ends."""

    rows: torch.Tensor
    end: int


class Network(nn.Module):
    """What `voice.wake.ear.Ear` computes."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(UNITS, INPUTS, 1)
        self.layers = nn.ModuleList(
            nn.Conv1d(WIDTH if number else INPUTS, WIDTH, TAPS, dilation=apart) for number, apart in enumerate(APART)
        )
        self.last = nn.Conv1d(WIDTH, 1, 1)

    def forward(self, logs: torch.Tensor) -> torch.Tensor:
        """Log odds for each row; (batch, rows, units) to (batch, rows)."""
        x = self.first(functional.dropout(logs.transpose(1, 2), DROPPED, self.training))
        for number, layer in enumerate(self.layers):
            heard = torch.relu(layer(functional.pad(x, (2 * APART[number], 0))))
            x = heard + x if number else heard
            x = functional.dropout(x, DROPPED, self.training and number > 0)
        return self.last(x)[:, 0]


def main() -> None:
    """Train, say what it is worth, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--phrase", default="ねえ、こえまど")
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--calls", type=int, default=1200)
    parser.add_argument("--alike", type=int, default=2, help="times 500 sentences that are nearly the phrase")
    parser.add_argument("--hours", type=float, default=3.0, help="of talk")
    parser.add_argument("--out", type=Path, default=Path("voice/wake/data/ear-koemado.npz"))
    options = parser.parse_args()
    shared = shared_folder()
    if shared is None:
        sys.exit("KOEMADO_SHARED must name the folder of voices and texts")
    torch.manual_seed(0)
    model = compose.model_folder(Settings(model="embedded"))
    calls = _called(
        Order(part="fit", kind="calls", amount=options.calls, seed=1000, phrase=options.phrase), shared, model
    )
    others = [logs for order in _others(options) for logs in rows(order, shared, model)]
    network = trained(calls, _scaled(np.concatenate(others)), options.steps)
    late = report(network, options.phrase, shared, model)
    write(network, options.phrase, model, late, options.out)


def _others(options: argparse.Namespace) -> Iterator[Order]:
    yield from talk("fit", options.hours, 1001)
    for seed in range(1000, 1000 + 100 * options.alike, 100):
        yield Order(part="fit", kind="alike", amount=ALIKE, seed=seed, phrase=options.phrase)


def trained(calls: Sequence[Called], talk: torch.Tensor, steps: int) -> Network:
    """Stochastic gradient descent over crops, half of them calls; of the talk mostly what is heard wrongly."""
    network, rng = Network(), np.random.default_rng(0)
    teacher = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-4)
    starts = np.arange(0, len(talk) - 2 * CROP, CROP // 3)
    hard = np.ones(len(starts))
    with click.progressbar(range(steps), label="Training", file=sys.stderr) as bar:
        for step in bar:
            teacher.param_groups[0]["lr"] = RATE * (1 + np.cos(np.pi * step / steps)) / 2 * min(1, (step + 1) / 50)
            chosen = rng.choice(len(starts), BATCH // 2, p=hard / hard.sum())
            crops = [_crop(calls[number], rng) for number in rng.integers(0, len(calls), BATCH // 2)]
            others = [talk[at : at + CROP] for at in starts[chosen] + rng.integers(0, CROP // 3, BATCH // 2)]
            scores = network(torch.stack([*(crop for crop, _ in crops), *others]))
            loss = _loss(scores, torch.tensor([end for _, end in crops]))
            teacher.zero_grad()
            loss.backward()
            teacher.step()
            woken = torch.sigmoid(scores[BATCH // 2 :].amax(1) + 1).detach().numpy()
            hard[chosen] = 0.8 * hard[chosen] + 0.2 * (0.1 + 8 * woken)
    return network.eval()


def _loss(scores: torch.Tensor, ends: torch.Tensor) -> torch.Tensor:
    rows_, ends = torch.arange(CROP)[None], ends[:, None]
    calls = scores[: len(ends)]
    around = (rows_ >= ends - EARLIEST) & (rows_ <= ends + LATEST)
    heard = calls.masked_fill(~around, -1e4).amax(1)
    unsure = (rows_ >= ends - UNSURE[0]) & (rows_ <= ends + UNSURE[1])
    others = torch.cat([calls.masked_fill(unsure, -1e4), scores[len(ends) :]])
    woken = others.reshape(len(others), -1, BLOCK).amax(2)
    return functional.softplus(-heard).mean() + 3 * functional.softplus(woken).mean()


def _crop(call: Called, rng: np.random.Generator) -> tuple[torch.Tensor, int]:
    """Somewhere around the call, and where in it the phrase ends."""
    least = max(0, call.end + UNSURE[0] + LATEST + 3 - CROP)
    most = max(least, min(len(call.rows) - CROP, call.end - 70))
    start = int(rng.integers(least, most + 1))
    crop = call.rows[start : start + CROP]
    missing = CROP - len(crop)
    return torch.cat([crop, crop[-1:].expand(missing, -1)]) if missing else crop, call.end - start


def _called(order: Order, shared: Path, model: Path) -> list[Called]:
    found = zip(rows(order, shared, model), takes(order, shared), strict=True)
    return [
        Called(rows=_scaled(logs), end=int((take.ended_s or 0) * RECOGNITION_RATE_HZ / ROW)) for logs, take in found
    ]


def _scaled(logs: Rows) -> torch.Tensor:
    return torch.tensor(np.maximum(logs, LEAST_LOG) / SCALE + 1)


@torch.no_grad()
def report(network: Network, phrase: str, shared: Path, model: Path) -> int:
    """Print what it is worth on development sounds; how many rows after a call's end it is surest, mostly."""
    calls = _called(Order(part="dev", kind="calls", amount=270, seed=2000, phrase=phrase), shared, model)
    heard, late = [], []
    for call in calls:
        scores = network(call.rows[None])[0][max(0, call.end - 8) : call.end + 14]
        heard.append(float(scores.max()))
        late.append(int(scores.argmax()) - min(8, call.end))
    missed = np.sort(heard)
    for kind, amount in (("talk", 1.5), ("alike", 300.0)):
        others = rows(Order(part="dev", kind=kind, amount=amount, seed=2000, phrase=phrase), shared, model)
        hours = sum(map(len, others)) * ROW / RECOGNITION_RATE_HZ / 3600
        woken = np.sort([peak for logs in others for peak in _peaks(network, logs)])[::-1]
        for rate in RATES:
            bar = woken[min(len(woken) - 1, int(rate * hours))]
            click.echo(f"{kind}, {rate:g}/h at {bar:.1f}: {(missed <= bar).mean():.1%} of {len(missed)} missed")
    return int(np.median(late))


def _peaks(network: Network, logs: Rows) -> Iterator[float]:
    scores = network(_scaled(logs)[None])[0].numpy().copy()
    while len(scores) and scores.max() > -6:
        place = int(scores.argmax())
        yield float(scores[place])
        scores[max(0, place - APART_ROWS) : place + APART_ROWS] = -np.inf


def write(network: Network, phrase: str, model: Path, late: int, out: Path) -> None:
    """In 16 bits, as `voice.wake.ear` reads it."""
    (said,) = wake_phrases([phrase])
    found = {
        "phones": np.array(" ".join(phone for word in said.words for phone in word)),
        "model": np.array(hashlib.sha256((model / "am" / "final.mdl").read_bytes()).hexdigest()),
        "apart": np.array(APART),
        "late": np.array(late),
        "first": network.first.weight[:, :, 0].T,
        "first_bias": network.first.bias,
        "last": network.last.weight[0, :, 0],
        "last_bias": network.last.bias[0],
    }
    for number, layer in enumerate(network.layers):
        found[f"layer{number}"] = layer.weight.permute(2, 1, 0).reshape(-1, WIDTH)
        found[f"layer{number}_bias"] = layer.bias
    arrays = {
        name: value.detach().numpy().astype(np.float16) if isinstance(value, torch.Tensor) else value
        for name, value in found.items()
    }
    with out.open("wb") as file:
        np.savez_compressed(file, **arrays)


if __name__ == "__main__":
    main()
