"""Words composed: which times belong to which days, what was refused, what was taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from intents.data_files import load
from intents.when_atoms import Clock, DayAtom, Group, Said, TimeAtom
from intents.when_forms import form
from intents.when_reading import DAY_KINDS, TIME_KINDS, context_of, half_of, passed, read_days, read_time
from intents.when_words import Token, tokens

_MARKS = frozenset(("now", "vague", "time_wanted", "just_past"))
_WEIGHTS = {"date": 3, "monthday": 2, "half": 1, "since": 1, "until": 1, "about": 1}
_BESIDE = frozenset(("since", "past", "until", "behind", "ended"))  # before or after an appointment
_CONTENT = DAY_KINDS | TIME_KINDS | _MARKS | {"any"}


@dataclass(frozen=True, slots=True)
class _Item:
    atom: DayAtom | TimeAtom | None  # None is 「いつでも」
    joined: bool  # by か or と to the one before
    bounded: bool  # a comma or なら stands before it
    refused: int = 0  # 1 and more: the number of the refusal


class _Composer:
    """Reads words from left to right; `said` is what came of it."""

    def __init__(self, words: Sequence[Token], *, may_be_away: bool) -> None:
        self._words = words
        self._may_be_away = may_be_away
        self._items: list[_Item] = []
        self._taken_back: list[_Item] = []
        self._marks: set[str] = set()
        self._joined = self._bounded = False
        self._refusals = self._excepted = 0
        self._only = False
        place = 0
        while place < len(words):
            place = self._read(place)

    def said(self, covered: float) -> Said:
        """Everything read, once corrections and refusals have been settled."""
        items = self._items
        if not items and self._taken_back and not self._marks:
            items = [replace(item, refused=1) for item in self._taken_back]
        count = sum(_WEIGHTS.get(word.kind, word.kind in _CONTENT) for word in self._words)
        return Said(tuple(_groups(self._inherited(items))), frozenset(self._marks), count, covered)

    def _read(self, place: int) -> int:
        word = self._words[place]
        if word.kind in DAY_KINDS:
            return self._read_days(place)
        if word.kind in TIME_KINDS:
            atom, place = read_time(self._words, place)
            self._add(atom)
            return place
        self._note(word, place)
        return place + 1

    def _read_days(self, place: int) -> int:
        context = context_of(before) if (before := self._day_gone_on_from()) else ()
        days, place = read_days(self._words, place, context)
        for day in days:
            self._add(day)
            self._joined = True
        self._joined = False
        return place

    def _day_gone_on_from(self) -> DayAtom | None:
        """The day that a day to be read is said beside, or instead of: 「来週の火曜か水曜」, 「来週の火曜は無理で水曜」."""
        days = [item for item in (*self._taken_back, *self._items) if isinstance(item.atom, DayAtom)]
        if not days:
            return None
        beside = self._joined and self._items and self._items[-1] == days[-1]
        instead = days[-1].refused or not any(item is days[-1] for item in self._items)
        atom = days[-1].atom
        return atom if (beside or instead) and isinstance(atom, DayAtom) else None

    def _add(self, atom: DayAtom | TimeAtom | None) -> None:
        self._items.append(_Item(atom, self._joined, self._bounded))
        self._joined = self._bounded = False

    def _note(self, word: Token, place: int) -> None:
        if word.kind == "or":
            self._joined = True
        elif word.kind in ("comma", "clause"):
            self._bounded = True
        elif word.kind in _MARKS:
            self._marks.add(word.kind)
        elif word.kind == "any":
            self._add(None)
        elif word.kind == "except":
            self._refuse(self._listed())
            self._excepted = self._refusals
        elif word.kind == "only":
            self._only = True
        elif word.kind == "busy":
            self._note_appointment(place)
        elif word.kind == "ended":
            self._marks.add("time_wanted")
        elif word.kind == "refusal":
            self._refuse_or_allow()
        elif word.kind == "fix" or (word.kind == "hesitation" and self._goes_on(place)):
            self._take_back()
        elif word.kind == "hesitation":
            self._refuse_or_allow()

    def _note_appointment(self, place: int) -> None:
        """「明日は歯医者」 refuses tomorrow, 「歯医者のあと」 is a time to be asked for, 「歯医者だけど夕方なら」 neither."""
        after = passed(self._words, place + 1)
        if after < len(self._words) and self._words[after].kind in _BESIDE:
            self._marks.add("time_wanted")
        elif self._another_follows(place) or (self._may_be_away and self._is_last(place)):
            self._refuse_or_allow()

    def _is_last(self, place: int) -> bool:
        return bool(self._items) and not self._goes_on(place + 1)

    def _goes_on(self, place: int) -> bool:
        return any(word.kind in _CONTENT for word in self._words[place:])

    def _another_follows(self, place: int) -> bool:
        """Another day; behind a time of the day another time will do: 「午前中は病院なので午後に」."""
        is_time = bool(self._items) and _kind(self._items[-1]) == "time"
        kinds = DAY_KINDS | TIME_KINDS if is_time else DAY_KINDS
        return any(word.kind in kinds for word in self._words[place:])

    def _refuse_or_allow(self) -> None:
        """What is refused, but for 「午後以外は無理」 and 「6時以降じゃないと無理」: two times no is yes."""
        if self._only:
            self._only = False
        elif self._excepted and self._items and self._items[-1].refused == self._excepted:
            self._items = [replace(item, refused=0) if item.refused == self._excepted else item for item in self._items]
        else:
            self._refuse(self._segment())

    def _take_back(self) -> None:
        if self._items:
            self._taken_back, self._items = self._items, []
        self._marks.clear()
        self._joined = self._bounded = False

    def _refuse(self, start: int) -> None:
        self._refusals += 1
        for place in range(start, len(self._items)):
            if not self._items[place].refused:
                self._items[place] = replace(self._items[place], refused=self._refusals)
        self._bounded = True

    def _listed(self) -> int:
        """Where the list that ends here begins: 火曜と木曜 of 「火曜と木曜以外」."""
        start = len(self._items) - 1
        while start > 0 and self._items[start].joined and _kind(self._items[start - 1]) == _kind(self._items[start]):
            start -= 1
        return max(start, 0)

    def _segment(self) -> int:
        """Where the clause that ends here begins."""
        start = len(self._items) - 1
        while start > 0 and not self._items[start].bounded and not self._items[start - 1].refused:
            start -= 1
        return max(start, 0)

    def _inherited(self, items: list[_Item]) -> list[_Item]:
        """What was not said again holds: 「明日の3時じゃなくて4時」 is tomorrow."""
        kinds = {_kind(item) for item in items if not item.refused}
        if not self._taken_back or kinds not in ({"day"}, {"time"}):
            return items
        kept = [item for item in self._taken_back if _kind(item) not in kinds | {"any"} and not item.refused]
        return kept + items if kinds == {"time"} else items + kept


def _kind(item: _Item) -> str:
    return "day" if isinstance(item.atom, DayAtom) else "any" if item.atom is None else "time"


def _groups(items: Sequence[_Item]) -> list[Group]:
    groups: list[Group] = []
    time_first = False
    refusal = -1
    for item in items:
        group = groups[-1] if groups and item.refused == refusal else None
        if group is None or _begins_anew(group, item, time_first):
            group = Group(refused=item.refused > 0)
            groups.append(group)
            time_first = _kind(item) == "time"
        groups[-1] = _joined_to(group, item)
        refusal = item.refused
    return _shared(groups)


def _begins_anew(group: Group, item: _Item, time_first: bool) -> bool:
    if isinstance(item.atom, DayAtom):
        closed = bool(group.days) != item.joined  # a day after days, or 「3時か、明日」
        return bool(group.times or group.any_time) and (not time_first or closed)
    return time_first and bool(group.days) and item.atom is not None


def _joined_to(group: Group, item: _Item) -> Group:
    if isinstance(item.atom, DayAtom):
        return replace(group, days=(*group.days, item.atom))
    if isinstance(item.atom, TimeAtom):
        within = _within(group.times[-1], item.atom) if group.times and not item.joined else None
        return replace(group, times=(*group.times[:-1], within) if within else (*group.times, item.atom))
    return replace(group, any_time=True)


def _within(part: TimeAtom, time: TimeAtom) -> TimeAtom | None:
    """「午前でお願いします、10時以降で」 is from ten to noon; None for two times that have nothing to do with each other."""
    if part.how != "part" or time.how not in ("since", "until") or not isinstance(time.first, Clock):
        return None
    clock = Clock(time.first.minute, time.first.half or half_of(str(part.first)))
    first, last = (clock, part.first) if time.how == "since" else (part.first, clock)
    return TimeAtom("between", first, last)


def _shared(groups: list[Group]) -> list[Group]:
    """「明日の午前は無理、午後なら」: the afternoon is tomorrow's."""
    refused = next((group for group in groups if group.refused and group.days and group.times), None)
    wished = [group for group in groups if not group.refused]
    if refused is None or any(group.days or group.any_time for group in wished):
        return groups
    return [group if group.refused else replace(group, days=refused.days) for group in groups]


def said_in(text: str) -> Said:
    """What is said about time in a text that `when_forms.form` has made."""
    words = tokens(text)
    may_be_away = not any(form(word) in text for word in load("when")["at_hand"]["words"])
    said = _Composer(words, may_be_away=may_be_away).said(sum(word.size for word in words) / max(1, len(text)))
    is_rest = any(word in text for word in load("when")["rest"]["words"])
    return replace(said, marks=said.marks | {"rest"}) if is_rest else said
