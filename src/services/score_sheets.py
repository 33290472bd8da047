"""Score sheets: filled once for each state of the study, then shared by everything that scores."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Final, Protocol

import numpy as np

from db import items, judge_replies, predictions, score_inputs
from db.database import Database, Transaction
from db.score_inputs import AskedItem
from src.domain.gold import Gold, SettledUnit
from src.domain.item import Criterion, Item, Track
from src.domain.judging.needs import shows_reference
from src.domain.judging.question import asked_sha256
from src.domain.prediction import Prediction, WholeAnswerReply
from src.domain.renamed import DISEASE_TRACKS
from src.domain.round import SkipReason
from src.domain.scoring.resampling import Numbers
from src.domain.scoring.sheet import (
    ABSENT,
    ANSWERED,
    DISEASE,
    IMPORTED,
    NEW,
    NEW_WORDS,
    NO_GRADES,
    OTHER,
    UNSCORED,
    Columns,
    HumanGrades,
    ItemFacts,
    Scores,
    Sheet,
    Side,
)
from src.domain.scoring.strict import DISEASE_CRITERION, DISEASE_POINTS
from src.services.answer_scores import (
    Asked,
    Mode,
    as_asked,
    as_imported,
    as_reviewed,
    compatible_scores,
    disease_in,
    measures_of,
)
from src.services.disease_names import NO_NAMES, KnownNames, known_names

PAGE: Final = 100
CHUNK: Final = 500
KEPT: Final = 8
"""Sheets of a whole benchmark: 23 models x 1,756 items are about 10 MB."""
MOVES_NO_SCORE: Final = (
    "answer.shown",
    "case.shown",
    "condition.exported",
    "discussion.shown",
    "draft.opened",
    "first_reading.committed",
    "gold.shown",
    "guideline.acknowledged",
    "guideline.published",
    "model.described",
    "own_reading.committed",
    "readings.shown",
    "release.exported",
    "review.submitted",
    "ruling.begun",
    "scores.shown",
    "sitting.ended",
    "sitting.opened",
    "slot.added",
    "slot.filled",
    "slot.reopened",
    "slot.returned",
    "slot.taken",
    "unit.decided",
    "unit.handed_on",
    *(f"slot.skipped.{reason.value}" for reason in SkipReason),
)
"""Events after which every score is what it was; after any other a sheet is filled anew."""
LEAKS, UNREADABLE = "leakage confirmed", "image unusable"
REJECTED, UNANSWERABLE, WRONG_GOLD = "rejected in review", "unanswerable", "wrong gold"
RESTS_ON: Final = ("field:recommendation", "check:answerable", "check:answer_correct")
NAMES: Final = ("field:answer", "field:aliases", "field:orpha_code")
"""Units the whole item rests on: any track's, and those of tracks that ask for a disease."""


class HumanWord(Protocol):
    """A person's grade on one criterion of one answer; None where they cannot judge."""

    @property
    def model(self) -> str: ...
    @property
    def item_id(self) -> str: ...
    @property
    def criterion_sha256(self) -> str: ...
    @property
    def prediction_sha256(self) -> str: ...
    @property
    def person_id(self) -> str: ...
    @property
    def value(self) -> float | None: ...
    @property
    def blind(self) -> bool: ...


HumanWords = Callable[[Transaction, Sequence[str], Sequence[str]], Iterable[HumanWord]]
"""The newest word of each person on answers to these items; no model named means all."""
AnswerChances = Callable[[Transaction, Sequence[str]], Mapping[tuple[str, str, str], float]]
"""(model, item, hash of the answer) -> the chance that people were to grade it; of those graded."""


def no_words(t: Transaction, item_ids: Sequence[str], models: Sequence[str]) -> list[HumanWord]:
    """Return nothing: people have graded no answer."""
    return []


def no_chances(t: Transaction, item_ids: Sequence[str]) -> dict[tuple[str, str, str], float]:
    """Return nothing: no answer was drawn for people to grade."""
    return {}


@dataclass(frozen=True)
class State:
    """What scores rest on: the newest event that can move one, and who is excluded now."""

    seq: int
    leaking: frozenset[str]
    unreadable: frozenset[str]


@dataclass
class _Filling:
    """A sheet while it is filled, column by column and cell by cell."""

    models: dict[str, int] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    facts: list[dict[str, object]] = field(default_factory=list)
    columns: list[tuple[int, str, str, float, int]] = field(default_factory=list)
    sides: tuple[_FillingSide, _FillingSide] = field(
        default_factory=lambda: (_FillingSide(), _FillingSide())
    )


@dataclass
class _FillingSide:
    points: list[float] = field(default_factory=list)
    active: list[bool] = field(default_factory=list)
    ambiguous: list[bool] = field(default_factory=list)
    kept_by: list[float] = field(default_factory=list)
    fits: list[tuple[int, int, int]] = field(default_factory=list)
    cells: list[tuple[int, int, float]] = field(default_factory=list)
    human: list[tuple[int, int, str, float, bool]] = field(default_factory=list)
    graded: set[tuple[str, str, str]] = field(default_factory=set)
    """The answers people graded: model, item, hash of the answer."""
    published: dict[str, list[tuple[int, int, float, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def lengths(self) -> dict[str, int]:
        """Return how much there is so far, to find what comes next."""
        own = {"fits": len(self.fits), "cells": len(self.cells), "human": len(self.human)}
        return own | {measure: len(values) for measure, values in self.published.items()}


@dataclass(frozen=True)
class _Page:
    """What a page of items of one track is filled from."""

    items: list[AskedItem]
    newest: dict[str, Item]
    """Whole versions, only where a text is needed."""
    golds: dict[str, Gold]
    read: dict[str, Item]
    """The versions the golds are of."""
    answers: dict[str, list[Prediction]]
    grades: dict[tuple[str, str, str], dict[str, float]]
    """(model, item, prediction hash) -> hash of what was asked -> value."""
    human: dict[tuple[str, str, str], list[HumanWord]]
    replies: dict[tuple[str, str], dict[str, WholeAnswerReply]]
    """(model, item) -> hash of the answer -> what a judge wrote of it; in compatible mode."""
    chances: dict[str, float]
    names: KnownNames
    """What the ontology and people add to the names of diseases; in strict mode."""


class ScoreSheets:
    """Keeps the sheets of the newest state; one for each database."""

    def __init__(
        self,
        database: Database,
        human_words: HumanWords = no_words,
        answer_chances: AnswerChances = no_chances,
    ) -> None:
        self._database = database
        self._human_words = human_words
        self._answer_chances = answer_chances
        self._known: OrderedDict[tuple[object, ...], Sheet] = OrderedDict()
        self._lock = Lock()
        self._seen = (0, 0)
        """Up to which event was looked, and the newest there that moves a score."""

    def state(self) -> State:
        """Return what scores rest on now; what is equal gives equal scores."""
        looked, newest = self._seen
        with self._database.reading() as t:
            head = score_inputs.newest_event(t, looked, ())
            if head > looked:
                newest = score_inputs.newest_event(t, looked, MOVES_NO_SCORE) or newest
                self._seen = (head, newest)
            return State(
                seq=newest,
                leaking=frozenset(score_inputs.leaking(t)),
                unreadable=frozenset(score_inputs.unreadable(t)),
            )

    def of(
        self, track: Track, release: int | None, mode: Mode, condition: str, state: State
    ) -> Sheet:
        """Return the sheet of a track at a state, filled unless it is at hand."""
        key = (track, release, mode, condition, state.seq)
        with self._lock:
            sheet = self._known.get(key)
            if sheet is not None:
                self._known.move_to_end(key)
        if sheet is None:
            sheet = self._fill(track, release, mode, condition)
            with self._lock:
                self._known[key] = sheet
                while len(self._known) > KEPT * len(Track):
                    self._known.popitem(last=False)
        return _excluding(sheet, state)

    def _fill(self, track: Track, release: int | None, mode: Mode, condition: str) -> Sheet:
        filling = _Filling()
        after = ""
        while True:
            page = self._page(track, release, mode, condition, after)
            for asked in page.items:
                _add_item(filling, page, asked, track, mode)
            if len(page.items) < PAGE:
                break
            after = page.items[-1].item_id
        with self._database.reading() as t:
            judges = score_inputs.judges(t) if mode == "strict" else []
            adjudicators = score_inputs.adjudicators(t)
            chances = dict[tuple[str, str, str], float]()
            for start in range(0, len(filling.ids) if mode == "strict" else 0, CHUNK):
                chances |= self._answer_chances(t, filling.ids[start : start + CHUNK])
        return _sheet(filling, track, release, mode, judges, adjudicators, chances)

    def _page(
        self, track: Track, release: int | None, mode: Mode, condition: str, after: str
    ) -> _Page:
        texts = mode == "compatible" or track in DISEASE_TRACKS
        with self._database.reading() as t:
            ids = items.ids_after(t, after, PAGE, track)
            asked = score_inputs.asked_items(t, ids)
            found = predictions.answers(t, condition, ids, with_text=texts)
        answers: dict[str, list[Prediction]] = defaultdict(list)
        for answer in found:
            answers[answer.item_id].append(answer)
        human: dict[tuple[str, str, str], list[HumanWord]] = defaultdict(list)
        grades: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
        with self._database.reading() as t:
            stored = predictions.grades_on(t, list(answers)) if mode == "strict" else {}
        for (model, item_id), cells in stored.items():
            for (answer_sha256, asked_of), value in cells.items():
                grades[(model, item_id, answer_sha256)][asked_of] = value
        with self._database.reading() as t:
            for word in self._human_words(t, ids, ()) if mode == "strict" else ():
                human[(word.model, word.item_id, word.prediction_sha256)].append(word)
            golds = predictions.golds_of(t, release, ids) if release is not None else {}
            read = items.get_many(t, [(key, gold.item_version) for key, gold in golds.items()])
            whole = [
                (a.item_id, a.version)
                for a in asked
                if a.item_id in answers and (texts or any(map(shows_reference, a.criteria)))
            ]
            newest = items.get_many(t, whole)
            strict = mode == "strict"
            return _Page(
                items=asked,
                newest=newest,
                names=known_names(t, newest.values(), golds.values()) if strict else NO_NAMES,
                golds=golds,
                read=read,
                answers=answers,
                grades=grades,
                human=human,
                replies=judge_replies.on(t, list(answers), ()) if mode == "compatible" else {},
                chances=score_inputs.chances(t, [(g.round, key) for key, g in golds.items()]),
            )


def _excluding(sheet: Sheet, state: State) -> Sheet:
    """Return a sheet without what leaks or cannot be seen now."""
    reasons = [
        reason
        or (LEAKS if item in state.leaking else UNREADABLE if item in state.unreadable else "")
        for item, reason in zip(sheet.items, sheet.facts.excluded, strict=True)
    ]
    if tuple(reasons) == sheet.facts.excluded:
        return sheet
    return replace(sheet, facts=replace(sheet.facts, excluded=tuple(reasons)))


# ---- one item -----------------------------------------------------------------------------


def _add_item(filling: _Filling, page: _Page, item: AskedItem, track: Track, mode: Mode) -> None:
    place = len(filling.ids)
    filling.ids.append(item.item_id)
    gold = page.golds.get(item.item_id)
    whole = page.newest.get(item.item_id)
    imported = as_imported(whole) if whole is not None else as_asked(item, track)
    imported = page.names.added(imported)
    reviewed = imported
    if gold is not None:
        reviewed = page.names.added(as_reviewed(page.read[item.item_id], gold))
    filling.facts.append(_facts(item, gold, track, page.chances.get(item.item_id, 1.0)))
    first = len(filling.columns)
    _add_columns(filling, place, imported, reviewed, gold)
    criteria = {(c.criterion_id, c.sha256): c for c in (*imported.criteria, *reviewed.criteria)}
    known = {
        number: criteria[(name, sha256)]
        for number, (_, name, sha256, *_) in enumerate(filling.columns[first:], start=first)
        if sha256
    }
    answers = page.answers.get(item.item_id, ())
    before, after = filling.sides
    marks = before.lengths()
    _add_answers(filling, before, place, imported, answers, page, first, known, mode)
    if reviewed is imported:
        _add_the_same(before, after, marks, first)
    else:
        _add_answers(filling, after, place, reviewed, answers, page, first + 1, known, mode)


def _add_answers(
    filling: _Filling,
    side: _FillingSide,
    place: int,
    asked: Asked,
    answers: Iterable[Prediction],
    page: _Page,
    disease: int,
    known: Mapping[int, Criterion],
    mode: Mode,
) -> None:
    """Add what every model earned on an item; `disease` is the column of this side's match."""
    reference = asked.names[0] if asked.names else None
    columns = [
        (column, asked_sha256(criterion, reference), criterion.sha256)
        for column, criterion in known.items()
    ]
    for model, answer in fitting_answers(answers, asked).items():
        row = filling.models.setdefault(model, len(filling.models))
        side.fits.append((row, place, OTHER if answer is None else ANSWERED))
        if mode == "compatible":
            _add_published(side, row, place, page, asked, answer)
        elif answer is not None:
            _add_grades(side, row, page, asked, answer, disease, columns)


def _add_the_same(
    before: _FillingSide, after: _FillingSide, marks: Mapping[str, int], first: int
) -> None:
    """Add to gold what was just added to imported: review changed nothing here."""
    after.fits += before.fits[marks["fits"] :]
    after.human += before.human[marks["human"] :]
    after.cells += [
        (row, column + (column == first), value)
        for row, column, value in before.cells[marks["cells"] :]
    ]
    for measure, values in before.published.items():
        after.published[measure] += values[marks.get(measure, 0) :]


def _facts(item: AskedItem, gold: Gold | None, track: Track, chance: float) -> dict[str, object]:
    units = _rests_on(gold, track)
    ambiguous = [unit for unit in units if unit.ambiguous]
    return {
        "case": item.case_id,
        "n_images": item.n_images,
        "modality": item.modality,
        "orpha_code": item.orpha_code,
        "in_release": gold is not None,
        "excluded": excluded_by(gold),
        "chance": chance,
        "ambiguous": bool(ambiguous),
        "agreed_by": min((unit.distribution.get(unit.key, 0.0) for unit in ambiguous), default=1.0),
    }


def _rests_on(gold: Gold | None, track: Track) -> list[SettledUnit]:
    names = RESTS_ON + (NAMES if track in DISEASE_TRACKS else ())
    return [unit for unit in gold.body.units if unit.unit in names] if gold is not None else []


def excluded_by(gold: Gold | None) -> str:
    """Return why review takes an item out of the scores; a wrong answer put right does not."""
    if gold is None:
        return ""
    if gold.status == "rejected":
        return REJECTED
    if gold.body.checks.get("answerable") == "no":
        return UNANSWERABLE
    put_right = any(unit.unit == "field:answer" for unit in gold.body.units)
    if gold.body.checks.get("answer_correct") == "no" and not put_right:
        return WRONG_GOLD
    return ""


def _add_columns(
    filling: _Filling, place: int, imported: Asked, reviewed: Asked, gold: Gold | None
) -> None:
    """Add the columns of an item: the disease match of both sides, then each wording once."""
    points = DISEASE_POINTS if imported.track in DISEASE_TRACKS else 0.0
    for number, side in enumerate(filling.sides):
        for column in range(2):
            side.points.append(points if column == number else 0.0)
            side.active.append(bool(points) and column == number)
            side.ambiguous.append(False)
            side.kept_by.append(1.0)
    filling.columns += [(place, DISEASE_CRITERION, "", 1.0, DISEASE)] * 2
    before = {(c.criterion_id, c.sha256): c for c in imported.criteria}
    after = {(c.criterion_id, c.sha256): c for c in reviewed.criteria}
    words = {c.sha256 for c in reviewed.imported_criteria}
    ids = {c.criterion_id for c in reviewed.imported_criteria}
    shares = _kept_shares(gold)
    for key, criterion in {**before, **after}.items():
        name, sha256 = key
        kind = IMPORTED if sha256 in words or key in before else NEW_WORDS if name in ids else NEW
        filling.columns.append((place, name, sha256, float(criterion.maximum), kind))
        for side, found in zip(filling.sides, (before.get(key), after.get(key)), strict=True):
            side.points.append(found.points if found is not None else 0.0)
            side.active.append(found is not None and found.active)
        filling.sides[0].ambiguous.append(False)
        filling.sides[0].kept_by.append(1.0)
        share = shares.get(criterion.criterion_id, shares.get(criterion.text))
        filling.sides[1].ambiguous.append(share is not None and key in after)
        filling.sides[1].kept_by.append(1.0 if share is None else share)


def _kept_shares(gold: Gold | None) -> dict[str, float]:
    """Return id, or text of what was added -> the share of readers who keep it, if ambiguous."""
    found = {}
    for unit in gold.body.units if gold is not None else ():
        kind, _, name = unit.unit.partition(":")
        if kind != "criterion" or not unit.ambiguous:
            continue
        against = sum(
            share
            for key, share in unit.distribution.items()
            if key in ("absent", "removed") or '"action":"delete"' in key
        )
        text = unit.value.get("text") if isinstance(unit.value, dict) else None
        found[str(text) if name.startswith("+") else name] = 1.0 - against
    return found


def fitting_answers(answers: Iterable[Prediction], asked: Asked) -> dict[str, Prediction | None]:
    """Return model -> its newest answer to exactly what is asked; None for other answers."""
    fitting: dict[str, Prediction | None] = {}
    for answer in answers:
        if answer.visible_sha256 == asked.visible_sha256:
            fitting[answer.model] = answer
        else:
            fitting.setdefault(answer.model, None)
    return fitting


def _add_published(
    side: _FillingSide,
    row: int,
    place: int,
    page: _Page,
    asked: Asked,
    answer: Prediction | None,
) -> None:
    if answer is None:
        return
    reply = page.replies.get((answer.model, asked.item_id), {}).get(answer.sha256)
    for measure, score in compatible_scores(asked, answer.text, reply).items():
        value = np.nan if score.value is None else score.value
        code = UNSCORED.index(score.reason or "")
        side.published[measure].append((row, place, value, code))


def _add_grades(
    side: _FillingSide,
    row: int,
    page: _Page,
    asked: Asked,
    answer: Prediction,
    disease: int,
    columns: Sequence[tuple[int, str, str]],
) -> None:
    key = (answer.model, answer.item_id, answer.sha256)
    grades, words = page.grades.get(key, {}), page.human.get(key, ())
    if words:
        side.graded.add(key)
    for column, asked_of, wording in columns:
        value = grades.get(asked_of, grades.get(wording))
        if value is not None:
            side.cells.append((row, column, value))
        side.human += [
            (row, column, word.person_id, np.nan if word.value is None else word.value, word.blind)
            for word in words
            if word.criterion_sha256 == wording
        ]
    if asked.track in DISEASE_TRACKS:
        match = disease_in(asked, answer.text).match
        side.cells.append((row, disease, np.nan if match is None else float(match)))


# ---- the whole sheet ----------------------------------------------------------------------


def _sheet(
    filling: _Filling,
    track: Track,
    release: int | None,
    mode: Mode,
    judges: Sequence[str],
    adjudicators: set[str],
    chances: Mapping[tuple[str, str, str], float],
) -> Sheet:
    """Return what was filled as arrays, the models in the order of their names."""
    names = sorted(filling.models)
    row_of = {filling.models[name]: place for place, name in enumerate(names)}
    columns = Columns(
        item=np.array([c[0] for c in filling.columns], np.intp),
        criterion=tuple(c[1] for c in filling.columns),
        sha256=tuple(c[2] for c in filling.columns),
        maximum=np.array([c[3] for c in filling.columns], np.float64),
        kind=np.array([c[4] for c in filling.columns], np.int8),
    )
    graded = filling.sides[0].graded | filling.sides[1].graded
    chance = _chance_table(
        names, filling.ids, {key: one for key, one in chances.items() if key in graded}
    )
    imported, gold = (
        _side(side, row_of, len(filling.ids), columns, track, mode, adjudicators, chance)
        for side in filling.sides
    )
    facts = {name: [fact[name] for fact in filling.facts] for name in _FACTS}
    return Sheet(
        track=track,
        items=tuple(filling.ids),
        models=tuple(names),
        facts=ItemFacts(
            **{name: convert(facts[name]) for name, convert in _FACTS.items()}  # type: ignore[arg-type]
        ),
        columns=columns,
        imported=imported,
        gold=gold if release is not None else imported,
        judges=tuple(judges),
        release=release,
    )


def _flags(values: object) -> object:
    return np.array(values, np.bool_)


def _numbers(values: object) -> object:
    return np.array(values, np.float64)


_FACTS: Final[Mapping[str, Callable[[list[object]], object]]] = {
    "case": tuple,
    "n_images": tuple,
    "modality": tuple,
    "orpha_code": tuple,
    "in_release": _flags,
    "excluded": tuple,
    "chance": _numbers,
    "ambiguous": _flags,
    "agreed_by": _numbers,
}


def _chance_table(
    models: Sequence[str], ids: Sequence[str], chances: Mapping[tuple[str, str, str], float]
) -> Numbers | None:
    if not chances:
        return None
    rows, places = ({name: n for n, name in enumerate(names)} for names in (models, ids))
    table = np.ones((len(models), len(ids)))
    for (model, item_id, _), chance in chances.items():
        if model in rows and item_id in places:
            table[rows[model], places[item_id]] = chance
    return table


def _side(
    side: _FillingSide,
    row_of: Mapping[int, int],
    n_items: int,
    columns: Columns,
    track: Track,
    mode: Mode,
    adjudicators: set[str],
    chance: Numbers | None,
) -> Side:
    fits = np.full((len(row_of), n_items), ABSENT, np.int8)
    for row, place, code in side.fits:
        fits[row_of[row], place] = code
    grades = np.full((len(row_of), len(columns.item)), np.nan)
    for row, column, value in side.cells:
        grades[row_of[row], column] = value
    grades /= columns.maximum
    ambiguous = np.array(side.ambiguous, np.bool_)
    return Side(
        points=np.array(side.points, np.float64),
        active=np.array(side.active, np.bool_),
        fits=fits,
        grades=grades,
        human=_human(side, row_of, columns, adjudicators),
        human_chance=chance,
        ambiguous=ambiguous if ambiguous.any() else None,
        kept_by=np.array(side.kept_by, np.float64),
        published={
            measure: _published(side, measure, row_of, fits)
            for measure in (measures_of(track, mode) if mode == "compatible" else ())
        },
    )


def _human(
    side: _FillingSide, row_of: Mapping[int, int], columns: Columns, adjudicators: set[str]
) -> HumanGrades:
    if not side.human:
        return NO_GRADES
    persons = tuple(dict.fromkeys(person for _, _, person, _, _ in side.human))
    number = {person: place for place, person in enumerate(persons)}
    column = np.array([c for _, c, *_ in side.human], np.intp)
    return HumanGrades(
        model=np.array([row_of[row] for row, *_ in side.human], np.intp),
        column=column,
        person=np.array([number[person] for _, _, person, _, _ in side.human], np.intp),
        value=np.array([value for *_, value, _ in side.human]) / columns.maximum[column],
        adjudicated=np.array([p in adjudicators for _, _, p, _, _ in side.human], np.bool_),
        blind=np.array([blind for *_, blind in side.human], np.bool_),
        persons=persons,
    )


def _published(
    side: _FillingSide, measure: str, row_of: Mapping[int, int], fits: np.ndarray
) -> Scores:
    values = np.full(fits.shape, np.nan)
    reasons = np.where(fits == ABSENT, UNSCORED.index("no answer"), 0).astype(np.int8)
    reasons[fits == OTHER] = UNSCORED.index("answered another version")
    for row, place, value, code in side.published.get(measure, ()):
        values[row_of[row], place] = value
        reasons[row_of[row], place] = code
    return Scores(values, reasons)
