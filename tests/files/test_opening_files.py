"""A file is told by its name and first line, and read with its progress known."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.domain.errors import BadInputError, Problem
from src.domain.item import Track
from src.files.formats import open_items
from src.files.incoming import IncomingItem
from src.files.predictions import IncomingPrediction, read_predictions
from tests.files.file_samples import DIAGNOSIS

ROOT = Path(__file__).parents[2]
LINE = {"dataset": "d", "track": "evidence", "index": "1", "question": "q", "answer": "a"}
IMPORT_RULES = {
    "ambiguous_index",
    "contradiction",
    "graded_twice",
    "unknown_criterion",
    "unknown_items",
    "hash_differs",
    "bomb",
    "unsupported_mode",
    "not_an_image",
    "unsupported_format",
    "too_large",
    "truncated",
    "multi_frame",
    "decode_failed",
    "timeout",
    "memory",
    "crashed",
    "bad_base64",
}
"""What preparing an item's images adds: src/images and the importing service."""


def test_a_table_is_opened_with_its_track_size_hash_and_progress(table):
    path = table(*(DIAGNOSIS | {"index": str(n)} for n in range(5)))

    opened = open_items(path)

    assert opened.format == "mmrarebench_v1_diagnosis"
    assert opened.head.dataset == "mmrarebench"
    assert opened.tell() == 0
    assert [item.index for item in opened.records] == list("01234")
    assert opened.tell() == opened.size_bytes == path.stat().st_size
    assert opened.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_json_lines_and_releases_are_told_apart(raw):
    items = open_items(raw(json.dumps(LINE), "a.JSONL"))
    head = {"format": "rare-review/release/1", "release": {"number": 2}}
    release = open_items(raw(f"{json.dumps(head)}\n{json.dumps(LINE)}\n", "b.jsonl"))

    assert (items.format, items.head.release) == ("jsonl", None)
    assert (release.format, release.head.release) == ("release", {"number": 2})
    assert len(list(items.records)) == len(list(release.records)) == 1


def test_the_dataset_can_be_named(table):
    opened = open_items(table(DIAGNOSIS), dataset="mine")

    assert [item.item_id for item in opened.records] == ["mine/diagnosis/001"]


def test_a_table_whose_track_cannot_be_told_is_opened_and_refused_in_its_records(raw, places):
    opened = open_items(raw("index\tquestion\tanswer\tcontext\timage\n", "x.tsv"))

    assert opened.format == "mmrarebench_v1"
    assert places(opened.records) == [(1, None, "unknown_track")]


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv", "a.json", "a", "a.tsv.gz"])
def test_an_unknown_format_is_a_problem_of_the_file(raw, places, name):
    opened = open_items(raw("x", name))

    assert opened.format == "unknown"
    assert places(opened.records) == [(None, None, "unknown_format")]


@pytest.mark.parametrize("name", ["none.tsv", "none.jsonl", "none.xlsx", "folder.tsv"])
def test_a_missing_file_or_a_folder_is_refused_at_once(tmp_path, name):
    (tmp_path / "folder.tsv").mkdir()

    with pytest.raises(BadInputError) as refusal:
        open_items(tmp_path / name)

    assert [(p.line, p.rule) for p in refusal.value.problems] == [(None, "missing_file")]


def test_a_dataset_with_a_slash_is_refused(table):
    with pytest.raises(BadInputError, match="slash"):
        open_items(table(DIAGNOSIS), dataset="a/b")


def _rules_in_the_code() -> set[str]:
    text = "\n".join(path.read_text() for path in (ROOT / "src" / "files").glob("*.py"))
    raised = r"(?:FileFault|ImageRejected|LineFault)\(\s*\"(\w+)\""
    table = text[text.index("_RULES = {") : text.index('"""Ours by pydantic')]
    return {
        *re.findall(raised, text),
        *re.findall(r'\.refuse\("\w+", "(\w+)"', text),
        *re.findall(r'rule="(\w+)"', text),
        *re.findall(r': "(\w+)"', table),
        "wrong_type",
        "bad_value",
    }


def test_every_rule_is_explained_once_in_the_documentation():
    listed = (ROOT / "docs" / "formats.md").read_text().partition("\n## Rules\n")[2]
    documented = re.findall(r"^\| `(\w+)` \| .+ \|$", listed, re.M)
    rules = _rules_in_the_code()

    assert {"ragged_row", "nul", "duplicate_key", "missing_file", "no_rows", "empty_field"} <= rules
    assert len(documented) == len(set(documented))
    assert rules | IMPORT_RULES == set(documented)


PIECES = st.sampled_from(
    [
        *[
            b'"',
            b'""',
            b"\t",
            b"\n",
            b"\r",
            b"\r\n",
            b"\0",
            b"\xff",
            b"\xef\xbb\xbf",
            b"a",
            b"\xc3\xa9",
        ],
        *[
            b"[",
            b"]",
            b"{",
            b"}",
            b":",
            b",",
            b"1",
            b"NaN",
            b"1e999",
            b"\\ud800",
            b"\\u0000",
            b"null",
        ],
        *[b'"index"', b'"track"', b'"diagnosis"', b'"claims"', b'"text"', b'{"format":', b"../"],
        b"index\tquestion\tanswer\tcontext\timage_path\tgolden_mainline\tfigure_mapping\n",
        b"index\tprediction\n",
        json.dumps(LINE).encode(),
    ]
)


@given(parts=st.lists(PIECES, max_size=30), name=st.sampled_from(["crossmodal.tsv", "x.jsonl"]))
@settings(max_examples=400, deadline=None)
def test_whatever_a_file_holds_its_reader_yields_items_and_problems_and_never_fails(parts, name):
    """No bytes make a reader raise, or end without a word about why there is nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(b"".join(parts))

        records = list(open_items(path).records)
        answers = list(read_predictions(path, Track.CROSSMODAL))

    assert records and all(isinstance(record, IncomingItem | Problem) for record in records)
    assert answers and all(isinstance(a, IncomingPrediction | Problem) for a in answers)
