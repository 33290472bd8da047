"""Whose replies and grades scores rest on, in words: judges are never mixed without a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from src.domain.plurals import counted
from src.domain.prediction import ReplyKind
from src.domain.scoring.board import Row
from src.domain.scoring.judged import reply_kind
from src.domain.scoring.sheet import JudgedScores

NAMELESS = "a judge without a name"
ABOUT: Mapping[ReplyKind, str] = {
    "answer": "replies on whole answers",
    "candidates": "words on candidates",
}


def judge_name(judge: str) -> str:
    """Return a judge's name, or that the file of answers gave none."""
    return judge or NAMELESS


class WhoseGrades(BaseModel, frozen=True, extra="forbid"):
    """Whose grades strict scores go by."""

    judges: tuple[str, ...] = ()
    """All that gave a grade, '' for one that nobody named."""
    panel: tuple[str, ...] = ()
    """Those chosen; none: the newest grade of any counts."""

    @property
    def words(self) -> str:
        """Say it in one sentence; empty where no judge gave a grade."""
        if not self.judges:
            return ""
        counting = self.panel or self.judges
        if len(counting) == 1:
            return f"Grades that count: of {judge_name(counting[0])}."
        how = "what more than half of these say" if self.panel else "the newest of any of these"
        return f"Grades that count: {how}, {_listed(counting)}."

    @property
    def warnings(self) -> list[str]:
        """Say that judges may be mixed where several graded and none is chosen."""
        if self.panel or len(self.judges) < 2:
            return []
        return [
            f"Several judges gave grades, {_listed(self.judges)}, and the newest of any counts: "
            "one answer's score can rest on two of them, and where one failed another's grade "
            "stands. Choose by whose grades scores go before you compare: 'Scores go by the "
            "majority of' in 'Judge the answers', or judge --panel NAME."
        ]


def _listed(judges: Iterable[str]) -> str:
    *most, last = map(judge_name, judges)
    return f"{', '.join(most)} and {last}"


def judge_note(judged: JudgedScores, model: int, judge: str | None) -> str:
    """Return which judge's replies count of a model, on how many answers, and which do not."""
    replies = judged.replies[model]
    parts = []
    if judge is not None:
        parts.append(f"by {_replies(replies[judge], judge)}")
    others = [_replies(n, other) for other, n in replies.items() if other != judge]
    if others:
        parts.append(f"not counted: {', '.join(others)}")
    return "; ".join(parts)


def _replies(number: int, judge: str) -> str:
    return f"{counted(number, 'reply', 'replies')} of {judge_name(judge)}"


def different_judges(rows: Iterable[Row], names: Mapping[str, str]) -> list[str]:
    """Return a sentence for each track whose models are not scored by the same judge's replies.

    In: rows of any measures; the names models are shown by.
    """
    found: dict[tuple[str, ReplyKind], dict[str, str]] = {}
    for row in rows:
        kind = reply_kind(row.track, row.measure)
        if kind is not None and row.judge is not None:
            found.setdefault((row.track.value, kind), {})[row.model] = row.judge
    return [
        f"In {track}, {ABOUT[kind]} are not of the same judge: "
        + "; ".join(f"{names.get(m, m)} by {judge_name(judge)}" for m, judge in by_model.items())
        + ". Choose one judge before you compare these models."
        for (track, kind), by_model in found.items()
        if len(set(by_model.values())) > 1
    ]
