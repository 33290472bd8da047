"""The report on leaks: where each item stands, and how far scan and readers agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from pydantic import BaseModel

from db import events, hits, items, kept_back, leak_standings, people
from db import settings as study_settings
from db.database import Database, Transaction
from db.kept_back import Hidden
from db.leak_standings import START, Tally
from src.domain.agreement import Coefficient, krippendorff_alpha, percent_agreement
from src.domain.canonical import digest
from src.domain.errors import NotAllowedError, NotFoundError
from src.domain.item import Item, Track
from src.domain.leak_status import (
    HitKey,
    LeakStatus,
    Said,
    hit_keys,
    layer_of,
    said_in_all,
    said_of,
    speaks_of,
)
from src.domain.leakage import Hit, Layer, LeakageFlag, Method
from src.domain.people import Actor, Role
from src.domain.proportion import Proportion
from src.domain.scoring.interval import cluster_interval
from src.services import own_reading_first, recounting
from src.services.leak_standing import (
    ItemStanding,
    flags_of,
    leak_units,
    refresh,
    standings,
)
from src.services.progress import Meter, Watcher
from src.services.settling import SettledItem, Settlement

Clock = Callable[[], datetime]
PAGE = 25
AT_ONCE = 100
RULES = "1"
"""Of how a standing is worked out: another one works them all out anew."""
COUNTED = "leak_standings"
SEED = 4
TRULY = frozenset({"confirmed", "masked"})


class LeakCounts(BaseModel, frozen=True, extra="forbid"):
    """How many items stand how."""

    imported: int
    scanned: bool
    """False while no item was ever scanned."""
    tallies: tuple[tuple[Layer | None, Track, LeakStatus, int], ...]
    withheld: int = 0
    """Items of which nothing is told before the actor has given an own reading."""

    def of(self, status: LeakStatus, track: Track | None = None, layer: Layer | None = None) -> int:
        """Return the items that stand so, of a track or of all, as a whole or in a layer."""
        return sum(
            number
            for of_layer, of_track, of_status, number in self.tallies
            if of_layer is layer and of_status is status and track in (None, of_track)
        )

    @property
    def unknown(self) -> int:
        """The items that are neither scanned nor read by all their readers."""
        return self.imported - self.withheld - sum(self.of(status) for status in LeakStatus)


class StandingPage(BaseModel, frozen=True, extra="forbid"):
    """A page of items; `after` is where the next one begins, if there is one."""

    lines: tuple[ItemStanding, ...]
    after: tuple[int, str] | None


class ItemLeaks(BaseModel, frozen=True, extra="forbid"):
    """One item with all that is known of its leaks."""

    item: Item
    known: ItemStanding | None
    """None while it is neither scanned nor read by all its readers."""


class FlagAgreement(BaseModel, frozen=True, extra="forbid"):
    """How far readers agree on flags, unit by unit or on whole items."""

    name: str
    percent: Coefficient
    interval: tuple[float, float] | None
    """95 %, whole cases drawn; None for fewer than two cases, or when all agree alike."""
    alpha: Coefficient


class ScanAgreement(BaseModel, frozen=True, extra="forbid"):
    """What readers made of a group of hits, and how many of their leaks it found."""

    layer: Layer | None = None
    method: Method | None = None
    low: bool = False
    said: dict[Said, int]
    found: int
    leaks: int

    @property
    def precision(self) -> Proportion:
        """The hits confirmed, of those that readers confirmed or dismissed."""
        right = self.said.get(Said.CONFIRMED, 0)
        return Proportion(part=right, whole=right + self.said.get(Said.DISMISSED, 0))

    @property
    def recall(self) -> Proportion:
        """The confirmed leaks on which a hit lies, of all confirmed leaks."""
        return Proportion(part=self.found, whole=self.leaks)


class LeakStatistics(BaseModel, frozen=True, extra="forbid"):
    """How far readers agree with each other on leaks, and the scan with them."""

    items: int
    """Read by all the readers of a round."""
    scanned: int
    """Of these, scanned in a version that one of their rounds read."""
    readers: tuple[FlagAgreement, ...]
    scan: tuple[ScanAgreement, ...]
    """All hits, then by layer, by method, and those of low rank apart."""


class LeakageReport:
    """Where items stand with their leaks. Who may still read an item learns nothing of it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def counts(self, actor: Actor) -> LeakCounts:
        """Return how many items stand how, counted without opening a single item."""
        actor.require(Role.LEAD, Role.ADJUDICATOR)
        recounting.finish(self._database, recounting.AWHILE)
        with self._database.reading() as t:
            tallies = leak_standings.counts(t, own_reading_first.hidden_from(actor))
            withheld = len(own_reading_first.owed(t, actor))
            imported = sum(items.counts(t).values())
            scanned = leak_standings.is_any_scanned(t)
        plain = tuple(map(_plain, tallies))
        return LeakCounts(imported=imported, scanned=scanned, tallies=plain, withheld=withheld)

    def page(
        self,
        actor: Actor,
        *,
        track: Track | None = None,
        status: LeakStatus | None = None,
        layer: Layer | None = None,
        after: tuple[int, str] = START,
        size: int | None = None,
    ) -> StandingPage:
        """Return a page of items, the worst first; in a layer, by where they stand in it."""
        actor.require(Role.LEAD, Role.ADJUDICATOR)
        size = size or PAGE
        with self._database.reading() as t:
            lines = leak_standings.page_of(
                t,
                layer=layer,
                track=track,
                status=status,
                after=after,
                size=size + 1,
                hidden_from=own_reading_first.hidden_from(actor),
            )
            found = standings(t, [line.item_id for line in lines[:size]])
        return StandingPage(
            lines=tuple(found[line.item_id] for line in lines[:size] if line.item_id in found),
            after=lines[size - 1].place if len(lines) > size else None,
        )

    def item(self, actor: Actor, item_id: str) -> ItemLeaks:
        """Return one item with its hits and flags; who sees flags can no longer read it blind.

        Raises NotAllowedError to who may still come to read it, or owes an own reading first.
        """
        actor.require(Role.LEAD, Role.ADJUDICATOR)
        with self._database.transaction() as t:
            item = items.get(t, item_id)
            if item is None:
                raise NotFoundError(f"There is no item {item_id!r}.")
            reader = Hidden(reader=own_reading_first.hidden_from(actor).reader)
            if kept_back.among(t, [item_id], reader):
                raise NotAllowedError(
                    f"{item_id!r} may still come to you as a reader. Its leaks are shown once "
                    "you have read it."
                )
            own_reading_first.require_given(t, actor, item_id)
            known = standings(t, [item_id]).get(item_id)
            if known is not None and known.round:
                self._show(t, actor, item_id)
        return ItemLeaks(item=item, known=known)

    def _show(self, t: Transaction, actor: Actor, item_id: str) -> None:
        if people.get(t, actor.person_id) is None or people.is_exposed(t, actor.person_id, item_id):
            return
        now = self._clock()
        people.expose(t, actor.person_id, item_id, "readings", now)
        target = f"exposure:{actor.person_id}/{item_id}"
        events.append(t, "readings.shown", actor.person_id, target, "0" * 64, now)

    def state(self, actor: Actor) -> str:
        """Return a hash that changes with every event and every scan."""
        actor.require(Role.LEAD, Role.ADJUDICATOR)
        with self._database.reading() as t:
            return digest([events.head(t).hash, *leak_standings.scans_made(t)])

    def is_counted(self, actor: Actor) -> bool:
        """Tell whether all items are counted; a study from before this report is not, at first."""
        actor.require(Role.LEAD, Role.ADJUDICATOR)
        with self._database.reading() as t:
            return study_settings.get(t, COUNTED) == RULES

    def count_anew(self, actor: Actor, watch: Watcher | None = None) -> int:
        """Work out anew where every item stands, a hundred at a time, and return how many.

        Stopped, it leaves what is done so far; the next time it begins again.
        """
        actor.require(Role.LEAD, Role.ADJUDICATOR)
        with self._database.reading() as t:
            meter = Meter(watch, sum(items.counts(t).values()), "items")
        done, after = 0, ""
        while True:
            with self._database.transaction() as t:
                page = items.ids_after(t, after, AT_ONCE)
                refresh(t, page)
                if len(page) < AT_ONCE:
                    study_settings.put(t, COUNTED, RULES)
            done += len(page)
            if len(page) < AT_ONCE:
                return done
            after = page[-1]
            meter.at(done)

    def statistics(self, actor: Actor, watch: Watcher | None = None) -> LeakStatistics:
        """Return how far readers agree on leaks, and what they made of the scan's hits.

        Every item that a round has all its readings of is opened. Readers are compared in its
        newest such round; the scan with them in all of those, where a leak that one round
        confirmed is confirmed, and a dismissal counts where none did. Only readings before any
        exposure count. Raises WorkStopped when `watch` says stop.
        """
        actor.require(Role.LEAD, Role.ADJUDICATOR)
        blind = own_reading_first.hidden_from(actor)
        with self._database.reading() as t:
            meter = Meter(watch, leak_standings.count_read(t, blind), "items")
        sums, after = _Sums(), ""
        while True:
            with self._database.reading() as t:
                page = leak_standings.read_after(t, after, AT_ONCE, blind)
                _add_page(t, page, sums)
            if len(page) < AT_ONCE:
                return sums.statistics()
            after = page[-1]
            meter.at(sums.items)


class _Sums:
    """What a walk over the items that are read adds up."""

    def __init__(self) -> None:
        self.items = self.scanned = 0
        self.units: list[list[str]] = []
        self.unit_cases: list[str] = []
        self.wholes: list[list[str]] = []
        self.whole_cases: list[str] = []
        self.said: dict[tuple[Layer, Method, bool], Counter[Said]] = defaultdict(Counter)
        self.leaks: list[tuple[Layer, frozenset[tuple[Method, bool]]]] = []

    def add_readings(self, settled: SettledItem) -> None:
        """Add what the readers of one item flagged."""
        self.items += 1
        case_id = settled.item.case.case_id
        for unit in settled.units:
            if unit.name.startswith("flag:"):
                self.units.append([reading.key for reading in unit.readings])
                self.unit_cases.append(case_id)
        self.wholes.append(["leaks" if r.body.flags else "clean" for r in settled.reviews])
        self.whole_cases.append(case_id)

    def add_hits(self, read: Sequence[tuple[SettledItem, Sequence[Hit]]]) -> None:
        """Add what the rounds that read one item, the newest first, made of the hits they saw.

        A hit, and a leak, counts once, in however many rounds and versions it was seen.
        """
        self.scanned += 1
        words: dict[HitKey, list[Said]] = defaultdict(list)
        newest: dict[HitKey, Hit] = {}
        leaks: dict[str, set[tuple[Method, bool]]] = {}
        for settled, found in read:
            units = leak_units(settled, found)
            states = {unit.unit: unit.state for unit in units}
            bodies = [review.body for review in settled.reviews]
            for key, hit in zip(hit_keys(found), found, strict=True):
                newest.setdefault(key, hit)
                words[key].append(said_of(hit, bodies, states))
            for unit in units:
                flags = flags_of(settled.reviews, unit.unit)
                if flags and unit.state in TRULY:
                    leaks.setdefault(unit.unit, set()).update(_on(flags, found))
        for key, hit in newest.items():
            self.said[hit.layer, hit.method, hit.low][said_in_all(words[key])] += 1
        self.leaks += [(layer_of(unit), frozenset(on_it)) for unit, on_it in leaks.items()]

    def statistics(self) -> LeakStatistics:
        """Return the numbers."""
        methods = [m for m in Method if any(key[1] is m and not key[2] for key in self.said)]
        return LeakStatistics(
            items=self.items,
            scanned=self.scanned,
            readers=(
                _agreement("each spot that somebody flagged", self.units, self.unit_cases),
                _agreement("whether the item leaks at all", self.wholes, self.whole_cases),
            ),
            scan=(
                self._scan(),
                *(self._scan(layer=layer) for layer in Layer),
                *(self._scan(method=method) for method in methods),
                self._scan(low=True),
            ),
        )

    def _scan(
        self, *, layer: Layer | None = None, method: Method | None = None, low: bool = False
    ) -> ScanAgreement:
        said: Counter[Said] = Counter()
        for (of_layer, of_method, of_low), number in self.said.items():
            if layer in (None, of_layer) and method in (None, of_method) and of_low is low:
                said += number
        leaks = [on_it for of_layer, on_it in self.leaks if layer in (None, of_layer)]
        found = sum(
            any(method in (None, how) and is_low is low for how, is_low in on_it) for on_it in leaks
        )
        return ScanAgreement(
            layer=layer, method=method, low=low, said=dict(said), found=found, leaks=len(leaks)
        )


def _add_page(t: Transaction, page: list[str], sums: _Sums) -> None:
    read = leak_standings.rounds_read(t, page)
    keys = list({(item_id, version) for item_id in page for _, version in read[item_id]})
    scans, found = hits.scans_of(t, keys), hits.by_version(t, keys)
    for item_id in page:
        settlement = Settlement(t, item_id)
        settled = [(settlement.in_round(name), (item_id, n)) for name, n in read[item_id]]
        sums.add_readings(settled[0][0])
        scanned = [(one, found.get(key, ())) for one, key in settled if key in scans]
        if scanned:
            sums.add_hits(scanned)


def _on(flags: Sequence[LeakageFlag], found: Iterable[Hit]) -> set[tuple[Method, bool]]:
    """Return method and rank of the hits that flags lie on."""
    return {(hit.method, hit.low) for hit in found if any(speaks_of(flag, hit) for flag in flags)}


def _agreement(name: str, units: list[list[str]], cases: list[str]) -> FlagAgreement:
    pairs = [(n, percent_agreement([unit]).value) for n, unit in enumerate(units)]
    shares = {n: share for n, share in pairs if share is not None}
    interval = None
    if len(set(shares.values())) > 1:
        interval = cluster_interval(list(shares.values()), [cases[n] for n in shares], seed=SEED)
    return FlagAgreement(
        name=name,
        percent=percent_agreement(units),
        interval=interval,
        alpha=krippendorff_alpha(units),
    )


def _plain(tally: Tally) -> tuple[Layer | None, Track, LeakStatus, int]:
    return tally.layer, tally.track, tally.status, tally.items
