"""Pure functions on samples: volume, limiting, mixing to mono, resampling."""

from typing import Any

import numpy as np
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from voice.audio import AudioChunk, Samples

PEAK = 29_490.0  # -0.9 dBFS: room for a resampler's overshoot
BLOCK = 240  # samples; 5 ms at 48 kHz
REACH = 4  # blocks before and after a peak in which the gain is already, or still, down
STEREO = 2  # dimensions of an array of frames


def scaled(samples: Samples, volume: float) -> Samples:
    """The samples at `volume` (0.0 to 1.0); the same array when nothing changes."""
    if volume >= 1.0:
        return samples
    return np.asarray(np.rint(samples * np.float32(max(0.0, volume))), np.int16)


def limited(wave: NDArray[np.float64]) -> Samples:
    """A wave in units of int16 as int16.

    Where it is too loud the gain goes down smoothly around the peak and comes back: nothing wraps, nothing is cut
    flat, and one loud vowel does not make the whole answer quieter.
    """
    if not len(wave):
        return np.zeros(0, np.int16)
    return np.rint(wave * _gain(np.abs(wave))).astype(np.int16)


def _gain(loudness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Per sample, never above what the sample's own block allows.

    The smallest gain within REACH blocks, then the mean within REACH - 1, then a line between block centres, which
    looks one block to either side: every value that enters a sample's gain has seen the sample's block.
    """
    blocks = -(-len(loudness) // BLOCK)
    peaks = np.pad(loudness, (0, blocks * BLOCK - len(loudness))).reshape(blocks, BLOCK).max(axis=1)
    allowed = np.minimum(1.0, PEAK / np.maximum(peaks, 1.0))
    lowest = sliding_window_view(np.pad(allowed, REACH, mode="edge"), 2 * REACH + 1).min(axis=1)
    smooth = sliding_window_view(np.pad(lowest, REACH - 1, mode="edge"), 2 * REACH - 1).mean(axis=1)
    centres = (np.arange(blocks) + 0.5) * BLOCK
    return np.asarray(np.interp(np.arange(len(loudness)), centres, smooth), np.float64)


def mono(frames: Samples) -> Samples:
    """Frames of shape (n,) or (n, channels) as (n,)."""
    if frames.ndim < STEREO:
        return frames
    return np.rint(frames.mean(axis=1)).astype(np.int16) if frames.shape[1] > 1 else frames[:, 0]


def mono_int16(frames: NDArray[Any]) -> Samples:
    """A device's frames, shape (n, channels), of int16, int32 or float32 (-1.0 to 1.0), as mono int16; always a copy."""
    mixed = frames.mean(axis=1, dtype=np.float64) if frames.shape[1] > 1 else frames[:, 0]
    if frames.dtype == np.int16:
        return np.asarray(np.rint(mixed), np.int16)
    full = mixed * 32_768.0 if frames.dtype.kind == "f" else mixed / 65_536.0
    return np.asarray(np.clip(np.rint(full), -32_768, 32_767), np.int16)


def spread(samples: Samples, frames: NDArray[Any]) -> None:
    """Write mono int16 into a device's frames, shape (n, channels), of int16, int32 or float32."""
    if frames.dtype.kind == "f":
        frames[:] = (samples / np.float32(32_768.0))[:, np.newaxis]
    else:
        scale = 65_536 if frames.dtype == np.int32 else 1
        frames[:] = (samples.astype(frames.dtype) * scale)[:, np.newaxis]


def resampled(chunk: AudioChunk, rate_hz: int) -> AudioChunk:
    """The same sound at another rate; the same chunk when it has that rate already."""
    if chunk.rate_hz == rate_hz:
        return chunk
    return AudioChunk(samples=soxr.resample(chunk.samples, chunk.rate_hz, rate_hz), rate_hz=rate_hz)


def joined(chunks: list[AudioChunk]) -> AudioChunk:
    """The chunks one after the other, at the rate of the first.  `chunks` is not empty."""
    rate_hz = chunks[0].rate_hz
    return AudioChunk(samples=np.concatenate([resampled(c, rate_hz).samples for c in chunks]), rate_hz=rate_hz)
