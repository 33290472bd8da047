"""How claims and criteria come from a benchmark's columns, and how their ids live on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import BaseModel
from rapidfuzz.distance import Levenshtein

from src.domain.evidence import EvidenceLink, WholeImage
from src.domain.item import Claim, Criterion, Track

SAME_THING = 0.8
"""Two texts at least this similar are one claim or criterion, reworded."""

_BULLET = re.compile(r"^\s*(?:[-*•‣–]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|cf|Dr|Prof|Fig|Figs|No|approx|ca|et al|b\.i\.d|t\.i\.d|q\.d|St|resp)\.)$"
)


class Point(BaseModel, frozen=True, extra="forbid"):
    """A statement of a benchmark column, with the images it names (1-based positions)."""

    text: str
    kind: str = "statement"
    images: tuple[int, ...] = ()
    required: bool = True


def split_statements(text: str) -> list[str]:
    """Split an answer into its list entries and sentences, each exactly as written.

    A line that starts with a bullet or a number is an entry of its own; common
    abbreviations do not end a sentence. Fragments of fewer than 3 characters are left out.
    """
    statements: list[str] = []
    for line in text.splitlines():
        statements.extend(_sentences(_BULLET.sub("", line).strip()))
    return [statement for statement in statements if len(statement) >= 3]


def _sentences(line: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    for end in _SENTENCE_END.finditer(line):
        if _ABBREVIATION.search(line[start : end.start()]):
            continue
        pieces.append(line[start : end.end()].strip())
        start = end.end()
    pieces.append(line[start:].strip())
    return [piece for piece in pieces if piece]


def derive_points(
    track: Track, answer: str, mainline: Sequence[Point] = (), relation_type: str = ""
) -> list[Point]:
    """Return the claims a benchmark row rests on, by the rules of its track.

    Diagnosis and differential: the answer. Treatment and examination: one for each sentence
    or list entry of the answer. Crossmodal: one for each entry of the golden mainline, and the
    relation type. Evidence: one for each acceptable point, and the final diagnosis.
    """
    if track in (Track.TREATMENT, Track.EXAMINATION):
        return [Point(text=text) for text in split_statements(answer)]
    final = [Point(text=answer.strip(), kind="answer")] if answer.strip() else []
    if track in (Track.DIAGNOSIS, Track.DIFFERENTIAL):
        return final
    if track is Track.EVIDENCE:
        return [*mainline, *(p.model_copy(update={"kind": "final_diagnosis"}) for p in final)]
    relation = relation_type.strip()
    text = f"The images {relation} each other." if relation else ""
    return [*mainline, *([Point(text=text, kind="relation")] if text else [])]


def make_claims(points: Sequence[Point], image_hashes: Sequence[str]) -> tuple[Claim, ...]:
    """Return numbered claims; images the benchmark names become its own links.

    `image_hashes` holds the sha256 of the images in order; a position outside is ignored.
    """
    claims = []
    for number, point in enumerate((p for p in points if p.text.strip()), start=1):
        links: list[EvidenceLink] = [
            WholeImage(sha256=image_hashes[position - 1])
            for position in point.images
            if 1 <= position <= len(image_hashes)
        ]
        claims.append(
            Claim(claim_id=f"c{number}", text=point.text, kind=point.kind, links=tuple(links))
        )
    return tuple(claims)


def make_criteria(
    groups: Sequence[tuple[str, Sequence[str], float, bool]],
) -> tuple[Criterion, ...]:
    """Return numbered criteria from groups of (key, texts, points, required)."""
    criteria: list[Criterion] = []
    for key, texts, points, required in groups:
        for position, text in enumerate((t for t in texts if t.strip()), start=1):
            criteria.append(
                Criterion(
                    criterion_id=f"k{len(criteria) + 1}",
                    key=f"{key}-{position}",
                    text=text,
                    points=points,
                    required=required,
                )
            )
    return tuple(criteria)


def carry_claim_ids(
    old: Sequence[Claim], new: Sequence[Claim], ever_used: int = 0
) -> tuple[Claim, ...]:
    """Give the claims of a new item version the ids of the claims they continue.

    `ever_used` is the highest number any claim of the item ever had: a new claim gets a higher.
    """
    known = [(c.claim_id, c.text) for c in old]
    ids = _continued_ids(known, [c.text for c in new], "c", ever_used)
    return tuple(
        c.model_copy(update={"claim_id": claim_id}) for c, claim_id in zip(new, ids, strict=True)
    )


def carry_criterion_ids(
    old: Sequence[Criterion], new: Sequence[Criterion], ever_used: int = 0
) -> tuple[Criterion, ...]:
    """Give the criteria of a new item version the ids of the criteria they continue."""
    known = [(c.criterion_id, c.text) for c in old]
    ids = _continued_ids(known, [c.text for c in new], "k", ever_used)
    return tuple(
        c.model_copy(update={"criterion_id": criterion_id})
        for c, criterion_id in zip(new, ids, strict=True)
    )


def _continued_ids(
    old: list[tuple[str, str]], new: list[str], prefix: str, ever_used: int
) -> list[str]:
    """Match texts: the same first, then at least 80 % similar; others get ids never used."""
    free = dict(old)
    ids: list[str | None] = []
    for text in new:
        same = next((key for key, known in free.items() if known == text), None)
        ids.append(same)
        if same is not None:
            del free[same]
    for position, text in enumerate(new):
        if ids[position] is None and free:
            best = max(free, key=lambda key: similarity(free[key], text))
            if similarity(free[best], text) >= SAME_THING:
                ids[position] = best
                del free[best]
    used = max([ever_used, *(int(key[1:]) for key, _ in old if key[1:].isdecimal())])
    result = []
    for known_id in ids:
        if known_id is None:
            used += 1
        result.append(known_id if known_id is not None else f"{prefix}{used}")
    return result


def similarity(first: str, second: str) -> float:
    """Return how alike two texts are, from 0 to 1: the normalised Levenshtein similarity."""
    return float(Levenshtein.normalized_similarity(first, second))
