"""How long each export of a whole benchmark takes, and how much memory its process needs.

1,756 items of the four tracks with 7,024 different JPEGs of 1200x900, two boxes, 6 claims,
8 criteria and 6,000 characters each. `python manage.py bench exports` prints one JSON line a
format; each is written by a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.bench_study import SENTENCE, _empty, _jpeg, place_of
from db import images, items, releases
from db.releases import Release
from src.domain.derivation import Point, make_claims, make_criteria
from src.domain.evidence import ImageBox
from src.domain.exports import ExportFormat
from src.domain.gold import Gold, build_gold
from src.domain.image import ImageRecord
from src.domain.item import CaseRecord, Item, ItemContent, ItemImage, Track, item_id_of
from src.domain.people import OPERATOR
from src.images.folders import folder_of
from src.services.workbench import Workbench, open_workbench

ITEMS, IMAGES_EACH, DRAWN = 1_756, 4, 24
CHARACTERS = 6_000
TRACKS = (Track.DIAGNOSIS, Track.TREATMENT, Track.CROSSMODAL, Track.EXAMINATION)
GROUPS = {
    Track.DIAGNOSIS: "must_include",
    Track.TREATMENT: "must_include",
    Track.CROSSMODAL: "mainline",
    Track.EXAMINATION: "key_test",
}
CHUNK = 200


def run(count: int = ITEMS) -> Iterator[dict[str, Any]]:
    """Yield every figure of this file."""
    with tempfile.TemporaryDirectory(prefix="rare-review-bench-") as name:
        folder = Path(name)
        make_release(folder, count).close()
        for format in ExportFormat:
            yield _figure(folder, format)


def make_release(folder: Path, count: int) -> Workbench:
    """Return a study with a release of items, each with pictures of its own."""
    bench = _empty(folder)
    drawn = [_jpeg(seed) for seed in range(DRAWN)]
    golds: list[Gold] = []
    for start in range(0, count, CHUNK):
        numbers = range(start, min(count, start + CHUNK))
        pictures = {n: _pictures(bench, drawn, n) for n in numbers}
        made = [_item(n, pictures[n]) for n in numbers]
        with bench.database.transaction() as t:
            images.add_missing(t, [record for found in pictures.values() for record in found])
            items.add_versions(t, made, bench.clock())
        golds += [_gold(item) for item in made]
    golds.sort(key=lambda gold: gold.item_id)
    release = Release(
        number=1,
        sha256="0" * 64,
        made_at=bench.clock(),
        notes="bench",
        manifest={"items": count, "rejected": 0, "left_out": 0, "chain": {"seq": 0, "hash": ""}},
    )
    with bench.database.transaction() as t:
        releases.add(t, release, golds)
    return bench


def _pictures(bench: Workbench, drawn: Sequence[bytes], number: int) -> list[ImageRecord]:
    """Store an item's pictures: drawn ones, each told from all others by a comment in it."""
    records = []
    with bench.store.stage() as staging:
        for place in range(IMAGES_EACH):
            picture = drawn[(number * IMAGES_EACH + place) % len(drawn)]
            said = f"{number}/{place}".encode()
            comment = b"\xff\xfe" + (len(said) + 2).to_bytes(2, "big") + said
            content = picture[:2] + comment + picture[2:]
            sha256 = hashlib.sha256(content).hexdigest()
            folder = folder_of(staging.folder, sha256)
            folder.mkdir(parents=True)
            (folder / "full.jpg").write_bytes(content)
            records.append(_record(sha256, len(content)))
        staging.commit()
    return records


def _record(sha256: str, size: int) -> ImageRecord:
    return ImageRecord(
        sha256=sha256,
        width=1200,
        height=900,
        mode="RGB",
        media_type="image/jpeg",
        byte_size=size,
        original_sha256=sha256,
    )


def _item(number: int, records: Sequence[ImageRecord]) -> Item:
    track = TRACKS[number % len(TRACKS)]
    points = [Point(text=f"Statement {n} of item {number}: {SENTENCE}") for n in range(6)]
    texts = [f"Line {n} of item {number}: {SENTENCE}" for n in range(8)]
    content = ItemContent(
        question="What explains the findings?",
        context=(SENTENCE * (CHARACTERS // len(SENTENCE) + 1))[:CHARACTERS],
        answer="Erdheim-Chester disease",
        aliases=("ECD",),
        images=tuple(
            ItemImage(
                position=n, sha256=record.sha256, slot_name=f"Figure {n}", caption=f"Image {n}"
            )
            for n, record in enumerate(records, start=1)
        ),
    )
    return Item(
        item_id=item_id_of("bench", track, str(number)),
        case=CaseRecord(case_id=f"case-{number}", licence="CC BY 4.0", source="bench"),
        track=track,
        content=content,
        claims=make_claims(points, [record.sha256 for record in records]),
        criteria=make_criteria([(GROUPS[track], texts, 1.0, True)]),
    )


def _gold(item: Item) -> Gold:
    gold = build_gold(item, (), (), "bench")
    first, *others = gold.body.claims
    boxes = tuple(
        ImageBox(sha256=image.sha256, x=10, y=20, width=300, height=200)
        for image in item.content.images[:2]
    )
    claim = first.model_copy(update={"evidence": boxes, "verdict": "supported"})
    body = gold.body.model_copy(update={"claims": (claim, *others)})
    return gold.model_copy(update={"body": body})


def _figure(folder: Path, format: ExportFormat) -> dict[str, Any]:
    """Measure one export in a process of its own."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as pool:
        return pool.submit(export_once, folder, format).result()


def export_once(folder: Path, format: ExportFormat) -> dict[str, Any]:
    """Write one export and return what it took."""
    bench = open_workbench(*place_of(folder))
    out = folder / f"out-{format.value}"
    started = time.perf_counter()
    report = bench.exporting.export(OPERATOR, 1, out, format)
    seconds = time.perf_counter() - started
    bench.close()
    size = sum((out / file.path).stat().st_size for file in report.files)
    return {
        "bench": "exports",
        "format": format.value,
        "items": report.items,
        "images": report.images,
        "mb": round(size / 1e6, 1),
        "seconds": round(seconds, 1),
        "peak_mb": _peak_mb(),
        "target": "under 60 s, under 500 MB of memory",
    }


def _peak_mb() -> float:
    """Return the most memory this process had; what it inherited as it was started is not in it."""
    (line,) = re.findall(
        r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8")
    )
    return round(int(line) / 1024, 1)


if __name__ == "__main__":
    for figure in run():
        print(json.dumps(figure), flush=True)
