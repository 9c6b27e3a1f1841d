"""Synthesise labelled Japanese speech (16 kHz) with Open JTalk voices.

Speaker variety from few voices: the all-pass constant in the header of an .htsvoice file sets where the formants lie
(mel-generalised cepstra: Tokuda et al. 1994), so we rewrite it, which sounds like another vocal-tract length, and move
pitch and speed on top.
"""
# ruff: noqa: S311 - nothing here is a secret

import argparse
import random
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import click
import numpy as np
from scipy.signal import resample_poly

from voice.errors import ModelError, SettingsError
from voice.modelkit.corpus import Corpus, Part
from voice.modelkit.folders import shared_folder
from voice.modelkit.open_jtalk import HTSEngine, labels_of
from voice.modelkit.open_text import open_text
from voice.modelkit.parallel import spread
from voice.modelkit.sample_text import cells, sample_sentences
from voice.modelkit.shards import Clip, Wave, save_clips
from voice.modelkit.topology import RATE_HZ

# How often each voice speaks.  The styles of the tests are heard in no training.
VOICES: Final[Mapping[Part, Mapping[str, int]]] = {
    "train": {
        "mei_normal": 3, "mei_happy": 2, "mei_angry": 2, "mei_sad": 1, "tohoku-f01-neutral": 3, "tohoku-f01-happy": 2,
        "tohoku-f01-angry": 2, "nitech_m001": 6, "nitech_lite": 2,
    },
    "test": {"mei_bashful": 1, "tohoku-f01-sad": 1},
}  # fmt: skip
_MALE: Final = "nitech"
_SHORTEST, _LONGEST = RATE_HZ // 4, RATE_HZ * 9  # samples of a clip worth training on
_PEAK: Final = 0.5 * 32767
_ALL_PASS: Final = re.compile(rb"ALPHA=0\.(\d\d)")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks, and how."""

    voice: str  # name of an .htsvoice file
    warp: int = 0  # hundredths added to the all-pass constant; more of it lowers the formants
    half_tones: float = 0.0
    speed: float = 1.0


@cache
def _engine(voices: Path, voice: str, warp: int) -> HTSEngine:
    """Return an HTS engine of a voice with its all-pass constant moved."""
    data = (voices / f"{voice}.htsvoice").read_bytes()
    found = _ALL_PASS.search(data)
    if found is None:
        raise ModelError(f"{voice}.htsvoice has no all-pass constant to move")
    moved = b"%02d" % (int(found.group(1)) + warp)
    with tempfile.TemporaryDirectory() as folder:  # the engine reads files only, and reads all of it at once
        warped = Path(folder, "warped.htsvoice")
        warped.write_bytes(data[: found.start(1)] + moved + data[found.end(1) :])
        return HTSEngine(str(warped).encode())


def speak(text: str, voices: Path, speaker: Speaker) -> Clip:
    """Speak a text.  Raises KeyError, RuntimeError or ValueError when Open JTalk cannot say it."""
    labels, reading = labels_of(text)
    engine = _engine(voices, speaker.voice, speaker.warp)
    engine.refresh()
    engine.set_speed(speaker.speed)
    engine.add_half_tone(speaker.half_tones)
    wave = engine.synthesize(labels)
    if engine.get_sampling_frequency() != RATE_HZ:
        wave = resample_poly(wave, 1, 3)  # the others are 48 kHz
    wave = wave * (_PEAK / max(1.0, np.abs(wave).max()))
    return Clip(wave=_as_int16(wave), reading=tuple(reading), text=text, speaker=str(speaker))


def _as_int16(wave: np.ndarray) -> Wave:
    return wave.astype(np.int16)


def draw_speaker(rng: random.Random, part: Part) -> Speaker:
    """Draw a speaker.  Lower formants go with lower pitch; the tests have a fixed grid."""
    voices = VOICES[part]
    voice = rng.choices(list(voices), list(voices.values()))[0]
    if part == "test":
        return Speaker(voice, rng.choice([-1, 1, 3]), rng.choice([-3.0, 0.0, 1.5]), rng.choice([0.9, 1.0, 1.15]))
    male = voice.startswith(_MALE)
    warp = rng.randint(-4, 2) if male else rng.randint(-3, 5)
    half_tones = rng.gauss(-1.5 * warp, 2.0) if male else rng.gauss(-1.2 * warp, 2.5)
    return Speaker(voice, warp, max(-10.0, min(9.0, half_tones)), min(1.5, max(0.75, rng.gauss(1.08, 0.16))))


@dataclass(frozen=True, slots=True)
class ShardJob:
    """One shard to make; its number decides what is in it."""

    index: int
    size: int  # clips
    part: Part
    voices: Path
    text: Path
    out: Path
    sample: Sequence[str] = ()  # sentences of the sample base to say too


def make_shard(job: ShardJob) -> float:
    """Write out/part-index.npz unless it is there; seconds of speech made."""
    path = job.out / f"{job.part}-{job.index:04d}.npz"
    if path.exists():
        return 0.0
    rng = random.Random(f"{job.part}{job.index}")
    corpus = Corpus.of(job.part, {**open_text(job.text), "sample": job.sample})
    clips: list[Clip] = []
    while len(clips) < job.size:
        clip = _draw_clip(job, corpus, rng)
        if clip and clip.reading and _SHORTEST <= len(clip.wave) <= _LONGEST:
            clips.append(clip)
    save_clips(path, clips)
    return sum(clip.seconds for clip in clips)


def _draw_clip(job: ShardJob, corpus: Corpus, rng: random.Random) -> Clip | None:
    """Speak a random sentence; None when Open JTalk cannot say it."""
    source, text = corpus.sample(rng)
    speaker = draw_speaker(rng, job.part)
    try:
        clip = speak(text, job.voices, speaker)
    except (KeyError, RuntimeError, ValueError):
        return None
    return Clip(wave=clip.wave, reading=clip.reading, text=text, source=source, speaker=clip.speaker)


def main(argv: Sequence[str]) -> None:
    """Synthesise shards."""
    args = _parser().parse_args(argv)
    voices, text = shared_folder("voices", args.voices), shared_folder("text", args.text)
    missing = [voice for voice in VOICES[args.part] if not (voices / f"{voice}.htsvoice").exists()]
    if missing:
        raise SettingsError(f"voices missing in {voices}: {', '.join(missing)} (.htsvoice)")
    sizes = ", ".join(f"{len(sentences)} {name}" for name, sentences in open_text(text).items())
    click.echo(f"open sentences: {sizes}")
    args.out.mkdir(parents=True, exist_ok=True)
    numbers = range(args.first, args.first + args.shards)
    sample = sample_sentences(cells(args.leave_out)) if args.sample else []
    jobs = [ShardJob(n, args.size, args.part, voices, text, args.out, sample) for n in numbers]
    total = 0.0
    for done, seconds in enumerate(spread(make_shard, jobs, args.jobs), 1):
        total += seconds
        click.echo(f"{done}/{len(jobs)} shards, {total / 3600:.2f} h")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m voice.modelkit synthesize", description=__doc__)
    parser.add_argument("--voices", type=Path, help="folder of .htsvoice files (default: $KOEMADO_SHARED/voices)")
    parser.add_argument(
        "--text", type=Path, help="folder of open corpora, may be empty (default: $KOEMADO_SHARED/text)"
    )
    parser.add_argument("--out", type=Path, default=Path("build/modelkit/synth"))
    parser.add_argument("--part", choices=["train", "test"], default="train")
    parser.add_argument("--shards", type=int, default=44)
    parser.add_argument("--first", type=int, default=0, help="number of the first shard")
    parser.add_argument("--size", type=int, default=100, help="clips in a shard")
    parser.add_argument("--sample", action="store_true", help="also what is asked and answered in the sample base")
    parser.add_argument(
        "--leave-out", type=Path, nargs="*", default=[], help="TSV files of which no cell may be said with --sample"
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    return parser
