"""How an answer says that something is not the disease."""

from __future__ import annotations

import re
from typing import Final

OTHER_WORDS: Final = re.compile(
    r"\b(?:(?:anything|everything) but|(?:is|was|are|does|do)n['’]?t)\b", re.IGNORECASE
)
"""What is read as 'not'."""
DENIAL: Final = re.compile(
    r"\b(?:not|no|never|neither|nor|unlikely|less likely|excluded|excludes|excluding"
    r"|exclusion of|ruled out|rules out|rule out|negative for|absent|absence of|cannot|can't"
    r"|without evidence|evidence against|argues against)\b",
    re.IGNORECASE,
)
INSTEAD_WORDS: Final = r"rather than|instead of|as opposed to"
INSTEAD: Final = re.compile(rf"\s+(?:{INSTEAD_WORDS})\s+", re.IGNORECASE)

_UNABLE: Final = (
    r"(?:can(?:no|')t|can not|could not|couldn't|(?:am |is |was )?(?:unable|not able|impossible"
    r"|not possible) to)"
)
_TO_TELL: Final = r"(?:determine|establish|make|give|provide|reach|identify|name|state|say|tell)"
_DISEASE: Final = r"(?:diagnos[ei]s|disease|disorder|condition)"
_TOLD: Final = r"(?:determined|established|made|given|reached|identified|named|confirmed)"
_UNTOLD: Final = r"(?:undetermined|inconclusive|uncertain|unclear|unknown|indeterminate)"
UNDETERMINED: Final = re.compile(
    rf"\b{_UNABLE} (?:\w+ ){{0,2}}{_TO_TELL} (?:\w+ ){{0,4}}{_DISEASE}\b"
    rf"|\b{_DISEASE} (?:\w+ ){{0,3}}(?:cannot|can't|could not|is not|isn't) "
    rf"(?:\w+ ){{0,2}}{_TOLD}\b"
    rf"|\b{_DISEASE} (?:remains|is|stays) (?:\w+ )?{_UNTOLD}\b"
    rf"|\bno (?:\w+ ){{0,3}}{_DISEASE} (?:can|could) be {_TOLD}\b"
    rf"|\b(?:insufficient|not enough) (?:\w+ ){{1,5}}{_DISEASE}\b"
    rf"|^\W*(?:it )?(?:is )?{_UNABLE} {_TO_TELL}\W"
    rf"|^\W*(?:cannot|can't|could not) be {_TOLD}\b"
    rf"|^\W*{_UNTOLD}\b",
    re.IGNORECASE,
)
"""How an answer says that it does not know the disease, of which it may name one all the same."""


def is_undetermined(text: str) -> bool:
    """Say whether a text says that the diagnosis cannot be told; not that a part of it cannot."""
    return UNDETERMINED.search(text.replace("’", "'")) is not None


def with_plain_denials(text: str) -> str:
    """Return a text with 'not' for the denials that are longer words for it."""
    return OTHER_WORDS.sub("not", text)
