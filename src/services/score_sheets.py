"""Score sheets: filled once for each state of the study, then shared by everything that scores."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import Final, Protocol, get_args

import numpy as np

from db import items, judge_replies, judging, people, predictions, score_inputs
from db.database import Database, Transaction
from db.judge_replies import Heard
from db.score_inputs import AskedItem
from src.domain.discussion import MessageKind
from src.domain.gold import Gold, SettledUnit
from src.domain.item import Criterion, Item, Track
from src.domain.judging.needs import shows_reference
from src.domain.judging.question import asked_sha256
from src.domain.prediction import Prediction, ReplyKind
from src.domain.renamed import DISEASE_TRACKS
from src.domain.round import SkipReason
from src.domain.scoring.judged import reply_kind
from src.domain.scoring.resampling import Numbers
from src.domain.scoring.sheet import (
    ABSENT,
    ANSWERED,
    DISEASE,
    IMPORTED,
    NEW,
    NEW_WORDS,
    NO_ANSWER,
    NO_GRADES,
    NO_REPLY,
    OTHER,
    OTHER_VERSION,
    UNSCORED,
    Columns,
    Heards,
    HumanGrades,
    ItemFacts,
    JudgedScores,
    Scores,
    Sheet,
    Side,
    joined,
)
from src.domain.scoring.strict import DISEASE_CRITERION, DISEASE_POINTS
from src.services.answer_scores import (
    Asked,
    ItemScore,
    Mode,
    as_asked,
    as_imported,
    as_reviewed,
    disease_in,
    measures_of,
    reply_measures,
    text_measures,
)
from src.services.disease_names import NO_NAMES, KnownNames, known_names

PAGE: Final = 100
CHUNK: Final = 500
KEPT: Final = 8
"""Sheets of a whole benchmark, with their pages: 23 models x 1,756 items are about 20 MB."""
MOVES_NO_SCORE: Final = (
    "answer.shown",
    "case.shown",
    "condition.exported",
    "discussion.shown",
    "draft.opened",
    "first_reading.committed",
    "gold.shown",
    "grading_set.closed",
    "grading_set.opened",
    "grading_set.reopened",
    "grading_slot.renewed",
    "grading_slot.returned",
    "grading_slot.taken",
    "guideline.acknowledged",
    "guideline.published",
    "judge_run.begun",
    "judge_run.resumed",
    "mask.proposed",
    "model.described",
    "own_reading.committed",
    "readings.shown",
    "reason.answered",
    "reason.reopened",
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
    *(f"message.{kind.value}" for kind in MessageKind),
    *(f"slot.skipped.{reason.value}" for reason in SkipReason),
)
"""Events after which every score is what it was; after any other a sheet is filled anew."""
LEAKS, UNREADABLE = "leakage confirmed", "image unusable"
REJECTED, UNANSWERABLE, WRONG_ANSWER = "rejected in review", "unanswerable", "answer wrong"
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
    @property
    def adjudicated(self) -> bool | None: ...


HumanWords = Callable[[Transaction, Sequence[str], Sequence[str]], Iterable[HumanWord]]
"""The newest word of each person on answers to these items; no model named means all."""
_Worded = tuple[Criterion, str]
"""A criterion and the hash of its words."""
_Asked = tuple[Track, int | None, Mode, str]
"""Which sheet: track, release, mode and condition."""
AnswerChances = Callable[[Transaction, Sequence[str]], Mapping[tuple[str, str, str], float]]
"""(model, item, hash of the answer) -> the chance that people were to grade it; of those graded."""


def no_words(t: Transaction, item_ids: Sequence[str], models: Sequence[str]) -> list[HumanWord]:
    """Return nothing: people have graded no answer."""
    return []


def no_chances(t: Transaction, item_ids: Sequence[str]) -> dict[tuple[str, str, str], float]:
    """Return nothing: no answer was drawn for people to grade."""
    return {}


def _nobody(_: int) -> None:
    """Watch nothing."""


@dataclass(frozen=True)
class State:
    """What scores rest on: the newest event that can move one, and who is excluded now."""

    seq: int
    leaking: frozenset[str]
    unreadable: frozenset[str]


@dataclass(frozen=True)
class _Filled:
    """The sheet of one page of items, and which answers to them people graded."""

    sheet: Sheet
    graded: frozenset[tuple[str, str, str]]
    """Model, item, hash of the answer."""
    more: bool
    """Whether there may be items behind it."""


@dataclass(frozen=True)
class _Kept:
    """A whole sheet, the pages it was put together from, and the newest event they hold."""

    seq: int
    pages: tuple[_Filled, ...]
    sheet: Sheet


@dataclass
class _Filling:
    """A sheet while it is filled, column by column and cell by cell."""

    has_gold: bool
    """Whether it is of a release; without one gold is the same as imported."""
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
    human: list[tuple[int, int, str, float, bool, bool | None]] = field(default_factory=list)
    graded: set[tuple[str, str, str]] = field(default_factory=set)
    """The answers people graded: model, item, hash of the answer."""
    published: dict[tuple[str, str | None], list[tuple[int, int, float, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """(measure, judge; None where it needs none) -> model, item, value, code of the reason."""
    heard: dict[tuple[int, ReplyKind], dict[str, tuple[int, datetime]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """(model, kind of reply) -> judge -> answers it wrote of as they are now, and when last."""

    def lengths(self) -> dict[str | tuple[str, str | None], int]:
        """Return how much there is so far, to find what comes next."""
        own: dict[str | tuple[str, str | None], int] = {
            "fits": len(self.fits),
            "cells": len(self.cells),
            "human": len(self.human),
        }
        own.update({measure: len(values) for measure, values in self.published.items()})
        return own


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
    replies: dict[tuple[str, str], dict[str, list[Heard]]]
    """(model, item) -> hash of the answer -> what judges wrote of it; in compatible mode."""
    chances: dict[str, float]
    names: KnownNames
    """What the ontology and people add to the names of diseases; in strict mode."""
    adjudicators: set[str]


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
        self._known: OrderedDict[tuple[object, ...], _Kept] = OrderedDict()
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
        self,
        track: Track,
        release: int | None,
        mode: Mode,
        condition: str,
        state: State,
        watch: Callable[[int], None] = _nobody,
    ) -> Sheet:
        """Return the sheet of a track at a state, of which only pages that moved are filled.

        While it is filled, `watch` is told after each page how many items the page has; what it
        raises ends the filling.
        """
        key = (track, release, mode, condition)
        with self._lock:
            kept = self._known.get(key)
        if kept is None or kept.seq < state.seq:
            kept = self._filled_anew(key, state.seq, kept, watch)
            with self._lock:
                self._known[key] = kept
        with self._lock:
            self._known.move_to_end(key)
            while len(self._known) > KEPT * len(Track):
                self._known.popitem(last=False)
        return excluding(kept.sheet, state)

    def of_other_golds(self, track: Track, condition: str, golds: Sequence[Gold]) -> Sheet:
        """Return a strict sheet with a place for each of these golds, in their order.

        An item may have several. The sheet is not kept, and nothing that leaks now is left out.
        """
        page = self._page(track, None, "strict", condition, "", golds)
        asked = {item.item_id: item for item in page.items}
        filling = _Filling(has_gold=True)
        for gold in golds:
            alone = replace(page, golds={gold.item_id: gold})
            _add_item(filling, alone, asked[gold.item_id], track, "strict")
        return _sheet(filling, track, 0, "strict", page.adjudicators)

    def _filled_anew(
        self, key: _Asked, seq: int, kept: _Kept | None, watch: Callable[[int], None]
    ) -> _Kept:
        """Return a sheet as it is now; a page none of whose items moved is taken as it was."""
        mode = key[2]
        pages: list[_Filled] = []
        for page in self._pages(key, seq, kept):
            pages.append(page)
            watch(len(page.sheet.items))
        sheet = joined([page.sheet for page in pages])
        graded = frozenset[tuple[str, str, str]]().union(*(page.graded for page in pages))
        with self._database.reading() as t:
            judges = judging.judges(t) if mode == "strict" else []
            chance = self._chances_of(t, sheet, graded) if mode == "strict" else None
        whole = replace(
            sheet,
            imported=replace(sheet.imported, human_chance=chance),
            gold=replace(sheet.gold, human_chance=chance),
            judges=tuple(judges),
        )
        return _Kept(seq, tuple(pages), whole)

    def _pages(self, key: _Asked, seq: int, kept: _Kept | None) -> Iterator[_Filled]:
        """Yield the pages of a sheet, filled or as they were."""
        touched: set[str] | None = None
        if kept is not None:
            with self._database.reading() as t:
                touched = score_inputs.touched_items(t, kept.seq, seq, MOVES_NO_SCORE)
        after = ""
        if kept is not None and touched is not None:
            for page in kept.pages:
                moved = not touched.isdisjoint(page.sheet.items)
                yield self._fill(*key, after) if moved else page
                after = page.sheet.items[-1] if page.more else after
            return
        more = True
        while more:
            page = self._fill(*key, after)
            yield page
            more, after = page.more, page.sheet.items[-1] if page.more else after

    def _chances_of(
        self, t: Transaction, sheet: Sheet, graded: Collection[tuple[str, str, str]]
    ) -> Numbers | None:
        """Return models x items: the chance that people were to grade it; None if nobody did."""
        found: dict[tuple[str, str, str], float] = {}
        ids = sheet.items if graded else ()
        for start in range(0, len(ids), CHUNK):
            found |= self._answer_chances(t, ids[start : start + CHUNK])
        chances = {answer: one for answer, one in found.items() if answer in graded}
        return _chance_table(sheet.models, sheet.items, chances)

    def _fill(
        self, track: Track, release: int | None, mode: Mode, condition: str, after: str
    ) -> _Filled:
        filling = _Filling(has_gold=release is not None)
        page = self._page(track, release, mode, condition, after)
        for asked in page.items:
            _add_item(filling, page, asked, track, mode)
        graded = filling.sides[0].graded | filling.sides[1].graded
        return _Filled(
            sheet=_sheet(filling, track, release, mode, page.adjudicators),
            graded=frozenset(graded),
            more=len(page.items) == PAGE,
        )

    def _page(
        self,
        track: Track,
        release: int | None,
        mode: Mode,
        condition: str,
        after: str,
        others: Sequence[Gold] = (),
    ) -> _Page:
        """Return a page of items behind an id; or, of `others`, the items these are gold of."""
        texts = mode == "compatible" or track in DISEASE_TRACKS
        of_others = {gold.item_id: gold for gold in others}
        with self._database.reading() as t:
            ids = list(of_others) or items.ids_after(t, after, PAGE, track)
            asked = score_inputs.asked_items(t, ids)
            found = predictions.answers(t, condition, ids, with_text=texts)
        answers: dict[str, list[Prediction]] = defaultdict(list)
        for answer in found:
            answers[answer.item_id].append(answer)
        human: dict[tuple[str, str, str], list[HumanWord]] = defaultdict(list)
        with self._database.reading() as t:
            grades = predictions.grades_on(t, list(answers)) if mode == "strict" else {}
        with self._database.reading() as t:
            for word in self._human_words(t, ids, ()) if mode == "strict" else ():
                human[(word.model, word.item_id, word.prediction_sha256)].append(word)
            golds = predictions.golds_of(t, release, ids) if release is not None else of_others
            read = items.get_many(t, [(key, gold.item_version) for key, gold in golds.items()])
            whole = [
                (a.item_id, a.version)
                for a in asked
                if a.item_id in answers and (texts or any(map(shows_reference, a.criteria)))
            ]
            newest = items.get_many(t, whole)
            strict = mode == "strict"
            named = others or golds.values()
            return _Page(
                items=asked,
                newest=newest,
                names=known_names(t, newest.values(), named) if strict else NO_NAMES,
                golds=golds,
                read=read,
                answers=answers,
                grades=grades,
                human=human,
                replies=judge_replies.on(t, list(answers)) if mode == "compatible" else {},
                chances=score_inputs.chances(t, [(g.round, key) for key, g in golds.items()]),
                adjudicators=people.adjudicators(t),
            )


def excluding(sheet: Sheet, state: State) -> Sheet:
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
    known = _add_columns(filling, place, imported, reviewed, gold)
    answers = page.answers.get(item.item_id, ())
    before, after = filling.sides
    marks = before.lengths()
    _add_answers(filling, before, place, imported, answers, page, first, known, mode)
    if not filling.has_gold:
        return
    if reviewed is imported:
        _add_the_same(before, after, marks, first)
    else:
        _add_answers(
            filling, after, place, reviewed, answers, page, first + 1, known, mode, imported
        )


def _add_answers(
    filling: _Filling,
    side: _FillingSide,
    place: int,
    asked: Asked,
    answers: Iterable[Prediction],
    page: _Page,
    disease: int,
    known: Mapping[int, _Worded],
    mode: Mode,
    given_on: Asked | None = None,
) -> None:
    """Add what every model earned on an item; `disease` is the column of this side's match.

    Grades of people and of files name no reference answer: they are of the item as imported,
    which is `given_on` where this is not, and stand for another answer only where a criterion
    does not lean on it.
    """
    reference = asked.names[0] if asked.names else None
    given = given_on.names[:1] if given_on is not None else ()
    another = bool(given) and given != asked.names[:1]
    columns = [
        (
            column,
            asked_sha256(criterion, reference, sha256),
            "" if another and shows_reference(criterion) else sha256,
        )
        for column, (criterion, sha256) in known.items()
    ]
    for model, answer in fitting_answers(answers, asked).items():
        row = filling.models.setdefault(model, len(filling.models))
        side.fits.append((row, place, OTHER if answer is None else ANSWERED))
        if mode == "compatible":
            _add_published(side, row, place, page, asked, answer)
        elif answer is not None:
            _add_grades(side, row, page, asked, answer, disease, columns)


def _add_the_same(
    before: _FillingSide,
    after: _FillingSide,
    marks: Mapping[str | tuple[str, str | None], int],
    first: int,
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
        return WRONG_ANSWER
    return ""


def _add_columns(
    filling: _Filling, place: int, imported: Asked, reviewed: Asked, gold: Gold | None
) -> dict[int, _Worded]:
    """Add the columns of an item: the disease match of both sides, then each wording once.

    Return the criterion of each column that has one.
    """
    points = DISEASE_POINTS if imported.track in DISEASE_TRACKS else 0.0
    for number, side in enumerate(filling.sides):
        for column in range(2):
            side.points.append(points if column == number else 0.0)
            side.active.append(bool(points) and column == number)
            side.ambiguous.append(False)
            side.kept_by.append(1.0)
    filling.columns += [(place, DISEASE_CRITERION, "", 1.0, DISEASE)] * 2
    before = {(c.criterion_id, sha256): c for c, sha256 in _worded(imported.criteria)}
    after, asked = before, before
    if reviewed is not imported:
        after = {(c.criterion_id, sha256): c for c, sha256 in _worded(reviewed.criteria)}
        asked = {(c.criterion_id, sha256): c for c, sha256 in _worded(reviewed.imported_criteria)}
    ids, words = {name for name, _ in asked}, {sha256 for _, sha256 in asked}
    shares = _kept_shares(gold)
    known = {}
    for key, criterion in {**before, **after}.items():
        name, sha256 = key
        kind = IMPORTED if sha256 in words or key in before else NEW_WORDS if name in ids else NEW
        known[len(filling.columns)] = (criterion, sha256)
        filling.columns.append((place, name, sha256, float(criterion.maximum), kind))
        for side, found in zip(filling.sides, (before.get(key), after.get(key)), strict=True):
            side.points.append(found.points if found is not None else 0.0)
            side.active.append(found is not None and found.active)
        filling.sides[0].ambiguous.append(False)
        filling.sides[0].kept_by.append(1.0)
        share = shares.get(criterion.criterion_id, shares.get(criterion.text))
        filling.sides[1].ambiguous.append(share is not None and key in after)
        filling.sides[1].kept_by.append(1.0 if share is None else share)
    return known


def _worded(criteria: Iterable[Criterion]) -> Iterator[_Worded]:
    """Yield criteria with the hash of their words, which takes its time."""
    return ((criterion, criterion.sha256) for criterion in criteria)


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
    _add_measures(side, row, place, None, text_measures(asked, answer.text))
    for reply, at in page.replies.get((answer.model, asked.item_id), {}).get(answer.sha256, ()):
        _add_measures(side, row, place, reply.judge, reply_measures(asked, reply))
        n, newest = side.heard[(row, reply.kind)].get(reply.judge, (0, at))
        counts = reply.kind == "candidates" or reply.asked_sha256 == asked.judge_sha256
        side.heard[(row, reply.kind)][reply.judge] = (n + counts, max(newest, at))


def _add_measures(
    side: _FillingSide,
    row: int,
    place: int,
    judge: str | None,
    found: Mapping[str, ItemScore],
) -> None:
    for measure, score in found.items():
        value = np.nan if score.value is None else score.value
        code = UNSCORED.index(score.reason or "")
        side.published[(measure, judge)].append((row, place, value, code))


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
        value = grades.get(asked_of)
        if value is None and wording:
            value = grades.get(wording)
        if value is not None:
            side.cells.append((row, column, value))
        for word in words:
            if word.criterion_sha256 == wording:
                value = np.nan if word.value is None else word.value
                side.human.append(
                    (row, column, word.person_id, value, word.blind, word.adjudicated)
                )
    if asked.track in DISEASE_TRACKS:
        match = disease_in(asked, answer.text).match
        side.cells.append((row, disease, np.nan if match is None else float(match)))


# ---- the sheet of a page ----------------------------------------------------------------------


def _sheet(
    filling: _Filling,
    track: Track,
    release: int | None,
    mode: Mode,
    adjudicators: set[str],
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
    heard = _heard(filling.sides[0], row_of)
    imported, gold = (
        _side(side, row_of, len(filling.ids), columns, track, mode, adjudicators, heard)
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
    heard: Mapping[ReplyKind, Heards],
) -> Side:
    fits = np.full((len(row_of), n_items), ABSENT, np.int8)
    for row, place, code in side.fits:
        fits[row_of[row], place] = code
    grades = np.full((len(row_of), len(columns.item)), np.nan)
    for row, column, value in side.cells:
        grades[row_of[row], column] = value
    grades /= columns.maximum
    measures = measures_of(track, mode) if mode == "compatible" else ()
    ambiguous = np.array(side.ambiguous, np.bool_)
    return Side(
        points=np.array(side.points, np.float64),
        active=np.array(side.active, np.bool_),
        fits=fits,
        grades=grades,
        human=_human(side, row_of, columns, adjudicators),
        ambiguous=ambiguous if ambiguous.any() else None,
        kept_by=np.array(side.kept_by, np.float64),
        published={
            measure: _published(side.published[(measure, None)], row_of, fits)
            for measure in measures
            if reply_kind(track, measure) is None
        },
        by_judge={
            measure: _judged(side, heard[kind], measure, row_of, fits)
            for measure in measures
            if (kind := reply_kind(track, measure)) is not None
        },
    )


def _heard(side: _FillingSide, row_of: Mapping[int, int]) -> dict[ReplyKind, Heards]:
    """Return of each model how many answers each judge wrote of, and when last."""
    found: dict[ReplyKind, Heards] = {}
    for kind in get_args(ReplyKind):
        models: list[dict[str, tuple[int, datetime]]] = [{} for _ in row_of]
        for row, place in row_of.items():
            models[place] = dict(side.heard.get((row, kind), {}))
        found[kind] = tuple(models)
    return found


def _judged(
    side: _FillingSide,
    heard: Heards,
    measure: str,
    row_of: Mapping[int, int],
    fits: np.ndarray,
) -> JudgedScores:
    judges = sorted({judge for known in heard for judge in known})
    return JudgedScores(
        scores={
            judge: _published(side.published[(measure, judge)], row_of, fits, NO_REPLY)
            for judge in judges
        },
        heard=heard,
        silent=_published((), row_of, fits, NO_REPLY),
    )


def _human(
    side: _FillingSide, row_of: Mapping[int, int], columns: Columns, adjudicators: set[str]
) -> HumanGrades:
    """Return people's grades; of those that do not say so, an adjudicator's by who is one now."""
    if not side.human:
        return NO_GRADES
    rows, places, who, values, blind, ruled = zip(*side.human, strict=True)
    persons = tuple(dict.fromkeys(who))
    number = {person: place for place, person in enumerate(persons)}
    column = np.array(places, np.intp)
    adjudicated = [
        person in adjudicators if said is None else said
        for person, said in zip(who, ruled, strict=True)
    ]
    return HumanGrades(
        model=np.array([row_of[row] for row in rows], np.intp),
        column=column,
        person=np.array([number[person] for person in who], np.intp),
        value=np.array(values) / columns.maximum[column],
        adjudicated=np.array(adjudicated, np.bool_),
        blind=np.array(blind, np.bool_),
        persons=persons,
    )


def _published(
    found: Iterable[tuple[int, int, float, int]],
    row_of: Mapping[int, int],
    fits: np.ndarray,
    otherwise: str = "",
) -> Scores:
    """Return the scores of a measure; `otherwise` is why an answer has none that is not there."""
    values = np.full(fits.shape, np.nan)
    reasons = np.full(fits.shape, UNSCORED.index(otherwise), np.int8)
    reasons[fits == ABSENT] = UNSCORED.index(NO_ANSWER)
    reasons[fits == OTHER] = UNSCORED.index(OTHER_VERSION)
    for row, place, value, code in found:
        values[row_of[row], place] = value
        reasons[row_of[row], place] = code
    return Scores(values, reasons)
