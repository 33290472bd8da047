"""Scores, computed on read: a leaderboard of imported against gold, and why they differ."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from pydantic import BaseModel

from db import items, judge_replies, predictions, releases
from db.database import Database, Transaction
from src.domain.errors import BadInputError, NotFoundError
from src.domain.gold import Gold
from src.domain.item import Item, Track
from src.domain.people import Actor, Role
from src.domain.prediction import Prediction, WholeAnswerReply
from src.domain.scoring.difference import ChangeKind, Difference, explain_difference
from src.domain.scoring.interval import cluster_interval
from src.domain.scoring.judged import JUDGED, OF_TEXT, TYPE_MATCH
from src.services.answer_scores import (
    DISEASE_TRACKS,
    NO_ANSWER,
    NO_REPLY,
    OTHER_VERSION,
    RATES_OF_ERROR,
    REJECTED,
    STRICT,
    Asked,
    ItemScore,
    Mode,
    as_imported,
    as_reviewed,
    compatible_scores,
    measures_of,
    strict_scores,
)
from src.services.disease_names import NO_NAMES, KnownNames, known_names
from src.services.score_changes import causes_of

Basis = Literal["import", "gold", "reviewed", "corrected"]

SEED: Final = 20_261_120
"""Of every interval; a row names it, so that the interval can be computed again."""
RESAMPLES: Final = 2_000
PAGE: Final = 100
TIE: Final = 12
"""Decimals to which equal scores are equal: what is beyond is the order of adding."""

NOTES: Final[Mapping[str, str]] = {
    "strict_score": "Share of the attainable points, from stored grades",
    "token_f1": "VLMEvalKit's token F1, from 0 to 1; it prints it times 100",
    "substring_match": "VLMEvalKit's fallback without a judge: the answer's first 50 characters "
    "occur in the prediction",
    "mrr": "Mean of 1/rank of the first hit, as VLMEvalKit finds hits",
    "hit_rate": "Share of lists with a hit anywhere, as VLMEvalKit finds hits",
    "parse_fail_rate": "Share of lists in which VLMEvalKit finds no entry",
}
JUDGED_NOTE: Final = "VLMEvalKit's, from stored judge replies; a failed call counts as 0 there"
TYPE_MATCH_NOTE: Final = "; it prints it from 0 to 3"
TEXT_NOTE: Final = "VLMEvalKit's text similarity (TF-IDF), over the answers it is defined for"
RECALL_NOTE: Final = "A hit among the first {} ranks, as VLMEvalKit finds hits"
IMAGE_NOTE: Final = "VLMEvalKit's image attribution, over the answers it is defined for"
LESS_IS_BETTER: Final = "less is better"
DISEASE_NOTE: Final = "; the matched disease name counts 3 points"


class Row(BaseModel, frozen=True, extra="forbid"):
    """One line of a leaderboard: a model's mean on a track, how sure it is, what is not in it.

    n + unscored + excluded is the number of items the basis asks in the track.
    """

    model: str
    track: Track
    measure: str
    basis: Basis
    release: int | None = None
    n: int
    """Answers with a score."""
    cases: int
    unscored: int
    excluded: int
    value: float | None
    low: float | None
    """95 % interval, whole cases drawn again and again; None with fewer than two cases."""
    high: float | None
    rank: int | None = None
    """Within track and measure, equal scores sharing one; None without a score."""
    reasons: dict[str, int] = {}
    """Why answers have no score -> how many."""
    note: str = ""
    seed: int = SEED
    resamples: int = RESAMPLES


class Pair(BaseModel, frozen=True, extra="forbid"):
    """A model's score on a track as imported and, where there is a release, as gold."""

    imported: Row
    gold: Row | None = None


class ExplainedItem(BaseModel, frozen=True, extra="forbid"):
    """What one item adds to the difference between imported and gold, and why."""

    item_id: str
    kind: ChangeKind
    before: float | None
    after: float | None
    amount: float
    causes: tuple[str, ...]


class Explanation(BaseModel, frozen=True, extra="forbid"):
    """Why a model's score differs between imported and gold; the amounts add up to it."""

    model: str
    track: Track
    measure: str
    release: int
    difference: Difference
    items: tuple[ExplainedItem, ...]


@dataclass
class _Sheet:
    """The scores on one basis, before they are averaged."""

    basis: Basis
    asked: Counter[Track] = field(default_factory=Counter)
    excluded: Counter[Track] = field(default_factory=Counter)
    cases: dict[str, str] = field(default_factory=dict)
    scores: dict[tuple[str, Track], dict[str, dict[str, ItemScore]]] = field(default_factory=dict)
    """(model, track) -> item -> measure -> score; empty where all it answered is excluded."""

    def values(self, model: str, track: Track, measure: str) -> dict[str, float | None]:
        """Return item -> score of one model and measure."""
        found = self.scores.get((model, track), {})
        return {item_id: scores[measure].value for item_id, scores in found.items()}


@dataclass(frozen=True)
class _Page:
    """What scoring needs to know of a page of items of one track."""

    ids: list[str]
    answers: dict[str, list[Prediction]]
    newest: dict[str, Item]
    golds: dict[str, Gold]
    read: dict[str, Item]
    """The versions the golds are of."""
    grades: dict[tuple[str, str], dict[tuple[str, str], float]]
    replies: dict[tuple[str, str], dict[str, WholeAnswerReply]]
    """(model, item) -> hash of the answer -> what a judge wrote of it; in compatible mode."""
    names: KnownNames
    """What the ontology and people add to the names of diseases; in strict mode."""


class Scoring:
    """Turns stored answers and grades into scores; nothing it computes is stored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def leaderboard(
        self,
        actor: Actor,
        *,
        basis: Basis = "import",
        release: int | None = None,
        mode: Mode = "strict",
        condition: str = "full",
    ) -> list[Row]:
        """Return a row for each model, track and measure, best first within each measure.

        import: every item as its newest import asks it. gold: the items of the release (the
        newest when none is named) as gold, the others as imported. reviewed: only the items of
        the release. An item rejected in review is excluded. Raises BadInputError for corrected
        as long as there are no human grades, NotFoundError without such a release.
        """
        actor.require(Role.EVALUATOR, Role.LEAD)
        if basis == "corrected":
            raise BadInputError(
                "There are no human grades yet, so no score can be corrected by them. Ask for "
                "the basis import, gold or reviewed."
            )
        number = None if basis == "import" else self._release(release)
        sheets = self._sheets((basis,), number, mode, condition)
        return _rows(sheets[basis], number, mode)

    def side_by_side(
        self,
        actor: Actor,
        *,
        release: int | None = None,
        mode: Mode = "strict",
        condition: str = "full",
        reviewed_only: bool = False,
    ) -> list[Pair]:
        """Return imported beside gold in one reading; without any release, imported alone.

        With `reviewed_only` both sides hold the items of the release and no others.
        """
        actor.require(Role.EVALUATOR, Role.LEAD)
        try:
            number = self._release(release)
        except NotFoundError:
            if release is not None:
                raise
            sheet = self._sheets(("import",), None, mode, condition)["import"]
            return [Pair(imported=row) for row in _rows(sheet, None, mode)]
        after: Basis = "reviewed" if reviewed_only else "gold"
        sheets = self._sheets(
            ("import", after), number, mode, condition, reviewed_only=reviewed_only
        )
        golds = {(r.model, r.track, r.measure): r for r in _rows(sheets[after], number, mode)}
        return [
            Pair(imported=row, gold=golds.get((row.model, row.track, row.measure)))
            for row in _rows(sheets["import"], None, mode)
        ]

    def difference(
        self,
        actor: Actor,
        model: str,
        track: Track,
        *,
        release: int | None = None,
        mode: Mode = "strict",
        measure: str | None = None,
        condition: str = "full",
        reviewed_only: bool = False,
    ) -> Explanation:
        """Return the items that account for the difference between imported and gold, with why.

        `measure` is one of the track's; its first when none is named. Items that move nothing
        are not listed; the amounts add up to the difference.
        """
        actor.require(Role.EVALUATOR, Role.LEAD)
        number = self._release(release)
        known = measures_of(track, mode)
        measure = measure or known[0]
        if measure not in known:
            raise BadInputError(
                f"There is no measure {measure!r} for {track.value!r}; it has {', '.join(known)}."
            )
        sheets = self._sheets(
            ("import", "gold"),
            number,
            mode,
            condition,
            models=(model,),
            tracks=(track,),
            reviewed_only=reviewed_only,
        )
        before = sheets["import"].values(model, track, measure)
        after = sheets["gold"].values(model, track, measure)
        difference = explain_difference(before, after)
        causes = self._causes(
            number, mode, {c.item_id: after.get(c.item_id) for c in difference.contributions}
        )
        return Explanation(
            model=model,
            track=track,
            measure=measure,
            release=number,
            difference=difference,
            items=tuple(
                ExplainedItem(
                    item_id=c.item_id,
                    kind=c.kind,
                    before=before.get(c.item_id),
                    after=after.get(c.item_id),
                    amount=c.amount,
                    causes=tuple(causes.get(c.item_id, ())),
                )
                for c in difference.contributions
            ),
        )

    def _release(self, wanted: int | None) -> int:
        with self._database.reading() as t:
            if wanted is not None and releases.get(t, wanted) is not None:
                return wanted
            known = releases.all_of(t)
        if wanted is not None:
            raise NotFoundError(f"There is no release {wanted}.")
        if not known:
            raise NotFoundError(
                "There is no release yet: freeze one first, or ask for the basis 'import'."
            )
        return known[0].number

    def _sheets(
        self,
        bases: Sequence[Basis],
        release: int | None,
        mode: Mode,
        condition: str,
        models: Sequence[str] = (),
        tracks: Sequence[Track] = tuple(Track),
        reviewed_only: bool = False,
    ) -> dict[Basis, _Sheet]:
        """Score every answer on each basis, reading in pages."""
        sheets = {basis: _Sheet(basis) for basis in bases}
        for track in tracks:
            for page in self._pages(track, release, mode, condition, models):
                for item_id in page.golds if reviewed_only else page.ids:
                    _score_item(sheets, page, item_id, track, mode)
        return sheets

    def _pages(
        self,
        track: Track,
        release: int | None,
        mode: Mode,
        condition: str,
        models: Sequence[str],
    ) -> Iterator[_Page]:
        after = ""
        while True:
            with self._database.reading() as t:
                ids = items.ids_after(t, after, PAGE, track)
                found = predictions.answers(
                    t, condition, ids, models, with_text=_needs_text(track, mode)
                )
            answers: dict[str, list[Prediction]] = defaultdict(list)
            for answer in found:
                answers[answer.item_id].append(answer)
            with self._database.reading() as t:
                page = _page(t, ids, answers, release, mode, models)
            yield page
            if len(ids) < PAGE:
                return
            after = ids[-1]

    def _causes(
        self, release: int, mode: Mode, after: Mapping[str, float | None]
    ) -> dict[str, list[str]]:
        """Return item -> what review changed, for the items of the release among those given."""
        causes: dict[str, list[str]] = {}
        ids = sorted(after)
        for start in range(0, len(ids), PAGE):
            page = ids[start : start + PAGE]
            with self._database.reading() as t:
                golds = predictions.golds_of(t, release, page)
                newest, read = _newest(t, list(golds)), _read(t, golds)
            for item_id, gold in golds.items():
                causes[item_id] = causes_of(
                    newest[item_id],
                    read[item_id],
                    gold,
                    mode,
                    graded=after[item_id] is not None,
                )
        return causes


def _needs_text(track: Track, mode: Mode) -> bool:
    return mode == "compatible" or track in (Track.DIAGNOSIS, Track.DIFFERENTIAL)


def _page(
    t: Transaction,
    ids: list[str],
    answers: dict[str, list[Prediction]],
    release: int | None,
    mode: Mode,
    models: Sequence[str],
) -> _Page:
    golds = predictions.golds_of(t, release, ids) if release is not None else {}
    answered = {item_id: gold for item_id, gold in golds.items() if item_id in answers}
    graded = list(answers) if mode == "strict" else []
    newest = _newest(t, list(answers))
    return _Page(
        ids=ids,
        answers=answers,
        newest=newest,
        golds=golds,
        read=_read(t, answered),
        grades=predictions.grades_on(t, graded, models) if graded else {},
        replies=judge_replies.on(t, list(answers), models) if mode == "compatible" else {},
        names=known_names(t, newest.values(), answered.values()) if mode == "strict" else NO_NAMES,
    )


def _newest(t: Transaction, ids: Sequence[str]) -> dict[str, Item]:
    latest = items.latest_versions(t, ids) if ids else {}
    return items.get_many(t, [(item_id, version) for item_id, (version, *_) in latest.items()])


def _read(t: Transaction, golds: Mapping[str, Gold]) -> dict[str, Item]:
    return items.get_many(t, [(item_id, gold.item_version) for item_id, gold in golds.items()])


def _score_item(
    sheets: Mapping[Basis, _Sheet], page: _Page, item_id: str, track: Track, mode: Mode
) -> None:
    """Note an item, and the score of each answer to it, on the sheet of each basis."""
    gold = page.golds.get(item_id)
    imported, reviewed = _both(page, item_id)
    before = _scores_by_model(page, item_id, imported, mode)
    after = before if reviewed == imported else _scores_by_model(page, item_id, reviewed, mode)
    for basis, sheet in sheets.items():
        if basis == "reviewed" and gold is None:
            continue
        sheet.asked[track] += 1
        as_gold = gold is not None and basis != "import"
        if gold is not None and as_gold and gold.status == "rejected":
            sheet.excluded[track] += 1
            for model in before:
                sheet.scores.setdefault((model, track), {})
            continue
        if imported is not None:
            sheet.cases[item_id] = imported.case_id
        for model, scores in (after if as_gold else before).items():
            sheet.scores.setdefault((model, track), {})[item_id] = scores


def _both(page: _Page, item_id: str) -> tuple[Asked | None, Asked | None]:
    """Return what is asked as imported and as reviewed; None where nobody answered."""
    if item_id not in page.newest:
        return None, None
    imported = page.names.added(as_imported(page.newest[item_id]))
    gold = page.golds.get(item_id)
    if gold is None:
        return imported, imported
    return imported, page.names.added(as_reviewed(page.read[item_id], gold))


def _scores_by_model(
    page: _Page, item_id: str, asked: Asked | None, mode: Mode
) -> dict[str, dict[str, ItemScore]]:
    """Return model -> measure -> score of its newest answer to exactly what is asked."""
    if asked is None:
        return {}
    fitting: dict[str, Prediction | None] = {}
    for answer in page.answers[item_id]:
        if answer.visible_sha256 == asked.visible_sha256:
            fitting[answer.model] = answer
        else:
            fitting.setdefault(answer.model, None)
    return {model: _scores(asked, answer, page, mode) for model, answer in fitting.items()}


def _scores(
    asked: Asked, answer: Prediction | None, page: _Page, mode: Mode
) -> dict[str, ItemScore]:
    if answer is None:
        unscored = ItemScore(reason=OTHER_VERSION)
        return dict.fromkeys(measures_of(asked.track, mode), unscored)
    place = (answer.model, asked.item_id)
    if mode == "compatible":
        replies = page.replies.get(place, {})
        return compatible_scores(asked, answer.text, replies.get(answer.sha256))
    given = {
        wording: value
        for (prediction, wording), value in page.grades.get(place, {}).items()
        if prediction == answer.sha256
    }
    return strict_scores(asked, answer.text, given)


def _rows(sheet: _Sheet, release: int | None, mode: Mode) -> list[Row]:
    """Return the rows of a sheet: by track, by measure, best first."""
    rows: list[Row] = []
    for track in Track:
        models = sorted(model for model, of in sheet.scores if of is track)
        for measure in measures_of(track, mode):
            found = [_row(sheet, release, model, track, measure) for model in models]
            if measure not in JUDGED[track] or mode == "strict" or any(map(_was_judged, found)):
                rows += _ranked(found)
    return rows


def _was_judged(row: Row) -> bool:
    """Say whether a judge wrote of any answer; a measure of a judge nobody asked is no row."""
    return bool(row.n) or any(r not in (NO_REPLY, NO_ANSWER, OTHER_VERSION) for r in row.reasons)


def _row(sheet: _Sheet, release: int | None, model: str, track: Track, measure: str) -> Row:
    found = sheet.scores[(model, track)]
    scored = {
        item_id: scores[measure].value
        for item_id, scores in found.items()
        if scores[measure].value is not None
    }
    values = [value for value in scored.values() if value is not None]
    cases = [sheet.cases[item_id] for item_id in scored]
    reasons = Counter(s[measure].reason or "" for s in found.values() if s[measure].value is None)
    expected = sheet.asked[track] - sheet.excluded[track]
    if expected > len(found):
        reasons[NO_ANSWER] += expected - len(found)
    low, high = _interval(tuple(values), tuple(cases)) or (None, None)
    return Row(
        model=model,
        track=track,
        measure=measure,
        basis=sheet.basis,
        release=release,
        n=len(values),
        cases=len(set(cases)),
        unscored=expected - len(values),
        excluded=sheet.excluded[track],
        value=math.fsum(values) / len(values) if values else None,
        low=low,
        high=high,
        reasons=dict(sorted(reasons.items())),
        note=_note(track, measure, reasons, sheet.excluded[track]),
    )


@lru_cache(maxsize=1024)
def _interval(values: tuple[float, ...], cases: tuple[str, ...]) -> tuple[float, float] | None:
    return cluster_interval(values, cases, RESAMPLES, seed=SEED)


def _note(track: Track, measure: str, reasons: Mapping[str, int], excluded: int) -> str:
    """Return what the measure is, and how many answers are not in it for which reason."""
    parts = [about(track, measure)]
    parts += [f"{number} without a score: {reason}" for reason, number in sorted(reasons.items())]
    if excluded:
        parts.append(f"{excluded} excluded: {REJECTED}")
    return "; ".join(parts)


def about(track: Track, measure: str) -> str:
    """Return in a few words what a measure is."""
    text = NOTES.get(measure, IMAGE_NOTE)
    if measure in OF_TEXT:
        text = TEXT_NOTE
    if measure in JUDGED[track]:
        text = JUDGED_NOTE + (TYPE_MATCH_NOTE if measure == TYPE_MATCH else "")
    if measure.startswith("recall@"):
        text = RECALL_NOTE.format(measure.partition("@")[2])
    if measure == STRICT and track in DISEASE_TRACKS:
        text += DISEASE_NOTE
    return f"{text}; {LESS_IS_BETTER}" if measure in RATES_OF_ERROR else text


def _ranked(rows: Iterable[Row]) -> list[Row]:
    """Put rows of one measure in order, best first, and number them; equal scores share a rank."""
    given = list(rows)
    scored = [row for row in given if row.value is not None]
    unscored = [row for row in given if row.value is None]
    keys = {row.model: _order(row) for row in scored}
    scored.sort(key=lambda row: (keys[row.model], row.model))
    ranked = [
        row.model_copy(update={"rank": 1 + sum(k < keys[row.model] for k in keys.values())})
        for row in scored
    ]
    return ranked + unscored


def _order(row: Row) -> float:
    value = round(row.value or 0.0, TIE)
    return value if row.measure in RATES_OF_ERROR else -value
