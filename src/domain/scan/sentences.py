"""Where one sentence ends and the next begins: no name runs from one into the other."""

from __future__ import annotations

import re
from typing import Final

STOP: Final = re.compile(r"(?P<word>[^\s.!?]*)(?P<stop>[.!?]+)[\"'”’)\]»*_]*\s|\n[ \t\r]*\n")
POINTED: Final = """
dr prof mr mrs ms st ste vs cf fig figs no approx ca al resp syn var subsp sp spp dis synd jr sr
incl viz etc aka eg ie cong fam
"""
POINTED_WORDS: Final = frozenset(POINTED.split())
"""Words that are written short, with a point that ends nothing."""


def runs_on(quote: str, name: str = "") -> bool:
    """Say whether a stretch of text goes on behind the end of a sentence.

    The point of an initial or of a word cut short ends none; nor do those the name itself has.
    """
    if "." not in quote and "\n" not in quote and "!" not in quote and "?" not in quote:
        return False
    return _ends(quote) > _ends(name)


def _ends(text: str) -> int:
    return sum(_is_end(match) for match in STOP.finditer(text))


def _is_end(match: re.Match[str]) -> bool:
    if match.group("stop") != ".":
        return True
    word = match.group("word").strip("([\"'“‘-–").casefold()
    return len(word) > 1 and word not in POINTED_WORDS
