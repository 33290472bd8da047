"""What an edit would do to scores and ranks, for those who may see scores, and when they may."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from pydantic import BaseModel, Field

from db import (
    decisions,
    events,
    item_search,
    items,
    ontology,
    people,
    predictions,
    releases,
    reviews,
)
from db.database import Database, Transaction
from src.domain.errors import BadInputError, NotAllowedError, NotFoundError
from src.domain.gold import Gold
from src.domain.item import Criterion, Item, Track
from src.domain.judging.card import JudgeCard
from src.domain.judging.prompt import TEMPLATE
from src.domain.ontology import bare_code, folded
from src.domain.people import Actor, Role
from src.domain.renamed import DISEASE_TRACKS
from src.domain.review import MAX_TEXT, ReviewBody
from src.domain.scoring.bases import view_of
from src.domain.scoring.sheet import Policy
from src.domain.scoring.strict import STRICT
from src.domain.scoring.what_if import Alone, Outcome, grades_needed, outcome_of
from src.services import own_reading_first
from src.services.answer_scores import as_imported, as_reviewed
from src.services.disease_names import known_names
from src.services.gold_if import GoldIf, as_it_was_imported, by_reading, by_rulings
from src.services.judge_questions import Asker, fitting_to, gold_side
from src.services.score_choice import chosen_release
from src.services.score_sheets import ScoreSheets, excluding
from src.services.settling import Settlement, settle_item

Clock = Callable[[], datetime]
GradePrice = Callable[[Transaction], float | None]
"""What one grade costs in USD, as far as it is known."""
SEES_SCORES: Final = (Role.EVALUATOR, Role.LEAD)
AS_TRIED: Final = "as tried here"
"""Why an item would be left out that is left out to see what that does."""
MAX_SEARCH: Final = 200
"""Characters of a search that count."""


class CriterionEdit(BaseModel, frozen=True, extra="forbid"):
    """What would change of a criterion; None leaves it as it is."""

    criterion_id: str
    points: float | None = Field(default=None, ge=-100, le=100, allow_inf_nan=False)
    active: bool | None = None
    text: str | None = Field(default=None, min_length=1, max_length=MAX_TEXT)


class Edit(BaseModel, frozen=True, extra="forbid"):
    """What would change of an item."""

    criteria: tuple[CriterionEdit, ...] = ()
    order: tuple[str, ...] = ()
    """Criterion ids in another order: it moves no score, and costs nothing."""
    names: tuple[str, ...] = ()
    """Further names of the disease that would count as the answer."""
    excluded: bool = False


class FoundItem(BaseModel, frozen=True, extra="forbid"):
    """An item that a search found."""

    item_id: str
    track: Track
    case_id: str
    disease: str
    """The preferred term of its code; empty where the ontology does not know it."""


class EditableItem(BaseModel, frozen=True, extra="forbid"):
    """What of an item an edit can change, as the leaderboard counts it now."""

    item_id: str
    question: str
    criteria: tuple[Criterion, ...]
    names: tuple[str, ...]
    takes_names: bool
    """True where the track asks for a disease."""


def no_price(t: Transaction) -> float | None:
    """Return nothing: no judge has a price here."""
    return None


class WhatIfs:
    """Answers what an edit would do to the scores; nothing of it is stored but who saw it."""

    def __init__(
        self,
        database: Database,
        sheets: ScoreSheets,
        clock: Clock,
        grade_price: GradePrice = no_price,
    ) -> None:
        self._database = database
        self._sheets = sheets
        self._clock = clock
        self._grade_price = grade_price

    def find(self, actor: Actor, text: str, size: int = 20) -> list[FoundItem]:
        """Return up to `size` items by part of an id, of a case, or of a disease's name or code.

        In the order of their ids; without those the actor may still come to read.
        """
        actor.require(*SEES_SCORES)
        part = text.strip()
        if not part:
            return []
        with self._database.reading() as t:
            named = ontology.named(t, folded(part)[:MAX_SEARCH])
            codes = list(dict.fromkeys([*(one.orpha_code for one in named), bare_code(part)]))
            hidden = own_reading_first.hidden_from(actor)
            hits = item_search.find(t, part[:MAX_SEARCH], [c for c in codes if c], hidden, size)
            terms = ontology.terms(t, {bare_code(hit.orpha_code) for hit in hits})
        return [
            FoundItem(
                item_id=hit.item_id,
                track=Track(hit.track),
                case_id=hit.case_id,
                disease=terms.get(bare_code(hit.orpha_code), ""),
            )
            for hit in hits
        ]

    def item(self, actor: Actor, item_id: str, release: int | None = None) -> EditableItem:
        """Return what of an item can be edited. Raises NotFoundError without such an item."""
        actor.require(*SEES_SCORES)
        with self._database.reading() as t:
            own_reading_first.require_told(t, actor, item_id)
            _require_settled(t, actor, item_id)
            item, gold = self._now(t, item_id, release)
            asked = as_imported(item) if gold is None else as_reviewed(item, gold)
            golds = [gold] if gold is not None else []
            asked = known_names(t, [item], golds).added(asked)
        return EditableItem(
            item_id=item_id,
            question=item.content.question,
            criteria=asked.criteria,
            names=(*asked.names, *asked.accepted),
            takes_names=item.track in DISEASE_TRACKS,
        )

    def on_item(
        self,
        actor: Actor,
        item_id: str,
        edit: Edit,
        *,
        release: int | None = None,
        condition: str = "full",
        policy: Policy = Policy(),
        card: JudgeCard | None = None,
    ) -> Outcome:
        """Return what an edit of one item would do to scores and ranks on gold.

        Gold is that of the release, the newest when none is named, or without any the item as
        imported. Grades it needs are priced for the judge of the card; without one at what stored
        grades have cost. That they have seen it is remembered: no round gives them the item to
        read from then on. Raises NotAllowedError for somebody who may still come to read the
        item, and BadInputError for a criterion it does not have.
        """
        actor.require(*SEES_SCORES)
        with self._database.reading() as t:
            own_reading_first.require_told(t, actor, item_id)
            _require_settled(t, actor, item_id)
            item, gold = self._now(t, item_id, release)
        then = GoldIf(item, _edited(gold or as_it_was_imported(item), edit))
        self._remember(actor, item_id)
        found = self._outcome(then, release=release, condition=condition, policy=policy, card=card)
        if not edit.excluded:
            return found
        return found.model_copy(update={"left_out_then": found.left_out_now or AS_TRIED})

    def may_see_own(self, actor: Actor, round_name: str, item_id: str) -> bool:
        """Tell whether a reader may see what their reading does: with the role, and once sent."""
        if not actor.roles.intersection(SEES_SCORES) or Role.REVIEWER not in actor.roles:
            return False
        with self._database.reading() as t:
            return bool(reviews.latest_revision(t, round_name, item_id, actor.person_id))

    def may_see_rulings(self, actor: Actor, round_name: str, item_id: str) -> bool:
        """Tell whether an adjudicator may see what rulings do.

        With the role, having ruled, and with nothing left to rule on: no ruling to come may rest
        on a score.
        """
        if not actor.roles.intersection(SEES_SCORES) or Role.ADJUDICATOR not in actor.roles:
            return False
        with self._database.reading() as t:
            if not decisions.has_decided(t, actor.person_id, item_id):
                return False
            return not settle_item(t, round_name, item_id).state.to_settle

    def look_at_own(self, actor: Actor, round_name: str, item_id: str) -> None:
        """Remember that the actor looks at what their reading does to scores.

        Raises NotAllowedError as `of_own_reading` does.
        """
        self._require_own(actor, round_name, item_id)
        self._remember(actor, item_id)

    def of_own_reading(
        self,
        actor: Actor,
        round_name: str,
        item_id: str,
        body: ReviewBody,
        card: JudgeCard | None = None,
    ) -> Outcome:
        """Return what the actor's reading, as it stands, would do if it became gold alone.

        Only after they have sent their reading of the item; from then on a revision counts as
        made after exposure.
        """
        self.look_at_own(actor, round_name, item_id)
        with self._database.reading() as t:
            then = by_reading(t, actor, round_name, item_id, body)
        return self._outcome(then, card=card)

    def look_at_rulings(self, actor: Actor, round_name: str, item_id: str) -> None:
        """Remember that the actor looks at what rulings on an item do to scores.

        Raises NotAllowedError as `of_rulings` does.
        """
        self._require_rulings(actor, round_name, item_id)
        self._remember(actor, item_id)

    def of_rulings(
        self, actor: Actor, round_name: str, item_id: str, card: JudgeCard | None = None
    ) -> Outcome:
        """Return what readings and rulings on an item, as they stand, would do if released now.

        What the actor has begun to rule counts as ruled. Only to an adjudicator who has ruled on
        the item and holds the role of evaluator or lead, and only when nothing on it is left to
        rule on; a ruling they make from then on is marked.
        """
        self.look_at_rulings(actor, round_name, item_id)
        with self._database.reading() as t:
            then = by_rulings(t, actor, round_name, item_id)
        return self._outcome(then, card=card)

    def _require_own(self, actor: Actor, round_name: str, item_id: str) -> None:
        if not self.may_see_own(actor, round_name, item_id):
            raise NotAllowedError(
                "What a reading does to scores is shown to an evaluator or lead, and only after "
                "they have sent their own reading of the item."
            )

    def _require_rulings(self, actor: Actor, round_name: str, item_id: str) -> None:
        if not self.may_see_rulings(actor, round_name, item_id):
            raise NotAllowedError(
                "What rulings do to scores is shown to an evaluator or lead, and only after they "
                "have ruled on the item themselves and nothing on it is open any more."
            )

    def _now(self, t: Transaction, item_id: str, release: int | None) -> tuple[Item, Gold | None]:
        """Return the version that counts now, with its gold where there is one."""
        number = chosen_release(t, release)
        gold = releases.gold_of_item(t, number, item_id) if number is not None else None
        item = items.get(t, item_id, gold.item_version if gold is not None else None)
        if item is None:
            raise NotFoundError(f"There is no item {item_id!r}.")
        return item, gold

    def _outcome(
        self,
        then: GoldIf,
        *,
        release: int | None = None,
        condition: str = "full",
        policy: Policy = Policy(),
        card: JudgeCard | None = None,
    ) -> Outcome:
        """Return what becomes of the scores if an item becomes such gold in a release."""
        item_id, track = then.item.item_id, then.item.track
        with self._database.reading() as t:
            number = chosen_release(t, release)
        state = self._sheets.state()
        sheet = self._sheets.of(track, number, "strict", condition, state)
        place = sheet.place_of.get(item_id)
        if place is None or not sheet.models:
            return Outcome(item_id=item_id, track=track, models=())
        leaking = state.leaking | {item_id} if then.leaks else state.leaking
        own = excluding(
            self._sheets.of_other_golds(track, condition, [then.gold]),
            replace(state, leaking=leaking),
        )
        view = view_of(sheet, "gold", STRICT, policy)
        alone = Alone(own, view_of(own, "gold", STRICT, policy), policy)
        outcome = outcome_of(sheet, view, place, alone)
        price = None
        if outcome.grades_needed:
            price = self._price(then, grades_needed(sheet, view, place, alone), condition, card)
        return outcome.model_copy(update={"price": price, "not_released": then.not_released})

    def _price(
        self,
        then: GoldIf,
        needed: Collection[tuple[str, str]],
        condition: str,
        card: JudgeCard | None,
    ) -> float | None:
        """Return what grades usually cost in USD; None if unknown.

        `needed` holds model and hash of the wording.
        """
        with self._database.reading() as t:
            if card is None:
                price = self._grade_price(t)
                return None if price is None else price * len(needed)
            answers = predictions.answers(t, condition, [then.item.item_id])
        side = gold_side(then.item, then.gold, 0)
        by_words = {criterion.sha256: criterion for criterion in side.criteria}
        asker = Asker(card, TEMPLATE)
        asked = [
            asker.wanted(side, criterion, answer)
            for answer in fitting_to(answers, side)
            for sha256, criterion in by_words.items()
            if (answer.model, sha256) in needed
        ]
        return sum(card.cost(one.likely_in, one.likely_out) for one in asked)

    def _remember(self, actor: Actor, item_id: str) -> None:
        with self._database.reading() as t:
            is_known = people.get(t, actor.person_id) is not None
            if not is_known or people.has_seen(t, actor.person_id, item_id, people.SAW_SCORES):
                return
        with self._database.transaction() as t:
            now = self._clock()
            people.expose(t, actor.person_id, item_id, people.SAW_SCORES, now)
            target = f"exposure:{actor.person_id}/{item_id}"
            events.append(t, "scores.shown", actor.person_id, target, "0" * 64, now)


def _require_settled(t: Transaction, actor: Actor, item_id: str) -> None:
    """Raise NotAllowedError while an actor could still rule on an item; who read it rules none."""
    if Role.ADJUDICATOR not in actor.roles or reviews.has_read(t, actor.person_id, item_id):
        return
    settlement = Settlement(t, item_id)
    if any(settlement.in_round(name).state.to_settle for name in settlement.rounds_read):
        raise NotAllowedError(
            f"Something on {item_id!r} is open, and you could settle it: what edits of it do to "
            "scores is shown once nothing is."
        )


def _edited(gold: Gold, edit: Edit) -> Gold:
    """Return gold as edited. Raises BadInputError for a criterion that is not there."""
    criteria = _changed(gold.body.criteria, edit)
    body = gold.body.model_copy(update={"criteria": criteria})
    changed = gold.model_copy(update={"body": body}).also_named(edit.names)
    return changed.model_copy(update={"status": "rejected"}) if edit.excluded else changed


def _changed(criteria: Sequence[Criterion], edit: Edit) -> tuple[Criterion, ...]:
    changes = {change.criterion_id: change for change in edit.criteria}
    unknown = sorted({*changes, *edit.order} - {c.criterion_id for c in criteria})
    if unknown:
        raise BadInputError(f"The item has no criterion {', '.join(unknown)}.")
    return tuple(
        criterion.model_copy(
            update={
                name: value
                for name in ("points", "active", "text")
                if (value := getattr(changes[criterion.criterion_id], name)) is not None
            }
        )
        if criterion.criterion_id in changes
        else criterion
        for criterion in criteria
    )
