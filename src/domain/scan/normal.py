"""Text as it is compared: case, accents, dashes and possessives folded, every place kept."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Offsets = npt.NDArray[np.int64]

APOSTROPHES: Final = frozenset("'’‘ʼʹ′´`＇‛")
DROPPED: Final = frozenset({"Mn", "Me", "Cf"})
"""Categories of code points that leave no trace: accents and invisible marks."""
POSSESSIVE: Final = re.compile(r"(?<=[^\W_])'s(?![^\W_])")
BREAK: Final = re.compile(
    r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
)
"""Where a word ends inside a file name: between letters and digits, and in camelCase."""


@dataclass(frozen=True)
class Normal:
    """A folded text that knows where each of its characters stood."""

    text: str
    original: str
    offsets: Offsets | None = None
    """The code point of the original from which each character comes; None: the same place."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the code points of the original from which text[start:end] was folded.

        A character that folds to several is taken whole, with the accents that follow it.
        """
        if start >= end:
            place = self._place(start)
            return place, place
        last = self._place(end - 1) + 1
        while last < len(self.original) and _is_dropped(self.original[last]):
            last += 1
        return self._place(start), last

    def _place(self, position: int) -> int:
        if position >= len(self.text):
            return len(self.original)
        return position if self.offsets is None else int(self.offsets[position])


def _is_dropped(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character) in DROPPED


def normalise(text: str) -> Normal:
    """Return the text in lower case without accents, with one blank between its words.

    Hyphens, dashes, apostrophes and punctuation become blanks, a possessive 's is dropped,
    Greek letters are spelt out, and ligatures and ß are taken apart. Blanks at the ends go.
    """
    return _squeezed(text, *_folded(text))


def normalise_label(text: str) -> Normal:
    """Return a file name or an id like any text, its words also split at digits and capitals."""
    breaks = {match.start() for match in BREAK.finditer(text)}
    if not breaks:
        return normalise(text)
    spaced, places = [], []
    for place, character in enumerate(text):
        if place in breaks:
            spaced.append(" ")
            places.append(place)
        spaced.append(character)
        places.append(place)
    inner = normalise("".join(spaced))
    origin = np.asarray(places, dtype=np.int64)
    return Normal(inner.text, text, origin if inner.offsets is None else origin[inner.offsets])


# ---- one character at a time --------------------------------------------------------------


def _fold(character: str) -> str:
    """Return what one code point becomes: letters and digits, an apostrophe, a blank or nothing."""
    if character in APOSTROPHES:
        return "'"
    if character.isascii():
        return character.lower() if character.isalnum() else " "
    if unicodedata.category(character) in DROPPED:
        return ""
    greek = _greek_name(character)
    if greek:
        return greek
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(_settled(part, character) for part in plain)


def _settled(part: str, whole: str) -> str:
    if part != whole and not part.isascii():
        return _fold(part)
    if part.isalnum():
        return _STROKES.get(part, part.lower())
    return "" if unicodedata.category(part) in DROPPED else " "


_STROKES: Final = {
    "ø": "o",
    "æ": "ae",
    "œ": "oe",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ı": "i",
}
"""Latin letters that Unicode does not take apart."""


def _greek_name(character: str) -> str:
    """Return 'alpha' for a Greek alpha with or without accents; '' for all others."""
    bare = unicodedata.normalize("NFKD", character)[:1]
    name = unicodedata.name(bare, "")
    if not name.startswith("GREEK") or " LETTER " not in name:
        return ""
    letter = name.split(" LETTER ")[1].removeprefix("FINAL ").split()[0].lower()
    return letter if letter.isalpha() else ""


class _Folds(dict[int, str]):
    """What each code point becomes, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = _fold(chr(code))
        return self[code]


_FOLDS: Final = _Folds({code: _fold(chr(code)) for code in range(128)})


# ---- a whole text -------------------------------------------------------------------------


def _folded(text: str) -> tuple[str, Offsets | None]:
    if text.isascii():
        return text.translate(_FOLDS), None
    uneven = {c: _FOLDS[ord(c)] for c in set(text) if len(_FOLDS[ord(c)]) != 1}
    folded = text.translate(_FOLDS)
    if not uneven:
        return folded, None
    codes = _codes(text)
    lengths = np.ones(len(text), dtype=np.int64)
    for character, fold in uneven.items():
        lengths[codes == ord(character)] = len(fold)
    return folded, np.repeat(np.arange(len(text), dtype=np.int64), lengths)


def _codes(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _squeezed(original: str, folded: str, offsets: Offsets | None) -> Normal:
    """Return the text without possessives and with one blank where there were several."""
    if "'" in folded:
        folded = POSSESSIVE.sub("  ", folded).replace("'", " ")
    if "  " not in folded and folded[:1] != " " and folded[-1:] != " ":
        return Normal(folded, original, offsets)
    if folded.isascii():
        blank = np.frombuffer(folded.encode("ascii"), dtype=np.uint8) == 32
    else:
        blank = _codes(folded) == 32
    kept = ~blank
    kept[:-1] |= blank[:-1] & ~blank[1:]
    first = int(np.argmin(blank)) if not blank.all() else len(folded)
    kept[:first] = False
    places = np.flatnonzero(kept)
    text = _taken(folded, places)
    if text.endswith(" "):
        text, places = text[:-1], places[:-1]
    return Normal(text, original, places if offsets is None else offsets[places])


def _taken(text: str, places: Offsets) -> str:
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), dtype=np.uint8)[places].tobytes().decode("ascii")
    return _codes(text)[places].tobytes().decode("utf-32-le", "surrogatepass")
