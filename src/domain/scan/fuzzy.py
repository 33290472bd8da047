"""Names written nearly right, and why a near name can still be another disease."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from src.domain.scan.variants import Words

CUTOFF: Final = 87.0
"""Of 100: one wrong letter in eight passes, two do not."""
ROUGH: Final = 84.0
"""What the first, letter by letter pass must reach before words are compared."""
SHORTEST: Final = 8
"""Letters a name needs; shorter names are like too many words."""
MOST: Final = 12
"""Near names looked for in one field for one name."""
SHORT_WORD: Final = 4
"""Letters of a word in which a slip is forgiven only among two other words that are right."""
INSIDE: Final = 4
"""Letters of an opposite that is also looked for inside words, as in pseudohypoparathyroidism."""
BLANK: Final = "\x00"

DESIGNATOR: Final = re.compile(r"\w*\d\w*|[ivx]{1,5}[a-h]?|[a-z]")
UNSPOKEN: Final = frozenset({"the", "of", "a", "an", "and", "in", "with", "to"})
OPPOSITES: Final = (
    frozenset({"hyper", "hypo"}), frozenset({"macro", "micro"}), frozenset({"poly", "oligo"}),
    frozenset({"endo", "exo"}), frozenset({"alpha", "beta", "gamma", "delta", "epsilon"}),
    frozenset({"acute", "chronic"}), frozenset({"proximal", "distal"}),
    frozenset({"dominant", "recessive"}), frozenset({"primary", "secondary"}),
    frozenset({"left", "right"}), frozenset({"male", "female"}), frozenset({"inter", "intra"}),
    frozenset({"brachy", "tachy"}), frozenset({"pre", "post"}), frozenset({"benign", "malignant"}),
    frozenset({"early", "late"}), frozenset({"juvenile", "infantile", "adult", "neonatal"}),
    frozenset({"uni", "multi", "bi"}), frozenset({"anterior", "posterior"}),
    frozenset({"systemic", "localized"}), frozenset({"maternal", "paternal"}),
    frozenset({"complete", "incomplete", "partial"}),
)  # fmt: skip
PREFIXES: Final = (
    "pseudo", "non", "anti", "hyper", "hypo", "macro", "micro", "poly", "oligo", "endo", "exo",
    "para", "peri", "inter", "intra", "alpha", "beta", "gamma", "neuro", "pan", "brachy", "tachy",
    "a", "an", "dys", "uni", "multi", "in", "im", "un",
)  # fmt: skip
SUFFIXES: Final = (
    "emia", "uria", "tasia", "penia", "cytosis", "oma", "itis", "osis", "pathy", "plasia",
    "trophy", "trophia", "megaly", "lysis", "algia", "ectomy", "ism", "blastoma", "sarcoma",
    "carcinoma", "adenoma", "cyte", "cytic", "blastic", "genic", "genesis", "otic", "itic", "oid",
    "gen", "ase", "ose", "ine", "ol",
)  # fmt: skip
"""Endings that carry the meaning: two words that differ in them are two words."""


def near_names(
    words: Words,
    name: str,
    taken: Sequence[tuple[int, int]] = (),
    is_word: Callable[[str], bool] = lambda _: False,
) -> Iterator[tuple[int, int, float]]:
    """Yield first word, last word (exclusive) and likeness (0 to 1) of what is nearly a name.

    `taken` are places (in words) where something surer has been found already; `is_word` knows
    the words of all names, which are no slips of one another.
    """
    if sum(map(str.isalnum, name)) < SHORTEST:
        return
    text = words.text
    for first, last in taken:
        text = _blanked(text, words, first, last)
    for _ in range(MOST):
        rough = fuzz.partial_ratio_alignment(name, text, score_cutoff=ROUGH)
        if rough is None or rough.dest_end <= rough.dest_start:
            return
        first = words.word_at(rough.dest_start + (text[rough.dest_start] == " "))
        last = words.word_at(max(rough.dest_start, rough.dest_end - 1)) + 1
        best, score = _best_window(words, text, name, first, last)
        text = _blanked(text, words, first, last)
        if score >= CUTOFF and _is_near(name.split(), words, slice(*best), is_word):
            yield *best, score / 100
            text = _blanked(text, words, *best)


def _is_near(
    name: Sequence[str], words: Words, place: slice, is_word: Callable[[str], bool]
) -> bool:
    """Say whether words are a name with slips, in one spelling or, as 'syndroem', as written."""
    found = words.tokens[place]
    others = (word for word in found if len(word) > SHORT_WORD and word not in name)
    if len(found) == len(name) and any(map(is_word, others)):
        return False
    return is_same_disease(name, found) or is_same_disease(name, words.folded[place])


def _blanked(text: str, words: Words, first: int, last: int) -> str:
    start, end = words.starts[first], words.starts[last - 1] + len(words.tokens[last - 1])
    return f"{text[:start]}{BLANK * (end - start)}{text[end:]}"


def _best_window(
    words: Words, text: str, name: str, first: int, last: int
) -> tuple[tuple[int, int], float]:
    """Return the words around a rough place that are most like a name, and how alike."""
    best, best_score = (first, last), 0.0
    for begin in range(max(0, first - 1), min(first + 2, last)):
        for end in range(max(begin + 1, last - 1), min(len(words.tokens), last + 1) + 1):
            start = words.starts[begin]
            found = text[start : words.starts[end - 1] + len(words.tokens[end - 1])]
            if BLANK in found:
                continue
            score = likeness(name, found)
            if score > best_score:
                best, best_score = (begin, end), score
    return best, best_score


def likeness(name: str, found: str) -> float:
    """Return how alike two spelt names are, from 0 to 100; gaps between words count little."""
    plain = fuzz.ratio(name, found, score_cutoff=CUTOFF)
    run_together = fuzz.ratio(name.replace(" ", ""), found.replace(" ", ""), score_cutoff=95)
    return max(plain, run_together - 1)


def is_same_disease(name: Sequence[str], found: Sequence[str]) -> bool:
    """Say whether two near names can be one disease.

    They cannot where they differ in a number, type, stage or letter, in a negating or opposite
    prefix, in an ending that carries the meaning, or in a whole word.
    """
    name = [word for word in name if word not in UNSPOKEN]
    found = [word for word in found if word not in UNSPOKEN]
    if _designators(name) != _designators(found):
        return False
    if len(name) != len(found):
        one, other = "".join(name), "".join(found)
        return _same_word(one, other)
    differing = [pair for pair in zip(name, found, strict=True) if pair[0] != pair[1]]
    if len(differing) == 1 and len(name) > 2 and max(map(len, differing[0])) == SHORT_WORD:
        return OSA.distance(*differing[0]) == 1
    return all(_same_word(one, other) for one, other in differing)


def _designators(words: Sequence[str]) -> list[str]:
    return sorted(word for word in words if DESIGNATOR.fullmatch(word))


def _same_word(one: str, other: str) -> bool:
    if one == other:
        return True
    if any(_says_opposite(one, other, group) for group in OPPOSITES):
        return False
    if _prefix_differs(one, other) or _prefix_differs(other, one):
        return False
    ends = {next((s for s in SUFFIXES if word.endswith(s)), "") for word in (one, other)}
    if len(ends) == 2 and "" not in ends:
        return False
    return OSA.distance(one, other) <= _slips(max(len(one), len(other)))


def _says_opposite(one: str, other: str, group: frozenset[str]) -> bool:
    """Say whether two words are, or hold, different words of a group: hypo and hyper."""
    if one in group and other in group:
        return True
    inside = [
        {word for word in group if len(word) >= INSIDE and word in text} for text in (one, other)
    ]
    return all(inside) and inside[0] != inside[1]


def _slips(letters: int) -> int:
    """Return how many letters may be wrong, missing or swapped in a word of so many letters."""
    if letters <= SHORT_WORD:
        return 0
    return 1 if letters < 10 else 2


def _prefix_differs(one: str, other: str) -> bool:
    """Say whether one word is the other with a prefix more, or with an opposite prefix."""
    for prefix in PREFIXES:
        if not one.startswith(prefix):
            continue
        rest = one[len(prefix) :]
        is_rest = rest == other or (len(prefix) > 2 and fuzz.ratio(rest, other) >= 93)
        if len(rest) >= 4 and is_rest:
            return True
        for group in OPPOSITES:
            if prefix in group and any(
                other.startswith(opposite) and opposite != prefix for opposite in group
            ):
                return True
    return False
