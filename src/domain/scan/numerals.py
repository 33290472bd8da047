"""Types and stages as people write them: 'MEN-I' for MEN1, 'type II Gaucher disease'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

ROMAN_DIGITS: Final = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
ROMAN_VALUES: Final = {"I": 1, "V": 5, "X": 10}
HIGHEST: Final = 39
LETTERS_AND_NUMBER: Final = re.compile(
    r"(?P<letters>[A-Za-z]*[A-Z])(?P<gap>[\s\-‐‑–]?)(?:type[\s-])?"
    r"(?:(?P<arabic>\d{1,2})|(?P<roman>X{0,3}(?:IX|IV|V?I{0,3})))(?P<sub>[A-Ha-h]?)"
)
TYPED: Final = re.compile(r"(?P<head>.+?)(?: type| subtype)? (?P<number>\d{1,2})(?P<sub>[a-h]?)")
HEADS: Final = re.compile(r" (?:disease|syndrome|disorder|deficiency)$")
SHORTEST_BARE: Final = 5
"""Letters that a name without 'disease' needs before a type can follow it."""
COUNTS: Final = re.compile(
    r"\s*(?:%|(?:years?|months?|weeks?|days?|hours?|times|mg|g|ml|cm|mm|patients?|cases?|of)\b)"
)
"""What makes a number behind a name a count and no type."""
BARE_NUMBER: Final = re.compile(r".*[^\W_][\s\-‐‑–]+(?:\d{1,2}|[IVX]+)[A-Ha-h]?", re.DOTALL)


def roman(number: int) -> str:
    """Return a number from 1 to 39 in Roman numerals."""
    parts = []
    for value, letters in ROMAN_DIGITS:
        count, number = divmod(number, value)
        parts.append(letters * count)
    return "".join(parts)


def value_of(numeral: str) -> int:
    """Return the value of a Roman numeral."""
    values = [ROMAN_VALUES[letter] for letter in numeral]
    return sum(
        -value if value < max(values[place:]) else value for place, value in enumerate(values)
    )


def short_pattern(text: str) -> str:
    """Return the pattern of an acronym that ends in a number, in either kind of numeral, or ''.

    'MEN1' also stands for MEN-1, MEN I and MEN type 1. A single I without a gap may be a letter
    of the acronym, so three letters must stand before it.
    """
    found = LETTERS_AND_NUMBER.fullmatch(text)
    if found is None or not (found["arabic"] or found["roman"]):
        return ""
    letters = found["letters"]
    if found["roman"] and not found["gap"] and len(letters) < 3:
        return ""
    number = int(found["arabic"]) if found["arabic"] else value_of(found["roman"])
    if not 1 <= number <= HIGHEST or sum(map(str.isupper, letters)) < 2:
        return ""
    dotted = r"\.?".join(map(re.escape, letters))
    sub = found["sub"]
    tail = rf"[\s\-]?[{sub.upper()}{sub.lower()}]" if sub else ""
    count = r"(?!\s+(?:years?|months?|weeks?|days?|hours?|patients?|cases?|mg|ml|cm|mm)\b)"
    return (
        rf"{dotted}\.?(?:[\s\-‐‑–]?(?:[Tt]ype)?[\s\-‐‑–]?)(?:{number}|{roman(number)}){tail}{count}"
    )


def other_forms(spelt: str) -> Iterator[str]:
    """Yield how else a spelt name with a type is written, its words in the one spelling."""
    found = TYPED.fullmatch(spelt)
    if found is None or not 1 <= int(found["number"]) <= HIGHEST:
        return
    head, number, sub = found["head"], found["number"], found["sub"]
    written = roman(int(number)).lower()
    bare = HEADS.sub("", head)
    heads = [head] if bare == head or len(bare) < SHORTEST_BARE else [head, bare]
    for start in heads:
        yield f"type {number}{sub} {start}"
        yield f"{start} type {number}{sub}"
        yield f"{start} type{number}{sub}"
        yield f"{start} type{written}{sub}"
        if sub:
            yield f"{start} type {number} {sub}"
    for numeral in (number, written):
        yield f"{head} {numeral}{sub}"


def is_mistaken(form: str, quote: str, after: str) -> bool:
    """Say whether what reads like such a form is a count, a citation or two things in a row."""
    if form.startswith("type "):
        return re.search(r"[^\w\s\-‐‑–'’]", quote) is not None
    if " type" in form:
        return False
    return BARE_NUMBER.fullmatch(quote) is None or COUNTS.match(after) is not None
