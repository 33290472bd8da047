"""Settling what readers differ on, one unit at a time, by somebody who did not read the item."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field, model_validator

from db import decisions, events, images, items, people, reviews, rounds
from db.database import Database, Transaction
from src.domain.adjudication import (
    CONFIRM,
    Decision,
    Dispute,
    Reason,
    dispute_of,
    letters_of,
    misfit,
    settled_value,
)
from src.domain.canonical import JsonValue
from src.domain.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from src.domain.evidence import EvidenceLink
from src.domain.gold import Audit, SettledUnit
from src.domain.item import ItemView
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.domain.review import MAX_TEXT, Confidence, Receipt
from src.services import leak_standing
from src.services.settling import SettledItem, settle_item

Clock = Callable[[], datetime]
PAGE = 200


class DisputedItem(BaseModel, frozen=True, extra="forbid"):
    """One line of the adjudicator's list."""

    round: str
    item_id: str
    track: str
    open_units: int
    units: int


class ReaderEvidence(BaseModel, frozen=True, extra="forbid"):
    """A piece of evidence one unnamed reader gave for a claim."""

    reader: str
    claim_id: str
    link: EvidenceLink


class Case(BaseModel, frozen=True, extra="forbid"):
    """An item before its adjudicator: disputes first, what is settled behind them."""

    round: str
    view: ItemView
    disputes: tuple[Dispute, ...]
    settled: tuple[SettledUnit, ...]
    evidence: tuple[ReaderEvidence, ...]
    refused: tuple[ReaderEvidence, ...]
    """The benchmark's links a reader says are not evidence."""
    notes: tuple[tuple[str, str, str], ...]
    """(reader, unit, note) of what the readers wrote beside their readings."""
    audit: Audit | None = None
    """What became of it in the audit; None when it was not drawn."""


class Ruling(BaseModel, frozen=True, extra="forbid"):
    """What an adjudicator says of one unit."""

    round: str
    item_id: str
    unit: str
    chosen: str
    value: JsonValue = None
    reason: Reason | None = None
    """Why the readers differ; only of an audited item that is confirmed there is none."""
    rationale: str = Field(default="", max_length=MAX_TEXT)
    confidence: Confidence = Confidence.HIGH
    input_digest: str | None = None
    """Of the dispute that was on the screen; another one refuses the ruling."""

    @model_validator(mode="after")
    def _differences_have_a_reason(self) -> Self:
        if (self.reason is None) is not (self.chosen == CONFIRM):
            raise ValueError("say why the readers differ: a reason for all but 'confirm'")
        return self


class Adjudicating:
    """What an adjudicator does. Readers are letters here, shuffled for each item."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def worst_first(
        self, actor: Actor, *, size: int = 50, offset: int = 0, round_name: str | None = None
    ) -> list[DisputedItem]:
        """Return the items with open units, most open first, without those the actor read."""
        actor.require(Role.ADJUDICATOR, Role.LEAD)
        with self._database.reading() as t:
            found = decisions.worst_first(t, size, offset, round_name)
            return [
                DisputedItem(round=r, item_id=i, track=track, open_units=open_, units=units)
                for r, i, track, open_, units in found
                if not reviews.has_read(t, actor.person_id, i)
            ]

    def totals(self, actor: Actor) -> tuple[int, int, int]:
        """Return (items with open units, open units, items with a confirmed leak)."""
        actor.require(Role.ADJUDICATOR, Role.LEAD)
        with self._database.reading() as t:
            return decisions.totals(t)

    def case(self, actor: Actor, round_name: str, item_id: str) -> Case:
        """Return an item with its disputes, and remember that the actor has seen its readings."""
        actor.require(Role.ADJUDICATOR, Role.LEAD)
        with self._database.transaction() as t:
            found = self._fully_read(t, actor, round_name, item_id)
            self._show(t, actor, item_id)
            return self._case(t, found, round_name)

    def disputes(self, actor: Actor, round_name: str | None = None) -> Iterator[Dispute]:
        """Yield every open dispute, items in the order of their ids, read in pages.

        Items the actor read or holds are left out; of the others it is remembered that the
        actor has seen their readings.
        """
        actor.require(Role.ADJUDICATOR, Role.LEAD)
        after = ("", "")
        while True:
            with self._database.reading() as t:
                page = rounds.items_fully_read(t, round_name, after, PAGE)
                found = [
                    dispute
                    for name, item_id, *_ in page
                    if _why_not(t, actor, name, item_id) is None
                    for dispute in _open_disputes(t, settle_item(t, name, item_id), name)
                ]
            with self._database.transaction() as t:
                for item_id in sorted({dispute.item_id for dispute in found}):
                    self._show(t, actor, item_id)
            yield from found
            if len(page) < PAGE:
                return
            after = (page[-1][0], page[-1][1])

    def decide(self, actor: Actor, ruling: Ruling) -> Receipt:
        """Settle one unit for ever, with a reason, and return the receipt.

        A later ruling on the same unit supersedes, both are kept. Raises NotAllowedError when
        the actor read the item, ConflictError when the readings changed under the ruling.
        """
        return self.decide_all(actor, [ruling])[0]

    def decide_all(self, actor: Actor, rulings: Sequence[Ruling]) -> list[Receipt]:
        """Settle several units as `decide` does, all of them or none."""
        actor.require(Role.ADJUDICATOR)
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.ADJUDICATOR)
            return [self._decide(t, actor, ruling) for ruling in rulings]

    def _decide(self, t: Transaction, actor: Actor, ruling: Ruling) -> Receipt:
        now = self._clock()
        found = self._fully_read(t, actor, ruling.round, ruling.item_id)
        self._show(t, actor, ruling.item_id)
        dispute = _dispute(t, found, ruling)
        if ruling.input_digest is not None and ruling.input_digest != dispute.input_digest:
            raise ConflictError("A reading changed since you opened the item. Look again.")
        key, value = settled_value(dispute, ruling.chosen, ruling.value)
        shown = {image.sha256 for image in found.item.content.images}
        wrong = misfit(found.item, ruling.unit, value, images.records(t, shown))
        if wrong is not None:
            raise BadInputError(wrong)
        revision = decisions.latest_revision(t, ruling.round, ruling.item_id, ruling.unit) + 1
        decision = Decision(
            decision_id=secrets.token_hex(12),
            round=ruling.round,
            item_id=ruling.item_id,
            item_version=found.item.version,
            unit=ruling.unit,
            adjudicator=actor.person_id,
            chosen=ruling.chosen,
            key=key,
            value=value,
            reason=ruling.reason,
            rationale=ruling.rationale,
            confidence=ruling.confidence,
            input_digest=dispute.input_digest,
            revision=revision,
            decided_at=now,
        )
        row = decisions.add(t, decision, secrets.token_hex(16))
        link = events.append_row(t, "unit.decided", actor.person_id, row, now)
        leak_standing.count_anew(t, ruling.item_id)
        return Receipt(number=row.number, hash=link.hash, at=now)

    def _fully_read(
        self, t: Transaction, actor: Actor, round_name: str, item_id: str
    ) -> SettledItem:
        """Return an item all of whose readings are in; before that nobody sees any of them."""
        row = rounds.item_of(t, round_name, item_id)
        if row is None:
            raise NotFoundError(f"There is no item {item_id!r} in the round {round_name!r}.")
        if not rounds.counts(t, row):
            raise NotAllowedError(f"{item_id!r} was read for practice, or taken out of the round.")
        reason = _why_not(t, actor, round_name, item_id)
        if reason is not None:
            raise NotAllowedError(reason)
        if row.missing > 0:
            raise NotAllowedError(f"{item_id!r} still waits for {counted(row.missing, 'reader')}.")
        return settle_item(t, round_name, item_id)

    def _show(self, t: Transaction, actor: Actor, item_id: str) -> None:
        """Remember that a person of the study has seen the readings of an item."""
        if people.get(t, actor.person_id) is None or people.is_exposed(t, actor.person_id, item_id):
            return
        now = self._clock()
        people.expose(t, actor.person_id, item_id, "readings", now)
        target = f"exposure:{actor.person_id}/{item_id}"
        events.append(t, "readings.shown", actor.person_id, target, "0" * 64, now)

    def _case(self, t: Transaction, found: SettledItem, round_name: str) -> Case:
        letters = _letters(t, found, round_name)
        return Case(
            round=round_name,
            view=items.view(t, found.item),
            disputes=tuple(_open_disputes(t, found, round_name)),
            settled=tuple(u for u in found.settled if u.unit not in found.state.leaks_to_rule),
            evidence=tuple(
                ReaderEvidence(reader=letters[review.person], claim_id=said.claim_id, link=link)
                for review in found.reviews
                for said in review.body.claims
                for link in said.evidence
            ),
            refused=tuple(
                ReaderEvidence(reader=letters[review.person], claim_id=said.claim_id, link=link)
                for review in found.reviews
                for said in review.body.claims
                for link in said.refused
            ),
            notes=tuple(sorted(_notes(found, letters))),
            audit=found.state.audit,
        )


def _why_not(t: Transaction, actor: Actor, round_name: str, item_id: str) -> str | None:
    """Return why the actor may not see the readings of an item, or None when they may."""
    if reviews.has_read(t, actor.person_id, item_id):
        return "You read this item; somebody else settles it."
    if rounds.slot_of(t, round_name, item_id, actor.person_id) is not None:
        return "You hold this item as a reader; somebody else settles it."
    return None


def _notes(found: SettledItem, letters: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for review in found.reviews:
        reader = letters[review.person]
        for claim in review.body.claims:
            if claim.note.strip():
                yield reader, f"claim:{claim.claim_id}", claim.note
        for criterion in review.body.criteria:
            if criterion.note.strip():
                yield reader, f"criterion:{criterion.criterion_id}", criterion.note
        for flag in review.body.flags:
            if flag.note.strip():
                yield reader, flag.unit, flag.note
        if review.body.comment.strip():
            yield reader, "comment", review.body.comment


def _letters(t: Transaction, found: SettledItem, round_name: str) -> dict[str, str]:
    round_ = rounds.get(t, round_name)
    seed = round_.seed if round_ is not None else 0
    return letters_of([review.person for review in found.reviews], seed, found.item.item_id)


def _open_disputes(t: Transaction, found: SettledItem, round_name: str) -> Iterator[Dispute]:
    letters = _letters(t, found, round_name)
    for unit in found.to_rule:
        if unit.name in found.state.to_settle:
            dispute = dispute_of(
                unit,
                round_name=round_name,
                item_id=found.item.item_id,
                item_version=found.item.version,
                letters=letters,
            )
            state = found.state
            more = {
                "stale": unit.name in state.stale_decisions,
                "reasons": state.reasons.get(unit.name, ()),
            }
            yield dispute.model_copy(update=more)


def _dispute(t: Transaction, found: SettledItem, ruling: Ruling) -> Dispute:
    """Return the unit a ruling is about; an agreed one, too, can be ruled on: a leak resolved."""
    unit = next((unit for unit in found.to_rule if unit.name == ruling.unit), None)
    if unit is None:
        raise BadInputError(f"No reader of {ruling.item_id!r} said anything of {ruling.unit!r}.")
    return dispute_of(
        unit,
        round_name=ruling.round,
        item_id=ruling.item_id,
        item_version=found.item.version,
        letters=_letters(t, found, ruling.round),
    )
