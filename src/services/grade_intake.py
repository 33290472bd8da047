"""People's grades in from a file: every line is checked first, then all are stored in batches.

A batch is one short transaction, so that nobody who saves waits for a long file. What ends the
process leaves whole batches; the same file once more stores the rest and nothing twice.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, get_args

from db import events, human_grades, items, people, predictions
from db.database import Database, Transaction
from src.domain.errors import DatabaseError, Problem
from src.domain.human_grade import HumanGrade
from src.domain.item import Criterion
from src.domain.judge_card import is_met
from src.domain.people import Actor, Person
from src.domain.plurals import counted
from src.domain.prediction import Condition, Prediction
from src.files.meta_evaluation import IncomingOpinions, Label
from src.services.progress import Meter, Watcher

CHUNK: Final = 500
"""Lines that are looked up together."""
BATCH: Final = 500
"""Grades that are stored together: well below a second, for others wait meanwhile."""
IMPORTED: Final = "imported grades"
"""The issuer of people that a file brought: nobody signs in by it."""
NO_ITEM: Final = "no such item"
NO_ANSWER: Final = "no model gave this answer"
NO_CRITERION: Final = "no such criterion"
OF_THIS_STUDY: Final = "said by somebody of this study, whose own word holds"

Place = tuple[str, str, str, str, str, str]
"""item_id, model, prediction hash, criterion_id, criterion hash, and who says it"""


class Stored(NamedTuple):
    """What storing did."""

    stored: int
    unchanged: int
    people: int


def condition_problem(one: IncomingOpinions) -> Problem | None:
    """Return what is wrong with the condition a line names, or None."""
    if one.condition in get_args(Condition):
        return None
    message = f"There is no condition {one.condition!r}."
    return Problem(line=one.line, column="condition", rule="unknown_value", message=message)


class Checking:
    """Holds the lines of a file against the study and against each other; stores nothing."""

    def __init__(self, database: Database, at: datetime, blind: bool, own: frozenset[str]) -> None:
        self._database = database
        self._at = at
        self._blind = blind
        self._own = own
        """Pseudonyms of this study's own people: what comes back of them is not said by others."""
        self._by_index: dict[str, list[str]] | None = None
        self._first: dict[Place, tuple[int, HumanGrade]] = {}
        self.grades: list[HumanGrade] = []
        """What the file says, line by line; `person_id` is the pseudonym it has there."""
        self.taken_as_blind = 0
        """Grades that say nothing of blindness."""
        self.left_out = Counter[str]()
        self.problems: list[Problem] = []

    def check(self, given: Sequence[IncomingOpinions], watch: Watcher | None) -> None:
        """Check every line; raise WorkStopped when the watcher says so."""
        meter = Meter(watch, len(given), "checking lines")
        for start in range(0, len(given), CHUNK):
            meter.at(start)
            with self._database.reading() as t:
                self._check_chunk(t, given[start : start + CHUNK])
        meter.at(len(given))

    def _check_chunk(self, t: Transaction, chunk: Sequence[IncomingOpinions]) -> None:
        known = items.latest_versions(t, [one.prompt_id for one in chunk])
        named = {one.prompt_id: self._item_of(t, one.prompt_id, known) for one in chunk}
        ids = sorted({item_id for item_id in named.values() if item_id is not None})
        wordings = items.criteria_ever(t, ids)
        answers = {
            condition: _by_item(predictions.answers(t, condition, ids, with_text=False))
            for condition in {one.condition for one in chunk}
        }
        for one in chunk:
            item_id = named[one.prompt_id]
            given = [] if item_id is None else answers[one.condition][item_id]
            models = _models(given, one)
            criterion = None if item_id is None else _criterion(wordings[item_id], one)
            if item_id is None or not models or criterion is None:
                why = NO_ITEM if item_id is None else NO_CRITERION if models else NO_ANSWER
                self.left_out[why] += 1
                continue
            for model in models:
                self._take(one, item_id, model, criterion)

    def _take(self, one: IncomingOpinions, item_id: str, model: str, criterion: Criterion) -> None:
        wrong = _contradictions(one, criterion)
        self.problems += wrong
        for label in one.labels if not wrong else ():
            if label.pseudonym in self._own:
                self.left_out[OF_THIS_STUDY] += 1
                continue
            self._add(one, self._grade(one, label, item_id, model, criterion))

    def _grade(
        self, one: IncomingOpinions, label: Label, item_id: str, model: str, criterion: Criterion
    ) -> HumanGrade:
        return HumanGrade(
            model=model,
            item_id=item_id,
            criterion_id=criterion.criterion_id,
            criterion_sha256=criterion.sha256,
            prediction_sha256=one.completion_sha256,
            person_id=label.pseudonym,
            value=_value(label, criterion),
            blind=self._blind and label.blind,
            note=label.note,
            at=self._at,
        )

    def _add(self, one: IncomingOpinions, grade: HumanGrade) -> None:
        """Add a grade, unless an earlier line has it; two lines that differ are a problem."""
        line, first = self._first.setdefault(place_of(grade), (one.line, grade))
        if grade == first:
            self.grades.append(grade)
            self.taken_as_blind += grade.blind and not one.blind_said
            return
        message = (
            f"{grade.person_id!r} has another grade on this criterion of this answer in line "
            f"{line}. Leave one of the two lines out."
        )
        column = "anonymized_physician_ids" if grade.value is not None else "cannot_judge"
        self.problems.append(
            Problem(line=one.line, column=column, rule="graded_twice", message=message)
        )

    def _item_of(
        self, t: Transaction, prompt_id: str, known: dict[str, tuple[int, str, str]]
    ) -> str | None:
        """Return the item a line is about: by its id, else by its index where only one has it."""
        if prompt_id in known:
            return prompt_id
        if self._by_index is None:
            self._by_index = _ids_by_index(t)
        found = self._by_index.get(prompt_id, [])
        return found[0] if len(found) == 1 else None


def store(
    database: Database, actor: Actor, grades: Sequence[HumanGrade], watch: Watcher | None
) -> Stored:
    """Store what is new of checked grades, batch by batch, and say how much there was of it.

    A word that its person said last is counted as unchanged. Once it has begun nobody is asked
    whether to go on: half of it would be no use to anybody.
    """
    meter = Meter(watch, len(grades), "storing grades")
    persons: dict[str, str] = {}
    stored = 0
    for start in range(0, len(grades), BATCH):
        meter.goes_on(start)
        try:
            with database.transaction() as t:
                stored += _store_batch(t, actor, grades[start : start + BATCH], persons)
        except DatabaseError as error:
            if not stored:
                raise
            kept = f"{counted(stored, 'grade')} of this file were stored before that and stay."
            raise DatabaseError(f"{error} {kept} Import it again: the rest follows.") from error
    meter.goes_on(len(grades))
    return Stored(stored, len(grades) - stored, len(persons))


def _store_batch(
    t: Transaction, actor: Actor, batch: Sequence[HumanGrade], persons: dict[str, str]
) -> int:
    for pseudonym in dict.fromkeys(grade.person_id for grade in batch):
        if pseudonym not in persons:
            persons[pseudonym] = _person(t, actor, pseudonym, batch[0].at)
    named = [grade.model_copy(update={"person_id": persons[grade.person_id]}) for grade in batch]
    said = {
        place_of(grade): grade
        for grade in human_grades.on_items(t, sorted({grade.item_id for grade in named}))
    }
    new: dict[Place, HumanGrade] = {}
    for grade in named:
        place = place_of(grade)
        if place not in new and not _says_the_same(said.get(place), grade):
            new[place] = grade
    rows = human_grades.add_imported(t, list(new.values()))
    proofs = [events.proof_of("human_grade.imported", actor.person_id, row) for row in rows]
    events.append_all(t, proofs, batch[0].at)
    return len(rows)


def _says_the_same(known: HumanGrade | None, grade: HumanGrade) -> bool:
    """Return True when a grade says nothing new; a file without a note takes no note away."""
    if known is None:
        return False
    noted = grade.note in ("", known.note)
    return noted and (known.value, known.blind) == (grade.value, grade.blind)


def place_of(grade: HumanGrade) -> Place:
    """Return what a grade is on and who gave it."""
    return (
        grade.item_id,
        grade.model,
        grade.prediction_sha256,
        grade.criterion_id,
        grade.criterion_sha256,
        grade.person_id,
    )


def _person(t: Transaction, actor: Actor, pseudonym: str, at: datetime) -> str:
    """Return who a pseudonym stands for: an inactive person without roles, made if needed."""
    known = people.by_identity(t, IMPORTED, pseudonym)
    return (known or _made(t, actor, pseudonym, at)).person_id


def _made(t: Transaction, actor: Actor, pseudonym: str, at: datetime) -> Person:
    plain = re.sub(r"[^a-z0-9._-]+", "-", pseudonym.lower()).strip("-._")[:40]
    person_id = plain if plain.startswith("physician") else f"physician-{plain}".rstrip("-")
    while people.get(t, person_id) is not None:
        person_id = f"{person_id[:50]}-{secrets.token_hex(4)}"
    person = Person(
        person_id=person_id,
        display_name=f"{pseudonym[:180]} (imported)",
        active=False,
        issuer=IMPORTED,
        subject=pseudonym,
    )
    row = people.put(t, person)
    events.append_row(t, "person.stored", actor.person_id, row, at)
    return person


def _ids_by_index(t: Transaction) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    after = ""
    while page := items.ids_after(t, after, CHUNK):
        for item_id in page:
            found[item_id.split("/", 2)[2]].append(item_id)
        after = page[-1]
    return found


def _by_item(answers: Sequence[Prediction]) -> dict[str, list[Prediction]]:
    found: dict[str, list[Prediction]] = defaultdict(list)
    for answer in answers:
        found[answer.item_id].append(answer)
    return found


def _models(answers: Sequence[Prediction], one: IncomingOpinions) -> list[str]:
    """Return the models whose answer a line is about, each once."""
    return sorted(
        {
            answer.model
            for answer in answers
            if answer.sha256 == one.completion_sha256 and one.model in (None, answer.model)
        }
    )


def _criterion(wordings: dict[str, Criterion], one: IncomingOpinions) -> Criterion | None:
    """Return the criterion a line speaks of: by its words, and by its id where it has one."""
    return next(
        (
            criterion
            for criterion in wordings.values()
            if criterion.text == one.rubric and one.criterion_id in (None, criterion.criterion_id)
        ),
        None,
    )


def _contradictions(one: IncomingOpinions, criterion: Criterion) -> list[Problem]:
    """Return what the grades of a line say against the rubric's scale or its own yes and no."""
    found = []
    for pseudonym, met, value, *_ in one.labels:
        if met is None or value is None:
            continue
        said = f"{pseudonym!r} gave {value:g} on a criterion of 0 to {criterion.maximum}"
        if value > criterion.maximum:
            message = f"{said}."
            found.append(
                Problem(line=one.line, column="values", rule="out_of_range", message=message)
            )
        elif is_met(value, criterion.maximum) is not met:
            message = f"{said}, and the label says {'met' if met else 'not met'}."
            found.append(
                Problem(line=one.line, column="values", rule="contradiction", message=message)
            )
    return found


def _value(label: Label, criterion: Criterion) -> float | None:
    if label.met is None:
        return None
    if label.value is None:
        return float(criterion.maximum) if label.met else 0.0
    return label.value
