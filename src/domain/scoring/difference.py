"""Which items explain why a mean score moved."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
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
    before: Mapping[str, float | None], after: Mapping[str, float | None]
) -> Difference:
    """Split the difference of two mean scores into what each item contributes.

    An item counts as scored where it has a number. One scored on both sides contributes its own
    change; one that left or joined contributes how far it stood from the mean of those that
    stayed (from 0 when none stayed). Items that contribute nothing are not listed.
    """
    was = {item: score for item, score in before.items() if score is not None}
    now = {item: score for item, score in after.items() if score is not None}
    before_mean, after_mean = _mean(was.values()), _mean(now.values())
    if before_mean is None or after_mean is None:
        return Difference(before_mean=before_mean, after_mean=after_mean, delta=None)

    contributions = [item for item in _contributions(was, now) if item.amount != 0]
    contributions.sort(key=lambda item: (-abs(item.amount), item.item_id))
    return Difference(
        before_mean=before_mean,
        after_mean=after_mean,
        delta=after_mean - before_mean,
        contributions=tuple(contributions),
    )


def _contributions(was: Mapping[str, float], now: Mapping[str, float]) -> list[Contribution]:
    stayed = was.keys() & now.keys()
    stayed_before = _mean(was[item] for item in stayed) or 0.0
    stayed_after = _mean(now[item] for item in stayed) or 0.0
    return [
        *(
            Contribution(item_id=item, kind="changed", amount=(now[item] - was[item]) / len(stayed))
            for item in stayed
        ),
        *(
            Contribution(item_id=item, kind="left", amount=(stayed_before - was[item]) / len(was))
            for item in was.keys() - stayed
        ),
        *(
            Contribution(item_id=item, kind="joined", amount=(now[item] - stayed_after) / len(now))
            for item in now.keys() - stayed
        ),
    ]


def _mean(scores: Iterable[float]) -> float | None:
    values = list(scores)
    return math.fsum(values) / len(values) if values else None
