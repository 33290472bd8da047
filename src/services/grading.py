"""Clinicians grade models' answers, blind: sets of answers, whose turn it is, what they say."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import get_args

from pydantic import BaseModel

from db import events, grading_sets, human_grades, items, judge_words, people, predictions
from db.database import Database, Transaction
from db.models import GradingAnswerRow, GradingSlotRow, HumanGradeRow
from src.domain.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from src.domain.first_reading import withheld
from src.domain.grading import (
    MOST_GRADERS,
    OVERLAP,
    Draw,
    DrawKind,
    Gradable,
    GradingSet,
    doubt_of,
    draw_answers,
)
from src.domain.human_grade import GradingBody, HumanGrade, Word, still_to_grade
from src.domain.item import Criterion, Item, ItemView, Track
from src.domain.people import Actor, Role
from src.domain.prediction import Condition
from src.domain.review import Receipt
from src.domain.round import Candidate, RoundState, SlotState, expected_share

Clock = Callable[[], datetime]
CHUNK = 500
LEASE = timedelta(hours=1)
"""After which an answer on which nothing was said goes to somebody else; looking renews it."""
RESTS = timedelta(hours=2)
"""After which an answer with a draft is given to one more person, should they have nothing else."""
SEES_SCORES = frozenset({Role.LEAD, Role.EVALUATOR})
"""Who holds one of these can look up judges' grades and scores: what they say is not blind."""
NOT_BLIND = (
    "can look up scores as lead or evaluator: such grades are kept, and count neither in judge "
    "cards nor in corrected scores."
)


class GradingPlan(BaseModel, frozen=True, extra="forbid"):
    """What a lead asks for: which answers, how many people each, and who grades."""

    name: str
    graders: int
    overlap: float = 1.0
    """Share of the answers that all `graders` grade, 0 to 1; one person grades the rest."""
    persons: tuple[str, ...]
    draw: DrawKind = DrawKind.EVERY
    sample: int | None = None
    seed: int | None = None
    condition: str = "full"
    track: Track | None = None
    item_ids: tuple[str, ...] | None = None
    models: tuple[str, ...] = ()
    """Whose answers; all models' when none is named."""
    judges: tuple[str, ...] = ()
    """The panel whose doubt counts in an uncertain draw; all judges when none is named."""


class GradingProgress(BaseModel, frozen=True, extra="forbid"):
    """How far a set is."""

    grading_set: GradingSet
    done: dict[str, int]
    """person -> answers graded."""

    @property
    def asked(self) -> int:
        """How many gradings the set asks for."""
        return self.grading_set.gradings


class GradingForecast(BaseModel, frozen=True, extra="forbid"):
    """How much work a set would be, before it is opened."""

    seed: int
    """The set that is opened with it holds these answers, while the study stays as it is."""
    answers: int
    of: int
    """How many answers there are to draw from."""
    gradings: int
    """One person's of one answer each."""
    grades: int
    """Words on single criteria, all people together."""
    each: int
    """Answers that one of the graders can expect."""
    not_blind: tuple[str, ...] = ()
    """Names of graders who can see scores: what they say is kept and counts nowhere."""


class GradingTask(BaseModel, frozen=True, extra="forbid"):
    """One answer before its grader: the case, the answer, the criteria, and what they said."""

    grading_set: str
    position: int
    view: ItemView
    """Without what a model was not shown: no reference answer, claims or source."""
    answer: str
    criteria: tuple[Criterion, ...]
    """The active ones, in the order of the rubric."""
    body: GradingBody
    saved_at: datetime | None = None
    """When a draft was stored; None where there is none."""
    receipt: Receipt | None = None
    """Of what they sent of it; None before that."""


class Grading:
    """Lets clinicians grade models' answers without knowing whose they are."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # ---- sets ---------------------------------------------------------------------------

    def create(self, actor: Actor, plan: GradingPlan) -> GradingSet:
        """Draw the answers of a set and open it.

        Only answers to what the newest version of an item shows can be drawn, and only those
        with a rubric to grade by. Raises BadInputError when there is none, or a plan asks for
        what cannot be.
        """
        actor.require(Role.LEAD)
        now = self._clock()
        seed = plan.seed if plan.seed is not None else secrets.randbelow(2**31)
        with self._database.transaction() as t:
            _check_plan(t, plan)
            made, draw = _drawn(t, plan, seed, now)
            row = grading_sets.add(t, made, draw)
            events.append_row(t, "grading_set.opened", actor.person_id, row, now)
            return made

    def forecast(self, actor: Actor, plan: GradingPlan) -> GradingForecast:
        """Return how much work a set would be; nothing is opened.

        Raises what create would raise for the same plan.
        """
        actor.require(Role.LEAD)
        now = self._clock()
        seed = plan.seed if plan.seed is not None else secrets.randbelow(2**31)
        with self._database.reading() as t:
            _check_plan(t, plan)
            made, draw = _drawn(t, plan, seed, now)
            sizes = _rubric_sizes(t, [one.answer for one in draw.drawn])
            not_blind = _not_blind(t, plan.persons)
        return GradingForecast(
            seed=seed,
            answers=made.answers,
            of=int(str(made.selection["of"])),
            gradings=made.gradings,
            grades=sum(
                made.graders_at(place) * sizes[(one.answer.item_id, one.answer.rubric_version)]
                for place, one in enumerate(draw.drawn, start=1)
            ),
            each=_each(made),
            not_blind=not_blind,
        )

    def not_blind(self, actor: Actor, name: str) -> tuple[str, ...]:
        """Return the names of a set's graders who can see scores now, and so do not grade blind."""
        actor.require(Role.LEAD)
        with self._database.reading() as t:
            return _not_blind(t, _required(t, name).persons)

    def close(self, actor: Actor, name: str) -> GradingSet:
        """Close a set: no answer is given out any more; what was begun can still be sent."""
        return self._put_state(actor, name, RoundState.CLOSED)

    def reopen(self, actor: Actor, name: str) -> GradingSet:
        """Open a closed set again, as it was."""
        return self._put_state(actor, name, RoundState.OPEN)

    def _put_state(self, actor: Actor, name: str, state: RoundState) -> GradingSet:
        actor.require(Role.LEAD)
        kind = "grading_set.closed" if state is RoundState.CLOSED else "grading_set.reopened"
        with self._database.transaction() as t:
            made = _required(t, name)
            if made.state is state:
                raise ConflictError(f"The grading set {name!r} is {state.value} already.")
            row = grading_sets.set_state(t, name, state)
            events.append_row(t, kind, actor.person_id, row, self._clock())
            return made.model_copy(update={"state": state})

    def all_of(
        self, actor: Actor, *, size: int | None = None, after: int = 0
    ) -> list[GradingProgress]:
        """Return sets with how far each person is, newest first: at most so many, after so many.

        All of them when no size is given.
        """
        actor.require(Role.LEAD, Role.ADMIN, Role.EVALUATOR)
        with self._database.reading() as t:
            found = grading_sets.newest(t, size, after)
            done = grading_sets.done_by(t, [made.name for made in found])
            return [
                GradingProgress(grading_set=made, done=done.get(made.name, {})) for made in found
            ]

    # ---- one grader ----------------------------------------------------------------------

    def has_work(self, actor: Actor) -> bool:
        """Return True when the actor grades in an open set."""
        if Role.REVIEWER not in actor.roles:
            return False
        with self._database.reading() as t:
            return grading_sets.has_work(t, actor.person_id)

    def own_sets(self, actor: Actor) -> list[str]:
        """Return the names of the open sets the actor grades in, newest first."""
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            return [made.name for made in grading_sets.open_sets_of(t, actor.person_id)]

    def own_progress(self, actor: Actor, name: str) -> tuple[int, int]:
        """Return (answers graded, answers the actor can expect to grade) in a set."""
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            made = _own(t, actor, name)
            done = grading_sets.done_of(t, name, actor.person_id)
        return done, max(done, _each(made))

    def next_answer(self, actor: Actor, name: str) -> GradingTask | None:
        """Return the answer the actor holds in a set, else the next in their own order, or None.

        Raises NotFoundError when they do not grade in it, NotAllowedError when it is closed.
        """
        actor.require(Role.REVIEWER)
        now = self._clock()
        with self._database.reading() as t:
            # Who holds an answer sees it also while the database takes no writing.
            _own_open(t, actor, name)
            held = grading_sets.taken_slot(t, name, actor.person_id)
            if held is not None and not _is_half_over(held, now):
                return self._task(t, actor, name, held.position)
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            made = _own_open(t, actor, name)
            slot = _held(t, made, actor, now) or _taken(t, made, actor, now)
            return self._task(t, actor, name, slot.position) if slot is not None else None

    def give_back(self, actor: Actor, name: str, position: int) -> None:
        """Leave an answer the actor holds to whoever comes to it first.

        What they said of it is kept, and is there if it comes back to them. Raises ConflictError
        when they have sent it.
        """
        actor.require(Role.REVIEWER)
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            _own(t, actor, name)
            slot = _own_slot(t, actor, name, position)
            if slot.state != SlotState.TAKEN.value:
                raise ConflictError("You have sent this answer already. It can be changed.")
            grading_sets.give_back(t, slot)
            events.append_row(t, "grading_slot.returned", actor.person_id, slot, self._clock())

    def task(self, actor: Actor, name: str, position: int) -> GradingTask:
        """Return an answer the actor holds or has graded.

        Raises NotFoundError for any other: whether there is one is not told.
        """
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            _own_slot(t, actor, name, position)
            return self._task(t, actor, name, position)

    def keep_draft(
        self,
        actor: Actor,
        name: str,
        position: int,
        edit: Callable[[GradingBody, Criterion], GradingBody],
        criterion_id: str,
    ) -> None:
        """Store a change to what the actor says of one criterion, upon what is stored by now.

        An answer that went to somebody else before they said the first word is theirs again.
        """
        actor.require(Role.REVIEWER)
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            _slot_again(t, actor, name, position, self._clock())
            task = self._task(t, actor, name, position)
            criterion = next((c for c in task.criteria if c.criterion_id == criterion_id), None)
            if criterion is None:
                raise NotFoundError(
                    f"The rubric has no criterion {criterion_id!r}. Reload the page."
                )
            body = edit(task.body, criterion)
            grading_sets.put_draft(t, name, position, actor.person_id, body, self._clock())

    def submit(
        self,
        actor: Actor,
        name: str,
        position: int,
        body: GradingBody | None = None,
        *,
        idempotency_key: str,
    ) -> Receipt:
        """Store for ever what the actor says of an answer; the draft when no body is given.

        A later one supersedes it. The same key, or the same words, once more change nothing and
        give the same receipt. Raises BadInputError naming what is missing, ConflictError when
        the key belongs to something else.
        """
        actor.require(Role.REVIEWER)
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            slot = _slot_again(t, actor, name, position, now)
            known = human_grades.by_key(t, idempotency_key)
            answer = _answer_at(t, name, position)
            if known:
                return _same_again(t, actor, answer, known)
            task = self._task(t, actor, name, position)
            said = task.body if body is None else body
            problems = still_to_grade(said, {c.criterion_id: c for c in task.criteria})
            if problems:
                text = f"This cannot be sent yet: {problems[0].message}"
                raise BadInputError(text, problems)
            _check_values(said, task.criteria)
            if task.receipt is not None and said == _said(t, actor, answer):
                grading_sets.drop_draft(t, name, position, actor.person_id)
                return task.receipt
            grades = [
                _grade(actor, answer, c, said.word(c.criterion_id), now) for c in task.criteria
            ]
            number = human_grades.gradings_of(t, actor.person_id) + 1
            rows = human_grades.add(
                t, grades, grading_set=name, number=number, idempotency_key=idempotency_key
            )
            proofs = [events.proof_of("human_grade.given", actor.person_id, row) for row in rows]
            head = events.append_all(t, proofs, now)
            if slot.state == SlotState.TAKEN.value:
                grading_sets.fill(t, slot)
                events.append_row(t, "grading_slot.filled", actor.person_id, slot, now)
            grading_sets.drop_draft(t, name, position, actor.person_id)
            return Receipt(number=number, hash=head.hash, at=now)

    def _task(self, t: Transaction, actor: Actor, name: str, position: int) -> GradingTask:
        answer = _answer_at(t, name, position)
        item = items.get(t, answer.item_id, answer.item_version)
        assert item is not None
        draft = grading_sets.draft_of(t, name, position, actor.person_id)
        body, saved_at = draft if draft is not None else (_said(t, actor, answer), None)
        return GradingTask(
            grading_set=name,
            position=position,
            view=_shown(t, item),
            answer=_text(t, answer),
            criteria=_criteria(t, answer.item_id, answer.rubric_version),
            body=body,
            saved_at=saved_at,
            receipt=_own_receipt(t, actor, answer),
        )


def _not_blind(t: Transaction, persons: Sequence[str]) -> tuple[str, ...]:
    known = [people.get(t, person) for person in sorted(set(persons))]
    return tuple(one.display_name for one in known if one is not None and SEES_SCORES & one.roles)


def _required(t: Transaction, name: str) -> GradingSet:
    made = grading_sets.get(t, name)
    if made is None:
        raise NotFoundError(f"There is no grading set {name!r}.")
    return made


def _own(t: Transaction, actor: Actor, name: str) -> GradingSet:
    made = grading_sets.get(t, name)
    if made is None or actor.person_id not in made.persons:
        raise NotFoundError(f"There is no set {name!r} for you to grade in.")
    return made


def _own_open(t: Transaction, actor: Actor, name: str) -> GradingSet:
    made = _own(t, actor, name)
    if made.state is not RoundState.OPEN:
        raise NotAllowedError(f"The set {name!r} is closed. What you graded is kept.")
    return made


def _own_slot(t: Transaction, actor: Actor, name: str, position: int) -> GradingSlotRow:
    slot = grading_sets.slot_of(t, name, position, actor.person_id)
    if slot is None:
        raise NotFoundError(f"You hold no answer {position} in the set {name!r}.")
    return slot


def _slot_again(
    t: Transaction, actor: Actor, name: str, position: int, now: datetime
) -> GradingSlotRow:
    """Return the actor's slot on an answer; of one they had before, an open or one more slot."""
    slot = grading_sets.slot_of(t, name, position, actor.person_id)
    if slot is not None:
        return slot
    made = _own(t, actor, name)
    if not grading_sets.may_resume(t, made, actor.person_id, position):
        return _own_slot(t, actor, name, position)
    slot = grading_sets.one_more(t, name, position, actor.person_id, now + LEASE)
    events.append_row(t, "grading_slot.taken", actor.person_id, slot, now)
    return slot


def _held(t: Transaction, made: GradingSet, actor: Actor, now: datetime) -> GradingSlotRow | None:
    """Return the slot the actor holds, its lease renewed where half of it is over, or None."""
    slot = grading_sets.taken_slot(t, made.name, actor.person_id)
    if slot is not None and _is_half_over(slot, now):
        grading_sets.renew(t, slot, now + LEASE)
        events.append_row(t, "grading_slot.renewed", actor.person_id, slot, now)
    return slot


def _is_half_over(slot: GradingSlotRow, now: datetime) -> bool:
    """Tell whether the lease of a slot is to be renewed."""
    return slot.lease_until is None or slot.lease_until < now + LEASE / 2


def _taken(t: Transaction, made: GradingSet, actor: Actor, now: datetime) -> GradingSlotRow | None:
    """Give the actor their next answer, else one whose grading somebody let rest, or None."""
    who, until = actor.person_id, now + LEASE
    for returned in grading_sets.return_abandoned(t, made.name, now, but_of=who):
        events.append_row(t, "grading_slot.returned", who, returned, now)
    slot = grading_sets.take_next(t, made, who, until)
    if slot is None:
        slot = grading_sets.take_over(t, made, who, now - RESTS, until)
    if slot is not None:
        events.append_row(t, "grading_slot.taken", who, slot, now)
    return slot


def _answer_at(t: Transaction, name: str, position: int) -> GradingAnswerRow:
    answer = grading_sets.answer_at(t, name, position)
    assert answer is not None
    return answer


def _shown(t: Transaction, item: Item) -> ItemView:
    """Return the case as it is shown: what models are shown, with the findings they are shown."""
    view = withheld(items.view(t, item))
    content = view.item.content.model_copy(update={"findings": item.content.findings})
    return view.model_copy(update={"item": view.item.model_copy(update={"content": content})})


def _text(t: Transaction, answer: GradingAnswerRow) -> str:
    made = grading_sets.get(t, answer.grading_set)
    assert made is not None
    found = predictions.answers(t, made.condition, [answer.item_id], [answer.model])
    return next(one.text for one in found if one.sha256 == answer.prediction_sha256)


def _criteria(t: Transaction, item_id: str, rubric_version: int) -> tuple[Criterion, ...]:
    return tuple(c for c in items.rubric(t, item_id, rubric_version) if c.active)


def _said(t: Transaction, actor: Actor, answer: GradingAnswerRow) -> GradingBody:
    """Return what the actor sent last of an answer in its set; nothing when they sent nothing."""
    found = human_grades.sent_in(
        t, answer.grading_set, actor.person_id, answer.item_id, answer.model
    )
    return GradingBody(
        words={
            grade.criterion_id: Word(value=grade.value, cannot=grade.value is None, note=grade.note)
            for grade in found
        }
    )


def _own_receipt(t: Transaction, actor: Actor, answer: GradingAnswerRow) -> Receipt | None:
    key = human_grades.newest_key(
        t, answer.grading_set, actor.person_id, answer.item_id, answer.model
    )
    return _receipt(t, human_grades.by_key(t, key)) if key is not None else None


def _receipt(t: Transaction, rows: Sequence[HumanGradeRow]) -> Receipt:
    links = [events.of_object(t, events.object_of(row), 1)[0] for row in rows]
    last = max(links, key=lambda link: link.seq)
    return Receipt(number=rows[0].number, hash=last.hash, at=rows[0].at)


def _same_again(
    t: Transaction, actor: Actor, answer: GradingAnswerRow, rows: Sequence[HumanGradeRow]
) -> Receipt:
    first = rows[0]
    same = (first.person, first.grading_set, first.item_id, first.model)
    if same != (actor.person_id, answer.grading_set, answer.item_id, answer.model):
        raise ConflictError("This idempotency key belongs to another grading.")
    return _receipt(t, rows)


def _check_values(body: GradingBody, criteria: Sequence[Criterion]) -> None:
    for number, criterion in enumerate(criteria, start=1):
        value = body.word(criterion.criterion_id).value
        if value is not None and value not in range(criterion.maximum + 1):
            raise BadInputError(
                f"Criterion {number} goes from 0 to {criterion.maximum}; {value:g} is no step."
            )


def _grade(
    actor: Actor, answer: GradingAnswerRow, criterion: Criterion, word: Word, at: datetime
) -> HumanGrade:
    return HumanGrade(
        model=answer.model,
        item_id=answer.item_id,
        criterion_id=criterion.criterion_id,
        criterion_sha256=criterion.sha256,
        prediction_sha256=answer.prediction_sha256,
        person_id=actor.person_id,
        value=word.value,
        blind=not actor.roles & SEES_SCORES,
        note=word.note,
        at=at,
    )


# ---- what a plan asks for ------------------------------------------------------------------


def _check_plan(t: Transaction, plan: GradingPlan) -> None:
    if not plan.name.strip() or len(plan.name) > 100:
        raise BadInputError("A grading set needs a name of at most 100 characters.")
    if grading_sets.get(t, plan.name.strip()) is not None:
        raise ConflictError(f"There is already a grading set {plan.name.strip()!r}.")
    known = len(set(plan.persons))
    if not 1 <= plan.graders <= MOST_GRADERS or plan.graders > known:
        raise BadInputError(
            f"An answer is graded by 1 to {MOST_GRADERS} people, and by no more than are named: "
            f"{plan.graders} asked for, {known} named."
        )
    if not 0 <= plan.overlap <= 1:
        raise BadInputError(
            f"The share of answers that several people grade is between 0 and 1: {plan.overlap:g}."
        )
    if plan.seed is not None and not 0 <= plan.seed < 2**31:
        raise BadInputError(f"The seed {plan.seed} is not between 0 and {2**31 - 1}.")
    if plan.condition not in get_args(Condition):
        raise BadInputError(
            f"There is no condition {plan.condition!r}; it is one of "
            f"{', '.join(get_args(Condition))}."
        )
    unknown = set(plan.models) - {model.name for model in predictions.models(t)}
    if unknown:
        raise BadInputError(f"There is no model {min(unknown)!r}.")
    for person_id in plan.persons:
        person = people.get(t, person_id)
        if person is None or not person.active or Role.REVIEWER not in person.roles:
            raise BadInputError(f"{person_id!r} is no active reviewer of this study.")


def _drawn(t: Transaction, plan: GradingPlan, seed: int, now: datetime) -> tuple[GradingSet, Draw]:
    """Return the set a plan comes to, and what was drawn for it; nothing is stored."""
    gradable = list(_gradable(t, plan))
    if not gradable:
        raise BadInputError(
            "There is no answer to grade: none was given to what the items show now, or "
            "they have no criteria. Import answers first, or ask for other models or items."
        )
    draw = draw_answers(gradable, plan.draw, plan.sample, seed)
    made = GradingSet(
        name=plan.name.strip(),
        graders=plan.graders,
        draw=plan.draw,
        condition=plan.condition,
        seed=seed,
        selection=_selection(plan, len(gradable), len(draw.drawn)),
        answers=len(draw.drawn),
        persons=tuple(sorted(set(plan.persons))),
        made_at=now,
    )
    return made, draw


def _each(made: GradingSet) -> int:
    """Return how many answers one of a set's graders can expect when all grade alike."""
    return min(made.answers, expected_share(made.gradings, 1, len(made.persons)))


def _rubric_sizes(t: Transaction, answers: Sequence[Gradable]) -> dict[tuple[str, int], int]:
    """Return (item_id, rubric version) -> how many active criteria it has."""
    wanted = sorted({(one.item_id, one.rubric_version) for one in answers})
    sizes: dict[tuple[str, int], int] = {}
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        found = items.rubrics(t, chunk)
        sizes |= {(name, v): sum(c.active for c in found[name]) for name, v in chunk}
    return sizes


def _selection(plan: GradingPlan, of: int, drawn: int) -> dict[str, str | int | list[str] | None]:
    several = ceil(plan.overlap * drawn) if plan.overlap < 1 else None
    return {
        **({OVERLAP: several} if several is not None else {}),
        "of": of,
        "sample": plan.sample,
        "track": plan.track.value if plan.track else None,
        "items": len(plan.item_ids) if plan.item_ids is not None else None,
        "models": sorted(plan.models),
        "judges": sorted(plan.judges),
    }


def _gradable(t: Transaction, plan: GradingPlan) -> Iterator[Gradable]:
    """Yield the answers a set can draw from: each model's newest to what an item shows now."""
    candidates = items.candidates(t, plan.track, plan.item_ids)
    if plan.item_ids is not None:
        missing = sorted(set(plan.item_ids) - {c.item_id for c in candidates})
        if missing:
            raise BadInputError(f"There is no item {missing[0]!r}.")
    doubted = False
    for start in range(0, len(candidates), CHUNK):
        page = {c.item_id: c for c in candidates[start : start + CHUNK]}
        rubrics = items.rubrics(t, [(c.item_id, c.rubric_version) for c in page.values()])
        maxima = {
            item_id: {c.sha256: c.maximum for c in criteria if c.active}
            for item_id, criteria in rubrics.items()
        }
        found = _newest_answers(t, plan, page, maxima)
        doubts = _doubts(t, plan, found, maxima) if plan.draw is DrawKind.UNCERTAIN else {}
        doubted = doubted or bool(doubts)
        for key, (candidate, sha256) in found.items():
            yield Gradable(
                model=key[1],
                item_id=key[0],
                prediction_sha256=sha256,
                item_version=candidate.item_version,
                rubric_version=candidate.rubric_version,
                case_id=candidate.case_id,
                track=candidate.track,
                doubt=doubts.get(key, 0.0),
            )
    if plan.draw is DrawKind.UNCERTAIN and not doubted:
        raise BadInputError(
            "An uncertain draw looks for answers on which judges differ, and no answer here has "
            "grades by two judges. Let a second judge grade them, or ask for another draw."
        )


Found = dict[tuple[str, str], tuple[Candidate, str]]
"""(item_id, model) -> its item and the hash of its answer."""
Maxima = dict[str, dict[str, int]]
"""item_id -> hash of an active criterion -> the highest grade on it."""


def _newest_answers(
    t: Transaction, plan: GradingPlan, page: dict[str, Candidate], maxima: Maxima
) -> Found:
    shown = items.visible_hashes(t, list(page))
    return {
        (one.item_id, one.model): (page[one.item_id], one.sha256)
        for one in predictions.answers(t, plan.condition, list(page), plan.models, with_text=False)
        if one.visible_sha256 == shown[one.item_id] and maxima.get(one.item_id)
    }


def _doubts(
    t: Transaction, plan: GradingPlan, found: Found, maxima: Maxima
) -> dict[tuple[str, str], float]:
    """Return how far judges differ on each answer that has grades by two of them."""
    words = judge_words.on_items(t, sorted({item_id for item_id, _ in found}), plan.judges)
    given: dict[tuple[str, str], list[tuple[float, list[float]]]] = defaultdict(list)
    for (item_id, model, prediction, _, criterion), by_judge in words.items():
        key = (item_id, model)
        maximum = maxima.get(item_id, {}).get(criterion)
        if maximum is None or key not in found or found[key][1] != prediction:
            continue
        values = [value for value in by_judge.values() if value is not None]
        given[key].append((float(maximum), values))
    doubts = {key: doubt_of(grades) for key, grades in given.items()}
    return {key: doubt for key, doubt in doubts.items() if doubt is not None}
