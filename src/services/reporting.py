"""The agreement report for a paper: numbers of the study, put to the points of GRRAS."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel

from db import decisions, events, flow, rounds, samples, sittings
from db.database import Database
from db.samples import ReaderSample, TrackSample
from src.domain.agreement import Coefficient
from src.domain.canonical import text_sha256
from src.domain.errors import BadInputError, NotFoundError
from src.domain.flow import FlowCounts, Place
from src.domain.grras import (
    ASKED,
    GrrasReport,
    Point,
    Table,
    coefficient_title,
    number_in_words,
    share_in_words,
)
from src.domain.interrater.statistic import RESAMPLES
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.domain.round import Round, RoundState
from src.services.agreeing import Agreeing, AgreementReport
from src.services.flowing import Flowing
from src.services.planting import DetectionReport, Planting
from src.services.repeating import Repeating, RepeatReport

Clock = Callable[[], datetime]


class ReaderWork(BaseModel, frozen=True, extra="forbid"):
    """One reader's part, without a name or an id: 'Reader 1' is the same in every report."""

    reader: str
    specialty: str
    years: int | None
    readings: int
    after_exposure: int
    seconds_reading: int
    """Active seconds of the readings they sent."""
    seconds_active: float
    """Of all their sittings: also of drafts, skips and revisions."""
    left_out: bool


class GrrasNumbers(BaseModel, frozen=True, extra="forbid"):
    """The numbers behind a report, for machines."""

    rounds: tuple[Round, ...]
    readers: tuple[ReaderWork, ...]
    agreement: AgreementReport
    repeats: tuple[RepeatReport, ...]
    planted: tuple[DetectionReport, ...]
    flow: FlowCounts
    report: GrrasReport


class Reporting:
    """What a paper says of the study, as far as the study knows it."""

    def __init__(self, database: Database, clock: Clock, agreeing: Agreeing) -> None:
        self._database = database
        self._clock = clock
        self._agreeing, self._repeating = agreeing, Repeating(database)
        self._flowing, self._planting = Flowing(database), Planting(database, clock)

    def grras(self, actor: Actor, round_name: str | None = None, *, seed: int = 0) -> GrrasNumbers:
        """Return the report on one reading round, or on all of them.

        Readers stand in it as numbers, by the hash of their ids. Repeats of a round that the
        actor reads in are left out while it is open.
        """
        actor.require(Role.LEAD)
        with self._database.reading() as t:
            asked = _asked(rounds.reading_rounds(t), round_name)
            names = [round_.name for round_ in asked]
            tracks, people = samples.tracks(t, names), samples.readers(t, names)
            hours: dict[str, float] = defaultdict(float)
            for name in names:
                for spent in sittings.hours(t, name):
                    hours[spent.person] += spent.seconds_active
            head, release = events.head(t), flow.newest_release(t)
            swayed = decisions.count_after_scores(t, names)
        agreement = self._agreeing.report(actor, round_name, seed=seed)
        repeats = [
            _unnamed(self._repeating.report(actor, round_.name, seed=seed), people)
            for round_ in asked
            if round_.repeats is not None and _may_be_told(actor, round_)
        ]
        planted = [
            _unnamed_finders(self._planting.report(actor, round_.name), people)
            for round_ in asked
            if round_.planted_errors is not None and _may_be_told(actor, round_)
        ]
        counts = self._flowing.counts(actor)
        work = _work(people, hours)
        made_at = f"{self._clock():%Y-%m-%d %H:%M} UTC"
        which = f"the round {round_name!r}" if round_name else "all reading rounds"
        said = f"release {release}" if release else "no release yet"
        facts = _Facts(asked, tracks, work, agreement, repeats, planted, counts, swayed, seed)
        report = GrrasReport(
            title="Agreement between and within readers: a report by GRRAS",
            made_at=made_at,
            taken_from=f"Of {which}, made {made_at} at event {head.seq} of the log "
            f"({head.hash[:16]}), {said}.",
            points=facts.points(),
        )
        return GrrasNumbers(
            rounds=tuple(_without_people(round_) for round_ in asked),
            readers=tuple(work),
            agreement=agreement,
            repeats=tuple(repeats),
            planted=tuple(planted),
            flow=counts,
            report=report,
        )


def _asked(known: Sequence[Round], round_name: str | None) -> list[Round]:
    found = [round_ for round_ in known if round_name in (None, round_.name)]
    if round_name is not None and not found:
        raise NotFoundError(f"There is no reading round {round_name!r}.")
    if not found:
        raise BadInputError("There is no reading round to report on yet.")
    return sorted(found, key=lambda round_: round_.made_at)


def _may_be_told(actor: Actor, round_: Round) -> bool:
    return actor.person_id not in round_.persons or round_.state is RoundState.CLOSED


def _without_people(round_: Round) -> Round:
    return round_.model_copy(update={"persons": (), "left": ()})


def _numbered(person_ids: Sequence[str]) -> dict[str, str]:
    """Return person -> 'Reader N', in an order that says nothing of names or hours."""
    ordered = sorted(person_ids, key=text_sha256)
    return {person: f"Reader {number}" for number, person in enumerate(ordered, start=1)}


def _work(people: Sequence[ReaderSample], hours: Mapping[str, float]) -> list[ReaderWork]:
    known_as = _numbered([one.person for one in people])
    found = [
        ReaderWork(
            reader=known_as[one.person],
            specialty=one.specialty,
            years=one.years,
            readings=one.readings,
            after_exposure=one.after_exposure,
            seconds_reading=one.seconds,
            seconds_active=hours.get(one.person, 0.0),
            left_out=one.left_out,
        )
        for one in people
    ]
    return sorted(found, key=lambda one: int(one.reader.split()[1]))


def _unnamed(report: RepeatReport, people: Sequence[ReaderSample]) -> RepeatReport:
    known_as = _numbered([one.person for one in people])
    readers = tuple(
        one.model_copy(update={"person": known_as.get(one.person, one.person)})
        for one in report.readers
    )
    return report.model_copy(update={"readers": readers, "changed": ()})


def _unnamed_finders(report: DetectionReport, people: Sequence[ReaderSample]) -> DetectionReport:
    """Leave out what was planted, too: a report may be printed before the round is closed."""
    known_as = _numbered([one.person for one in people])
    readers = tuple(
        one.model_copy(update={"person": known_as.get(one.person, one.person)})
        for one in report.readers
    )
    return report.model_copy(update={"readers": readers, "errors": ()})


class _Facts:
    """Puts what the study knows to the points."""

    def __init__(
        self,
        asked: Sequence[Round],
        tracks: Sequence[TrackSample],
        work: Sequence[ReaderWork],
        agreement: AgreementReport,
        repeats: Sequence[RepeatReport],
        planted: Sequence[DetectionReport],
        flow: FlowCounts,
        swayed: int,
        seed: int,
    ) -> None:
        self._rounds, self._tracks, self._work = asked, tracks, work
        self._agreement, self._repeats, self._flow = agreement, repeats, flow
        self._planted, self._swayed, self._seed = planted, swayed, seed
        self._items = sum(track.items for track in tracks)

    def points(self) -> tuple[Point, ...]:
        """Return the fifteen points in their order."""
        said = (
            self._title(), self._instrument(), self._subjects(), self._raters(), self._rationale(),
            self._sample_size(), self._sampling(), self._process(), self._independence(),
            self._statistics(), self._actual(), self._characteristics(), self._estimates(),
            self._relevance(), self._supplement(),
        )  # fmt: skip
        return tuple(
            Point(number=number, part=asked.part, asks=asked.asks, **given)
            for number, (asked, given) in enumerate(zip(ASKED, said, strict=True), start=1)
        )

    def _title(self) -> dict[str, object]:
        kinds = "interrater and intrarater" if self._repeats else "interrater"
        return {
            "facts": (f"The study measured {kinds} agreement on benchmark items.",),
            "to_fill": ("Title and abstract, with the words reliability or agreement in them.",),
        }

    def _instrument(self) -> dict[str, object]:
        return {
            "facts": (
                "RareReview: a reader sees a case's images and text beside the question and the "
                "answer, gives each claim one of five verdicts (supported, partly supported, "
                "contradicted, not in the evidence, cannot judge), answers fixed checks with yes, "
                "no or unsure, keeps, edits or deletes each criterion of the rubric, flags "
                "leaks, and recommends accept, accept with edits or reject.",
            ),
            "to_fill": ("Which version of the program and of the guidelines' text was used.",),
        }

    def _subjects(self) -> dict[str, object]:
        return {
            "facts": (
                f"Items of a rare-disease multimodal benchmark: {counted(self._items, 'item')} in "
                f"{counted(len(self._tracks), 'track')}; what they are is in point 12.",
            ),
            "to_fill": ("From which cases the items were made, and which were never eligible.",),
        }

    def _raters(self) -> dict[str, object]:
        return {
            "facts": (f"{counted(len(self._work), 'reader')}; see point 12.",),
            "to_fill": ("Which clinicians the readers stand for.",),
        }

    def _rationale(self) -> dict[str, object]:
        return {"to_fill": ("What is known of agreement on such items, and why it is studied.",)}

    def _sample_size(self) -> dict[str, object]:
        rows = [
            (
                round_.name,
                str(round_.items),
                str(round_.readers),
                str(len(round_.persons) + len(round_.left)),
                f"{round_.repeats:.0%}" if round_.repeats is not None else "none",
            )
            for round_ in self._rounds
        ]
        columns = ("Round", "Items", "Readings of each", "Readers", "Repeats of own items")
        table = Table(title="What was planned", columns=columns, rows=tuple(rows))
        return {"tables": (table,), "to_fill": ("How these numbers were arrived at.",)}

    def _sampling(self) -> dict[str, object]:
        facts = [f"{round_.name}: {_selection(round_)}." for round_ in self._rounds]
        facts.append(
            "Readers took the next item that was free; an item never came after a later one of "
            "the same case, nor to somebody with a conflict of interest or who had seen readings."
        )
        return {"facts": tuple(facts), "to_fill": ("How the readers were found and chosen.",)}

    def _process(self) -> dict[str, object]:
        return {
            "facts": tuple(f"{round_.name}: {_manner(round_)}." for round_ in self._rounds),
            "to_fill": ("How readers were trained, and where and on what screens they read.",),
        }

    def _independence(self) -> dict[str, object]:
        exposed = sum(one.after_exposure for one in self._work)
        facts = [
            "Readings were independent: before a reader had sent their own, nothing of others' "
            "readings, rulings or scores was sent to their browser.",
            f"{counted(exposed, 'first submission')} came after their reader had seen others' "
            "readings of the item. Where a reader has a reading from before, that one counts.",
            "All numbers are of readings before adjudication; an adjudicator was never a reader "
            "of the item.",
        ]
        if self._swayed:
            facts.append(
                f"{counted(self._swayed, 'unit')} rest on a ruling made after its author had "
                "looked at what the item does to scores of models. They are marked in gold, and "
                "such rulings count in no statistic of reasons."
            )
        return {"facts": tuple(facts)}

    def _statistics(self) -> dict[str, object]:
        return {
            "facts": (
                "Percent agreement is the mean share of agreeing pairs of readings per unit. "
                "Krippendorff's alpha, Gwet's AC1, Brennan-Prediger and kappas are nominal, over "
                "all declared categories; 'cannot judge' and 'removed' are categories of their "
                "own. A coefficient is undefined where all readings are the same.",
                f"Intervals are 95 % percentile intervals of {RESAMPLES:,} resamples of whole "
                f"items (claims of one item go together), seed {self._seed}; of shares, Wilson's.",
            ),
        }

    def _actual(self) -> dict[str, object]:
        read = sum(track.fully_read for track in self._tracks)
        counts = self._flow
        rows = [(stage, what, f"{number:,}") for stage, what, number in counts.rows()]
        flow = Table(
            title="The way of all items of the study",
            columns=("Stage", "What", "Items"),
            rows=tuple(rows),
            note="Each item is counted once, where it stands now.",
        )
        facts = [
            f"{counted(self._items, 'item')} were asked, {read:,} have all their readings; "
            f"{counted(sum(one.readings for one in self._work), 'reading')} by "
            f"{counted(len(self._work), 'reader')}.",
            *self._excluded(),
        ]
        facts += [
            f"{found.round}: {found.drawn} readings were drawn to be repeated, {found.sent} were, "
            f"{found.compared} are compared."
            for found in self._repeats
        ]
        return {"facts": tuple(facts), "tables": (flow,)}

    def _excluded(self) -> list[str]:
        read, images = self._flow.readings, self._flow.images
        said = [
            (read.left_out, "readings of readers who left are left out"),
            (read.taken_out, "readings are of items taken out of their round"),
            (read.practice, "readings are practice"),
            (read.planted, "readings are of items shown with a planted error"),
            (images.items_forbidden, "items of gold have images that no licence lets pass on"),
        ]
        return [f"{number:,} {words}." for number, words in said if number]

    def _characteristics(self) -> dict[str, object]:
        people = Table(
            title="Readers",
            columns=("Reader", "Specialty", "Years", "Readings", "Hours", "Minutes a reading"),
            rows=tuple(_reader_row(one) for one in self._work),
            note="Hours are of active work: a pause counts for two minutes at most.",
        )
        subjects = Table(
            title="Items",
            columns=("Track", "Items", "Fully read", "Cases", "Images", "Diseases (ORPHA)"),
            rows=tuple(
                (track.track, str(track.items), str(track.fully_read), str(track.cases),
                 str(track.images), str(track.diseases))
                for track in self._tracks
            ),
        )  # fmt: skip
        missing = [one.reader for one in self._work if not one.specialty]
        fill = [f"The specialty of {', '.join(missing)}."] if missing else []
        return {"tables": (people, subjects), "to_fill": tuple(fill)}

    def _estimates(self) -> dict[str, object]:
        tables = [_by_field(self._agreement), _verdicts(self._agreement.verdicts)]
        for found in self._repeats:
            tables += _repeat_tables(found)
        tables += [_planted_table(report) for report in self._planted]
        facts = [self._settled()] if self._agreement.fields else ["No item is fully read yet."]
        return {"facts": tuple(facts), "tables": tuple(t for t in tables if t.rows)}

    def _settled(self) -> str:
        settled = self._agreement.settled
        methods = ", ".join(f"{name} {n:,}" for name, n in settled.methods.items())
        audit = settled.audit
        share = share_in_words(audit.items.value, audit.items.interval)
        said = f"Units by how they came to their value: {methods or 'none'}."
        if audit.items.whole:
            said += (
                f" Of {counted(audit.items.whole, 'item')} nobody disputed that an adjudicator "
                f"looked at, {audit.items.part} were settled otherwise: {share}."
            )
        return said

    def _relevance(self) -> dict[str, object]:
        return {"to_fill": ("What these results mean for the use of the benchmark.",)}

    def _supplement(self) -> dict[str, object]:
        disputed = self._flow.number(Place.DISPUTED)
        return {
            "facts": (
                "Releases can be exported whole (docs/exports.md): each unit with its method, "
                "votes and distribution; the event log proves readings and rulings "
                f"('verify'). {counted(disputed, 'item')} "
                f"{'is' if disputed == 1 else 'are'} still disputed.",
            ),
            "to_fill": ("Where data, guidelines and this report can be had.",),
        }


def _selection(round_: Round) -> str:
    chosen = round_.selection
    track = f"of the track {chosen['track']}" if chosen.get("track") else "of all tracks"
    if chosen.get("sample") is not None:
        drawn = f"a simple random sample of {chosen['sample']} from {chosen.get('of')} items"
        return f"{drawn} {track}, without replacement, seed {round_.seed}"
    if chosen.get("listed") is not None:
        return f"a list of {chosen['listed']} items chosen by the study lead"
    return f"all {round_.items} items {track}"


def _manner(round_: Round) -> str:
    said = [f"{counted(round_.readers, 'independent reading')} of each item"]
    if round_.read_first:
        said.append("each reader wrote down what they saw before answer and rubric were shown")
    if round_.repeats is not None:
        said.append(
            f"{round_.repeats:.0%} of a reader's items came back to them unannounced after at "
            f"least {counted(round_.wash_out_days or 0, 'day')}, as if they were new"
        )
    if round_.planted_errors is not None:
        said.append(
            f"{round_.planted_errors:.1%} of the items were shown with an error put in, in no "
            "other statistic, of which readers were told afterwards"
        )
    if round_.guideline:
        said.append(f"opened under version {round_.guideline} of the guidelines")
    if round_.blind_adjudication:
        said.append("adjudicators gave an own reading before they saw any other")
    rule = round_.routing.name if round_.routing is not None else "every-difference"
    said.append(f"what went to an adjudicator: {rule} rule")
    return "; ".join(said)


def _reader_row(one: ReaderWork) -> tuple[str, ...]:
    each = f"{one.seconds_reading / one.readings / 60:.1f}" if one.readings else "–"
    return (
        f"{one.reader} (left out)" if one.left_out else one.reader,
        one.specialty or "–",
        str(one.years) if one.years is not None else "–",
        str(one.readings),
        f"{one.seconds_active / 3600:.1f}",
        each,
    )


def _by_field(report: AgreementReport) -> Table:
    names = list(dict.fromkeys(c.name for field in report.fields for c in field.coefficients))
    rows = []
    for field in report.fields:
        said = {c.name: c for c in field.coefficients}
        units = max((c.units for c in field.coefficients), default=0)
        numbers = [number_in_words(said[name]) if name in said else "–" for name in names]
        rows.append((field.field.capitalize(), *numbers, str(units)))
    return Table(
        title="Agreement between readers, by field",
        columns=("Field", *map(coefficient_title, names), "Units"),
        rows=tuple(rows),
    )


def _verdicts(coefficients: Sequence[Coefficient]) -> Table:
    rows = [
        (
            coefficient_title(found.name),
            number_in_words(found),
            f"{found.se:.3f}" if found.se is not None else "–",
            str(found.units),
            str(found.raters),
        )
        for found in coefficients
    ]
    return Table(
        title="Agreement between readers on the verdicts of claims",
        columns=("Coefficient", "Estimate (95 % interval)", "Standard error", "Units", "Readers"),
        rows=tuple(rows),
    )


def _repeat_tables(found: RepeatReport) -> list[Table]:
    by_field = Table(
        title=f"Agreement of readers with themselves in {found.round}, by field",
        columns=("Field", "Same again", "Cohen's kappa", "Gwet's AC1", "Units"),
        rows=tuple(
            (
                field.field.capitalize(),
                *_three(field.coefficients),
                str(max((c.units for c in field.coefficients), default=0)),
            )
            for field in found.fields
        ),
    )
    by_reader = Table(
        title=f"The same verdict again in {found.round}, by reader",
        columns=("Reader", "Items", "Verdicts", "Same again (95 % interval)"),
        rows=tuple(
            (
                one.person,
                str(one.items),
                str(one.claims.whole),
                share_in_words(one.claims.value, one.claims.interval),
            )
            for one in found.readers
        ),
    )
    return [by_field, by_reader]


def _planted_table(report: DetectionReport) -> Table:
    rows = [
        *((one.person, one.found, one.untouched) for one in report.readers),
        ("All", report.all, report.untouched),
    ]
    return Table(
        title=f"Planted errors found in {report.round}",
        columns=("Reader", "Read", "Found", "Share (95 % interval)", "Untouched called wrong"),
        rows=tuple(
            (
                who,
                str(found.whole),
                str(found.part),
                share_in_words(found.value, found.interval),
                f"{untouched.part} of {untouched.whole}: "
                + share_in_words(untouched.value, untouched.interval),
            )
            for who, found, untouched in rows
        ),
        note="Found: the claim was called anything but supported, reworded or removed; where "
        "nothing was said of it and it is the whole answer, the answer was called wrong or "
        "corrected. Untouched claims: the other claims of these items, and those of "
        f"{counted(report.compared, 'item')} without an error, by the same rule.",
    )


def _three(coefficients: Sequence[Coefficient]) -> list[str]:
    said = {c.name: number_in_words(c) for c in coefficients}
    return [said.get(name, "–") for name in ("percent_agreement", "cohen_kappa", "gwet_ac1")]
