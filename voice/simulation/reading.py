"""Scripts from YAML.  Every value is read as text, so that 0120-… stays a number to be called; every error names its line."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import yaml

from intents.callback_form import Known, Stage
from intents.conversation import Outcome, Pace
from intents.name_slot import NameHeard, name_in
from intents.news import CallNews
from intents.phone_slot import EMPTY, hear_digits
from intents.transcripts import typed
from intents.when_types import TOKYO, Window
from server.notices import Kind
from voice.errors import VoiceError
from voice.simulation.sayings import SAID_FIELDS
from voice.simulation.script import NONE, CustomerLine, Expect, GivenDesk, GivenNews, GivenNotice, Script, told_known

STORED_FIELDS: Final = ("phone", "name", "reading", "windows", "topic", "article", "urgency", "promised")
CALL_FIELDS: Final = ("state", "promise", "agent", "calls", "close_reason", "last_outcome")
BECAME_FIELDS: Final = ("state", "promise", "rating", "score")
SLOT_MINUTES: Final = 30
DESK_FIELDS: Final = ("reachable", "keeps", "slots", "known", "remembers", "may_ask", "news")
NOTICE_FIELDS: Final = ("text", "kind", "at_once", "danger", "topic")
_LISTS: Final = ("says", "not_says")
_TRUTHS: Final = {"true": True, "yes": True, "false": False, "no": False}
_WINDOW: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d( - \d\d:\d\d)?")
_CHOICES: Final = {
    "outcome": [outcome.value for outcome in Outcome],
    "stage": [NONE, *(stage.value for stage in Stage)],
    "pace": [pace.value for pace in Pace],
}


class ScriptRejected(VoiceError):
    """A script that cannot be replayed."""

    exit_code = 2


def read_script(path: Path) -> Script:
    """Read a script.  Raises ScriptRejected."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScriptRejected(f"{path}: cannot be read ({error})") from error
    return script_from(text, str(path))


def script_from(text: str, name: str) -> Script:
    """Read a script from its text; `name` stands in errors.  Raises ScriptRejected."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}, line {mark.line + 1}" if mark else name
        raise ScriptRejected(f"{place}: no YAML ({getattr(error, 'problem', None) or error})") from error
    if root is None:
        raise ScriptRejected(f"{name}: the script is empty")
    return _Reader(name).script(root)


class _Reader:
    """Reads nodes; `name` is the file's."""

    def __init__(self, name: str) -> None:
        self._name = name

    def script(self, root: yaml.Node) -> Script:
        """Read the whole."""
        found = self._table(
            root,
            (
                *("title", "now", "desk", "notices", "lines", "stored", "remembered", "became"),
                *("recordings", "recorded", "said"),
            ),
        )
        for needed in ("title", "lines"):
            if needed not in found:
                raise self._wrong(root, f"{needed} is missing")
        lines = tuple(self._line(node) for node in self._items(found["lines"]))
        if not lines:
            raise self._wrong(found["lines"], "a conversation needs a line")
        return Script(
            title=self._text(found["title"]),
            lines=lines,
            now=self._moment(found["now"]) if "now" in found else None,
            desk=self._desk(found["desk"]) if "desk" in found else GivenDesk(),
            notices=self._notices(found["notices"]) if "notices" in found else None,
            stored=self._stored(found["stored"]) if "stored" in found else None,
            stored_at=_line_of(found["stored"]) if "stored" in found else 0,
            became=tuple(map(self._became, self._items(found["became"], tables=True))) if "became" in found else None,
            became_at=_line_of(found["became"]) if "became" in found else 0,
            said=self._said(found["said"]) if "said" in found else None,
            said_at=_line_of(found["said"]) if "said" in found else 0,
            recordings=self._truth(found["recordings"]) if "recordings" in found else False,
            recorded=self._recorded(found["recorded"]) if "recorded" in found else None,
            recorded_at=_line_of(found["recorded"]) if "recorded" in found else 0,
            remembered=self._remembered(found["remembered"]) if "remembered" in found else None,
            remembered_at=_line_of(found["remembered"]) if "remembered" in found else 0,
        )

    def _recorded(self, node: yaml.Node) -> tuple[str, ...]:
        """Numbers of lines, or none."""
        return () if isinstance(node, yaml.ScalarNode) and self._text(node) == NONE else self._texts(node)

    def _line(self, node: yaml.Node) -> CustomerLine:
        if isinstance(node, yaml.ScalarNode):
            return CustomerLine(text=self._text(node), at=_line_of(node))
        found = self._table(node, ("customer", "voice", "expect"))
        if "customer" not in found:
            raise self._wrong(node, "customer is missing: what the customer says")
        return CustomerLine(
            text=self._text(found["customer"]),
            at=_line_of(node),
            by_voice=self._truth(found["voice"]) if "voice" in found else False,
            expect=self._expect(found["expect"]) if "expect" in found else Expect(),
        )

    def _expect(self, node: yaml.Node) -> Expect:
        if not isinstance(node, yaml.MappingNode):  # only what is said
            return Expect(says=self._texts(node))
        found = self._table(node, Expect.__slots__)
        lists = {key: self._texts(found[key]) for key in _LISTS if key in found}
        truths = {key: self._truth(found[key]) for key in ("finished", "shorter") if key in found}
        rest = {key: self._text(value) for key, value in found.items() if key not in (*lists, *truths)}
        for key, allowed in _CHOICES.items():
            if rest.get(key, allowed[0]) not in allowed:
                raise self._wrong(found[key], f"{key} is one of {', '.join(allowed)}, not {rest[key]!r}")
        return Expect(**lists, **truths, **rest)  # type: ignore[arg-type]

    def _desk(self, node: yaml.Node) -> GivenDesk | None:
        if isinstance(node, yaml.ScalarNode):
            ways = {
                NONE: None,
                "online": GivenDesk(),
                "offline": GivenDesk(reachable=False),
                "full": GivenDesk(slots=()),
            }
            if node.value not in ways:
                raise self._wrong(node, f"desk is one of {', '.join(ways)}, or a table with {', '.join(DESK_FIELDS)}")
            return ways[node.value]
        found = self._table(node, DESK_FIELDS)
        truths = {
            key: self._truth(found[key]) for key in ("reachable", "keeps", "remembers", "may_ask") if key in found
        }
        known = tuple(self._known(one) for one in self._items(found["known"])) if "known" in found else ()
        may_ask = truths.pop("may_ask", None)
        known = tuple(replace(one, may_ask=may_ask) for one in known)
        slots = tuple(self._slot(one) for one in self._items(found["slots"])) if "slots" in found else None
        news = tuple(self._news(one) for one in self._items(found["news"], tables=True)) if "news" in found else ()
        return GivenDesk(slots=slots, known=known, news=news, **({"remembers": bool(known)} | truths))

    def _news(self, node: yaml.Node) -> GivenNews:
        """A call that was asked for earlier; `before` is what the customer knows."""
        found = self._table(node, (*CALL_FIELDS, "before", "offers", "taken", "may_recommend"))
        return GivenNews(
            after=self._call({key: value for key, value in found.items() if key in CALL_FIELDS}, node),
            before=self._call(self._table(found["before"], CALL_FIELDS), node) if "before" in found else None,
            offers=tuple(self._slot(one) for one in self._items(found["offers"])) if "offers" in found else (),
            taken=tuple(self._moment(one) for one in self._items(found["taken"])) if "taken" in found else (),
            may_recommend=self._truth(found["may_recommend"]) if "may_recommend" in found else False,
        )

    def _call(self, found: dict[str, yaml.Node], node: yaml.Node) -> CallNews:
        if "state" not in found:
            raise self._wrong(node, "state is missing: how the call stands")
        calls = self._text(found["calls"]) if "calls" in found else "0"
        if not (calls.isascii() and calls.isdigit()):
            raise self._wrong(found["calls"], f"calls is how many rang, not {calls!r}")
        texts = {key: self._text(found[key]) for key in ("agent", "close_reason", "last_outcome") if key in found}
        promise = self._slot(found["promise"]) if "promise" in found else None
        return CallNews(state=self._text(found["state"]), promise=promise, calls=int(calls), **texts)

    def _notices(self, node: yaml.Node) -> tuple[GivenNotice, ...]:
        """What the device is to tell; an empty list: nothing but tips."""
        tables = [self._table(one, NOTICE_FIELDS) for one in self._items(node, tables=True)]
        if any("text" not in found for found in tables):
            raise self._wrong(node, "text is missing: what is to be told")
        kinds = {found["kind"]: self._text(found["kind"]) for found in tables if "kind" in found}
        for one, kind in kinds.items():
            if kind not in list(Kind):
                raise self._wrong(one, f"kind is one of {', '.join(Kind)}, not {kind!r}")
        return tuple(map(self._notice, tables))

    def _notice(self, found: dict[str, yaml.Node]) -> GivenNotice:
        return GivenNotice(
            text=self._text(found["text"]),
            kind=self._text(found["kind"]) if "kind" in found else Kind.OTHER,
            at_once=self._truth(found["at_once"]) if "at_once" in found else False,
            danger=self._truth(found["danger"]) if "danger" in found else False,
            topic=self._text(found["topic"]) if "topic" in found else "",
        )

    def _became(self, node: yaml.Node) -> dict[str, str]:
        return {key: self._text(value) for key, value in self._table(node, BECAME_FIELDS).items()}

    def _said(self, node: yaml.Node) -> dict[str, str]:
        return {key: self._text(value) for key, value in self._table(node, SAID_FIELDS).items()}

    def _known(self, node: yaml.Node) -> Known:
        name, _, phone = self._text(node).rpartition(" ")
        found, draft = name_in(typed(name)), hear_digits(EMPTY, typed(phone)).draft
        if not isinstance(found, NameHeard) or not draft.is_complete:
            raise self._wrong(node, "a known customer looks like 山田花子 090-1234-5678")
        return Known(name=found, phone=draft)

    def _remembered(self, node: yaml.Node) -> tuple[str, ...]:
        if isinstance(node, yaml.ScalarNode) and node.value == NONE:
            return ()
        return tuple(told_known(self._known(one)) for one in self._items(node))

    def _slot(self, node: yaml.Node) -> Window:
        begins = self._moment(node)
        return Window(begins=begins, ends=begins + timedelta(minutes=SLOT_MINUTES))

    def _stored(self, node: yaml.Node) -> dict[str, tuple[str, ...]]:
        if isinstance(node, yaml.ScalarNode):
            if node.value != NONE:
                raise self._wrong(node, f"stored is {NONE}, or a table with some of {', '.join(STORED_FIELDS)}")
            return {}
        found = self._table(node, STORED_FIELDS)
        for value in self._items(found["windows"]) if "windows" in found else ():
            if not _WINDOW.fullmatch(self._text(value)):
                raise self._wrong(value, "a window looks like 2026-11-25 13:00 - 18:00, or without its end")
        return {key: self._texts(value) for key, value in found.items()}

    def _moment(self, node: yaml.Node) -> datetime:
        try:
            found = datetime.fromisoformat(self._text(node))
        except ValueError as error:
            raise self._wrong(node, "a time looks like 2026-11-24 10:15") from error
        return found.replace(tzinfo=TOKYO) if found.tzinfo is None else found.astimezone(TOKYO)

    def _table(self, node: yaml.Node, allowed: Iterable[str]) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self._wrong(node, f"a table with some of {', '.join(allowed)} is wanted here")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value not in allowed:
                raise self._wrong(key, f"{key.value!r} is unknown; known are {', '.join(allowed)}")
            if key.value in found:
                raise self._wrong(key, f"{key.value} is given twice")
            found[key.value] = value
        return found

    def _items(self, node: yaml.Node, *, tables: bool = False) -> Iterator[yaml.Node]:
        if isinstance(node, yaml.SequenceNode):
            yield from node.value
        elif isinstance(node, yaml.ScalarNode) or (isinstance(node, yaml.MappingNode) and tables):
            yield node
        else:
            raise self._wrong(node, "a list is wanted here")

    def _texts(self, node: yaml.Node) -> tuple[str, ...]:
        return tuple(self._text(one) for one in self._items(node))

    def _text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self._wrong(node, "a text is wanted here")
        return str(node.value).strip()

    def _truth(self, node: yaml.Node) -> bool:
        text = self._text(node).lower()
        if text not in _TRUTHS:
            raise self._wrong(node, f"true or false is wanted here, not {text!r}")
        return _TRUTHS[text]

    def _wrong(self, node: yaml.Node, why: str) -> ScriptRejected:
        return ScriptRejected(f"{self._name}, line {_line_of(node)}: {why}")


def _line_of(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
