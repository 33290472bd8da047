"""What is kept back before a first reading, whatever an item holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.errors import BadInputError
from src.domain.evidence import WholeImage
from src.domain.first_reading import LONGEST, first_line, withheld
from src.domain.image import ImageRecord
from src.domain.item import (
    CaseRecord,
    Claim,
    Criterion,
    Finding,
    Item,
    ItemContent,
    ItemImage,
    ItemView,
    Track,
)

SHA = "a" * 64
MARKED = st.from_regex(r"SECRET[a-z ]{0,8}", fullmatch=True)


def telling(secret: str, track: Track) -> ItemView:
    """Return an item that holds a text in every part that may tell the answer."""
    link = WholeImage(sha256=SHA)
    image = ItemImage(position=1, sha256=SHA, slot_name="slot", caption="cap", original_name=secret)
    content = ItemContent(
        question="What is seen?",
        context="A girl of nine.",
        answer=secret,
        aliases=(secret,),
        category=secret,
        orpha_code=secret,
        modality=secret,
        relation_type=secret,
        findings=(Finding(title=secret, body=secret),),
        images=(image,),
        decisive_images=(1,),
        extra={secret: secret},
    )
    item = Item(
        item_id="d/t/1",
        version=3,
        case=CaseRecord(case_id=secret, pmcid=secret, doi=secret, source=secret, retracted=True),
        track=track,
        content=content,
        claims=(Claim(claim_id="c1", text=secret, links=(link,)),),
        rubric_version=2,
        criteria=(Criterion(criterion_id="k1", key=secret, text=secret),),
    )
    record = ImageRecord(
        sha256=SHA, width=4, height=3, mode="L", media_type="image/png", byte_size=9,
        original_sha256=SHA, original_name=secret, tags_found=(secret,),
    )  # fmt: skip
    return ItemView(item=item, images={SHA: record})


@given(secret=MARKED, track=st.sampled_from(list(Track)))
def test_nothing_that_tells_the_answer_is_left_and_the_case_is_as_it_was(
    secret: str, track: Track
) -> None:
    """Also that the case was retracted, and which version is read."""
    view = telling(secret, track)
    shown = withheld(view)
    assert "SECRET" not in shown.model_dump_json()
    assert (shown.item.item_id, shown.item.version, shown.item.rubric_version) == ("d/t/1", 3, 2)
    assert shown.item.case.retracted
    kept = shown.item.content
    assert (kept.question, kept.context) == ("What is seen?", "A girl of nine.")
    assert [(i.position, i.sha256, i.slot_name, i.caption) for i in kept.images] == [
        (1, SHA, "slot", "cap")
    ]
    assert (shown.images[SHA].width, shown.images[SHA].height) == (4, 3)
    assert view == telling(secret, track)


@given(text=st.text(max_size=400))
def test_a_first_reading_is_one_trimmed_line_or_is_refused(text: str) -> None:
    """And what is kept is kept as it is."""
    try:
        line = first_line(text)
    except BadInputError:
        return
    assert line == text.strip()
    assert 1 <= len(line) <= LONGEST
    assert line.splitlines() == [line]
    assert first_line(line) == line


@pytest.mark.parametrize("line", ["x", "Ostéosclérose", "骨硬化", "T2\thigh", "🩻" * 300])
def test_a_line_of_any_language_is_kept_as_it_is(line: str) -> None:
    """Its length is in code points."""
    assert first_line(line) == line
