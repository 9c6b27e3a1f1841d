"""How to speak: speed, pitch and volume as one value that cannot be wrong."""

from dataclasses import dataclass, replace

from voice.errors import SettingsError

SPEED_RANGE = (0.5, 2.0)
PITCH_RANGE = (-12.0, 12.0)
VOLUME_RANGE = (0.0, 1.0)
SLOWER = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Prosody:
    """Raises SettingsError when a value is out of range."""

    speed: float = 1.0  # 2.0 is twice as fast
    pitch_semitones: float = 0.0  # 12 is one octave higher
    volume: float = 1.0  # applied at playback, never at synthesis: a cached answer fits every volume

    def __post_init__(self) -> None:
        _require("speed", self.speed, SPEED_RANGE)
        _require("pitch", self.pitch_semitones, PITCH_RANGE)
        _require("volume", self.volume, VOLUME_RANGE)

    def slower(self) -> "Prosody":
        """For 「もっとゆっくり」: 0.8 of the speed, down to the slowest."""
        return replace(self, speed=max(SPEED_RANGE[0], self.speed * SLOWER))

    @property
    def sound_key(self) -> str:
        """What of it changes the rendered sound; part of a synthesizer's fingerprint."""
        return f"speed={self.speed:.3f} pitch={self.pitch_semitones:.2f}"


def _require(name: str, value: float, allowed: tuple[float, float]) -> None:
    low, high = allowed
    if not low <= value <= high:  # also false for NaN
        raise SettingsError(f"{name} {value:g} is out of range; use {low:g} to {high:g}")


NORMAL = Prosody()
