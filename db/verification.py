"""Recomputes the hash chain, and everything it proves, without holding up anybody who works."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import inspect, select, tuple_

from db.database import Database
from db.events import GENESIS_HEAD, object_of, page_of, payload_hash
from db.grading_sets import get as grading_set
from db.grading_sets import plan_digest as grading_plan_digest
from db.models import (
    AcknowledgementRow,
    AliasRow,
    Base,
    DecisionRow,
    DepartureRow,
    EscalationRow,
    FirstReadingRow,
    GoldRow,
    GradeRow,
    GradingAnswerRow,
    GradingSetRow,
    GradingSlotRow,
    GuidelineRow,
    HumanGradeRow,
    ImportRow,
    ItemImageTextRow,
    ItemRow,
    ItemVersionRow,
    JudgeRunRow,
    MaskRow,
    MatchRulingRow,
    MessageRow,
    ModelRow,
    OntologyFileRow,
    OwnReadingRow,
    PayloadRow,
    PersonRow,
    PlantRow,
    ReasonRow,
    ReleaseRow,
    RepeatRow,
    ReviewRow,
    RoundItemRow,
    RoundRow,
    RubricVersionRow,
    ShownRow,
    SittingRow,
    SlotRow,
)
from db.rounds import plan_digest
from src.domain.canonical import canonical_json, digest
from src.domain.grading import GradingSet
from src.domain.history import ChainHead, ChainReport, Event, link_hash
from src.domain.repeats import is_drawn
from src.domain.round import SlotState

PAGE = 1_000
PROVEN: tuple[type[Base], ...] = (
    ItemVersionRow,
    ItemImageTextRow,
    RubricVersionRow,
    PersonRow,
    RoundRow,
    SlotRow,
    SittingRow,
    ReviewRow,
    DecisionRow,
    EscalationRow,
    MessageRow,
    OwnReadingRow,
    ReleaseRow,
    GoldRow,
    ImportRow,
    FirstReadingRow,
    ShownRow,
    OntologyFileRow,
    AliasRow,
    MaskRow,
    ReasonRow,
    GuidelineRow,
    AcknowledgementRow,
    DepartureRow,
    MatchRulingRow,
    GradingSetRow,
    GradingSlotRow,
    HumanGradeRow,
    JudgeRunRow,
    GradeRow,
    ModelRow,
    PlantRow,
)
"""Tables whose rows have an event of their own."""
WITH_TEXT = (
    ReviewRow,
    DecisionRow,
    EscalationRow,
    MessageRow,
    OwnReadingRow,
    FirstReadingRow,
    HumanGradeRow,
)
"""Tables whose rows name a text that somebody wrote."""
ERASED = "payload.erased"

Suspects = dict[str, str]
"""The name of a row -> what is wrong with it."""


def verify(database: Database, against: ChainHead | None = None) -> ChainReport:
    """Recompute every link and every row the chain proves, in pages.

    Finds a changed, inserted, deleted or swapped link; a changed, added or deleted row; a
    changed or missing text. `against` is a head kept elsewhere: with it a truncated or
    rewritten chain is found too. What others store meanwhile is no finding. A row so damaged
    that it cannot be read ends the search, and is the finding.
    """
    chain = _Chain(against)
    try:
        return _compared(database, chain)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        unreadable = f"A row cannot be read at all, so that not all was compared: {error}"
        problems = (*chain.all_problems(), unreadable)
        return ChainReport(events=chain.last.seq, rows=0, head=chain.last, problems=problems)


def _compared(database: Database, chain: _Chain) -> ChainReport:
    chain.follow(database)
    rows = _Rows(chain)
    rows.compare(database)
    suspects = {
        **rows.suspects,
        **_items(database, rows.cases),
        **_plans(database, chain),
        **_grading_sets(database, chain),
        **_texts(database, rows, chain),
    }
    chain.follow(database)
    lasting = [text for name, text in suspects.items() if not chain.moved(name)]
    return ChainReport(
        events=chain.last.seq,
        rows=rows.count,
        head=chain.last,
        problems=(*chain.all_problems(), *lasting),
    )


class _Chain:
    """The links read so far, and the newest of each object."""

    def __init__(self, against: ChainHead | None) -> None:
        self._against = against
        self._found = against is None or against == GENESIS_HEAD
        self._rounds_followed = 0
        self._problems: list[str] = []
        self.last = GENESIS_HEAD
        self.newest: dict[str, str] = {}
        self.erased: set[str] = set()
        self._meanwhile: set[str] = set()

    def follow(self, database: Database) -> None:
        """Read the links that are new since the last time."""
        for event in _links(database, self.last.seq):
            self._problems.extend(_link_problems(event, self.last))
            self.last = ChainHead(seq=event.seq, hash=event.hash)
            self.newest[event.object] = event.payload_sha256
            if event.kind == ERASED:
                self.erased.add(event.object)
            if self._rounds_followed:
                self._meanwhile.add(event.object)
            if self.last == self._against:
                self._found = True
        self._rounds_followed += 1

    def moved(self, name: str) -> bool:
        """Tell whether an object so named has a link that came while the rows were read."""
        return any(target.startswith(name) for target in self._meanwhile)

    def all_problems(self) -> list[str]:
        """Return what is wrong with the links themselves."""
        if self._found:
            return self._problems
        return [*self._problems, "The chain does not contain the head it was compared with."]


def _links(database: Database, after: int) -> Iterator[Event]:
    while True:
        with database.reading() as t:
            page = page_of(t, after, PAGE)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].seq


def _link_problems(event: Event, last: ChainHead) -> Iterator[str]:
    if event.seq != last.seq + 1:
        yield f"Event {event.seq} follows event {last.seq}: links are missing or repeated."
    if event.prev_hash != last.hash:
        yield f"Event {event.seq} does not continue event {last.seq}."
    link = link_hash(
        event.seq,
        event.kind,
        event.actor,
        event.object,
        event.payload_sha256,
        event.at,
        event.prev_hash,
    )
    if link != event.hash:
        yield f"Event {event.seq} was changed after it was written."


class _Rows:
    """Every row the chain proves, compared with its newest link, in both directions."""

    def __init__(self, chain: _Chain) -> None:
        self._chain = chain
        self.count = 0
        self.suspects: Suspects = {}
        self.texts: dict[str, str] = {}
        """sha256 of a text -> the name of the row that needs it."""
        self.cases: dict[str, set[str]] = defaultdict(set)
        """item_id -> the cases its versions name."""

    def compare(self, database: Database) -> None:
        """Read all rows and note those that are not as they were stored."""
        tables = {table.__tablename__ for table in PROVEN}
        gone = {name for name in self._chain.newest if name.partition(":")[0] in tables}
        for table in PROVEN:
            for row in _rows_of(database, table):
                name = object_of(row)
                gone.discard(name)
                self._compare_one(name, row)
        self.suspects |= {name: f"{name} is gone." for name in sorted(gone)}

    def _compare_one(self, name: str, row: Base) -> None:
        self.count += 1
        if isinstance(row, WITH_TEXT) and row.payload_sha256 is not None:
            self.texts[row.payload_sha256] = name
        if isinstance(row, ItemVersionRow) and "case" in row.body:
            self.cases[row.item_id].add(row.body["case"]["case_id"])
        proven = self._chain.newest.get(name)
        if proven is None and row.needs_event():
            self.suspects[name] = f"{name} has no event."
        elif proven is not None and digest(row.record()) != proven:
            self.suspects[name] = f"{name} is not what its event proves."


def _rows_of(database: Database, table: type[Base]) -> Iterator[Any]:
    """Yield all rows of a table, each page starting behind the last row of the one before."""
    columns = inspect(table).primary_key
    keys = [getattr(table, column.name) for column in columns]
    query = select(table).order_by(*keys).limit(PAGE)
    page_query = query
    while True:
        with database.reading() as t:
            page = list(t.scalars(page_query))
        yield from page
        if len(page) < PAGE:
            return
        last = tuple(getattr(page[-1], column.name) for column in columns)
        page_query = query.where(tuple_(*keys) > last)


def _plans(database: Database, chain: _Chain) -> Suspects:
    """Compare what rounds planned with what their events prove, and slots with what was planned."""
    found: Suspects = {}
    readers: dict[str, int] = {}
    for round_ in _rows_of(database, RoundRow):
        if round_.companion_of is None:
            readers[round_.name] = round_.readers
        with database.reading() as t:
            planned = plan_digest(t, round_.name)
        if planned != round_.plan_sha256:
            name = object_of(round_)
            found[name] = f"The items or readers of {name} are not what its event proves."
    return {**found, **_slots(database, chain, readers), **_repeats(database)}


def _repeats(database: Database) -> Suspects:
    """Compare what is to be read again with what each round's seed draws of what was read."""
    found: Suspects = {}
    with database.reading() as t:
        asked = {row.name: row for row in t.scalars(select(RoundRow))}
    drawn: set[tuple[str, str, str]] = set()
    for repeat in _rows_of(database, RepeatRow):
        drawn.add((repeat.round, repeat.item_id, repeat.person))
        round_ = asked[asked[repeat.round].companion_of or ""]
        if not is_drawn(round_.seed, repeat.person, repeat.item_id, round_.repeats or 0.0):
            name = object_of(repeat)
            found[name] = f"{name} is not what the seed of its round draws."
    for slot in _rows_of(database, SlotRow):
        of = (slot.round, slot.item_id, slot.person or "")
        if asked[slot.round].companion_of is not None and slot.person and of not in drawn:
            found[object_of(slot)] = f"{object_of(slot)} is of a reading that was not drawn."
    return found


def _items(database: Database, cases: dict[str, set[str]]) -> Suspects:
    """Compare items with their versions: the id tells the track, a version tells the case.

    `cases` holds the cases the versions of each item name.
    """
    found: Suspects = {}
    missing = set(cases)
    for item in _rows_of(database, ItemRow):
        missing.discard(item.item_id)
        fits = f"/{item.track}/" in item.item_id and item.case_id in cases.get(item.item_id, ())
        if not fits:
            found[object_of(item)] = f"{object_of(item)} is not what its versions say."
    return {**found, **{item_id: f"The item {item_id!r} is gone." for item_id in missing}}


def _slots(database: Database, chain: _Chain, readers: dict[str, int]) -> Suspects:
    """Compare all slots with the items of their rounds: as many as readers, untouched or proven."""
    found: Suspects = {}
    every, filled = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    planned = {(row.round, row.item_id): row for row in _rows_of(database, RoundItemRow)}
    for slot in _rows_of(database, SlotRow):
        key = (slot.round, slot.item_id)
        if slot.round not in readers:
            continue
        every[key] += 1
        filled[key] += slot.state == SlotState.SUBMITTED.value
        if object_of(slot) not in chain.newest and not _is_untouched(slot, planned.get(key)):
            found[object_of(slot)] = f"{object_of(slot)} is not what its round asks for."
        if slot.number > readers.get(slot.round, 0):
            found[object_of(slot)] = f"{object_of(slot)} is one more than its round asks for."
    for key, row in planned.items():
        if row.round not in readers:
            continue
        wanted = readers[row.round]
        if (every[key], row.missing) != (wanted, wanted - filled[key]):
            # The start of the slots' names: a reading that came in meanwhile is no finding.
            start = f"{SlotRow.__tablename__}:{canonical_json(key)[:-1]},"
            found[start] = f"The slots of {row.item_id!r} in {row.round!r} do not add up."
    return found


def _is_untouched(slot: SlotRow, planned: RoundItemRow | None) -> bool:
    """Tell whether a slot without an event stands as its round opened it."""
    if planned is None:
        return False
    asked = (planned.item_version, planned.position, None)
    return (slot.item_version, slot.position, slot.lease_until) == asked


def _grading_sets(database: Database, chain: _Chain) -> Suspects:
    """Compare grading sets with what their events prove, and their slots with what they ask."""
    found: Suspects = {}
    wanted: dict[tuple[str, int], int] = {}
    sets: dict[str, GradingSet | None] = {}
    for row in _rows_of(database, GradingSetRow):
        with database.reading() as t:
            planned = grading_plan_digest(t, row.name)
            sets[row.name] = grading_set(t, row.name)
        if planned != row.plan_sha256:
            name = object_of(row)
            found[name] = f"The answers or people of {name} are not what its event proves."
    for answer in _rows_of(database, GradingAnswerRow):
        made = sets.get(answer.grading_set)
        asked = made.graders_at(answer.position) if made is not None else 0
        wanted[(answer.grading_set, answer.position)] = asked
    every = Counter[tuple[str, int]]()
    for slot in _rows_of(database, GradingSlotRow):
        key = (slot.grading_set, slot.position)
        asked_for = 1 <= slot.number <= wanted.get(key, 0)
        every[key] += asked_for
        untouched = object_of(slot) not in chain.newest
        # One more than was asked for comes of a grading that was taken over: somebody had it.
        if untouched and (not asked_for or slot.lease_until is not None):
            found[object_of(slot)] = f"{object_of(slot)} is not what its set asks for."
    for key, number in wanted.items():
        if every[key] != number:
            start = f"{GradingSlotRow.__tablename__}:{canonical_json(key)[:-1]},"
            found[start] = f"The slots of answer {key[1]} in {key[0]!r} do not add up."
    return found


def _texts(database: Database, rows: _Rows, chain: _Chain) -> Suspects:
    """Compare what people wrote with its hash; an erased text needs the event that says so."""
    found: Suspects = {}
    needed = dict(rows.texts)
    for row in _rows_of(database, PayloadRow):
        needed.pop(row.sha256, None)
        if row.body is None and row.erased_at is not None:
            if object_of(row) not in chain.erased:
                found[object_of(row)] = f"The text {row.sha256[:12]} was erased without an event."
        elif row.erased_at is not None or payload_hash(row.nonce, row.body) != row.sha256:
            found[object_of(row)] = f"The text {row.sha256[:12]} was changed after it was written."
    for sha256, name in needed.items():
        found[f"payload of {name}"] = f"The text {sha256[:12]} of {name} is gone."
    return found
