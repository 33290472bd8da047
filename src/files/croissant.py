"""A release as records, images and a Croissant description that catalogues and programs read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from src.domain.canonical import canonical_json
from src.domain.licence import licence_of
from src.files.export_folder import sha256_of
from src.files.outgoing import Items, OutgoingImage, OutgoingItem, ReleaseFacts, Written

DESCRIPTION, ITEMS, IMAGES = "croissant.json", "items.jsonl", "images.jsonl"
CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
ITEM_FIELDS = {
    "item_id": "The item's id: dataset/track/index.",
    "track": "The kind of question.",
    "version": "The version of the item that was read.",
    "status": "accepted, or rejected by its readers.",
    "method": "How gold came about: single, unanimous, majority or adjudicated.",
    "readers": "How many clinicians read the item.",
    "question": "The question after review.",
    "context": "The case a model is shown.",
    "answer": "The answer after review.",
    "aliases": "Further names that count as the answer.",
    "orpha_code": "The disease in Orphanet's nomenclature.",
    "category": "The benchmark's category.",
    "modality": "The main modality of the images.",
    "relation_type": "How the images relate, on the crossmodal track.",
    "case_id": "The patient's report.",
    "pmcid": "Its number in PubMed Central.",
    "doi": "Its DOI.",
    "licence": "The licence of the report and its images, as written.",
    "source": "Where the report comes from.",
    "gold": "All of gold as JSON: claims with verdicts and evidence, criteria, votes.",
}
IMAGE_FIELDS = {
    "item_id": "The item the image belongs to.",
    "position": "Its place in the item, from 1.",
    "sha256": "Of its file.",
    "path": "Where its file lies here; empty where it may not be passed on.",
    "slot_name": "Its label, such as Figure 1.",
    "caption": "Its caption after review.",
    "width": "In pixels.",
    "height": "In pixels.",
    "licence": "As written.",
    "left_out": "Why its file is not here; empty where it is.",
}
NUMBERS = frozenset({"version", "readers", "position", "width", "height"})
LISTS = frozenset({"aliases"})


def write(folder: Path, facts: ReleaseFacts, items: Items) -> Written:
    """Write items and images one a line, the images' files, and croissant.json."""
    rows = {DESCRIPTION: 1, ITEMS: 0, IMAGES: 0}
    licences: dict[str, str] = {}
    suffixes: set[str] = set()
    with ExitStack() as stack:
        out = {
            name: stack.enter_context((folder / name).open("w", encoding="utf-8", newline="\n"))
            for name in (ITEMS, IMAGES)
        }
        for item in items:
            _write(out[ITEMS], _item(item))
            rows[ITEMS] += 1
            licences.setdefault(item.item.case.licence or "", "")
            for image in item.images:
                _write(out[IMAGES], _image(item, image, folder))
                rows[IMAGES] += 1
            suffixes.update(Path(image.path).suffix for image in item.passed_on)
    description = _description(folder, facts, sorted(licences), sorted(suffixes))
    text = json.dumps(description, ensure_ascii=False, indent=2, allow_nan=False)
    (folder / DESCRIPTION).write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return Written(rows if rows[ITEMS] else dict.fromkeys(rows, 0))


def _item(one: OutgoingItem) -> dict[str, object]:
    gold, content, case = one.gold, one.item.content, one.item.case
    return {
        "item_id": one.item.item_id,
        "track": one.track.value,
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
        "case_id": case.case_id,
        "pmcid": case.pmcid or "",
        "doi": case.doi or "",
        "licence": case.licence or "",
        "source": case.source,
        "gold": canonical_json(gold.model_dump(mode="json")),
    }


def _image(one: OutgoingItem, image: OutgoingImage, folder: Path) -> dict[str, object]:
    return {
        "item_id": one.item.item_id,
        "position": image.position,
        "sha256": image.record.sha256,
        "path": "" if image.left_out else image.copy_into(folder),
        "slot_name": image.slot_name,
        "caption": image.caption,
        "width": image.record.width,
        "height": image.record.height,
        "licence": one.item.case.licence or "",
        "left_out": image.left_out,
    }


def _write(out: IO[str], row: dict[str, object]) -> None:
    out.write(f"{canonical_json(row)}\n")


def _description(
    folder: Path, facts: ReleaseFacts, licences: Sequence[str], suffixes: Sequence[str]
) -> dict[str, Any]:
    return {
        "@context": _context(),
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": f"gold-release-{facts.number}",
        "description": (
            f"{facts.title} of a rare-disease benchmark, checked by clinicians. Each item carries "
            "its case's source and licence; images whose licence does not let them be passed on "
            "are named in images.jsonl with the reason, and their files are not here."
        ),
        "version": f"{facts.number}.0.0",
        "datePublished": facts.made_at.date().isoformat(),
        "license": [_licence(name) for name in licences] or ["no licence given"],
        "url": f"urn:sha256:{facts.sha256}",
        "citeAs": f"{facts.title}, sha256 {facts.sha256}",
        "distribution": [
            _file(folder, ITEMS),
            _file(folder, IMAGES),
            *([_pictures(suffixes)] if suffixes else []),
        ],
        "recordSet": [
            _records("items", "One question about a case, after review.", ITEMS, ITEM_FIELDS),
            _records("images", "The images of the items, in order.", IMAGES, IMAGE_FIELDS),
            *([_picture_records()] if suffixes else []),
        ],
    }


def _licence(name: str) -> str:
    return licence_of(name).url or name or "no licence given"


def _file(folder: Path, name: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "encodingFormat": "application/jsonlines",
        "sha256": sha256_of(folder / name),
    }


def _pictures(suffixes: Sequence[str]) -> dict[str, Any]:
    kinds = {".jpg": "image/jpeg"}
    return {
        "@type": "cr:FileSet",
        "@id": "pictures",
        "name": "pictures",
        "description": "The images' files, each named by the sha256 of its bytes.",
        "encodingFormat": [kinds.get(suffix, f"image/{suffix[1:]}") for suffix in suffixes],
        "includes": [f"images/*{suffix}" for suffix in suffixes],
    }


def _records(name: str, what: str, file: str, fields: dict[str, str]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": what,
        "field": [_field(name, file, field, said) for field, said in fields.items()],
    }


def _field(records: str, file: str, name: str, what: str) -> dict[str, Any]:
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{records}/{name}",
        "name": f"{records}/{name}",
        "description": what,
        "dataType": "sc:Integer" if name in NUMBERS else "sc:Text",
        "source": {"fileObject": {"@id": file}, "extract": {"column": name}},
    }
    return {**field, "repeated": True} if name in LISTS else field


def _picture_records() -> dict[str, Any]:
    def field(name: str, kind: str, extracted: str) -> dict[str, Any]:
        return {
            "@type": "cr:Field",
            "@id": f"pictures-by-file/{name}",
            "name": f"pictures-by-file/{name}",
            "dataType": kind,
            "source": {"fileSet": {"@id": "pictures"}, "extract": {"fileProperty": extracted}},
        }

    return {
        "@type": "cr:RecordSet",
        "@id": "pictures-by-file",
        "name": "pictures-by-file",
        "description": "The pixels of every image that is here, by the name of its file.",
        "field": [
            field("file", "sc:Text", "filename"),
            field("pixels", "sc:ImageObject", "content"),
        ],
    }


def _context() -> dict[str, Any]:
    """Return the names a Croissant 1.0 description uses, as its specification sets them."""
    own = {
        name: f"cr:{name}"
        for name in (
            "citeAs", "column", "conformsTo", "data", "dataType", "equivalentProperty", "examples",
            "extract", "field", "fileObject", "fileProperty", "fileSet", "format", "includes",
            "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet",
            "references", "regex", "repeated", "replace", "samplingRate", "separator", "source",
            "subField", "transform",
        )
    }  # fmt: skip
    typed = {
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        "conformsTo": "dct:conformsTo",
    }
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "sc": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        **own,
        **typed,
    }
