"""Whose replies a published row rests on, in words: two judges are never mixed without a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
