"""The main line: a file goes in, readers differ, a decision settles, gold comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.errors import NotAllowedError
from src.domain.people import OPERATOR
from src.domain.reasons import Reason
from src.domain.review import CriterionReading, EditReason, Verdict
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench, init, open_workbench
from tests.builders import Clock, actor, item_line, open_round, read_all, write_items


def test_a_file_becomes_gold_through_readings_and_decisions(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """Two readers differ on a verdict and a criterion; an adjudicator rules; a release holds it."""
    path = write_items(tmp_path / "in", [item_line("001"), item_line("002", case="case-2")])
    report = bench.importing.store_file(OPERATOR, path)
    assert (report.new, report.changed, report.unchanged, report.images) == (2, 0, 0, 4)
    open_round(bench)

    delete = CriterionReading(criterion_id="k2", action="delete", reason=EditReason.TOO_VAGUE)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.PARTLY_SUPPORTED, criteria=(delete,))

    disputes = list(bench.adjudicating.disputes(actor("chen")))
    assert {(d.item_id, d.unit) for d in disputes} == {
        (item, unit)
        for item in ("test/diagnosis/001", "test/diagnosis/002")
        for unit in ("claim:c1", "criterion:k2")
    }
    for dispute in disputes:
        choice = next(
            r.reader for r in dispute.readings if "delete" in r.key or r.key == "supported"
        )
        bench.adjudicating.decide(
            actor("chen"),
            Ruling(
                round=dispute.round,
                item_id=dispute.item_id,
                unit=dispute.unit,
                chosen=choice,
                reason=Reason.READER_SLIP,
                input_digest=dispute.input_digest,
            ),
        )
    assert list(bench.adjudicating.disputes(actor("chen"))) == []

    made = bench.releasing.release(actor("lena"), "first")
    assert (made.items, made.left_out) == (2, ())
    gold = bench.releasing.page(actor("lena"), 1)[0]
    assert [c.active for c in gold.body.criteria] == [True, False, True]
    assert gold.rubric_version == 2
    assert gold.body.claims[0].verdict == "supported"
    assert bench.releasing.stale(actor("lena"), 1) == []
    assert bench.browsing.verify(actor("lena")).problems == ()

    first = bench.exporting.export(actor("lena"), 1, tmp_path / "out").files
    again = bench.exporting.export(actor("lena"), 1, tmp_path / "again").files
    assert [(f.path, f.sha256) for f in first] == [(f.path, f.sha256) for f in again]

    init(f"sqlite:///{tmp_path / 'empty.db'}", str(tmp_path / "empty-images"))
    empty = open_workbench(
        f"sqlite:///{tmp_path / 'empty.db'}", str(tmp_path / "empty-images"), clock
    )
    restored = empty.importing.store_file(OPERATOR, tmp_path / "out" / "release-1.jsonl")
    assert restored.problems == ()
    assert restored.release == 1
    back = empty.exporting.export(OPERATOR, 1, tmp_path / "back").files
    assert [(f.path, f.sha256) for f in first] == [(f.path, f.sha256) for f in back]
    assert empty.browsing.verify(OPERATOR).problems == ()


def test_a_reader_never_settles_what_they_read(bench: Workbench, tmp_path: Path) -> None:
    """An adjudicator who is also a reader of the item is refused."""
    path = write_items(tmp_path / "in", [item_line("001")])
    bench.importing.store_file(OPERATOR, path)
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    both = actor("amara").model_copy(update={"roles": actor("amara").roles | actor("chen").roles})
    with pytest.raises(NotAllowedError):
        bench.adjudicating.case(both, "first", "test/diagnosis/001")
