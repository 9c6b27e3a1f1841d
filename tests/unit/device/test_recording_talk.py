"""Whether staff may hear a recording: asked when it fits, in memory until a clear yes, gone with everything else."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest

from intents.transcripts import NOTHING_HEARD, typed
from intents.when_types import TOKYO
from kb.articles import Article
from kb.fakes import MemoryKnowledgeBase
from tests.notice_samples import notice
from tests.recording_samples import pcm
from voice.assistant import Assistant
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge
from voice.notice_talk import NoticeTalk
from voice.recording_book import FILE, FOLDER, RecordingBook
from voice.recording_talk import Erased, RecordingTalk
from voice.simulation.desk import MemoryDesk
from voice.simulation.notices import GivenNotices
from voice.simulation.script import GivenDesk

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
HOURS = Article(
    id="hours", title="営業時間", category="店", variants=("営業時間は何時までですか",), answer="19時までです。",
)  # fmt: skip
SMOKE = Article(
    id="smoke", title="煙", category="安全", variants=("煙が出ています",), answer="離れて、0120-000-119へ。", safety=True,
)  # fmt: skip
ASKED = "担当者が聞いてもよろしいでしょうか。"
FORM = ["担当者と話したい", "はい", "山田花子です", "はい", "090-1234-5678", "はい", "明日の午前"]


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


class Board:
    """Keeps in memory what is to be kept, and writes nothing."""

    def __init__(self):
        self.kept, self.erased, self.asked_at, self.found = [], [], None, Erased.NOTHING

    def may_ask(self, now):
        return self.asked_at is None or self.asked_at.date() < now.date()

    def note_asked(self, now):
        self.asked_at = now

    def keep(self, recording):
        self.kept.append(recording)
        return True

    def erase(self, *, last):
        self.erased.append(last)
        return self.found


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def board():
    return Board()


@pytest.fixture
def talk(tmp_path, clock, board):
    """Make a conversation; what is returned takes a spoken line and says what is told then."""

    def made(*, share=1.0, chance=lambda: 0.5, notices=None, desk=None, kept=None):
        knowledge = Knowledge(
            MemoryKnowledgeBase([HOURS, SMOKE]), Readings(tmp_path / "readings"), Indexes(tmp_path / "index")
        )
        turns = count()
        place = uuid4()
        recordings = RecordingTalk(kept or board, clock, share=share, place=lambda: (place, next(turns)), chance=chance)
        told = None if notices is None else NoticeTalk(GivenNotices(notices), clock)
        calls = desk and MemoryDesk(desk, clock)
        assistant = Assistant(knowledge, desk=calls, follows_up=True, notices=told, recordings=recordings, now=clock)

        def say(*lines):
            turn = None
            for line in lines:
                turn = assistant.hear(spoken(line) if line else NOTHING_HEARD)
            say.turn = turn
            return turn.text

        say.assistant = assistant
        return say

    return made


def spoken(line):
    """A line with a sound of its own, told from others by its length."""
    return replace(typed(line), sound=sound_of(line))


def sound_of(line):
    return pcm(0.01 * len(line))


def solved(say):
    return say("営業時間は何時までですか", "はい")


def test_asked_once_the_matter_is_solved_and_kept_with_a_yes(talk, board):
    say = talk()
    assert solved(say).endswith(ASKED)
    assert say.assistant.asks_yes_or_no
    assert say.assistant.patience.asks
    assert board.kept == []
    assert "ありがとうございます" in say("はい、どうぞ")
    (kept,) = board.kept
    assert [(one.turn, one.sound) for one in kept.utterances] == [
        (0, sound_of("営業時間は何時までですか")), (1, sound_of("はい")),
    ]  # fmt: skip
    assert (kept.withheld, kept.agreed_at, kept.request) == ((), NOW, None)
    assert kept.wording.endswith(ASKED)
    assert ASKED not in solved(say)  # once in a conversation
    assert len(board.kept) == 1


@pytest.mark.parametrize(
    "answer",
    ["いいえ", "けっこうです", "いいです", "大丈夫です", "ちょっと", "うーん", "わかりました", "やめてください"],
)
def test_anything_but_a_clear_yes_is_a_no(talk, board, answer):
    say = talk()
    solved(say)
    assert "録音は残しません" in say(answer)
    assert ASKED not in say("はい")
    assert board.kept == []


def test_silence_is_a_no_and_ends_the_conversation(talk, board):
    say = talk()
    solved(say)
    assert say("") == ""
    assert say.turn.reaction.finished
    say("はい")
    assert board.kept == []


def test_who_asks_something_else_is_answered(talk, board):
    say = talk()
    solved(say)
    assert "19時までです" in say("営業時間は何時までですか")
    say("はい")
    assert board.kept == []


def test_who_takes_leave_is_let_go(talk, board):
    say = talk()
    solved(say)
    say("ありがとう")
    assert say.turn.reaction.finished
    assert board.kept == []


def test_danger_is_not_overheard(talk, board):
    say = talk()
    solved(say)
    assert "0120-000-119" in say("煙が出ています")
    assert board.kept == []


def test_who_did_not_hear_it_is_asked_again_once(talk, board):
    say = talk()
    solved(say)
    assert ASKED in say("もう一度")
    assert "録音は残しません" in say("もう一度")
    say("はい")
    assert board.kept == []
    say = talk()
    board.asked_at = None
    solved(say)
    say("え？", "はい")
    assert len(board.kept) == 1


def test_nothing_is_asked_with_the_share_of_none_nor_of_the_others(talk, board):
    assert ASKED not in solved(talk(share=0.0))
    assert ASKED not in solved(talk(share=0.3, chance=lambda: 0.3))
    assert ASKED in solved(talk(share=0.3, chance=lambda: 0.29))


def test_once_a_day_on_a_device(talk, clock):
    assert ASKED in solved(talk())
    assert ASKED not in solved(talk())
    clock.now += timedelta(days=1)
    assert ASKED in solved(talk())


def test_nothing_recorded_nothing_asked(talk):
    say = talk()
    say.assistant.hear(typed("営業時間は何時までですか"))
    assert ASKED not in say.assistant.hear(typed("はい")).text


@pytest.mark.parametrize(
    "lines",
    [
        ["煙が出ています", "営業時間は何時までですか", "はい"],
        ["ふざけるな、どうなってるんだ", "営業時間は何時までですか", "はい"],
        ["営業時間は何時までですか", "いいえ"],
        ["営業時間は何時までですか", "解決しました"],
    ],
)
def test_never_after_danger_a_complaint_nor_where_it_is_not_solved(talk, lines):
    say = talk()
    for line in lines:
        assert ASKED not in say(line)


def test_notices_go_first_and_then_it_is_not_asked(talk):
    say = talk(notices=[notice("台風で遅れます。")])
    assert "台風" in say("営業時間は何時までですか")
    assert ASKED not in say("はい")


def test_after_a_request_that_was_taken_down_without_name_and_number(talk, board):
    say = talk(desk=GivenDesk())
    say("営業時間は何時までですか", *FORM)
    text = say("はい")
    while say.assistant.stage is not None:
        text = say("はい")
    assert text.endswith(ASKED)
    say("はい")
    (kept,) = board.kept
    assert [one.turn for one in kept.utterances] == [0, 1]  # the question, and the wish for a human
    assert kept.withheld == tuple(range(2, 2 + len(kept.withheld)))
    assert len(kept.withheld) >= len(FORM) - 1
    assert isinstance(kept.request, UUID)


def test_where_somebody_may_be_remembered_that_is_asked_instead(talk):
    say = talk(desk=GivenDesk(remembers=True))
    say(*FORM)
    text = say("はい")
    while say.assistant.stage is not None:
        assert ASKED not in text
        text = say("はい")
    assert ASKED not in text


@pytest.mark.parametrize(
    "line",
    [
        "佐藤と申しますが、営業時間は何時までですか",
        "090-1234-5678なんですが、営業時間は何時までですか",
        "東京都千代田区1丁目2-3です",
    ],
)
def test_what_may_be_personal_is_left_out_wherever_it_was_said(talk, board, line):
    say = talk()
    say(line)
    say("営業時間は何時までですか", "はい", "はい")
    (kept,) = board.kept
    assert [one.turn for one in kept.utterances] == [1, 2]
    assert kept.withheld == (0,)


def test_a_name_known_later_is_taken_out_of_what_was_said_before(talk, board):
    say = talk(desk=GivenDesk())
    say("花子が営業時間を聞いています", "営業時間は何時までですか", *FORM, "はい")
    while say.assistant.stage is not None:
        say("はい")
    say("はい")
    (kept,) = board.kept
    assert 0 in kept.withheld
    assert 1 in {one.turn for one in kept.utterances}


def test_three_minutes_at_most(talk, board):
    say = talk()
    say.assistant.hear(replace(typed("営業時間は何時までですか"), sound=pcm(179)))
    say.assistant.hear(replace(typed("営業時間は何時までですか"), sound=pcm(2)))
    say("はい", "はい")
    (kept,) = board.kept
    assert [one.turn for one in kept.utterances] == [0, 2]


def test_the_next_customer_begins_anew(talk, board):
    say = talk()
    say("営業時間は何時までですか")
    say.assistant.forget()
    solved(say)
    say("はい")
    (kept,) = board.kept
    assert [one.turn for one in kept.utterances] == [1, 2]


def test_a_question_left_open_is_no_consent_of_the_next_customer(talk, board):
    say = talk()
    solved(say)
    say.assistant.forget()
    say("はい")
    assert board.kept == []


def test_taken_back_by_voice(talk, board):
    say = talk()
    solved(say)
    say("はい")
    board.found = Erased.THERE
    assert "担当者のところにある録音も" in say("さっきの録音を消してください")
    board.found = Erased.HERE
    assert say("録音は消してください") == "かしこまりました。録音を消しました。"
    assert board.erased == [True, False]
    board.found = Erased.NOTHING
    assert "残っておりません" in say("録音は消してください")


def test_not_wanted_at_all(talk, board):
    say = talk()
    say("営業時間は何時までですか")
    assert "録音は、いたしません" in say("録音しないでください")
    assert ASKED not in solved(say)
    assert board.kept == []


def test_erased_while_asked_is_a_no(talk, board):
    say = talk()
    solved(say)
    assert "録音は残しません" in say("録音は消して")
    assert board.kept == []


def test_whether_there_is_a_recording_is_told_as_it_is(talk):
    assert "しておりません" in talk(share=0.0)("録音していますか")
    assert "「はい」とお返事くださったときだけ" in talk()("録音していますか")


def test_without_recordings_it_is_said_so(tmp_path):
    knowledge = Knowledge(MemoryKnowledgeBase([HOURS]), Readings(tmp_path), Indexes(tmp_path / "index"))
    assert "残っておりません" in Assistant(knowledge).hear(typed("録音を消して")).text


def test_a_question_about_a_recorder_is_answered(tmp_path):
    recorder = Article(
        id="r", title="録音の消去", category="x", variants=("録音を消したい",), answer="赤いボタンです。"
    )
    knowledge = Knowledge(MemoryKnowledgeBase([recorder]), Readings(tmp_path), Indexes(tmp_path / "index"))
    assert "赤いボタン" in Assistant(knowledge).hear(typed("録音を消したい")).text


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_no_sound_is_written_before_a_yes(talk, tmp_path):
    home = tmp_path / "device"
    say = talk(kept=RecordingBook(home, lambda: NOW))
    say("営業時間は何時までですか")
    assert not home.exists()
    say("はい")
    assert files(home) == [FILE]  # that somebody was asked today, and nothing else
    assert (home / FILE).stat().st_size < 200
    say("いいえ")
    assert files(home) == [FILE]


def test_with_a_yes_it_is(talk, tmp_path):
    home = tmp_path / "device"
    say = talk(kept=RecordingBook(home, lambda: NOW))
    solved(say)
    say("はい")
    (path,) = (home / FOLDER).iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_size > len(sound_of("営業時間は何時までですか"))
    assert say("さっきの録音を消して") == "かしこまりました。録音を消しました。"
    assert files(home) == [FILE]
