"""Every visible part of an item is read."""

from __future__ import annotations

import pytest

from src.domain.item import CaseRecord, Finding, ItemImage
from src.domain.leakage import Layer, Method
from src.domain.scan.scanner import ImageNames, OcrLine, scan
from tests.domain.scan.things import LEXICON, item_of

ECD = "Erdheim-Chester disease"
IMAGE = ItemImage(position=2, sha256="2" * 64, caption=ECD, slot_name=f"A: {ECD}")


def line(text: str, x: int = 5, y: int = 7) -> OcrLine:
    """Return a line that OCR read."""
    return OcrLine(text=text, x=x, y=y, width=40, height=10, score=0.9)


def test_question_context_findings_captions_and_slots_are_read() -> None:
    """Each under its own name, in order."""
    item = item_of(
        ECD, ECD, question=f"{ECD}.", findings=(Finding(title="CT", body=ECD),), images=(IMAGE,)
    )
    found = [(hit.field, hit.image) for hit in scan(item, LEXICON)]
    assert found == [
        ("question", None),
        ("context", None),
        ("finding:1", None),
        ("caption:2", 2),
        ("slot:2", 2),
    ]


@pytest.mark.parametrize(
    ("name", "quote"),
    [
        ("erdheim_chester_01.jpg", "erdheim_chester"),
        ("erdheim-chester-disease.png", "erdheim-chester-disease"),
        ("ErdheimChester1.png", "ErdheimChester"),
        ("xerdheimchesterdiseasex.png", "erdheimchesterdisease"),
        ("case3-ECD.png", "ECD"),
        ("img_erdhiem_chester_disease.png", "erdhiem_chester_disease"),
    ],
)
def test_file_names_are_split_into_words(name: str, quote: str) -> None:
    """Underscores, capitals, digits, or nothing at all between them."""
    item = item_of(
        ECD, aliases=("ECD",), images=(IMAGE.model_copy(update={"caption": "", "slot_name": ""}),)
    )
    (hit,) = scan(item, LEXICON, image_names={2: ImageNames(file_name=name)})
    assert (hit.layer, hit.field, hit.image, hit.quote) == (Layer.NAMES, "file_name:2", 2, quote)


@pytest.mark.parametrize(
    "answer",
    [
        "Meckel diverticulum",
        "Perforated Meckel's diverticulum",
        "Meckel's diverticulum with ectopic gastric mucosa",
        "Intussusception secondary to Meckel's diverticulum",
    ],
)
def test_a_file_named_after_what_the_answer_is_about_is_found(answer: str) -> None:
    """Its qualifiers are no part of a file's name; in text the same is a hint."""
    images = (ItemImage(position=2, sha256="2" * 64, original_name="meckel_diverticulum_1.jpg"),)
    (hit,) = scan(item_of(answer, images=images), LEXICON)
    assert (hit.quote, hit.low) == ("meckel_diverticulum", False)
    hits = scan(item_of("Perforated Meckel's diverticulum", "A Meckel diverticulum."), LEXICON)
    assert [(hit.rule, hit.low) for hit in hits] == [("part_in_text", True)]


@pytest.mark.parametrize("name", ["ecd.png", "recd01.png", "ECDX.png", "chest_01.png", "fig.png"])
def test_short_acronyms_in_file_names_keep_their_case(name: str) -> None:
    """Three letters are in many words."""
    images = (ItemImage(position=2, sha256="2" * 64, original_name=name),)
    assert scan(item_of(ECD, aliases=("ECD",), images=images), LEXICON) == ()


def test_acronyms_of_four_letters_may_be_small_in_names() -> None:
    """And only there."""
    images = (ItemImage(position=2, sha256="2" * 64, original_name="egpa_1.png"),)
    item = item_of("Churg-Strauss syndrome", "egpa", images=images)
    assert [hit.field for hit in scan(item, LEXICON)] == ["file_name:2"]


def test_ids_and_metadata_are_read() -> None:
    """The value stands after its key."""
    item = item_of(
        ECD,
        item_id="x/diagnosis/erdheim-chester-1",
        case=CaseRecord(case_id="ErdheimChester"),
        images=(ItemImage(position=2, sha256="2" * 64),),
    )
    names = {2: ImageNames(metadata={"Comment": f"a {ECD}", "Other": "none"})}
    found = [(hit.field, hit.start, hit.quote) for hit in scan(item, LEXICON, image_names=names)]
    assert found == [
        ("item_id", 12, "erdheim-chester"),
        ("case_id", 0, "ErdheimChester"),
        ("metadata:2", 11, ECD),
    ]


def test_a_hit_in_an_image_has_the_rest_of_its_line() -> None:
    """And none of the lines it does not touch."""
    item = item_of(ECD, images=(IMAGE.model_copy(update={"caption": "", "slot_name": ""}),))
    lines = [line("top"), line(f"Femur in {ECD}, 2020"), line("end")]
    (hit,) = scan(item, LEXICON, ocr={2: lines})
    assert (hit.before, hit.quote, hit.after) == ("Femur in ", ECD, ", 2020")


def test_text_in_an_image_is_read_across_lines_with_its_box() -> None:
    """The box goes round the lines that are touched."""
    item = item_of(ECD, images=(IMAGE.model_copy(update={"caption": "", "slot_name": ""}),))
    lines = [line("top"), line("ERDHEIM-CHESTER", 5, 20), line("DISEASE", 50, 32), line("end")]
    (hit,) = scan(item, LEXICON, ocr={2: lines})
    assert (hit.layer, hit.field, hit.image) == (Layer.IMAGE_TEXT, None, 2)
    assert " ".join(each.text for each in lines)[hit.start : hit.end] == hit.quote
    assert hit.box is not None
    assert (hit.box.sha256, hit.box.x, hit.box.y) == ("2" * 64, 5, 20)
    assert (hit.box.width, hit.box.height) == (85, 22)


@pytest.mark.parametrize(
    "read", ["ERDHE1M-CHESTER D1SEASE", "Erdheim-Chesterdisease", "ERDHEIM CHE5TER DISEASE"]
)
def test_slips_of_the_ocr_hide_no_name(read: str) -> None:
    """0 and O, 1 and l and I, 5 and S, blanks that are lost."""
    item = item_of(ECD, images=(IMAGE.model_copy(update={"caption": "", "slot_name": ""}),))
    (hit,) = scan(item, LEXICON, ocr={2: [line(read)]})
    assert hit.quote == read
    assert hit.method in {Method.FUZZY, Method.VARIANT}


@pytest.mark.parametrize(
    ("answer", "read", "is_hit"),
    [
        ("Made ataxia type 15", "MADE ATAXIA TYPE IS", True),
        ("Made ataxia type 15", "Made ataxia type 1S", True),
        ("Made ataxia type 2", "Made ataxia type lI", True),
        ("Made ataxia type 18", "Made ataxia type 1B", False),
        ("Made ataxia type 15", "Made ataxia type is", False),
        ("Infection due to STAT1 deficiency", "Infection due to STAT1 deficiency", True),
        ("MEN1-related tumour", "men1-related tumour", True),
    ],
)
def test_digits_and_letters_are_told_apart_where_they_can_be(
    answer: str, read: str, is_hit: bool
) -> None:
    """Behind 'type' a number is meant; 1B is a type of its own."""
    item = item_of(answer, images=(IMAGE.model_copy(update={"caption": "", "slot_name": ""}),))
    hits = scan(item, LEXICON, ocr={2: [line(read)]})
    assert [hit.quote for hit in hits if not hit.low] == ([read] if is_hit else [])


def test_lines_outside_the_page_or_of_no_image_do_no_harm() -> None:
    """A box is never negative; an unknown position is left out."""
    item = item_of(ECD, images=(IMAGE.model_copy(update={"caption": "", "slot_name": ""}),))
    (hit,) = scan(item, LEXICON, ocr={2: [line(ECD, -3, -9)], 9: [line(ECD)]})
    assert hit.box is not None
    assert (hit.box.x, hit.box.y) == (0, 0)
