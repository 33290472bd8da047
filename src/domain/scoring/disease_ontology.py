"""Which disease of the ontology a name is of, and which diseases are surely not one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from src.domain.scoring.disease_acronym import is_same_name
from src.domain.scoring.disease_name import POSSESSIVE, ROMAN_NUMBERS, TOKEN, tokens_of

DISORDER: Final = "Disorder"
SUBTYPE: Final = "Subtype of disorder"
UNTOLD: Final = frozenset({"of", "the", "type", "subtype"})
"""Words that one writing of a name has and another leaves away."""
ARABIC: Final = {roman: str(number) for roman, number in ROMAN_NUMBERS.items() if roman != "x"}


class Disease(NamedTuple):
    """An entity of the ontology, as far as it is told from others."""

    orpha_code: str
    """Digits only."""
    term: str
    """Without what Orphanet writes before the name of what is no rare disease of its own."""
    level: str
    """'Disorder', 'Subtype of disorder', or a group of disorders."""
    parents: tuple[str, ...] = ()
    status: str = "active"
    moved_to: str = ""


class DiseaseOntology:
    """The diseases of one Orphanet file, by name and by place in its classifications.

    It never guesses: a name is of a disease only as a whole, and two diseases are others to each
    other only where nothing in the file relates them.
    """

    def __init__(self, diseases: Iterable[Disease], names: Iterable[tuple[str, str]]) -> None:
        """Take the entities, and each name with the code it is of."""
        self._diseases = {disease.orpha_code: disease for disease in diseases}
        self._names: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._names_of: dict[str, set[str]] = defaultdict(set)
        for name, code in names:
            key = _key(name)
            self._names[key].append((name, code))
            self._names_of[self._now(code)].add(key)

    def named(self, text: str) -> frozenset[str]:
        """Return the codes that stand now for what is called so; empty where nothing is."""
        found = self._names.get(_key(text), ())
        return frozenset(self._now(code) for name, code in found if is_same_name(text, name))

    def known(self, code: str) -> str:
        """Return the code that stands now for a code; empty where the file has none."""
        now = self._now(code)
        return now if now in self._diseases else ""

    def term(self, code: str) -> str:
        """Return what the ontology calls a code it knows."""
        return self._diseases[code].term

    def is_another(self, code: str, than: Collection[str]) -> bool:
        """Say whether a disease is surely none of some others, and none of them a form of it.

        Groups, retired entities, parents and subtypes, subtypes of one disorder, and diseases
        that share a name are never surely another.
        """
        return all(self._are_two(code, other) for other in than)

    def shares_parent(self, code: str, others: Iterable[str]) -> bool:
        """Say whether a disease stands directly beside one of some others."""
        parents = set(self._diseases[code].parents)
        return any(parents & set(self._diseases[other].parents) for other in others)

    def _are_two(self, one: str, other: str) -> bool:
        if one == other or not (self._is_disease(one) and self._is_disease(other)):
            return False
        if self._names_of[one] & self._names_of[other]:
            return False
        return not self._disorders(one) & self._disorders(other)

    def _is_disease(self, code: str) -> bool:
        disease = self._diseases.get(code)
        return (
            disease is not None
            and disease.status == "active"
            and disease.level in (DISORDER, SUBTYPE)
        )

    def _disorders(self, code: str) -> frozenset[str]:
        """Return a disease and all above it that are no groups."""
        found: set[str] = set()
        above = [code]
        while above:
            disease = self._diseases.get(above.pop())
            if disease is None or disease.orpha_code in found:
                continue
            if disease.level in (DISORDER, SUBTYPE):
                found.add(disease.orpha_code)
                above += disease.parents
        return frozenset(found)

    def _now(self, code: str) -> str:
        disease = self._diseases.get(code)
        return disease.moved_to if disease is not None and disease.moved_to else code


def _key(name: str) -> str:
    """Return what all writings of a name share: its words in one order, numbers in digits."""
    words = (ARABIC.get(word, word) for word in _words(name) if word not in UNTOLD)
    return " ".join(sorted(words))


def _words(name: str) -> list[str]:
    """Return the words of a name; quickly, where it is of plain letters, as most are."""
    if not name.isascii():
        return tokens_of(name)
    return TOKEN.findall(POSSESSIVE.sub("", name.casefold()).replace("'", ""))
