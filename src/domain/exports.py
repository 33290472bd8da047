"""The formats a release is written in: for whom each is, how it is loaded, what may be chosen."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel


class ExportFormat(StrEnum):
    """What a release can be written as."""

    JSONL = "jsonl"
    VLMEVALKIT = "vlmevalkit"
    HEALTHBENCH = "healthbench"
    HF = "hf"
    CROISSANT = "croissant"
    COCO = "coco"
    CSV = "csv"
    XLSX = "xlsx"


class About(BaseModel, frozen=True, extra="forbid"):
    """What people are told of a format."""

    name: str
    for_whom: str
    load: str
    """How to load it, in three lines."""
    holds_images: bool = True
    rejected: bool = False
    """Whether items that their readers rejected are in it, marked as such."""


ABOUT: dict[ExportFormat, About] = {
    ExportFormat.JSONL: About(
        name="JSON Lines",
        for_whom="For this study itself: everything, to be kept or imported elsewhere.",
        load="import json\n"
        'with open("release-1.jsonl", encoding="utf-8") as file:\n'
        "    head, *items = map(json.loads, file)",
        rejected=True,
    ),
    ExportFormat.VLMEVALKIT: About(
        name="VLMEvalKit tables",
        for_whom="For running models with VLMEvalKit: the benchmark's four tables, as gold.",
        load='export LMUData="$PWD"\n'
        "python run.py --data MMRarebench_Diagnosis --model MODEL\n"
        "# in Python: pandas.read_csv('MMRarebench_Diagnosis.tsv', sep='\\t', dtype=str)",
    ),
    ExportFormat.HEALTHBENCH: About(
        name="HealthBench",
        for_whom="For rubric grading as HealthBench does it: criteria with points, no images.",
        load="import json\n"
        'with open("healthbench.jsonl", encoding="utf-8") as file:\n'
        "    examples = [json.loads(line) for line in file]",
        holds_images=False,
    ),
    ExportFormat.HF: About(
        name="Hugging Face dataset",
        for_whom="For Python users: one dataset with images and a card, also for the Hub.",
        load="from datasets import load_dataset\n"
        'gold = load_dataset("FOLDER", split="gold")\n'
        'print(gold[0]["question"], gold[0]["images"])',
        rejected=True,
    ),
    ExportFormat.CROISSANT: About(
        name="Croissant",
        for_whom="For data catalogues: a machine-readable description, records and images.",
        load="import mlcroissant\n"
        'dataset = mlcroissant.Dataset(jsonld="croissant.json")\n'
        'items = list(dataset.records(record_set="items"))',
        rejected=True,
    ),
    ExportFormat.COCO: About(
        name="COCO boxes",
        for_whom="For training or testing localisation: the boxes readers drew as evidence.",
        load="from pycocotools.coco import COCO\n"
        'boxes = COCO("annotations.json")\n'
        "print(boxes.loadAnns(boxes.getAnnIds()))",
    ),
    ExportFormat.CSV: About(
        name="CSV tables",
        for_whom="For statistics programs and spreadsheets: one table a file, no images.",
        load="import pandas as pd\n"
        'items = pd.read_csv("items.csv", dtype=str, keep_default_na=False)\n'
        'items = items.map(lambda text: text.removeprefix("\'"))',
        holds_images=False,
        rejected=True,
    ),
    ExportFormat.XLSX: About(
        name="Excel workbook",
        for_whom="For reading and checking in Excel: the same tables as sheets, no images.",
        load="import openpyxl\n"
        'book = openpyxl.load_workbook("release-1.xlsx", read_only=True)\n'
        'items = list(book["items"].values)',
        holds_images=False,
        rejected=True,
    ),
}


class ExportChoices(BaseModel, frozen=True, extra="forbid"):
    """What may be chosen of an export."""

    images: Literal["base64", "files"] = "base64"
    """Of the VLMEvalKit tables: inside them, or as files beside them."""
    known_only: bool = False
    """Leaves out images whose licence is not known, too: an export to be passed on as it is."""
    all_images: bool = False
    """Of JSON Lines: also images whose licence forbids passing them on, for a copy to keep."""

    @property
    def widened(self) -> bool:
        """True when images are in that only the lead may put in."""
        return self.all_images
