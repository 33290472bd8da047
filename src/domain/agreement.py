"""How far independent readings agree: percent agreement and Krippendorff's alpha."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel

Level = Literal["nominal", "ordinal", "interval", "ratio"]


class Coefficient(BaseModel, frozen=True, extra="forbid"):
    """One number on agreement; undefined is None with a note that says why."""

    name: str
    value: float | None
    units: int
    raters: int
    note: str = ""


def percent_agreement(units: Sequence[Sequence[Hashable]]) -> Coefficient:
    """Return the mean share of agreeing pairs of readings per unit, from 0 to 1.

    `units` holds the readings of each unit; units with fewer than two are left out. Each unit
    weighs the same (Fleiss 1971, Psychological Bulletin 76(5), 378-382).
    """
    shares = []
    for readings in units:
        n = len(readings)
        if n < 2:
            continue
        counts = Counter(readings)
        shares.append(sum(c * (c - 1) for c in counts.values()) / (n * (n - 1)))
    value = float(np.mean(shares)) if shares else None
    note = "" if shares else "undefined: no unit has two readings"
    return Coefficient(
        name="percent_agreement", value=value, units=len(shares), raters=_raters(units), note=note
    )


def krippendorff_alpha(
    units: Sequence[Sequence[Hashable]], level: Level = "nominal"
) -> Coefficient:
    """Return Krippendorff's alpha, at most 1; None where it is undefined.

    `units` holds the readings of each unit, missing ones left out; for levels other than
    nominal the readings are numbers. Krippendorff (2011), Computing Krippendorff's
    Alpha-Reliability. Undefined when no unit has two readings, or all readings are the same.
    """
    pairable = [list(readings) for readings in units if len(readings) >= 2]
    result = Coefficient(
        name="krippendorff_alpha", value=None, units=len(pairable), raters=_raters(units)
    )
    if not pairable:
        return result.model_copy(update={"note": "undefined: no unit has two readings"})
    values = sorted({value for readings in pairable for value in readings}, key=_order(level))
    if len(values) < 2:
        note = "undefined, all identical (agreement 1.00)"
        return result.model_copy(update={"note": note})

    coincidences = _coincidences(pairable, values)
    distances = _distances(values, coincidences.sum(axis=0), level)
    totals = coincidences.sum(axis=0)
    observed = float((coincidences * distances).sum())
    expected = float((np.outer(totals, totals) * distances).sum()) / (float(totals.sum()) - 1)
    return result.model_copy(update={"value": 1.0 - observed / expected})


def _raters(units: Sequence[Sequence[Hashable]]) -> int:
    return max((len(readings) for readings in units), default=0)


def _order(level: Level) -> Callable[[Hashable], tuple[float, str]]:
    if level == "nominal":
        return lambda value: (0.0, repr(value))
    return lambda value: (float(str(value)), "")


def _coincidences(
    units: Sequence[Sequence[Hashable]], values: Sequence[Hashable]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the matrix of value pairs within units, each unit weighing 1 / (readings - 1)."""
    index: Mapping[Hashable, int] = {value: position for position, value in enumerate(values)}
    matrix = np.zeros((len(values), len(values)))
    for readings in units:
        counts = np.bincount([index[value] for value in readings], minlength=len(values))
        pairs = np.outer(counts, counts) - np.diag(counts)
        matrix += pairs / (len(readings) - 1)
    return matrix


def _distances(
    values: Sequence[Hashable],
    totals: np.ndarray[tuple[int], np.dtype[np.float64]],
    level: Level,
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the squared distance of each pair of values for a level of measurement."""
    size = len(values)
    if level == "nominal":
        return np.ones((size, size)) - np.eye(size)
    if level == "ordinal":
        below = np.cumsum(totals) - totals / 2
        return np.asarray((below[:, None] - below[None, :]) ** 2)
    numbers = np.array([float(str(value)) for value in values])
    gaps = numbers[:, None] - numbers[None, :]
    if level == "interval":
        return np.asarray(gaps**2)
    sums = numbers[:, None] + numbers[None, :]
    return np.asarray((gaps / np.where(sums == 0, 1, sums)) ** 2)
