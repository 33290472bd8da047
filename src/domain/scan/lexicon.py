"""The names of all diseases, found in one pass over a text, and what is known of each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

import ahocorasick
from pydantic import BaseModel

from src.domain.canonical import digest
from src.domain.scan.normal import normalise
from src.domain.scan.rules import RULES_VERSION
from src.domain.scan.variants import spelling

SHORTEST_NAME: Final = 4
"""Letters of the shortest name that the pass over a text looks for."""
USUAL: Final = 4
"""Names that hold a word which is no slip of another; 'syndome' stands in one."""
NOBODY: Final[frozenset[str]] = frozenset()


class Name(BaseModel, frozen=True, extra="forbid"):
    """One name of a disease, and where it comes from."""

    text: str
    orpha_code: str = ""
    kind: Literal["answer", "alias", "term", "synonym", "added", "abbreviation"]


class NameHit(NamedTuple):
    """A name of the lexicon in a folded text."""

    start: int
    end: int
    codes: frozenset[str]


class Lexicon:
    """All names of an ontology with the aliases people added, its genes and its relations."""

    def __init__(
        self,
        names: Iterable[Name],
        genes: Mapping[str, tuple[str, ...]] | None = None,
        related: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self.genes: Mapping[str, tuple[str, ...]] = genes or {}
        self.related: Mapping[str, frozenset[str]] = related or {}
        self._names: dict[str, list[Name]] = defaultdict(list)
        self._folded: dict[str, frozenset[str]] = {}
        self._spelt: dict[str, frozenset[str]] = {}
        self._read(names)
        self._gene_owners: dict[str, set[str]] = defaultdict(set)
        for code, symbols in self.genes.items():
            for symbol in symbols:
                self._gene_owners[symbol].add(code)
        counted = Counter(word for spelt in self._spelt for word in spelt.split())
        self._words = frozenset(word for word, times in counted.items() if times >= USUAL)
        self._automaton = self._built()
        self.sha256 = self._digest()
        """Of the names, genes, relations and rules: the same digest, the same hits."""

    def _read(self, names: Iterable[Name]) -> None:
        for name in names:
            self._names[name.orpha_code].append(name)
            folded = normalise(name.text).text
            if not folded or not name.orpha_code:
                continue
            code = frozenset({name.orpha_code})
            self._folded[folded] = self._folded.get(folded, NOBODY) | code
            spelt = spelling(folded)
            self._spelt[spelt] = self._spelt.get(spelt, NOBODY) | code

    def _built(self) -> ahocorasick.Automaton | None:
        automaton = ahocorasick.Automaton()
        for folded, codes in self._folded.items():
            if sum(map(str.isalnum, folded)) >= SHORTEST_NAME:
                automaton.add_word(folded, (len(folded), codes))
        if not len(automaton):
            return None
        automaton.make_automaton()
        return automaton

    def _digest(self) -> str:
        names = sorted(
            (n.text, n.orpha_code, n.kind) for all_ in self._names.values() for n in all_
        )
        genes = {code: list(symbols) for code, symbols in self.genes.items()}
        related = {code: sorted(codes) for code, codes in self.related.items()}
        return digest([RULES_VERSION, [list(name) for name in names], genes, related])

    def names_of(self, code: str) -> tuple[Name, ...]:
        """Return term, synonyms and added aliases of an entity; none when it is unknown."""
        return tuple(self._names.get(code, ())) if code else ()

    def codes_of(self, folded: str) -> frozenset[str]:
        """Return the entities that have exactly this name, as it is folded."""
        return self._folded.get(folded, NOBODY)

    def codes_spelt(self, spelt: str) -> frozenset[str]:
        """Return the entities that have this name in one of its spellings, numerals apart."""
        return self._spelt.get(spelt, NOBODY)

    def is_word(self, spelt: str) -> bool:
        """Say whether several names hold a word in the one spelling."""
        return spelt in self._words

    def owners_of_gene(self, symbol: str) -> frozenset[str]:
        """Return the entities a gene belongs to."""
        return frozenset(self._gene_owners.get(symbol, ()))

    def find(self, folded: str) -> list[NameHit]:
        """Return the names in a folded text, in order; of names inside one another the longest."""
        if self._automaton is None:
            return []
        end_of_text = len(folded)
        found: list[NameHit] = []
        for last, (length, codes) in self._automaton.iter(folded):
            end = last + 1
            start = end - length
            if end != end_of_text and folded[end] != " ":
                continue
            if start and folded[start - 1] != " ":
                continue
            while found and found[-1].start >= start:
                found.pop()
            if not found or found[-1].end < end:
                found.append(NameHit(start, end, codes))
        return found
