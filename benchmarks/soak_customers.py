"""Customers without end, who answer what they are asked: questions, commands, requests for a call, noise and silence."""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.spoken import noises
from benchmarks.takes import CLEAN, Condition, Stage
from intents.callback_form import Stage as Asked
from kb.sample import sample_articles
from voice.assistant import Assistant
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples

PIECE: Final = RECOGNITION_RATE_HZ // 20  # 50 ms, as from a microphone
QUESTIONS: Final = 40
ANSWERS: Final[dict[Asked, tuple[str, ...]]] = {
    Asked.CONSENT: ("はい", "はい、お願いします", "はい", "いいえ"),
    Asked.KNOWN: ("いいえ", "違います"),
    Asked.NAME: ("鈴木一郎です", "田中と申します", "さとうはなこです", "言いたくありません"),
    Asked.NAME_CHECK: ("はい", "はい、そうです", "いいえ"),
    Asked.PHONE: ("ゼロキューゼロ、イチニーサンヨン、ゴーロクナナハチ", "ゼロサン、イチゴーゴーゴー、ゼロイチニーサン"),
    Asked.PHONE_CHECK: ("はい", "はい、合っています"),
    Asked.WHEN: ("いつでも大丈夫です", "明日の午後でお願いします", "来週の月曜日の朝"),
    Asked.OFFER: ("最初のでお願いします", "一番目", "はい"),
    Asked.SUMMARY: ("はい", "はい、それでお願いします", "時間を変えたいです"),
    Asked.CHANGE: ("時間です", "電話番号です"),
    Asked.REMEMBER: ("いいえ",),
    Asked.LATER: ("いいえ",),
    Asked.FORGET: ("いいえ",),
}
YES_OR_NO: Final = ("はい", "いいえ", "次へ", "もう一度お願いします", "終わります")
OTHER: Final = (
    "もう一度言ってください", "もっとゆっくり話してください", "電話をください", "電話をください", "人と話したいです", "終わります",
    "ありがとうございました", "こんにちは", "昨日の野球の結果を教えてください", "宇宙の広さはどのくらいですか",
)  # fmt: skip
OTHERS_SHARE: Final = 0.45  # of what is said unasked
QUIET_SHARE, NOISE_SHARE = 0.25, 0.15  # of what comes between two utterances
ASKED_QUIET_S: Final = 12.0  # at most, while somebody thinks
FORMS: Final = 2  # each utterance: clean, and over noise


class House:
    """A live source: somebody in a house speaks whenever the one before has been answered."""

    def __init__(self, assistant: Assistant, shared: Path | None, kept: Path, *, seed: int) -> None:
        """Speak everything once beforehand, so that the customers themselves need no more memory later."""
        self._assistant = assistant
        self._rng = np.random.default_rng(seed)
        self._beds = list(noises(shared).items())
        self._questions = [article.variants[0] for article in sample_articles()][
            :: max(1, len(sample_articles()) // QUESTIONS)
        ]
        self._takes = self._spoken(Stage(shared, kept))
        self._running = np.zeros(0, np.int16)
        self.given_ms = self.speech_ms = self.utterances = 0
        self._until_ms = 0
        self._quiet_s = 0.0  # that is still to come
        self.quiet_s = 90.0  # at most, while nobody is there

    def begin_round(self, lasts_ms: int) -> None:
        """Let `chunks` end after so much audio."""
        self._until_ms = self.given_ms + lasts_ms

    def chunks(self) -> Generator[AudioChunk]:
        """Yield 16 kHz in pieces of 50 ms until the round is over."""
        while self.given_ms < self._until_ms:
            while len(self._running) < PIECE:
                self._running = np.concatenate([self._running, self._more()])
            piece, self._running = self._running[:PIECE], self._running[PIECE:]
            self.given_ms += 50
            yield AudioChunk(samples=piece, rate_hz=RECOGNITION_RATE_HZ)

    def forget(self) -> None:
        """The assistant has spoken: what was on its way is gone."""
        self._running, self._quiet_s = np.zeros(0, np.int16), 0.0

    def _more(self) -> Samples:
        """A second of quiet at a time: half an hour of it would be memory of the customers, not of the device."""
        if self._quiet_s > 0:
            piece_s = min(self._quiet_s, 1.0)
            self._quiet_s -= piece_s
            return self._tone(piece_s)
        return self._next()

    def _next(self) -> Samples:
        chance = self._rng.random()
        if chance < QUIET_SHARE:
            idle = self._assistant.patience is None or not self._assistant.patience.asks
            self._quiet_s = float(self._rng.uniform(1, self.quiet_s if idle else ASKED_QUIET_S))
            return np.zeros(0, np.int16)
        if chance < QUIET_SHARE + NOISE_SHARE:
            bed = self._beds[int(self._rng.integers(len(self._beds)))][1]
            return np.resize(bed, int(self._rng.uniform(1, 6) * RECOGNITION_RATE_HZ))
        take = self._takes[self._line()][int(self._rng.integers(FORMS))]
        self.utterances += 1
        self.speech_ms += len(take) * 1000 // RECOGNITION_RATE_HZ
        return np.concatenate([self._tone(0.6), take])

    def _line(self) -> str:
        stage = self._assistant.stage
        if stage in ANSWERS:
            return self._one(ANSWERS[stage])
        if self._assistant.asks_yes_or_no:
            return self._one(YES_OR_NO)
        return self._one(OTHER) if self._rng.random() < OTHERS_SHARE else self._one(self._questions)

    def _one(self, lines: Sequence[str]) -> str:
        return lines[int(self._rng.integers(len(lines)))]

    def _tone(self, seconds: float) -> Samples:
        wave = self._rng.standard_normal(int(seconds * RECOGNITION_RATE_HZ)) * 5.0
        return np.asarray(np.rint(wave), np.int16)

    def _spoken(self, stage: Stage) -> dict[str, tuple[Samples, Samples]]:
        noisy = Condition(name="soak 15 dB", noises=self._beds, snr_db=15.0)
        texts = {*self._questions, *YES_OR_NO, *OTHER, *(line for lines in ANSWERS.values() for line in lines)}
        return {text: (stage.take(text, CLEAN), stage.take(text, noisy)) for text in sorted(texts)}
