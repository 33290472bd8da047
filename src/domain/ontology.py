"""The Orphanet nomenclature: entities, their names, and how a name or a code is looked up."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

from pydantic import BaseModel
from rapidfuzz import fuzz, process

from src.domain.scan.normal import normalise

ATTRIBUTION: Final = "Orphanet / Orphadata, INSERM, CC BY 4.0"
"""Stands wherever the content of an Orphanet file is shown."""
MARKS: Final = ("OBSOLETE:", "NON RARE IN EUROPE:")
"""What Orphanet writes before the name of an entity that is no rare disease of its own."""
NameKind = Literal["term", "synonym", "added"]
Status = Literal["active", "obsolete", "moved"]
LONGEST_ALIAS: Final = 200
LIKE: Final = 70
"""From here on (of 100) one spelling may be meant for another."""

_CODE: Final = re.compile(r"\s*(?:ORPHA(?:NET)?(?:CODE)?\s*[:_]?\s*)?(\d{1,7})\s*", re.IGNORECASE)


class Entity(BaseModel, frozen=True, extra="forbid"):
    """One disorder, subtype or group of disorders."""

    orpha_code: str
    """Digits only."""
    term: str
    """The preferred name, as the file writes it."""
    synonyms: tuple[str, ...] = ()
    kind: str = ""
    level: str = ""
    """Disorder, Subtype of disorder, or Group of disorders."""
    status: Status = "active"
    moved_to: str = ""
    """The code that stands for it now: of a moved entity, and where an obsolete one points to."""
    definition: str = ""
    genes: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()

    @property
    def names(self) -> dict[str, NameKind]:
        """Every name with what it is; a marked term is a name without its mark too."""
        found: dict[str, NameKind] = {self.term: "term", unmarked(self.term): "term"}
        for synonym in self.synonyms:
            found.setdefault(synonym, "synonym")
        return found


class Ontology(BaseModel, frozen=True, extra="forbid"):
    """What an Orphanet file holds."""

    version: str
    """As the file gives it; empty where it gives none."""
    entities: tuple[Entity, ...]


class OntologyFile(BaseModel, frozen=True, extra="forbid"):
    """An Orphanet file that was imported."""

    number: int
    sha256: str
    name: str
    version: str
    entities: int
    at: datetime


class AddedAlias(BaseModel, frozen=True, extra="forbid"):
    """A further name that a member of the study gave to an entity or an item."""

    subject: str
    """'orpha:CODE' or 'item:ID'."""
    text: str
    person: str
    """Who gave it; empty where the one who asks may not know."""
    at: datetime


class NamedEntity(NamedTuple):
    """One name of an entity, and what the entity is called."""

    orpha_code: str
    text: str
    normal: str
    term: str
    status: str
    moved_to: str


class Found(BaseModel, frozen=True, extra="forbid"):
    """An entity that a look-up found, by the name or the code it was found with."""

    orpha_code: str
    term: str
    matched: str
    """The name that was found; the code where that was looked up."""
    status: Status
    moved_to: str = ""
    near: bool = False
    """True when nothing was found and this is the nearest name: did you mean it?"""


def bare_code(code: str) -> str:
    """Return the digits of an ORPHA code; empty when it is none."""
    found = _CODE.fullmatch(code)
    return found[1] if found else ""


def code_doubt(code: str, standing: tuple[str, str] | None) -> tuple[str, str] | None:
    """Return rule and words of what is doubtful about an item's code, or None.

    `standing` is its status and the code that stands for it now in the file in force; None when
    it is not there.
    """
    bare = bare_code(code)
    if not bare:
        return "orpha_unknown", f"{code!r} is no ORPHA code. The item is stored as it is."
    if standing is None:
        return "orpha_unknown", f"ORPHA:{bare} is not in the Orphanet file in force."
    status, moved_to = standing
    if status == "active":
        return None
    instead = f"; ORPHA:{moved_to} stands for it now" if moved_to else ""
    rule = "orpha_moved" if status == "moved" else "orpha_obsolete"
    return rule, f"ORPHA:{bare} is {status} in the Orphanet file in force{instead}."


def unmarked(term: str) -> str:
    """Return a term without what Orphanet writes before it."""
    for mark in MARKS:
        if term.upper().startswith(mark):
            return term[len(mark) :].strip() or term
    return term


def folded(text: str) -> str:
    """Return the spelling by which names are looked up.

    It is the same in which a scan compares names with a text.
    """
    return normalise(text).text


def by_rank(query: str, names: Iterable[NamedEntity], size: int) -> list[Found]:
    """Return entities by their best name: the same as the query, then begun by it, then shorter.

    `query` is folded. Of two that are equal the active one comes first, then the lower code.
    """
    best: dict[str, NamedEntity] = {}
    for name in sorted(names, key=lambda name: _rank(query, name)):
        best.setdefault(name.orpha_code, name)
    return [found_by(name) for name in list(best.values())[:size]]


def _rank(query: str, name: NamedEntity) -> tuple[bool, bool, bool, int, int, str]:
    normal = name.normal
    same, begun = normal == query, normal.startswith(query)
    return not same, not begun, name.status != "active", len(normal), int(name.orpha_code), name[1]


def found_by(name: NamedEntity, *, near: bool = False) -> Found:
    """Return what a name leads to."""
    given = {**name._asdict(), "matched": name.text, "near": near}
    return Found.model_validate({field: given[field] for field in Found.model_fields})


class Spelling:
    """What was meant by a query that finds nothing: the nearest of the names there are."""

    def __init__(self, normals: Sequence[str]) -> None:
        self._normals = normals
        self._words = sorted({word for normal in normals for word in normal.split()})

    def mended(self, query: str) -> str:
        """Return a folded query with each word that begins no known one put right.

        Empty when one of them is like none.
        """
        words = [word if self._is_begun(word) else self._nearest(word) for word in query.split()]
        return " ".join(words) if all(words) else ""

    def nearest(self, query: str, size: int) -> list[str]:
        """Return the folded names most like a folded query, the likest first."""
        found = process.extract(
            query, self._normals, scorer=fuzz.ratio, limit=size, score_cutoff=LIKE
        )
        return [name for name, _, _ in found]

    def _is_begun(self, word: str) -> bool:
        place = bisect_left(self._words, word)
        return place < len(self._words) and self._words[place].startswith(word)

    def _nearest(self, word: str) -> str:
        found = process.extractOne(word, self._words, scorer=fuzz.ratio, score_cutoff=LIKE)
        return found[0] if found is not None else ""


def missing_parents(entities: Sequence[Entity]) -> int:
    """Return how many parents are named that have no entry of their own."""
    known = {entity.orpha_code for entity in entities}
    return len({parent for entity in entities for parent in entity.parents} - known)
