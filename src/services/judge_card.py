"""Judge cards: each judge held against the people who graded the same criteria of answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from db import grading_chances, human_grades, items, judge_words, people
from db.database import Database, Transaction
from src.domain.errors import NotFoundError
from src.domain.human_grade import HumanGrade
from src.domain.item import Criterion, Track, track_of
from src.domain.judge_card import JudgeCard, Judged, alarms_of, card_lines, is_met
from src.domain.people import Actor, Role
from src.services.grade_intake import IMPORTED
from src.services.kept_answers import KeptAnswers
from src.services.score_sheets import ScoreSheets

PAGE = 200
KEPT = 16
GradedTarget = tuple[str, str, str, str, str]
"""item_id, model, prediction hash, criterion_id, criterion hash"""


class _Graded(NamedTuple):
    """One criterion of one answer that people graded, with what judges said of it."""

    target: GradedTarget
    criterion: Criterion
    case_id: str
    people: tuple[bool, ...]
    weight: float
    by_judge: Mapping[str, float | None]


@dataclass
class _Collected:
    """What people and judges said, gathered page by page."""

    graded: list[_Graded] = field(default_factory=list)
    people: set[str] = field(default_factory=set)
    from_files: set[str] = field(default_factory=set)
    """Everybody who came with a file, whether or not they are among these people."""
    not_blind: int = 0
    cannot_judge: int = 0

    @property
    def judges(self) -> set[str]:
        """Return who was asked about anything that people graded."""
        return {judge for one in self.graded for judge in one.by_judge}


class JudgeCards:
    """Says what judges are worth; computed on read, from the answers that people graded."""

    def __init__(self, database: Database, sheets: ScoreSheets) -> None:
        self._database = database
        self._sheets = sheets
        self._kept: KeptAnswers[list[JudgeCard]] = KeptAnswers(KEPT)

    def cards(
        self, actor: Actor, *, judge: str | None = None, track: Track | None = None
    ) -> list[JudgeCard]:
        """Return the card of every judge that graded what people did too, or of the one named.

        Only blind grades count. The cost grows with what people graded, not with the study, and is
        paid once for each state of the study.
        Raises NotFoundError where the judge named graded nothing of that.
        """
        actor.require(Role.EVALUATOR, Role.LEAD)
        asked = (judge, track, self._sheets.state().seq)
        return self._kept.once(asked, lambda: self._made(judge, track))

    def _made(self, judge: str | None, track: Track | None) -> list[JudgeCard]:
        found = self._collected(track, [judge] if judge is not None else [])
        if judge is not None and judge not in found.judges:
            raise NotFoundError(
                f"The judge {judge!r} has graded nothing of what people graded blind"
                f"{f' in the track {track.value!r}' if track else ''}."
            )
        return [self._card(name, found) for name in sorted(found.judges)]

    def _card(self, name: str, found: _Collected) -> JudgeCard:
        lines = card_lines([_judged(one, name) for one in found.graded])
        return JudgeCard(
            judge=name,
            lines=tuple(lines),
            alarms=tuple(alarms_of(name, lines)),
            weighted=len({one.weight for one in found.graded}) > 1,
            people=len(found.people),
            from_files=len(found.people & found.from_files),
            not_blind=found.not_blind,
            cannot_judge=found.cannot_judge,
        )

    def _pages(self, track: Track | None) -> list[list[str]]:
        pages: list[list[str]] = []
        after = ""
        while True:
            with self._database.reading() as t:
                page = human_grades.items_after(t, after, PAGE)
            pages.append([i for i in page if track is None or track_of(i) is track])
            if len(page) < PAGE:
                return pages
            after = page[-1]

    def _collected(self, track: Track | None, judges: list[str]) -> _Collected:
        found = _Collected()
        with self._database.reading() as t:
            known = people.all_of(t)
        found.from_files = {one.person_id for one in known if one.issuer == IMPORTED}
        for page in self._pages(track):
            with self._database.reading() as t:
                _collect(t, page, judges, found)
        return found


def _collect(t: Transaction, page: list[str], judges: list[str], found: _Collected) -> None:
    criteria, cases = items.criteria_ever(t, page), items.cases_of(t, page)
    chances = grading_chances.chances_on(t, page)
    words = judge_words.on_items(t, page, judges)
    for target, grades in _by_target(t, page, found).items():
        item_id, model, prediction, _, criterion_sha = target
        criterion = criteria[item_id].get(criterion_sha)
        if criterion is None or not criterion.active:
            continue
        said_met = tuple(
            is_met(grade.value, criterion.maximum) for grade in grades if grade.value is not None
        )
        if not said_met:
            continue
        found.people |= {grade.person_id for grade in grades if grade.value is not None}
        weight = 1 / chances.get((model, item_id, prediction), 1.0)
        said = words.get(target, {})
        found.graded.append(_Graded(target, criterion, cases[item_id], said_met, weight, said))


def _judged(graded: _Graded, judge: str) -> Judged:
    item_id, model, *_ = graded.target
    value = graded.by_judge.get(judge)
    return Judged(
        model=model,
        track=track_of(item_id).value,
        case_id=graded.case_id,
        negative=graded.criterion.points < 0,
        required=graded.criterion.required,
        people=graded.people,
        judge=None if value is None else is_met(value, graded.criterion.maximum),
        asked=judge in graded.by_judge,
        weight=graded.weight,
    )


def _by_target(
    t: Transaction, page: list[str], found: _Collected
) -> dict[GradedTarget, list[HumanGrade]]:
    """Return what people said blind, by what they said it of; and count the rest."""
    grades: dict[GradedTarget, list[HumanGrade]] = defaultdict(list)
    for grade in human_grades.on_items(t, page):
        if not grade.blind:
            found.not_blind += 1
            continue
        found.cannot_judge += grade.value is None
        target = (
            grade.item_id,
            grade.model,
            grade.prediction_sha256,
            grade.criterion_id,
            grade.criterion_sha256,
        )
        grades[target].append(grade)
    return grades
