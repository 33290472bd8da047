"""Several judges on one criterion: what the panel says, computed when it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median


def panel_value(judges: Sequence[str], values: Mapping[str, float]) -> float | None:
    """Return what more than half of the panel gave; None while it is divided or not complete.

    On a scale without such a value it is the median, where all judges of an odd panel graded.
    A judge that gave no grade agrees with nobody.
    """
    given = [values[judge] for judge in dict.fromkeys(judges) if judge in values]
    if not given:
        return None
    value, votes = Counter(given).most_common(1)[0]
    size = len(dict.fromkeys(judges))
    if 2 * votes > size:
        return value
    is_whole = len(given) == size and size % 2 == 1
    return float(median(given)) if is_whole else None
