"""Foreign text made harmless for a prompt, and quotes of it found again in the original."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_TAG: Final = re.compile(r"<(?=[|｜<]|/?[A-Za-z_!?])")
"""How tokens begin that a model's own template gives a meaning: <|im_start|>, <s>, </think>."""
_BRACKET: Final = re.compile(r"\[(?=/?[A-Z][A-Z_]{2,}\])")
"""And in other families: [INST], [/INST], [TOOL_CALLS]."""
_OPENED: Final = re.compile(r"(?<=[<\[]) (?=[|｜<]|/?[A-Za-z_!?])")
_SPELLED: Final = re.compile(r"⟨U\+([0-9A-F]{4,6})⟩")
_UNUSUAL: Final = re.compile(r"[^\x20-\x7e\n\t]")
_BREAKS: Final = frozenset("\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
_FORM: Final = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-"})
SHORTEST_QUOTE: Final = 3
"""Characters, unless the whole answer is shorter."""


@lru_cache(maxsize=1024)
def harmless(text: str) -> str:
    """Return a text as a judge is shown it: nothing invisible, no token of a chat template.

    Characters that are not seen (direction marks, joiners of no width, tags, controls) are spelled
    out as ⟨U+202E⟩; a space breaks what a template would read as its own. Everything else, line
    breaks and every script included, stays as it is.
    """
    seen = _UNUSUAL.sub(_spelled, text.replace("\r\n", "\n"))
    return _BRACKET.sub("[ ", _TAG.sub("< ", seen))


def _spelled(found: re.Match[str]) -> str:
    character = found.group()
    if character in _BREAKS or unicodedata.category(character) in {"Cc", "Cf", "Co", "Cn", "Cs"}:
        return f"⟨U+{ord(character):04X}⟩"
    return character


def found_quote(quote: str, text: str) -> str | None:
    """Return the stretch of the text that a quote quotes, or None when it is not in there.

    Line breaks count as spaces, typographic quotes and dashes as plain ones; words, case, signs
    and order must be the same. A quote of less than three characters proves nothing.
    """
    if len(quote.strip()) >= SHORTEST_QUOTE and quote.strip() in text:
        return quote.strip()
    plain, places = _plain(text)
    for form in (quote, _OPENED.sub("", quote)):
        wanted, _ = _plain(_SPELLED.sub(_character, form.strip()))
        if not wanted or len(wanted) < min(SHORTEST_QUOTE, len(plain.strip())):
            continue
        start = plain.find(wanted)
        if start >= 0:
            return text[places[start] : places[start + len(wanted) - 1] + 1]
    return None


def _character(spelled: re.Match[str]) -> str:
    code = int(spelled.group(1), 16)
    return chr(code) if code <= 0x10FFFF else spelled.group()


def _plain(text: str) -> tuple[str, list[int]]:
    """Return a text with runs of white space as one space, and each character's place in it."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text.translate(_FORM)):
        if not character.isspace():
            characters.append(character)
            places.append(place)
        elif characters and characters[-1] != " ":
            characters.append(" ")
            places.append(place)
    if characters and characters[-1] == " ":
        characters.pop()
        places.pop()
    return "".join(characters), places
