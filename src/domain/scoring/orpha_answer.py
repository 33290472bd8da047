"""ORPHA codes in an answer: which it gives, which it denies, and what else it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from src.domain.scoring.disease_denial import DENIAL, INSTEAD_WORDS, with_plain_denials

CODE: Final = (
    r"\b(?:orpha(?:net|code)?[\s_-]{0,2}(?:code|number|no\.?|id)?[\s:#_=-]{0,3})+(\d+)"
    r"((?:\s?(?:[,;/&]|\bor\b|\band\b)\s?\d{2,7}\b)*)"
)
"""A code, and the bare numbers of a list behind it."""
WRITTEN: Final = re.compile(CODE, re.IGNORECASE)
DENIED: Final = re.compile(
    rf"(?:{DENIAL.pattern}|\b(?:{INSTEAD_WORDS}))\s{{1,2}}(?:the code\s)?{CODE}",
    re.IGNORECASE,
)
NAMELESS: Final = re.compile(r"(?:[\W\d_]|\b(?:or|and|either|both|versus|vs)\b)*", re.IGNORECASE)


@dataclass(frozen=True)
class CodedAnswer:
    """An answer taken apart into codes and the rest."""

    given: frozenset[str]
    denied: frozenset[str]
    """Those behind 'not' and the like."""
    rest: str
    """Empty where nothing but numbers and 'or' is left."""


def coded_answer(text: str) -> CodedAnswer:
    """Take an answer apart; codes come without zeros in front."""
    text = with_plain_denials(text)
    denied = _numbers(DENIED, text)
    asserted = DENIED.sub(" ", text)
    rest = WRITTEN.sub(" ", asserted)
    return CodedAnswer(
        given=_numbers(WRITTEN, asserted),
        denied=denied,
        rest="" if NAMELESS.fullmatch(rest) else rest,
    )


def without_codes(text: str) -> str:
    """Return what a text says beside its codes; the text itself where that is nothing."""
    rest = WRITTEN.sub(" ", text)
    return text if NAMELESS.fullmatch(rest) else rest


def _numbers(pattern: re.Pattern[str], text: str) -> frozenset[str]:
    found = pattern.findall(text)
    return frozenset(
        number.lstrip("0") for code in found for number in re.findall(r"\d+", " ".join(code))
    )
