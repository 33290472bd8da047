"""People's grades in from, and out to, the shape of HealthBench's meta-evaluation."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import get_args

from pydantic import BaseModel

from db import events, human_grades, items, people, predictions, settings
from db.database import Database, Transaction
from src.domain.errors import PROBLEMS_SHOWN, BadInputError, Problem
from src.domain.human_grade import HumanGrade
from src.domain.item import Criterion, Track, track_of
from src.domain.judge_card import is_met
from src.domain.people import Actor, Person, Role
from src.domain.prediction import Condition, Prediction
from src.files.meta_evaluation import IncomingOpinions, opinion_line, read_opinions

Clock = Callable[[], datetime]
PAGE = 200
CHUNK = 500
SECRET = "physician_pseudonyms"  # noqa: S105  the name it is stored under
IMPORTED = "imported grades"
"""The issuer of people that a file brought: nobody signs in by it."""
NO_ITEM = "no such item"
NO_ANSWER = "no model gave this answer"
NO_CRITERION = "no such criterion"
NO_ANSWER_NOW = "the answer or the criterion is not in the study"


class GradeImport(BaseModel, frozen=True, extra="forbid"):
    """What an import of people's grades did, or every reason why it did nothing."""

    path: str
    lines: int = 0
    stored: int = 0
    """Grades stored; one that says what its person said last is counted as unchanged."""
    unchanged: int = 0
    people: int = 0
    left_out: dict[str, int] = {}
    """Why lines were passed over -> how many."""
    problems: tuple[Problem, ...] = ()
    """The first 200; with any, nothing was stored."""
    problem_count: int = 0


class GradeExport(BaseModel, frozen=True, extra="forbid"):
    """What an export of people's grades wrote."""

    file: str
    sha256: str
    lines: int
    physicians: int
    left_out: dict[str, int] = {}
    """Why criteria of answers were left out -> how many."""


class GradeExchange:
    """Takes grades over that people gave elsewhere, and gives out those given here."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def store_file(self, actor: Actor, path: Path, *, blind: bool = True) -> GradeImport:
        """Import grades, all or nothing, and report what came of it.

        A line is matched by its prompt_id (an item's id, or its index), its completion (an
        answer that is stored, of the model the line names or of any), and its rubric (a wording
        the item has had). A physician becomes an inactive person without roles, so that nobody
        can act as them. The same file again changes nothing.
        """
        actor.require(Role.LEAD)
        given: list[IncomingOpinions] = []
        problems: list[Problem] = []
        for record in read_opinions(path):
            if isinstance(record, Problem):
                problems.append(record)
            elif record.condition not in get_args(Condition):
                message = f"There is no condition {record.condition!r}."
                problems.append(
                    Problem(
                        line=record.line, column="condition", rule="unknown_value", message=message
                    )
                )
            else:
                given.append(record)
        if problems:
            return GradeImport(
                path=str(path),
                lines=len(given),
                problems=tuple(problems[:PROBLEMS_SHOWN]),
                problem_count=len(problems),
            )
        try:
            with self._database.transaction() as t:
                intake = _Intake(t, actor, self._clock(), blind)
                intake.store(given)
                return intake.report(path, len(given))
        except _RefusedError as refused:
            return GradeImport(
                path=str(path),
                lines=len(given),
                problems=refused.problems[:PROBLEMS_SHOWN],
                problem_count=len(refused.problems),
            )

    def export(self, actor: Actor, path: Path, *, track: Track | None = None) -> GradeExport:
        """Write the newest grade of each person as a file, one line for each criterion.

        Physicians have pseudonyms that stay the same in this study and mean nothing elsewhere;
        notes are not written. The same grades give the same bytes. Raises BadInputError when
        the file cannot be written.
        """
        actor.require(Role.LEAD, Role.EVALUATOR)
        key = self._key()
        sha, lines, names = hashlib.sha256(), 0, set[str]()
        left_out = Counter[str]()
        try:
            with path.open("w", encoding="utf-8", newline="\n") as out:
                for page in self._pages(track):
                    for line, known in self._lines(page, key, left_out):
                        out.write(line)
                        sha.update(line.encode())
                        lines += 1
                        names |= known
        except OSError as error:
            message = f"The file {str(path)!r} cannot be written ({error.strerror})."
            raise BadInputError(message) from error
        return GradeExport(
            file=str(path),
            sha256=sha.hexdigest(),
            lines=lines,
            physicians=len(names),
            left_out=dict(left_out),
        )

    def _key(self) -> bytes:
        with self._database.transaction() as t:
            key = settings.get(t, SECRET)
            if key is None:
                key = secrets.token_hex(32)
                settings.put(t, SECRET, key)
        return bytes.fromhex(str(key))

    def _pages(self, track: Track | None) -> Iterator[list[str]]:
        after = ""
        while True:
            with self._database.reading() as t:
                page = human_grades.items_after(t, after, PAGE)
            yield [item_id for item_id in page if track is None or track_of(item_id) is track]
            if len(page) < PAGE:
                return
            after = page[-1]

    def _lines(
        self, page: Sequence[str], key: bytes, left_out: Counter[str]
    ) -> Iterator[tuple[str, set[str]]]:
        with self._database.reading() as t:
            grades = human_grades.on_items(t, page)
            wordings = items.criteria_ever(t, page)
            versions = items.latest_versions(t, page)
            found = items.get_many(t, [(name, number) for name, (number, *_) in versions.items()])
            answers = _answers(t, page)
            names = _names(t, {grade.person_id for grade in grades}, key)
        for target, given in _by_target(grades).items():
            item_id, model, prediction, criterion_id, criterion_sha = target
            criterion = wordings[item_id].get(criterion_sha)
            answer = answers.get((item_id, model, prediction))
            if criterion is None or answer is None:
                left_out[NO_ANSWER_NOW] += 1
                continue
            named = criterion.model_copy(update={"criterion_id": criterion_id})
            line = opinion_line(found[item_id], answer.text, named, given, names, answer.condition)
            yield line, {names[grade.person_id] for grade in given}


Target = tuple[str, str, str, str, str]
"""item_id, model, prediction hash, criterion_id, criterion hash"""


def _by_target(grades: Sequence[HumanGrade]) -> dict[Target, list[HumanGrade]]:
    found: dict[Target, list[HumanGrade]] = defaultdict(list)
    for grade in grades:
        target = (
            grade.item_id,
            grade.model,
            grade.prediction_sha256,
            grade.criterion_id,
            grade.criterion_sha256,
        )
        found[target].append(grade)
    return dict(sorted(found.items()))


def _answers(t: Transaction, page: Sequence[str]) -> dict[tuple[str, str, str], Prediction]:
    return {
        (one.item_id, one.model, one.sha256): one
        for condition in reversed(get_args(Condition))
        for one in predictions.answers(t, condition, page)
    }


def _names(t: Transaction, persons: set[str], key: bytes) -> dict[str, str]:
    """Return person_id -> pseudonym; who came with a file keeps the one they had there."""
    found = {}
    for person_id in persons:
        person = people.get(t, person_id)
        if person is not None and person.issuer == IMPORTED:
            found[person_id] = person.subject
        else:
            said = hmac.new(key, person_id.encode(), hashlib.sha256).hexdigest()
            found[person_id] = f"physician-{said[:16]}"
    return found


class _RefusedError(Exception):
    """Lines of a file contradict the rubric or themselves; nothing of it is stored."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems


class _Intake:
    """One import of people's grades under way, in one transaction."""

    def __init__(self, t: Transaction, actor: Actor, at: datetime, blind: bool) -> None:
        self._t = t
        self._actor = actor
        self._at = at
        self._blind = blind
        self._persons: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._by_index: dict[str, list[str]] | None = None
        self._stored = self._unchanged = 0
        self._left_out = Counter[str]()
        self._problems: list[Problem] = []

    def report(self, path: Path, lines: int) -> GradeImport:
        """Return what the import did."""
        return GradeImport(
            path=str(path),
            lines=lines,
            stored=self._stored,
            unchanged=self._unchanged,
            people=len(self._persons),
            left_out=dict(self._left_out),
        )

    def store(self, given: Sequence[IncomingOpinions]) -> None:
        """Store what is new, answer by answer. Raises _RefusedError with all that cannot be."""
        for start in range(0, len(given), CHUNK):
            self._store_chunk(given[start : start + CHUNK])
        if self._problems:
            raise _RefusedError(tuple(self._problems))

    def _store_chunk(self, chunk: Sequence[IncomingOpinions]) -> None:
        t = self._t
        known = items.latest_versions(t, [one.prompt_id for one in chunk])
        named = {one.prompt_id: self._item_of(one.prompt_id, known) for one in chunk}
        ids = sorted({item_id for item_id in named.values() if item_id is not None})
        wordings = items.criteria_ever(t, ids)
        said: dict[tuple[str, ...], float | None] = {
            (*_target_of(grade), grade.person_id): grade.value
            for grade in human_grades.on_items(t, ids)
        }
        answers = {
            condition: predictions.answers(t, condition, ids, with_text=False)
            for condition in {one.condition for one in chunk}
        }
        for one in chunk:
            item_id = named[one.prompt_id]
            models = [] if item_id is None else _models(answers[one.condition], item_id, one)
            criterion = None if item_id is None else _criterion(wordings[item_id], one)
            if item_id is None or not models or criterion is None:
                why = NO_ITEM if item_id is None else NO_CRITERION if models else NO_ANSWER
                self._left_out[why] += 1
                continue
            for model in models:
                self._keep(one, item_id, model, criterion, said)

    def _keep(
        self,
        one: IncomingOpinions,
        item_id: str,
        model: str,
        criterion: Criterion,
        said: dict[tuple[str, ...], float | None],
    ) -> None:
        wrong = _contradictions(one, criterion)
        self._problems += wrong
        for pseudonym, met, value, blind in one.labels if not wrong else ():
            grade = HumanGrade(
                model=model,
                item_id=item_id,
                criterion_id=criterion.criterion_id,
                criterion_sha256=criterion.sha256,
                prediction_sha256=one.completion_sha256,
                person_id=self._person(pseudonym),
                value=_value(met, value, criterion),
                blind=self._blind and blind,
                at=self._at,
            )
            place = (*_target_of(grade), grade.person_id)
            if place in said and said[place] == grade.value:
                self._unchanged += 1
                continue
            said[place] = grade.value
            self._add(grade)

    def _add(self, grade: HumanGrade) -> None:
        number = self._number(grade.person_id)
        key = f"file:{grade.person_id}:{number}"
        rows = human_grades.add(
            self._t, [grade], grading_set=None, number=number, idempotency_key=key
        )
        proofs = [
            events.proof_of("human_grade.imported", self._actor.person_id, row) for row in rows
        ]
        events.append_all(self._t, proofs, self._at)
        self._stored += 1

    def _number(self, person_id: str) -> int:
        if person_id not in self._numbers:
            self._numbers[person_id] = human_grades.gradings_of(self._t, person_id)
        self._numbers[person_id] += 1
        return self._numbers[person_id]

    def _person(self, pseudonym: str) -> str:
        """Return who a pseudonym stands for: an inactive person without roles, made if needed."""
        if pseudonym not in self._persons:
            known = people.by_identity(self._t, IMPORTED, pseudonym)
            self._persons[pseudonym] = (known or self._made(pseudonym)).person_id
        return self._persons[pseudonym]

    def _made(self, pseudonym: str) -> Person:
        plain = re.sub(r"[^a-z0-9._-]+", "-", pseudonym.lower()).strip("-._")[:40]
        person_id = plain if plain.startswith("physician") else f"physician-{plain}".rstrip("-")
        while people.get(self._t, person_id) is not None:
            person_id = f"{person_id[:50]}-{secrets.token_hex(4)}"
        person = Person(
            person_id=person_id,
            display_name=f"{pseudonym[:180]} (imported)",
            active=False,
            issuer=IMPORTED,
            subject=pseudonym,
        )
        row = people.put(self._t, person)
        events.append_row(self._t, "person.stored", self._actor.person_id, row, self._at)
        return person

    def _item_of(self, prompt_id: str, known: dict[str, tuple[int, str, str]]) -> str | None:
        """Return the item a line is about: by its id, else by its index where only one has it."""
        if prompt_id in known:
            return prompt_id
        if self._by_index is None:
            self._by_index = _ids_by_index(self._t)
        found = self._by_index.get(prompt_id, [])
        return found[0] if len(found) == 1 else None


def _ids_by_index(t: Transaction) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    after = ""
    while page := items.ids_after(t, after, CHUNK):
        for item_id in page:
            found[item_id.split("/", 2)[2]].append(item_id)
        after = page[-1]
    return found


def _target_of(grade: HumanGrade) -> tuple[str, str, str, str, str]:
    return (
        grade.item_id,
        grade.model,
        grade.prediction_sha256,
        grade.criterion_id,
        grade.criterion_sha256,
    )


def _models(answers: Sequence[Prediction], item_id: str, one: IncomingOpinions) -> list[str]:
    """Return the models whose answer a line is about, each once."""
    return sorted(
        {
            answer.model
            for answer in answers
            if answer.item_id == item_id
            and answer.sha256 == one.completion_sha256
            and one.model in (None, answer.model)
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
    for pseudonym, met, value, _ in one.labels:
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


def _value(met: bool | None, value: float | None, criterion: Criterion) -> float | None:
    if met is None:
        return None
    if value is None:
        return float(criterion.maximum) if met else 0.0
    return value
