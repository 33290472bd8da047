"""What the study's own work costs: import, next item, submit, release, export.

Bench items have 4 images, 6 claims, 8 criteria and 6,000 characters of context, as the design
sets them. `python manage.py bench study` prints one JSON line a figure.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from db import events, images, items
from src.domain.canonical import text_sha256
from src.domain.derivation import Point, make_claims, make_criteria
from src.domain.image import ImageRecord
from src.domain.item import CaseRecord, Item, ItemContent, ItemImage, Track, item_id_of
from src.domain.people import OPERATOR, Actor, Person, Role
from src.domain.review import (
    Check,
    CheckAnswer,
    ClaimReading,
    Confidence,
    Recommendation,
    ReviewBody,
    Verdict,
)
from src.images.workshop import Prepared, Workshop
from src.services.assigning import RoundPlan
from src.services.workbench import Workbench, init, open_workbench

SMALL, LARGE = 1_756, 17_560
CYCLES = 200
CHARACTERS = 6_000
READER = Actor(person_id="amara", roles=frozenset({Role.REVIEWER}))
SENTENCE = "The lesion is of low signal on the first sequence and enhances late. "


def run() -> Iterator[dict[str, Any]]:
    """Yield every figure of this file."""
    yield import_figure()
    by_size = {}
    for size in (SMALL, LARGE):
        with tempfile.TemporaryDirectory(prefix="rare-review-bench-") as folder:
            bench = make_study(Path(folder), size)
            by_size[size] = reading_figures(bench, size)
            yield by_size[size]
            if size == SMALL:
                yield export_figure(bench, Path(folder))
            bench.close()
    yield {
        "bench": "growth",
        "next_item_ratio": _ratio(by_size, "next_item_ms"),
        "submit_ratio": _ratio(by_size, "submit_ms"),
        "target": "at most 1.2",
    }


def _ratio(by_size: dict[int, dict[str, Any]], name: str) -> float:
    return round(float(by_size[LARGE][name]) / float(by_size[SMALL][name]), 3)


def import_figure(rows: int = 60) -> dict[str, Any]:
    """Measure the whole import of a table with JPEGs of 1200x900 in base64."""
    with tempfile.TemporaryDirectory(prefix="rare-review-bench-") as name:
        folder = Path(name)
        path = folder / "treatment_plan.tsv"
        _write_table(path, rows)
        bench = _empty(folder)
        started = time.perf_counter()
        report = bench.importing.store_file(OPERATOR, path)
        seconds = time.perf_counter() - started
        bench.close()
        assert report.accepted, report.problems
        return {
            "bench": "import",
            "items": report.new,
            "images": report.images,
            "file_mb": round(path.stat().st_size / 1e6, 1),
            "images_per_s": round(report.images / seconds, 1),
            "items_per_s": round(report.new / seconds, 1),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            "target": "at least 30 images/s, under 500 MB",
        }


def _write_table(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter="\t", quoting=csv.QUOTE_ALL, lineterminator="\n")
        columns = ["index", "question", "answer", "context", "image", "rubric_must_include"]
        writer.writerow(columns)
        for row in range(rows):
            pictures = [_jpeg(row * 4 + n) for n in range(4)]
            cell = json.dumps([base64.b64encode(picture).decode() for picture in pictures])
            include = json.dumps(["Names the drug", "Names the dose"])
            writer.writerow([str(row), "How?", SENTENCE * 4, SENTENCE * 80, cell, include])


def _jpeg(seed: int) -> bytes:
    noise = np.random.default_rng(seed).normal(128, 30, (90, 120, 3)).clip(0, 255)
    picture = Image.fromarray(noise.astype(np.uint8)).resize((1200, 900), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


def place_of(folder: Path) -> tuple[str, str]:
    """Return the database and the image store of a study in a folder."""
    return f"sqlite:///{folder / 'review.db'}", str(folder / "images")


def _empty(folder: Path) -> Workbench:
    url, store = place_of(folder)
    init(url, store)
    bench = open_workbench(url, store)
    for person_id, role in (("amara", Role.REVIEWER), ("lena", Role.LEAD)):
        person = Person(person_id=person_id, display_name=person_id, roles=frozenset({role}))
        bench.people.add(OPERATOR, person)
    return bench


def make_study(
    folder: Path, size: int, pictures: int = 4, characters: int = CHARACTERS
) -> Workbench:
    """Return a study with bench items and one open round over all of them.

    Each item has four of the pictures; with more than four, neighbours have different ones.
    """
    bench = _empty(folder)
    records = tuple(_record(bench, n) for n in range(pictures))
    with bench.database.transaction() as t:
        images.add_missing(t, records)
    for start in range(0, size, 500):
        chunk = [_item(n, records, characters) for n in range(start, min(size, start + 500))]
        at = bench.clock()
        with bench.database.transaction() as t:
            items.add_versions(t, chunk, at)
            links = [
                events.proof_of(kind, "operator", row)
                for item in chunk
                for kind, row in (
                    ("item.imported", items.version_row(item, at)),
                    ("rubric.imported", items.rubric_row(item, at)),
                )
            ]
            events.append_all(t, links, at)
    bench.assigning.create(OPERATOR, RoundPlan(name="bench", readers=1, persons=("amara",), seed=1))
    return bench


def _record(bench: Workbench, number: int) -> ImageRecord:
    """Store one real image for all items to share, and return what is known of it."""
    with bench.store.stage() as staging, Workshop(staging.folder) as workshop:
        ((_, result),) = workshop.prepare([(0, _jpeg(number), f"{number}.jpg")])
        assert isinstance(result, Prepared)
        staging.commit()
        return result.record


def _item(number: int, records: tuple[ImageRecord, ...], characters: int) -> Item:
    points = [Point(text=f"Statement {n} of item {number}: {SENTENCE}") for n in range(6)]
    texts = [f"Line {n} of item {number}: {SENTENCE}" for n in range(8)]
    shown = [records[(number * 4 + n) % len(records)] for n in range(4)]
    content = ItemContent(
        question="What explains the findings?",
        context=(SENTENCE * (characters // len(SENTENCE) + 1))[:characters],
        answer=SENTENCE * 3,
        images=tuple(
            ItemImage(position=n, sha256=record.sha256, caption=f"Image {n}")
            for n, record in enumerate(shown, start=1)
        ),
    )
    return Item(
        item_id=item_id_of("bench", Track.TREATMENT, f"{number:06d}"),
        case=CaseRecord(case_id=f"case-{number // 4:06d}"),
        track=Track.TREATMENT,
        content=content,
        claims=make_claims(points, [record.sha256 for record in shown]),
        criteria=make_criteria([("must_include", texts, 1.0, True)]),
    )


def reading_figures(bench: Workbench, size: int) -> dict[str, Any]:
    """Measure next item and submit, server time, median over many cycles of one reader."""
    next_item, submit = [], []
    for cycle in range(CYCLES):
        started = time.perf_counter()
        task = bench.reviewing.next_item(READER, "bench")
        between = time.perf_counter()
        assert task is not None
        bench.reviewing.submit(
            READER,
            "bench",
            task.item.item_id,
            complete_reading(task.item),
            item_version=task.item.version,
            idempotency_key=text_sha256(f"{size}-{cycle}"),
        )
        submit.append(time.perf_counter() - between)
        next_item.append(between - started)
    return {
        "bench": "reading",
        "items": size,
        "next_item_ms": round(statistics.median(next_item) * 1000, 2),
        "next_item_p95_ms": round(p95(next_item) * 1000, 2),
        "submit_ms": round(statistics.median(submit) * 1000, 2),
        "submit_p95_ms": round(p95(submit) * 1000, 2),
    }


def p95(values: list[float]) -> float:
    """Return the value that nineteen of twenty stay under."""
    return sorted(values)[int(len(values) * 0.95)]


def complete_reading(item: Item) -> ReviewBody:
    """Return a reading of an item in which nothing is missing."""
    return ReviewBody(
        claims=tuple(
            ClaimReading(claim_id=claim.claim_id, verdict=Verdict.SUPPORTED)
            for claim in item.claims
        ),
        checks={Check.ANSWER_CORRECT: CheckAnswer.YES},
        recommendation=Recommendation.ACCEPT,
        confidence=Confidence.HIGH,
    )


def export_figure(bench: Workbench, folder: Path) -> dict[str, Any]:
    """Read everything, release it, and measure the release and its export."""
    read_everything(bench)
    started = time.perf_counter()
    made = bench.releasing.release(OPERATOR)
    between = time.perf_counter()
    bench.exporting.export(OPERATOR, 1, folder / "out")
    seconds = time.perf_counter() - between
    return {
        "bench": "export",
        "items": made.items,
        "release_items_per_s": round(made.items / (between - started), 1),
        "export_items_per_s": round(made.items / seconds, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def read_everything(bench: Workbench) -> None:
    """Submit a review of every item that is still to be read."""
    while (task := bench.reviewing.next_item(READER, "bench")) is not None:
        bench.reviewing.submit(
            READER,
            "bench",
            task.item.item_id,
            complete_reading(task.item),
            item_version=task.item.version,
            idempotency_key=text_sha256(task.item.item_id),
        )


if __name__ == "__main__":
    for figure in run():
        print(json.dumps(figure), flush=True)
