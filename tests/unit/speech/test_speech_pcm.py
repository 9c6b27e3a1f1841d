import numpy as np
import pytest

from voice.audio import AudioChunk
from voice.speech.pcm import PEAK, joined, limited, mono, resampled, scaled


def tone(hz, seconds, rate_hz, peak):
    return peak * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate_hz)) / rate_hz)


def chunk(hz=440, seconds=0.5, rate_hz=48_000, peak=8000):
    return AudioChunk(samples=tone(hz, seconds, rate_hz, peak).astype(np.int16), rate_hz=rate_hz)


@pytest.mark.parametrize("volume", [0.0, 0.25, 0.5, 1.0])
def test_volume_scales_the_peak(volume):
    loud = np.array([32767, -32768, 1000], np.int16)
    quiet = scaled(loud, volume)
    assert quiet.dtype == np.int16
    np.testing.assert_allclose(quiet, loud * volume, atol=0.51)


def test_scaling_leaves_the_original_alone():
    loud = np.array([1000], np.int16)
    scaled(loud, 0.5)
    assert loud[0] == 1000


@pytest.mark.parametrize("peak", [100, 20_000, 32_768, 100_000, 5e6])
@pytest.mark.parametrize("length", [1, 5, 239, 241, 4_801])
def test_no_wave_is_louder_than_the_peak(peak, length):
    wave = np.random.default_rng(7).uniform(-peak, peak, length)
    assert np.abs(limited(wave).astype(int)).max() <= round(PEAK)


def test_a_quiet_wave_is_only_rounded():
    wave = tone(200, 0.2, 48_000, 12_000)
    np.testing.assert_allclose(limited(wave), wave, atol=0.51)


def test_one_loud_vowel_does_not_make_the_rest_quieter():
    wave = tone(200, 1.0, 48_000, 12_000)
    wave[24_000:26_400] *= 5
    out = limited(wave)
    np.testing.assert_allclose(out[:22_000], wave[:22_000], atol=0.51)
    np.testing.assert_allclose(out[30_000:], wave[30_000:], atol=0.51)


def test_a_limited_tone_stays_a_tone():
    """Cut flat, a tone of twice the range would have a third harmonic only 13 dB below."""
    out = limited(tone(200, 1.0, 48_000, 65_536)).astype(float)
    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out))))
    assert 20 * np.log10(spectrum[600] / spectrum[200]) < -60


def test_nothing_stays_nothing():
    assert limited(np.zeros(0)).shape == (0,)
    assert limited(np.zeros(1000)).max() == 0


def test_mono_is_the_mean_of_the_channels():
    np.testing.assert_array_equal(mono(np.array([[100, 300], [-10, -30]], np.int16)), [200, -20])
    np.testing.assert_array_equal(mono(np.array([[5], [6]], np.int16)), [5, 6])
    np.testing.assert_array_equal(mono(np.array([5, 6], np.int16)), [5, 6])


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100])
def test_another_rate_keeps_length_and_pitch(rate_hz):
    out = resampled(chunk(hz=440, seconds=1.0), rate_hz)
    assert out.rate_hz == rate_hz
    assert out.duration_ms == pytest.approx(1000, abs=2)
    assert np.argmax(np.abs(np.fft.rfft(out.samples.astype(float)))) == pytest.approx(440, abs=1)


def test_the_same_rate_is_the_same_chunk():
    sound = chunk()
    assert resampled(sound, 48_000) is sound


def test_joined_takes_the_first_rate():
    out = joined([chunk(seconds=0.5, rate_hz=48_000), chunk(seconds=0.25, rate_hz=16_000)])
    assert (out.rate_hz, out.duration_ms) == (48_000, 750)
