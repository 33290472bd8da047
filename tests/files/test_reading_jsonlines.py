"""RareReview's own JSON Lines are read strictly, and written so that they read the same."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.domain.canonical import text_sha256
from src.domain.derivation import Point
from src.domain.errors import BadInputError, Problem
from src.domain.evidence import ImageBox, WholeImage, span_of
from src.domain.item import CaseRecord, Claim, Criterion, Item, ItemContent, ItemImage, Track
from src.files.incoming import FileHead, IncomingItem
from src.files.jsonlines import ITEMS, RELEASE, line_of, read, to_bytes, write
from tests.files.file_samples import ENCODED, PIXEL

LINE = {"dataset": "demo", "track": "diagnosis", "index": "1", "question": "q?", "answer": "ECD"}
SHA = "a" * 64
OTHER = "b" * 64
FORMATS = Path(__file__).parents[2] / "docs" / "formats.md"


@pytest.fixture
def lines(raw):
    """Write objects, or texts as they are, as the lines of a file."""

    def written(*parts, name="items.jsonl"):
        texts = [part if isinstance(part, str) else json.dumps(part) for part in parts]
        return raw("".join(text + "\n" for text in texts), name)

    return written


def only(path):
    records = list(read(path))
    assert len(records) == 1 and isinstance(records[0], IncomingItem), records
    return records[0]


def test_an_item_line_is_read_whole(lines, tmp_path):
    (tmp_path / "a.png").write_bytes(PIXEL)
    item = only(
        lines(
            LINE
            | {
                "case": {"case_id": "c1", "pmcid": "PMC1", "retracted": True},
                "context": "c\u2028d\f",
                "aliases": ["Erdheim"],
                "category": "h",
                "orpha_code": "35687",
                "modality": "CT",
                "relation_type": "confirm",
                "findings": [{"title": "t", "body": "b"}],
                "images": [
                    {"path": "a.png", "slot_name": "Figure 1", "caption": "cap", "sha256": SHA},
                    {"base64": ENCODED, "name": "b.png"},
                ],
                "claims": [{"text": "x", "kind": "k", "images": [2], "required": False}],
                "criteria": [
                    {"text": "names it", "points": 2, "key": "a"},
                    {"text": "how sure", "kind": "ordinal", "maximum": 3, "active": False},
                ],
                "decisive_images": [1],
                "supporting_images": [1, 2],
                "extra": {"note": "n"},
                "version": 3,
                "gold": {"status": "accept", "votes": [1, None]},
            }
        )
    )

    assert (item.item_id, item.version, item.context) == ("demo/diagnosis/1", 3, "c\u2028d\f")
    assert item.case == CaseRecord(case_id="c1", pmcid="PMC1", retracted=True)
    assert [image.load() for image in item.images] == [PIXEL, PIXEL]
    assert [image.name for image in item.images] == ["a.png", "b.png"]
    assert [image.column for image in item.images] == ["images[0].path", "images[1].base64"]
    assert (item.images[0].sha256, item.images[0].caption) == (SHA, "cap")
    assert [c.criterion_id for c in item.criteria] == ["k1", "k2"]
    assert (item.criteria[1].maximum, item.criteria[1].active) == (3, False)
    assert item.claims([SHA, OTHER]) == (
        Claim(claim_id="c1", text="x", kind="k", links=(WholeImage(sha256=OTHER),)),
    )
    assert item.gold == {"status": "accept", "votes": [1, None]}


@pytest.mark.parametrize("track", list(Track))
def test_without_claims_they_are_derived_by_the_track_s_rule(lines, track):
    item = only(lines(LINE | {"track": track.value, "relation_type": "contrast"}))

    expected = {
        Track.DIAGNOSIS: ["ECD"],
        Track.DIFFERENTIAL: ["ECD"],
        Track.TREATMENT: ["ECD"],
        Track.EXAMINATION: ["ECD"],
        Track.EVIDENCE: ["ECD"],
        Track.CROSSMODAL: ["The images contrast each other."],
    }
    assert [point.text for point in item.points] == expected[track]
    assert item.criteria == ()
    assert item.case == CaseRecord(case_id=f"demo/{track.value}/1")


def test_an_empty_list_of_claims_means_no_claims(lines):
    assert only(lines(LINE | {"claims": []})).points == ()


def test_evidence_points_become_criteria_of_one_and_a_half_points(lines):
    claims = [
        {"text": "sclerosis"},
        {"text": "uptake", "required": False},
        {"text": "ECD", "kind": "final_diagnosis"},
    ]

    item = only(lines(LINE | {"track": "evidence", "claims": claims}))

    assert [(c.key, c.text, c.points, c.required) for c in item.criteria] == [
        ("required_point-1", "sclerosis", 1.0, True),
        ("optional_point-1", "uptake", 0.5, False),
    ]


def test_given_ids_are_kept_and_the_others_filled_up(lines):
    claims = [{"text": "x"}, {"text": "y", "claim_id": "c1"}, {"text": "z", "claim_id": "c7"}]
    criteria = [{"text": "x", "criterion_id": "k1"}, {"text": "y"}]

    item = only(lines(LINE | {"claims": claims, "criteria": criteria}))

    assert [claim.claim_id for claim in item.claims([])] == ["c2", "c1", "c7"]
    assert [criterion.criterion_id for criterion in item.criteria] == ["k1", "k2"]


def test_the_first_line_may_name_the_dataset_for_all(lines):
    line = {key: value for key, value in LINE.items() if key != "dataset"}

    found = list(read(lines({"format": ITEMS, "dataset": "d"}, line, LINE | {"index": "2"})))

    assert [(item.line, item.item_id) for item in found] == [
        (2, "d/diagnosis/1"),
        (3, "demo/diagnosis/2"),
    ]


def test_the_same_index_may_stand_in_two_tracks(lines):
    assert len(list(read(lines(LINE, LINE | {"track": "treatment"})))) == 2


# What is refused


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ('{"a": 1, "a": 2}', "duplicate_key"),
        ('{"extra": {"a": "1", "a": "2"}}', "duplicate_key"),
        ('{"a": NaN}', "not_a_number"),
        ('{"a": Infinity}', "not_a_number"),
        ('{"a": -Infinity}', "not_a_number"),
        ('{"a": 1e999}', "number_too_large"),
        ('{"a": %s}' % ("9" * 5000), "number_too_large"),
        ('{"a": 9223372036854775808}', "number_too_large"),
        ("[" * 100_000, "too_deep"),
        ('{"a": ' + "[" * 101 + "]" * 101 + "}", "too_deep"),
        ('{"a":' * 60_000, "too_deep"),
        ('{"a": "\\ud800"}', "lone_surrogate"),
        ('{"\\udc00": 1}', "lone_surrogate"),
        ('{"a": "\\u0000"}', "nul"),
        ('{"a": 1,}', "bad_json"),
        ('{"a": 1} {"b": 2}', "bad_json"),
        ("{'a': 1}", "bad_json"),
        ('{"a": "\x01"}', "bad_json"),
        ("", "blank_line"),
        ("   ", "blank_line"),
        ("[]", "wrong_type"),
        ('"text"', "wrong_type"),
        ("[" + "1," * 200_000 + "1]", "too_many_values"),
    ],
)
def test_a_line_that_is_not_plain_json_is_refused_and_the_next_is_read(lines, line, rule):
    problem, item = read(lines(line, LINE))

    assert isinstance(problem, Problem)
    assert (problem.line, problem.column, problem.rule) == (1, None, rule)
    assert (item.line, item.index) == (2, "1")


def test_a_hundred_levels_are_not_too_deep(lines):
    deep = '{"a": ' + "[" * 98 + "]" * 98 + "}"

    item = only(lines(json.dumps(LINE)[:-1] + f', "gold": {deep}}}'))

    assert item.gold is not None


@pytest.mark.parametrize("content", ["", "\ufeff"])
def test_a_file_without_lines_has_no_rows(raw, places, content):
    assert places(read(raw(content, "x.jsonl"))) == [(None, None, "no_rows")]


def test_a_first_line_alone_has_no_rows(lines, places):
    assert places(read(lines({"format": RELEASE, "release": {}}))) == [(None, None, "no_rows")]


def test_bytes_that_are_not_utf_8_and_nul_are_refused(raw):
    content = b'{"index": "\xe9"}\n{"index": "\0"}\n' + json.dumps(LINE).encode()

    first, second, item = read(raw(content, "x.jsonl"))

    assert (first.line, first.rule, second.line, second.rule) == (1, "encoding", 2, "nul")
    assert "byte 11" in first.message
    assert item.line == 3


@pytest.mark.parametrize(
    ("change", "column", "rule"),
    [
        ({"index": 1}, "index", "wrong_type"),
        ({"question": None}, "question", "wrong_type"),
        ({"question": " "}, "question", "empty_field"),
        ({"answer": ["a"]}, "answer", "wrong_type"),
        ({"aliases": "a"}, "aliases", "wrong_type"),
        ({"aliases": ["a", 2]}, "aliases[1]", "wrong_type"),
        ({"aliases": [""]}, "aliases[0]", "empty_field"),
        ({"track": "diagnoses"}, "track", "unknown_value"),
        ({"colour": "red"}, "colour", "unknown_field"),
        ({"case": {"case_id": "c", "retracted": "yes"}}, "case.retracted", "wrong_type"),
        ({"case": {}}, "case.case_id", "missing_field"),
        ({"findings": [{"markdown": "x"}]}, "findings[0].markdown", "unknown_field"),
        ({"extra": {"a": 1}}, "extra.a", "wrong_type"),
        ({"version": 0}, "version", "bad_value"),
        ({"version": True}, "version", "wrong_type"),
        ({"images": [{}]}, "images[0]", "image_source"),
        ({"images": [{"path": "a", "base64": "b"}]}, "images[0]", "image_source"),
        ({"images": [{"path": "none.png"}]}, "images[0].path", "missing_file"),
        ({"images": [{"path": "../a.png"}]}, "images[0].path", "path_outside"),
        ({"images": [{"path": "http://a/b"}]}, "images[0].path", "url_not_allowed"),
        ({"images": [{"base64": "AAAA", "name": "../x"}]}, "images[0].name", "path_outside"),
        ({"images": [{"base64": "AAAA", "sha256": "x"}]}, "images[0].sha256", "bad_value"),
        ({"claims": [{"text": ""}]}, "claims[0].text", "empty_field"),
        ({"claims": [{"text": "\t"}]}, "claims[0].text", "empty_field"),
        ({"claims": [{"text": "a", "images": [1]}]}, "claims[0].images[0]", "out_of_range"),
        ({"claims": [{"text": "a", "required": "yes"}]}, "claims[0].required", "wrong_type"),
        (
            {"claims": [{"text": "a", "links": [{"type": "circle"}]}]},
            "claims[0].links[0]",
            "unknown_value",
        ),
        (
            {"claims": [{"text": "a", "links": [{"type": "image", "sha256": 5}]}]},
            "claims[0].links[0].sha256",
            "wrong_type",
        ),
        (
            {"claims": [{"text": "a", "claim_id": "c1"}, {"text": "b", "claim_id": "c1"}]},
            "claims[1].claim_id",
            "duplicate_id",
        ),
        ({"criteria": [{"text": "a", "points": "1"}]}, "criteria[0].points", "wrong_type"),
        ({"criteria": [{"text": "a", "points": True}]}, "criteria[0].points", "wrong_type"),
        ({"criteria": [{"text": "a", "kind": "star"}]}, "criteria[0].kind", "unknown_value"),
        ({"criteria": [{"text": "a", "maximum": 0}]}, "criteria[0].maximum", "bad_value"),
        ({"decisive_images": [0]}, "decisive_images[0]", "out_of_range"),
        ({"index": "a\u200b"}, "index", "bad_id"),
        ({"dataset": "a/b"}, "dataset", "bad_id"),
        ({"dataset": ""}, "dataset", "missing_field"),
    ],
)
def test_a_field_that_is_wrong_is_named_by_its_json_path(lines, places, change, column, rule):
    assert places(read(lines(LINE | change))) == [(1, column, rule)]


@pytest.mark.parametrize("name", ["track", "index", "question", "answer"])
def test_a_field_that_is_missing_is_named(lines, places, name):
    line = {key: value for key, value in LINE.items() if key != name}

    assert places(read(lines(line))) == [(1, name, "missing_field")]


def test_all_that_is_wrong_with_a_line_is_told_at_once(lines, places):
    line = {"track": "x", "index": 1, "question": "q", "answer": "a", "b": 1}

    assert places(read(lines(line))) == [
        (1, "track", "unknown_value"),
        (1, "index", "wrong_type"),
        (1, "b", "unknown_field"),
    ]


def test_an_id_that_stands_twice_names_both_lines(lines):
    _, problem = read(lines(LINE, LINE | {"index": " 1"}))

    assert (problem.line, problem.column, problem.rule) == (2, "index", "duplicate_id")
    assert "line 1" in problem.message and "line 2" in problem.message


def test_a_span_must_quote_the_text_it_points_into(lines, places):
    good = span_of("question", "q?", 0, 1).model_dump()
    claims = [{"text": "a", "links": [good, good | {"quote": "z"}, good | {"field": "caption:1"}]}]

    assert places(read(lines(LINE | {"claims": claims}))) == [
        (1, "claims[0].links[1]", "bad_span"),
        (1, "claims[0].links[2]", "bad_span"),
    ]


def test_an_unknown_format_stops_the_reading(lines, places):
    path = lines({"format": "rare-review/items/9"}, LINE)

    assert places(read(path)) == [(1, "format", "unknown_format")]


def test_a_first_line_is_strict_too(lines, places):
    assert places(read(lines({"format": ITEMS, "datset": "d"}, LINE))) == [
        (1, "datset", "unknown_field")
    ]


def test_a_missing_file_is_refused_at_once(tmp_path):
    with pytest.raises(BadInputError) as refusal:
        read(tmp_path / "none.jsonl")
    assert refusal.value.problems[0].rule == "missing_file"


# Writing


def test_the_same_lines_always_give_the_same_bytes(tmp_path):
    head = FileHead(format=ITEMS, dataset="é")
    path, stream = tmp_path / "out.jsonl", io.BytesIO()

    assert write(path, head, [{"b": 1, "a": "\u2028"}]) == 1
    write(stream, head, [{"a": "\u2028", "b": 1}])

    assert path.read_bytes() == stream.getvalue() == to_bytes(head, [{"a": "\u2028", "b": 1}])
    assert path.read_text(encoding="utf-8") == (
        '{"dataset":"é","format":"rare-review/items/1"}\n{"a":"\u2028","b":1}\n'
    )
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_write_that_breaks_off_leaves_the_old_file(tmp_path):
    path = tmp_path / "out.jsonl"
    write(path, None, [{"a": 1}])

    with pytest.raises(ValueError, match="JSON compliant"):
        write(path, None, [{"a": 2}, {"a": float("nan")}])

    assert path.read_text() == '{"a":1}\n'


def test_an_item_written_and_read_is_the_same_item(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(PIXEL)
    question = "What does the \u202earrow show?"
    item = Item(
        item_id="demo/evidence/a/b",
        version=2,
        case=CaseRecord(case_id="c1", licence="CC BY"),
        track=Track.EVIDENCE,
        content=ItemContent(
            question=question,
            answer="",
            aliases=("x",),
            images=(ItemImage(position=1, sha256=SHA, slot_name="F", original_name="a.png"),),
            decisive_images=(1,),
            extra={"k": "v"},
        ),
        claims=(
            Claim(
                claim_id="c4",
                text="x",
                links=(
                    WholeImage(sha256=SHA),
                    ImageBox(sha256=SHA, x=1, y=2, width=3, height=4),
                    span_of("question", question, 5, 9),
                ),
            ),
        ),
        criteria=(Criterion(criterion_id="k9", key="p-1", text="t", points=0.5, active=False),),
    )
    paths = {SHA: "images/a.png"}
    path = tmp_path / "release.jsonl"
    write(path, FileHead(format=RELEASE, release={"number": 1}), [line_of(item, paths)])

    found = only(path)

    assert (found.item_id, found.version) == (item.item_id, 2)
    assert found.claims([SHA]) == item.claims
    assert found.criteria == item.criteria
    assert found.case == item.case
    images = tuple(
        ItemImage(
            position=n,
            sha256=image.sha256 or "",
            slot_name=image.slot_name,
            caption=image.caption,
            original_name=image.name,
        )
        for n, image in enumerate(found.images, start=1)
    )
    again = item.content.model_copy(
        update={"images": images}
        | {name: getattr(found, name) for name in ("question", "aliases", "extra", "answer")}
    )
    assert again == item.content
    assert text_sha256(found.question) == text_sha256(question)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(question=TEXT.filter(str.strip), context=TEXT, aliases=st.lists(TEXT.filter(bool)))
@settings(max_examples=100, deadline=None)
def test_any_text_written_as_json_lines_comes_back_exactly(
    tmp_path_factory, question, context, aliases
):
    """What is written is read again code point for code point, on one line."""
    path = tmp_path_factory.mktemp("round") / "x.jsonl"
    write(path, None, [LINE | {"question": question, "context": context, "aliases": aliases}])

    item = only(path)

    assert (item.question, item.context, list(item.aliases)) == (question, context, aliases)
    assert path.read_bytes().count(b"\n") == 1


# The documentation


def _examples() -> dict[str, str]:
    blocks = re.findall(r"```json\n(.*?)```", FORMATS.read_text(encoding="utf-8"), re.S)
    lines = [line for block in blocks for line in block.splitlines() if '"question"' in line]
    return {json.loads(line)["track"]: line for line in lines}


@pytest.mark.parametrize("track", list(Track))
def test_the_documented_example_of_each_track_is_read(tmp_path, lines, track):
    (tmp_path / "images").mkdir()
    for name in re.findall(r'"path": ?"([^"]+)"', _examples()[track.value]):
        (tmp_path / name).write_bytes(PIXEL)

    item = only(lines(_examples()[track.value]))

    assert item.track is track
    assert all(isinstance(point, Point) for point in item.points) and item.points
