"""What a verification came to, as JSON and as a page of HTML that needs nothing else."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from voice.checks.round_trip import Trial, Verdict

_TITLE: Final = "Koemado: the base spoken and heard"
_STYLE: Final = (
    "body{font-family:sans-serif;max-width:70em;margin:2em auto;padding:0 1em}table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid #ccc;padding:.3em .5em;text-align:left;vertical-align:top}"
    "tr.wrong td{background:#fde8e8}tr.not_understood td{background:#fff6dd}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The trials so far."""

    trials: tuple[Trial, ...]
    wanted: int  # how many were to be made
    model: str
    conditions: str  # how the customers spoke, in one line

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many trials came to what."""
        return _counted(self.trials)

    @property
    def failing(self) -> tuple[Trial, ...]:
        """What was not answered right, wrong answers first."""
        order = (Verdict.WRONG, Verdict.NOT_UNDERSTOOD, Verdict.ASKED)
        return tuple(trial for verdict in order for trial in self.trials if trial.verdict is verdict)

    @property
    def by_article(self) -> dict[str, tuple[Trial, ...]]:
        """The trials of each article."""
        found: dict[str, list[Trial]] = {}
        for trial in self.trials:
            found.setdefault(trial.asking.article.id, []).append(trial)
        return {article_id: tuple(trials) for article_id, trials in found.items()}

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return {
            "model": self.model,
            "conditions": self.conditions,
            "wanted": self.wanted,
            "done": len(self.trials),
            **{str(verdict): count for verdict, count in self.counts.items()},
            "articles": [
                {"id": article_id, "title": trials[0].asking.article.title, **_plain_counts(trials)}
                for article_id, trials in self.by_article.items()
            ],
            "failing": [
                {
                    "article": trial.asking.article.id,
                    "text": trial.asking.text,
                    "verdict": str(trial.verdict),
                    "heard": trial.heard,
                    "instead": trial.instead,
                }
                for trial in self.failing
            ],
        }

    def summary(self) -> str:
        """One line for people."""
        done = len(self.trials)
        shares = ", ".join(
            f"{count} {verdict.replace('_', ' ')} ({count / max(1, done):.1%})"
            for verdict, count in self.counts.items()
        )
        return f"{done} of {self.wanted} wordings: {shares}"

    def html(self) -> str:
        """The page."""
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_TITLE}</title><style>{_STYLE}</style>'
            f"</head><body><h1>{_TITLE}</h1><p>Model: {escape(self.model)}; {escape(self.conditions)}</p>"
            f"<p>{escape(self.summary())}</p><h2>Not answered right</h2>{self._failing_table()}"
            f"<h2>By article</h2>{self._article_table()}</body></html>\n"
        )

    def _failing_table(self) -> str:
        rows = (
            (t.verdict, (t.verdict.replace("_", " "), t.asking.article.id, t.asking.text, t.heard, t.instead))
            for t in self.failing
        )
        return _table(("", "article", "said", "heard", "instead"), rows)

    def _article_table(self) -> str:
        rows = [
            ("", (article_id, trials[0].asking.article.title, *map(str, _counted(trials).values())))
            for article_id, trials in sorted(self.by_article.items(), key=lambda item: _share_right(item[1]))
        ]
        return _table(("article", "title", *(verdict.replace("_", " ") for verdict in Verdict)), rows)


def _counted(trials: Sequence[Trial]) -> dict[Verdict, int]:
    found = Counter(trial.verdict for trial in trials)
    return {verdict: found[verdict] for verdict in Verdict}


def _plain_counts(trials: Sequence[Trial]) -> dict[str, int]:
    return {str(verdict): count for verdict, count in _counted(trials).items()}


def _share_right(trials: Sequence[Trial]) -> float:
    return _counted(trials)[Verdict.RIGHT] / len(trials)


def _table(names: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        f'<tr class="{escape(kind)}">' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        for kind, cells in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"
