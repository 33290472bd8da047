"""Settling what readers differ on, one unit at a time, by somebody who did not read the item."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field, model_validator

from db import (
    decisions,
    escalations,
    events,
    images,
    items,
    messages,
    own_readings,
    people,
    reviews,
    rounds,
    ruling_drafts,
)
from db.database import Database, Transaction
from src.domain.adjudication import (
    CONFIRM,
    BlindReading,
    Decision,
    Dispute,
    EarlierRuling,
    HandedOn,
    dispute_of,
    letters_of,
    misfit,
    settled_value,
)
from src.domain.canonical import JsonValue
from src.domain.discussion import Said, seen_by_adjudicator
from src.domain.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from src.domain.evidence import EvidenceLink
from src.domain.gold import Audit, SettledUnit
from src.domain.image import ImageRecord
from src.domain.item import Item, ItemView
from src.domain.own_reading import OwnReading, asked_units, checked_own_reading
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.domain.reasons import Reason
from src.domain.review import MAX_TEXT, Confidence, Receipt, Review, link_problem
from src.domain.routing import AUDIT, EVIDENCE
from src.domain.ruling import RulingDraft, written_value
from src.domain.units import Unit, units_of
from src.services import leak_standing, own_reading_first, recounting
from src.services.settling import SettledItem, settle_item

Clock = Callable[[], datetime]
Edit = Callable[[RulingDraft], RulingDraft]
PAGE = 200
OWN_READING = "own reading"
"""Stands for a unit where a draft is of the adjudicator's own reading."""
LONGEST_UNIT = 300


class DisputedItem(BaseModel, frozen=True, extra="forbid"):
    """One line of the adjudicator's list."""

    round: str
    item_id: str
    track: str
    open_units: int
    units: int
    handed_on: int = 0
    """How many of the open ones another adjudicator handed on to the actor."""
    own_reading_first: bool = False
    """True while the actor owes an own reading: then neither the open ones nor all are told."""


class DecidedMeanwhile(ConflictError):
    """Another adjudicator settled the unit, and the actor has not seen that yet."""

    def __init__(self, unit: str, revision: int) -> None:
        super().__init__(
            f"Another adjudicator settled {unit!r} meanwhile (revision {revision}). Look at that "
            "ruling first, then agree or rule otherwise. What you wrote is kept."
        )


class ReaderEvidence(BaseModel, frozen=True, extra="forbid"):
    """A piece of evidence one unnamed reader gave for a unit."""

    reader: str
    unit: str
    link: EvidenceLink


class Case(BaseModel, frozen=True, extra="forbid"):
    """An item before its adjudicator: disputes first, what is settled behind them."""

    round: str
    view: ItemView
    readers: tuple[str, ...]
    """The letters of those who read it."""
    disputes: tuple[Dispute, ...]
    leaks: tuple[Dispute, ...]
    """Leaks that all readers saw: they keep the item out of gold until they are ruled on."""
    ruled: tuple[Dispute, ...]
    """Units a decision settled, which can be ruled on again."""
    agreed: tuple[Dispute, ...]
    """Of an item that is being audited: what its readers agree on, which can be ruled on."""
    settled: tuple[SettledUnit, ...]
    evidence: tuple[ReaderEvidence, ...]
    refused: tuple[ReaderEvidence, ...]
    """The benchmark's links a reader says are not evidence."""
    notes: tuple[tuple[str, str, str], ...]
    """(reader, unit, note) of what the readers wrote beside their readings."""
    drafts: dict[str, RulingDraft]
    """What the adjudicator has begun to rule, by unit."""
    earlier: dict[str, EarlierRuling]
    """The newest decision on each unit, stale or not."""
    handed_on: dict[str, HandedOn]
    """Units that one adjudicator left to another, by unit."""
    threads: dict[str, tuple[Said, ...]]
    """What the readers were asked and answered, by unit."""
    revised: dict[str, tuple[BlindReading, ...]]
    """What readers say since they were asked, where it is something else, by unit."""
    own: OwnReading | None
    """What the adjudicator said before any reading was shown, where the round asks for it."""
    colleagues: tuple[tuple[str, str], ...]
    """(person, name) of the adjudicators a unit can be handed on to."""
    audit: Audit | None = None
    """What became of it in the audit; None when it was not drawn."""

    def dispute(self, unit: str) -> Dispute | None:
        """Return a unit that can be ruled on, or None."""
        every = (*self.disputes, *self.leaks, *self.ruled, *self.agreed)
        return next((one for one in every if one.unit == unit), None)

    def offered(self, unit: str) -> tuple[EvidenceLink, ...]:
        """Return every piece of evidence the readers gave for a unit, each once."""
        about = evidence_of(unit)
        return tuple(dict.fromkeys(given.link for given in self.evidence if given.unit == about))


def evidence_of(unit: str) -> str:
    """Return the unit under which the evidence for a unit is listed: that of its claim."""
    return f"claim:{unit.removeprefix(EVIDENCE)}" if unit.startswith(EVIDENCE) else unit


class UnseenCase(BaseModel, frozen=True, extra="forbid"):
    """An item before its adjudicator has given an own reading: nothing of any reader is in it."""

    round: str
    view: ItemView
    asked: tuple[str, ...]
    """The disputed units something can be said of."""
    begun: RulingDraft
    """What is written of the own reading: 'line', and a value by unit, in its fields."""


class Ruling(BaseModel, frozen=True, extra="forbid"):
    """What an adjudicator says of one unit."""

    round: str
    item_id: str
    unit: str
    chosen: str
    value: JsonValue = None
    evidence: tuple[EvidenceLink, ...] | None = None
    """What a claim rests on, of the readers' and the adjudicator's; None leaves it to readings."""
    reason: Reason | None = None
    """Why the readers differ; only of an audited item that is confirmed there is none."""
    rationale: str = Field(default="", max_length=MAX_TEXT)
    confidence: Confidence = Confidence.HIGH
    input_digest: str | None = None
    """Of the dispute that was on the screen; another one refuses the ruling."""
    upon: int = 0
    """The revision of another adjudicator's ruling on the unit that was seen; 0 for none."""

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
        """Return the items with open units, without those the actor read.

        What was handed on to the actor comes first, then most open first; units the actor
        handed on to others are not counted. Items that wait for the actor's own reading come
        last, in the order of their ids: how many units are open is not told of them.
        """
        actor.require(Role.ADJUDICATOR, Role.LEAD)
        recounting.finish(self._database, recounting.AWHILE)
        with self._database.reading() as t:
            owing = own_reading_first.who_owes(actor)
            found = decisions.worst_first(t, actor.person_id, size, offset, round_name, owing)
            owed = own_reading_first.owed(t, actor)
            return [
                DisputedItem(
                    round=r,
                    item_id=i,
                    track=track,
                    open_units=0 if i in owed else open_,
                    units=0 if i in owed else units,
                    handed_on=to_me,
                    own_reading_first=i in owed,
                )
                for r, i, track, open_, units, to_me in found
            ]

    def totals(self, actor: Actor) -> tuple[int, int, int]:
        """Return (items with open units, open units, items with a confirmed leak), as listed.

        Of items the actor read nothing is counted; of those that wait for the actor's own
        reading only that they are there.
        """
        actor.require(Role.ADJUDICATOR, Role.LEAD)
        recounting.finish(self._database, recounting.AWHILE)
        with self._database.reading() as t:
            return decisions.totals(t, actor.person_id, own_reading_first.who_owes(actor))

    def case(self, actor: Actor, round_name: str, item_id: str) -> Case:
        """Return an item with its disputes, and remember that the actor has seen its readings.

        Only the first time it writes; after that nobody who saves waits for it.
        """
        actor.require(Role.ADJUDICATOR, Role.LEAD)
        with self._database.reading() as t:
            if people.is_exposed(t, actor.person_id, item_id):
                found = self._fully_read(t, actor, round_name, item_id)
                return self._case(t, actor, found, round_name)
        with self._database.transaction() as t:
            found = self._fully_read(t, actor, round_name, item_id)
            self._show(t, actor, item_id)
            return self._case(t, actor, found, round_name)

    def unseen(self, actor: Actor, round_name: str, item_id: str) -> UnseenCase | None:
        """Return an item of which the actor has to give an own reading first; else None."""
        actor.require(Role.ADJUDICATOR, Role.LEAD)
        with self._database.reading() as t:
            require_open_to(t, actor, round_name, item_id)
            if not _owes_own_reading(t, actor, round_name, item_id):
                return None
        with self._database.transaction() as t:
            self._show(t, actor, item_id)  # What is disputed tells something of the readings.
            found = settle_item(t, round_name, item_id)
            drafts = ruling_drafts.of_item(t, round_name, item_id, actor.person_id)
            return UnseenCase(
                round=round_name,
                view=items.view(t, found.item),
                asked=asked_units(found.units, found.state.open_units),
                begun=drafts.get(OWN_READING, RulingDraft()),
            )

    def commit_own_reading(
        self, actor: Actor, round_name: str, item_id: str, line: str, values: Mapping[str, str]
    ) -> OwnReading:
        """Store for ever what the actor says of an item, before a reading is shown to them.

        One line, or a value for each unit that is asked. A second one is refused with
        ConflictError: the one there is stays.
        """
        actor.require(Role.ADJUDICATOR)
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.ADJUDICATOR)
            require_open_to(t, actor, round_name, item_id)
            if own_readings.get(t, round_name, item_id, actor.person_id) is not None:
                raise ConflictError("Your own reading of this item is stored; it stays as it is.")
            if not _owes_own_reading(t, actor, round_name, item_id):
                raise ConflictError(f"The round {round_name!r} asks for no own reading.")
            found = settle_item(t, round_name, item_id)
            asked = asked_units(found.units, found.state.open_units)
            reading = checked_own_reading(asked, line, values, now)
            row = own_readings.add(
                t, round_name, item_id, actor.person_id, reading, secrets.token_hex(16)
            )
            events.append_row(t, "own_reading.committed", actor.person_id, row, now)
            ruling_drafts.drop(t, round_name, item_id, actor.person_id, OWN_READING)
        return reading

    def drafts(self, actor: Actor, round_name: str, item_id: str) -> dict[str, RulingDraft]:
        """Return what the actor has begun to rule on an item, by unit."""
        actor.require(Role.ADJUDICATOR, Role.LEAD)
        with self._database.reading() as t:
            return ruling_drafts.of_item(t, round_name, item_id, actor.person_id)

    def keep_draft(
        self, actor: Actor, round_name: str, item_id: str, unit: str, edit: Edit
    ) -> RulingDraft:
        """Change what the actor has begun to rule on a unit, and return it as it is stored.

        It outlasts a reload and a restart, and is gone once the ruling is made. Raises
        NotAllowedError when the actor may not settle the item.
        """
        actor.require(Role.ADJUDICATOR)
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.ADJUDICATOR)
            require_open_to(t, actor, round_name, item_id)
            if not 0 < len(unit) <= LONGEST_UNIT:
                raise BadInputError(f"There is no unit {unit[:40]!r}.")
            begun = ruling_drafts.of_item(t, round_name, item_id, actor.person_id)
            changed = edit(begun.get(unit) or RulingDraft()).model_copy(update={"saved_at": now})
            if changed.is_empty:
                ruling_drafts.drop(t, round_name, item_id, actor.person_id, unit)
                return RulingDraft()
            ruling_drafts.put(t, round_name, item_id, actor.person_id, unit, changed, now)
            if not begun:
                target = f"ruling:{round_name}/{item_id}/{actor.person_id}"
                events.append(t, "ruling.begun", actor.person_id, target, "0" * 64, now)
        return changed

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
                owed = own_reading_first.owed(t, actor)
                found = [
                    dispute
                    for name, item_id, *_ in page
                    if _why_not(t, actor, name, item_id) is None and item_id not in owed
                    for dispute in _open_disputes(t, settle_item(t, name, item_id), name)
                ]
            with self._database.transaction() as t:
                for item_id in sorted({dispute.item_id for dispute in found}):
                    self._show(t, actor, item_id)
            yield from found
            if len(page) < PAGE:
                return
            after = (page[-1][0], page[-1][1])

    def hand_on(
        self, actor: Actor, round_name: str, item_id: str, unit: str, to_person: str, note: str
    ) -> None:
        """Leave an open unit to another adjudicator, with a note; it is on their list then.

        Never to oneself, nor to anybody who read the item or holds it. It can be handed on
        again. Raises BadInputError where it cannot go, or without a note.
        """
        actor.require(Role.ADJUDICATOR)
        if not note.strip() or len(note) > MAX_TEXT:
            raise BadInputError("Write a note for the other adjudicator. What you wrote is kept.")
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.ADJUDICATOR)
            found = self._fully_read(t, actor, round_name, item_id)
            if unit not in found.state.to_settle or unit == AUDIT:
                raise BadInputError(f"{unit!r} is not open, so it cannot be handed on.")
            if to_person not in dict(escalations.colleagues(t, item_id, actor.person_id)):
                raise BadInputError(
                    f"{to_person!r} cannot settle this: only an adjudicator who did not read "
                    "the item, and not you."
                )
            mine = escalations.open_on(t, round_name, item_id, actor.person_id).get(unit)
            if mine is not None and mine.by_me:
                raise ConflictError("You handed this unit on already; it is not settled yet.")
            row = escalations.add(
                t,
                escalation_id=secrets.token_hex(12),
                round_name=round_name,
                item_id=item_id,
                unit=unit,
                person=actor.person_id,
                to_person=to_person,
                note=note,
                nonce=secrets.token_hex(16),
                at=now,
            )
            events.append_row(t, "unit.handed_on", actor.person_id, row, now)

    def decide(self, actor: Actor, ruling: Ruling) -> Receipt:
        """Settle one unit for ever, with a reason, and return the receipt.

        A later ruling on the same unit supersedes, both are kept. It is marked when the actor has
        looked at what the item does to scores. Raises NotAllowedError when
        the actor read the item or handed the unit on, ConflictError when the readings changed
        under the ruling, and DecidedMeanwhile when another adjudicator settled the unit and the
        ruling is not `upon` that. Who rules otherwise than another says in the rationale why.
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
        unit = _unit(found, ruling)
        dispute = _blind(unit, found, ruling.round, _letters(t, found, ruling.round))
        if ruling.input_digest is not None and ruling.input_digest != dispute.input_digest:
            raise ConflictError("A reading changed since you opened the item. Look again.")
        key, value = settled_value(dispute, ruling.chosen, ruling.value)
        shown = images.records(t, {image.sha256 for image in found.item.content.images})
        wrong = misfit(found.item, ruling.unit, value, shown)
        wrong = wrong or _misplaced(found.item, shown, ruling)
        if wrong is not None:
            raise BadInputError(wrong)
        _require_seen(actor, found.decisions.get(unit.name), ruling, unit, key, value)
        handed = escalations.open_on(t, ruling.round, ruling.item_id, actor.person_id)
        if ruling.unit in handed and handed[ruling.unit].by_me:
            raise NotAllowedError("You handed this unit on; another adjudicator settles it.")
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
            evidence=ruling.evidence,
            reason=ruling.reason,
            rationale=ruling.rationale,
            confidence=ruling.confidence,
            input_digest=unit.input_digest,
            revision=revision,
            decided_at=now,
            after_scores=people.has_seen(t, actor.person_id, ruling.item_id, people.SAW_SCORES),
        )
        row = decisions.add(t, decision, secrets.token_hex(16))
        link = events.append_row(t, "unit.decided", actor.person_id, row, now)
        ruling_drafts.drop(t, ruling.round, ruling.item_id, actor.person_id, ruling.unit)
        leak_standing.count_anew(t, ruling.item_id)
        return Receipt(number=row.number, hash=link.hash, at=now)

    def _fully_read(
        self, t: Transaction, actor: Actor, round_name: str, item_id: str
    ) -> SettledItem:
        """Return an item all of whose readings are in; before that nobody sees any of them."""
        require_open_to(t, actor, round_name, item_id)
        own_reading_first.require_given(t, actor, item_id)
        return settle_item(t, round_name, item_id)

    def _show(self, t: Transaction, actor: Actor, item_id: str) -> None:
        """Remember that a person of the study has seen the readings of an item."""
        if people.get(t, actor.person_id) is None or people.is_exposed(t, actor.person_id, item_id):
            return
        now = self._clock()
        people.expose(t, actor.person_id, item_id, "readings", now)
        target = f"exposure:{actor.person_id}/{item_id}"
        events.append(t, "readings.shown", actor.person_id, target, "0" * 64, now)

    def _case(self, t: Transaction, actor: Actor, found: SettledItem, round_name: str) -> Case:
        letters = _letters(t, found, round_name)
        item_id = found.item.item_id
        settled = {unit.unit: unit for unit in found.settled}

        def those(fits: Callable[[SettledUnit], bool]) -> tuple[Dispute, ...]:
            return tuple(
                _blind(unit, found, round_name, letters)
                for unit in found.to_rule
                if unit.name in settled and fits(settled[unit.name])
            )

        return Case(
            round=round_name,
            view=items.view(t, found.item),
            readers=tuple(sorted(set(letters.values()))),
            disputes=tuple(_open_disputes(t, found, round_name)),
            leaks=those(lambda unit: _is_agreed_leak(unit, found)),
            ruled=those(lambda unit: unit.method == "adjudicated"),
            agreed=those(lambda unit: _is_audited(unit, found)),
            settled=tuple(u for u in found.settled if u.unit not in found.state.leaks_to_rule),
            evidence=tuple(_evidence(found, letters)),
            refused=tuple(
                ReaderEvidence(
                    reader=letters[review.person], unit=f"claim:{said.claim_id}", link=link
                )
                for review in found.reviews
                for said in review.body.claims
                for link in said.refused
            ),
            notes=tuple(sorted(_notes(found, letters))),
            drafts=ruling_drafts.of_item(t, round_name, item_id, actor.person_id),
            earlier={
                unit: _earlier(t, actor, found, decision, letters)
                for unit, decision in found.decisions.items()
            },
            threads=seen_by_adjudicator(
                messages.of_item(t, round_name, item_id), letters, actor.person_id
            ),
            revised=_revised(t, found, round_name, letters),
            own=own_readings.get(t, round_name, item_id, actor.person_id),
            handed_on=escalations.open_on(t, round_name, item_id, actor.person_id),
            colleagues=tuple(escalations.colleagues(t, item_id, actor.person_id)),
            audit=found.state.audit,
        )


def _revised(
    t: Transaction, found: SettledItem, round_name: str, letters: dict[str, str]
) -> dict[str, tuple[BlindReading, ...]]:
    """Return what revisions made after exposure say otherwise; they count in no statistic."""
    item_id = found.item.item_id
    asked = [r for r in found.reviews if people.is_exposed(t, r.person, item_id)]
    if not asked:
        return {}
    newest = [reviews.of_person(t, r.person, round_name, item_id) or r for r in asked]
    counting = {(unit.name, r.person): r.key for unit in found.units for r in unit.readings}
    others = [r for r in found.reviews if r not in asked]
    revised: dict[str, tuple[BlindReading, ...]] = {}
    for unit in units_of(found.item, [*others, *(r for r in newest if r.after_exposure)]):
        changed = tuple(
            BlindReading(reader=letters[r.person], key=r.key, value=r.value)
            for r in unit.readings
            if r.person in {one.person for one in asked}
            and counting.get((unit.name, r.person), r.key) != r.key
        )
        if changed:
            revised[unit.name] = tuple(sorted(changed, key=lambda reading: reading.reader))
    return revised


def _earlier(
    t: Transaction,
    actor: Actor,
    found: SettledItem,
    decision: Decision,
    letters: dict[str, str],
) -> EarlierRuling:
    stale = decision.unit in found.state.stale_decisions
    then = _unit_then(t, found, decision) if stale else None
    return EarlierRuling(
        chosen=decision.chosen,
        key=decision.key,
        value=decision.value,
        evidence=decision.evidence,
        reason=decision.reason,
        rationale=decision.rationale,
        confidence=decision.confidence,
        revision=decision.revision,
        decided_at=decision.decided_at,
        mine=decision.adjudicator == actor.person_id,
        after_scores=decision.after_scores,
        stale=stale,
        was=_blind(then, found, decision.round, letters).readings if then else (),
        noted=_noted(then, found, letters) if then else (),
    )


def _noted(then: Unit, found: SettledItem, letters: dict[str, str]) -> tuple[str, ...]:
    """Return the letters of those who say of a unit what they said, beside other evidence."""
    now = next((unit for unit in found.to_rule if unit.name == then.name), then)
    before = {one.person: one for one in then.readings}
    return tuple(
        sorted(
            letters[one.person]
            for one in now.readings
            if one.person in before
            and one.key == before[one.person].key
            and (one.value, one.beside) != (before[one.person].value, before[one.person].beside)
        )
    )


def _unit_then(t: Transaction, found: SettledItem, decision: Decision) -> Unit | None:
    """Return the unit a decision rests on; reviews are never changed, so it is all there.

    None where it is not that of its digest: the item itself is another version.
    """
    then = reviews.counting(t, decision.round, decision.item_id, until=decision.decided_at)
    same = [review for review in then if review.item_version == decision.item_version]
    unit = next((u for u in units_of(found.item, same) if u.name == decision.unit), None)
    if unit is None or not unit.is_what_was_read(decision.input_digest):
        return None
    return unit


def _require_seen(
    actor: Actor,
    other: Decision | None,
    ruling: Ruling,
    unit: Unit,
    key: str,
    value: JsonValue,
) -> None:
    """Raise unless the actor has seen what another adjudicator ruled on the same readings."""
    if other is None or other.adjudicator == actor.person_id:
        return
    if not unit.is_what_was_read(other.input_digest):
        return
    if other.revision > ruling.upon:
        raise DecidedMeanwhile(ruling.unit, other.revision)
    same = (other.key, other.value, other.evidence) == (key, value, ruling.evidence)
    if not same and not ruling.rationale.strip():
        raise BadInputError(
            "Another adjudicator ruled otherwise: say in the rationale why you do. "
            "What you wrote is kept."
        )


def _is_agreed_leak(unit: SettledUnit, found: SettledItem) -> bool:
    """Tell whether a leak that readers agree on shows, where the round does not send it on."""
    state = found.state
    shows = unit.unit in state.confirmed_leaks and unit.unit not in state.to_settle
    return shows and unit.method != "adjudicated" and unit.unit.startswith("flag:")


def _is_audited(unit: SettledUnit, found: SettledItem) -> bool:
    """Tell whether an agreed unit lies open to an adjudicator, for its item is being audited."""
    lies_open = found.state.audit in ("waiting", "changed")
    return lies_open and unit.method != "adjudicated" and not _is_agreed_leak(unit, found)


def _evidence(found: SettledItem, letters: dict[str, str]) -> Iterator[ReaderEvidence]:
    """Yield everything the readers pointed at: for claims, criteria and leaks."""
    for review in found.reviews:
        for unit, link in _links(review):
            yield ReaderEvidence(reader=letters[review.person], unit=unit, link=link)


def _links(review: Review) -> Iterator[tuple[str, EvidenceLink]]:
    for claim in review.body.claims:
        for link in claim.evidence:
            yield f"claim:{claim.claim_id}", link
    for criterion in review.body.criteria:
        for link in criterion.evidence:
            yield f"criterion:{criterion.criterion_id}", link
    for flag in review.body.flags:
        spot = flag.place.box or flag.place.span
        if spot is not None:
            yield flag.unit, spot


def _misplaced(item: Item, images: dict[str, ImageRecord], ruling: Ruling) -> str | None:
    """Return why the evidence of a ruling cannot be, or None where all of it lies in the item."""
    if ruling.evidence is None:
        return None
    if not ruling.unit.startswith("claim:"):
        return "Only a claim is settled with evidence."
    found = (link_problem(item, images, link) for link in ruling.evidence)
    return next((problem for problem in found if problem), None)


def require_open_to(t: Transaction, actor: Actor, round_name: str, item_id: str) -> None:
    """Raise unless an item has all its readings, and the actor gave none of them."""
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


def _owes_own_reading(t: Transaction, actor: Actor, round_name: str, item_id: str) -> bool:
    round_ = rounds.get(t, round_name)
    if round_ is None or not round_.blind_adjudication or Role.ADJUDICATOR not in actor.roles:
        return False
    return own_readings.get(t, round_name, item_id, actor.person_id) is None


def _why_not(t: Transaction, actor: Actor, round_name: str, item_id: str) -> str | None:
    """Return why the actor may not see the readings of an item, or None when they may."""
    if reviews.has_read(t, actor.person_id, item_id):
        return "You read this item; somebody else settles it."
    if rounds.slot_of(t, round_name, item_id, actor.person_id) is not None:
        return "You hold this item as a reader; somebody else settles it."
    return None


def begun_rulings(
    t: Transaction, actor: Actor, found: SettledItem, round_name: str
) -> dict[str, SettledUnit]:
    """Return what the actor has begun to rule on an item as if it were ruled, by unit.

    What is not complete yet, or was begun upon other readings, is left out.
    """
    drafts = ruling_drafts.of_item(t, round_name, found.item.item_id, actor.person_id)
    letters = _letters(t, found, round_name) if drafts else {}
    begun = {}
    for unit in found.to_rule:
        draft = drafts.get(unit.name)
        if draft is None or not draft.chosen:
            continue
        dispute = _blind(unit, found, round_name, letters)
        given = tuple(one.link for one in _evidence(found, letters) if one.unit == unit.name)
        try:
            value = written_value(found.item, dispute, draft, given)
            key, value = settled_value(dispute, draft.chosen, value)
        except BadInputError:
            continue
        if draft.input_digest == dispute.input_digest:
            begun[unit.name] = SettledUnit(
                unit=unit.name, key=key, value=value, method="adjudicated", votes={}
            )
    return begun


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
    state = found.state
    for unit in found.to_rule:
        if unit.name in state.to_settle:
            more = {
                "stale": unit.name in state.stale_decisions,
                "reasons": state.reasons.get(unit.name, ()),
            }
            yield _blind(unit, found, round_name, letters).model_copy(update=more)


def _blind(unit: Unit, found: SettledItem, round_name: str, letters: dict[str, str]) -> Dispute:
    return dispute_of(
        unit,
        round_name=round_name,
        item_id=found.item.item_id,
        item_version=found.item.version,
        letters=letters,
    )


def _unit(found: SettledItem, ruling: Ruling) -> Unit:
    """Return the unit a ruling is about; an agreed one, too, can be ruled on: a leak resolved."""
    unit = next((unit for unit in found.to_rule if unit.name == ruling.unit), None)
    if unit is None:
        raise BadInputError(f"No reader of {ruling.item_id!r} said anything of {ruling.unit!r}.")
    return unit
