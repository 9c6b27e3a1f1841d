import json
from dataclasses import replace

import numpy as np
import pytest

from intents.conversation import Understanding
from intents.decision import shipped_costs
from intents.matching import TopicIndex
from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript, typed
from kb.articles import Article
from voice.checks.kept_hearing import KEPT_FILES, KeptHearing
from voice.checks.report import Report
from voice.checks.round_trip import Asking, Noise, Trial, Verdict, askings, judged, must_be_mended, take
from voice.knowledge import Answers, Readings, topics
from voice.speech.fakes import HummingSynthesizer


def article(id_: str, *variants: str, **more) -> Article:
    return Article(id=id_, title=variants[0], category="類", variants=variants, answer="はい。", **more)


BASE = (
    article("returns", "返品したい", "商品を返したい", "返品の手続き"),
    article("points", "ポイントの使い方", "ポイントを使いたい", "ポイントはどこで使えますか"),
    article("smoke", "煙が出ている", "本体から煙が出た", safety=True),
)


@pytest.fixture
def mind(tmp_path) -> Understanding:
    matcher = TopicIndex(topics(BASE, Readings(tmp_path)))
    return Understanding(matcher=matcher, costs=shipped_costs(), book=Answers(BASE))


RETURN = Asking(article=BASE[0], text="返品したい")


@pytest.mark.parametrize(
    ("heard", "verdict", "instead"),
    [
        ("返品したい", Verdict.RIGHT, ""),
        ("ポイントの使い方", Verdict.WRONG, "points"),
        ("もう一度", Verdict.WRONG, "reply repeat"),
        ("エベレストの標高", Verdict.NOT_UNDERSTOOD, ""),
        ("", Verdict.NOT_UNDERSTOOD, ""),
    ],
)
def test_what_a_wording_came_to(mind, heard, verdict, instead):
    trial = judged(RETURN, typed(heard), mind)
    assert (trial.verdict, trial.instead, trial.heard) == (verdict, instead, heard)


def test_a_question_back_must_name_the_article(mind, tmp_path):
    twin = article("twin", "返品したい", "商品を返したい")
    torn = replace(mind, matcher=TopicIndex(topics((*BASE, twin), Readings(tmp_path))))
    asked = judged(RETURN, typed("返品したい"), torn)
    assert (asked.verdict, set(asked.instead.split(" or "))) == (Verdict.ASKED, {"returns", "twin"})
    assert judged(replace(RETURN, article=BASE[1]), typed("返品したい"), torn).verdict is Verdict.NOT_UNDERSTOOD


def test_every_variant_is_asked_and_read_as_its_article_says():
    (first, *_) = wanted = askings([article("a", "E1が出た", "消えた", readings={"E1": "いーわん"}), *BASE])
    assert len(wanted) == 10
    assert first.said == "いーわんが出た"


def test_a_take_is_the_same_every_time_and_as_loud_as_wanted():
    voice = HummingSynthesizer()
    clean = take("返品したい", voice, None)
    assert np.array_equal(clean, take("返品したい", voice, None))
    assert np.abs(clean).max() == pytest.approx(0.4 * 32767, rel=0.01)
    hiss = Noise(samples=(np.random.default_rng(1).standard_normal(16_000) * 900).astype(np.int16), snr_db=10.0)
    noisy = take("返品したい", voice, hiss)
    speech, noise = clean[5_000:16_000].astype(float), (noisy - clean)[5_000:16_000].astype(float)
    assert 10 * np.log10(np.mean(speech**2) / np.mean(noise**2)) == pytest.approx(10.0, abs=1.0)


def trial(verdict: Verdict, of: Article = BASE[0]) -> Trial:
    return Trial(asking=Asking(article=of, text="<返品>"), heard="ヘンピン", verdict=verdict, instead="points")


@pytest.mark.parametrize(
    ("verdicts", "mended", "strictly"),
    [
        ([trial(Verdict.RIGHT)], False, False),
        ([trial(Verdict.ASKED), trial(Verdict.NOT_UNDERSTOOD)], False, True),
        ([trial(Verdict.RIGHT), trial(Verdict.WRONG)], True, True),
        ([trial(Verdict.NOT_UNDERSTOOD)], True, True),  # the article is never reached
        ([trial(Verdict.ASKED, BASE[2])], True, True),  # danger is answered, not asked about
    ],
)
def test_what_must_be_mended(verdicts, mended, strictly):
    assert must_be_mended(verdicts, strict=False) is mended
    assert must_be_mended(verdicts, strict=True) is strictly


def test_the_report_counts_and_escapes():
    trials = (trial(Verdict.RIGHT), trial(Verdict.ASKED), trial(Verdict.WRONG), trial(Verdict.WRONG, BASE[1]))
    report = Report(trials=trials, wanted=9, model="embedded", conditions="no noise")
    plain = json.loads(json.dumps(report.plain()))
    assert (plain["done"], plain["wanted"], plain["right"], plain["wrong"]) == (4, 9, 1, 2)
    assert [row["verdict"] for row in plain["failing"]] == ["wrong", "wrong", "asked"]
    assert {row["id"]: row["right"] for row in plain["articles"]} == {"returns": 1, "points": 0}
    assert "&lt;返品&gt;" in report.html()
    assert "<返品>" not in report.html()


HEARD = Transcript(
    hypotheses=(Hypothesis(text="返品したい", reading="ヘンピンシタイ", confidence=0.9),), duration_ms=1_200
)


def test_what_was_heard_is_kept_for_the_same_conditions_only(tmp_path):
    KeptHearing(tmp_path, [b"a", b"b"]).keep("返品したい", HEARD)
    again = KeptHearing(tmp_path, [b"a", b"b"])
    assert again["返品したい"] == HEARD
    assert "返品したい" not in KeptHearing(tmp_path, [b"ab", b""])
    again.keep("あ", NOTHING_HEARD)
    assert KeptHearing(tmp_path, [b"a", b"b"])["あ"] == NOTHING_HEARD
    again.forget()
    assert "返品したい" not in KeptHearing(tmp_path, [b"a", b"b"])


def test_a_line_that_was_cut_short_is_heard_anew(tmp_path):
    kept = KeptHearing(tmp_path, [b"a"])
    kept.keep("一", HEARD)
    kept.keep("二", HEARD)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-20])
    again = KeptHearing(tmp_path, [b"a"])
    assert "一" in again
    assert "二" not in again
    again.keep("二", HEARD)
    assert "二" in KeptHearing(tmp_path, [b"a"])


def test_old_files_go(tmp_path):
    for number in range(KEPT_FILES + 3):
        KeptHearing(tmp_path, [str(number).encode()]).keep("一", HEARD)
    assert len(list(tmp_path.iterdir())) == KEPT_FILES


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    kept = KeptHearing(tmp_path / "file" / "verify", [b"a"])
    kept.keep("一", HEARD)
    kept.keep("二", HEARD)
    assert kept["二"] == HEARD
    assert len(caplog.records) == 1
