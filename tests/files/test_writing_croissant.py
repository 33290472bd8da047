"""A Croissant description, validated and followed by mlcroissant without the internet."""

from __future__ import annotations

import json
from pathlib import Path

import mlcroissant
import pytest

from src.domain.gold import Gold
from src.files import croissant
from src.files.outgoing import OutgoingItem
from tests.files.outgoing_samples import TRICKY, facts, image, outgoing, picture


@pytest.fixture
def exported(tmp_path: Path) -> tuple[Path, list[OutgoingItem]]:
    """Give an export of three items: plain, with images, with one that stays out."""
    images = [image(tmp_path / "in", 1), image(tmp_path / "in", 2, picture("CMYK"))]
    items = [
        outgoing("0", aliases=(), licence=None),
        outgoing("1", images=images, context=TRICKY, aliases=("ECD", TRICKY)),
        outgoing("2", images=[image(tmp_path / "in", 3, left_out="it forbids that")]),
    ]
    (tmp_path / "out").mkdir()
    croissant.write(tmp_path / "out", facts(items), iter(items))
    return tmp_path / "out", items


def records(folder: Path, name: str) -> list[dict[str, object]]:
    """Return the records of a set as mlcroissant gives them, texts decoded."""
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    return [
        {
            key.split("/")[-1]: value.decode() if isinstance(value, bytes) else value
            for key, value in record.items()
        }
        for record in dataset.records(record_set=name)
    ]


def test_the_description_is_valid_without_a_warning(
    exported: tuple[Path, list[OutgoingItem]], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither errors nor warnings, with licences and version in it."""
    folder, _ = exported
    metadata = mlcroissant.Dataset(jsonld=str(folder / "croissant.json")).metadata
    assert list(metadata.issues.errors) == []
    assert list(metadata.issues.warnings) == []
    assert metadata.conforms_to == [croissant.CONFORMS_TO]
    assert [line.message for line in caplog.records if "@context" in line.message] == []
    assert "https://creativecommons.org/licenses/by/4.0/" in str(metadata.license)


def test_mlcroissant_reads_every_item(exported: tuple[Path, list[OutgoingItem]]) -> None:
    """Text for text, gold whole, aliases as a list."""
    folder, items = exported
    found = records(folder, "items")
    assert [row["item_id"] for row in found] == [item.item.item_id for item in items]
    assert [Gold.model_validate_json(str(row["gold"])) for row in found] == [
        item.gold for item in items
    ]
    assert found[1]["context"] == TRICKY
    assert [row["licence"] for row in found] == ["", "CC BY 4.0", "CC BY 4.0"]
    assert {row["source"] for row in found} == {"A journal"}


def test_mlcroissant_reads_the_images_places_and_pixels(
    exported: tuple[Path, list[OutgoingItem]],
) -> None:
    """An image left out has its place and the reason, and no file."""
    folder, items = exported
    places = records(folder, "images")
    assert [(row["item_id"], row["position"], row["left_out"]) for row in places] == [
        ("test/diagnosis/1", 1, ""),
        ("test/diagnosis/1", 2, ""),
        ("test/diagnosis/2", 3, "it forbids that"),
    ]
    assert [str(row["path"]) for row in places if not row["path"]] == [""]
    pixels = records(folder, "pictures-by-file")
    assert {str(row["file"]) for row in pixels} == {Path(i.path).name for i in items[1].images}
    assert {row["pixels"].size for row in pixels} == {(30, 20)}  # type: ignore[attr-defined]


def test_the_description_names_the_bytes_of_its_files(
    exported: tuple[Path, list[OutgoingItem]],
) -> None:
    """A changed file is found out."""
    folder, _ = exported
    path = folder / "items.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("ECD", "EDC"), encoding="utf-8")
    with pytest.raises(mlcroissant.GenerationError):
        records(folder, "items")


def test_a_release_without_any_image_is_valid_too(tmp_path: Path) -> None:
    """It then describes no pictures."""
    croissant.write(tmp_path, facts(), iter([outgoing()]))
    issues = mlcroissant.Dataset(jsonld=str(tmp_path / "croissant.json")).metadata.issues
    assert (list(issues.errors), list(issues.warnings)) == ([], [])
    named = json.loads((tmp_path / "croissant.json").read_text(encoding="utf-8"))
    assert [records["@id"] for records in named["recordSet"]] == ["items", "images"]
    assert len(records(tmp_path, "items")) == 1
