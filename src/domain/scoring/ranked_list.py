"""Ranked differential lists: reading them from an answer, hits and ranks.

Source of every rule: VLMEvalKit at commit e8e78f05, `vlmeval/dataset/mrarebench.py` (v2 T1).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from src.domain.scoring.text import normalize_answer, token_set_f1

LIST_LENGTH: Final = 10
RECALL_DEPTHS: Final = (1, 3, 5, 10)
HIT_THRESHOLD: Final = 0.6
MEAN_RANK: Final = "mr"
"""The one published measure that is no share: 1 to LIST_LENGTH, over lists with a hit."""

THOUGHT_TAG: Final = re.compile(r"<(/?)think>", re.IGNORECASE)
NUMBERED_LINE: Final = re.compile(r"^\s*(\d+)[.)]\s*(.+?)\s*$")
INLINE_NUMBER: Final = re.compile(r"(?:^|\s)\d{1,2}[.)]\s+")
LINE_OR_SEMICOLON: Final = re.compile(r"[\n;]+")


def parse_ranked_list(prediction: str, topk: int = LIST_LENGTH) -> list[str]:
    """Return the diagnoses an answer lists, first rank first, at most `topk`.

    Numbers are not read, only the order of appearance. Without numbered lines every line or
    semicolon part is an item, so a refusal is a diagnosis (defect D13) and 'nan' is one too
    (D10). Duplicates are dropped ignoring case. Never raises. Source: `parse_ranked_list`.
    """
    reasoned = "<think>" in prediction.lower()
    text = without_thoughts(prediction).strip()

    items = _numbered_lines(text)
    if reasoned and len(items) < 2:
        inline = _parts(INLINE_NUMBER, text, " -*\t\n")
        items = inline if len(inline) > len(items) else items
    if not items:
        items = _parts(LINE_OR_SEMICOLON, text, " -*\t")
    return _without_duplicates(items)[:topk]


def without_thoughts(text: str) -> str:
    """Return a text without what stands between <think> and the next </think>.

    In one pass: the lazy pattern that says the same takes the square of the length on a text of
    many openings.
    """
    kept: list[str] = []
    start, opened = 0, -1
    for tag in THOUGHT_TAG.finditer(text):
        closes = bool(tag.group(1))
        if opened < 0 and not closes:
            opened = tag.start()
        elif opened >= 0 and closes:
            kept.append(text[start:opened])
            start, opened = tag.end(), -1
    return "".join([*kept, text[start:]])


def _numbered_lines(text: str) -> list[str]:
    matches = (NUMBERED_LINE.match(line) for line in text.splitlines())
    return [match.group(2).strip() for match in matches if match]


def _parts(separator: re.Pattern[str], text: str, margin: str) -> list[str]:
    return [part.strip(margin) for part in separator.split(text) if part.strip()]


def _without_duplicates(items: Sequence[str]) -> list[str]:
    first: dict[str, str] = {}
    for item in items:
        if item:
            first.setdefault(item.lower(), item)
    return list(first.values())


def is_hit(candidate: str, gold_list: Sequence[str]) -> bool:
    """Say whether a candidate counts as one of the gold diagnoses in the reference.

    True when the normalised texts are equal, or either contains the other, or their token-set
    F1 is at least 0.6: 'syndrome' hits any syndrome (defect D12). Empty texts never hit.
    Source: `is_hit`.
    """
    normal = normalize_answer(candidate)
    if not normal:
        return False
    for gold in gold_list:
        normal_gold = normalize_answer(gold)
        if not normal_gold:
            continue
        if normal_gold in normal or normal in normal_gold:
            return True
        if token_set_f1(candidate, gold) >= HIT_THRESHOLD:
            return True
    return False


def first_hit_rank(ranked: Sequence[str], gold_list: Sequence[str]) -> int | None:
    """Return the rank, counted from 1, of the first hit; None when nothing hits.

    Source: `MRareBenchDiagnosis.evaluate`.
    """
    hits = (rank for rank, candidate in enumerate(ranked, 1) if is_hit(candidate, gold_list))
    return next(hits, None)


def recall_at(k: int, ranks: Sequence[int | None]) -> float:
    """Return the share, 0 to 1, of lists whose first hit stands at rank k or before.

    Without lists it is nan, as in the reference. Source: `MRareBenchDiagnosis.evaluate`.
    """
    return mean([1.0 if rank is not None and rank <= k else 0.0 for rank in ranks])


def mean_reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """Return the mean of 1/rank, 0 to 1, a list without a hit counting 0; nan without lists.

    Source: `MRareBenchDiagnosis.evaluate`.
    """
    return mean([0.0 if rank is None else 1.0 / rank for rank in ranks])


def mean_rank(ranks: Sequence[int | None]) -> float:
    """Return the mean rank of the first hit, over lists with a hit; lower is better.

    Without any hit it is 0.0, the best value there is (defect D13).
    Source: `MRareBenchDiagnosis.evaluate`.
    """
    found = [rank for rank in ranks if rank is not None]
    return float(np.mean(found)) if found else 0.0


def mean(values: Sequence[float]) -> float:
    """Return numpy's mean (its order of adding is part of the published digits), nan if empty."""
    return float(np.mean(values)) if values else math.nan
