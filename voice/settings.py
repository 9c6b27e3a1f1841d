"""Settings: defaults, a TOML file, KOEMADO_* environment variables, the command line; and which of them won."""

import logging
import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from platformdirs import user_cache_path, user_config_path, user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from intents.decision import shipped_costs
from voice.desk_addresses import is_address
from voice.errors import SettingsError
from voice.quiet_hours import quiet_hours
from voice.wake.phrases import shipped_wake_words

ENVIRONMENT_PREFIX: Final = "KOEMADO_"
NOT_SETTINGS: Final = {
    "settings",
    "debug",
    "shared",
    "desk_key",
    "desk_signing_key",
    "postgres_url",
    "wyoming_uri",
}  # others read these
MOST_COST: Final = 1_000_000
PATHS: Final = {"kb", "log_file", "data_dir", "cache_dir"}

_log = logging.getLogger(__name__)


class Settings(BaseModel):
    """Everything that can be set; every field can stand in the TOML file and as KOEMADO_<FIELD>."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kb: Path | None = Field(None, description="knowledge base; without it <data_dir>/kb.db, or else the shipped sample")
    model: str = Field(
        "",
        description="embedded, small, large, a folder, or tcp://HOST:PORT of a Wyoming recogniser; "
        "empty: what `koemado models use` chose",
    )
    compiled_phrases: bool = Field(True, description="compile the knowledge base into the embedded model's graph")
    speech_engine: Literal["openjtalk", "pyttsx3"] = Field("openjtalk", description="who speaks")
    speech_driver: str = Field(
        "", description="pyttsx3 driver: nsss, sapi5, espeak, openjtalk; empty: the system's own"
    )
    speech_voice: str = Field("", description="an .htsvoice file, or a pyttsx3 voice id; empty: the engine's own")
    speech_speed: float = Field(1.0, ge=0.5, le=2.0, description="1.0 is normal, 0.8 is slow")
    speech_pitch: float = Field(0.0, ge=-12, le=12, description="semitones up or down")
    speech_volume: float = Field(1.0, ge=0.0, le=1.0, description="0 is silent, 1 is full")
    speech_cache_mb: int = Field(200, ge=0, le=100_000, description="disk space for rendered answers; 0 keeps none")
    input_device: str = Field("", description="microphone, by number or part of the name; empty: the system's default")
    output_device: str = Field("", description="loudspeaker, likewise")
    audio_fallback: bool = Field(
        False, description="while one of these is unplugged, the system's default device stands in for it"
    )
    wake_words: tuple[str, ...] = Field(
        default_factory=shipped_wake_words,
        description="what the smart speaker is called by; a variable holds several with | between; empty: the button only",
    )
    earcons: bool = Field(True, description="let the smart speaker answer by short tones too")
    news_at_once: bool = Field(False, description="tell news of calls to whoever is in the room, from 8 to 20 o'clock")
    quiet_hours: str = Field(
        "20:00-08:00", description="notices are neither told unasked nor shown by the light then; empty: never quiet"
    )
    hardware: Literal["none", "gpio"] = Field("none", description="buttons and light of the box: none, or on the pins")
    button_pin: int = Field(17, ge=0, le=27, description="talk button, to ground; numbers as Broadcom's")
    mute_pin: int = Field(27, ge=-1, le=27, description="switch that mutes while closed, to ground; -1: there is none")
    led_red_pin: int = Field(22, ge=-1, le=27, description="light, common cathode; -1: there is none")
    led_green_pin: int = Field(23, ge=-1, le=27, description="likewise")
    led_blue_pin: int = Field(24, ge=-1, le=27, description="likewise")
    led_ring: int = Field(0, ge=0, le=300, description="lights of an APA102 ring on SPI, in place of the single one")
    led_brightness: float = Field(0.5, ge=0.0, le=1.0, description="0 is dark, 1 is full")
    cost_wrong_answer: float = Field(
        shipped_costs().wrong_answer,
        gt=0,
        le=MOST_COST,
        allow_inf_nan=False,
        description="what an answer to something else costs the customer",
    )
    cost_question_back: float = Field(
        shipped_costs().question_back, gt=0, le=MOST_COST, allow_inf_nan=False, description="what a question back costs"
    )
    cost_call: float = Field(
        shipped_costs().call,
        gt=0,
        le=MOST_COST,
        allow_inf_nan=False,
        description="what a call costs when the base has the answer",
    )
    cost_missed_danger: float = Field(
        shipped_costs().missed_danger,
        gt=0,
        le=MOST_COST,
        allow_inf_nan=False,
        description="what it costs that a report of danger is overlooked",
    )
    desk_phone: str = Field("", description="the number customers are told when a human must help")
    desk_url: str = Field(
        "", description="the callback desk; once set, or this device enrolled, requests for a call are taken down"
    )
    knowledge_updates: Literal["auto", "on", "off"] = Field(
        "auto",
        description="take the articles from the callback desk: auto only while there is no base of one's own, on also in "
        "its place (it stays as it is; a base named by `kb` always wins), off never",
    )
    turn_log: bool = Field(True, description="write down what customers ask, as text without names and numbers")
    turn_log_days: int = Field(30, ge=0, le=3650, description="days until that is forgotten; 0 keeps nothing")
    send_turns: bool = Field(True, description="let the callback desk have it, for insight")
    offer_recordings: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        allow_inf_nan=False,
        description="share of conversations after which customers are asked whether staff may hear a recording; what they say "
        "is in memory until then, and nowhere without a yes; needs turn_log and send_turns",
    )
    remember_customers: bool = Field(
        False,
        description="ask customers of a call whether this device may remember name and number, and not ask them again; "
        "not for a device in a lobby: it says their names to whoever asks for a call",
    )
    log_file: Path | None = Field(
        None, description="also log to this file (five of 1 MB each at most); under systemd the journal has it all"
    )
    log_format: Literal["text", "json"] = Field("text", description="how that file is written: lines, or JSON lines")
    models_url: str = Field("", description="where `koemado models install` fetches from; empty: alphacephei.com")
    data_dir: Path = Field(default_factory=lambda: user_data_path("koemado"), description="own knowledge base, models")
    cache_dir: Path = Field(default_factory=lambda: user_cache_path("koemado"), description="what can be made again")

    @field_validator(
        "speech_speed", "speech_pitch", "speech_volume", "speech_cache_mb", "turn_log_days", "offer_recordings",
        mode="before",
    )  # fmt: skip
    @classmethod
    def _number(cls, value: object) -> object:
        if isinstance(value, bool):
            raise PydanticCustomError("number_wanted", "must be a number, not true or false")
        return value

    @field_validator("wake_words", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return tuple(filter(None, map(str.strip, value.split("|")))) if isinstance(value, str) else value

    @field_validator("desk_url", mode="after")
    @classmethod
    def _address(cls, url: str) -> str:
        if url and not is_address(url):
            raise PydanticCustomError("address_wanted", "must be an address like https://desk.example.jp")
        return url

    @field_validator("quiet_hours", mode="after")
    @classmethod
    def _hours(cls, text: str) -> str:
        try:
            quiet_hours(text)
        except ValueError as error:
            raise PydanticCustomError("hours_wanted", "must be like 20:00-08:00, or empty") from error
        return text

    @field_validator(*PATHS, mode="after")
    @classmethod
    def _home(cls, path: Path | None) -> Path | None:
        return path.expanduser() if path else None


class Configured(BaseModel):
    """Settings and where each came from."""

    settings: Settings
    sources: dict[str, str]  # field -> "default", the TOML file, the variable or "command line"


def default_file() -> Path:
    """Where the TOML file is looked for unless KOEMADO_SETTINGS or --settings names one."""
    return user_config_path("koemado") / "settings.toml"


def load_settings(
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    given: Mapping[str, Any] | None = None,
) -> Configured:
    """Merge the sources, the later winning: defaults, file, environment, `given` (the command line, None = not given).

    An empty variable, or an empty path in the file, counts as not set; a variable that names no setting is logged once
    and skipped, for it may belong to another version.  Raises SettingsError naming the setting and its source.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    sources = dict.fromkeys(Settings.model_fields, "default")
    for source, found in (
        *_from_file(file or _named(environment) or default_file(), required=bool(file or _named(environment))),
        *_from_environment(environment),
        *((("command line"), {name: value}) for name, value in (given or {}).items() if value is not None),
    ):
        values |= found
        sources |= dict.fromkeys(found, source)
    return Configured(settings=_validated(values, sources), sources=sources)


def _named(environment: Mapping[str, str]) -> Path | None:
    name = environment.get(ENVIRONMENT_PREFIX + "SETTINGS")
    return Path(name).expanduser() if name else None


def _from_file(path: Path, *, required: bool) -> list[tuple[str, dict[str, Any]]]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if required:
            raise SettingsError(f"settings file {path} does not exist") from None
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"settings file {path} is no valid TOML: {error}") from error
    return [(str(path), {name: value for name, value in found.items() if value != "" or name not in PATHS})]


def _from_environment(environment: Mapping[str, str]) -> list[tuple[str, dict[str, Any]]]:
    ours = {
        variable: variable.removeprefix(ENVIRONMENT_PREFIX).lower()
        for variable in sorted(environment)
        if variable.startswith(ENVIRONMENT_PREFIX) and environment[variable]
    }
    unknown = tuple(v for v, name in ours.items() if name not in {*Settings.model_fields, *NOT_SETTINGS})
    if unknown:
        _warn_unknown(unknown)
    return [(v, {name: environment[v]}) for v, name in ours.items() if name in Settings.model_fields]


@cache  # settings are loaded several times in a run
def _warn_unknown(variables: tuple[str, ...]) -> None:
    _log.warning("%s names no setting and is ignored: `koemado settings` lists them", ", ".join(variables))


def _validated(values: dict[str, Any], sources: Mapping[str, str]) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        reason = "there is no such setting" if first["type"] == "extra_forbidden" else first["msg"].lower()
        raise SettingsError(f"setting {name} (from {sources.get(name, '?')}): {reason}") from None
