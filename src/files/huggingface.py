"""A release as a Hugging Face dataset: Parquet files with the images in them, and a card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from src.domain.canonical import canonical_json
from src.domain.evidence import EvidenceLink
from src.domain.gold import GoldClaim
from src.domain.licence import licence_of
from src.files.outgoing import Items, OutgoingImage, OutgoingItem, ReleaseFacts, Written

SPLIT = "gold"
CARD = "README.md"
GROUP_BYTES, GROUP_ITEMS = 16_000_000, 200
"""A row group is written when it holds so much: it is what a reader takes into memory at once."""
FILE_BYTES = 400_000_000
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
KNOWN_TO_THE_HUB = frozenset(
    {"cc0-1.0", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-3.0"}
    | {"cc-by-nc-4.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0"}
    | {"cc-by-nc-nd-4.0"}
)
_TEXT, _COUNT, _YES_NO = pa.string(), pa.int32(), pa.bool_()
_PICTURE = pa.struct([("bytes", pa.binary()), ("path", _TEXT)])
_LINK = pa.struct(
    [("type", _TEXT), ("image", _COUNT), ("sha256", _TEXT)]
    + [(name, _COUNT) for name in ("x", "y", "width", "height")]
    + [("label", _TEXT), ("field", _TEXT), ("start", _COUNT), ("end", _COUNT), ("quote", _TEXT)]
)
_CLAIM = pa.struct(
    [(name, _TEXT) for name in ("claim_id", "text", "kind", "verdict")]
    + [("evidence", pa.list_(_LINK)), ("refused", pa.list_(_LINK))]
)
_CRITERION = pa.struct(
    [(name, _TEXT) for name in ("criterion_id", "key", "text", "kind")]
    + [("maximum", _COUNT), ("points", pa.float64()), ("required", _YES_NO), ("active", _YES_NO)]
)
_PLACE = pa.struct(
    [("position", _COUNT)]
    + [(name, _TEXT) for name in ("sha256", "slot_name", "caption")]
    + [(name, _COUNT) for name in ("width", "height")]
    + [("included", _YES_NO), ("left_out", _TEXT)]
)
_CASE = pa.struct(
    [(name, _TEXT) for name in ("case_id", "pmcid", "doi", "licence", "source")]
    + [("retracted", _YES_NO)]
)
SCHEMA = pa.schema(
    [(name, _TEXT) for name in ("item_id", "dataset", "track", "index")]
    + [("version", _COUNT), ("status", _TEXT), ("method", _TEXT), ("readers", _COUNT)]
    + [(name, _TEXT) for name in ("question", "context", "answer")]
    + [("aliases", pa.list_(_TEXT))]
    + [(name, _TEXT) for name in ("orpha_code", "category", "modality", "relation_type")]
    + [("images", pa.list_(_PICTURE)), ("image_places", pa.list_(_PLACE))]
    + [("claims", pa.list_(_CLAIM)), ("criteria", pa.list_(_CRITERION))]
    + [("recommendation", _TEXT), ("case", _CASE), ("gold", _TEXT)],
    metadata={"huggingface": json.dumps({"info": {"features": {"images": [{"_type": "Image"}]}}})},
)


def write(folder: Path, facts: ReleaseFacts, items: Items) -> Written:
    """Write data/gold-NNNNN.parquet, a row for each item, and the card."""
    (folder / "data").mkdir()
    shards = _Shards(folder)
    licences: set[str] = set()
    try:
        for item in items:
            shards.add(_row(item))
            licences.add(item.item.case.licence or "")
    finally:
        shards.close()
    (folder / CARD).write_text(_card(facts, shards.items, licences), encoding="utf-8", newline="\n")
    return Written(shards.rows)


class _Shards:
    """The Parquet files in the making; rows are held until a group is full."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[dict[str, Any]] = []
        self._bytes = self._in_file = 0
        self._writer: pq.ParquetWriter | None = None
        self.rows: dict[str, int] = {}

    @property
    def items(self) -> int:
        """How many rows there are in all files."""
        return sum(self.rows.values())

    def add(self, row: dict[str, Any]) -> None:
        """Take a row."""
        self._waiting.append(row)
        self._bytes += sum(len(picture["bytes"]) for picture in row["images"])
        if self._bytes >= GROUP_BYTES or len(self._waiting) >= GROUP_ITEMS:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        if self._writer is None or self._in_file >= FILE_BYTES:
            self._next_file()
        assert self._writer is not None
        self._writer.write_table(pa.Table.from_pylist(self._waiting, schema=SCHEMA))
        self.rows[self._path] += len(self._waiting)
        self._in_file += self._bytes
        self._waiting, self._bytes = [], 0

    def _next_file(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._path = f"data/{SPLIT}-{len(self.rows):05d}.parquet"
        self.rows[self._path] = 0
        self._in_file = 0
        self._writer = pq.ParquetWriter(self._folder / self._path, SCHEMA, compression="snappy")

    def close(self) -> None:
        """Write what is waiting and finish the last file."""
        self._flush()
        if self._writer is not None:
            self._writer.close()


def _row(one: OutgoingItem) -> dict[str, Any]:
    gold, content, case = one.gold, one.item.content, one.item.case
    return {
        "item_id": one.item.item_id,
        "dataset": one.dataset,
        "track": one.track.value,
        "index": one.index,
        "version": gold.item_version,
        "status": gold.status,
        "method": gold.method,
        "readers": gold.readers,
        "question": gold.body.question,
        "context": content.context,
        "answer": gold.body.answer,
        "aliases": list(gold.body.aliases),
        "orpha_code": gold.body.orpha_code,
        "category": content.category,
        "modality": content.modality,
        "relation_type": content.relation_type,
        "images": [{"bytes": i.read(), "path": i.path} for i in one.passed_on],
        "image_places": [_place(image) for image in one.images],
        "claims": [_claim(one, claim) for claim in gold.body.claims],
        "criteria": [criterion.model_dump(mode="json") for criterion in gold.body.criteria],
        "recommendation": gold.body.recommendation,
        "case": case.model_dump(mode="json"),
        "gold": canonical_json(gold.model_dump(mode="json")),
    }


def _place(image: OutgoingImage) -> dict[str, Any]:
    return {
        "position": image.position,
        "sha256": image.record.sha256,
        "slot_name": image.slot_name,
        "caption": image.caption,
        "width": image.record.width,
        "height": image.record.height,
        "included": not image.left_out,
        "left_out": image.left_out,
    }


def _claim(one: OutgoingItem, claim: GoldClaim) -> dict[str, Any]:
    return {
        **claim.model_dump(include={"claim_id", "text", "kind", "verdict"}),
        "evidence": [_link(one, link) for link in claim.evidence],
        "refused": [_link(one, link) for link in claim.refused],
    }


def _link(one: OutgoingItem, link: EvidenceLink) -> dict[str, Any]:
    known: dict[str, Any] = link.model_dump()
    image = one.image_of(str(known["sha256"])) if "sha256" in known else None
    return {**known, "image": image.position if image is not None else None}


def _card(facts: ReleaseFacts, items: int, licences: set[str]) -> str:
    """Return the card's head, as the Hub and `datasets` read it; the notes follow it."""
    size = next((name for most, name in SIZES if items < most), "1M<n<10M")
    lines = [
        "---",
        f"pretty_name: {json.dumps(facts.title)}",
        "language:",
        "- en",
        *_licence_lines(licences),
        "task_categories:",
        "- visual-question-answering",
        "tags:",
        "- medical",
        "- rare-diseases",
        "size_categories:",
        f"- {size}",
        "configs:",
        "- config_name: default",
        "  data_files:",
        f"  - split: {SPLIT}",
        f"    path: data/{SPLIT}-*.parquet",
        "---",
        "",
        "",
    ]
    return "\n".join(lines)


def _licence_lines(licences: set[str]) -> list[str]:
    """Return the licence of all items where it is one that the Hub knows, else that they differ."""
    known = {licence_of(licence).spdx.lower() for licence in licences}
    if len(known) == 1 and known <= KNOWN_TO_THE_HUB:
        return [f"license: {known.pop()}"]
    return ["license: other", "license_name: each-item-its-own", f"license_link: {CARD}"]
