"""What is known of an item's disease beside the item: the ontology's names, and people's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from db import match_rulings, ontology
from db.database import Transaction
from db.ontology import ITEM, ORPHA
from src.domain.gold import Gold
from src.domain.item import Item
from src.domain.match_ruling import Ruled
from src.domain.ontology import bare_code
from src.domain.renamed import DISEASE_TRACKS
from src.domain.scoring.disease_match import match_disease
from src.domain.scoring.disease_ontology import DiseaseOntology
from src.services.answer_scores import Asked


@dataclass(frozen=True)
class KnownNames:
    """Names and rulings for some items, read at once."""

    of_code: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    added_to: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Subject ('orpha:CODE', 'item:ID') -> the names people added."""
    ruled: Mapping[str, Mapping[str, Ruled]] = field(default_factory=dict)
    ontology: DiseaseOntology | None = None
    """Tells other diseases; None where no item has a code, or no file is in force."""

    def added(self, asked: Asked) -> Asked:
        """Return what is asked with these names; as it was on tracks without a disease.

        Where review named another disease, what people said of the item's names was of the old
        one; and the old code counts only where Orphanet gives the new answer among its names.
        """
        if asked.track not in DISEASE_TRACKS:
            return asked
        written = asked.orpha_code or self._still_right(asked)
        code = bare_code(written)
        of_item = () if asked.renamed else self.added_to.get(f"{ITEM}{asked.item_id}", ())
        of_code = self.added_to.get(f"{ORPHA}{code}", ()) if code else ()
        return replace(
            asked,
            orpha_code=written,
            accepted=tuple(dict.fromkeys([*asked.accepted, *of_item, *of_code])),
            orpha_names=self.of_code.get(code, ()),
            ontology=self.ontology if code else None,
            ruled={} if asked.renamed else self.ruled.get(asked.item_id, {}),
        )

    def _still_right(self, asked: Asked) -> str:
        """Return the code that review left beside another answer, where it names that answer."""
        names = self.of_code.get(bare_code(asked.old_code), ()) if asked.old_code else ()
        if not names or match_disease(asked.names[0], names).match is not True:
            return ""
        return asked.old_code


NO_NAMES: Final = KnownNames()


def known_names(t: Transaction, asked: Iterable[Item], golds: Iterable[Gold] = ()) -> KnownNames:
    """Return what ontology and people know of these items, as imported and as reviewed."""
    items = [item for item in asked if item.track in DISEASE_TRACKS]
    if not items:
        return NO_NAMES
    ids = [item.item_id for item in items]
    written = [item.content.orpha_code for item in items]
    written += [gold.body.orpha_code for gold in golds if gold.item_id in set(ids)]
    codes = {code for text in written if (code := bare_code(text))}
    subjects = [*(f"{ITEM}{item_id}" for item_id in ids), *(f"{ORPHA}{code}" for code in codes)]
    return KnownNames(
        of_code=ontology.names_of(t, codes),
        added_to=ontology.alias_texts(t, subjects),
        ruled=match_rulings.of_items(t, ids),
        ontology=_ontology(t) if codes else None,
    )


_KEPT: Final[dict[str, DiseaseOntology]] = {}
"""Hash of the file in force -> what it says: read once, a fifth of a second, by each process."""


def _ontology(t: Transaction) -> DiseaseOntology | None:
    file = ontology.in_force(t)
    if file is None:
        return None
    found = _KEPT.get(file.sha256)
    if found is None:
        found = DiseaseOntology(ontology.diseases(t), ontology.all_names(t))
        _KEPT.clear()
        _KEPT[file.sha256] = found
    return found
