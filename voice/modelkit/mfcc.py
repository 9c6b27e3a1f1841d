"""Mel cepstra exactly as Vosk computes them from conf/mfcc.conf (kaldi-native-fbank is Kaldi's own feature code)."""

import kaldi_native_fbank as knf
import numpy as np
import numpy.typing as npt

from voice.modelkit.topology import FEATURES, MFCC_CONF, RATE_HZ


def mfcc(samples: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Cepstra (frames of 10 ms, 40) of 16 kHz samples on the scale of int16; no row for less than 25 ms."""
    extractor = knf.OnlineMfcc(_options())
    extractor.accept_waveform(RATE_HZ, np.asarray(samples, np.float32))
    extractor.input_finished()
    frames = [extractor.get_frame(number) for number in range(extractor.num_frames_ready)]
    return np.stack(frames) if frames else np.zeros((0, FEATURES), np.float32)


def _options() -> knf.MfccOptions:
    options = knf.MfccOptions()
    options.frame_opts.dither = MFCC_CONF["dither"]
    options.frame_opts.samp_freq = RATE_HZ
    options.frame_opts.snip_edges = True  # Vosk drops the last incomplete frame
    options.mel_opts.num_bins = MFCC_CONF["num-mel-bins"]
    options.mel_opts.low_freq = MFCC_CONF["low-freq"]
    options.mel_opts.high_freq = MFCC_CONF["high-freq"]
    options.num_ceps = MFCC_CONF["num-ceps"]
    options.use_energy = False
    return options
