"""The composition of what the desk's editor of articles needs: rules, voice, understanding, bundles."""

from functools import partial
from pathlib import Path

from kb.ports import KnowledgeBase
from kb.sample import DESK_PHONE, open_sample
from kb.store import SqliteKnowledgeBase
from server.knowledge.ports import Workshop
from voice import compose
from voice.desk_bundling import KnowledgeBundler
from voice.desk_contents import BaseOfFile, Bench
from voice.desk_rules import DeskRules
from voice.desk_sounds import DeskVoice
from voice.desk_understanding import DeskUnderstanding
from voice.settings import Settings
from voice.speech.playback import SilentSink

RECORDINGS = "recordings"  # in the desk's folder


def workshop(settings: Settings, folder: Path, *, demo: bool = False) -> Workshop:
    """Return it; nothing is loaded before it is needed.  `folder`: the desk's, whose recordings are asked with.

    It begins with the base of one's own, or with the sample; `demo`: always with that.
    """
    own = compose.has_own_base(settings) and not demo
    phone = settings.desk_phone or ("" if own else DESK_PHONE)
    bench = Bench(settings, phone)
    recordings = folder / RECORDINGS
    both = DeskUnderstanding(
        bench,
        partial(compose.synthesizer, settings, cached=False),
        recordings=recordings if recordings.is_dir() else None,
    )
    return Workshop(
        begin_with=BaseOfFile(partial(_base, settings, demo=demo)),
        rules=DeskRules(bench),
        voice=DeskVoice(partial(compose.speaker, settings, SilentSink())),
        tryout=both,
        bundler=KnowledgeBundler(),
        suite=both,
    )


def _base(settings: Settings, *, demo: bool) -> KnowledgeBase:
    """The machine's base as it is now: there may be one of one's own since the desk was started."""
    own = compose.has_own_base(settings) and not demo
    return SqliteKnowledgeBase(compose.own_base_path(settings)) if own else open_sample(settings.cache_dir)
