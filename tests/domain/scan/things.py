"""Small lexicons and items to scan."""

from __future__ import annotations

from typing import Any

from src.domain.item import Item, ItemContent, Track
from src.domain.leakage import Hit
from src.domain.scan.lexicon import Lexicon, Name
from src.domain.scan.scanner import scan
from tests.domain.things import make_item

ENTITIES: dict[str, tuple[str, ...]] = {
    "35687": ("Erdheim-Chester disease",),
    "160": ("Castleman disease", "Angiofollicular lymph hyperplasia"),
    "1601": ("Multicentric Castleman disease",),
    "900": ("Granulomatosis with polyangiitis", "Wegener granulomatosis", "GPA"),
    "183": ("Eosinophilic granulomatosis with polyangiitis", "Churg-Strauss syndrome", "EGPA"),
    "391": ("Hodgkin lymphoma",),
    "547": ("Non-Hodgkin lymphoma",),
    "652": ("Multiple endocrine neoplasia type 1", "MEN1"),
    "653": ("Multiple endocrine neoplasia type 2", "MEN2"),
    "10": ("Made deficiency type 2A",),
    "11": ("Made deficiency type IIA",),
    "580": ("Mucopolysaccharidosis type 2", "MPS2"),
    "579": ("Mucopolysaccharidosis type 1", "MPS1"),
    "558": ("Marfan syndrome", "MFS"),
    "97": ("Sarcoidosis",),
    "36": ("Hypoparathyroidism",),
    "540": ("Hemophagocytic lymphohistiocytosis", "HLH"),
    "513": ("Acute lymphoblastic leukemia", "ALL"),
}
GENES = {
    "652": ("MEN1",),
    "558": ("FBN1",),
    "35687": ("BRAF",),
    **{f"9{n}": ("BRAF",) for n in range(5)},
}
RELATED = {"160": frozenset({"1601"}), "1601": frozenset({"160"})}
LEXICON = Lexicon(
    [
        Name(text=text, orpha_code=code, kind="synonym" if place else "term")
        for code, texts in ENTITIES.items()
        for place, text in enumerate(texts)
    ],
    GENES,
    RELATED,
)
NO_LEXICON = Lexicon([])


def item_of(answer: str, context: str = "", track: Track = Track.DIAGNOSIS, **changes: Any) -> Item:
    """Return an item that asks for an answer in a context; other changes go where they fit."""
    content = {
        "question": "What is asked here?",
        "context": context,
        "answer": answer,
        **{key: changes.pop(key) for key in tuple(changes) if key in ItemContent.model_fields},
    }
    made = {"claims": (), "criteria": (), **changes}
    return make_item(track=track, content=ItemContent(**content), **made)


def hits_of(
    answer: str, context: str = "", lexicon: Lexicon = LEXICON, **changes: Any
) -> tuple[Hit, ...]:
    """Return the hits of such an item."""
    return scan(item_of(answer, context, **changes), lexicon)


def hard_quotes(answer: str, context: str, **changes: Any) -> list[str]:
    """Return what names the answer in the context, hints and announcements apart."""
    hits = hits_of(answer, context, **changes)
    return [hit.quote for hit in hits if not hit.soft and hit.rule != "announced"]
