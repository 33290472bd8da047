"""What stands twice: pictures, stretches of text, and an answer in the text of a sister item."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import Final, Generic, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

MOST_BITS: Final = 8
"""Of 64. Measured: saved again, smaller, brighter or with a line masked differ by 0 to 8 bits,
and unrelated scans of one kind by 26."""
WORDS_IN_A_ROW: Final = 8
HALF: Final = 0.5
"""From this share of the shorter text on, two texts count as sharing it."""
LONG_RUN: Final = 50
"""Words that stand in more texts than this tie each of them to the first alone: a form's
wording would otherwise make as many pairs as the square of the texts that hold it."""
SHORTEST_NAME: Final = 5
LONG_ANSWER: Final = 12
"""Answers of as many words are looked for by their rows of words, not letter by letter."""
BLOCK: Final = 128
"""Rows compared at once: as many as stay in a processor's own memory."""
PAIRS_AT_ONCE: Final = 2_000_000
QUOTED: Final = 160

Hashes = NDArray[np.uint64]
Watch = Callable[[float], bool]
"""Hears the share that is done; answers False to stop."""
N = TypeVar("N", bound=Hashable)
WORD = re.compile(r"[^\W_]+")


class MatchKind(StrEnum):
    """What two items have in common, the most telling first."""

    ANSWER_TOLD = "answer_told"
    """The answer of one stands in what the other shows."""
    SAME_IMAGE = "same_image"
    """The same bytes."""
    SHARED_TEXT = "shared_text"
    ALIKE_IMAGES = "alike_images"
    """Perceptual hashes that differ in few bits."""


class Place(NamedTuple):
    """A picture in its place in an item."""

    item_id: str
    position: int


class Match(BaseModel, frozen=True, extra="forbid"):
    """One thing that ties items together, and how much of it is the same."""

    kind: MatchKind
    items: tuple[str, ...]
    """All that it ties; for a told answer first the item it answers, then the one that tells."""
    images: tuple[Place, ...] = ()
    share: float
    """Of the bits of a hash, of the words of the shorter text, or of an answer's words."""
    field: str = ""
    quote: str = ""
    """The words in common, as one of the items writes them."""


class Group(BaseModel, frozen=True, extra="forbid"):
    """Items that hang together by matches: of several cases, or of one case."""

    scope: Literal["across", "within"]
    items: tuple[str, ...]
    matches: tuple[Match, ...]

    @property
    def tells(self) -> bool:
        """True when one of the items gives away another's answer."""
        return any(match.kind is MatchKind.ANSWER_TOLD for match in self.matches)


class Picture(NamedTuple):
    """A stored picture with all the places it stands in."""

    sha256: str
    phash: str | None
    places: tuple[Place, ...]


class Wording(NamedTuple):
    """What an item says: its case, the fields a model is shown, its answer and its names."""

    item_id: str
    case_id: str
    context: str
    shown: tuple[tuple[str, str], ...]
    """(field, text)"""
    names: tuple[str, ...]


def look_alike(hashes: Sequence[str], watch: Watch | None = None) -> list[tuple[int, int, int]]:
    """Return (place, place, bits that differ) of the hashes that differ in at most MOST_BITS.

    Every pair is compared, a block of rows at a time.
    """
    numbers = np.array([int(text, 16) for text in hashes], dtype=np.uint64)
    found: list[tuple[int, int, int]] = []
    for start in range(0, len(numbers), BLOCK):
        rows = numbers[start : start + BLOCK]
        bits = np.bitwise_count(rows[:, None] ^ numbers[None, start:])
        first, second = np.nonzero(bits <= MOST_BITS)
        later = second > first
        found += zip(
            (first[later] + start).tolist(),
            (second[later] + start).tolist(),
            bits[first[later], second[later]].tolist(),
            strict=True,
        )
        if watch is not None and not watch(min(1.0, (start + BLOCK) / len(numbers))):
            break
    return found


def picture_matches(
    pictures: Sequence[Picture], pairs: Iterable[tuple[int, int, int]]
) -> list[Match]:
    """Return the pictures that stand in several items, those that look alike taken together.

    `pairs` names pictures by their places in the sequence, with the bits in which they differ.
    """
    clusters: Clusters[int] = Clusters()
    farthest: dict[int, int] = {}
    for one, other, bits in pairs:
        clusters.join(one, other)
        farthest[one] = max(bits, farthest.get(one, 0))
    for number in range(len(pictures)):
        clusters.add(number)
    matches = []
    for members in clusters.all_of():
        places = sorted(place for number in members for place in pictures[number].places)
        items = tuple(dict.fromkeys(place.item_id for place in places))
        if len(items) < 2:
            continue
        bits = max((farthest.get(number, 0) for number in members), default=0)
        same = len(members) == 1
        matches.append(
            Match(
                kind=MatchKind.SAME_IMAGE if same else MatchKind.ALIKE_IMAGES,
                items=items,
                images=tuple(places),
                share=1.0 if same else 1 - bits / 64,
            )
        )
    return matches


def text_matches(wordings: Sequence[Wording], watch: Watch | None = None) -> list[Match]:
    """Return the pairs of cases that share half of the shorter context or more, word by word.

    Contexts are compared as sets of rows of eight words; of two cases the items that share most
    are named, and all that share enough are tied together.
    """
    by_text: dict[str, list[Wording]] = defaultdict(list)
    for wording in wordings:
        by_text[wording.context].append(wording)
    numbers, rows, texts = WordNumbers(), [], []
    for number, text in enumerate(by_text):
        found = np.unique(rows_of_words(text, numbers))
        if len(found):
            rows.append(found)
            texts.append(text)
        if number % 100 == 0 and watch is not None and not watch(0.8 * number / len(by_text)):
            return []
    cases = [frozenset(wording.case_id for wording in by_text[text]) for text in texts]
    shares = {(n, n): 1.0 for n, of in enumerate(cases) if len(of) > 1}
    shares |= {
        pair: share
        for pair, share in _shares(rows, watch)
        if len(cases[pair[0]] | cases[pair[1]]) > 1
    }
    return _by_cases([by_text[text] for text in texts], texts, shares)


def _shares(rows: Sequence[Hashes], watch: Watch | None) -> Iterator[tuple[tuple[int, int], float]]:
    """Yield the pairs of texts of which one holds half of the other's rows of words or more."""
    if not rows:
        return
    sizes = np.array([len(row) for row in rows])
    together: dict[int, int] = defaultdict(int)
    for pairs in _pairs_in_common(rows):
        codes, counts = np.unique(pairs, return_counts=True)
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
            together[code] += count
        if watch is not None and not watch(0.9):
            return
    for code, count in together.items():
        one, other = divmod(code, len(rows))
        share = count / min(sizes[one], sizes[other])
        if share >= HALF:
            yield (one, other), float(share)


def _pairs_in_common(rows: Sequence[Hashes]) -> Iterator[NDArray[np.int64]]:
    """Yield, in portions, a number for each pair of texts at each row of words they share."""
    keys = np.concatenate(rows)
    owners = np.repeat(np.arange(len(rows), dtype=np.int64), [len(row) for row in rows])
    order = np.argsort(keys, kind="stable")
    keys, owners = keys[order], owners[order]
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    lengths = np.diff(np.append(starts, len(keys)))
    for length in np.unique(lengths[lengths > 1]).tolist():
        heads = starts[lengths == length]
        first, second = _pairs_within(length)
        step = max(1, PAIRS_AT_ONCE // len(first))
        for begin in range(0, len(heads), step):
            members = owners[heads[begin : begin + step, None] + np.arange(length)]
            yield (members[:, first] * len(rows) + members[:, second]).ravel()


def _pairs_within(length: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    if length > LONG_RUN:
        later = np.arange(1, length)
        return np.zeros_like(later), later
    first, second = np.triu_indices(length, 1)
    return first, second


def _by_cases(
    holders: Sequence[Sequence[Wording]],
    texts: Sequence[str],
    shares: Mapping[tuple[int, int], float],
) -> list[Match]:
    best: dict[tuple[str, str], tuple[float, int, int]] = {}
    tied: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (one, other), share in sorted(shares.items()):
        for left in holders[one]:
            for right in holders[other]:
                if left.case_id == right.case_id:
                    continue
                pair = min(left.case_id, right.case_id), max(left.case_id, right.case_id)
                tied[pair] |= {left.item_id, right.item_id}
                if share > best.get(pair, (0.0, 0, 0))[0]:
                    best[pair] = share, one, other
    return [
        Match(
            kind=MatchKind.SHARED_TEXT,
            items=tuple(sorted(tied[pair])),
            share=min(1.0, share),
            field="context",
            quote=words_in_common(texts[one], texts[other]),
        )
        for pair, (share, one, other) in best.items()
    ]


def told_answers(wordings: Iterable[Wording]) -> list[Match]:
    """Return where the answer of one item stands in what another item of its case shows."""
    by_case: dict[str, list[Wording]] = defaultdict(list)
    for wording in wordings:
        by_case[wording.case_id].append(wording)
    return [
        match
        for sisters in by_case.values()
        if len(sisters) > 1
        for telling in sisters
        for match in _told_by(telling, [asked for asked in sisters if asked is not telling])
    ]


def _told_by(telling: Wording, sisters: Sequence[Wording]) -> Iterator[Match]:
    """Yield the first place in which an item tells each sister's answer."""
    shown = [(field, text, f" {' '.join(folded_words(text))} ") for field, text in telling.shown]
    for asked in sisters:
        told = (
            (field, *_stands_in(name, text, folded))
            for field, text, folded in shown
            for name in asked.names
        )
        field, share, quote = next((found for found in told if found[1] >= HALF), ("", 0.0, ""))
        if field:
            yield Match(
                kind=MatchKind.ANSWER_TOLD,
                items=(asked.item_id, telling.item_id),
                share=share,
                field=field,
                quote=quote,
            )


def _stands_in(name: str, text: str, folded: str) -> tuple[float, str]:
    """Return how much of a name or an answer a text holds, and the words in common."""
    wanted = folded_words(name)
    if len("".join(wanted)) < SHORTEST_NAME or all(word.isdecimal() for word in wanted):
        return 0.0, ""
    if len(wanted) < LONG_ANSWER:
        return (1.0, name) if f" {' '.join(wanted)} " in folded else (0.0, "")
    rows = np.unique(rows_of_words(name))
    share = float(np.isin(rows, rows_of_words(text)).mean())
    return share, words_in_common(name, text) if share >= HALF else ""


def folded_words(text: str) -> list[str]:
    """Return the words of a text without case, accents and punctuation."""
    return [folded for word in WORD.findall(text) for folded in _folded(word)]


@lru_cache(maxsize=400_000)
def _folded(word: str) -> tuple[str, ...]:
    parts = unicodedata.normalize("NFKD", word).casefold()
    return tuple(WORD.findall("".join(c for c in parts if not unicodedata.combining(c))))


class WordNumbers(dict[str, int]):
    """A number for each word as it is written; spellings that fold to the same have the same."""

    def __missing__(self, word: str) -> int:
        """Number a word that was not met before."""
        said = " ".join(_folded(word)).encode()
        self[word] = int.from_bytes(blake2b(said, digest_size=8).digest(), "big")
        return self[word]


_POWERS = np.array(
    [pow(6_364_136_223_846_793_005, n, 2**64) for n in range(WORDS_IN_A_ROW)], dtype=np.uint64
)


def rows_of_words(text: str, numbers: WordNumbers | None = None) -> Hashes:
    """Return a number for each row of eight words of a text, in their order."""
    known = WordNumbers() if numbers is None else numbers
    words = np.array([known[word] for word in WORD.findall(text)], dtype=np.uint64)
    many = len(words) - WORDS_IN_A_ROW + 1
    if many < 1:
        return np.zeros(0, dtype=np.uint64)
    total = np.zeros(many, dtype=np.uint64)
    for place, power in enumerate(_POWERS):
        total += words[place : place + many] * power
    return total


def words_in_common(one: str, other: str) -> str:
    """Return the longest stretch of one text that stands word by word in another, shortened."""
    common = np.isin(rows_of_words(one), rows_of_words(other))
    edges = np.flatnonzero(np.diff(np.concatenate(([False], common, [False])).astype(np.int8)))
    stretches = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    if not stretches:
        return ""
    start, end = max(stretches, key=lambda stretch: stretch[1] - stretch[0])
    words = list(WORD.finditer(one))
    quote = one[words[start].start() : words[end + WORDS_IN_A_ROW - 2].end()]
    return quote if len(quote) <= QUOTED else quote[: QUOTED - 2].rstrip() + " …"


def groups_of(matches: Iterable[Match], cases: Mapping[str, str]) -> list[Group]:
    """Return the groups that hang together by matches, the most telling and largest first.

    Ties between cases and ties within one case make groups of their own: that items of a case
    share its pictures is how they were made, that two cases share one is not.
    """
    across: list[Match] = []
    within: list[Match] = []
    for match in matches:
        of = {cases[item_id] for item_id in match.items}
        (across if len(of) > 1 else within).append(match)
    found = [*_groups("across", across), *_groups("within", within)]
    return sorted(found, key=lambda g: (g.scope != "across", not g.tells, -len(g.items), g.items))


def _groups(scope: Literal["across", "within"], matches: Sequence[Match]) -> Iterator[Group]:
    clusters: Clusters[str] = Clusters()
    for match in matches:
        for one, other in pairwise(match.items):
            clusters.join(one, other)
    kinds = list(MatchKind)
    held: dict[str, list[Match]] = defaultdict(list)
    for match in matches:
        held[clusters.root(match.items[0])].append(match)
    for members in clusters.all_of():
        own = held[clusters.root(members[0])]
        own.sort(key=lambda m: (kinds.index(m.kind), -m.share, m.items))
        yield Group(scope=scope, items=tuple(sorted(members)), matches=tuple(own))


class Clusters(Generic[N]):
    """Things that belong together when a chain of ties leads from one to the other."""

    def __init__(self) -> None:
        self._above: dict[N, N] = {}

    def add(self, one: N) -> None:
        """Know a thing, alone until it is joined."""
        self._above.setdefault(one, one)

    def join(self, one: N, other: N) -> None:
        """Tie two things."""
        first, second = self.root(one), self.root(other)
        if first != second:
            self._above[second] = first

    def root(self, one: N) -> N:
        """Return the one thing that stands for all that belong together with this one."""
        self.add(one)
        while self._above[one] != one:
            self._above[one] = self._above[self._above[one]]
            one = self._above[one]
        return one

    def all_of(self) -> list[list[N]]:
        """Return what belongs together, in the order in which it became known."""
        found: dict[N, list[N]] = defaultdict(list)
        for one in list(self._above):
            found[self.root(one)].append(one)
        return list(found.values())
