"""The boxes readers drew as evidence, as COCO annotations, with the images they lie on."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from src.domain.evidence import ImageBox
from src.domain.gold import GoldClaim
from src.domain.licence import licence_of
from src.domain.review import Verdict
from src.files.outgoing import (
    Items,
    LeftOutItem,
    OutgoingImage,
    OutgoingItem,
    ReleaseFacts,
    Written,
)

ANNOTATIONS = "annotations.json"
CATEGORIES = {verdict.value: number for number, verdict in enumerate(Verdict, start=1)}
"""A box's category is the verdict it was drawn for: what on the image supports or contradicts."""
NO_VERDICT = "no_verdict"
NO_BOXES = "no box lies on its images"
REJECTED = "its readers rejected it"


def write(folder: Path, facts: ReleaseFacts, items: Items) -> Written:
    """Write annotations.json and the images that have boxes.

    A box is [x, y, width, height] in pixels of the image as it is given. Boxes on images that may
    not go out are left out with them and counted.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".boxes-") as scratch:
        collected = _Collected(Path(scratch), folder)
        for item in items:
            collected.add(item)
        boxes = collected.boxes
        if boxes:
            with (folder / ANNOTATIONS).open("w", encoding="utf-8", newline="\n") as out:
                for piece in collected.json(facts):
                    out.write(piece)
    figures = {
        "images": collected.images,
        "pictures": collected.images,
        "boxes": boxes,
        "boxes_on_images_left_out": collected.left_out_boxes,
    }
    return Written({ANNOTATIONS: boxes}, tuple(collected.left_out), figures)


class _Collected:
    """What was met so far; images and annotations wait in files, because one follows the other."""

    def __init__(self, scratch: Path, folder: Path) -> None:
        self._folder = folder
        self._image_lines, self._annotations = scratch / "images", scratch / "annotations"
        self._image_ids: dict[str, int] = {}
        self._licences: dict[str, int] = {}
        self.boxes = self.left_out_boxes = 0
        self.left_out: list[LeftOutItem] = []
        self._image_lines.touch()
        self._annotations.touch()

    @property
    def images(self) -> int:
        """How many pictures have boxes, each counted once."""
        return len(self._image_ids)

    def add(self, item: OutgoingItem) -> None:
        """Take the boxes of an item, and each image when it comes for the first time."""
        if not item.accepted:
            self.left_out.append(LeftOutItem(item_id=item.item.item_id, reason=REJECTED))
            return
        before = self.boxes
        with (
            self._image_lines.open("a", encoding="utf-8") as images,
            self._annotations.open("a", encoding="utf-8") as annotations,
        ):
            for claim, box in _boxes_of(item):
                image = item.image_of(box.sha256)
                if image is None or image.left_out:
                    self.left_out_boxes += 1
                    continue
                image_id = self._image_id(item, image, images)
                self.boxes += 1
                _append(annotations, _annotation(self.boxes, image_id, item, claim, box))
        if self.boxes == before:
            self.left_out.append(LeftOutItem(item_id=item.item.item_id, reason=NO_BOXES))

    def _image_id(self, item: OutgoingItem, image: OutgoingImage, out: IO[str]) -> int:
        sha256 = image.record.sha256
        if sha256 not in self._image_ids:
            number = len(self._image_ids) + 1
            self._image_ids[sha256] = number
            licence = item.item.case.licence or ""
            self._licences.setdefault(licence, len(self._licences) + 1)
            entry = {
                "id": number,
                "file_name": image.copy_into(self._folder),
                "width": image.record.width,
                "height": image.record.height,
                "license": self._licences[licence],
                "sha256": sha256,
                "caption": image.caption,
                "case": item.item.case.model_dump(mode="json"),
            }
            _append(out, entry)
        return self._image_ids[sha256]

    def json(self, facts: ReleaseFacts) -> Iterator[str]:
        """Yield the whole file in pieces."""
        info = {
            "description": f"{facts.title}: boxes drawn as evidence",
            "version": str(facts.number),
            "year": facts.made_at.year,
            "date_created": facts.made_at.isoformat(),
            "release_sha256": facts.sha256,
        }
        licences = [
            {"id": number, "name": name or "no licence given", "url": licence_of(name).url}
            for name, number in self._licences.items()
        ]
        names = {**CATEGORIES, NO_VERDICT: len(CATEGORIES) + 1}
        categories = [
            {"id": number, "name": name, "supercategory": "evidence"}
            for name, number in names.items()
        ]
        yield f'{{"info":{_json(info)},\n"licenses":{_json(licences)},\n'
        yield f'"categories":{_json(categories)},\n"images":[\n'
        yield from _listed(self._image_lines)
        yield '],\n"annotations":[\n'
        yield from _listed(self._annotations)
        yield "]}\n"


def _boxes_of(item: OutgoingItem) -> Iterator[tuple[GoldClaim, ImageBox]]:
    for claim in item.gold.body.claims:
        for link in claim.evidence:
            if isinstance(link, ImageBox):
                yield claim, link


def _annotation(
    number: int, image_id: int, item: OutgoingItem, claim: GoldClaim, box: ImageBox
) -> dict[str, Any]:
    x, y, width, height = box.x, box.y, box.width, box.height
    corners = [x, y, x + width, y, x + width, y + height, x, y + height]
    return {
        "id": number,
        "image_id": image_id,
        "category_id": CATEGORIES.get(claim.verdict or "", len(CATEGORIES) + 1),
        "bbox": [x, y, width, height],
        "area": width * height,
        "iscrowd": 0,
        "segmentation": [corners],
        "label": box.label,
        "item_id": item.item.item_id,
        "claim_id": claim.claim_id,
        "claim": claim.text,
    }


def _append(out: IO[str], entry: dict[str, Any]) -> None:
    out.write(f"{_json(entry)}\n")


def _listed(path: Path) -> Iterator[str]:
    """Yield the lines of a file with commas between them."""
    with path.open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines):
            yield ("," if number else "") + line


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
