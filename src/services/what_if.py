"""What an edit would do to scores and ranks, for those who may see scores, and when they may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from statistics import fmean
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
from src.domain.judging.needs import shows_reference
from src.domain.judging.prompt import TEMPLATE
from src.domain.ontology import bare_code, folded
from src.domain.people import Actor, Role
from src.domain.prediction import Prediction
from src.domain.renamed import DISEASE_TRACKS
from src.domain.review import ReviewBody
from src.domain.scoring.bases import view_of
from src.domain.scoring.sheet import Policy
from src.domain.scoring.what_if import After, Outcome, outcome_of
from src.services import own_reading_first
from src.services.answer_scores import STRICT, Asked, as_imported, as_reviewed, disease_in
from src.services.disease_names import known_names
from src.services.judge_questions import Asker, fitting_to, sides_of
from src.services.score_sheets import ScoreSheets, fitting_answers
from src.services.settling import Settlement, settle_item
from src.services.would_be_gold import WouldBe, by_one_reading, by_rulings

Clock = Callable[[], datetime]
GradePrice = Callable[[Transaction], float | None]
"""What one grade costs in USD, as far as it is known."""
SEES_SCORES: Final = (Role.EVALUATOR, Role.LEAD)
MAX_TEXT: Final = 20_000
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
            item, now = self._now(t, item_id, release)
        return EditableItem(
            item_id=item_id,
            question=item.content.question,
            criteria=now.criteria,
            names=(*now.names, *now.accepted),
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
            _, now = self._now(t, item_id, release)
        then = replace(now.accepting(edit.names), criteria=tuple(_edited(now.criteria, edit)))
        self._remember(actor, item_id)
        return self._outcome(
            now,
            then,
            edit.excluded,
            release=release,
            condition=condition,
            policy=policy,
            card=card,
        )

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
            found = by_one_reading(t, actor, round_name, item_id, body)
        return self._of_gold(found, card)

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
            found = by_rulings(t, actor, round_name, item_id)
        return self._of_gold(found, card)

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

    def _now(self, t: Transaction, item_id: str, release: int | None) -> tuple[Item, Asked]:
        """Return the version that counts now, and what it asks, as gold where there is some."""
        number = release if release is not None else releases.next_number(t) - 1
        gold = releases.gold_of_item(t, number, item_id) if number else None
        item = items.get(t, item_id, gold.item_version if gold is not None else None)
        if item is None:
            raise NotFoundError(f"There is no item {item_id!r}.")
        return item, _asked(t, item, gold)

    def _of_gold(self, found: WouldBe, card: JudgeCard | None) -> Outcome:
        """Return what it does to scores if an item became gold so."""
        with self._database.reading() as t:
            _, now = self._now(t, found.item.item_id, None)
            then = _asked(t, found.item, found.gold)
        return self._outcome(now, then, bool(found.excluded), card=card)

    def _outcome(
        self,
        now: Asked,
        then: Asked,
        excluded: bool,
        *,
        release: int | None = None,
        condition: str = "full",
        policy: Policy = Policy(),
        card: JudgeCard | None = None,
    ) -> Outcome:
        item_id = now.item_id
        with self._database.reading() as t:
            number = release if release is not None else releases.next_number(t) - 1
        sheet = self._sheets.of(
            now.track, number or None, "strict", condition, self._sheets.state()
        )
        place = sheet.place_of.get(item_id)
        if place is None or not sheet.models:
            return Outcome(item_id=item_id, track=now.track, models=())
        view = view_of(sheet, "gold", STRICT, policy)
        after = self._after(now, then, condition, excluded=excluded)
        outcome = outcome_of(sheet, view, place, after)
        if not outcome.grades_needed:
            return outcome
        price = self._price_of_one(item_id, number, after, condition, card)
        total = None if price is None else price * outcome.grades_needed
        return outcome.model_copy(update={"price": total})

    def _after(self, now: Asked, then: Asked, condition: str, *, excluded: bool) -> After:
        """Return an item as an edit leaves it; answers are only read where they are matched anew.

        Criteria that show the reference answer are asked anew where that is another one.
        """
        is_new = now.visible_sha256 != then.visible_sha256
        takes_names = then.track in DISEASE_TRACKS
        fitting: dict[str, Prediction] = {}
        if is_new or (takes_names and _names(now) != _names(then)):
            with self._database.reading() as t:
                answers = predictions.answers(t, condition, [then.item_id])
            found = fitting_answers(answers, then)
            fitting = {model: answer for model, answer in found.items() if answer is not None}
        anew = now.names[0] != then.names[0]
        return After(
            criteria=then.criteria,
            matches={m: disease_in(then, a.text).match for m, a in fitting.items()}
            if takes_names and (is_new or fitting)
            else None,
            excluded=excluded,
            answered_by=frozenset(fitting) if is_new else None,
            asked_anew=frozenset(
                c.criterion_id for c in then.criteria if anew and shows_reference(c)
            ),
        )

    def _price_of_one(
        self,
        item_id: str,
        release: int,
        after: After,
        condition: str,
        card: JudgeCard | None,
    ) -> float | None:
        """Return what a grade of criteria with new words usually costs in USD; None if unknown."""
        with self._database.reading() as t:
            if card is None:
                return self._grade_price(t)
            answers = predictions.answers(t, condition, [item_id])
            side = sides_of(t, [item_id], release)[-1]
        known = {criterion.sha256 for criterion in side.criteria}
        active = [c for c in after.criteria if c.active]
        new = [c for c in active if c.sha256 not in known or c.criterion_id in after.asked_anew]
        asker = Asker(card, TEMPLATE)
        asked = [asker.wanted(side, c, a) for a in fitting_to(answers, side) for c in new or active]
        costs = [card.cost(one.likely_in, one.likely_out) for one in asked]
        return fmean(costs) if costs else None

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


def _edited(criteria: Sequence[Criterion], edit: Edit) -> list[Criterion]:
    """Return the criteria as edited. Raises BadInputError for one that is not there."""
    changes = {change.criterion_id: change for change in edit.criteria}
    unknown = sorted({*changes, *edit.order} - {c.criterion_id for c in criteria})
    if unknown:
        raise BadInputError(f"The item has no criterion {', '.join(unknown)}.")
    return [
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
    ]


def _asked(t: Transaction, item: Item, gold: Gold | None) -> Asked:
    """Return what an item asks, with the names that ontology and people know of its disease."""
    asked = as_imported(item) if gold is None else as_reviewed(item, gold)
    return known_names(t, [item], [gold] if gold is not None else []).added(asked)


def _names(asked: Asked) -> tuple[object, ...]:
    """Return by what an answer is taken to name the disease."""
    return asked.names, asked.accepted, asked.orpha_code, asked.orpha_names
