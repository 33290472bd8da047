"""The main line on real, openly licensed images and rare-disease cases, in the benchmark's shape.

None of it is MMRareBench: no row of that benchmark could be had. The chest radiographs are of
COVID-19 patients; the case texts are made of phenopackets with ORPHA codes. They stand side by
side here only to send real files through every station.
"""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from src.domain.evidence import ImageBox, WholeImage, span_of
from src.domain.item import Item, Track
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR
from src.domain.reasons import Reason
from src.domain.review import (
    Check,
    CheckAnswer,
    ClaimReading,
    Confidence,
    CriterionReading,
    EditReason,
    Recommendation,
    ReviewBody,
    Verdict,
)
from src.domain.units import units_of
from src.services.adjudicating import Ruling
from src.services.settling import settle_item
from src.services.workbench import Workbench, init, open_workbench
from tests.builders import actor, open_round

DATA = Path(__file__).parents[3] / "shared" / "data"
READERS = ("amara", "benoit", "dalia")
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"no real data at {DATA}: it is handed out beside the project"
)


def cases() -> Iterator[dict[str, Any]]:
    """Yield phenopackets with an ORPHA code."""
    with (DATA / "cases/phenopackets_orpha.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            if case["orpha_code"] and len(case["features"]) >= 5:
                yield case


def text_of(case: dict[str, Any]) -> str:
    """Return a case text made of a phenopacket's features, its line breaks mixed."""
    seen = [f["label"] for f in case["features"] if not f["excluded"]]
    absent = [f["label"] for f in case["features"] if f["excluded"]]
    text = f"A {str(case['sex']).lower()} patient.\r\nFindings: {'; '.join(seen)}."
    return text + (f"\nNot found: {'; '.join(absent)}." if absent else "")


def write_table(path: Path, rows: Sequence[dict[str, str]]) -> None:
    """Write a table as the benchmark's own program does: tabs, everything quoted."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(
            out, list(rows[0]), delimiter="\t", quoting=csv.QUOTE_ALL, lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(rows)


def common(number: int, case: dict[str, Any], pictures: Sequence[Path]) -> dict[str, str]:
    """Return the columns all tracks have, the images in base64."""
    return {
        "index": f"{number:03d}",
        "question": "Which rare disease explains these findings?",
        "context": text_of(case),
        "image": json.dumps([base64.b64encode(p.read_bytes()).decode() for p in pictures]),
        "image_path": json.dumps([p.name for p in pictures]),
        "primary_modality": "radiograph",
        "pmcid": f"PMC{9_000_000 + number}",
    }


def write_tables(folder: Path) -> tuple[list[Path], dict[str, list[Path]]]:
    """Write the four tables; return them, and the pictures of each item."""
    images = DATA / "images"
    chests = [sorted(p.glob("*.png")) for p in sorted((images / "hannover_cxr").iterdir())]
    chests = [pictures for pictures in chests if len(pictures) > 2][:4]
    breasts = [sorted((images / "mimbcd_breast" / p).glob("*.png")) for p in ("p1", "p2")]
    figures = sorted((images / "multicare_ccby_thumbs").glob("*.png"))
    traces = sorted((images / "ecg").glob("*.png"))
    source = cases()
    pictures_of: dict[str, list[Path]] = {}

    def rows(track: str, groups: Sequence[list[Path]]) -> Iterator[tuple[dict[str, str], Any]]:
        for number, (group, case) in enumerate(
            zip(groups, islice(source, len(groups)), strict=True)
        ):
            pictures_of[f"mmrarebench/{track}/{number:03d}"] = list(group)
            yield common(number, case, group), case

    diagnosis = [
        row
        | {
            "answer": case["orpha_term"],
            "answer_aliases": json.dumps([case["cohort"]]),
            "category": "rare",
            "ORPHA_code": case["orpha_code"],
        }
        for row, case in rows("diagnosis", chests)
    ]
    treatment = [
        row
        | {
            "answer": "Refer to a centre. Treat the leading symptom first. Control after 6 weeks.",
            "rubric_must_include": json.dumps(["Names a centre", "Names a control"]),
            "rubric_must_not": json.dumps(["Operates at once"]),
        }
        for row, case in rows("treatment", breasts)
    ]
    crossmodal = [
        row
        | {
            "answer": "Both figures show the same process.",
            "figure_mapping": json.dumps({f"Figure {n}": p.name for n, p in enumerate(pair, 1)}),
            "golden_mainline": json.dumps(
                [{"claim": "Figure 1 shows it."}, {"claim": "So does 2."}]
            ),
            "relation_type": "confirm",
        }
        for (row, case), pair in zip(
            rows("crossmodal", [figures[:2], figures[2:4], figures[4:8]]),
            (figures[:2], figures[2:4], figures[4:8]),
            strict=True,
        )
    ]
    examination = [
        row
        | {
            "answer": "- A twelve-lead trace.\n- A panel of genes.",
            "key_test_names": json.dumps(["Twelve-lead trace", "Gene panel"]),
            "red_flags_to_rule_out": json.dumps(["Arrhythmia"]),
            "must_not": json.dumps(["Exercise test without supervision"]),
        }
        for row, case in rows("examination", [[trace] for trace in traces])
    ]
    names = ("diagnosis_opened", "treatment_plan", "crossmodal_comparison", "examination_workup")
    paths = [folder / f"{name}.tsv" for name in names]
    tables = (diagnosis, treatment, crossmodal, examination)
    for path, table in zip(paths, tables, strict=True):
        write_table(path, table)
    return paths, pictures_of


def reading(item: Item, reader: int) -> ReviewBody:
    """Return what a scripted reader says: the third one differs on claims, checks and rubric."""
    contrary = reader == 2
    image = item.content.images[0]
    span = span_of("context", item.content.context, 2, 10)
    evidence = (
        WholeImage(sha256=image.sha256),
        ImageBox(sha256=image.sha256, x=5 + reader, y=7, width=40, height=30, label="here"),
        span,
    )
    verdict = Verdict.PARTLY_SUPPORTED if contrary else Verdict.SUPPORTED
    flag = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context", span=span))
    return ReviewBody(
        claims=tuple(
            ClaimReading(claim_id=c.claim_id, verdict=verdict, evidence=evidence)
            for c in item.claims
        ),
        checks={
            Check.ANSWER_CORRECT: CheckAnswer.YES,
            Check.UNSAFE: CheckAnswer.NO,
            Check.QUESTION_CLEAR: CheckAnswer.NO if contrary else CheckAnswer.YES,
        },
        criteria=tuple(
            CriterionReading(
                criterion_id=c.criterion_id, action="delete", reason=EditReason.TOO_VAGUE
            )
            for c in item.criteria[:1]
            if contrary
        ),
        flags=(flag,) if contrary else (),
        recommendation=Recommendation.ACCEPT,
        confidence=Confidence.HIGH,
    )


def test_real_images_and_cases_go_through_every_station(bench: Workbench, tmp_path: Path) -> None:
    """Four tables in; three readers differ; a decision on each; gold out and in again."""
    paths, pictures_of = write_tables(tmp_path)
    for path in paths:
        report = bench.importing.store_file(OPERATOR, path)
        assert report.problems == ()
    assert sum(bench.browsing.counts(OPERATOR).values()) == len(pictures_of)
    assert_pictures_kept(bench, pictures_of)

    open_round(bench, persons=READERS)
    for number, reader in enumerate(READERS):
        while (task := bench.reviewing.next_item(actor(reader), "first")) is not None:
            bench.reviewing.submit(
                actor(reader),
                "first",
                task.item.item_id,
                reading(task.item, number),
                item_version=task.item.version,
                idempotency_key=f"{reader}/{task.item.item_id}",
            )
    assert share_differing(bench, list(pictures_of)) >= 0.2

    for dispute in list(bench.adjudicating.disputes(actor("chen"))):
        majority = max(
            dispute.readings, key=lambda r: [q.key for q in dispute.readings].count(r.key)
        )
        bench.adjudicating.decide(
            actor("chen"),
            Ruling(
                round="first",
                item_id=dispute.item_id,
                unit=dispute.unit,
                chosen=majority.reader,
                reason=Reason.READER_SLIP,
                input_digest=dispute.input_digest,
            ),
        )
    made = bench.releasing.release(actor("lena"))
    assert (made.items, made.left_out) == (len(pictures_of), ())
    written = bench.exporting.export(actor("lena"), 1, tmp_path / "out").files
    assert_same_after_import(tmp_path, [(f.path, f.sha256) for f in written])
    assert bench.browsing.verify(actor("lena")).problems == ()


def assert_pictures_kept(bench: Workbench, pictures_of: dict[str, list[Path]]) -> None:
    """Compare every stored picture with its original, pixel for pixel."""
    for item_id, pictures in pictures_of.items():
        item = bench.browsing.item(OPERATOR, item_id).item
        assert [i.original_name for i in item.content.images] == [p.name for p in pictures]
        for image, original in zip(item.content.images, pictures, strict=True):
            kept = bench.store.open(image.sha256, "full", raw=True).path
            with Image.open(io.BytesIO(original.read_bytes())) as a, Image.open(kept) as b:
                assert (a.size, a.mode, a.tobytes()) == (b.size, b.mode, b.tobytes())


def share_differing(bench: Workbench, item_ids: Sequence[str]) -> float:
    """Return the share of units on which the readers differ."""
    with bench.database.reading() as t:
        found = [settle_item(t, "first", item_id) for item_id in item_ids]
    units = [unit for item in found for unit in units_of(item.item, item.reviews)]
    return sum(not unit.agreed for unit in units) / len(units)


def assert_same_after_import(tmp_path: Path, written: list[tuple[str, str]]) -> None:
    """Import the release into an empty database and export it again: the same bytes."""
    url, store = f"sqlite:///{tmp_path / 'empty' / 'review.db'}", str(tmp_path / "empty-images")
    init(url, store)
    empty = open_workbench(url, store)
    report = empty.importing.store_file(OPERATOR, tmp_path / "out" / "release-1.jsonl")
    assert report.problems == ()
    back = empty.exporting.export(OPERATOR, 1, tmp_path / "back").files
    assert [(f.path, f.sha256) for f in back] == written
    tracks = {Track(name) for name in empty.browsing.counts(OPERATOR)}
    assert tracks == {Track.DIAGNOSIS, Track.TREATMENT, Track.CROSSMODAL, Track.EXAMINATION}
    empty.close()
