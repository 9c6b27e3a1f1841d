"""How long Open JTalk takes to say a text: the figures in `voice/checks/speaking_time.py`.

    python -m benchmarks.speaking_time

Least squares over what the sample base says: seconds for a mora, a comma and a sentence.  Fitted on two thirds of a
random choice of texts, tried on the other third.
"""

import random

import click
import numpy as np

from intents.conversation import Pace
from kb.sample import sample_articles
from voice.checks.speaking_time import counted
from voice.knowledge import Answers
from voice.speaker import Speaker
from voice.speech.fakes import SilentSink
from voice.speech.openjtalk import OpenJTalkSynthesizer

TEXTS, FITTED = 120, 80
SEED = 3


def main() -> None:
    """Render, fit, report."""
    texts = random.Random(SEED).sample(Answers(sample_articles()).all_spoken(), TEXTS)
    voice = Speaker({Pace.NORMAL: OpenJTalkSynthesizer()}, SilentSink(), personal={})
    lengths_s = np.array([sum(len(c.samples) / c.rate_hz for c in voice.rendered([text])) for text in texts])
    counts = np.array([counted(text) for text in texts], np.float64)
    weights = np.linalg.lstsq(counts[:FITTED], lengths_s[:FITTED], rcond=None)[0]
    errors_s = np.abs(counts[FITTED:] @ weights - lengths_s[FITTED:])
    click.echo(f"a mora {weights[0]:.3f} s, a comma {weights[1]:.3f} s, a sentence {weights[2]:.3f} s")
    click.echo(
        f"{1 / weights[0]:.1f} morae a second while speaking, {counts[:, 0].sum() / lengths_s.sum():.1f} with pauses"
    )
    click.echo(f"on {TEXTS - FITTED} other texts: mean error {errors_s.mean():.2f} s, largest {errors_s.max():.2f} s")


if __name__ == "__main__":
    main()
