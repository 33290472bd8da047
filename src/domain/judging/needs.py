"""What a criterion needs to be judged by: the reference answer, images, words to quote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from src.domain.evidence import EvidenceLink
from src.domain.item import Criterion, ItemImage

_OF_AN_ANSWER: Final = (
    r"(?:answers?|diagnos[ei]s|dx|disease|plan|treatments?|solution|response|findings?|list"
    r"|conclusion|work-?up)"
)
_REFERENCE: Final = re.compile(
    rf"\b(?:reference|gold(?:en)?|expected|correct|right|true|model|expert)\s+{_OF_AN_ANSWER}\b"
    r"|\bgold[- ]standard\s+(?:answer|diagnosis)\b"
    r"|\bthe\s+reference(?=\s*(?:[.,;:)]|$|says|states|names|gives|does|has|is\b))"
    r"|\b(?:as|in|with|than|to|of|from)\s+the\s+reference\b(?!\s+(?:range|value|interval|level))",
    re.IGNORECASE,
)
_ABSENCE: Final = re.compile(
    r"^\W*(?:(?:the\s+)?(?:answer|response|plan|reply|model)\s+)?"
    r"(?:(?:must|should|does|do|did|may)\s+not\b|never\b|no\b|not\b|without\b|avoids?\b|omits?\b"
    r"|fails?\s+to\b|lacks?\b|misses\b|leaves?\s+out\b|refrains?\b|free\s+of\b|contains?\s+no\b"
    r"|makes?\s+no\b|has\s+no\b|gives?\s+no\b|ignores?\b|forgets?\b|zero\b)",
    re.IGNORECASE,
)
_NUMBERED: Final = re.compile(
    r"\b(?:images?|figures?|figs?\.?|panels?|slots?)\s*"
    r"(\d{1,3}(?:\s*(?:,|and|&|to|-|–|or)\s*\d{1,3})*)",
    re.IGNORECASE,
)
_PICTURE: Final = r"(?:images?|figures?|figs?\.?|panels?|slots?|pictures?|photographs?|scans?)"
_ALL: Final = re.compile(
    rf"\b(?:all|each|every|both|any|none)(?:\s+(?:of\s+)?(?:the|these|its))?(?:\s+\w+)?\s+{_PICTURE}\b"
    rf"|\b(?:the|these|provided|given|submitted|case)\s+(?:\w+\s+)?(?:images|figures|panels|pictures)\b"
    rf"|\b(?:across|between|among)\s+(?:\w+\s+)?(?:images|figures|panels|pictures|modalities)\b",
    re.IGNORECASE,
)
_ORDINALS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
_ORDINAL: Final = re.compile(
    rf"\b({'|'.join(_ORDINALS)}|last|\d{{1,2}}(?:st|nd|rd|th))\s+{_PICTURE}(?!\w)", re.IGNORECASE
)
_RANGE: Final = re.compile(r"(\d{1,3})\s*(?:to|-|–)\s*(\d{1,3})")


def shows_reference(criterion: Criterion) -> bool:
    """Return True where the criterion's words lean on the reference answer.

    'Gives the correct diagnosis' cannot be judged without it; 'Names Erdheim-Chester disease'
    says all there is to know, and is judged without, so that an edit of the reference answer
    costs no call for it.
    """
    return _REFERENCE.search(criterion.text) is not None


def needs_quote(criterion: Criterion) -> bool:
    """Return True unless the criterion is met by what is not said: nothing can be quoted then."""
    return _ABSENCE.match(criterion.text) is None


def images_needed(
    criterion: Criterion,
    images: Sequence[ItemImage],
    statements: Mapping[str, Iterable[EvidenceLink]],
) -> tuple[ItemImage, ...]:
    """Return the images a criterion speaks of, by label or number or all, or rests on as evidence.

    `statements` are the item's claims with their evidence: a criterion that says the same as a
    claim rests on what the claim rests on.
    """
    linked = {
        link.sha256
        for text, links in statements.items()
        if _same(text, criterion.text)
        for link in links
        if link.type != "span"
    }
    low = criterion.text.casefold()
    if _ALL.search(criterion.text):
        return tuple(images)
    numbers = _numbers(criterion.text) | _ordinals(criterion.text, len(images))
    return tuple(
        image
        for image in images
        if image.sha256 in linked or image.position in numbers or _is_named(image, low)
    )


def _same(first: str, second: str) -> bool:
    return " ".join(first.split()).casefold() == " ".join(second.split()).casefold()


def _is_named(image: ItemImage, low: str) -> bool:
    label = image.slot_name.strip().casefold()
    return bool(label) and re.search(rf"(?<!\w){re.escape(label)}(?!\w)", low) is not None


def _ordinals(text: str, images: int) -> set[int]:
    """Return the places of images a text names by order: 'the third image' is 3."""
    found: set[int] = set()
    for word in _ORDINAL.findall(text):
        low = word.casefold()
        if low == "last":
            found.add(images)
        elif low in _ORDINALS:
            found.add(_ORDINALS.index(low) + 1)
        else:
            found.add(int(re.sub(r"\D", "", low)))
    return found


def _numbers(text: str) -> set[int]:
    """Return the numbers of images a text names: 'Figures 1 to 3 and 5' are 1, 2, 3, 5."""
    found: set[int] = set()
    for listed in _NUMBERED.findall(text):
        found.update(int(number) for number in re.findall(r"\d+", listed))
        for first, last in _RANGE.findall(listed):
            found.update(range(int(first), min(int(last), int(first) + 100) + 1))
    return found
