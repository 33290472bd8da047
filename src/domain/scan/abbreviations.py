"""Abbreviations that a text itself defines, in either order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

SHORT: Final = r"[A-Za-z0-9][A-Za-z0-9.\-/+]{1,9}"
IN_BRACKETS: Final = re.compile(r"[(\[]\s*([^()\[\]\n]{2,160}?)\s*[)\]]")
LEAD: Final = re.compile(
    r"^(?:i\.?\s?e\.?,?|also\s+(?:known\s+as|called|termed)|a\.?k\.?a\.?|abbreviated(?:\s+as)?"
    r"|abbreviation:?|hereafter|henceforth|hereinafter|termed|called|known\s+as|formerly|now|or"
    r"|that\s+is,?|short\s+for|for\s+short:?|stands?\s+for)[,:]?\s+(?:as\s+|called\s+)?",
    re.IGNORECASE,
)
SHORT_ALONE: Final = re.compile(rf"^[\"“'‘]?({SHORT})[\"”'’]?(?=$|\s*[,;:])")
BEFORE_BRACKET: Final = re.compile(rf"(?<![\w.\-])({SHORT})\s*$")
SPOKEN: Final = re.compile(
    rf"(?<![\w.\-])({SHORT})\s*(?:,\s*(?:i\.\s?e\.|that\s+is|also\s+(?:known\s+as|called)|short\s+for"
    r"|a\.?k\.?a\.?)|=|\s+stands\s+for|\s+is\s+short\s+for|\s+denotes)\s*,?\s*(?=\w)",
    re.IGNORECASE,
)
SPOKEN_AFTER: Final = re.compile(
    r"(?:,?\s*(?:also\s+)?(?:known\s+as|called|termed|abbreviated(?:\s+(?:as|to))?|a\.?k\.?a\.?)"
    rf"|,\s*(?:or|hereafter|henceforth)|\s*=)\s+[\"“'‘]?({SHORT})(?![\w\-])",
)
JOINTS: Final = (
    "i.e", "i. e", "that is", "known as", "called", "short for", "aka", "a.k.a", "=", "stands for",
    "denotes", "termed", "abbreviated", ", or ", "hereafter", "henceforth",
)  # fmt: skip
"""What stands between the two forms; the patterns are tried only around these."""
LONGEST: Final = 14
"""Words that a long form can have."""


class Definition(NamedTuple):
    """An abbreviation and what the text says it means, each with its place."""

    short: str
    start: int
    end: int
    long: str
    long_start: int
    long_end: int


def is_short_form(text: str) -> bool:
    """Say whether a text is written like an abbreviation: at least two capitals, no words."""
    letters = [character for character in text if character.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    return 2 <= len(text) <= 10 and capitals >= 2 and capitals * 2 > len(letters)


def definitions(text: str) -> list[Definition]:
    """Return the abbreviations a text defines, in order of their place.

    'long form (SF)', 'SF (long form)', 'SF, i.e. long form' and 'long form, also known as SF'.
    The letters of the short form must occur in the long form in order, the first at its start.
    """
    found = [*_bracketed(text), *_spoken(text)]
    return sorted(set(found), key=lambda definition: definition.start)


def _bracketed(text: str) -> Iterator[Definition]:
    for bracket in IN_BRACKETS.finditer(text):
        inner, at = bracket.group(1), bracket.start(1)
        lead = LEAD.match(inner)
        if lead:
            inner, at = inner[lead.end() :], at + lead.end()
        short = SHORT_ALONE.match(inner)
        if short and is_short_form(short.group(1)):
            start = at + short.start(1)
            yield from _before(text, short.group(1), start, bracket.start())
            continue
        outer = BEFORE_BRACKET.search(text[: bracket.start()][-12:])
        if outer and is_short_form(outer.group(1)):
            start = bracket.start() - len(text[: bracket.start()][-12:]) + outer.start(1)
            long = re.split(r"[,;]", inner, maxsplit=1)[0].strip()
            if _stands_for(outer.group(1), long):
                short_end = start + len(outer.group(1))
                yield Definition(outer.group(1), start, short_end, long, at, at + len(long))


def _before(text: str, short: str, start: int, end: int) -> Iterator[Definition]:
    """Yield the definition whose long form ends just before a bracket, where there is one."""
    window = re.split(r"[.;:\n()\[\]](?=\s|$)", text[max(0, end - 200) : end])[-1].rstrip()
    long = shortest_long_form(short, window)
    if long:
        last = end - (len(text[:end]) - len(text[:end].rstrip()))
        yield Definition(short, start, start + len(short), long, last - len(long), last)


def _spoken(text: str) -> Iterator[Definition]:
    lower = text.lower() if text.isascii() else text
    for joint in JOINTS:
        at = lower.find(joint)
        while at >= 0:
            yield from _spoken_at(text, max(0, at - 16), at + len(joint) + 24)
            at = lower.find(joint, at + 1)


def _spoken_at(text: str, start: int, end: int) -> Iterator[Definition]:
    for spoken in SPOKEN.finditer(text, start, end):
        short = spoken.group(1)
        if not is_short_form(short):
            continue
        at = spoken.end()
        rest = re.split(r"[,;:()\n]|\.(?=\s|$)", text[at : at + 200])[0]
        long = _first_long_form(short, rest)
        if long:
            yield Definition(short, spoken.start(1), spoken.end(1), long, at, at + len(long))
    for spoken in SPOKEN_AFTER.finditer(text, start, end):
        if is_short_form(spoken.group(1)):
            yield from _before(text, spoken.group(1), spoken.start(1), spoken.start())


def shortest_long_form(short: str, window: str) -> str:
    """Return the shortest end of a text that an abbreviation can stand for, or ''.

    The method of Schwartz and Hearst (2003): its letters are found from the right, and the first
    of them must begin a word.
    """
    letters = [letter.casefold() for letter in short if letter.isalnum()]
    place = len(window)
    for number, letter in reversed(list(enumerate(letters))):
        place -= 1
        while place >= 0 and (
            window[place].casefold() != letter
            or (number == 0 and place > 0 and window[place - 1].isalnum())
        ):
            place -= 1
        if place < 0:
            return ""
    long = window[place:]
    limit = min(len(letters) + 5, len(letters) * 2)
    words = re.split(r"[\s\-–/]+", long)
    return long if len(words) <= min(limit, LONGEST) and len(long) > len(short) else ""


def _stands_for(short: str, long: str) -> bool:
    return bool(_first_long_form(short, long))


def _first_long_form(short: str, text: str) -> str:
    """Return the words at the start of a text that an abbreviation can stand for, or ''."""
    words = list(re.finditer(r"[^\s\-–/]+", text))[:LONGEST]
    for last in reversed(words):
        long = text[: last.end()].strip()
        if long and shortest_long_form(short, long) == long:
            return long
    return ""
