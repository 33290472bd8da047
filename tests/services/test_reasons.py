"""Reasons of decisions lead somewhere: a work list, what was done, and what helped."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.errors import BadInputError, ConflictError, NotFoundError
from src.domain.people import OPERATOR
from src.domain.reasons import FixEffect, Reason, ReasonEntry, Remedy
from src.domain.review import CriterionReading, EditReason, Verdict
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, read_all, statements, write_items

CHEN, LENA = actor("chen"), actor("lena")
REWORD = CriterionReading(
    criterion_id="k1", action="edit", text="Names ECD", reason=EditReason.AMBIGUOUS
)


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give a study of three items on each of which two readers differ twice."""
    lines = [item_line(f"00{n}", case=f"case-{n}", images=[]) for n in range(3)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED, criteria=(REWORD,))
    return bench


def decide(bench: Workbench, **reasons: Reason) -> None:
    """Settle every dispute with Reader A's reading; `reasons` are by kind of unit."""
    for dispute in list(bench.adjudicating.disputes(CHEN)):
        chosen = next(r.reader for r in dispute.readings if "edit" in r.key or r.key == "supported")
        bench.adjudicating.decide(
            CHEN,
            Ruling(
                round=dispute.round,
                item_id=dispute.item_id,
                unit=dispute.unit,
                chosen=chosen,
                reason=reasons[dispute.unit.partition(":")[0]],
            ),
        )


def listed(bench: Workbench, **asked: object) -> list[tuple[str, str, str]]:
    """Return (item, unit, what is asked for) of the work list."""
    found = bench.reasons.work_list(LENA, **asked)  # type: ignore[arg-type]
    return [(e.item_id[-3:], e.unit, e.asks_for.value) for e in found]


def first(bench: Workbench, unit: str) -> ReasonEntry:
    """Return the first open entry on a unit."""
    return next(e for e in bench.reasons.work_list(LENA) if e.unit == unit)


def edit_item(bench: Workbench, folder: Path) -> None:
    """Import a second version of the first item."""
    line = item_line("000", case="case-0", images=[], question="Which disease, by name?")
    report = bench.importing.store_file(OPERATOR, write_items(folder / "edited", [line]))
    assert report.changed == 1


def test_an_item_edit_that_nobody_made_and_a_blank_note_are_refused(
    study: Workbench, tmp_path: Path
) -> None:
    """In words that say what to do; once there is a newer version it is done."""
    decide(study, claim=Reason.MISSING_CONTEXT, criterion=Reason.AMBIGUOUS_WORDING)
    entry = first(study, "claim:c1")
    with pytest.raises(BadInputError, match="The note is blank"):
        study.reasons.answer(LENA, entry.decision_id, Remedy.GUIDELINE_NOTE, " \n")
    with pytest.raises(ConflictError, match="has no newer version"):
        study.reasons.answer(LENA, entry.decision_id, Remedy.ITEM_EDIT)
    assert len(listed(study)) == 6
    edit_item(study, tmp_path)
    assert study.reasons.answer(LENA, entry.decision_id, Remedy.ITEM_EDIT).done


def test_each_decision_asks_for_something_until_it_is_done(
    study: Workbench, tmp_path: Path
) -> None:
    """Who, when and what is a row and an event; it can be opened again, once."""
    assert listed(study) == []
    decide(study, claim=Reason.MISSING_CONTEXT, criterion=Reason.AMBIGUOUS_WORDING)
    assert sorted(listed(study)) == [
        (item, unit, asks)
        for item in ("000", "001", "002")
        for unit, asks in (("claim:c1", "item_edit"), ("criterion:k1", "rubric_edit"))
    ]
    entry = first(study, "claim:c1")
    edit_item(study, tmp_path)

    done = study.reasons.answer(LENA, entry.decision_id, Remedy.ITEM_EDIT, "In version 2.")

    assert (done.done, done.remedy, done.person, done.note) == (
        True,
        Remedy.ITEM_EDIT,
        "lena",
        "In version 2.",
    )
    assert done.at is not None
    assert len(listed(study)) == 5
    assert listed(study, done=True) == [("000", "claim:c1", "item_edit")]
    counts = {c.asks_for: (c.open, c.done) for c in study.reasons.counts(LENA)}
    assert counts[Remedy.ITEM_EDIT] == (2, 1)
    assert counts[Remedy.RUBRIC_EDIT] == (3, 0)
    with pytest.raises(ConflictError, match="answered already"):
        study.reasons.answer(LENA, entry.decision_id, Remedy.GUIDELINE_NOTE)
    assert study.reasons.reopen(LENA, entry.decision_id).done is False
    with pytest.raises(ConflictError, match="is open"):
        study.reasons.reopen(LENA, entry.decision_id)
    assert len(listed(study)) == 6
    assert study.browsing.verify(OPERATOR).problems == ()
    kinds = [event.kind for event in study.browsing.log(LENA)][:2]
    assert kinds == ["reason.reopened", "reason.answered"]


def test_a_list_turns_its_pages_and_is_narrowed(study: Workbench) -> None:
    """By what is asked for; page by page nothing is lost or shown twice."""
    decide(study, claim=Reason.READER_SLIP, criterion=Reason.RUBRIC_GAP)
    whole = study.reasons.work_list(LENA)
    pages, after = [], None
    while page := study.reasons.work_list(LENA, after=after, size=2):
        pages += page
        after = page[-1].place
    assert pages == whole
    assert {unit for _, unit, _ in listed(study, asks_for=Remedy.RUBRIC_EDIT)} == {"criterion:k1"}
    assert listed(study, asks_for=Remedy.IMAGE_REPLACED) == []
    with statements(study) as ran:
        study.reasons.work_list(LENA, size=3)
    assert len(ran) < 4


def test_a_later_decision_takes_the_place_of_an_earlier_one(study: Workbench) -> None:
    """What the earlier one asked for is no longer on the list, and cannot be answered."""
    decide(study, claim=Reason.READER_SLIP, criterion=Reason.RUBRIC_GAP)
    entry = first(study, "claim:c1")
    again = Ruling(
        round="first",
        item_id=entry.item_id,
        unit=entry.unit,
        chosen="A",
        reason=Reason.IMAGE_QUALITY,
    )
    study.adjudicating.decide(CHEN, again)
    assert first(study, "claim:c1").asks_for is Remedy.IMAGE_REPLACED
    assert len(listed(study)) == 6
    with pytest.raises(NotFoundError, match="took its place"):
        study.reasons.answer(LENA, entry.decision_id, Remedy.GUIDELINE_NOTE)
    with pytest.raises(BadInputError, match="at most"):
        study.reasons.answer(
            LENA, first(study, "claim:c1").decision_id, Remedy.ITEM_EDIT, "x" * 2_001
        )


def test_kept_as_ambiguous_is_in_gold_with_what_the_readers_said(study: Workbench) -> None:
    """By the reason, or because the lead says so; saying so makes an earlier release stale."""
    decide(study, claim=Reason.TRUE_CLINICAL_AMBIGUITY, criterion=Reason.RUBRIC_GAP)
    study.releasing.release(LENA)
    gold = study.releasing.page(LENA, 1)[0]
    assert gold.ambiguous == ("claim:c1",)
    unit = gold.body.units[0]
    assert unit.distribution == {"contradicted": 0.5, "supported": 0.5}
    assert study.releasing.stale(LENA, 1) == []

    entry = first(study, "criterion:k1")
    study.reasons.answer(LENA, entry.decision_id, Remedy.KEPT_AS_AMBIGUOUS)

    [stale] = study.releasing.stale(LENA, 1)
    assert [change.what for change in stale.changes] == ["criterion:k1"]
    study.releasing.release(LENA)
    assert study.releasing.page(LENA, 2)[0].ambiguous == ("claim:c1", "criterion:k1")


def test_the_report_tells_reasons_by_track_criterion_and_version_and_what_helped(
    study: Workbench,
) -> None:
    """The release publishes new words; read again under them, both readers keep them."""
    decide(study, claim=Reason.READER_SLIP, criterion=Reason.AMBIGUOUS_WORDING)
    report = study.reasons.report(LENA)
    assert [(c.track, c.rubric_version, c.reason, c.decisions) for c in report.by_track] == [
        ("diagnosis", 1, Reason.AMBIGUOUS_WORDING, 3),
        ("diagnosis", 1, Reason.READER_SLIP, 3),
    ]
    assert {(c.unit, c.reason, c.decisions) for c in report.by_criterion} == {
        ("criterion:k1", Reason.AMBIGUOUS_WORDING, 1)
    }
    assert len(report.by_criterion) == 3
    assert report.fixes == ()
    study.releasing.release(LENA)
    open_round(study, "second", ("dalia", "amara"), item_ids=("test/diagnosis/000",))
    read_all(study, "dalia", "second")
    read_all(study, "amara", "second", verdict=Verdict.PARTLY_SUPPORTED)

    assert study.reasons.report(LENA).fixes == (
        FixEffect(reason=Reason.AMBIGUOUS_WORDING, units=1, before=0.0, after=1.0),
        FixEffect(reason=Reason.READER_SLIP, units=1, before=0.0, after=0.0),
    )


def test_a_lead_who_may_still_read_an_item_sees_nothing_of_its_decisions(
    study: Workbench,
) -> None:
    """They lead and read: an item of a round they can still read is passed over."""
    decide(study, claim=Reason.READER_SLIP, criterion=Reason.RUBRIC_GAP)
    open_round(study, "second", ("dalia",), item_ids=("test/diagnosis/001",))
    study.people.set_roles(OPERATOR, "dalia", actor("dalia").roles | LENA.roles)
    dalia = study.people.actor("dalia")
    seen = {entry.item_id[-3:] for entry in study.reasons.work_list(dalia, size=1_000)}
    assert seen == {"000", "002"}
    page = study.reasons.work_list(dalia, size=3)
    assert [entry.item_id[-3:] for entry in page] == ["000", "000", "002"]
