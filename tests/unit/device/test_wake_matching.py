"""The wake word's search on made-up posteriors: no sound, no model."""

import numpy as np
import pytest

from intents.morae import UNIT_ID
from voice.wake.matching import FEATURES, Evidence, Spotter
from voice.wake.phrases import wake_phrases

EVIDENCE = Evidence(candidate=-3.0, weights=dict.fromkeys(FEATURES, 0.0) | {"path": 1.0, "skipped": -10.0}, bias=0.0)
QUIET = "<sil>"


def rows(text: str, *, each: int = 2, sure: float = 0.9) -> np.ndarray:
    """Posteriors of phones, so many rows each; the rest is spread over all units."""
    units = [UNIT_ID[phone] for phone in text.split() for _ in range(each)]
    found = np.full((len(units), len(UNIT_ID)), (1 - sure) / (len(UNIT_ID) - 1), np.float32)
    found[np.arange(len(units)), units] = sure
    return found


@pytest.fixture
def spotter() -> Spotter:
    return Spotter(wake_phrases(["ねえ、こえまど"])[0], EVIDENCE)


def best(matches):
    return max(matches, key=lambda match: match.score)


@pytest.mark.parametrize(
    "said",
    [
        "n e H k o e m a d o",
        "n e k o e m a d o",
        f"n e H {QUIET} {QUIET} {QUIET} k o e m a d o",
        "n e e H k o e m a d o H H",
    ],
)
def test_the_phrase_is_found_with_and_without_pause_and_length(spotter, said):
    before, behind = rows(f"{QUIET} a k a i"), rows("s a i k i d o H")
    match = best(spotter.accept(np.concatenate([before, rows(said), behind])))
    assert match.score > -0.2
    assert match.start == len(before)
    assert (
        len(before) + 2 * len(said.replace(" H H", "").split()) - 1 <= match.end <= len(before) + 2 * len(said.split())
    )


@pytest.mark.parametrize("said", ["k o r e m a d e", "s a i k i d o H n o y a r i k a t a", f"{QUIET} {QUIET} {QUIET}"])
def test_other_talk_is_no_good_candidate(spotter, said):
    assert not [match for match in spotter.accept(rows(said)) if match.score > -2.0]


def test_a_phone_misheard_or_missing_makes_it_less_sure(spotter):
    scores = []
    for said in ("n e H k o e m a d o", "n e H k o e m a r o", "n e H k o e a d o"):
        spotter.reset()
        scores.append(best(spotter.accept(rows(said))).score)
    assert scores[0] > scores[1]
    assert scores[0] > scores[2]


def test_faster_than_anybody_speaks_is_no_candidate(spotter):
    assert spotter.accept(rows("k o e m a d o", each=1)) == []


def test_row_by_row_is_the_same_as_all_at_once(spotter):
    stream = np.concatenate([rows(QUIET, each=300), rows("n e H k o e m a d o"), rows("d e s u")])
    whole = spotter.accept(stream)
    spotter.reset()
    one_by_one = [match for row in stream for match in spotter.accept(row[None])]
    assert whole
    assert [(m.start, m.end) for m in one_by_one] == [(m.start, m.end) for m in whole]
    assert [m.score for m in one_by_one] == pytest.approx([m.score for m in whole], abs=1e-4)


def test_what_was_heard_once_is_not_heard_again(spotter):
    assert spotter.accept(rows("n e H k o e m a d o"))
    spotter.forget()
    assert spotter.accept(rows("o o")) == []
    again = spotter.accept(rows("n e H k o e m a d o"))
    assert best(again).end == 20 + 4 + 20


def test_quiet_before_the_phrase_is_seen(spotter):
    after_talk = best(spotter.accept(np.concatenate([rows("a k a s a"), rows("n e H k o e m a d o")])))
    spotter.reset()
    after_quiet = best(spotter.accept(np.concatenate([rows(f"{QUIET} " * 5), rows("n e H k o e m a d o")])))
    assert after_talk.features["quiet_before"] < 0.1
    assert after_quiet.features["quiet_before"] > 0.8
