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


def with_plain_denials(text: str) -> str:
    """Return a text with 'not' for the denials that are longer words for it."""
    return OTHER_WORDS.sub("not", text)
