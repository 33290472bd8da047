"""The report on leaks: where each item stands, and how far scan and readers agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from src.domain.errors import NotAllowedError
from src.domain.evidence import span_of
from src.domain.item import Track
from src.domain.leak_status import LeakStatus, Said
from src.domain.leakage import (
    DismissReason,
    Hit,
    HitDismissal,
    Layer,
    LeakageFlag,
    LeakKind,
    LeakPlace,
)
from src.domain.people import OPERATOR, Actor
from src.domain.reasons import Reason
from src.services import leakage_report
from src.services.adjudicating import Ruling
from src.services.leakage_report import ScanAgreement
from src.services.progress import Progress, WorkStopped
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, write_items

TOLD = "A biopsy in another hospital had confirmed Erdheim-Chester disease in this woman."
PLAIN = "A 54-year-old woman with bone pain. Bilateral perirenal soft tissue."
ONE, TWO, THREE = "test/diagnosis/001", "test/diagnosis/002", "test/diagnosis/003"
UNIT = "flag:answer_in_text:context"
LENA = actor("lena")


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give a scanned study: one item tells its answer, the others do not."""
    lines = [
        item_line("001", context=TOLD),
        item_line("002", case="case-2", context=PLAIN),
        item_line("003", case="case-3", context=PLAIN),
    ]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    bench.scanning.scan(OPERATOR)
    return bench


def answer_hits(study: Workbench, item_id: str = ONE) -> Sequence[Hit]:
    """Return the strong hits in an item's context."""
    found = study.scanning.hits(OPERATOR, item_id)
    return [hit for hit in found if hit.field == "context" and not hit.low]


def on_words() -> LeakageFlag:
    """Return a flag on the words that give the first item away."""
    start = TOLD.index("Erdheim")
    span = span_of("context", TOLD, start, start + len("Erdheim-Chester disease"))
    place = LeakPlace(field="context", span=span)
    return LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=place)


def reads(
    study: Workbench,
    person: str,
    said: dict[str, dict[str, Any]] | None = None,
    round_name: str = "first",
) -> None:
    """Let a person read all items of the round; `said` is what they add, by item."""
    while (task := study.reviewing.next_item(actor(person), round_name)) is not None:
        item = task.item
        study.reviewing.submit(
            actor(person),
            round_name,
            item.item_id,
            full_reading(item, **(said or {}).get(item.item_id, {})),
            item_version=item.version,
            idempotency_key=f"{person}-{item.item_id}-{round_name}",
        )


def status_of(study: Workbench, item_id: str) -> LeakStatus:
    """Return where an item stands in the list."""
    lines = study.leakage.page(LENA).lines
    return next(line.standing.status for line in lines if line.item_id == item_id)


def line(scan: Sequence[ScanAgreement], **of: Any) -> ScanAgreement:
    """Return one line of the agreement of the scan with the readers."""
    wanted = {"layer": None, "method": None, "low": False, **of}
    return next(
        one for one in scan if all(getattr(one, name) is value for name, value in wanted.items())
    )


def test_before_anything_is_known_an_item_is_neither_clean_nor_suspected(
    bench: Workbench, tmp_path: Path
) -> None:
    """Not looked at is no status."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    counts = bench.leakage.counts(LENA)
    assert (counts.imported, counts.unknown, counts.tallies) == (1, 1, ())
    assert bench.leakage.page(LENA).lines == ()
    assert bench.leakage.item(LENA, ONE).known is None


def test_a_hit_makes_an_item_suspected_and_no_hit_clean(study: Workbench) -> None:
    """From the scan alone, the worst first."""
    page = study.leakage.page(LENA)
    assert [(item.item_id, item.standing.status) for item in page.lines] == [
        (ONE, LeakStatus.SUSPECTED),
        (TWO, LeakStatus.CLEAN),
        (THREE, LeakStatus.CLEAN),
    ]
    counts = study.leakage.counts(LENA)
    assert counts.of(LeakStatus.SUSPECTED, track=Track.DIAGNOSIS) == 1
    assert counts.of(LeakStatus.SUSPECTED, layer=Layer.TEXT) == 1
    assert counts.of(LeakStatus.SUSPECTED, layer=Layer.NAMES) == 0
    assert counts.of(LeakStatus.CLEAN) == 2


def test_a_dismissed_hit_leaves_an_item_clean(study: Workbench) -> None:
    """One reader says why it is no leak, and nobody flags it."""
    dismissed = tuple(
        HitDismissal(hit_id=hit.hit_id, reason=DismissReason.TOO_GENERAL)
        for hit in study.scanning.hits(OPERATOR, ONE)
    )
    open_round(study)
    reads(study, "amara", {ONE: {"dismissed": dismissed}})
    assert status_of(study, ONE) is LeakStatus.SUSPECTED
    reads(study, "benoit")
    assert status_of(study, ONE) is LeakStatus.CLEAN


def test_readers_who_differ_suspect_who_agree_confirm_and_a_ruling_resolves(
    study: Workbench,
) -> None:
    """The list follows each step."""
    open_round(study)
    reads(study, "amara", {ONE: {"flags": (on_words(),)}, TWO: {"flags": (whole(),)}})
    reads(study, "benoit", {ONE: {"flags": (on_words(),)}})
    assert status_of(study, ONE) is LeakStatus.CONFIRMED
    assert status_of(study, TWO) is LeakStatus.SUSPECTED
    ruling = Ruling(
        round="first", item_id=TWO, unit=UNIT, chosen="remove", reason=Reason.READER_SLIP
    )
    study.adjudicating.decide(actor("chen"), ruling)
    assert status_of(study, TWO) is LeakStatus.RESOLVED
    confirmed = study.leakage.page(LENA, status=LeakStatus.CONFIRMED)
    assert [item.item_id for item in confirmed.lines] == [ONE]
    assert study.leakage.page(LENA, layer=Layer.IMAGE_TEXT).lines == ()


def whole() -> LeakageFlag:
    """Return a flag on the whole context."""
    return LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))


def test_pages_go_on_where_the_last_one_ended(study: Workbench) -> None:
    """Across the border of two statuses."""
    seen, after = [], (-1, "")
    while True:
        page = study.leakage.page(LENA, after=after, size=1)
        seen += [item.item_id for item in page.lines]
        if page.after is None:
            break
        after = page.after
    assert seen == [ONE, TWO, THREE]


def test_flags_are_shown_as_counts_and_only_when_all_have_read(study: Workbench) -> None:
    """Before that the item shows its hits and nothing that a reader said."""
    open_round(study)
    reads(study, "amara", {ONE: {"flags": (on_words(),)}})
    known = study.leakage.item(LENA, ONE).known
    assert known is not None
    assert known.standing.units == ()
    assert {one.said for one in known.standing.hits} == {Said.NOTHING}
    reads(study, "benoit", {ONE: {"flags": (on_words(),)}})
    known = study.leakage.item(LENA, ONE).known
    assert known is not None
    (unit,) = known.standing.units
    assert (unit.flagged, unit.readers, unit.found) == (2, 2, True)
    assert "amara" not in known.model_dump_json()


def test_who_has_opened_an_items_flags_gets_no_slot_on_it(study: Workbench) -> None:
    """It is remembered as when its readings are shown; an unread item is not."""
    both = Actor(person_id="dalia", roles=LENA.roles)
    study.leakage.item(both, TWO)
    open_round(study)
    reads(study, "amara")
    reads(study, "benoit")
    study.leakage.item(both, ONE)
    open_round(study, "second", persons=("dalia",))
    assert read_by(study, "dalia", "second") == {TWO, THREE}


def read_by(study: Workbench, person: str, round_name: str) -> set[str]:
    """Return what comes to a person in a round."""
    seen = set()
    while (task := study.reviewing.next_item(actor(person), round_name)) is not None:
        seen.add(task.item.item_id)
        study.reviewing.submit(
            actor(person),
            round_name,
            task.item.item_id,
            full_reading(task.item),
            item_version=task.item.version,
            idempotency_key=f"{person}-{round_name}-{task.item.item_id}",
        )
    return seen


def test_a_lead_who_reads_learns_of_an_item_once_they_have_read_it(study: Workbench) -> None:
    """Neither in a list, nor a count, nor a statistic, before."""
    both = Actor(person_id="amara", roles=LENA.roles | actor("amara").roles)
    assert len(study.leakage.page(both).lines) == 3
    open_round(study)
    assert study.leakage.page(both).lines == ()
    assert study.leakage.counts(both).tallies == ()
    with pytest.raises(NotAllowedError):
        study.leakage.item(both, ONE)
    reads(study, "amara")
    assert len(study.leakage.page(both).lines) == 3


def test_the_scan_is_measured_by_what_readers_settled(study: Workbench) -> None:
    """Every strong hit of the first item is confirmed; the second item's leak was not found."""
    missed = LeakageFlag(kind=LeakKind.GIVE_AWAY_PHRASE, place=LeakPlace(field="question"))
    said = {ONE: {"flags": (on_words(),)}, TWO: {"flags": (missed,)}}
    open_round(study)
    reads(study, "amara", said)
    reads(study, "benoit", said)
    found = study.leakage.statistics(LENA)
    whole_scan = line(found.scan)
    confirmed = whole_scan.said[Said.CONFIRMED]
    assert (found.items, found.scanned) == (3, 3)
    assert confirmed >= 1
    assert (whole_scan.precision.part, whole_scan.precision.whole) == (confirmed, confirmed)
    assert (whole_scan.recall.part, whole_scan.recall.whole) == (1, 2)
    text = line(found.scan, layer=Layer.TEXT)
    assert (text.recall.part, text.recall.whole) == (1, 2)
    assert line(found.scan, layer=Layer.IMAGE_TEXT).recall.value is None


def test_a_leak_confirmed_before_masks_counts_once_the_masked_version_is_read(
    study: Workbench,
) -> None:
    """The newest round flags nothing, for there is nothing left; the scan was right."""
    open_round(study)
    for person in ("amara", "benoit"):
        reads(study, person, {ONE: {"flags": (on_words(),)}})
    before = line(study.leakage.statistics(LENA).scan)
    proposed = study.masking.propose(LENA, ONE)
    study.masking.apply(LENA, ONE, [mask.mask_id for mask in proposed.masks])
    open_round(study, "second")
    for person in ("amara", "benoit"):
        reads(study, person, round_name="second")

    after = study.leakage.statistics(LENA)

    assert (before.found, before.leaks) == (1, 1)
    assert (line(after.scan).found, line(after.scan).leaks) == (1, 1)
    assert line(after.scan).said.get(Said.CONFIRMED) == before.said.get(Said.CONFIRMED)
    assert (after.items, after.scanned) == (3, 3)


@pytest.mark.parametrize("confirmed_in", ["first", "second"])
def test_a_hit_counts_once_and_a_dismissal_only_where_no_round_confirmed_it(
    study: Workbench, confirmed_in: str
) -> None:
    """In whichever round; two rounds of the same version double neither hits nor leaks."""
    dismissed = tuple(
        HitDismissal(hit_id=hit.hit_id, reason=DismissReason.TOO_GENERAL)
        for hit in study.scanning.hits(OPERATOR, ONE)
    )
    hits = len(answer_hits(study))
    for name in ("first", "second"):
        open_round(study, name)
        own = {"flags": (on_words(),)} if name == confirmed_in else {"dismissed": dismissed}
        for person in ("amara", "benoit"):
            reads(study, person, {ONE: own}, name)

    scan = line(study.leakage.statistics(LENA).scan)

    assert (scan.found, scan.leaks) == (1, 1)
    assert sum(scan.said.values()) == hits
    assert scan.said.get(Said.CONFIRMED, 0) >= 1
    assert all(said in (Said.CONFIRMED, Said.DISMISSED) for said, n in scan.said.items() if n)


def test_readers_are_compared_spot_by_spot_and_item_by_item(study: Workbench) -> None:
    """One spot of two is flagged by both; of three items, two are judged alike."""
    open_round(study)
    reads(study, "amara", {ONE: {"flags": (on_words(),)}, TWO: {"flags": (whole(),)}})
    reads(study, "benoit", {ONE: {"flags": (on_words(),)}})
    spots, items = study.leakage.statistics(LENA).readers
    assert (spots.percent.value, spots.percent.units) == (0.5, 2)
    assert items.percent.value == pytest.approx(2 / 3)
    assert items.interval is not None
    assert items.interval[0] <= 2 / 3 <= items.interval[1]
    assert items.alpha.value is not None


def test_without_readings_no_number_is_made_up(study: Workbench) -> None:
    """Undefined is None, never zero."""
    found = study.leakage.statistics(LENA)
    assert found.items == 0
    assert line(found.scan).precision.value is None
    assert all(one.percent.value is None and one.interval is None for one in found.readers)


def test_a_study_from_before_is_counted_once(study: Workbench) -> None:
    """And can be stopped and begun again."""
    assert not study.leakage.is_counted(LENA)
    assert study.leakage.count_anew(LENA) == 3
    assert study.leakage.is_counted(LENA)


def test_statistics_stop_when_asked(study: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first stretch of items."""
    monkeypatch.setattr(leakage_report, "AT_ONCE", 1)
    open_round(study)
    reads(study, "amara")
    reads(study, "benoit")
    heard: list[Progress] = []

    def watch(progress: Progress) -> bool:
        heard.append(progress)
        return False

    with pytest.raises(WorkStopped):
        study.leakage.statistics(LENA, watch)
    assert [(progress.done, progress.total) for progress in heard] == [(1, 3)]


def test_only_leads_and_adjudicators_get_the_report(study: Workbench) -> None:
    """A reader, an evaluator and a stranger get nothing."""
    for person in ("amara", "emil", "stranger"):
        for ask in (study.leakage.counts, study.leakage.page, study.leakage.statistics):
            with pytest.raises(NotAllowedError):
                ask(actor(person))
