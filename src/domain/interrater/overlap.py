"""How far two readers' marks, sets and texts are the same: boxes, spans, sets, edited text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from statistics import fmean
from typing import TypeVar

from pydantic import BaseModel
from rapidfuzz.distance import Levenshtein

from src.domain.evidence import ImageBox, TextSpan
from src.domain.interrater.assignment import best_pairs
from src.domain.interrater.weights import jaccard_distance
from src.domain.scoring.text import token_f1

SAME_BOX = 0.5
Given = TypeVar("Given")


class BoxMatch(BaseModel, frozen=True, extra="forbid"):
    """How two readers' boxes meet."""

    f1: float
    """2 x pairs / all boxes, 0 to 1; 1 when neither reader drew any."""
    mean_iou: float | None
    """Over the pairs, 0.5 to 1; None without a pair."""
    pairs: tuple[tuple[int, int], ...]
    """Places in the first and in the second reader's boxes."""


def iou(first: ImageBox, second: ImageBox) -> float:
    """Return the area two boxes share over the area they cover, 0 to 1; 0 on different images.

    Everingham et al. (2010), International Journal of Computer Vision 88(2), 303-338.
    """
    if first.sha256 != second.sha256:
        return 0.0
    across = _shared(first.x, first.width, second.x, second.width)
    down = _shared(first.y, first.height, second.y, second.height)
    both = across * down
    return both / (first.width * first.height + second.width * second.height - both)


def match_boxes(
    first: Sequence[ImageBox], second: Sequence[ImageBox], at_least: float = SAME_BOX
) -> BoxMatch:
    """Pair two readers' boxes: as many pairs of at least this IoU as can be, then the best.

    Boxes below the threshold are never paired, whatever the total. F1 as Everingham et al.
    (2010), with an optimal pairing (see `assignment`) instead of a greedy one.
    """
    if not first and not second:
        return BoxMatch(f1=1.0, mean_iou=None, pairs=())
    found = [[iou(one, other) for other in second] for one in first]
    more = float(len(first) + len(second))  # So much that one more pair beats any overlap.
    gains = [[more + value if value >= at_least else 0.0 for value in row] for row in found]
    pairs = [(a, b) for a, b in best_pairs(gains) if found[a][b] >= at_least]
    return BoxMatch(
        f1=2 * len(pairs) / (len(first) + len(second)),
        mean_iou=fmean(found[a][b] for a, b in pairs) if pairs else None,
        pairs=tuple(pairs),
    )


def span_f1(first: Iterable[TextSpan], second: Iterable[TextSpan]) -> float:
    """Return the F1, 0 to 1, of the characters two readers marked; 1 when neither marked any.

    A character counts once however often it is marked; the same place in another field is
    another character. Hripcsak and Rothschild (2005), Journal of the American Medical
    Informatics Association 12(3), 296-298: where there are no negatives to count, F1 is what
    kappa tends to.
    """
    a, b = _marked(first), _marked(second)
    size = sum(map(len, a.values())) + sum(map(len, b.values()))
    both = sum(len(places & b[field]) for field, places in a.items() if field in b)
    return 2 * both / size if size else 1.0


def set_overlap(first: Iterable[str], second: Iterable[str]) -> float:
    """Return the Jaccard similarity of two sets, 0 to 1; two empty sets are equal."""
    return 1 - jaccard_distance(frozenset(first), frozenset(second))


def text_similarity(first: str, second: str) -> float:
    """Return 1 - edits / longer length of two texts, 0 to 1; two empty texts are equal.

    Levenshtein (1966), Soviet Physics Doklady 10(8), 707-710, in code points, as rapidfuzz
    computes it.
    """
    return float(Levenshtein.normalized_similarity(first, second))


def shared_words(first: str, second: str) -> float:
    """Return the token F1 of two texts, 0 to 1, as the benchmark scores answers; symmetric."""
    return token_f1([first], second)


def over_pairs(
    readings: Sequence[Given], measure: Callable[[Given, Given], float | None]
) -> float | None:
    """Return the mean of a measure over all pairs of readers; None where no pair has one."""
    found = [measure(a, b) for a, b in combinations(readings, 2)]
    values = [value for value in found if value is not None]
    return fmean(values) if values else None


def _shared(start: int, length: int, other_start: int, other_length: int) -> int:
    return max(0, min(start + length, other_start + other_length) - max(start, other_start))


def _marked(spans: Iterable[TextSpan]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for span in spans:
        found[span.field].update(range(span.start, span.end))
    return found
