"""Boxes as COCO annotations, read and scored by pycocotools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from src.domain.evidence import ImageBox, WholeImage
from src.domain.gold import GoldClaim
from src.files import coco
from src.files.outgoing import OutgoingImage, OutgoingItem
from tests.files.outgoing_samples import TRICKY, facts, image, outgoing


def box(on: OutgoingImage, x: int, **changes: Any) -> ImageBox:
    """Return a box on an image."""
    given = {"sha256": on.record.sha256, "x": x, "y": 2, "width": 10, "height": 8}
    return ImageBox(**{**given, **changes})


def item(index: str, images: list[OutgoingImage], *links: Any, **more: Any) -> OutgoingItem:
    """Return an item with a supported claim that rests on links."""
    claim = GoldClaim(
        claim_id="c1", text=TRICKY, kind="answer", verdict="supported", evidence=tuple(links)
    )
    return outgoing(index, images=images, gold={"claims": (claim,)}, **more)


def test_pycocotools_finds_each_box_on_its_image(tmp_path: Path) -> None:
    """Ids, sizes, categories and files fit together; a picture of two items is there once."""
    first, second = image(tmp_path / "in", 1), image(tmp_path / "in", 2)
    items = [
        item("1", [first, second], box(first, 1), box(second, 3, label="node")),
        item("2", [first], box(first, 5), WholeImage(sha256=first.record.sha256)),
    ]
    written = coco.write(tmp_path, facts(items), iter(items))
    assert written.rows == {"annotations.json": 3}
    read = COCO(str(tmp_path / "annotations.json"))
    assert len(read.getImgIds()) == 2
    (shared,) = read.loadImgs([1])
    assert Image.open(tmp_path / shared["file_name"]).size == (shared["width"], shared["height"])
    found = read.loadAnns(read.getAnnIds(imgIds=[1]))
    assert [(a["bbox"], a["area"], a["item_id"]) for a in found] == [
        ([1, 2, 10, 8], 80, "test/diagnosis/1"),
        ([5, 2, 10, 8], 80, "test/diagnosis/2"),
    ]
    assert {a["claim"] for a in found} == {TRICKY}
    assert int(np.sum(read.annToMask(found[0]))) == 80
    assert next(c["name"] for c in read.loadCats(read.getCatIds())) == "supported"


def test_pycocotools_scores_the_boxes_against_themselves_as_perfect(tmp_path: Path) -> None:
    """The same boxes as predictions have an average precision of 1."""
    one = image(tmp_path / "in", 1)
    items = [item("1", [one], box(one, 1), box(one, 15))]
    coco.write(tmp_path, facts(items), iter(items))
    truth = COCO(str(tmp_path / "annotations.json"))
    anns = truth.loadAnns(truth.getAnnIds())
    keys = ("image_id", "category_id", "bbox")
    answers = truth.loadRes([{key: a[key] for key in keys} | {"score": 0.9} for a in anns])
    score = COCOeval(truth, answers, "bbox")
    score.evaluate()
    score.accumulate()
    score.summarize()
    assert score.stats[0] == 1.0


def test_boxes_on_images_that_may_not_go_out_are_counted_not_written(tmp_path: Path) -> None:
    """Nor is anything else of such an image; items without a box are named."""
    out, free = image(tmp_path / "in", 1, left_out="it forbids that"), image(tmp_path / "in", 2)
    items = [
        item("1", [out, free], box(out, 1), box(free, 1)),
        item("2", [out], box(out, 1)),
        item("3", [free], box(free, 1), status="rejected"),
    ]
    written = coco.write(tmp_path, facts(items), iter(items))
    text = (tmp_path / "annotations.json").read_text(encoding="utf-8")
    assert out.record.sha256 not in text
    assert written.figures == {
        "images": 1,
        "pictures": 1,
        "boxes": 1,
        "boxes_on_images_left_out": 2,
    }
    assert [(i.item_id, i.reason) for i in written.left_out] == [
        ("test/diagnosis/2", coco.NO_BOXES),
        ("test/diagnosis/3", coco.REJECTED),
    ]


def test_each_image_names_its_licence_and_its_case(tmp_path: Path) -> None:
    """As COCO has it, by number; with the address where it is known."""
    one, two = image(tmp_path / "in", 1), image(tmp_path / "in", 2)
    items = [
        item("1", [one], box(one, 1), licence="CC BY 4.0"),
        item("2", [two], box(two, 1), licence=None),
    ]
    coco.write(tmp_path, facts(items), iter(items))
    read = json.loads((tmp_path / "annotations.json").read_text(encoding="utf-8"))
    assert read["licenses"] == [
        {"id": 1, "name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        {"id": 2, "name": "no licence given", "url": ""},
    ]
    assert [i["license"] for i in read["images"]] == [1, 2]
    assert read["images"][0]["case"]["source"] == "A journal"
