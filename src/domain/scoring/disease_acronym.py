"""Acronyms of diseases, bare or with a type: 'GPA', 'NF1', 'MPS II', 'OI type III'."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from src.domain.scoring.disease_name import (
    DOTTED_LETTERS,
    KINDS,
    PLUS,
    RELATIONS,
    SIGNS,
    TOKEN,
    VALUE,
    designator_conflict,
    disease_name,
    tokens_of,
)

HEADS: Final = frozenset({"disease", "syndrome", "disorder"})
CONNECTIVES: Final = RELATIONS | frozenset({"and", "or", "a", "an"})
NUMBERED: Final = re.compile(r"([A-Za-z]{2,})(\d{1,2}(?:[A-Za-z]\d?)?)")
ROMAN_NUMBERED: Final = re.compile(r"([A-Z]{2,}?)((?:II|III|IV|VI{1,3}|IX)[A-Ha-h]?)")
"""Two roman digits at least: the V of HPV and the X of ATRX are letters."""
TYPE_IN_FRONT: Final = re.compile(r"([a-z])([A-Z]{2,})")
"""The first letter of the type's word, and the acronym: vEDS, aHUS."""
TYPE_WORDS: Final = KINDS.keys() | {"form", "variant"}
"""What a type may be called, beside its own word."""
FEWEST_LETTERS: Final = 3
"""Of an acronym that stands for one long word among others."""


@dataclass(frozen=True)
class Acronym:
    """An acronym without its type, and the type."""

    letters: str
    """In their own case, because it counts."""
    designators: tuple[str, ...]


@lru_cache(maxsize=65_536)
def is_acronym(text: str) -> bool:
    """Say whether a text is written like an acronym: 'GPA', 'NF1', 'aHUS', but not 'McArdle'."""
    if " " in text.strip():
        return False
    letters = [character for character in text if character.isalpha()]
    upper = sum(letter.isupper() for letter in letters)
    return 2 <= len(letters) <= 8 and upper >= 2 and upper > len(letters) - upper


@lru_cache(maxsize=65_536)
def acronym_key(text: str) -> str:
    """Return an acronym without dots, hyphens and blanks; its case is kept, because it counts."""
    return "".join(TOKEN.findall(PLUS.sub("plus", text.translate(SIGNS))))


def is_same_name(text: str, name: str) -> bool:
    """Say whether a text is a name in the same or another writing; acronyms in their own case."""
    if is_acronym(text) or is_acronym(name):
        return acronym_key(text) == acronym_key(name)
    left, right = disease_name(text), disease_name(name)
    return bool(left.words) and left.designators == right.designators and left.has_same_words(right)


def may_stand_for(acronym: str, name: str) -> bool:
    """Say whether the acronym's letters occur in the name in order, beginning with its first."""
    letters = [letter for letter in acronym.casefold() if letter.isalpha()]
    text = _joined(name)
    if not letters or not text.startswith(letters[0]):
        return False
    rest = iter(text)
    return all(letter in rest for letter in letters)


@lru_cache(maxsize=16_384)
def _joined(name: str) -> str:
    return "".join(tokens_of(name))


def has_initials_of(acronym: str, words: Sequence[str]) -> bool:
    """Say whether an acronym may stand for these words and has the first letter of each of them.

    'Disease', 'syndrome' and small words can be passed over, and one letter can be of the inside
    of a word, as in GPA. Of one word alone, three letters that occur in it in order are enough.
    """
    telling = [word for word in words if word not in HEADS and word not in CONNECTIVES]
    if not telling or not may_stand_for(acronym, " ".join(words)):
        return False
    if len(telling) == 1:
        return len(acronym) >= FEWEST_LETTERS
    if len(acronym) > len(words) + 1:
        return False
    rest = iter(acronym.casefold())
    return all(word[0] in rest for word in telling)


@lru_cache(maxsize=65_536)
def typed_acronym(text: str) -> Acronym | None:
    """Return the acronym and the type a text consists of, None where it holds other words.

    The type is written apart ('MPS II', 'type 2 MPS') or joined ('MEN2A', 'GSDII').
    """
    tokens = [token for token in _raw_tokens(text) if token.lower() not in HEADS]
    names = [token for token in tokens if _is_word_acronym(token)]
    if len(names) == 1:
        rest = [token for token in tokens if token != names[0]]
        # The acronym in front: a number at the end of a name is its type.
        apart = disease_name(" ".join(["acronym", *rest]))
        if apart.words == ("acronym",):
            return _with_joined_type(names[0], apart.designators)
    return Acronym(acronym_key(text), ()) if is_acronym(text) else None


def acronyms_in(text: str) -> list[tuple[str, str]]:
    """Return each acronym among the words of a text, with the text that is left without it."""
    tokens = _raw_tokens(text)
    return [
        (token, " ".join([*tokens[:place], *tokens[place + 1 :]]))
        for place, token in enumerate(tokens)
        if _is_word_acronym(token)
    ]


def is_partly_abbreviated(text: str, name: str) -> bool:
    """Say whether a text may be a name of which an acronym stands for a part, or for all.

    'Vascular EDS' is for 'Ehlers-Danlos syndrome, vascular type', and may be for the bare name or
    one with a number for its type; not for one with the word of another type.
    """
    whole = disease_name(name)
    words = [word for word in whole.words if word not in TYPE_WORDS]
    return any(
        designator_conflict(disease_name(rest).designators, whole.designators) is None
        and _may_abbreviate(acronym, disease_name(rest).words, words)
        for acronym, rest in acronyms_in(text)
    )


def _may_abbreviate(acronym: str, beside: Sequence[str], words: Sequence[str]) -> bool:
    """Say whether an acronym and the words beside it may be for these words."""
    typed = TYPE_IN_FRONT.fullmatch(acronym)
    if typed is not None:
        letter, letters = typed.groups()
        without = [_without(words, {word}) for word in words if word.startswith(letter)]
        return any(has_initials_of(letters, others) for others in (words, *without))
    kept = set(beside) - HEADS - TYPE_WORDS
    if not kept:
        return False
    if kept < set(words) and has_initials_of(acronym, _without(words, kept)):
        return True
    return acronym.isupper() and _is_typed(kept, words) and has_initials_of(acronym, words)


def _is_typed(kept: Collection[str], words: Sequence[str]) -> bool:
    """Say whether words beside an acronym may be the type of all that these words name.

    An acronym's letters are found in many a single word: there only one word beside it counts,
    and not 'deficiency', which is of the name ('MCAD deficiency').
    """
    telling = [word for word in words if word not in HEADS and word not in CONNECTIVES]
    return len(telling) > 1 or (len(kept) == 1 and "deficiency" not in kept)


def _without(words: Sequence[str], left_out: Collection[str]) -> list[str]:
    return [word for word in words if word not in left_out]


def holds_acronym(text: str, acronym: Acronym) -> bool:
    """Say whether an acronym is one of the words of a text that has other words than its type."""
    return typed_acronym(text) is None and acronym.letters in [a for a, _ in acronyms_in(text)]


def _is_word_acronym(token: str) -> bool:
    """Say whether a word is an acronym and no roman number."""
    return is_acronym(token) and not VALUE.fullmatch(token.lower())


def _raw_tokens(text: str) -> list[str]:
    """Return the words of a text in their own case."""
    plain = DOTTED_LETTERS.sub(lambda d: d.group(0).replace(".", ""), text.translate(SIGNS))
    return TOKEN.findall(PLUS.sub("plus", plain))


def _with_joined_type(letters: str, designators: tuple[str, ...]) -> Acronym:
    """Return the acronym with the type that is joined to it, where none is written apart."""
    joined = NUMBERED.fullmatch(letters) or ROMAN_NUMBERED.fullmatch(letters)
    if designators or joined is None:
        return Acronym(letters, designators)
    return Acronym(joined.group(1), disease_name(f"acronym {joined.group(2)}").designators)
