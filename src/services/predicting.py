"""Models' answers in, with the grades they bring: checked whole, then stored in one go."""

from __future__ import annotations

import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, get_args

from pydantic import BaseModel, ValidationError

from db import events, items, judge_replies, predictions
from db.database import Database, Transaction
from src.domain.canonical import text_sha256
from src.domain.errors import PROBLEMS_SHOWN, BadInputError, NotFoundError, Problem
from src.domain.item import Criterion, Item, Track
from src.domain.people import Actor, Role
from src.domain.prediction import (
    Condition,
    Grade,
    Model,
    Prediction,
    ReplyKind,
    WholeAnswerReply,
)
from src.domain.scoring.families import is_medical, named_family
from src.files.predictions import (
    IncomingGrade,
    IncomingPrediction,
    IncomingReply,
    read_predictions,
)
from src.services.answer_scores import as_imported

Clock = Callable[[], datetime]
CHUNK = 500


class PredictionReport(BaseModel, frozen=True, extra="forbid"):
    """What an import of answers did, or every reason why it did nothing."""

    path: str
    model: str
    track: Track
    condition: str
    predictions: int = 0
    """Answers stored; one that was the newest already is counted as unchanged."""
    unchanged: int = 0
    grades: int = 0
    replies: int = 0
    """Judge replies stored, for the published measures."""
    unknown: tuple[str, ...] = ()
    """Ids in the file that name no item of the track here; they are passed over."""
    missing: tuple[str, ...] = ()
    """Items of the track, in the datasets the file speaks of, still without an answer."""
    other_version: tuple[str, ...] = ()
    """Items answered on other visible content than their newest version shows: left out of
    scores."""
    problems: tuple[Problem, ...] = ()
    """The first 200; with any, nothing was stored."""
    problem_count: int = 0

    @property
    def accepted(self) -> bool:
        """True when nothing was wrong with the file."""
        return self.problem_count == 0


class ModelAnswers(BaseModel, frozen=True, extra="forbid"):
    """How many items of a track a model has answered under a condition."""

    model: str
    track: Track
    condition: str
    answers: int


class _Spooled(BaseModel, frozen=True, extra="forbid"):
    """One checked answer on its way from reading to storing."""

    prediction: Prediction
    grades: tuple[Grade, ...] = ()
    replies: tuple[WholeAnswerReply, ...] = ()


class Predicting:
    """Brings models and their answers into the study."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add_model(self, actor: Actor, model: Model) -> None:
        """Make a model known by its display name and family; a known one stays as it is."""
        actor.require(Role.EVALUATOR, Role.LEAD)
        with self._database.transaction() as t:
            predictions.put_model(t, model)

    def describe(
        self,
        actor: Actor,
        name: str,
        *,
        medical: bool | None = None,
        display_name: str | None = None,
        family: str | None = None,
    ) -> Model:
        """Say of a known model what it is, and return it; what is None stays as it is.

        An empty family is the one its name tells; a known one is written as it is everywhere,
        so that kin is kin in lower case too. No score moves, only who is grouped with whom
        and who is said to be kin. Raises NotFoundError for a model nobody imported.
        """
        actor.require(Role.EVALUATOR, Role.LEAD)
        with self._database.transaction() as t:
            return self._describe(t, actor, name, medical, display_name, family)

    def _describe(
        self,
        t: Transaction,
        actor: Actor,
        name: str,
        medical: bool | None,
        display_name: str | None = None,
        family: str | None = None,
    ) -> Model:
        known = predictions.model(t, name)
        if known is None:
            raise NotFoundError(f"There is no model {name!r}: import its answers first.")
        written = None if family is None else named_family(family)
        said = {"medical": medical, "display_name": display_name, "family": written}
        given = {what: value for what, value in said.items() if value is not None}
        new = known.model_copy(update=given)
        predictions.describe_model(t, new, actor.person_id, self._clock())
        return new

    def models(self, actor: Actor) -> list[Model]:
        """Return all models, in the order of their names."""
        actor.require(Role.EVALUATOR, Role.LEAD)
        with self._database.reading() as t:
            return predictions.models(t)

    def answered(self, actor: Actor) -> list[ModelAnswers]:
        """Return how many items of each track each model has answered, by condition."""
        actor.require(Role.EVALUATOR, Role.LEAD)
        with self._database.reading() as t:
            return [
                ModelAnswers(model=model, track=Track(track), condition=condition, answers=n)
                for model, track, condition, n in predictions.answer_counts(t)
            ]

    def store_file(
        self,
        actor: Actor,
        path: Path,
        *,
        model: str,
        track: Track,
        condition: str = "full",
        dataset: str | None = None,
        medical: bool | None = None,
    ) -> PredictionReport:
        """Import one model's answers to one track, all or nothing, and report what came of it.

        An answer that does not say what the model saw is bound to the newest version of its
        item; one made on other visible content is stored with its own hash and listed. Grades
        are bound to the wording of the imported rubric and to the answer. The same file again
        changes nothing. `medical` says what the model is; with None a new one is what its name
        tells, a known one stays as it is. Raises BadInputError when there is no such file, model
        or condition.
        """
        actor.require(Role.EVALUATOR, Role.LEAD)
        known = _checked_model(model)
        if condition not in get_args(Condition):
            raise BadInputError(
                f"There is no condition {condition!r}; it is one of "
                f"{', '.join(get_args(Condition))}."
            )
        records = read_predictions(path, track)
        file_sha256 = _sha256_of(path)
        with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as spool:
            intake = _Intake(self._database, path, known.name, track, condition, dataset, spool)
            intake.read(records, file_sha256)
            if intake.problem_count:
                return intake.report()
            with self._database.transaction() as t:
                predictions.put_model(t, known)
                self._describe(t, actor, known.name, medical)
                intake.write(t, actor, file_sha256, self._clock())
        return intake.report()


class _Intake:
    """One import of answers under way."""

    def __init__(
        self,
        database: Database,
        path: Path,
        model: str,
        track: Track,
        condition: str,
        dataset: str | None,
        spool: IO[str],
    ) -> None:
        self._database = database
        self._path = path
        self._model = model
        self._track = track
        self._condition = condition
        self._dataset = dataset
        self._spool = spool
        self._by_index = self._items_of_the_track()
        self._ids = {item_id for found in self._by_index.values() for item_id in found}
        self._answers: dict[str, int] = {}
        self._unknown: list[str] = []
        self._other_version: list[str] = []
        self._missing: list[str] = []
        self._stored = self._unchanged = self._grades = self._replies = 0
        self._problems: list[Problem] = []
        self.problem_count = 0

    def report(self) -> PredictionReport:
        """Return what the import did so far."""
        return PredictionReport(
            path=str(self._path),
            model=self._model,
            track=self._track,
            condition=self._condition,
            predictions=self._stored,
            unchanged=self._unchanged,
            grades=self._grades,
            replies=self._replies,
            unknown=tuple(self._unknown),
            missing=tuple(self._missing),
            other_version=tuple(self._other_version),
            problems=tuple(self._problems),
            problem_count=self.problem_count,
        )

    def _items_of_the_track(self) -> dict[str, list[str]]:
        """Return index -> the ids it can mean, read in pages."""
        found: dict[str, list[str]] = defaultdict(list)
        after = ""
        while True:
            with self._database.reading() as t:
                page = items.ids_after(t, after, CHUNK, self._track)
            for item_id in page:
                dataset, _, index = item_id.partition(f"/{self._track.value}/")
                if self._dataset is None or dataset == self._dataset:
                    found[index].append(item_id)
            if len(page) < CHUNK:
                return found
            after = page[-1]

    def read(self, records: Iterator[IncomingPrediction | Problem], file_sha256: str) -> None:
        """Check every record and spool what is good."""
        while chunk := list(islice(records, CHUNK)):
            named: list[tuple[str, IncomingPrediction]] = []
            for record in chunk:
                if isinstance(record, Problem):
                    self._fault(record)
                elif (item_id := self._item_of(record)) is not None:
                    named.append((item_id, record))
            self._check(named, file_sha256)
        if not self._answers and not self.problem_count:
            self._fault(Problem(rule="unknown_items", message=self._nothing_known()))

    def _nothing_known(self) -> str:
        where = f"the dataset {self._dataset!r}" if self._dataset else "this study"
        return (
            f"None of the {len(self._unknown)} ids in the file names an item of the track "
            f"{self._track.value!r} in {where}, which has {len(self._ids)}."
        )

    def _item_of(self, record: IncomingPrediction) -> str | None:
        """Return the item a record answers; None when it is unknown, ambiguous or named twice."""
        if record.item_id is not None:
            found = [record.item_id] if record.item_id in self._ids else []
        else:
            found = self._by_index.get(record.index or "", [])
        if not found:
            self._unknown.append(record.item_id or record.index or "")
            return None
        if len(found) > 1:
            self._fault(_ambiguous(record, found))
            return None
        first = self._answers.setdefault(found[0], record.line)
        if first != record.line:
            message = f"The item {found[0]!r} was answered in line {first} already: keep one."
            self._fault(Problem(line=record.line, rule="duplicate_id", message=message))
            return None
        return found[0]

    def _check(self, named: Sequence[tuple[str, IncomingPrediction]], file_sha256: str) -> None:
        ids = [item_id for item_id, _ in named]
        graded = [item_id for item_id, record in named if _is_judged(record)]
        with self._database.reading() as t:
            shown = items.visible_hashes(t, ids)
            versions = items.latest_versions(t, graded)
            rubrics = items.get_many(t, [(key, number) for key, (number, *_) in versions.items()])
        for item_id, record in named:
            visible = record.visible_sha256 or shown[item_id]
            if visible != shown[item_id]:
                self._other_version.append(item_id)
            prediction = Prediction(
                model=self._model,
                item_id=item_id,
                condition=self._condition,
                visible_sha256=visible,
                sha256=text_sha256(record.prediction),
                text=record.prediction,
            )
            grades = self._grades_of(prediction, record, rubrics.get(item_id), file_sha256)
            if not self.problem_count:
                replies = _replies_of(prediction, record, rubrics.get(item_id))
                spooled = _Spooled(prediction=prediction, grades=grades, replies=replies)
                self._spool.write(spooled.model_dump_json() + "\n")

    def _grades_of(
        self,
        prediction: Prediction,
        record: IncomingPrediction,
        item: Item | None,
        file_sha256: str,
    ) -> tuple[Grade, ...]:
        """Return a record's grades, each bound to the wording of its criterion."""
        grades = []
        seen: set[tuple[str, str]] = set()
        for place, given in enumerate(record.grades):
            criterion = _criterion_of(item, given.criterion_id)
            fault = _grade_fault(given, criterion, seen)
            if fault is not None or criterion is None:
                rule, message = fault or ("unknown_criterion", "")
                column = f"grades[{place}]"
                self._fault(Problem(line=record.line, column=column, rule=rule, message=message))
                continue
            seen.add((given.judge, criterion.criterion_id))
            grades.append(_grade(prediction, given, criterion, file_sha256))
        return tuple(grades)

    def _fault(self, problem: Problem) -> None:
        self.problem_count += 1
        if len(self._problems) < PROBLEMS_SHOWN:
            self._problems.append(problem)

    def write(self, t: Transaction, actor: Actor, file_sha256: str, at: datetime) -> None:
        """Store what is new, and the one event that says which file it came from."""
        self._spool.seek(0)
        lines = iter(self._spool)
        while chunk := [_Spooled.model_validate_json(line) for line in islice(lines, CHUNK)]:
            stored = predictions.add(t, [spooled.prediction for spooled in chunk])
            self._stored += stored
            self._unchanged += len(chunk) - stored
            self._grades += predictions.add_grades(t, self._new_grades(t, chunk), at)
            replies = [reply for spooled in chunk for reply in spooled.replies]
            self._replies += judge_replies.add(t, replies, f"file:{file_sha256}", at)
        if self._stored or self._grades or self._replies:
            name = f"predictions:{self._model}/{self._track.value}/{self._condition}"
            events.append(t, "predictions.imported", actor.person_id, name, file_sha256, at)
        answered = predictions.answered(t, self._model, self._condition, self._track)
        datasets = {_dataset_of(item_id) for item_id in self._answers}
        self._missing = sorted(
            item_id for item_id in self._ids - answered if _dataset_of(item_id) in datasets
        )

    def _new_grades(self, t: Transaction, chunk: Sequence[_Spooled]) -> list[Grade]:
        """Return the grades that say something else than what was stored last."""
        graded = [spooled.prediction.item_id for spooled in chunk if spooled.grades]
        said = predictions.newest_words(t, self._model, graded) if graded else {}
        return [
            grade
            for spooled in chunk
            for grade in spooled.grades
            if said.get(
                (grade.item_id, grade.prediction_sha256, grade.criterion_sha256, grade.judge)
            )
            != (grade.status, grade.value)
        ]


def _checked_model(name: str) -> Model:
    try:
        return Model(name=name.strip(), medical=is_medical(name))
    except ValidationError as error:
        raise BadInputError("A model has a name of 1 to 200 characters; give it one.") from error


def _sha256_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        message = f"The file {str(path)!r} cannot be read ({error.strerror})."
        raise BadInputError(message) from error


def _dataset_of(item_id: str) -> str:
    return item_id.partition("/")[0]


def _ambiguous(record: IncomingPrediction, found: Sequence[str]) -> Problem:
    names = ", ".join(repr(_dataset_of(item_id)) for item_id in found)
    message = f"The index {record.index!r} is in several datasets ({names}): name one of them."
    return Problem(line=record.line, column="index", rule="ambiguous_index", message=message)


def _criterion_of(item: Item | None, name: str) -> Criterion | None:
    """Return the criterion a grade names by its id, else by its key."""
    if item is None:
        return None
    by_key = next((c for c in item.criteria if c.key == name), None)
    return item.criterion(name) or by_key


def _is_judged(record: IncomingPrediction) -> bool:
    return bool(record.grades or record.reply or record.candidates)


def _replies_of(
    prediction: Prediction, record: IncomingPrediction, item: Item | None
) -> tuple[WholeAnswerReply, ...]:
    """Return what judges wrote, bound to the answer and to what it was held against."""
    if item is None:
        return ()
    held_against = as_imported(item).judge_sha256
    given: tuple[tuple[ReplyKind, IncomingReply | None], ...] = (
        ("answer", record.reply),
        ("candidates", record.candidates),
    )
    return tuple(
        WholeAnswerReply(
            model=prediction.model,
            item_id=prediction.item_id,
            prediction_sha256=prediction.sha256,
            asked_sha256=held_against,
            judge=reply.judge,
            text=reply.text,
            kind=kind,
        )
        for kind, reply in given
        if reply is not None
    )


def _grade_fault(
    given: IncomingGrade, criterion: Criterion | None, seen: set[tuple[str, str]]
) -> tuple[str, str] | None:
    """Return rule and message of what is wrong with a grade, or None."""
    name = given.criterion_id
    if criterion is None:
        return "unknown_criterion", f"The item has no criterion {name!r} as imported."
    if given.value is not None and given.value > criterion.maximum:
        text = f"The grade {given.value!r} of {name!r} is above its highest, {criterion.maximum}."
        return "bad_value", text
    if (given.judge, criterion.criterion_id) in seen:
        return "duplicate_id", f"The criterion {name!r} is graded twice by {given.judge!r}."
    return None


def _grade(
    prediction: Prediction, given: IncomingGrade, criterion: Criterion, file_sha256: str
) -> Grade:
    return Grade(
        model=prediction.model,
        item_id=prediction.item_id,
        criterion_id=criterion.criterion_id,
        criterion_sha256=criterion.sha256,
        prediction_sha256=prediction.sha256,
        judge=given.judge,
        value=given.value,
        quote=given.quote,
        rationale=given.rationale,
        status=given.status,
        judge_run=f"file:{file_sha256}",
    )
