"""How close an answer's sentences are to the gold evidence, by TF-IDF, without a judge.

Source of every rule: VLMEvalKit at commit e8e78f05, `vlmeval/dataset/mrarebench.py` (v2 T2),
`_det_open_metrics` with its TF-IDF fallback, which is scikit-learn's TfidfVectorizer
(stop_words='english', ngram_range=(1, 2)) and cosine similarity. Sums are added in another order
than scikit-learn's, so values agree to about 1e-15, not to the last bit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from src.domain.scoring.image_attribution import point_image
from src.domain.scoring.ranked_list import mean

Matrix: TypeAlias = NDArray[np.float64]
Similarity: TypeAlias = Callable[[Sequence[str], Sequence[str]], Matrix]

THRESHOLDS: Final = (0.3, 0.35, 0.4, 0.5, 0.6)
HEADLINE_THRESHOLD: Final = 0.5
SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+|\n+")
LIST_MARK: Final = re.compile(r"^[\s\-\*#>•\d\.\)]+")
WORD: Final = re.compile(r"\b\w\w+\b")
SHORTEST_SENTENCE: Final = 3

STOP_WORD_LIST: Final = """
a about above across after afterwards again against all almost alone along already also although
always am among amongst amoungst amount an and another any anyhow anyone anything anyway
anywhere are around as at back be became because become becomes becoming been before beforehand
behind being below beside besides between beyond bill both bottom but by call can cannot cant co
con could couldnt cry de describe detail do done down due during each eg eight either eleven
else elsewhere empty enough etc even ever every everyone everything everywhere except few
fifteen fifty fill find fire first five for former formerly forty found four from front full
further get give go had has hasnt have he hence her here hereafter hereby herein hereupon hers
herself him himself his how however hundred i ie if in inc indeed interest into is it its itself
keep last latter latterly least less ltd made many may me meanwhile might mill mine more
moreover most mostly move much must my myself name namely neither never nevertheless next nine
no nobody none noone nor not nothing now nowhere of off often on once one only onto or other
others otherwise our ours ourselves out over own part per perhaps please put rather re same see
seem seemed seeming seems serious several she should show side since sincere six sixty so some
somehow someone something sometime sometimes somewhere still such system take ten than that the
their them themselves then thence there thereafter thereby therefore therein thereupon these
they thick thin third this those though three through throughout thru thus to together too top
toward towards twelve twenty two un under until up upon us very via was we well were what
whatever when whence whenever where whereafter whereas whereby wherein whereupon wherever
whether which while whither who whoever whole whom whose why will with within without would yet
you your yours yourself yourselves
"""
STOP_WORDS: Final = frozenset(STOP_WORD_LIST.split())
"""The 318 words of the University of Glasgow's information retrieval group, as published."""


def tfidf_similarity(rows: Sequence[str], columns: Sequence[str]) -> Matrix:
    """Return the cosine similarity, 0 to 1, of every row text with every column text.

    Words and pairs of neighbouring words count, weighted by how few of all the texts hold them.
    A text of stop words only is like nothing (the reference raises when all are).
    """
    terms = [_terms(text) for text in (*rows, *columns)]
    index = {term: position for position, term in enumerate(sorted(set().union(*terms)))}
    counts = np.zeros((len(terms), len(index)))
    for line, found in enumerate(terms):
        for term, count in found.items():
            counts[line, index[term]] = count
    documents = (counts > 0).sum(axis=0)
    weighted = counts * (np.log((1 + len(terms)) / (1 + documents)) + 1)
    lengths = np.linalg.norm(weighted, axis=1, keepdims=True)
    unit = weighted / np.where(lengths == 0, 1.0, lengths)
    similarity: Matrix = unit[: len(rows)] @ unit[len(rows) :].T
    return similarity


@lru_cache(maxsize=4096)
def _terms(text: str) -> Mapping[str, int]:
    """Count a text's words and pairs; kept, because each text is compared several times."""
    words = [word for word in WORD.findall(text.lower()) if word not in STOP_WORDS]
    pairs = (f"{first} {second}" for first, second in pairwise(words))
    return Counter([*words, *pairs])


def sentences(text: str) -> list[str]:
    """Return the sentences and lines of a text, list marks removed, of at least 3 characters.

    Source: `_split_sentences`.
    """
    parts = (LIST_MARK.sub("", part).strip() for part in SENTENCE_END.split(text))
    return [part for part in parts if len(part) >= SHORTEST_SENTENCE]


def evidence_text_metrics_tfidf(
    answer: str,
    required: Sequence[str],
    optional: Sequence[str],
    rationale: str,
    similarity: Similarity = tfidf_similarity,
    backend: str = "tfidf",
) -> dict[str, object]:
    """Return how well an answer's sentences cover the evidence points and are grounded in gold.

    Each similarity is a point's (or sentence's) best, 0 to 1; recall@t is the share that reaches
    t. What is undefined, without points or sentences, is left out, its mean None.
    Source: `_det_open_metrics`.
    """
    told = sentences(answer)
    required_best = _best(required, told, similarity)
    optional_best = _best(optional, told, similarity)
    gold = [*required, *optional, *sentences(rationale)]

    metrics: dict[str, object] = {
        "det_backend": backend,
        "det_n_sentences": len(told),
        "det_required_maxsims": required_best,
        "det_optional_maxsims": optional_best,
        "det_required_meanmaxsim": mean(required_best) if required_best else None,
        "det_optional_meanmaxsim": mean(optional_best) if optional_best else None,
    }
    metrics |= _reaching("det_required_recall", required_best)
    metrics |= _reaching("det_optional_recall", optional_best)
    metrics |= _groundedness(_best(told, gold, similarity))
    return metrics | _image_grounding(required, told, similarity)


def _best(points: Sequence[str], others: Sequence[str], similarity: Similarity) -> list[float]:
    if not points or not others:
        return []
    return [float(value) for value in similarity(points, others).max(axis=1)]


def _reaching(name: str, values: Sequence[float]) -> dict[str, object]:
    if not values:
        return {}
    return {
        f"{name}@{threshold}": mean([float(value >= threshold) for value in values])
        for threshold in THRESHOLDS
    }


def _groundedness(best: list[float]) -> dict[str, object]:
    if not best:
        return {}
    metrics: dict[str, object] = {
        "det_sent_groundedness": best,
        "det_mean_sent_groundedness": mean(best),
    }
    return metrics | _reaching("det_grounded_ratio", best)


def _image_grounding(
    required: Sequence[str], told: Sequence[str], similarity: Similarity
) -> dict[str, object]:
    """Match each point tied to an image with the sentences that name the same image only."""
    best: list[float] = []
    for point in required:
        image = point_image(point)
        if image is not None:
            naming = re.compile(rf"\bimage\s*{image}\b", re.IGNORECASE)
            candidates = [sentence for sentence in told if naming.search(sentence)]
            best += _best([point], candidates, similarity) or [0.0]
    metrics: dict[str, object] = {"det_image_grounded_maxsims": best}
    if best:
        metrics["det_image_grounded_meanmaxsim"] = mean(best)
    return metrics | _reaching("det_image_grounded_recall", best)
