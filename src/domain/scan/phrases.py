"""Words that announce an answer, and changes of genes as reports write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from src.domain.scan.normal import Normal

SEEDS: Final = (
    "diagnos", "consistent with", "compatible with", "keeping with", "line with", "indicative of",
    "suggestive of", "characteristic of", "typical of", "typical for", "classic for",
    "pathognomonic", "case of", "known to have", "history of known", "turned out", "proved to be",
    "proven to be", "found to be", "shown to be", "characteristic for", "case report",
)  # fmt: skip
"""What an announcement holds; the pattern is tried only around these."""
CUES: Final = re.compile(
    r"""\b(?:
      (?:(?:the|a|our|this)\ )?(?:final|definitive|definite|ultimate|histological|histologic
        |histopathological|histopathologic|pathological|pathologic|clinical|molecular|genetic|main
        |primary|principal|discharge|established|correct|eventual)\ diagnos[ie]s
        (?:\ (?:of|was|is|were))?
      |(?:established|made|reached|rendered|confirm(?:s|ed|ing)?)\ (?:(?:the|a|our)\ )?(?:\w+\ )?
        diagnosis(?:\ of)?
      |diagnos[ie]s\ (?:of|was|is|were)
      |(?:(?:was|were|been|is|being|be|therefore|finally|subsequently|later)\ )?
        diagnosed\ (?:with|as)
      |(?:consistent|compatible|in\ keeping|in\ line)\ with
      |(?:indicative|suggestive|diagnostic|characteristic|typical|pathognomonic|classic)\ (?:of|for)
      |pathognomonic
      |(?:(?:a|the|this|our|another|an)\ )?
        (?:(?:known|rare|first|unusual|classic|typical)\ )?case\ of
      |known\ to\ have|history\ of\ known
      |(?:turned\ out|proved|proven|found|shown)\ to\ be
    )\b""",
    re.VERBOSE,
)
"""Announcements as they read in folded text."""
BEFORE: Final = 40
AFTER: Final = 60
CLAUSE_END: Final = re.compile(r"[;\n]|[.!?](?=\s|$)")
CLAUSE_REACH: Final = 140

CHANGE: Final = re.compile(
    r"(?<![\w])(?:[cgmn]\.\s?[-*]?\d+[\d_+\-*]*(?:[ACGT]+>[ACGT]+|(?:del|dup|ins|inv)[ACGT\d]*)+"
    r"|p\.\s?\(?[A-Z][a-z]{2}\d+(?:[A-Z][a-z]{2}|\*|=|fs(?:\*?\d+|Ter\d+)?|del|dup|Ter)[\w*]*\)?"
    r"|p\.\s?\(?[A-Z]\d+(?:[A-Z*]|fs\*?\d*)\)?"
    r"|[ACDEFGHIKLMNPQRSTVWY]\d{2,4}[ACDEFGHIKLMNPQRSTVWY])(?!\w)"
)
"""Changes of DNA and protein in the manner of HGVS, and short ones such as V600E."""


class Cue(NamedTuple):
    """An announcement: its place and where its clause ends."""

    start: int
    end: int
    clause_end: int


def cues(normal: Normal) -> Iterator[Cue]:
    """Yield the announcements of a text, each with the end of its clause."""
    for start, end in sorted(_cue_spans(normal.text)):
        first, last = normal.span(start, end)
        yield Cue(first, last, clause_end(normal.original, last))


def _cue_spans(folded: str) -> set[tuple[int, int]]:
    """Return the announcements in folded text; of two that overlap, the one further left."""
    found: set[tuple[int, int]] = set()
    for seed in SEEDS:
        at = folded.find(seed)
        while at >= 0:
            found |= {cue for cue in _cues_around(folded, at) if cue[0] <= at < cue[1]}
            at = folded.find(seed, at + 1)
    return found


def _cues_around(folded: str, at: int) -> Iterator[tuple[int, int]]:
    for cue in CUES.finditer(folded, max(0, at - BEFORE), at + AFTER):
        yield cue.span()


def changes(text: str) -> Iterator[Cue]:
    """Yield the gene changes of a text, each with the end of its clause."""
    for change in CHANGE.finditer(text):
        yield Cue(change.start(), change.end(), clause_end(text, change.end()))


def clause_end(text: str, start: int) -> int:
    """Return where the clause ends that goes on at a place, at most 140 characters further."""
    limit = min(len(text), start + CLAUSE_REACH)
    end = CLAUSE_END.search(text, start, limit)
    return end.start() if end else limit
