"""Scores taken apart: by group of items or of models, by what moved a rank, by who made them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel

from db import judging, score_inputs
from db.database import Database
from src.domain.item import Track
from src.domain.ontology import bare_code
from src.domain.people import Actor, Role
from src.domain.scoring.bases import View, view_of
from src.domain.scoring.board import Basis, means_of
from src.domain.scoring.families import SharedFamily, shared_families
from src.domain.scoring.resampling import Numbers
from src.domain.scoring.sheet import Policy, Sheet
from src.domain.scoring.strict import STRICT
from src.domain.scoring.what_if import Flip, flips
from src.services import own_reading_first
from src.services.answer_scores import Mode
from src.services.kept_answers import KeptAnswers
from src.services.score_choice import chosen_measure, chosen_release
from src.services.score_sheets import ScoreSheets, State

SEES_SCORES: Final = (Role.EVALUATOR, Role.LEAD)
Grouping = Literal["family", "images", "modality", "orpha"]
GENERAL, MEDICAL = "general", "medical"
GROUPS_KEPT: Final = 16
NO_GROUP, NO_MODALITY = "no group known", "not said"


class GroupScore(BaseModel, frozen=True, extra="forbid"):
    """A mean over a group of items, of one model; or over all items, of one group of models."""

    group: str
    who: str
    """The model; of a group of models, how many they are."""
    n: int
    cases: int
    value: float | None
    low: float | None
    high: float | None


class Breakdowns:
    """Takes the scores of a leaderboard apart; nothing of it is stored."""

    def __init__(self, database: Database, sheets: ScoreSheets) -> None:
        self._database = database
        self._sheets = sheets
        self._kept_groups: KeptAnswers[tuple[list[str], list[GroupScore]]] = KeptAnswers(
            GROUPS_KEPT
        )

    def groups(
        self,
        actor: Actor,
        track: Track,
        by: Grouping,
        *,
        basis: Basis = "gold",
        release: int | None = None,
        mode: Mode = "strict",
        measure: str | None = None,
        condition: str = "full",
        only_release: bool = False,
        policy: Policy = Policy(),
    ) -> list[GroupScore]:
        """Return the means of each group, the largest group first.

        family: general and medical models over all items, the mean of the models' scores on each
        item. images, modality, orpha: each model on items with so many images, of the modality,
        under the disease's first parent in the ontology in force. Without any release gold is
        what was imported; a release or measure that is not there is refused, as for scores. A
        group of nothing but items of which the actor's own reading is still to come is left out.
        With `only_release` imported holds the items of the release and no others.
        """
        actor.require(*SEES_SCORES)
        name, state = chosen_measure(track, mode, measure), self._sheets.state()
        sheet = self._sheet(track, release, mode, condition, state)
        if not sheet.models:
            return []
        view = view_of(sheet, basis, name, policy, only_release=only_release)
        if by == "family":
            return self._of_models(sheet, view)
        asked = (track, by, sheet.release, basis, mode, name, condition, only_release, policy)
        labels, scores = self._kept_groups.once(
            (*asked, state), lambda: self._of_items(sheet, view, by)
        )
        kept = self._kept(actor, sheet) if basis != "import" else np.zeros(len(labels), bool)
        told = {label for label, is_kept in zip(labels, kept, strict=True) if not is_kept}
        return [one for one in scores if one.group in told]

    def _of_items(
        self, sheet: Sheet, view: View, by: Grouping
    ) -> tuple[list[str], list[GroupScore]]:
        """Return the group of each item, and each model's mean of each group."""
        labels = self._labels(sheet, by)
        members = np.array(labels)
        found: list[GroupScore] = []
        for label, _ in sorted(Counter(labels).items(), key=lambda one: (-one[1], one[0])):
            values = np.where(members == label, view.values, np.nan)
            found += _scores(sheet, view, values, label, sheet.models)
        return labels, found

    def flips(
        self,
        actor: Actor,
        track: Track,
        *,
        release: int | None = None,
        condition: str = "full",
        policy: Policy = Policy(),
    ) -> list[Flip]:
        """Return each criterion, and each excluded item, whose change alone moved a rank.

        Without those of items of which the actor's own reading is still to come.
        """
        actor.require(*SEES_SCORES)
        sheet = self._sheet(track, release, "strict", condition, self._sheets.state())
        if not sheet.models:
            return []
        view, kept = view_of(sheet, "gold", STRICT, policy), self._kept(actor, sheet)
        return [one for one in flips(sheet, view) if not kept[sheet.place_of[one.item]]]

    def _kept(self, actor: Actor, sheet: Sheet) -> np.ndarray:
        """Return of each item of a sheet whether what review made of it is kept from an actor."""
        with self._database.reading() as t:
            kept = own_reading_first.kept_in_track(t, actor, sheet.track)
        return np.array([item in kept for item in sheet.items], dtype=bool)

    def shared_families(self, actor: Actor, generator: str = "") -> list[SharedFamily]:
        """Return the families that have two of the three: a judge, a model, the question writer."""
        actor.require(*SEES_SCORES)
        with self._database.reading() as t:
            models = score_inputs.families(t)
            judges = judging.judges(t)
        given = {name: family for name, (family, _) in models.items() if family}
        return shared_families(judges, models, [generator] if generator else [], given)

    def _sheet(
        self, track: Track, release: int | None, mode: Mode, condition: str, state: State
    ) -> Sheet:
        with self._database.reading() as t:
            number = chosen_release(t, release)
        return self._sheets.of(track, number, mode, condition, state)

    def _of_models(self, sheet: Sheet, view: View) -> list[GroupScore]:
        with self._database.reading() as t:
            known = score_inputs.families(t)
        found: list[GroupScore] = []
        for label, medical in ((GENERAL, False), (MEDICAL, True)):
            rows = [
                n for n, m in enumerate(sheet.models) if known.get(m, ("", False))[1] is medical
            ]
            if rows:
                values = view.values[rows]
                scored = ~np.isnan(values)
                count = scored.sum(axis=0)
                total = np.nan_to_num(values).sum(axis=0)
                mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
                who = f"{len(rows)} model{'s' if len(rows) > 1 else ''}"
                found += _scores(sheet, view, mean[None, :], label, [who])
        return found

    def _labels(self, sheet: Sheet, by: Grouping) -> list[str]:
        facts = sheet.facts
        if by == "images":
            return [_images(number) for number in facts.n_images]
        if by == "modality":
            return [modality or NO_MODALITY for modality in facts.modality]
        codes = [bare_code(code) for code in facts.orpha_code]
        with self._database.reading() as t:
            groups = score_inputs.groups_of_codes(t, sorted(set(codes) - {""}))
        return [groups.get(code, NO_GROUP) for code in codes]


def _images(number: int) -> str:
    if number <= 1:
        return "1 image" if number else "no image"
    return "2 or 3 images" if number <= 3 else "4 to 6 images" if number <= 6 else "7 and more"


def _scores(
    sheet: Sheet, view: View, values: Numbers, label: str, who: Sequence[str]
) -> list[GroupScore]:
    means = means_of(values, sheet.cases, view.weights)
    return [
        GroupScore(
            group=label,
            who=name,
            n=int(means.n[row]),
            cases=int(means.cases[row]),
            value=_number(means.value[row]),
            low=_number(means.low[row]),
            high=_number(means.high[row]),
        )
        for row, name in enumerate(who)
        if means.n[row]
    ]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
