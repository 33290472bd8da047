"""Names that fall away when review corrects the reference answer to another disease."""

from __future__ import annotations

from collections.abc import Collection

from src.domain.item import ItemContent, Track
from src.domain.scoring.disease_match import match_disease

DISEASE_TRACKS = frozenset({Track.DIAGNOSIS, Track.DIFFERENTIAL})


def is_another_disease(track: Track, content: ItemContent, answer: str) -> bool:
    """Tell whether an answer is surely not the imported one, by none of its names.

    What the matcher cannot decide, such as a closer description, keeps the names.
    """
    if track not in DISEASE_TRACKS or answer == content.answer:
        return False
    names = (content.answer, *content.aliases)
    return match_disease(answer, names, content.orpha_code).match is False


def dropped_names(
    track: Track, content: ItemContent, answer: str, proposed: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the imported names that name the old disease only, and so count no longer.

    A name that review proposed anew stays.
    """
    if not is_another_disease(track, content, answer):
        return ()
    return tuple(name for name in content.aliases if name not in proposed)
