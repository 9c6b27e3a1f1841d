"""Mel cepstra of a stream, as the embedded acoustic model was trained on them, with numpy alone.

Source: Kaldi's feat/feature-window.cc, feat/mel-computations.cc and feat/feature-mfcc.cc, with the options of our
models' conf/mfcc.conf (`voice.modelkit.topology.MFCC_CONF`); equal to kaldi-native-fbank's to 0.01.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice.audio import RECOGNITION_RATE_HZ, Samples
from voice.modelkit.topology import FEATURES, MFCC_CONF

Frames = NDArray[np.float32]

SHIFT: Final = 160  # samples from one frame to the next, 10 ms
WINDOW: Final = 400  # samples of a frame, 25 ms
_FFT: Final = 512
_PREEMPHASIS: Final = 0.97
_LIFTER: Final = 22.0
_POVEY: Final = 0.85  # the power to which a Hann window is raised


class Cepstra:
    """Takes samples in pieces of any length; gives each frame once it is whole."""

    def __init__(self) -> None:
        self._rest: Samples = np.zeros(0, np.int16)
        self._mel = _mel_bank()
        self._cosines = _cosines()
        self._window = np.hanning(WINDOW).astype(np.float32) ** _POVEY

    def accept(self, samples: Samples) -> Frames:
        """The frames that are whole now, shape (frames, 40)."""
        wave = np.concatenate([self._rest, samples])
        count = max(0, (len(wave) - WINDOW) // SHIFT + 1)
        self._rest = wave[count * SHIFT :]
        if not count:
            return np.zeros((0, FEATURES), np.float32)
        views = np.lib.stride_tricks.sliding_window_view(wave, WINDOW)[: count * SHIFT : SHIFT]
        return self._cepstra(views.astype(np.float32))

    def reset(self) -> None:
        """Forget the stream so far."""
        self._rest = np.zeros(0, np.int16)

    def _cepstra(self, frames: Frames) -> Frames:
        frames = frames - frames.mean(axis=1, keepdims=True)
        before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
        spectrum = np.fft.rfft((frames - _PREEMPHASIS * before) * self._window, _FFT, axis=1)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)[:, : _FFT // 2]
        mel = np.log(np.maximum(power @ self._mel, np.finfo(np.float32).eps))
        return np.asarray(mel @ self._cosines, np.float32)


def _mel_bank() -> Frames:
    """Triangles on the mel scale, shape (bins of the spectrum, 40)."""
    low, high = (_mel(np.asarray(float(MFCC_CONF[key]))) for key in ("low-freq", "high-freq"))
    edges = np.linspace(low, high, FEATURES + 2)
    mels = _mel(np.arange(_FFT // 2, dtype=np.float64) * (RECOGNITION_RATE_HZ / _FFT))[:, None]
    rising = (mels - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - mels) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1127.0 * np.log1p(hertz / 700.0))


def _cosines() -> Frames:
    """Discrete cosine transform and lifter in one, shape (40 mel bins, 40 cepstra)."""
    bins, orders = np.arange(FEATURES)[:, None], np.arange(FEATURES)[None]
    table = np.sqrt(2.0 / FEATURES) * np.cos(np.pi / FEATURES * (bins + 0.5) * orders)
    table[:, 0] = np.sqrt(1.0 / FEATURES)
    lifted: Frames = (table * (1 + 0.5 * _LIFTER * np.sin(np.pi * orders / _LIFTER))).astype(np.float32)
    return lifted
