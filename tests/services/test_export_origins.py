"""Where a case comes from and what its licence is, in every format, beside the case itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from pyarrow.parquet import read_table

from src.domain.evidence import ImageBox
from src.domain.exports import ExportFormat
from src.domain.item import Item
from src.domain.people import OPERATOR
from src.domain.review import ClaimReading, Verdict
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, write_items

LENA, AMARA = actor("lena"), actor("amara")
CASES = {
    "one": ("https://example.org/reports/one", "CC BY 4.0"),
    "two": ("Archive of reports, volume 2", "CC BY-NC 3.0"),
}


def rows_of(folder: Path) -> Iterator[str]:
    """Yield the text of all files but the manifest, which names licences for the whole."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".xlsx":
            with ZipFile(path) as workbook:
                yield from (
                    workbook.read(n).decode("utf-8", "replace") for n in workbook.namelist()
                )
        elif path.suffix == ".parquet":
            yield str(read_table(path).drop_columns("images").to_pylist())
        elif path.suffix in {".jsonl", ".json", ".tsv", ".csv"} and "manifest" not in path.name:
            yield path.read_text(encoding="utf-8")


def boxed(item: Item) -> tuple[ClaimReading, ...]:
    """Return verdicts with a box each, so that there is something to write as boxes."""
    box = ImageBox(sha256=item.content.images[0].sha256, x=1, y=1, width=20, height=20)
    return tuple(
        ClaimReading(claim_id=claim.claim_id, verdict=Verdict.SUPPORTED, evidence=(box,))
        for claim in item.claims
    )


@pytest.mark.parametrize("format", list(ExportFormat))
def test_each_case_carries_its_source_and_licence(
    bench: Workbench, tmp_path: Path, format: ExportFormat
) -> None:
    """Exactly as they were imported."""
    lines = [
        item_line(number)
        | {"case": {"case_id": case, "source": CASES[case][0], "licence": CASES[case][1]}}
        for number, case in (("001", "one"), ("002", "two"))
    ]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench, persons=("amara",))
    while (task := bench.reviewing.next_item(AMARA, "first")) is not None:
        bench.reviewing.submit(
            AMARA, "first", task.item.item_id,
            full_reading(task.item, claims=boxed(task.item)), item_version=1,
            idempotency_key=task.item.item_id,
        )  # fmt: skip
    bench.releasing.release(LENA, "one")
    out = tmp_path / "out"
    bench.exporting.export(LENA, 1, out, format)
    written = "\n".join(rows_of(out))
    for source, licence in CASES.values():
        assert source in written
        assert licence in written
