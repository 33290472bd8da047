"""The two tables of the benchmark's second version are read exactly, or refused by name."""

from __future__ import annotations

import json

import pytest

from src.domain.item import Finding, Track
from src.files.formats import open_items
from src.files.incoming import IncomingItem
from src.files.mrarebench import peek_track
from tests.files.file_samples import DIAGNOSIS, ENCODED

DIFFERENTIAL = DIAGNOSIS | {
    "image findings": json.dumps(
        [
            {"title": "CT", "body": "Sclerosis.", "markdown": "### CT\nSclerosis."},
            {"title": "MRI", "markdown": "### MRI\nOedema."},
        ]
    ),
    "figure_mapping": json.dumps({"Figure 2": "images/PMC123_fig1.png"}),
}
POINTS = [
    {"point": "Stain", "image": "Image 2", "credit": "optional", "category": "modality"},
    {"point": "Nodes", "image": "Image 1", "credit": "Required ", "category": "macro_pattern"},
    {"point": "[18F]FDG uptake", "image": "", "credit": "required"},
    {"point": " ", "credit": "required"},
    "junk",
]
EVIDENCE = {
    "index": "e1",
    "row_key": "r1",
    "pmcid": "PMC7",
    "task_type": "attribution",
    "final_diagnosis": "Sarcoidosis",
    "orpha_code": "ORPHA:797",
    "question_open": "Which findings support it?",
    "context": "Established diagnosis: Sarcoidosis.",
    "image": json.dumps([ENCODED, ENCODED]),
    "image_slot_map": json.dumps([{"public_slot": "Image A"}, {}]),
    "gold_rationale": "Nodes and granulomas.",
    "gold_answer_open": "Nodes.",
    "decisive_image_ids": "[1]",
    "supporting_image_ids": "Image 1; Image 2",
    "acceptable_evidence_points": json.dumps(POINTS),
}


def only(path):
    opened = open_items(path)
    records = list(opened.records)
    assert len(records) == 1 and isinstance(records[0], IncomingItem), records
    return opened.format, records[0]


def test_a_differential_row_keeps_findings_apart_from_the_context(table):
    kind, item = only(table(DIFFERENTIAL))

    assert kind == "mrarebench_v2_differential"
    assert item.item_id == "mrarebench/differential/001"
    assert item.findings == (
        Finding(title="CT", body="Sclerosis."),
        Finding(title="MRI", body="Oedema."),
    )
    assert item.aliases == ("ECD", "polyostotic sclerosing histiocytosis")
    assert item.images[0].slot_name == "Figure 2"
    assert [(p.text, p.kind) for p in item.points] == [("Erdheim-Chester disease", "answer")]


def test_an_evidence_row_has_a_claim_and_a_criterion_for_each_point(table):
    kind, item = only(table(EVIDENCE))

    assert kind == "mrarebench_v2_evidence"
    assert (item.track, item.answer, item.orpha_code) == (
        Track.EVIDENCE,
        "Sarcoidosis",
        "ORPHA:797",
    )
    assert item.question == "Which findings support it?"
    assert item.case is not None and item.case.pmcid == "PMC7"
    assert [(p.text, p.kind, p.images, p.required) for p in item.points] == [
        ("Nodes", "point", (1,), True),
        ("[18F]FDG uptake", "point", (), True),
        ("Stain", "point", (2,), False),
        ("Sarcoidosis", "final_diagnosis", (), True),
    ]
    assert [(c.key, c.text, c.points, c.required) for c in item.criteria] == [
        ("required_point-1", "[Image 1] Nodes", 1.0, True),
        ("required_point-2", "[18F]FDG uptake", 1.0, True),
        ("optional_point-1", "[Image 2] Stain", 0.5, False),
    ]
    assert (item.decisive_images, item.supporting_images) == ((1,), (1, 2))
    assert [image.slot_name for image in item.images] == ["Image A", "Image 2"]
    assert item.extra["task_type"] == "attribution"
    assert json.loads(item.extra["acceptable_evidence_points"]) == POINTS


def test_rows_without_an_index_are_numbered_from_0_as_the_published_loader_does(table):
    rows = [{k: v for k, v in EVIDENCE.items() if k != "index"}] * 2
    indexes = [item.index for item in open_items(table(*rows)).records]
    assert indexes == ["0", "1"]


def test_a_table_of_the_first_version_stays_one(table):
    path = table(DIAGNOSIS)
    assert peek_track(path) is None
    assert open_items(path).format == "mmrarebench_v1_diagnosis"


@pytest.mark.parametrize(
    ("column", "cell", "rule"),
    [
        ("acceptable_evidence_points", '[{"point"', "bad_json"),
        ("acceptable_evidence_points", '{"point": "x"}', "wrong_type"),
        ("decisive_image_ids", "[3]", "out_of_range"),
        ("supporting_image_ids", "0", "out_of_range"),
        ("image_slot_map", '"Image 1"', "wrong_type"),
        ("question_open", " ", "empty_field"),
        ("image", "[1]", "wrong_type"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(table, places, column, cell, rule):
    records = list(open_items(table(EVIDENCE | {column: cell})).records)
    assert places(records) == [(2, column, rule)]


@pytest.mark.parametrize(
    "findings", ['{"title": "x"}', '["text"]', "[{"], ids=["object", "text", "broken"]
)
def test_findings_that_are_no_list_of_objects_are_refused(table, places, findings):
    records = list(open_items(table(DIFFERENTIAL | {"image findings": findings})).records)
    [(line, column, _)] = places(records)
    assert (line, column) == (2, "image findings")


@pytest.mark.parametrize("header", ["image_findings", "Image Findings", "imagefindings"])
def test_findings_under_another_spelling_are_not_taken_for_the_first_version(table, header):
    """The first version has no findings: as its diagnosis the column would be lost in silence."""
    row = {name: cell for name, cell in DIFFERENTIAL.items() if name != "image findings"}
    path = table(row | {header: DIFFERENTIAL["image findings"]})

    opened = open_items(path)
    [problem] = opened.records

    assert opened.format == "mrarebench_v2_differential"
    assert peek_track(path) is Track.DIFFERENTIAL
    assert (problem.line, problem.column, problem.rule) == (1, header, "unknown_column")
    assert "'image findings'" in problem.message


def test_columns_that_are_missing_or_misspelt_are_named(table, places):
    without = {k: v for k, v in EVIDENCE.items() if k not in {"final_diagnosis", "question_open"}}
    assert places(open_items(table(without)).records) == [
        (1, "final_diagnosis", "missing_column"),
        (1, "question_open", "missing_column"),
    ]
    misspelt = {
        ("decisive_image_id" if k == "decisive_image_ids" else k): v for k, v in EVIDENCE.items()
    }
    assert places(open_items(table(misspelt)).records) == [
        (1, "decisive_image_id", "unknown_column")
    ]
