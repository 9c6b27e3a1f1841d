"""What keeps this device from the desk's articles, in words, with what to do."""

from dataclasses import dataclass

from voice.bundle_shelf import State
from voice.desk_enrolment import Enrolment


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One thing in the way; answers are given all the same, from what there is."""

    detail: str
    remedy: str


def obstacles(state: State, enrolment: Enrolment | None, *, follows: bool) -> tuple[Obstacle, ...]:
    """Return them; none where this device takes no articles from a desk.  `follows`: see `compose.follows_desk`."""
    if not follows or enrolment is None:
        return ()
    found = []
    if not enrolment.bundle_key:
        detail = "the desk's articles cannot be verified: this device was enrolled without its key"
        found.append(
            Obstacle(detail=detail, remedy="koemado enrol CODE --url URL, with a new code of the desk's staff")
        )
    if state.refused:
        detail = f"the desk's bundle {state.refused.version} cannot be used: {state.refused.reason}"
        remedy = "mend the base at the desk and koemado kb publish, or koemado kb rollback VERSION there"
        found.append(Obstacle(detail=detail, remedy=remedy))
    return tuple(found)
