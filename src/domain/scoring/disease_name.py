"""Disease names in one canonical form: what may differ in writing without another disease meant."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Final

SIGNS: Final = str.maketrans(
    dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("’‘ʼ`´′", "'")
    | {"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ł": "l"}
)
POSSESSIVE: Final = re.compile(r"'s\b|(?<=s)'(?!\w)", re.IGNORECASE)
DOTTED_LETTERS: Final = re.compile(r"\b(?:[a-z]\.){2,}", re.IGNORECASE)
PLUS: Final = re.compile(r"(?<=\w)\+")
MINUS: Final = re.compile(r"(?<=\w)-(?=[\s,;)]|$)")
TURNED: Final = re.compile(r"[,(\[]|\bof\b", re.IGNORECASE)
TOKEN: Final = re.compile(r"[^\W_]+")
UMLAUTS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Ø": "Oe"}
)
"""As those write them who have no such letters; others leave the dots away."""
VALUE: Final = re.compile(r"\d{1,2}(?:[a-z]\d?)?|[ivx]{1,5}[a-h]?|[a-z]")
PARTED_VALUE: Final = re.compile(r"\b(\d{1,2}|[ivx]{1,5}) (?:subtype )?([a-h])$")
"""As in 'I-b' and '1, subtype B' at the end of a name."""
ROMAN: Final = re.compile(r"([ivx]+)([a-h]?)")
UNMISTAKABLE_ROMAN: Final = re.compile(r"(?:ii|iii|iv|vi{1,3}|ix|xi{1,3}|xiv|xvi{0,3})[a-h]?")

ROMAN_NUMBERS: Final = {
    "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10,
    "xi": 11, "xii": 12, "xiii": 13, "xiv": 14, "xv": 15, "xvi": 16, "xvii": 17, "xviii": 18,
    "xix": 19, "xx": 20,
}  # fmt: skip
NUMBER_WORDS: Final = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
}  # fmt: skip
KINDS: Final = {
    "type": "type", "subtype": "type", "stage": "stage", "grade": "grade", "class": "class",
    "group": "group", "phase": "phase", "category": "category",
}  # fmt: skip
SPELLINGS: Final = (
    (re.compile(r"(?:ao?|oo?)e"), "e"),
    (re.compile(r"our(s?|al)$"), r"or\1"),
    (re.compile(r"sulph"), "sulf"),
    (re.compile(r"leuc(?=[eo])"), "leuk"),
    (re.compile(r"^grey$"), "gray"),
    (re.compile(r"^ageing$"), "aging"),
    (re.compile(r"is(ed|ing|ation)$"), r"iz\1"),
    (re.compile(r"^(fib|cent)re$"), r"\1er"),
)
"""British to American; applied to both sides, so that one spelling is as good as the other."""
JOINT: Final = re.compile(r"(?:ao?|oo?)e")
"""Once more where words are joined: angio-oedema is angioedema."""
SAFE_PLURALS: Final = {
    plural: singular
    for singular, plural in (
        (word, word[:-1] + "ies" if word.endswith("y") else word + "s")
        for word in (
            "syndrome", "disease", "disorder", "tumor", "cyst", "deficiency", "anomaly",
            "malformation", "lesion", "neoplasm", "cancer", "fistula", "aneurysm",
        )
    )
}  # fmt: skip
"""Only these and -omas lose their plural: Graves, herpes and diabetes are no plurals."""
PLURAL_OMA: Final = re.compile(r"omas$|omata$")
UNSPOKEN: Final = frozenset({"the", "of"})
RELATIONS: Final = frozenset({"with", "without", "due", "secondary", "from", "in", "to", "by"})


@dataclass(frozen=True)
class DiseaseName:
    """A disease name as words in order, with its type, stage or grade set apart."""

    words: tuple[str, ...]
    designators: tuple[str, ...]
    """Such as 'type 2' and 'stage 4', sorted."""
    turned: bool = False
    """True when the name is written with a comma, brackets or 'of', which turn words round."""
    written_out: tuple[str, ...] = ()
    """The words with oe for an o with dots, where there is such a letter."""

    @cached_property
    def _spellings(self) -> tuple[tuple[str, ...], ...]:
        return (self.words, self.written_out) if self.written_out else (self.words,)

    @cached_property
    def _together(self) -> frozenset[str]:
        """The words without gaps: 'neuro fibromatosis' is 'neurofibromatosis'."""
        return frozenset(JOINT.sub("e", "".join(words)) for words in self._spellings)

    def has_same_words(self, other: DiseaseName) -> bool:
        """Say whether the words are the same, in the same order unless one name is turned round.

        The order counts: Gorlin-Goltz and Goltz-Gorlin syndrome are two diseases. Around 'with'
        and 'due to' it always counts.
        """
        if self._together & other._together:
            return True
        if not (self.turned or other.turned) or RELATIONS & set(self.words):
            return False
        pairs = product(self._spellings, other._spellings)
        return any(sorted(ours) == sorted(theirs) for ours, theirs in pairs)


def is_subtype(value: str, of: str) -> bool:
    """Say whether type 1B is one of type 1, 4B2 of 4B: the same, and a letter or number more."""
    more = value.removeprefix(of)
    return 0 < len(more) < len(value) and more[0].isalpha() is not of[-1].isalpha()


def designator_conflict(ours: Collection[str], theirs: Collection[str]) -> str | None:
    """Say which type, stage or grade two names give differently; a subtype is no other type."""
    mine, others = _by_kind(ours), _by_kind(theirs)
    for kind in sorted(mine.keys() & others.keys()):
        pairs = [(one, other) for one in mine[kind] for other in others[kind]]
        if not any(one == o or is_subtype(one, o) or is_subtype(o, one) for one, o in pairs):
            said, known = " and ".join(mine[kind]).upper(), " and ".join(others[kind]).upper()
            return f"{kind.title()} {said} is not {kind} {known}"
    return None


def _by_kind(designators: Collection[str]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = defaultdict(list)
    for designator in designators:
        kind, value = designator.split(" ", 1)
        values[kind].append(value)
    return values


def numbers_in(text: str) -> frozenset[str]:
    """Return the words of a text as numbers are written: 'synthetase I' holds 1."""
    return frozenset(_arabic(token) for token in tokens_of(text))


@lru_cache(maxsize=16_384)
def disease_name(text: str) -> DiseaseName:
    """Return the canonical form of a name.

    Case, accents, hyphens, apostrophes, possessives, Greek letters, British spelling, safe
    plurals and roman numerals are levelled. A number or letter after type, stage or grade, or at
    the end, is a designator: 'Mucopolysaccharidosis II' is of type 2.
    """
    words, designators = _parted(text)
    dotted = unicodedata.normalize("NFC", text)
    plain = dotted.translate(UMLAUTS)
    written_out = _parted(plain)[0] if plain != dotted else ()
    return DiseaseName(words, designators, TURNED.search(text) is not None, written_out)


def _parted(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of a name in order, and its designators sorted."""
    numbered = [NUMBER_WORDS.get(token, token) for token in tokens_of(text)]
    tokens = PARTED_VALUE.sub(r"\1\2", " ".join(numbered)).split()
    if tokens[:1] in (["a"], ["an"]) and len(tokens) > 1:
        tokens = tokens[1:]

    words: list[str] = []
    designators: list[str] = []
    place = 0
    while place < len(tokens):
        word, following = tokens[place], tokens[place + 1 : place + 2]
        if word in KINDS and following and VALUE.fullmatch(following[0]):
            designators.append(f"{KINDS[word]} {_arabic(following[0])}")
            place += 1
        elif place == len(tokens) - 1 and words and VALUE.fullmatch(word):
            # A bare X at the end is more often the chromosome than the tenth.
            designators.append(f"type {word if word == 'x' else _arabic(word)}")
        elif word == "non" and following:
            words.append(_word(f"non{following[0]}"))
            place += 1
        elif word not in UNSPOKEN:
            words.append(_word(word))
        place += 1
    return tuple(words), tuple(sorted(designators))


def tokens_of(text: str) -> list[str]:
    """Return the words of a text, letters and digits only, in small letters without accents."""
    plain = unicodedata.normalize("NFKC", text.translate(SIGNS))
    plain = "".join(_greek_name(character) for character in plain)
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKD", plain)
        if not unicodedata.combining(character)
    )
    plain = POSSESSIVE.sub("", plain.casefold()).replace("'", "")
    plain = DOTTED_LETTERS.sub(lambda dotted: dotted.group(0).replace(".", ""), plain)
    plain = MINUS.sub(" negative ", PLUS.sub(" positive ", plain))
    return TOKEN.findall(plain)


def _greek_name(character: str) -> str:
    """Return ' alpha ' for a Greek alpha, any other character as it is."""
    name = unicodedata.name(character, "")
    if not name.startswith("GREEK") or " LETTER " not in name:
        return character
    letter = name.split(" LETTER ")[1].removeprefix("FINAL ").split()[0]
    return f" {letter.lower()} "


def _arabic(value: str) -> str:
    roman = ROMAN.fullmatch(value)
    if roman is None or roman.group(1) not in ROMAN_NUMBERS:
        return value
    return f"{ROMAN_NUMBERS[roman.group(1)]}{roman.group(2)}"


def _word(token: str) -> str:
    if UNMISTAKABLE_ROMAN.fullmatch(token):
        return _arabic(token)
    for british, american in SPELLINGS:
        token = british.sub(american, token)
    return SAFE_PLURALS.get(token, PLURAL_OMA.sub("oma", token))
