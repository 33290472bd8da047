"""What an item of a round comes to, in short: all that statistics need, and no free text.

A wording somebody wrote stands here by its hash: two readers gave the same one or they did not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple, Self

from src.domain.adjudication import Decision
from src.domain.canonical import text_sha256
from src.domain.evidence import ImageBox, TextSpan, WholeImage
from src.domain.gold import ItemState, SettledUnit
from src.domain.interrater.overlap import shared_words, text_similarity
from src.domain.item import Item
from src.domain.review import CheckAnswer, ClaimReading, Recommendation, Review, Verdict
from src.domain.routing import Links, box_match, marked_f1, new_text
from src.domain.units import ABSENT, AS_IMPORTED, REMOVED, Unit

OPEN = "open"
"""Beside the methods of gold: what waits for an adjudicator."""
RULED_EARLIER = "ruled_earlier"
"""Beside the methods of gold: what a decision of another round settled, and this one did not."""
FLAGGED, KEPT, DELETED, EDITED = "flagged", "keep", "delete", "edit"
LISTED = frozenset(
    [value.value for kind in (Verdict, CheckAnswer, Recommendation) for value in kind]
    + [ABSENT, AS_IMPORTED, REMOVED, FLAGGED]
)
"""Keys that stand as they are; so do those of additions, which hold no wording either."""
DIGITS = 16


class UnitOutcome(NamedTuple):
    """One unit with what each reader says of it, and how it came to its value."""

    name: str
    keys: tuple[str | None, ...]
    """In the order of the readers; None where one says nothing. Empty for what is only settled:
    evidence that differs, and the audit."""
    how: str
    """A method of gold, OPEN or RULED_EARLIER."""
    reasons: tuple[str, ...]
    """Why it goes to an adjudicator, in this round."""

    @property
    def said(self) -> list[str]:
        """What the readers say, missing readings left out."""
        return [key for key in self.keys if key is not None]

    @property
    def differs(self) -> bool:
        """True where two readers say something else."""
        return len(set(self.said)) > 1


class EvidencePair(NamedTuple):
    """How the evidence of two readers for one claim meets; None where neither gave such."""

    unit: str
    first: int
    second: int
    """Places among the readers."""
    box_f1: float | None
    mean_iou: float | None
    """Of the boxes that pair; None without a pair."""
    span_f1: float | None


class TextPair(NamedTuple):
    """How near two readers' new wordings of the same text are, each from 0 to 1."""

    unit: str
    first: int
    second: int
    similarity: float
    words: float


class Sets(NamedTuple):
    """What each reader chose of several things; None where one chose nothing of the kind."""

    unit: str
    kind: str
    """IMAGES or NAMES."""
    chosen: tuple[tuple[str, ...] | None, ...]


IMAGES, NAMES = "images", "names"


class Outcome(NamedTuple):
    """An item as the readers of one round left it, in short."""

    readers: tuple[str, ...]
    days: tuple[str, ...]
    """When each reader submitted, as YYYY-MM-DD."""
    units: tuple[UnitOutcome, ...]
    audit: str
    """waiting, confirmed or changed; empty for an item that was not drawn."""
    audit_changes: int
    evidence: tuple[EvidencePair, ...]
    sets: tuple[Sets, ...]
    texts: tuple[TextPair, ...]

    @property
    def read_units(self) -> Iterator[UnitOutcome]:
        """The units that readers say something of."""
        return (unit for unit in self.units if unit.keys)

    def body(self) -> list[Any]:
        """Return the outcome as JSON, short."""
        return list(self)

    @classmethod
    def of_body(cls, body: Sequence[Any]) -> Self:
        """Return the outcome that was written as JSON."""
        readers, days, units, audit, changes, evidence, sets, texts = body
        return cls(
            tuple(readers),
            tuple(days),
            tuple(
                UnitOutcome(name, tuple(keys), how, tuple(reasons))
                for name, keys, how, reasons in units
            ),
            audit,
            changes,
            tuple(EvidencePair(*pair) for pair in evidence),
            tuple(
                Sets(unit, kind, tuple(None if c is None else tuple(c) for c in chosen))
                for unit, kind, chosen in sets
            ),
            tuple(TextPair(*pair) for pair in texts),
        )


def outcome_of(
    item: Item,
    reviews: Sequence[Review],
    units: Sequence[Unit],
    further: Sequence[Unit],
    settled: Sequence[SettledUnit],
    state: ItemState,
    decisions: Mapping[str, Decision],
) -> Outcome:
    """Return in short what a settled item is.

    `units` is what readers speak of, `further` what can be ruled on besides; `decisions` are those
    of this round.
    """
    ordered = sorted(reviews, key=lambda review: review.person)
    place = {review.person: number for number, review in enumerate(ordered)}
    how = {unit.unit: _how(unit, decisions) for unit in settled}
    how |= dict.fromkeys(state.open_units, OPEN)

    def one(unit: Unit, keys: tuple[str | None, ...]) -> UnitOutcome:
        came = how[unit.name]
        reasons = () if came == RULED_EARLIER else state.reasons.get(unit.name, ())
        return UnitOutcome(unit.name, keys, came, tuple(reason.value for reason in reasons))

    return Outcome(
        readers=tuple(place),
        days=tuple(review.submitted_at.date().isoformat() for review in ordered),
        units=(
            *(one(unit, _keys(unit, place)) for unit in units),
            *(one(unit, ()) for unit in further if unit.name in how),
        ),
        audit=state.audit or "",
        audit_changes=len(state.audit_changes),
        evidence=tuple(_evidence(item, ordered)),
        sets=tuple(_sets(item, ordered)),
        texts=tuple(_texts(units, place)),
    )


def _how(unit: SettledUnit, decisions: Mapping[str, Decision]) -> str:
    """Return how a unit was settled; a decision of another round is none of this one's."""
    own = decisions.get(unit.unit)
    if unit.method == "adjudicated" and (own is None or own.decision_id != unit.decision_id):
        return RULED_EARLIER
    return unit.method


def _keys(unit: Unit, place: Mapping[str, int]) -> tuple[str | None, ...]:
    keys: list[str | None] = [None] * len(place)
    for reading in unit.readings:
        keys[place[reading.person]] = short_key(unit.name, reading.key, reading.value)
    return tuple(keys)


def short_key(unit: str, key: str, value: object) -> str:
    """Return the key of a reading without any wording in it; the same for the same key."""
    if key in LISTED or ":+" in unit:
        return key
    action = value.get("action") if isinstance(value, dict) else None
    if action in (KEPT, DELETED):
        return str(action)
    start = f"{EDITED} " if action == EDITED else ""
    return start + text_sha256(key)[:DIGITS]


def _evidence(item: Item, reviews: Sequence[Review]) -> Iterator[EvidencePair]:
    """Yield each claim with each two readers who judge it and of whom one marked something."""
    for claim in item.claims:
        for (a, first), (b, second) in combinations(_judging(claim.claim_id, reviews), 2):
            links = (first.evidence, second.evidence)
            match = box_match(*links) if _has(links, ImageBox) else None
            spans = marked_f1(*links) if _has(links, TextSpan) else None
            if match is not None or spans is not None:
                yield EvidencePair(
                    f"claim:{claim.claim_id}",
                    a,
                    b,
                    match.f1 if match is not None else None,
                    match.mean_iou if match is not None else None,
                    spans,
                )


def _judging(claim_id: str, reviews: Sequence[Review]) -> Iterator[tuple[int, ClaimReading]]:
    for place, review in enumerate(reviews):
        said = review.body.claim(claim_id)
        if said.verdict not in (None, Verdict.CANNOT_JUDGE) and not said.removed:
            yield place, said


def _has(given: Iterable[Links], kind: type[ImageBox] | type[TextSpan]) -> bool:
    return any(isinstance(link, kind) for links in given for link in links)


def _sets(item: Item, reviews: Sequence[Review]) -> Iterator[Sets]:
    """Yield the images each reader rests a claim on, and the further names each proposes."""
    positions = {image.sha256: str(image.position) for image in item.content.images}
    for claim in item.claims:
        chosen: list[tuple[str, ...] | None] = [None] * len(reviews)
        for place, said in _judging(claim.claim_id, reviews):
            chosen[place] = _images(said.evidence, positions)
        if any(chosen):
            yield Sets(f"claim:{claim.claim_id}", IMAGES, tuple(chosen))
    names = [review.body.proposals.aliases for review in reviews]
    if any(names):
        hashed = (tuple(sorted({text_sha256(n)[:DIGITS] for n in given})) for given in names)
        yield Sets("field:aliases", NAMES, tuple(hashed))


def _images(links: Links, positions: Mapping[str, str]) -> tuple[str, ...]:
    shown = {link.sha256 for link in links if isinstance(link, WholeImage | ImageBox)}
    return tuple(sorted(positions[sha256] for sha256 in shown if sha256 in positions))


def _texts(units: Sequence[Unit], place: Mapping[str, int]) -> Iterator[TextPair]:
    for unit in units:
        written = [
            (place[reading.person], text)
            for reading in unit.readings
            if (text := new_text(unit.name, reading)) is not None
        ]
        for (a, first), (b, second) in combinations(written, 2):
            near, words = text_similarity(first, second), shared_words(first, second)
            yield TextPair(unit.name, a, b, near, words)
