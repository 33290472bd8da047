"""MMRareBench's tables are read exactly, or refused with line, column and rule."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.domain.errors import BadInputError, ImageRejected, Problem
from src.domain.item import Track
from src.files.incoming import IncomingItem
from src.files.mmrarebench import read
from tests.files.file_samples import COMMON, DIAGNOSIS, ENCODED, PIXEL

HEADER = "index\tquestion\tanswer\tcontext\timage_path\tcategory\n"


def only(path, **options):
    records = list(read(path, **options))
    assert len(records) == 1 and isinstance(records[0], IncomingItem), records
    return records[0]


def items(path, **options):
    records = list(read(path, **options))
    assert all(isinstance(record, IncomingItem) for record in records), records
    return records


# What is read


def test_a_diagnosis_row_becomes_an_item_with_its_answer_as_the_claim(table):
    item = only(table(DIAGNOSIS))

    assert (item.line, item.item_id) == (2, "mmrarebench/diagnosis/001")
    assert item.question == "What is the diagnosis?"
    assert item.aliases == ("ECD", "polyostotic sclerosing histiocytosis")
    assert (item.category, item.orpha_code, item.modality) == ("histiocytosis", "ORPHA:35687", "CT")
    assert [(p.text, p.kind) for p in item.points] == [("Erdheim-Chester disease", "answer")]
    assert item.criteria == ()
    assert item.images[0].name == "images/PMC123_fig1.png"
    assert item.images[0].load() == PIXEL


def test_a_treatment_row_has_a_claim_a_sentence_and_a_criterion_a_rubric_line(table):
    row = COMMON | {
        "answer": "Give vemurafenib. Watch the skin.",
        "rubric_must_include": '["vemurafenib", "dose 960 mg"]',
        "rubric_must_not": "methotrexate; radiotherapy first",
    }

    item = only(table(row, name="x.tsv"))

    assert item.track is Track.TREATMENT
    assert [point.text for point in item.points] == ["Give vemurafenib.", "Watch the skin."]
    assert [(c.key, c.text, c.points) for c in item.criteria] == [
        ("must_include-1", "vemurafenib", 1.0),
        ("must_include-2", "dose 960 mg", 1.0),
        ("must_not-1", "methotrexate", -1.0),
        ("must_not-2", "radiotherapy first", -1.0),
    ]


def test_a_crossmodal_row_links_its_claims_to_the_figures_they_name(table):
    row = COMMON | {
        "image": json.dumps([ENCODED, ENCODED]),
        "image_path": json.dumps(["i/PMC9_a.jpg", "i/PMC9_b.jpg"]),
        "figure_mapping": json.dumps({"Figure 2A": "i/PMC9_b.jpg", "Figure 1": "PMC9_a.jpg"}),
        "golden_mainline": json.dumps(
            [
                {"claim": "CT shows sclerosis", "figures": ["Figure 1", "figure 2a"]},
                {"claim": "Scan shows uptake", "image": 2},
                {"claim": "Both agree", "evidence": ["no such figure"]},
                "A plain claim",
            ]
        ),
        "relation_type": "confirm",
    }

    item = only(table(row, name="x.tsv"))

    assert item.track is Track.CROSSMODAL
    assert [image.slot_name for image in item.images] == ["Figure 1", "Figure 2A"]
    assert [(point.kind, point.images) for point in item.points] == [
        ("mainline", (1, 2)),
        ("mainline", (2,)),
        ("mainline", ()),
        ("mainline", ()),
        ("relation", ()),
    ]
    assert [c.key for c in item.criteria] == [f"mainline-{n}" for n in (1, 2, 3, 4)]


def test_an_examination_row_has_key_tests_red_flags_and_errors(table):
    row = COMMON | {
        "key_test_names": '["BRAF V600E"]',
        "red_flags_to_rule_out": "fracture",
        "must_not": '["biopsy of the heart"]',
    }

    item = only(table(row, name="x.tsv"))

    assert item.track is Track.EXAMINATION
    assert [(c.key, c.points) for c in item.criteria] == [
        ("key_test-1", 1.0),
        ("red_flag-1", 1.0),
        ("must_not-1", -1.0),
    ]


@pytest.mark.parametrize(
    ("name", "track"),
    [
        ("diagnosis_opened.tsv", Track.DIAGNOSIS),
        ("TREATMENT_plan.tsv", Track.TREATMENT),
        ("crossmodal_comparison.tsv", Track.CROSSMODAL),
        ("examination_workup.tsv", Track.EXAMINATION),
        ("MMRarebench_Diagnosis.tsv", Track.DIAGNOSIS),
    ],
)
def test_without_columns_of_its_own_a_file_s_name_tells_the_track(table, name, track):
    item = only(table(COMMON, name=name))

    assert item.track is track
    assert item.criteria == ()


def test_figures_of_base64_images_are_found_by_the_names_the_benchmark_writes(table):
    row = COMMON | {
        "index": "7",
        "image": json.dumps([ENCODED, ENCODED]),
        "image_path": "",
        "figure_mapping": json.dumps({"Figure B": "7--2.jpg"}),
    }

    assert [i.slot_name for i in only(table(row)).images] == ["", "Figure B"]


def test_a_single_base64_text_is_an_image(table):
    item = only(table(DIAGNOSIS | {"image": ENCODED, "image_path": "one.png"}))

    assert [image.load() for image in item.images] == [PIXEL]


def test_images_come_from_the_file_s_folder_or_the_given_one(table, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "here.png").write_bytes(PIXEL)
    (tmp_path / "elsewhere" / "there.png").write_bytes(PIXEL)

    near = only(table(DIAGNOSIS | {"image": "", "image_path": "here.png"}))
    far = only(
        table(DIAGNOSIS | {"image": "", "image_path": '["there.png"]'}),
        image_root=tmp_path / "elsewhere",
    )

    assert near.images[0].load() == far.images[0].load() == PIXEL


def test_an_item_may_have_no_images(table):
    assert only(table(DIAGNOSIS | {"image": "", "image_path": " "})).images == ()


def test_one_image_may_stand_in_two_rows(table, tmp_path):
    (tmp_path / "a.png").write_bytes(PIXEL)
    row = DIAGNOSIS | {"image": "", "image_path": "a.png"}

    assert len(items(table(row, row | {"index": "002"}))) == 2


def test_a_byte_order_mark_is_dropped(raw):
    item = only(raw(b"\xef\xbb\xbf" + f"{HEADER}001\tq\ta\tc\t\tk\n".encode()))

    assert item.index == "001"


def test_ids_stay_the_strings_they_are(table):
    odd = ["001", "1e5", "NA", "None", "nan", "TRUE", "1-2", "MARCH1", "SEPT2", "1.0", "0x1F"]

    found = items(table(*(DIAGNOSIS | {"index": index} for index in odd)))

    assert [item.index for item in found] == odd


def test_line_breaks_inside_a_cell_are_kept_and_counted(table):
    text = "one\r\ntwo\nthree\rfour\u2028five"

    first, second = items(table(DIAGNOSIS | {"context": text}, DIAGNOSIS | {"index": "2"}))

    assert first.context == text
    assert (first.line, second.line) == (2, 5)


def test_hostile_text_is_kept_verbatim(table):
    texts = ["'); DROP TABLE review;--", "%s {0}", "=1+1", "\x1b[31m\u202e", "<script>"]
    row = DIAGNOSIS | {"__class__": texts[0], "question": texts[1], "context": "".join(texts)}

    item = only(table(row))

    assert item.extra == {"__class__": texts[0]}
    assert (item.question, item.context) == (texts[1], "".join(texts))


def test_the_case_is_known_by_pmcid_then_case_id_then_image_path_then_item(table):
    rows = [
        DIAGNOSIS | {"index": "1", "pmcid": "PMC5", "case_id": "k"},
        DIAGNOSIS | {"index": "2", "pmcid": "", "case_id": "k"},
        DIAGNOSIS | {"index": "3", "pmcid": "", "case_id": ""},
        DIAGNOSIS | {"index": "4", "pmcid": "", "case_id": "", "image_path": "fig.png"},
    ]

    cases = [item.case for item in items(table(*rows))]

    assert [case.case_id for case in cases] == ["PMC5", "k", "PMC123", "mmrarebench/diagnosis/4"]
    assert [case.pmcid for case in cases] == ["PMC5", "PMC123", "PMC123", None]


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1, max_size=4)
)
@settings(max_examples=150, deadline=None)
def test_any_text_comes_back_exactly_as_it_was_written(texts):
    """Whatever csv writes with every cell quoted is read again code point for code point."""
    names = [f"note {n}" for n in range(len(texts))]
    row = DIAGNOSIS | dict(zip(names, texts, strict=True)) | {"answer": texts[0]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "diagnosis.tsv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerows([list(row), list(row.values())])

        item = only(path)

    assert list(item.extra.values()) == texts
    assert item.answer == texts[0]


# What is refused as a whole


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n"])
def test_an_empty_file_has_no_rows(raw, places, content):
    assert places(read(raw(content))) == [(None, None, "no_rows")]


@pytest.mark.parametrize("after", ["", "\n\n", "\r\n\r\n"])
def test_a_header_alone_has_no_rows(raw, places, after):
    assert places(read(raw(HEADER + after))) == [(None, None, "no_rows")]


@pytest.mark.parametrize("name", ["index", "question", "answer", "context"])
def test_a_missing_column_is_named(table, places, name):
    row = {key: value for key, value in DIAGNOSIS.items() if key != name}

    assert places(read(table(row))) == [(1, name, "missing_column")]


def test_one_of_the_two_image_columns_is_needed(table, places):
    row = {key: value for key, value in DIAGNOSIS.items() if not key.startswith("image")}

    assert places(read(table(row))) == [(1, "image", "missing_column")]


@pytest.mark.parametrize(
    ("wrong", "right"), [("questoin", "question"), ("Index", "index"), (" answer", "answer")]
)
def test_a_misspelt_column_is_told_from_an_unknown_one(table, wrong, right):
    row = {wrong if key == right else key: value for key, value in DIAGNOSIS.items()}

    problem, *others = read(table(row))

    assert not others
    assert (problem.line, problem.column, problem.rule) == (1, wrong, "unknown_column")
    assert f"did you mean {right!r}" in problem.message


def test_a_misspelt_rubric_column_is_not_lost(table, places):
    row = COMMON | {"rubric_must_include": "a", "rubric_must_nots": "b"}

    assert places(read(table(row))) == [(1, "rubric_must_nots", "unknown_column")]


def test_a_column_that_stands_twice_is_refused(raw, places):
    path = raw("index\tquestion\tanswer\tcontext\timage\tanswer\n1\tq\ta\tc\t\tb\n")

    assert places(read(path)) == [(1, "answer", "duplicate_column")]


def test_a_column_without_a_name_is_refused(raw, places):
    path = raw("index\tquestion\tanswer\tcontext\timage\t\n1\tq\ta\tc\t\tb\n")

    assert places(read(path)) == [(1, None, "empty_column_name")]


def test_more_than_a_thousand_columns_are_refused(raw, places):
    assert places(read(raw("a\t" * 1001 + "\n"))) == [(1, None, "too_many_columns")]


def test_columns_of_two_tracks_are_refused(table, places):
    row = DIAGNOSIS | {"rubric_must_include": "a"}

    assert places(read(table(row))) == [(1, None, "mixed_tracks")]


def test_a_table_of_no_known_track_is_refused(table, places):
    assert places(read(table(COMMON, name="export.tsv"))) == [(1, None, "unknown_track")]


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-16", "UTF-16"), ("utf-16-be", "UTF-16"), ("utf-32", "UTF-32")]
)
def test_another_unicode_encoding_is_named(raw, encoding, name):
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""

    problem, *others = read(raw(mark + HEADER.encode(encoding)))

    assert not others
    assert (problem.line, problem.rule) == (1, "encoding")
    assert name in problem.message and "byte 0" in problem.message


def test_a_missing_file_and_a_folder_are_refused_at_once(tmp_path):
    for path in (tmp_path / "none.tsv", tmp_path):
        with pytest.raises(BadInputError) as refusal:
            read(path)
        assert [p.rule for p in refusal.value.problems] == ["missing_file"]


# What is refused row by row, while the rows after it are read


def test_latin_1_is_refused_by_line_and_byte_and_reading_goes_on(raw):
    content = HEADER.encode() + b"1\tq\xe9\ta\tc\t\tk\n" + b"2\tq\ta\tc\t\tk\n"

    problem, item = read(raw(content))

    assert (problem.line, problem.column, problem.rule) == (2, None, "encoding")
    assert f"byte {len(HEADER) + 3} (0xE9)" in problem.message
    assert item.index == "2"


def test_a_bad_byte_inside_a_quoted_cell_spoils_only_its_own_record(raw):
    content = HEADER.encode() + b'1\t"q\nbad \xff\nq"\ta\tc\t\tk\n' + b"2\tq\ta\tc\t\tk\n"

    problem, item = read(raw(content))

    assert (problem.line, problem.rule, item.line, item.index) == (2, "encoding", 5, "2")
    assert "Line 3" in problem.message


def test_a_nul_is_refused(raw):
    problem, item = read(raw(HEADER + "1\tq\0\ta\tc\t\tk\n2\tq\ta\tc\t\tk\n"))

    assert (problem.line, problem.rule, item.index) == (2, "nul", "2")


@pytest.mark.parametrize("wrong", ["2\tq\ta\tc\t\n", "2\tq\ta\tc\t\tk\tmore\n", "2\n"])
@pytest.mark.parametrize("place", ["first", "last"])
def test_a_ragged_row_is_refused_and_nothing_is_shifted(raw, wrong, place):
    good = "1\tq\ta\tc\t\tk\n"

    records = list(read(raw(HEADER + (wrong + good if place == "first" else good + wrong))))

    problem = next(record for record in records if isinstance(record, Problem))
    item = next(record for record in records if isinstance(record, IncomingItem))
    assert (problem.line, problem.column) == (2 if place == "first" else 3, None)
    assert problem.rule == "ragged_row"
    assert f"{wrong.count(chr(9)) + 1} cells" in problem.message and "6 columns" in problem.message
    assert (item.index, item.category) == ("1", "k")


def test_a_quote_never_closed_is_named_where_its_record_begins(raw):
    good = "{}\tq\ta\tc\t\tk\n"
    content = HEADER + good.format(1) + '2\t"q\ta\tc\t\tk\n' + good.format(3) + good.format(4)

    item, problem = read(raw(content))

    assert item.index == "1"
    assert (problem.line, problem.column, problem.rule) == (3, None, "unterminated_quote")


def test_a_quote_closed_by_the_next_row_is_named_where_its_record_begins(raw):
    content = HEADER + '1\t"q\ta\tc\t\tk\n2\t"q"\ta\tc\t\tk\n3\tq\ta\tc\t\tk\n'

    problem, item = read(raw(content))

    assert (problem.line, problem.rule, item.index) == (2, "unterminated_quote", "3")


def test_text_after_a_closing_quote_is_refused(raw):
    problem, item = read(raw(HEADER + '1\t"q"x\ta\tc\t\tk\n2\tq\ta\tc\t\tk\n'))

    assert (problem.line, problem.rule, item.index) == (2, "bad_quote", "2")


def test_a_carriage_return_alone_does_not_end_a_row(raw):
    problem, item = read(raw(HEADER + "1\tq\ta\tc\t\tk\r2\tq\ta\tc\t\tk\n3\tq\ta\tc\t\tk\n"))

    assert (problem.line, problem.rule, item.index) == (2, "stray_carriage_return", "3")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a1", "a1"),
        ("A1", "a1"),
        ("a1", " a1 "),
        ("caf\u00e9", "cafe\u0301"),
        ("SS", "ß"),
    ],
)
def test_ids_that_only_look_different_are_the_same(table, first, second):
    path = table(DIAGNOSIS | {"index": first}, DIAGNOSIS | {"index": second})

    item, problem = read(path)

    assert item.index == first
    assert (problem.line, problem.column, problem.rule) == (3, "index", "duplicate_id")
    assert "line 2" in problem.message and "line 3" in problem.message


@pytest.mark.parametrize(
    "index", ["", "  ", "a\u200bb", "a\u202eb", "a\tb", "a\x07", "a\u2028", "\ufeffa", "x" * 201]
)
def test_an_id_nobody_can_read_is_refused(table, places, index):
    path = table(DIAGNOSIS | {"index": index}, quoting=csv.QUOTE_ALL)

    assert places(read(path)) == [(2, "index", "bad_id")]


@pytest.mark.parametrize("question", ["", " \n"])
def test_a_question_is_needed(table, places, question):
    path = table(DIAGNOSIS | {"question": question})

    assert places(read(path)) == [(2, "question", "empty_field")]


DEEP = "[" * 500 + "]" * 500


@pytest.mark.parametrize(
    ("column", "cell", "rule"),
    [
        ("image", "[abc", "bad_json"),
        ("image", '{"a": "b"}', "wrong_type"),
        ("image", "[1]", "wrong_type"),
        ("image", "[null]", "wrong_type"),
        ("image", DEEP, "too_deep"),
        ("image_path", '["a",]', "bad_json"),
        ("image_path", "['a.png']", "bad_json"),
        ("image_path", "[true]", "wrong_type"),
        ("answer_aliases", '["a", 5]', "wrong_type"),
        ("answer_aliases", '["a"', "bad_json"),
        ("answer_aliases", '["\\ud800"]', "lone_surrogate"),
        ("answer_aliases", '["\\u0000"]', "nul"),
        ("figure_mapping", "Figure 1", "bad_json"),
        ("figure_mapping", "[]", "wrong_type"),
        ("figure_mapping", '{"Figure 1": 1}', "wrong_type"),
        ("figure_mapping", '{"F": "a", "F": "b"}', "duplicate_key"),
    ],
)
def test_a_cell_that_is_not_what_its_column_holds_is_refused(table, places, column, cell, rule):
    assert places(read(table(DIAGNOSIS | {column: cell}))) == [(2, column, rule)]


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("a; b", "bad_json"),
        ("{}", "wrong_type"),
        ("[1]", "wrong_type"),
        ('[{"text": "no claim"}]', "wrong_type"),
        ('[{"claim": 5}]', "wrong_type"),
        ('[" "]', "empty_field"),
        ("[NaN]", "not_a_number"),
        ("[1e999]", "number_too_large"),
        (f"[{'9' * 5000}]", "number_too_large"),
        (DEEP, "too_deep"),
        ("[" * 100_000, "too_deep"),
        ("[" + "1," * 200_000 + "1]", "too_many_values"),
    ],
)
def test_a_golden_mainline_is_a_list_of_claims(table, places, cell, rule):
    path = table(COMMON | {"golden_mainline": cell}, name="crossmodal.tsv")

    assert places(read(path)) == [(2, "golden_mainline", rule)]


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("", []),
        ('["a; b", "c"]', ["a; b", "c"]),
        ("a; b ;; c", ["a", "b", "c"]),
        ("[18F]FDG PET; MRI", ["[18F]FDG PET", "MRI"]),
        ('"quoted" sign; other', ['"quoted" sign', "other"]),
        ('"one text"', ["one text"]),
        ("42", ["42"]),
        ("[]", []),
    ],
)
def test_a_rubric_cell_is_a_json_list_or_a_list_with_semicolons(table, cell, texts):
    item = only(table(COMMON | {"rubric_must_include": cell}, name="treatment.tsv"))

    assert [criterion.text for criterion in item.criteria] == texts


def test_as_many_paths_as_images_are_needed(table, places):
    path = table(DIAGNOSIS | {"image_path": '["a.png", "b.png"]'})

    assert places(read(path)) == [(2, "image", "count_mismatch")]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("none.png", "missing_file"),
        (".", "missing_file"),
        ("folder", "missing_file"),
        ("a\\u0000b.png", "nul"),
        ("x" * 5000, "missing_file"),
        ("/etc/hostname", "path_outside"),
        ("/dev/zero", "path_outside"),
        ("../secret.png", "path_outside"),
        ("folder/../../secret.png", "path_outside"),
        ("link/secret.png", "path_outside"),
        ("C:\\\\secret.png", "path_outside"),
        ("\\\\\\\\server\\\\share", "path_outside"),
        ("https://example.org/a.png", "url_not_allowed"),
        ("HTTP://example.org/a.png", "url_not_allowed"),
        ("//example.org/a.png", "url_not_allowed"),
        ("file:///etc/hostname", "url_not_allowed"),
        ("data:image/png;base64,AAAA", "url_not_allowed"),
    ],
)
def test_an_image_path_leads_to_a_file_inside_the_folder(tmp_path, raw, places, name, rule):
    study = tmp_path / "study"
    (study / "folder").mkdir(parents=True)
    (tmp_path / "secret.png").write_bytes(PIXEL)
    (study / "link").symlink_to(tmp_path)
    cell = f'["{name}"]'.replace('"', '""')
    path = raw(f'{HEADER}1\tq\ta\tc\t"{cell}"\tk\n', "study/diagnosis.tsv")

    assert places(read(path)) == [(2, "image_path", rule)]


def test_a_path_that_climbs_and_comes_back_is_inside(tmp_path, table):
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.png").write_bytes(PIXEL)

    item = only(table(DIAGNOSIS | {"image": "", "image_path": "folder/../a.png"}))

    assert item.images[0].path == tmp_path.resolve() / "a.png"


@pytest.mark.parametrize("name", ["https://example.org/a.png", "/etc/passwd", "../../a.png"])
def test_a_path_beside_base64_is_a_name_that_may_not_lead_outside_either(table, places, name):
    [(line, column, rule)] = places(read(table(DIAGNOSIS | {"image_path": name})))

    assert (line, column) == (2, "image_path")
    assert rule in {"url_not_allowed", "path_outside"}


def test_everything_wrong_with_a_row_is_told_at_once(table, places):
    row = DIAGNOSIS | {"index": "", "question": "", "image": "[1]", "answer_aliases": "[2]"}

    assert places(read(table(row))) == [
        (2, "index", "bad_id"),
        (2, "question", "empty_field"),
        (2, "image", "wrong_type"),
        (2, "answer_aliases", "wrong_type"),
    ]


# Images in base64


def test_white_space_in_base64_is_allowed(table):
    spaced = "\n".join(ENCODED[n : n + 20] for n in range(0, len(ENCODED), 20)) + " \r\n"

    assert only(table(DIAGNOSIS | {"image": json.dumps([spaced])})).images[0].load() == PIXEL


@pytest.mark.parametrize(
    "content",
    [
        "",
        " ",
        "!!!!",
        "iVBORé",
        ENCODED[:-1],
        ENCODED + "AAAA",
        "iVBORw0K_-__",
        "data:image/png;base64," + ENCODED,
    ],
)
def test_base64_that_is_not_strict_is_refused(table, content):
    image = only(table(DIAGNOSIS | {"image": json.dumps([content])})).images[0]

    with pytest.raises(ImageRejected) as refusal:
        image.load()
    assert (refusal.value.rule, image.column) == ("bad_base64", "image")


def test_an_image_file_over_fifty_megabytes_is_refused(tmp_path, table):
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(50_000_001)
    image = only(table(DIAGNOSIS | {"image": "", "image_path": "large.png"})).images[0]

    with pytest.raises(ImageRejected) as refusal:
        image.load()
    assert refusal.value.rule == "too_large"
