"""Words in one spelling: British or American, plural or singular, roman or arabic after 'type'."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Final

from src.domain.scan.normal import Normal, normalise

SPELLINGS: Final = (
    (re.compile(r"(?<=.)[ao]e(?=.)|^[ao]e(?=[stdr])"), "e"),
    (re.compile(r"(tum|col|fav|behavi|lab|hum|od|vap|neighb|hon)our"), r"\1or"),
    (re.compile(r"sulph"), "sulf"),
    (re.compile(r"leuc(?=[oae])"), "leuk"),
    (re.compile(r"(?<=[a-z]{3})is(e|ed|es|er|ing|ation|ations)$"), r"iz\1"),
    (re.compile(r"(?<=l)ys(e|ed|es|ing)$"), r"yz\1"),
    (re.compile(r"^(fib|cent|lit|met|micromet|millimet|centimet)re(s?)$"), r"\1er\2"),
    (re.compile(r"(?<=[aeiou])ll(ed|ing)$"), r"l\1"),
    (re.compile(r"^(neuron)e(s?)$"), r"\1\2"),
    (re.compile(r"^grey"), "gray"),
    (re.compile(r"mould"), "mold"),
    (re.compile(r"transplantation$"), "transplant"),
)
"""British to American; both sides are rewritten, so that one spelling is as good as the other."""
UNBENT: Final = """
graves herpes diabetes rabies scabies caries mumps tabes ascites measles series species does
always menses faeces feces biceps triceps yaws pes caput
"""
NO_PLURALS: Final = frozenset(UNBENT.split())
KINDS: Final = frozenset({"type", "subtype", "stage", "grade", "class"})
"""Words after which a numeral may be roman or arabic."""
KIND_PLURALS: Final = {f"{kind}s": kind for kind in KINDS}
ROMAN: Final = re.compile(r"(x{0,1}(?:ix|iv|v?i{0,3}))([a-h]?)")
ROMAN_VALUES: Final = {"i": 1, "v": 5, "x": 10}
NUMBER_WORDS: Final = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
}  # fmt: skip
MOST_WORDS: Final = 300_000
"""Words whose spelling is kept in memory."""


@dataclass(frozen=True)
class Words:
    """A text as words in one spelling, each of which knows where it stood."""

    normal: Normal
    folded: tuple[str, ...]
    """The words as they are folded."""
    tokens: tuple[str, ...]
    """The same words in one spelling."""
    text: str
    """The words in one spelling with a blank before, between and after."""

    @cached_property
    def places(self) -> list[tuple[int, int]]:
        """Start and end of each word in the folded text."""
        starts = _starts(self.folded)
        return [(at, at + len(word)) for at, word in zip(starts, self.folded, strict=True)]

    @cached_property
    def starts(self) -> list[int]:
        """Where each word begins in `text`."""
        return _starts(self.tokens, 1)

    def find(self, name: str) -> Iterator[tuple[int, int]]:
        """Yield first and last word (exclusive) of each occurrence of a spelt name."""
        wanted = f" {name} "
        at = self.text.find(wanted)
        while at >= 0:
            yield self.word_at(at + 1), self.word_at(at + len(name)) + 1
            at = self.text.find(wanted, at + 1)

    def word_at(self, position: int) -> int:
        """Return the number of the word at a position of `text`."""
        return max(0, bisect_right(self.starts, position) - 1)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return the code points of the original from word `first` up to before `last`."""
        return self.normal.span(*self.folded_span(first, last))

    def folded_span(self, first: int, last: int) -> tuple[int, int]:
        """Return start and end in the folded text."""
        return self.places[first][0], self.places[last - 1][1]


def words_of(normal: Normal) -> Words:
    """Return the words of a folded text in one spelling."""
    folded = tuple(normal.text.split(" ")) if normal.text else ()
    tokens = tuple(spelt_tokens(folded))
    return Words(normal, folded, tokens, f" {' '.join(tokens)} ")


def _starts(words: Sequence[str], first: int = 0) -> list[int]:
    """Return where each word begins when one blank stands between them."""
    steps = (len(word) + 1 for word in words[:-1])
    return list(accumulate(steps, initial=first)) if words else []


def spelt(text: str) -> str:
    """Return a name in the one spelling, ready to be found in Words."""
    return " ".join(spelt_tokens(normalise(text).text.split()))


def spelling(folded: str) -> str:
    """Return a folded name in the one spelling, but with its numerals as they are written.

    Two diseases may differ in nothing but 'type 2A' and 'type IIA'.
    """
    return " ".join(one_spelling(token) for token in folded.split())


def spelt_tokens(tokens: Sequence[str]) -> list[str]:
    """Return folded words in one spelling, numerals after 'type' or 'stage' as arabic ones."""
    found = list(map(_SPELLINGS.__getitem__, tokens))
    if KINDS.isdisjoint(found):
        return found
    for place in range(1, len(found)):
        if found[place - 1] in KINDS:
            found[place] = _arabic(tokens[place])
    return found


def one_spelling(token: str) -> str:
    """Return a folded word in American spelling and in the singular."""
    return _SPELLINGS[token]


def _one_spelling(token: str) -> str:
    if len(token) < 4 or token.isdecimal():
        return token
    token = KIND_PLURALS.get(token, token)
    if token not in NO_PLURALS:
        token = _singular(token)
    for british, american in SPELLINGS:
        token = british.sub(american, token)
    return token


class _Spellings(dict[str, str]):
    """The spelling of each word, worked out when it is first met."""

    def __missing__(self, token: str) -> str:
        if len(self) >= MOST_WORDS:
            self.clear()
        self[token] = _one_spelling(token)
        return self[token]


_SPELLINGS: Final = _Spellings()


def _singular(token: str) -> str:
    if token.endswith("omata"):
        return token[:-2]
    if token.endswith("itides"):
        return token[:-3] + "s"
    if re.search(r"(?:o|e|y|st|t)ses$|stases$", token) and len(token) > 7:
        return token[:-2] + "is"
    if token.endswith("ies") and len(token) > 5:
        return token[:-3] + "y"
    if token.endswith(("sses", "xes", "ches")):
        return token[:-2]
    if token.endswith("s") and not token.endswith(("ss", "us", "is")):
        return token[:-1]
    return token


@lru_cache(maxsize=10_000)
def _arabic(token: str) -> str:
    token = NUMBER_WORDS.get(token, token)
    roman = ROMAN.fullmatch(token)
    if roman is None or not roman.group(1):
        return token
    values = [ROMAN_VALUES[letter] for letter in roman.group(1)]
    total = sum(
        -value if value < max(values[place:]) else value for place, value in enumerate(values)
    )
    return f"{total}{roman.group(2)}"


def turned_round(name: str) -> str:
    """Return 'unicentric Castleman disease' for 'Castleman disease, unicentric type', or ''."""
    head, comma, tail = name.partition(",")
    if not comma or "," in tail or not head.strip() or not 1 <= len(tail.split()) <= 3:
        return ""
    before = re.sub(r"\s+(?:type|form|variant|subtype)$", "", tail.strip())
    return f"{before} {head.strip()}"
