"""Which items explain why a mean score moved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel

ChangeKind = Literal["changed", "left", "joined"]


class Contribution(BaseModel, frozen=True, extra="forbid"):
    """What one item adds to the difference of two means."""

    item_id: str
    kind: ChangeKind
    amount: float


class Difference(BaseModel, frozen=True, extra="forbid"):
    """Two means, what lies between them, and the items that account for it."""

    before_mean: float | None
    """None when nothing was scored before."""
    after_mean: float | None
    delta: float | None
    """None when one side has no score: there is no difference to explain."""
    contributions: tuple[Contribution, ...] = ()
    """The largest first; their amounts add up to delta."""


def explain_difference(
    before: Mapping[str, float | None],
    after: Mapping[str, float | None],
    weights: Mapping[str, float] | None = None,
) -> Difference:
    """Split the difference of two mean scores into what each item contributes.

    An item counts as scored where it has a number. One scored on both sides contributes its own
    change; one that left or joined contributes how far it stood from the mean of those that
    stayed (from 0 when none stayed). Items that contribute nothing are not listed. `weights`,
    one above 0 for each item, make the means weighted ones.
    """
    was = {item: score for item, score in before.items() if score is not None}
    now = {item: score for item, score in after.items() if score is not None}
    weight = weights or dict.fromkeys({**was, **now}, 1.0)
    before_mean, after_mean = _mean(was, weight), _mean(now, weight)
    if before_mean is None or after_mean is None:
        return Difference(before_mean=before_mean, after_mean=after_mean, delta=None)

    contributions = [item for item in _contributions(was, now, weight) if item.amount != 0]
    contributions.sort(key=lambda item: (-abs(item.amount), item.item_id))
    return Difference(
        before_mean=before_mean,
        after_mean=after_mean,
        delta=after_mean - before_mean,
        contributions=tuple(contributions),
    )


def _contributions(
    was: Mapping[str, float], now: Mapping[str, float], weight: Mapping[str, float]
) -> list[Contribution]:
    stayed = was.keys() & now.keys()
    kept_before = _mean({item: was[item] for item in stayed}, weight) or 0.0
    kept_after = _mean({item: now[item] for item in stayed}, weight) or 0.0
    in_both, in_was, in_now = (
        math.fsum(weight[item] for item in side) for side in (stayed, was, now)
    )

    def contribution(item: str, kind: ChangeKind, distance: float, whole: float) -> Contribution:
        return Contribution(item_id=item, kind=kind, amount=weight[item] * distance / whole)

    return [
        *(contribution(item, "changed", now[item] - was[item], in_both) for item in stayed),
        *(
            contribution(item, "left", kept_before - was[item], in_was)
            for item in was.keys() - stayed
        ),
        *(
            contribution(item, "joined", now[item] - kept_after, in_now)
            for item in now.keys() - stayed
        ),
    ]


def _mean(scores: Mapping[str, float], weight: Mapping[str, float]) -> float | None:
    whole = math.fsum(weight[item] for item in scores)
    return math.fsum(weight[item] * scores[item] for item in scores) / whole if whole else None
