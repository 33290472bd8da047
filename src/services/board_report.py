"""Everything a report of the leaderboard says, gathered from the services that know it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from db import events, predictions
from db.database import Database
from src.domain.errors import NotFoundError
from src.domain.few_cases import marked
from src.domain.item import Track
from src.domain.judge_card import renamed
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.domain.scoring.board import Basis, Sides
from src.domain.scoring.families import invented_models
from src.domain.scoring.sheet import Policy
from src.domain.scoring.strict import STRICT, measure_name
from src.domain.scoring.whose_replies import different_judges
from src.files.judge_card_table import ABOUT, against, card_row, confusion_row
from src.files.score_report import BASES, OneOut, Report, Section
from src.services.answer_scores import Mode
from src.services.breakdowns import Breakdowns, Grouping, GroupScore
from src.services.judge_card import JudgeCards
from src.services.progress import Watcher
from src.services.readers_left_out import (
    OUTSIDE,
    LeftOutReader,
    LeftOutReport,
    ReadersLeftOut,
    WithoutReader,
    report_notes,
    score_words,
)
from src.services.scoring import COUNT, WITHOUT_ONE, ModelCauses, Scoring, WithoutOne
from src.services.unscored import UnscoredAnswers

OF_ALL: Final = " Of all items, not only those of the release."
GROUPINGS: Final[Mapping[Grouping, str]] = {
    "family": "General and medical models",
    "images": "Number of images",
    "modality": "Modality",
    "orpha": "Group of diseases",
}
GROUPS_SHOWN: Final = 12
NOTHING: Final = "nothing that counts here"
NOT_TOLD: Final = "not told while a few of these items may still come to you as a reader"


@dataclass(frozen=True)
class Asked:
    """Which leaderboard a report is of."""

    release: int | None = None
    mode: Mode = "strict"
    condition: str = "full"
    reviewed_only: bool = False
    policy: Policy = COUNT
    generator: str = ""
    """The model that wrote the questions; empty where nobody knows."""
    ranked_by: Basis | None = None
    """What models are ordered by; gold where there is any, unless another basis is named."""


class BoardReports:
    """Gathers the report of a leaderboard; nothing of it is stored."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        scoring: Scoring,
        breakdowns: Breakdowns,
        judge_cards: JudgeCards,
        unscored: UnscoredAnswers,
        readers_left_out: ReadersLeftOut,
    ) -> None:
        self._database = database
        self._clock = clock
        self._scoring = scoring
        self._breakdowns = breakdowns
        self._judge_cards = judge_cards
        self._unscored = unscored
        self._readers_left_out = readers_left_out

    def report(
        self,
        actor: Actor,
        asked: Asked = Asked(),
        tracks: Mapping[str, str] | None = None,
        *,
        watch: Watcher | None = None,
    ) -> Report:
        """Return scores, pairs, orders, people left out, groups, causes and the judge cards.

        `tracks` are the names tracks are shown by. Groups and causes are of each track's first
        measure. Raises NotFoundError without the release asked for, WorkStopped when `watch`,
        who hears of the readers left out, says stop.
        """
        actor.require(Role.EVALUATOR, Role.LEAD)
        sides = self._scoring.side_by_side(
            actor,
            release=asked.release,
            mode=asked.mode,
            condition=asked.condition,
            reviewed_only=asked.reviewed_only,
            policy=asked.policy,
        )
        with self._database.reading() as t:
            names = {m.name: m.display_name or m.name for m in predictions.models(t)}
            head = events.head(t)
        words = _Words(names, tracks or {})
        first = _first_of_each_track(sides)
        kin = self._breakdowns.shared_families(actor, asked.generator)
        graders, readers = self._left_out(actor, asked, watch)
        grades = self._scoring.whose_grades(actor, asked.mode)
        return Report(
            title="RareReview leaderboard",
            made_at=self._clock().strftime("%Y-%m-%d %H:%M"),
            head=f"event {head.seq}, {head.hash[:16]}",
            sides=tuple(sides),
            names=names,
            tracks=dict(words.tracks),
            judged_by=grades.words,
            warnings=(
                *(one.words for one in kin),
                *different_judges((line.imported for line in sides), names),
                *grades.warnings,
                *invented_models(names[line.imported.model] for line in sides),
            ),
            comparisons=tuple(
                pair
                for line in _first_lines(sides)
                for pair in self._scoring.comparisons(
                    actor,
                    line.imported.track,
                    basis=_basis(line),
                    release=asked.release,
                    mode=asked.mode,
                    measure=line.imported.measure,
                    condition=asked.condition,
                    policy=asked.policy,
                )
            ),
            sections=(
                *self._without_a_score(actor, asked, sides, words),
                *self._orders(actor, asked, words),
                *_graders_section(graders, words),
                *_readers_section(readers, words),
                *self._causes(actor, asked, first, words),
                *self._groups(actor, asked, first, words),
                *self._cards(actor, words),
            ),
            one_out=_one_out(graders, readers),
            ranked_by=asked.ranked_by,
        )

    def _without_a_score(
        self, actor: Actor, asked: Asked, sides: Sequence[Sides], words: _Words
    ) -> list[Section]:
        if not sides:
            return []
        basis: Basis = "import" if sides[0].gold is None else "gold"
        if asked.reviewed_only and basis == "gold":
            basis = "reviewed"
        rows = tuple(
            {
                "Track": words.track(one.track),
                "Measure": measure_name(one.measure),
                "Model": words.model(one.model),
                "Why": reason,
                "Answers": f"{n:,}",
            }
            for one in self._unscored.by_model(
                actor,
                basis=basis,
                release=asked.release,
                mode=asked.mode,
                condition=asked.condition,
                policy=asked.policy,
            )
            for reason, n in one.reasons.items()
        )
        says = f"Answers without a score {BASES[basis]}, each counted once."
        title = "Why answers have no score"
        return [Section(title=title, lines=(says,), rows=rows)] if rows else []

    def one_out(self, actor: Actor, asked: Asked = Asked()) -> tuple[OneOut, ...]:
        """Return between what each score lies without any one grader or reader."""
        actor.require(Role.EVALUATOR, Role.LEAD)
        return _one_out(*self._left_out(actor, asked, None))

    def _left_out(
        self, actor: Actor, asked: Asked, watch: Watcher | None
    ) -> tuple[list[WithoutOne], LeftOutReport]:
        """Return the scores without each grader, and without each reader; of strict scores."""
        if asked.mode != "strict":
            return [], LeftOutReport(release=None)
        graders = self._scoring.without_each_grader(
            actor, release=asked.release, condition=asked.condition, policy=asked.policy
        )
        readers = self._readers_left_out.report(
            actor,
            release=asked.release,
            condition=asked.condition,
            policy=asked.policy,
            watch=watch,
        )
        return graders, readers

    def _orders(self, actor: Actor, asked: Asked, words: _Words) -> list[Section]:
        try:
            found = self._scoring.orders(
                actor,
                release=asked.release,
                mode=asked.mode,
                condition=asked.condition,
                policy=asked.policy,
            )
        except NotFoundError:
            return []
        rows = tuple(
            {
                "Track": words.track(one.track),
                "Measure": measure_name(one.measure),
                "From": one.before,
                "To": one.after,
                "Models": str(one.models),
                "tau-b": marked(f"{one.tau_b:.2f}", one.cases),
            }
            for one in found
            if one.tau_b is not None
        )
        says = "Kendall's tau-b: 1 is the same order of the models, -1 the opposite."
        says += OF_ALL if asked.reviewed_only else ""
        return [Section(title="Order of the models", lines=(says,), rows=rows)] if rows else []

    def _causes(
        self, actor: Actor, asked: Asked, first: Sequence[Sides], words: _Words
    ) -> list[Section]:
        found: list[dict[str, str]] = []
        for line in first:
            if line.gold is None:
                continue
            track = line.imported.track
            causes = self._scoring.causes(
                actor,
                track,
                release=asked.release,
                mode=asked.mode,
                measure=line.imported.measure,
                condition=asked.condition,
                policy=asked.policy,
            )
            found += [_causes_row(one, words, track) for one in causes]
        says = "From imported to gold; the amounts follow upon each other and add up."
        says += OF_ALL if asked.reviewed_only else ""
        if not found:
            return []
        return [Section(title="What changed, and why", lines=(says,), rows=tuple(found))]

    def _groups(
        self, actor: Actor, asked: Asked, first: Sequence[Sides], words: _Words
    ) -> list[Section]:
        found = []
        for line in first:
            for by, name in GROUPINGS.items():
                scores = self._breakdowns.groups(
                    actor,
                    line.imported.track,
                    by,
                    basis=_basis(line),
                    release=asked.release,
                    mode=asked.mode,
                    measure=line.imported.measure,
                    condition=asked.condition,
                    policy=asked.policy,
                )
                found += _groups_section(
                    scores, f"{words.track(line.imported.track)}: {name.lower()}", words
                )
        return found

    def _cards(self, actor: Actor, words: _Words) -> list[Section]:
        return [
            section
            for stored in self._judge_cards.cards(actor)
            for card in (renamed(stored, words.models),)
            for section in (
                Section(
                    title=f"Judge card: {card.judge}",
                    lines=(against(card), ABOUT),
                    warnings=tuple(alarm.text for alarm in card.alarms),
                    rows=tuple(card_row(line, words.tracks) for line in card.lines),
                ),
                Section(
                    title=f"What {card.judge} and people say of the same criteria",
                    rows=tuple(confusion_row(line, words.tracks) for line in card.lines),
                ),
            )
        ]


@dataclass(frozen=True)
class _Words:
    """What models and tracks are called."""

    models: Mapping[str, str]
    tracks: Mapping[str, str]

    def model(self, name: str) -> str:
        """Return the name a model is shown by."""
        return self.models.get(name, name)

    def track(self, track: Track) -> str:
        """Return the name a track is shown by."""
        return self.tracks.get(track.value, track.value)


def _basis(line: Sides) -> Basis:
    """Return the basis of what stands beside imported: gold, or only what was reviewed."""
    return line.gold.basis if line.gold is not None else "import"


def _first_lines(sides: Sequence[Sides]) -> list[Sides]:
    """Return the first line of each measure."""
    return list({(s.imported.track, s.imported.measure): s for s in reversed(sides)}.values())[::-1]


def _first_of_each_track(sides: Sequence[Sides]) -> list[Sides]:
    """Return the first line of each track's first measure."""
    return list({s.imported.track: s for s in reversed(sides)}.values())[::-1]


def _causes_row(one: ModelCauses, words: _Words, track: Track) -> dict[str, str]:
    split = [
        f"{share.cause} {share.amount:+.3f} ({counted(share.items, 'item')})" for share in one.split
    ]
    return {
        "Track": words.track(track),
        "Model": words.model(one.model),
        "As imported": _score(one.before),
        "As gold": _score(one.after),
        "By cause": "; ".join(split) or (NOTHING if one.is_told else NOT_TOLD),
    }


def _groups_section(scores: Sequence[GroupScore], title: str, words: _Words) -> list[Section]:
    """Return the largest groups as a section; none where there is nothing to tell apart."""
    groups = list(dict.fromkeys(one.group for one in scores))
    if not groups:
        return []
    shown = set(groups[:GROUPS_SHOWN])
    more = len(groups) - len(shown)
    return [
        Section(
            title=title[:1].upper() + title[1:],
            lines=(f"The {len(shown)} largest of {len(groups)} groups.",) if more else (),
            rows=tuple(
                {
                    "Group": one.group,
                    "Model": words.model(one.who),
                    "Score": _interval(one),
                    "n": f"{one.n:,}",
                    "Cases": f"{one.cases:,}",
                }
                for one in scores
                if one.group in shown
            ),
        )
    ]


def _graders_section(graders: Sequence[WithoutOne], words: _Words) -> list[Section]:
    rows = tuple(
        {
            "Track": words.track(one.track),
            "Model": words.model(one.model),
            "Corrected": f"{one.value:.2f}",
            "Without any one grader": _without(one),
            "Graders": str(one.graders),
        }
        for one in graders
    )
    return [Section(title="One grader left out", lines=(WITHOUT_ONE,), rows=rows)] if rows else []


def _readers_section(found: LeftOutReport, words: _Words) -> list[Section]:
    """Return the readers left out; by their numbers, for a page goes from hand to hand."""
    if not found.lines:
        return []
    outside = any(one.lies_outside for one in found.lines)
    says = (
        "Gold derived again without each reader's readings, and scored by stored grades.",
        *([f"Where it is marked so, {OUTSIDE}."] if outside else []),
        *report_notes(found),
    )
    rows = tuple(_reader_row(one, words) for one in found.lines)
    return [Section(title="One reader left out", lines=says, rows=rows)]


def _reader_row(one: WithoutReader, words: _Words) -> dict[str, str]:
    between = f"{score_words(one.low)} to {score_words(one.high)}"
    most = one.most
    return {
        "Track": words.track(one.track),
        "Model": words.model(one.model),
        "Gold": f"{score_words(one.value)}, n = {one.n:,}",
        "Without any one reader": f"{between} (outside)" if one.lies_outside else between,
        "Readers": str(one.readers),
        "Moved most": _moved(most) if most else "",
        "Items otherwise": f"{most.items}, {most.open} of them as imported" if most else "",
        "Rank": "" if one.rank is None else str(one.rank),
        "Rank without any one": f"{one.rank_low or ''} to {one.rank_high or ''}",
        "Left unscored, at most": str(one.ungraded),
    }


def _moved(most: LeftOutReader) -> str:
    """Return what a score is without whom it moves most."""
    return f"{score_words(most.value)} without {most.reader}, n = {most.n:,}"


def _one_out(graders: Sequence[WithoutOne], readers: LeftOutReport) -> tuple[OneOut, ...]:
    corrected = (
        OneOut(
            basis="corrected",
            track=one.track,
            measure=STRICT,
            model=one.model,
            people=one.graders,
            low=one.low,
            high=one.high,
        )
        for one in graders
    )
    gold = (
        OneOut(
            basis="gold",
            track=one.track,
            measure=STRICT,
            model=one.model,
            people=one.readers,
            low=one.low,
            high=one.high,
        )
        for one in readers.lines
    )
    return (*corrected, *gold)


def _without(one: WithoutOne) -> str:
    if one.low is None or one.high is None:
        return "no number"
    between = f"{one.low:.2f} to {one.high:.2f}"
    return f"{between}, or no number" if one.too_few else between


def _interval(one: GroupScore) -> str:
    between = "" if one.low is None else f" ({one.low:.2f} to {one.high:.2f})"
    return _score(None) if one.value is None else marked(_score(one.value) + between, one.cases)


def _score(value: float | None) -> str:
    return "no score" if value is None else f"{value:.2f}"
