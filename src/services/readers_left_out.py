"""How far gold scores hang on single readers: each is left out, and gold derived anew."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from pydantic import BaseModel

from db import people, releases
from db.database import Database
from src.domain.canonical import text_sha256
from src.domain.gold import Gold
from src.domain.item import Track, track_of
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.domain.scoring.bases import View, scores_of, view_of
from src.domain.scoring.left_out import OtherItem, Standings, standings_with
from src.domain.scoring.sheet import Policy, Sheet
from src.domain.scoring.strict import STRICT
from src.services import own_reading_first
from src.services.gold_without import OtherGold, without_each
from src.services.kept_answers import KeptAnswers
from src.services.progress import Meter, Watcher
from src.services.score_choice import chosen_release
from src.services.score_sheets import ScoreSheets, State, excluding

SEES_SCORES: Final = (Role.EVALUATOR, Role.LEAD)
AT_ONCE: Final = 10
"""Items settled in one transaction: about 100 ms."""
SCORED_AT_ONCE: Final = 100
"""Other golds that are held against the answers at a time."""
KEPT: Final = 4
COUNT: Final = Policy()
OUTSIDE: Final = "the score itself lies outside, for any of them left out moves it the same way"


class LeftOutReader(BaseModel, frozen=True, extra="forbid"):
    """A model's gold score without one reader."""

    reader: str
    """Reader 1 and so on, in an order that says nothing of names."""
    name: str = ""
    """Whom that is, for the study lead alone."""
    value: float | None
    n: int
    """Items it is the mean of."""
    rank: int | None
    items: int
    """Items that would be something else for scores."""
    open: int
    """Of these, how many would be no gold: they count as imported."""
    ungraded: int
    """Answers without a score then, because no stored grade covers a criterion's words."""

    @property
    def called(self) -> str:
        """What the reader is called: by name where it may be told."""
        return self.name or self.reader


class WithoutReader(BaseModel, frozen=True, extra="forbid"):
    """How far a model's gold score moves when one reader is left out."""

    model: str
    track: Track
    value: float | None
    n: int
    """Items it is the mean of."""
    rank: int | None
    low: float | None
    """The lowest value without one of the readers, each in turn."""
    high: float | None
    rank_low: int | None
    """The best rank without one of the readers, each in turn."""
    rank_high: int | None
    readers: int
    """Whose readings of the track the release rests on."""
    most: LeftOutReader | None
    """Without whom it moves most; None where it stays the same without any."""
    ungraded: int
    """The most answers that lose their score with any one of them."""
    each: tuple[LeftOutReader, ...]
    """The readers without whom some item would be something else, in the order of their numbers."""

    @property
    def lies_outside(self) -> bool:
        """True where the score itself is none of those between lowest and highest."""
        if self.value is None or self.low is None or self.high is None:
            return False
        return not self.low <= self.value <= self.high


class LeftOutReport(BaseModel, frozen=True, extra="forbid"):
    """How far the gold scores of a release hang on single readers."""

    release: int | None
    """None where there is none."""
    items: int = 0
    """Of the release."""
    readers: int = 0
    changed_since: int = 0
    """Items whose gold would be another one now even with everybody; they stay as released."""
    read_elsewhere: int = 0
    """Items of the release that nobody reads in this study; they stay as released."""
    withheld: int = 0
    """Items the actor may still read, in the release or not; they stay as they are."""
    lines: tuple[WithoutReader, ...] = ()


@dataclass
class _Others:
    """What items of a release would be without single readers, as far as scores see it."""

    items: int = 0
    changed_since: list[str] = field(default_factory=list)
    read_elsewhere: int = 0
    readings: dict[Track, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Person -> items read."""
    sheets: list[tuple[Sheet, list[set[str]]]] = field(default_factory=list)
    """Items as other gold, and without whom each place of the sheet would come about."""
    gone: list[tuple[str, OtherGold]] = field(default_factory=list)
    """Items that would be no gold."""


class ReadersLeftOut:
    """Leaves each reader of a release out in turn; nothing of it is stored."""

    def __init__(self, database: Database, sheets: ScoreSheets) -> None:
        self._database = database
        self._sheets = sheets
        self._kept: KeptAnswers[_Others] = KeptAnswers(KEPT)

    def report(
        self,
        actor: Actor,
        *,
        release: int | None = None,
        condition: str = "full",
        policy: Policy = COUNT,
        watch: Watcher | None = None,
    ) -> LeftOutReport:
        """Return how far each model's gold score moves without any one reader, track by track.

        Gold is derived again without the reader's readings, by the rule of its round and with
        the rulings that would still be made; an item that would then be open, or that nobody
        else read, counts as imported. Items outside the release stay as they are. Raises
        NotFoundError without the release asked for, WorkStopped when `watch` says stop.
        """
        actor.require(*SEES_SCORES)
        number = self._release(release)
        if number is None:
            return LeftOutReport(release=None)
        state = self._sheets.state()
        others = self._kept.once(
            (number, condition, state), lambda: self._derive(number, condition, watch)
        )
        return self._told(actor, number, condition, policy, state, others)

    def known(
        self,
        actor: Actor,
        *,
        release: int | None = None,
        condition: str = "full",
        policy: Policy = COUNT,
    ) -> LeftOutReport | None:
        """Return the report if it takes no deriving; None where it would."""
        actor.require(*SEES_SCORES)
        number = self._release(release)
        if number is None:
            return LeftOutReport(release=None)
        state = self._sheets.state()
        others = self._kept.at_hand((number, condition, state))
        if others is None:
            return None
        return self._told(actor, number, condition, policy, state, others)

    def _release(self, wanted: int | None) -> int | None:
        with self._database.reading() as t:
            return chosen_release(t, wanted)

    # ---- gold without each reader -------------------------------------------------------

    def _derive(self, number: int, condition: str, watch: Watcher | None) -> _Others:
        with self._database.reading() as t:
            meter = Meter(watch, releases.count_items(t, number), "items without each reader")
        found = _Others()
        waiting: dict[Track, list[tuple[Gold, set[str]]]] = defaultdict(list)
        for golds in self._pages(number):
            meter.at(found.items)
            for item_id, others in self._without(golds, found):
                waiting[track_of(item_id)] += _alike(others)
            for track in [t for t, some in waiting.items() if len(some) >= SCORED_AT_ONCE]:
                found.sheets.append(self._scored(track, condition, waiting.pop(track)))
        for track, some in waiting.items():
            if some:
                found.sheets.append(self._scored(track, condition, some))
        meter.at(found.items)
        return found

    def _pages(self, number: int) -> Iterator[list[Gold]]:
        after = ""
        while True:
            with self._database.reading() as t:
                page = releases.gold_page(t, number, after, AT_ONCE)
            if page:
                yield page
            if len(page) < AT_ONCE:
                return
            after = page[-1].item_id

    def _without(self, golds: Sequence[Gold], found: _Others) -> list[tuple[str, list[OtherGold]]]:
        """Return the other gold of each item; note what would be none, and who read."""
        with self._database.reading() as t:
            page = [(gold.item_id, without_each(t, gold)) for gold in golds]
        others = []
        for item_id, one in page:
            found.items += 1
            found.changed_since += [item_id] if one.changed_since else []
            found.read_elsewhere += not one.readers
            found.readings[track_of(item_id)].update(one.readers)
            found.gone += [(item_id, other) for other in one.others if other.gold is None]
            others.append((item_id, [other for other in one.others if other.gold is not None]))
        return others

    def _scored(
        self, track: Track, condition: str, some: Sequence[tuple[Gold, set[str]]]
    ) -> tuple[Sheet, list[set[str]]]:
        sheet = self._sheets.of_other_golds(track, condition, [gold for gold, _ in some])
        return sheet, [persons for _, persons in some]

    # ---- scores without each reader -----------------------------------------------------

    def _told(
        self,
        actor: Actor,
        number: int,
        condition: str,
        policy: Policy,
        state: State,
        others: _Others,
    ) -> LeftOutReport:
        """Return what may be told: items the actor may still read stay as they are in gold."""
        called = self._called(actor, others)
        with self._database.reading() as t:
            kept = {item for tr in Track for item in own_reading_first.kept_in_track(t, actor, tr)}
        lines: list[WithoutReader] = []
        for track in (one for one in Track if others.readings.get(one)):
            sheet = self._sheets.of(track, number, "strict", condition, state)
            lines += _lines(sheet, policy, state, others, kept, called)
        return LeftOutReport(
            release=number,
            items=others.items,
            readers=len(called),
            changed_since=sum(item_id not in kept for item_id in others.changed_since),
            read_elsewhere=others.read_elsewhere,
            withheld=len(kept),
            lines=tuple(lines),
        )

    def _called(self, actor: Actor, others: _Others) -> dict[str, tuple[str, str]]:
        """Return person -> (Reader N, the name where the actor may know it)."""
        persons = {person for read in others.readings.values() for person in read}
        names: dict[str, str] = {}
        if Role.LEAD in actor.roles:
            with self._database.reading() as t:
                names = {one.person_id: one.display_name for one in people.all_of(t)}
        return {
            person: (f"Reader {number}", names.get(person, ""))
            for number, person in enumerate(sorted(persons, key=text_sha256), start=1)
        }


def _alike(others: Sequence[OtherGold]) -> list[tuple[Gold, set[str]]]:
    """Return each other gold of an item once, with those without whom it would come about."""
    found: list[tuple[Gold, set[str]]] = []
    for other in others:
        if other.gold is None:
            continue
        same = next((one for one in found if one[0].body == other.gold.body), None)
        if same is None:
            found.append((other.gold, {other.person}))
        else:
            same[1].add(other.person)
    return found


def _lines(
    sheet: Sheet,
    policy: Policy,
    state: State,
    others: _Others,
    kept: Collection[str],
    called: Mapping[str, tuple[str, str]],
) -> Iterator[WithoutReader]:
    """Yield what the models of a track score without any one reader, best first."""
    view = view_of(sheet, "gold", STRICT, policy)
    put = _other_items(sheet, view, policy, state, others, kept)
    now = standings_with(view.values, view.weights, ())
    without = {person: standings_with(view.values, view.weights, put[person]) for person in put}
    readers = len(others.readings[sheet.track])
    for row in np.argsort(now.rank, kind="stable"):
        if not view.answers(int(row)):
            continue
        each = [
            LeftOutReader(
                reader=called[person][0],
                name=called[person][1],
                value=_number(one.value[row]),
                n=int(one.n[row]),
                rank=_rank(one.rank[row]),
                items=len(put[person]),
                open=sum(item.is_open for item in put[person]),
                ungraded=int(one.ungraded[row]),
            )
            for person in called
            if (one := without.get(person)) is not None
        ]
        yield _line(sheet, now, int(row), readers, each)


def _line(
    sheet: Sheet, now: Standings, row: int, readers: int, each: Sequence[LeftOutReader]
) -> WithoutReader:
    value, rank = _number(now.value[row]), _rank(now.rank[row])
    stays = len(each) < readers
    values = [one.value for one in each if one.value is not None]
    values += [value] if stays and value is not None else []
    ranks = [one.rank for one in each if one.rank is not None]
    ranks += [rank] if stays and rank is not None else []
    return WithoutReader(
        model=sheet.models[row],
        track=sheet.track,
        value=value,
        n=int(now.n[row]),
        rank=rank,
        low=min(values, default=None),
        high=max(values, default=None),
        rank_low=min(ranks, default=None),
        rank_high=max(ranks, default=None),
        readers=readers,
        most=_mover(value, each),
        ungraded=max((one.ungraded for one in each), default=0),
        each=tuple(each),
    )


def _mover(value: float | None, each: Sequence[LeftOutReader]) -> LeftOutReader | None:
    """Return without whom a score moves most; one without whom there is none moves it most."""
    if value is None:
        return None

    def moves(one: LeftOutReader) -> float:
        return float("inf") if one.value is None else round(abs(one.value - value), 12)

    most = max(each, key=moves, default=None)
    return most if most is not None and moves(most) > 0 else None


def _other_items(
    sheet: Sheet,
    view: View,
    policy: Policy,
    state: State,
    others: _Others,
    kept: Collection[str],
) -> dict[str, list[OtherItem]]:
    """Return person -> the items of a track that would be something else without them."""
    found: dict[str, list[OtherItem]] = defaultdict(list)
    for other_sheet, without in others.sheets:
        if other_sheet.track is sheet.track:
            for place, item in _as_other_gold(sheet, excluding(other_sheet, state), policy):
                if sheet.items[item.place] not in kept:
                    for person in without[place]:
                        found[person].append(item)
    imported = scores_of(sheet, sheet.imported, STRICT, policy)
    for item_id, other in others.gone:
        if item_id in kept or track_of(item_id) is not sheet.track:
            continue
        excluded = other.leaks or item_id in state.leaking or item_id in state.unreadable
        at = sheet.place_of[item_id]
        nothing = np.full(len(sheet.models), np.nan)
        found[other.person].append(
            OtherItem(
                place=at,
                values=nothing if excluded else imported.values[:, at],
                weight=1.0,
                reasons=imported.reasons[:, at] * (not excluded),
                is_open=True,
            )
        )
    return dict(found)


def _as_other_gold(sheet: Sheet, other: Sheet, policy: Policy) -> Iterator[tuple[int, OtherItem]]:
    """Yield each place of a sheet of other golds with what the models of the track score there."""
    view = view_of(other, "gold", STRICT, policy)
    weights = np.ones(len(other.items)) if view.weights is None else view.weights
    values = np.full((len(sheet.models), len(other.items)), np.nan)
    reasons = np.zeros(values.shape, np.int8)
    rows = [sheet.models.index(model) for model in other.models]
    values[rows] = view.values
    reasons[rows] = view.scores.reasons * view.counted
    for place, item_id in enumerate(other.items):
        item = sheet.place_of[item_id]
        yield (
            place,
            OtherItem(item, values[:, place], float(weights[place]), reasons[:, place]),
        )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _rank(value: float) -> int | None:
    return None if np.isnan(value) else int(value)


# ---- in words -------------------------------------------------------------------------------


def without_reader_text(one: WithoutReader) -> str:
    """Return how far a gold score hangs on single readers."""
    start = f"gold: {score_words(one.value)}, n = {one.n:,}, by {counted(one.readers, 'reader')}"
    if one.most is None:
        return f"{start}; without any one the same."
    said = (
        f"{start}; without any one between {score_words(one.low)} and {score_words(one.high)}, "
        f"most without {one.most.called}: {score_words(one.most.value)} "
        f"(n = {one.most.n:,}; {_items(one.most)})"
    )
    if one.lies_outside:
        said += f"; {OUTSIDE}"
    if one.rank_low != one.rank_high:
        said += f"; rank {one.rank}, without any one {one.rank_low} to {one.rank_high}"
    if one.ungraded:
        said += (
            f"; up to {counted(one.ungraded, 'answer')} then without a score: no stored grade "
            "covers the words"
        )
    return f"{said}."


def _items(one: LeftOutReader) -> str:
    """Return how many items are otherwise without a reader."""
    said = f"{counted(one.items, 'item')} otherwise"
    return f"{said}, {one.open} of them no gold and so as imported" if one.open else said


def report_notes(found: LeftOutReport) -> list[str]:
    """Return what is to be known beside the lines, and why there are none."""
    if found.release is None:
        return ["No reader is left out: there is no release, so no score rests on readings."]
    notes = []
    if not found.readers:
        notes.append("No reader is left out: nobody in this study read what the release holds.")
    elif not found.lines:
        notes.append("No reader is left out: no model answered anything of what they read.")
    elif found.read_elsewhere:
        notes.append(
            f"{counted(found.read_elsewhere, 'item')} of the release: nobody in this study read "
            "them; left as released."
        )
    if found.changed_since:
        notes.append(
            f"{counted(found.changed_since, 'item')}: readings or rulings changed since the "
            "release; left as released."
        )
    if found.withheld:
        notes.append(
            f"{counted(found.withheld, 'item')} you may still be asked to read: left as they are."
        )
    return notes


def score_words(value: float | None) -> str:
    """Return a score to three decimals: one reader of many often moves no more."""
    return "no score" if value is None else f"{value:.3f}"
