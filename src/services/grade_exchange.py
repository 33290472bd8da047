"""People's grades in from, and out to, the shape of HealthBench's meta-evaluation."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import get_args

from pydantic import BaseModel

from db import human_grades, items, people, predictions, settings
from db.database import Database, Transaction
from src.domain.errors import PROBLEMS_SHOWN, BadInputError, Problem
from src.domain.human_grade import HumanGrade
from src.domain.item import Track, track_of
from src.domain.people import Actor, Role
from src.domain.prediction import Condition, Prediction
from src.files.meta_evaluation import IncomingOpinions, opinion_line, read_opinions
from src.services.grade_intake import CHUNK, IMPORTED, Checking, condition_problem, store
from src.services.progress import Meter, Watcher

Clock = Callable[[], datetime]
PAGE = 200
SECRET = "physician_pseudonyms"  # noqa: S105  the name it is stored under
NO_ANSWER_NOW = "the answer or the criterion is not in the study"


class GradeImport(BaseModel, frozen=True, extra="forbid"):
    """What an import of people's grades did, or every reason why it did nothing."""

    path: str
    lines: int = 0
    stored: int = 0
    """Grades stored; one that says what its person said last is counted as unchanged."""
    unchanged: int = 0
    people: int = 0
    taken_as_blind: int = 0
    """Grades of the file, stored or unchanged, that say nothing of blindness and count as blind."""
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

    def store_file(
        self, actor: Actor, path: Path, *, blind: bool = True, watch: Watcher | None = None
    ) -> GradeImport:
        """Import grades, all or none of them, and report what came of it.

        Every line is checked before the first grade is stored; these come in batches, and the
        same file again stores what is missing of it and changes nothing else.

        A line is matched by its prompt_id (an item's id, or its index), its completion (an
        answer that is stored, of the model the line names or of any), and its rubric (a wording
        the item has had). A physician becomes an inactive person without roles, so that nobody
        can act as them; one of this study's own, by an export of it, is passed over. Raises
        WorkStopped when the watcher says so while lines are checked.
        """
        actor.require(Role.LEAD)
        given, problems = _read(path, watch)
        checking = Checking(self._database, self._clock(), blind, self._own_names())
        if not problems:
            checking.check(given, watch)
            problems = checking.problems
        if problems:
            return GradeImport(
                path=str(path),
                lines=len(given),
                problems=tuple(problems[:PROBLEMS_SHOWN]),
                problem_count=len(problems),
            )
        stored, unchanged, persons = store(self._database, actor, checking.grades, watch)
        return GradeImport(
            path=str(path),
            lines=len(given),
            stored=stored,
            unchanged=unchanged,
            people=persons,
            taken_as_blind=checking.taken_as_blind,
            left_out=dict(checking.left_out),
        )

    def _own_names(self) -> frozenset[str]:
        """Return the pseudonyms this study's own people have in its exports."""
        with self._database.reading() as t:
            key = settings.get(t, SECRET)
            if key is None:
                return frozenset()
            persons = {person.person_id for person in people.all_of(t) if person.issuer != IMPORTED}
            return frozenset(_names(t, persons, bytes.fromhex(str(key))).values())

    def export(
        self, actor: Actor, path: Path, *, track: Track | None = None, notes: bool = True
    ) -> GradeExport:
        """Write the newest grade of each person as a file, one line for each criterion.

        Physicians have pseudonyms that stay the same in this study and mean nothing elsewhere;
        what they wrote beside a grade goes with it unless `notes` is False. The same grades give
        the same bytes. Raises BadInputError when the file cannot be written.
        """
        actor.require(Role.LEAD, Role.EVALUATOR)
        key = self._key()
        sha, lines, names = hashlib.sha256(), 0, set[str]()
        left_out = Counter[str]()
        try:
            with path.open("w", encoding="utf-8", newline="\n") as out:
                for page in self._pages(track):
                    for line, known in self._lines(page, key, left_out, notes):
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
        self, page: Sequence[str], key: bytes, left_out: Counter[str], notes: bool
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
            line = opinion_line(
                found[item_id], answer.text, named, given, names, answer.condition, notes=notes
            )
            yield line, {names[grade.person_id] for grade in given}


def _read(path: Path, watch: Watcher | None) -> tuple[list[IncomingOpinions], list[Problem]]:
    """Return the lines of a file, and what is wrong with them by themselves."""
    given: list[IncomingOpinions] = []
    problems: list[Problem] = []
    meter = Meter(watch, 0, "reading lines")
    for number, record in enumerate(read_opinions(path)):
        if number % CHUNK == 0:
            meter.at(number)
        if isinstance(record, Problem):
            problems.append(record)
        elif (wrong := condition_problem(record)) is not None:
            problems.append(wrong)
        else:
            given.append(record)
    return given, problems


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
