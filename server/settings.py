"""The settings of the desk: one TOML file in its folder, made on the first start; the key lies beside it."""

import os
import tomllib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from server.bundle_signature import SigningKey
from server.customers import Tier
from server.errors import KeyInvalid, SettingsInvalid
from server.plan_table import DeskSettings, desk_settings
from server.slots import LONGEST_HORIZON
from server.store.vault import new_key
from server.stories import StoryRules

SETTINGS_FILE: Final = "desk.toml"
KEY_FILE: Final = "desk.key"
KEY_VARIABLE: Final = "KOEMADO_DESK_KEY"  # base64, in place of the file; more keys (earlier ones) after commas
SIGNING_KEY_FILE: Final = "bundle.key"
SIGNING_KEY_VARIABLE: Final = "KOEMADO_DESK_SIGNING_KEY"  # base64, in place of that file
OWNER_ONLY: Final = 0o600
Percent = Annotated[int, Field(ge=0, le=100)]
TierKey = Annotated[str, StringConstraints(pattern=r"^[\w.\-]{1,32}$")]
Days = Annotated[int, Field(ge=1, le=36_500)]


class Part(BaseModel):
    """One table of the file; knows all its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Listening(Part):
    """Where the desk answers."""

    host: str = "127.0.0.1"
    port: int = Field(default=8600, ge=0, le=65_535)
    public_url: str = ""  # as staff and webhooks see it, "https://desk.example.jp"; empty: http://host:port
    database_url: str = ""  # empty: the file desk.db in the folder
    trusted_proxies: tuple[str, ...] = ()  # addresses whose X-Forwarded-For and -Proto are believed
    metrics_token: str = ""  # bearer token for /metrics; empty: only from this machine
    organisation: str = "声窓 受付"  # shown to staff and customers
    tls: Literal["off", "auto"] = "off"  # auto: HTTPS with an authority of the desk's own, for phones in the house


class Mail(Part):
    """Where alarms are sent by e-mail; off while `host` is empty."""

    host: str = ""
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()


class Webhook(Part):
    """Where events are posted, signed; off while `url` is empty."""

    url: str = ""
    secret: str = ""  # "whsec_" and base64, see Standard Webhooks


class Talking(Part):
    """The customers' page: who may talk at once."""

    enabled: bool = True
    seats: int = Field(default=4, ge=1, le=200)  # benchmarks/gateway.py says how many a machine carries


class Alarms(Part):
    """When a person is called for."""

    promise_minutes_before: int = Field(default=10, ge=0, le=24 * 60)  # a promise nobody has claimed
    device_silent_hours: int = Field(default=24, ge=1, le=24 * 365)


class Targets(Part):
    """What the desk wants to reach, in percent; 0 shows no target.  Minutes: how soon a call that is owed should ring."""

    service_level_minutes: int = Field(default=15, ge=1, le=24 * 60)
    service_level: Percent = 80
    kept: Percent = 98
    reach: Percent = 60
    first_contact: Percent = 75
    self_solved: Percent = 60
    satisfied: Percent = 80
    csat: Percent = 85
    nps: int = Field(default=30, ge=-100, le=100)


class FollowUps(Part):
    """Who may register purchases and repairs beside staff; nobody while `token` is empty."""

    token: str = Field(default="", max_length=200)  # bearer token of POST /follow-ups
    automatic: bool = False  # registered when a case ends, without anybody's tick
    repair_topics: tuple[str, ...] = ("repair",)  # topics of cases after which it is offered: whole, or up to a hyphen
    purchase_topics: tuple[str, ...] = ("order", "delivery")
    story_after_days: int = Field(default=3, ge=0, le=60)  # after a case was solved: how things are is asked
    story_lasts_days: int = Field(default=11, ge=0, le=60)  # from then on; 0: it is never asked
    private_topics: tuple[str, ...] = ()  # that are never named then: whole, or their beginning up to a hyphen


class TierSettings(Part):
    """What the customers of a tier have before others; staff and the organisation's system say who they are."""

    label: str = Field(min_length=1, max_length=20)  # as customers hear and staff read it
    lead_minutes: int = Field(default=0, ge=0, le=LONGEST_HORIZON * 24 * 60)


class Retention(Part):
    """How long each kind of data is kept, in days."""

    conversation_days: Days = 180  # after the case was closed: what was said
    case_days: Days = 730  # after the case was closed: names, numbers, notes, the case itself
    journal_days: Days = 1095
    message_days: Days = 30  # mails and webhook calls that went out
    export_days: Days = 1095  # the register of files handed out
    turns_days: Annotated[int, Field(ge=0, le=36_500)] = 180  # after it came in: the devices' turn log; 0 keeps none
    recording_days: Annotated[int, Field(ge=0, le=36_500)] = 30  # likewise, and never longer than the log: 0 takes none


class Settings(Part):
    """The whole file.  `callback` is read by `plan_table`."""

    listening: Listening = Listening()
    mail: Mail = Mail()
    webhook: Webhook = Webhook()
    talk: Talking = Talking()
    alarms: Alarms = Alarms()
    targets: Targets = Targets()
    follow_ups: FollowUps = FollowUps()
    retention: Retention = Retention()
    tiers: dict[TierKey, TierSettings] = {}
    desk: DeskSettings

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True)

    @property
    def stories(self) -> StoryRules:
        """When and how it is asked how things are."""
        found = self.follow_ups
        after, lasts = timedelta(days=found.story_after_days), timedelta(days=found.story_lasts_days)
        return StoryRules(after=after, lasts=lasts, private_topics=found.private_topics)

    @property
    def all_tiers(self) -> dict[str, Tier]:
        """The tiers there are, by their keys."""
        return {
            key: Tier(key=key, label=found.label, lead_minutes=found.lead_minutes) for key, found in self.tiers.items()
        }

    @property
    def public_url(self) -> str:
        """Where staff find the desk, without a slash at the end."""
        given = self.listening.public_url.rstrip("/")
        scheme = "http" if self.listening.tls == "off" else "https"
        return given or f"{scheme}://{self.listening.host}:{self.listening.port}"


def load_settings(folder: Path) -> Settings:
    """Read the folder's file, made as shipped when there is none.  Raises SettingsInvalid."""
    path = folder / SETTINGS_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write_private(path, shipped_text().encode())
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsInvalid(str(path), f"cannot be read: {error}") from error
    return settings_from(table)


def shipped_text() -> str:
    """Return the file as shipped, with all its comments."""
    return files("server").joinpath("data", "desk.toml").read_text(encoding="utf-8")


def settings_from(table: Mapping[str, Any]) -> Settings:
    """Read the tables.  Raises SettingsInvalid, which names the key and repeats no value."""
    rest = {name: value for name, value in table.items() if name != "callback"}
    if "callback" not in table:
        raise SettingsInvalid("callback", "is missing")
    if "desk" in table:
        raise SettingsInvalid("desk", "is unknown; seats and lead times stand in the table `callback`")
    try:
        return Settings.model_validate({**rest, "desk": desk_settings(table["callback"])})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise SettingsInvalid(".".join(map(str, first["loc"])), first["msg"]) from error


def load_keys(folder: Path, environment: Mapping[str, str] = os.environ) -> tuple[bytes, ...]:
    """Return the keys for personal data, the current one first; made on the first start.  Raises KeyInvalid.

    The file holds one base64 key a line: to change keys, put a new one on top.
    """
    if given := environment.get(KEY_VARIABLE):
        return _keys(given.split(","), KEY_VARIABLE)
    path = folder / KEY_FILE
    if not path.exists():
        _write_private(path, b64encode(new_key()) + b"\n")
    return _keys(path.read_text(encoding="ascii", errors="replace").split(), str(path))


def load_signing_key(folder: Path, environment: Mapping[str, str] = os.environ) -> SigningKey:
    """Return the key knowledge bundles are signed with; made on the first start.  Raises KeyInvalid.

    Devices believe this one key: with another they must be enrolled anew.
    """
    if given := environment.get(SIGNING_KEY_VARIABLE):
        return SigningKey(_keys([given], SIGNING_KEY_VARIABLE)[0])
    path = folder / SIGNING_KEY_FILE
    if not path.exists():
        _write_private(path, b64encode(new_key()) + b"\n")
    try:
        return SigningKey(_keys(path.read_text(encoding="ascii", errors="replace").split(), str(path))[0])
    except OSError as error:
        raise KeyInvalid(f"{path} cannot be read: {error.strerror}") from error


def _keys(texts: list[str], source: str) -> tuple[bytes, ...]:
    try:
        keys = tuple(b64decode(text.strip(), validate=True) for text in texts if text.strip())
    except ValueError as error:
        raise KeyInvalid(f"{source} holds no base64 keys") from error
    if not keys:
        raise KeyInvalid(f"{source} is empty: restore the key it held, nothing else fits what was made with it")
    return keys


def _write_private(path: Path, content: bytes) -> None:
    """Write a new file only its owner can read; whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(beside, path)  # unlike a rename it leaves a file another process has made meanwhile
    except FileExistsError:
        pass
    finally:
        beside.unlink()
