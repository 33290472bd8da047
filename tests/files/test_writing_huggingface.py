"""A Hugging Face dataset, read by `datasets` without the internet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from src.domain.evidence import ImageBox, WholeImage, span_of
from src.domain.gold import Gold, GoldClaim
from src.domain.item import Track
from src.files import huggingface
from src.files.outgoing import OutgoingItem
from tests.files.outgoing_samples import TRICKY, facts, image, outgoing, picture

READ = """
import json, sys
from datasets import load_dataset
from huggingface_hub import DatasetCard
gold = load_dataset(sys.argv[1], split="gold", cache_dir=sys.argv[2])
rows = [dict(row) for row in gold]
for row in rows:
    row["images"] = [[image.size, image.mode] for image in row["images"]]
card = DatasetCard.load(sys.argv[1] + "/README.md")
print(json.dumps({"rows": rows, "card": card.data.to_dict(), "features": list(gold.features)}))
"""


def items_of(folder: Path) -> list[OutgoingItem]:
    """Return items of several shapes: many kinds of images, none, one that stays out."""
    kinds = ("CMYK", "I;16", "RGBA", "L")
    images = [image(folder, n, picture(kind, n)) for n, kind in enumerate(kinds, start=1)]
    sha256 = images[0].record.sha256
    links = (
        ImageBox(sha256=sha256, x=1, y=2, width=3, height=4),
        WholeImage(sha256=sha256),
        span_of("context", TRICKY, 0, 5),
    )
    claim = GoldClaim(claim_id="c1", text=TRICKY, kind="answer", verdict=None, evidence=links)
    return [
        outgoing("0", Track.TREATMENT, aliases=(), answer=TRICKY, licence=None),
        outgoing("1", images=images, context=TRICKY, gold={"claims": (claim,)}),
        outgoing("2", images=[image(folder, 9, left_out="it forbids that"), images[3]]),
        outgoing("3", status="rejected", groups=[("must_not", [TRICKY], -0.5, False)]),
    ]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[OutgoingItem], Any]:
    """Give an export, its items, and what a program with `datasets` reads of it offline."""
    folder = tmp_path_factory.mktemp("hf")
    items = items_of(folder / "in")
    (folder / "out").mkdir()
    huggingface.write(folder / "out", facts(items), iter(items))
    settings = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "home")}
    done = subprocess.run(
        [sys.executable, "-c", READ, str(folder / "out"), str(folder / "cache")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **settings},
    )
    assert done.returncode == 0, done.stderr
    return folder / "out", items, json.loads(done.stdout)


def test_datasets_reads_every_item_offline(loaded: tuple[Path, list[OutgoingItem], Any]) -> None:
    """Text for text, in order, with the case's source and licence."""
    _, items, read = loaded
    assert [row["item_id"] for row in read["rows"]] == [item.item.item_id for item in items]
    assert read["features"] == huggingface.SCHEMA.names
    assert read["rows"][0]["answer"] == TRICKY
    assert read["rows"][1]["context"] == TRICKY
    assert [row["case"]["licence"] for row in read["rows"]] == [None, *["CC BY 4.0"] * 3]
    assert {row["case"]["source"] for row in read["rows"]} == {"A journal"}
    assert [row["status"] for row in read["rows"]] == [*["accepted"] * 3, "rejected"]


def test_datasets_decodes_the_images(loaded: tuple[Path, list[OutgoingItem], Any]) -> None:
    """Each with its own pixels: four colours, 16 bits, transparency."""
    _, _, read = loaded
    assert [row["images"] for row in read["rows"]] == [
        [],
        [[[30, 20], mode] for mode in ("CMYK", "I;16", "RGBA", "L")],
        [[[30, 20], "L"]],
        [],
    ]


def test_an_image_left_out_keeps_its_place_and_says_why(
    loaded: tuple[Path, list[OutgoingItem], Any],
) -> None:
    """Its pixels are nowhere in the files."""
    _, _, read = loaded
    places = read["rows"][2]["image_places"]
    assert [(p["position"], p["included"], p["left_out"]) for p in places] == [
        (9, False, "it forbids that"),
        (4, True, ""),
    ]


def test_claims_and_criteria_are_nested_with_their_types(
    loaded: tuple[Path, list[OutgoingItem], Any],
) -> None:
    """Numbers are numbers, what is not there is null, links are told apart."""
    _, _, read = loaded
    (claim,) = read["rows"][1]["claims"]
    assert (claim["text"], claim["verdict"]) == (TRICKY, None)
    assert [(e["type"], e["image"], e["x"], e["quote"]) for e in claim["evidence"]] == [
        ("box", 1, 1, None),
        ("image", 1, None, None),
        ("span", None, None, TRICKY[:5]),
    ]
    (criterion,) = read["rows"][3]["criteria"]
    assert (criterion["points"], criterion["required"], criterion["text"]) == (-0.5, False, TRICKY)


def test_all_of_gold_is_there_for_who_wants_it(
    loaded: tuple[Path, list[OutgoingItem], Any],
) -> None:
    """As JSON in one column, whatever gold will hold later."""
    _, items, read = loaded
    assert [Gold.model_validate_json(row["gold"]) for row in read["rows"]] == [
        item.gold for item in items
    ]


def test_the_card_is_one_and_says_that_licences_differ(
    loaded: tuple[Path, list[OutgoingItem], Any],
) -> None:
    """As huggingface_hub reads it."""
    _, _, read = loaded
    assert read["card"]["license"] == "other"
    assert read["card"]["configs"][0]["data_files"][0]["split"] == "gold"


def test_one_licence_for_all_is_named_to_the_hub(tmp_path: Path) -> None:
    """By the name it has there."""
    huggingface.write(tmp_path, facts(), iter([outgoing(licence="CC BY-NC 4.0")]))
    assert "\nlicense: cc-by-nc-4.0\n" in (tmp_path / "README.md").read_text(encoding="utf-8")


def test_large_releases_are_several_files_of_small_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With limits that are low here: memory is that of a group, and no row is lost."""
    monkeypatch.setattr(huggingface, "GROUP_ITEMS", 2)
    monkeypatch.setattr(huggingface, "FILE_BYTES", 1)
    one = image(tmp_path / "in", 1)
    (tmp_path / "out").mkdir()
    items = [outgoing(str(n), images=[one]) for n in range(5)]
    written = huggingface.write(tmp_path / "out", facts(items), iter(items))
    assert list(written.rows.values()) == [2, 2, 1]
    tables = [pq.read_table(tmp_path / "out" / path) for path in written.rows]
    assert [i for table in tables for i in table["index"].to_pylist()] == list("01234")


def test_the_same_items_have_the_same_bytes(tmp_path: Path) -> None:
    """Written twice."""
    items = items_of(tmp_path / "in")
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        huggingface.write(tmp_path / name, facts(items), iter(items))
        found.append((tmp_path / name / "data" / "gold-00000.parquet").read_bytes())
    assert found[0] == found[1]
