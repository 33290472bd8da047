"""Text rules of the published scorers: normalisation, cells that hold lists, token overlap.

Source of every rule: VLMEvalKit at commit e8e78f05, `vlmeval/dataset/mmrarebench.py` (v1) and
`mrarebench.py` (v2). The defects of the rules (letters eaten as articles, hyphens joined) are
theirs and are kept, so that published numbers can be checked; the strict mode has none of them.
"""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from src.domain.errors import BadInputError

Cell: TypeAlias = object
"""What one cell of a benchmark file holds: text, a list, a number, None or NaN."""

ARTICLES: Final = frozenset({"a", "an", "the"})
ARTICLE: Final = re.compile(r"\b(a|an|the)\b")
FALLBACK_PREFIX: Final = 50
MISSING_TEXT: Final = "nan"


class NoGoldError(BadInputError, ValueError):
    """A prediction cannot be compared with an empty list of gold answers."""


def is_missing(cell: Cell) -> bool:
    """Say whether a cell is empty the way a table reader means it: None or NaN."""
    return cell is None or (isinstance(cell, float) and cell != cell)


def cell_text(cell: Cell) -> str:
    """Return the text of a cell as the reference sees it: a missing one becomes 'nan'."""
    return MISSING_TEXT if is_missing(cell) else str(cell)


def normalize_answer(answer: str) -> str:
    """Return the answer in lower case without ASCII punctuation and articles, single-spaced.

    In: any text. Out: text, possibly empty. Punctuation leaves no gap ('Erdheim-Chester' becomes
    one word) and a lone letter A is an article ('Hepatitis A' becomes 'hepatitis').
    Source: `normalize_answer`, the same in v1 and v2.
    """
    return " ".join(answer_tokens(answer))


def answer_tokens(answer: str) -> list[str]:
    """Return the words of the normalised answer, in order."""
    text = answer.lower()
    # 32 searches for one sign each are many times faster than looking at each character.
    for sign in string.punctuation:
        if sign in text:
            text = text.replace(sign, "")
    words = [word for word in text.split() if word not in ARTICLES]
    if "".join(words).isalnum():
        return words

    # A word can still hold a sign that is not ASCII, as in 'l’a': only then does the word
    # boundary of the published pattern fall inside a word.
    odd = [place for place, word in enumerate(words) if not word.isalnum()]
    for place in reversed(odd):
        words[place : place + 1] = ARTICLE.sub(" ", words[place]).split()
    return words


@lru_cache(maxsize=2048)
def _gold_counts(gold: str) -> tuple[dict[str, int], int]:
    tokens = answer_tokens(gold)
    return dict(Counter(tokens)), len(tokens)


def token_f1(gold_list: Sequence[str], predicted: str) -> float:
    """Return the best token F1, 0 to 1, of a prediction over the gold answers.

    Overlap counts repeated words as often as both sides have them. No overlap is 0.0, also when
    both sides normalise to nothing. An empty gold list raises NoGoldError (a ValueError, as in
    the reference). Source: v1 `compute_f1`.
    """
    if not gold_list:
        raise NoGoldError("There is no gold answer to compare with; give at least one.")
    tokens = answer_tokens(predicted)
    counts, length = Counter(tokens), len(tokens)
    return max(_overlap_f1(counts, length, *_gold_counts(gold)) for gold in gold_list)


def _overlap_f1(
    predicted: Mapping[str, int], predicted_length: int, gold: Mapping[str, int], gold_length: int
) -> float:
    fewer, more = (predicted, gold) if len(predicted) < len(gold) else (gold, predicted)
    overlap = 0
    for word, count in fewer.items():
        if word in more:
            overlap += min(count, more[word])
    if overlap == 0:
        return 0.0
    precision = overlap / predicted_length
    recall = overlap / gold_length
    return 2 * precision * recall / (precision + recall)


def forget_golds() -> None:
    """Empty the cache of normalised gold answers, so that a measurement starts cold."""
    _gold_counts.cache_clear()


def token_f1_of(rows: Iterable[tuple[Sequence[str], str]]) -> list[float]:
    """Return the token F1 of each (gold answers, prediction), in order."""
    return [token_f1(golds, predicted) for golds, predicted in rows]


def token_set_f1(a: str, b: str) -> float:
    """Return the F1, 0 to 1, of the two sets of normalised words; 0.0 when either is empty.

    Symmetric; repeated words count once. Source: v2 `token_set_f1`.
    """
    words_a, words_b = set(answer_tokens(a)), set(answer_tokens(b))
    shared = len(words_a & words_b)
    if shared == 0:
        return 0.0
    precision = shared / len(words_a)
    recall = shared / len(words_b)
    return 2 * precision * recall / (precision + recall)


def parse_json_list(val: Cell) -> list[object]:
    """Return the list a cell stands for.

    A list is itself; None, NaN and '' are empty; a JSON list is its elements as they are; any
    other JSON is one element, its Python text; anything else is split on semicolons, blanks
    dropped. Never raises on text. Source: `parse_json_list`, the same in v1 and v2.
    """
    if isinstance(val, list):
        return val
    if is_missing(val) or val == "":
        return []
    if not isinstance(val, str | bytes | bytearray):
        return _split_on_semicolons(str(val))
    try:
        parsed: object = json.loads(val)
    except (ValueError, RecursionError):
        return _split_on_semicolons(str(val))
    return parsed if isinstance(parsed, list) else [str(parsed)]


def _split_on_semicolons(text: str) -> list[object]:
    return [part.strip() for part in text.split(";") if part.strip()]


def gold_list(answer: Cell, aliases: Cell = None) -> list[str]:
    """Return the gold answers of a v1 diagnosis item: the answer, then its non-blank aliases.

    `aliases` is the cell `answer_aliases`. A missing answer becomes the text 'nan' (defect D10).
    Source: v1 `MMRarebenchDiagnosis.evaluate`.
    """
    others = (str(alias) for alias in parse_json_list(aliases))
    return [cell_text(answer), *(alias for alias in others if alias.strip())]


def stripped_gold_list(answer: Cell, aliases: Cell = None) -> list[str]:
    """Return the gold answers of a v2 diagnosis item: as in v1, but stripped, blanks dropped.

    Source: v2 `MRareBenchDiagnosis.evaluate`.
    """
    stripped = (gold.strip() for gold in gold_list(answer, aliases))
    return [gold for gold in stripped if gold]


def substring_match(answer: str, prediction: str) -> bool:
    """Say whether the answer's first 50 characters occur in the prediction, ignoring case.

    An empty answer occurs everywhere (defect D10). The reference falls back to this for
    treatment, crossmodal and examination when no judge is given.
    Source: v1 `MMRarebenchOpenEndedBase._fallback_evaluate`.
    """
    return answer.lower()[:FALLBACK_PREFIX] in prediction.lower()
