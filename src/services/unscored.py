"""Why answers have no score, model by model: what the leaderboard leaves out and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from pydantic import BaseModel

from db import predictions, ungraded
from db.database import Database
from db.ungraded import Failed, Waiting
from src.domain.item import Track
from src.domain.judging.failure import FAILED, NOT_ASKED, NOT_ASKED_OR_SPLIT, WAITING
from src.domain.people import Actor
from src.domain.scoring.bases import View, view_of
from src.domain.scoring.board import Basis
from src.domain.scoring.sheet import (
    GRADE_MISSING,
    UNSCORED,
    Codes,
    Policy,
    Sheet,
    missing_grades,
)
from src.domain.scoring.strict import STRICT
from src.services.answer_scores import Mode
from src.services.kept_answers import KeptAnswers
from src.services.score_sheets import ScoreSheets, State
from src.services.scoring import COUNT, SEES_SCORES, Scoring

KEPT: Final = 16
WORDS: Final = (NOT_ASKED, *FAILED.values(), *WAITING.values())
"""What a missing grade can be more exactly, by its code."""


class Unscored(BaseModel, frozen=True, extra="forbid"):
    """A model's answers to a track that have no score, by why; each is counted once."""

    track: Track
    measure: str
    model: str
    reasons: dict[str, int]
    """The most frequent first."""


class UnscoredAnswers:
    """Tells why answers have no score, from what judging left on record; stores nothing."""

    def __init__(self, database: Database, sheets: ScoreSheets, scoring: Scoring) -> None:
        self._database = database
        self._sheets = sheets
        self._scoring = scoring
        self._kept: KeptAnswers[tuple[Unscored, ...]] = KeptAnswers(KEPT)

    def by_model(
        self,
        actor: Actor,
        *,
        basis: Basis = "import",
        release: int | None = None,
        mode: Mode = "strict",
        condition: str = "full",
        policy: Policy = COUNT,
    ) -> tuple[Unscored, ...]:
        """Return for each row of the leaderboard that leaves answers out how many, and why.

        The numbers of a row add up to its `unscored`. Raises what the leaderboard raises.
        """
        actor.require(*SEES_SCORES)
        state = self._sheets.state()
        return self._kept.once(
            (basis, release, mode, condition, policy, state),
            lambda: self._made(actor, basis, release, mode, condition, policy, state),
        )

    def _made(
        self,
        actor: Actor,
        basis: Basis,
        release: int | None,
        mode: Mode,
        condition: str,
        policy: Policy,
        state: State,
    ) -> tuple[Unscored, ...]:
        rows = self._scoring.leaderboard(
            actor, basis=basis, release=release, mode=mode, condition=condition, policy=policy
        )
        exact: dict[tuple[Track, str], dict[str, int]] = {}
        lacking = {row.track: row.release for row in rows if GRADE_MISSING in row.reasons}
        if lacking:
            with self._database.reading() as t:
                judges = predictions.panel(t)
                failures = ungraded.failed(t, condition, judges)
                queued = ungraded.waiting(t, condition)
            otherwise = NOT_ASKED_OR_SPLIT if judges else NOT_ASKED
            for track, number in lacking.items():
                sheet = self._sheets.of(track, number, mode, condition, state)
                view = view_of(sheet, basis, STRICT, policy)
                why = _why_missing(sheet, view, policy, failures, queued)
                for place, model in enumerate(sheet.models):
                    exact[(track, model)] = _of_model(view, place, why[place], otherwise)
        return tuple(
            Unscored(
                track=row.track,
                measure=row.measure,
                model=row.model,
                reasons=_most_first(_in_words(row.reasons, exact.get((row.track, row.model), {}))),
            )
            for row in rows
            if row.reasons
        )


def _why_missing(
    sheet: Sheet,
    view: View,
    policy: Policy,
    failures: Sequence[Failed],
    queued: Sequence[Waiting],
) -> Codes:
    """Return a code of WORDS for each answer (models x items): the last failure, else what waits.

    Only failures of grades that are missing now count.
    """
    side = view.side
    grades = side.merged_grades if view.basis == "reviewed" else side.grades
    missing = missing_grades(side, policy, grades)
    row_of = {model: row for row, model in enumerate(sheet.models)}
    found = np.zeros(side.fits.shape, np.int8)
    for one in queued:
        if one.model in row_of and one.item_id in sheet.place_of:
            code = WORDS.index(WAITING[one.kind])
            found[row_of[one.model], sheet.place_of[one.item_id]] = code
    for failure in sorted(failures, key=lambda one: one.at):
        row, place = row_of.get(failure.model), sheet.place_of.get(failure.item_id)
        if row is None or place is None:
            continue
        columns = sheet.columns.of_item(place)
        wordings = sheet.columns.sha256[columns]
        if failure.criterion_sha256 in wordings:
            column = columns.start + wordings.index(failure.criterion_sha256)
            if missing[row, column]:
                found[row, place] = WORDS.index(FAILED[failure.kind])
    return found


def _of_model(view: View, model: int, why: Codes, otherwise: str) -> dict[str, int]:
    """Return why a model's answers that lack a grade do -> how many."""
    lacks = view.counted & (view.scores.reasons[model] == UNSCORED.index(GRADE_MISSING))
    counts = Counter(why[lacks].tolist())
    return {WORDS[code] if code else otherwise: n for code, n in counts.items()}


def _in_words(reasons: Mapping[str, int], exact: Mapping[str, int]) -> dict[str, int]:
    found = {reason: n for reason, n in reasons.items() if reason != GRADE_MISSING}
    return found | dict(exact)


def _most_first(reasons: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0])))
