"""The four tables, rule by rule, as VLMEvalKit's loader reads them; and back into RareReview."""

from __future__ import annotations

import base64
import io
import json
import re
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from src.domain.derivation import Point
from src.domain.errors import BadInputError, Problem
from src.domain.item import Track
from src.files import mmrarebench, vlmevalkit
from src.files.incoming import IncomingItem
from src.files.outgoing import OutgoingItem
from src.files.vlmevalkit import NO_IMAGES, spellings
from tests.files.outgoing_samples import TRICKY, facts, image, outgoing, picture

TREATMENT = (
    ("must_include", ["Names vemurafenib", TRICKY], 1.0, True),
    ("must_not", ["Starts methotrexate"], -1.0, True),
)
EXAMINATION = (
    ("key_test", ["Bone scan"], 1.0, True),
    ("red_flag", ["Rules out a fracture"], 1.0, True),
    ("must_not", ["Skips the biopsy"], -1.0, True),
)


def export(
    folder: Path, items: Sequence[OutgoingItem], images: Literal["base64", "files"] = "base64"
) -> vlmevalkit.Written:
    """Write items into an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return vlmevalkit.write(folder, facts(items), iter(items), images=images)


def loaded(folder: Path, track: Track = Track.DIAGNOSIS) -> pd.DataFrame:
    """Read a table with pandas as the loader does, with nothing said about types."""
    table = pd.read_csv(folder / f"{vlmevalkit.TABLES[track]}.tsv", sep="\t")
    table["index"] = [str(index) for index in table["index"]]
    if "image" in table:
        table = table[~pd.isna(table["image"])]
        assert all(len(str(cell)) > 64 for cell in table["image"]), "taken for another row's index"
    return table


def labelled(row: Any) -> list[str]:
    """Return the label each image of a row gets in the prompt: by the name it is written under."""
    by_name = {path.rsplit("/", 1)[-1]: label for label, path in _figures(row).items()}
    if "image" in row.index:
        count = len(json.loads(row["image"]))
        names = [f"{row['index']}--{number}.jpg" for number in range(1, count + 1)]
    else:
        names = [path.rsplit("/", 1)[-1] for path in json.loads(row["image_path"])]
    return [by_name.get(name, "") for name in names]


def _figures(row: Any) -> dict[str, str]:
    figures = json.loads(row["figure_mapping"])
    assert all(isinstance(path, str) for path in figures.values())
    return dict(figures)


def words(text: str) -> list[str]:
    """Return the words the loader compares: without case, punctuation and articles."""
    plain = "".join(c for c in text.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", plain).split()


def read_back(folder: Path, track: Track = Track.DIAGNOSIS) -> list[IncomingItem]:
    """Read a table with our own reader; it has nothing to find fault with."""
    found = list(mmrarebench.read(folder / f"{vlmevalkit.TABLES[track]}.tsv", dataset="test"))
    assert [one for one in found if isinstance(one, Problem)] == []
    return [one for one in found if isinstance(one, IncomingItem)]


def test_each_track_is_a_table_of_its_own_columns(tmp_path: Path) -> None:
    """Four files; no table has a column of another track; what fits none is named."""
    items = [
        outgoing("1"),
        outgoing("1", Track.TREATMENT, groups=TREATMENT),
        outgoing("1", Track.CROSSMODAL, relation_type="confirm"),
        outgoing("1", Track.EXAMINATION, groups=EXAMINATION),
        outgoing("1", Track.DIFFERENTIAL),
        outgoing("2", status="rejected"),
    ]
    written = export(tmp_path, items)
    assert written.rows == {f"{name}.tsv": 1 for name in vlmevalkit.TABLES.values()}
    assert [(item.item_id, item.reason) for item in written.left_out] == [
        ("test/differential/1", "the four tables have no place for its track"),
        ("test/diagnosis/2", "its readers rejected it"),
    ]
    own = set().union(*vlmevalkit.OWN_COLUMNS.values())
    for track, columns in vlmevalkit.OWN_COLUMNS.items():
        assert own & set(loaded(tmp_path, track).columns) == set(columns)


def test_cells_have_the_types_the_loader_needs(tmp_path: Path) -> None:
    """A plain answer; JSON lists of texts; a JSON object of label and path."""
    images = [image(tmp_path / "in", n) for n in (1, 2)]
    export(tmp_path, [outgoing("7", images=images)])
    row = loaded(tmp_path).iloc[0]
    assert (row["index"], row["answer"]) == ("7", "Erdheim-Chester disease")
    assert json.loads(row["answer_aliases"]) == ["ECD", "Erdheim Chester disease"]
    assert json.loads(row["image_path"]) == ["7--1.jpg", "7--2.jpg"]
    decoded = [base64.b64decode(encoded) for encoded in json.loads(row["image"])]
    assert decoded == [one.read() for one in images]
    assert _figures(row) == {"Figure 1": "7--1.jpg", "Figure 2": "7--2.jpg"}
    assert (row["licence"], row["source"], row["doi"]) == ("CC BY 4.0", "A journal", "10.1/x")


@pytest.mark.parametrize("images", ["base64", "files"])
@pytest.mark.parametrize("indices", [["1", "2"], ["001", "002"], ["a b", "NA"], ["1", "001"]])
def test_figure_labels_survive_with_any_index(
    tmp_path: Path, images: Literal["base64", "files"], indices: list[str]
) -> None:
    """The loader sees another index than is written where pandas makes a number of it."""
    items = [
        outgoing(index, images=[image(tmp_path / "in", n) for n in (1, 2)]) for index in indices
    ]
    export(tmp_path / "out", items, images)
    table = loaded(tmp_path / "out")
    assert len(set(table["index"])) == len(indices)
    assert [labelled(row) for _, row in table.iterrows()] == [["Figure 1", "Figure 2"]] * 2


def test_two_images_with_one_label_keep_theirs_apart(tmp_path: Path) -> None:
    """The second says its place."""
    images = [image(tmp_path / "in", n, slot_name="Figure 1") for n in (1, 2)]
    images.append(image(tmp_path / "in", 3, slot_name=""))
    export(tmp_path / "out", [outgoing(images=images)])
    assert labelled(loaded(tmp_path / "out").iloc[0]) == ["Figure 1", "Figure 1 (image 2)", ""]


@pytest.mark.parametrize(
    ("answer", "aliases", "predicted"),
    [
        ("Erdheim-Chester disease", [], "Erdheim Chester disease"),
        ("Erdheim–Chester disease", [], "erdheim-chester disease"),
        ("ECD", ["Erdheim-Chester disease"], "the Erdheim Chester disease"),
        ("Birt-Hogg-Dubé syndrome", [], "Birt Hogg Dubé syndrome"),
    ],
)
def test_a_name_is_found_with_its_dashes_and_without(
    answer: str, aliases: list[str], predicted: str
) -> None:
    """As the loader compares: some spelling has exactly the predicted words."""
    names = [answer, *spellings(answer, aliases)]
    assert words(predicted) in [words(name) for name in names]
    assert len(set(names)) == len(names)


def test_no_aliases_and_no_dashes_are_an_empty_list() -> None:
    """Nothing is made up."""
    assert spellings("Sarcoidosis", []) == []


@pytest.mark.parametrize("images", ["base64", "files"])
def test_an_item_without_images_and_one_with_forty_are_both_kept(
    tmp_path: Path, images: Literal["base64", "files"]
) -> None:
    """An empty cell would drop the row; a short one would be taken for another row's index."""
    many = [image(tmp_path / "in", n) for n in range(1, 41)]
    export(tmp_path / "out", [outgoing("0"), outgoing("1", images=many)], images)
    table = loaded(tmp_path / "out")
    assert [len(json.loads(paths)) for paths in table["image_path"]] == [0, 40]
    assert labelled(table.iloc[1]) == [f"Figure {n}" for n in range(1, 41)]
    if images == "base64":
        assert table["image"].iloc[0] == NO_IMAGES
    assert [len(item.images) for item in read_back(tmp_path / "out")] == [0, 40]


@pytest.mark.parametrize("mode", ["CMYK", "I;16", "L", "1", "RGBA", "P", "LA"])
def test_an_image_of_any_kind_can_be_written_as_the_jpeg_the_loader_makes(
    tmp_path: Path, mode: str
) -> None:
    """Of a 16-bit image the 8-bit picture is given: a JPEG cannot hold more."""
    one = image(tmp_path / "in", 1, picture(mode))
    export(tmp_path / "out", [outgoing(images=[one])])
    (encoded,) = json.loads(loaded(tmp_path / "out").iloc[0]["image"])
    opened = Image.open(io.BytesIO(base64.b64decode(encoded)))
    opened = opened.convert("RGB") if opened.mode in ("RGBA", "P", "LA") else opened
    opened.save(tmp_path / "1--1.jpg")
    assert Image.open(tmp_path / "1--1.jpg").size == (30, 20)


def test_images_as_files_lie_where_the_loader_and_our_reader_look(tmp_path: Path) -> None:
    """Below MMrarebench/TRACK, each with the bytes it has."""
    images = [image(tmp_path / "in", 1), image(tmp_path / "in", 2, picture("CMYK"))]
    export(tmp_path / "out", [outgoing("9", images=images)], "files")
    row = loaded(tmp_path / "out").iloc[0]
    assert "image" not in row.index
    paths = json.loads(row["image_path"])
    assert paths == ["images/9--1.png", "images/9--2.jpg"]
    for one, path in zip(images, paths, strict=True):
        assert (tmp_path / "out/MMrarebench/diagnosis" / path).read_bytes() == one.read()
    (back,) = read_back(tmp_path / "out")
    assert [one.load() for one in back.images] == [one.read() for one in images]


def test_rubrics_hold_what_is_active_in_gold_sorted_by_what_it_is(tmp_path: Path) -> None:
    """Deleted lines are gone; added ones go where their points belong."""
    item = outgoing("1", Track.EXAMINATION, groups=EXAMINATION)
    first, *others = item.gold.body.criteria
    added = first.model_copy(update={"criterion_id": "k9", "key": "added-9", "text": "Asks why"})
    bad = added.model_copy(update={"criterion_id": "k10", "text": "Guesses", "points": -2.0})
    criteria = (first.model_copy(update={"active": False}), *others, added, bad)
    changed = outgoing("1", Track.EXAMINATION, groups=EXAMINATION, gold={"criteria": criteria})
    export(tmp_path, [changed])
    row = loaded(tmp_path, Track.EXAMINATION).iloc[0]
    assert json.loads(row["key_test_names"]) == ["Asks why"]
    assert json.loads(row["red_flags_to_rule_out"]) == ["Rules out a fracture"]
    assert json.loads(row["must_not"]) == ["Skips the biopsy", "Guesses"]


def test_the_mainline_is_objects_with_a_claim_and_the_relation_is_a_text(tmp_path: Path) -> None:
    """Each claim names its figures, which come back as its evidence."""
    images = [image(tmp_path / "in", n) for n in (1, 2)]
    texts = ["The scan shows uptake.", "The film shows sclerosis."]
    points = [Point(text=text, kind="mainline", images=(n,)) for n, text in enumerate(texts, 1)]
    item = outgoing(
        "1",
        Track.CROSSMODAL,
        images=images,
        points=points,
        groups=[("mainline", texts, 1.0, True)],
        relation_type="confirm",
    )
    export(tmp_path / "out", [item])
    row = loaded(tmp_path / "out", Track.CROSSMODAL).iloc[0]
    assert [entry["claim"] for entry in json.loads(row["golden_mainline"])] == texts
    assert row["relation_type"] == "confirm"
    (back,) = read_back(tmp_path / "out", Track.CROSSMODAL)
    assert [(point.text, point.images) for point in back.points[:2]] == [
        (texts[0], (1,)),
        (texts[1], (2,)),
    ]


def test_gold_is_what_the_tables_hold(tmp_path: Path) -> None:
    """Answer, question, aliases, code and the order of the images are those after review."""
    images = [image(tmp_path / "in", n) for n in (1, 2)]
    turned = [
        images[1].model_copy(update={"position": 1}),
        images[0].model_copy(update={"position": 2}),
    ]
    gold = {
        "question": "Which disease?",
        "answer": "Rosai-Dorfman disease",
        "aliases": ("RDD",),
        "orpha_code": "ORPHA:158014",
    }
    item = outgoing("1", images=images, gold=gold).model_copy(update={"images": tuple(turned)})
    export(tmp_path / "out", [item])
    row = loaded(tmp_path / "out").iloc[0]
    assert (row["question"], row["answer"]) == ("Which disease?", "Rosai-Dorfman disease")
    assert (row["ORPHA_code"], json.loads(row["answer_aliases"])[0]) == ("ORPHA:158014", "RDD")
    assert labelled(row) == ["Figure 2", "Figure 1"]


def test_an_item_of_which_an_image_may_not_go_out_is_left_out_whole(tmp_path: Path) -> None:
    """With one image fewer it would be another question."""
    images = [image(tmp_path / "in", 1), image(tmp_path / "in", 2, left_out="it forbids that")]
    written = export(tmp_path / "out", [outgoing("1", images=images), outgoing("2")])
    assert [(i.item_id, i.reason) for i in written.left_out] == [
        ("test/diagnosis/1", "it forbids that")
    ]
    assert list(loaded(tmp_path / "out")["index"]) == ["2"]


def test_what_no_line_can_hold_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """Images of 32 MB in one row could not be read back."""
    big = image(tmp_path / "in", 1)
    big.files["shown"].write_bytes(b"0" * 24_000_000)
    pair = big.model_copy(update={"files": {**big.files, "kept": tmp_path / "unread"}})
    with pytest.raises(BadInputError, match="Choose images as files"):
        export(tmp_path / "out", [outgoing(images=[pair])])


@pytest.mark.parametrize("word", ["NA", "None", "null", "nan"])
def test_a_word_pandas_takes_for_nothing_stays_a_text(tmp_path: Path, word: str) -> None:
    """As an answer, a question, a context and an index."""
    export(tmp_path, [outgoing(word, answer=word, question=word, context=word)])
    row = loaded(tmp_path).iloc[0]
    assert [str(row[name]).strip() for name in ("answer", "question", "context")] == [word] * 3
    assert (row["index"], row["item_id"]) == (f"test--{word}", f"test/diagnosis/{word}")


def test_the_same_index_in_two_datasets_is_two_rows(tmp_path: Path) -> None:
    """The dataset's name tells them apart."""
    export(tmp_path, [outgoing("1", dataset="one"), outgoing("1", dataset="two")])
    assert list(loaded(tmp_path)["index"]) == ["one--1", "two--1"]


texts = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=80
)
visible = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(texts.filter(str.strip), texts, st.lists(texts.filter(str.strip), max_size=4))
def test_any_text_comes_back_the_same_from_both_readers(
    tmp_path_factory: pytest.TempPathFactory, question: str, context: str, rubric: list[str]
) -> None:
    """Tabs, quotes, line breaks, right-to-left marks, emoji: the law of the round trip."""
    folder = tmp_path_factory.mktemp("law")
    item = outgoing(
        "1",
        Track.TREATMENT,
        question=f"Q {question}",
        context=f"C {context}",
        groups=[("must_include", rubric, 1.0, True)],
    )
    export(folder, [item])
    row = loaded(folder, Track.TREATMENT).iloc[0]
    assert (row["question"], row["context"]) == (f"Q {question}", f"C {context}")
    assert json.loads(row["rubric_must_include"]) == rubric
    (back,) = read_back(folder, Track.TREATMENT)
    assert (back.question, back.context) == (f"Q {question}", f"C {context}")
    assert [criterion.text for criterion in back.criteria] == rubric


@settings(max_examples=60, deadline=None)
@given(st.lists(visible, min_size=1, max_size=6, unique=True))
def test_any_indices_stay_distinct_and_as_the_loader_sees_them(
    tmp_path_factory: pytest.TempPathFactory, indices: list[str]
) -> None:
    """Whatever pandas makes of the column, the file names in the figure map fit it."""
    folder = tmp_path_factory.mktemp("law")
    one = image(folder / "in", 1)
    items = [outgoing(index, images=[one]) for index in indices]
    export(folder / "out", items)
    table = loaded(folder / "out")
    assert len(set(table["index"])) == len(indices)
    assert [labelled(row) for _, row in table.iterrows()] == [["Figure 1"]] * len(indices)
    assert not any("/" in index for index in table["index"])
    assert list(table["item_id"]) == [item.item.item_id for item in items]
    assert len(read_back(folder / "out")) == len(indices)


def test_a_tricky_text_goes_through_a_study_too(tmp_path: Path) -> None:
    """The sample all exports are tested with."""
    export(tmp_path, [outgoing("1", question=TRICKY, context=TRICKY, answer=TRICKY)])
    row = loaded(tmp_path).iloc[0]
    assert [row["question"], row["context"], row["answer"]] == [TRICKY] * 3
    (back,) = read_back(tmp_path)
    assert (back.question, back.context, back.answer) == (TRICKY,) * 3
