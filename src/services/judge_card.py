"""Judge cards: each judge held against the people who graded the same criteria of answers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from db import grading_chances, human_grades, items, judge_words
from db.database import Database, Transaction
from src.domain.errors import NotFoundError
from src.domain.human_grade import HumanGrade
from src.domain.item import Track, track_of
from src.domain.judge_card import JudgeCard, Judged, alarms_of, card_lines, is_met
from src.domain.people import Actor, Role

PAGE = 200
GradedTarget = tuple[str, str, str, str, str]
"""item_id, model, prediction hash, criterion_id, criterion hash"""


@dataclass
class _Collected:
    """What people and judges said, gathered page by page."""

    judged: dict[str, list[Judged]] = field(default_factory=lambda: defaultdict(list))
    """judge -> what people graded and this judge was or was not asked."""
    people: set[str] = field(default_factory=set)
    not_blind: int = 0
    cannot_judge: int = 0
    chances: set[float] = field(default_factory=set)


class JudgeCards:
    """Says what judges are worth; computed on read, from the answers that people graded."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def cards(
        self, actor: Actor, *, judge: str | None = None, track: Track | None = None
    ) -> list[JudgeCard]:
        """Return the card of every judge that graded what people did too, or of the one named.

        Only blind grades count. The cost grows with what people graded, not with the study.
        Raises NotFoundError where the judge named graded nothing of that.
        """
        actor.require(Role.EVALUATOR, Role.LEAD)
        judges = [judge] if judge is not None else self._judges(track)
        found = self._collected(judges, track)
        if judge is not None and not any(one.asked for one in found.judged[judge]):
            raise NotFoundError(
                f"The judge {judge!r} has graded nothing of what people graded blind"
                f"{f' in the track {track.value!r}' if track else ''}."
            )
        return [self._card(name, found) for name in judges]

    def _card(self, name: str, found: _Collected) -> JudgeCard:
        lines = card_lines(found.judged[name])
        return JudgeCard(
            judge=name,
            lines=tuple(lines),
            alarms=tuple(alarms_of(name, lines)),
            weighted=len(found.chances) > 1,
            people=len(found.people),
            not_blind=found.not_blind,
            cannot_judge=found.cannot_judge,
        )

    def _judges(self, track: Track | None) -> list[str]:
        names: set[str] = set()
        for page in self._pages(track):
            with self._database.reading() as t:
                for by_judge in judge_words.on_items(t, page).values():
                    names |= by_judge.keys()
        return sorted(names)

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

    def _collected(self, judges: list[str], track: Track | None) -> _Collected:
        found = _Collected()
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
        people = tuple(
            is_met(grade.value, criterion.maximum) for grade in grades if grade.value is not None
        )
        if not people:
            continue
        found.people |= {grade.person_id for grade in grades if grade.value is not None}
        chance = chances.get((model, item_id, prediction), 1.0)
        found.chances.add(chance)
        by_judge = words.get(target, {})
        for judge in judges:
            value = by_judge.get(judge)
            found.judged[judge].append(
                Judged(
                    model=model,
                    track=track_of(item_id).value,
                    case_id=cases[item_id],
                    negative=criterion.points < 0,
                    required=criterion.required,
                    people=people,
                    judge=None if value is None else is_met(value, criterion.maximum),
                    asked=judge in by_judge,
                    weight=1 / chance,
                )
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
