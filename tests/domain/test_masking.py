"""Masks: what is cut comes back, links follow, and a leak stands until it is hidden."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.evidence import ImageBox, TextSpan, WholeImage, span_of
from src.domain.item import Claim, ItemContent
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.masking import (
    BoxSpot,
    ConfirmedLeak,
    Mask,
    MaskHistory,
    MaskState,
    Shift,
    Spot,
    TextSpot,
    before_after,
    cut,
    grown,
    in_base,
    lead_leak_stands,
    masked,
    merged,
    occurrences,
    replacement_for,
    spots_for,
    stands,
    text_at,
    uncut,
    with_texts,
)
from tests.domain.things import IMAGES, NOW, make_item

TEXT = "Erdheim-Chester disease (ECD) was found. All had ERDHEIM CHESTER DISEASE, not all ECD4."
NAMES = ("Erdheim-Chester disease", "ECD")
SIZES = {record.sha256: (record.width, record.height) for record in IMAGES.values()}


def mask(spot: Spot, **changes: Any) -> Mask:
    """Return a proposed mask."""
    made = Mask(
        mask_id="m1",
        revision=1,
        item_id="test/diagnosis/001",
        item_version=1,
        unit="flag:answer_in_text:context",
        state=MaskState.PROPOSED,
        spot=spot,
        person="lena",
        at=NOW,
    )
    return made.model_copy(update=changes)


def spot(text: str, quote: str, replacement: str = "[removed]", field: str = "context") -> TextSpot:
    """Return the spot of the first place of some words."""
    start = text.index(quote)
    return TextSpot(
        field=field, start=start, end=start + len(quote), quote=quote, replacement=replacement
    )


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[str, list[TextSpot]]:
    """Give a text and spots on it, which may touch and overlap."""
    text = draw(st.text(min_size=1, max_size=60))
    ends = st.integers(0, len(text))
    found = []
    for _ in range(draw(st.integers(0, 5))):
        start, end = sorted((draw(ends), draw(ends)))
        if start < end:
            words = draw(st.text(max_size=8))
            quote = text[start:end]
            found.append(
                TextSpot(field="context", start=start, end=end, quote=quote, replacement=words)
            )
    return text, found


@given(cut_texts())
def test_what_is_cut_comes_back_exactly(given_text: tuple[str, list[TextSpot]]) -> None:
    """Law: whatever the text and the spots, the quotes put every code point back."""
    text, spots = given_text
    these = merged(text, spots)
    assert all(text[s.start : s.end] == s.quote for s in these)
    assert all(a.end <= b.start for a, b in pairwise(these))
    assert uncut(cut(text, these), these) == text


@given(cut_texts(), st.data())
def test_a_stretch_outside_all_spots_moves_and_comes_back(
    given_text: tuple[str, list[TextSpot]], data: st.DataObject
) -> None:
    """Law: it says the same after the cut, and leads back to where it lay."""
    text, spots = given_text
    these = merged(text, spots)
    ends = st.integers(0, len(text))
    start, end = sorted((data.draw(ends), data.draw(ends)))
    if start == end or any(s.start < end and start < s.end for s in these):
        return
    shift = Shift(these)
    moved = shift.forward(start, end)
    assert moved is not None
    assert cut(text, these)[slice(*moved)] == text[start:end]
    assert shift.back(*moved) == (start, end)


@given(cut_texts(), st.data())
def test_a_stretch_of_the_masked_text_leads_back_to_all_it_may_stand_for(
    given_text: tuple[str, list[TextSpot]], data: st.DataObject
) -> None:
    """Law: the place it leads to is never outside the text nor empty."""
    text, spots = given_text
    these = merged(text, spots)
    after = cut(text, these)
    ends = st.integers(0, len(after))
    start, end = sorted((data.draw(ends), data.draw(ends)))
    if start == end:
        return
    back = Shift(these).back(start, end)
    assert 0 <= back[0] < back[1] <= len(text)


def test_a_span_that_holds_a_mask_holds_its_replacement_and_one_inside_is_gone() -> None:
    """One that a mask cuts into keeps the rest."""
    text = "The biopsy showed Erdheim-Chester disease in bone."
    shift = Shift([spot(text, "Erdheim-Chester disease", "X")])
    after = "The biopsy showed X in bone."

    def moved(quote: str) -> str | None:
        start = text.index(quote)
        place = shift.forward(start, start + len(quote))
        return after[slice(*place)] if place else None

    assert moved("showed Erdheim-Chester disease in") == "showed X in"
    assert moved("Erdheim-Chester disease in") == "X in"
    assert moved("showed Erdheim-Chester disease") == "showed X"
    assert moved("Chester disease in bone") == " in bone"
    assert moved("biopsy showed Erdheim") == "biopsy showed "
    assert moved("Erdheim-Chester disease") is moved("Chester") is None


@pytest.mark.parametrize(
    ("marked", "whole"),
    [
        ("heim", "Erdheim-Chester"),
        ("Chester dis", "Erdheim-Chester disease"),
        (" (ECD) ", "(ECD)"),
        ("CD", "ECD"),
    ],
)
def test_a_mask_grows_to_whole_words(marked: str, whole: str) -> None:
    """Half a word left would still tell; blanks at the ends are left."""
    start = TEXT.index(marked)
    assert TEXT[slice(*grown(TEXT, start, start + len(marked)))] == whole


def test_every_place_of_the_words_is_found_however_they_are_spelt() -> None:
    """But a short name only as it is written: ALL is a disease, all is none."""
    found = [TEXT[slice(*place)] for place in occurrences(TEXT, "Erdheim–Chester  Disease")]
    assert found == ["Erdheim-Chester disease", "ERDHEIM CHESTER DISEASE"]
    assert [TEXT[slice(*place)] for place in occurrences(TEXT, "ECD")] == ["ECD"]
    assert occurrences("All had ALL, all of them.", "ALL") == [(8, 11)]
    assert occurrences(TEXT, "  ") == occurrences(TEXT, "disea") == []


@pytest.mark.parametrize(
    ("before", "quote", "instead"),
    [
        ("He had ", "Erdheim-Chester disease", "the condition"),
        ("", "Erdheim-Chester disease", "The condition"),
        ("He fell. ", "ECD", "The condition"),
        ("It was the ", "ECD", "condition"),
        ("It was an ", "ECD", "[removed]"),
        ("He had ", "BRAF V600E", "[removed]"),
    ],
)
def test_a_name_becomes_the_condition_and_anything_else_is_removed(
    before: str, quote: str, instead: str
) -> None:
    """In words that go on from what stands before."""
    text = f"{before}{quote} too."
    assert replacement_for(text, len(before), len(before) + len(quote), NAMES) == instead


def flag(field: str = "context", quote: str = "", kind: LeakKind = LeakKind.ANSWER_IN_TEXT) -> Any:
    """Return a flag on a field of the item, or on words in it."""
    text = text_at(leaky().content, field) or ""
    at = text.find(quote)
    span = span_of(field, text, at, at + len(quote)) if quote else None
    return LeakageFlag(kind=kind, place=LeakPlace(field=field, span=span))


def leaky() -> Any:
    """Return an item whose context, slot and file names leak, with the benchmark's links."""
    item = make_item()
    content = with_texts(item.content, {"context": TEXT, "slot:1": "ECD", "file_name:2": "ecd.png"})
    links = (
        span_of("context", TEXT, 30, 39),
        span_of("context", TEXT, 8, 15),
        WholeImage(sha256=IMAGES[1].sha256),
        ImageBox(sha256=IMAGES[1].sha256, x=1, y=1, width=2, height=2),
        ImageBox(sha256=IMAGES[1].sha256, x=50, y=1, width=2, height=2),
        WholeImage(sha256=IMAGES[2].sha256),
    )
    claims = (Claim(claim_id="c1", text="It is ECD.", links=links), item.claims[1])
    return item.model_copy(update={"content": content, "claims": claims})


def test_every_place_of_the_flagged_words_is_offered() -> None:
    """Grown to words first, so that half a marked word finds the others whole."""
    for marked in ("Chester dis", "Erdheim-Chester disease"):
        found = spots_for(flag(quote=marked), leaky(), SIZES, names=NAMES)
        said = [(s.quote, s.replacement) for s in found if isinstance(s, TextSpot)]
        assert said == [
            ("Erdheim-Chester disease", "The condition"),
            ("ERDHEIM CHESTER DISEASE", "the condition"),
        ]


def test_a_field_flagged_as_a_whole_is_searched_for_the_names() -> None:
    """And nothing is offered where none stands, or where nothing is shown."""
    found = spots_for(flag(), leaky(), SIZES, names=NAMES)
    assert [s.quote for s in found if isinstance(s, TextSpot)] == [
        "Erdheim-Chester disease",
        "ECD",
        "ERDHEIM CHESTER DISEASE",
    ]
    assert spots_for(flag("question"), leaky(), SIZES, names=NAMES) == []
    assert spots_for(flag("answer"), leaky(), SIZES, names=NAMES) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Image 2: Wilson liver", "Image 2"),
        ("Figure 3b, Erdheim-Chester disease", "Figure 3b"),
        ("Fig. 12 A", "Fig. 12 A"),
        ("Figure 2 of Wilson's disease", "Figure 2"),
        ("Wilson liver", "image 1"),
        ("Image of Wilson 2", "image 1"),
        ("Figure 1Wilson", "image 1"),
    ],
)
def test_a_masked_slot_keeps_the_number_it_goes_by(old: str, new: str) -> None:
    """Question and answer may call it so; nothing else of the name is kept."""
    item = leaky()
    first = item.content.images[0].model_copy(update={"slot_name": old})
    content = item.content.model_copy(update={"images": (first, *item.content.images[1:])})
    (spot,) = spots_for(flag("slot:1"), item.model_copy(update={"content": content}), SIZES)
    assert isinstance(spot, TextSpot)
    assert (spot.quote, spot.replacement) == (old, new)


def test_names_of_slots_and_files_become_image_n() -> None:
    """Whole: half a name tells as much."""
    slot = spots_for(flag("slot:1"), leaky(), SIZES, names=NAMES)
    file = LeakageFlag(kind=LeakKind.ANSWER_IN_FILE_NAME, place=LeakPlace(image=2))
    made = masked(
        leaky(), [mask(s) for s in [*slot, *spots_for(file, leaky(), SIZES)]], {}, version=2
    )
    first, second = made.item.content.images
    assert (first.slot_name, second.original_name) == ("image 1", "image 2")
    assert spots_for(flag("file_name:2"), leaky(), SIZES) == spots_for(file, leaky(), SIZES)


def test_an_image_is_offered_the_box_that_was_drawn_or_else_all_of_it() -> None:
    """Coordinates are of the canonical image."""
    box = ImageBox(sha256=IMAGES[1].sha256, x=1, y=2, width=3, height=4)
    drawn = LeakageFlag(kind=LeakKind.ANSWER_IN_IMAGE, place=LeakPlace(image=1, box=box))
    whole = LeakageFlag(kind=LeakKind.ANSWER_IN_IMAGE, place=LeakPlace(image=1))
    sides = {"x", "y", "width", "height"}
    (first,) = spots_for(drawn, leaky(), SIZES)
    (second,) = spots_for(whole, leaky(), SIZES)
    assert first.model_dump(include=sides) == box.model_dump(include=sides)
    assert second.model_dump(include=sides) == {"x": 0, "y": 0, "width": 100, "height": 80}


def black(image: int = 1, x: int = 0, y: int = 0, width: int = 10, height: int = 10) -> BoxSpot:
    """Return a box on an image of the item."""
    return BoxSpot(image=image, sha256=IMAGES[image].sha256, x=x, y=y, width=width, height=height)


def test_links_follow_texts_and_images_and_what_is_behind_a_mask_is_named() -> None:
    """Every span points at what it quotes in the new text."""
    item = leaky()
    masks = [mask(spot(TEXT, "Erdheim-Chester disease", "X")), mask(black())]
    made = masked(item, masks, {IMAGES[1].sha256: "a" * 64}, version=2)
    links = made.item.claims[0].links
    spans = [link for link in links if isinstance(link, TextSpan)]
    assert [made.item.content.context[s.start : s.end] for s in spans] == ["was found"]
    assert [link.sha256[0] for link in links if not isinstance(link, TextSpan)] == ["a", "a", "2"]
    assert len(made.notes) == 2 and all(note.startswith("Claim c1") for note in made.notes)
    assert [i.sha256[0] for i in made.item.content.images] == ["a", "2"]
    assert (made.item.version, made.item.criteria) == (2, item.criteria)
    assert made.item.content.visible_sha256 != item.content.visible_sha256


def test_without_masks_a_version_is_its_base() -> None:
    """The hash too: taking all masks off gives the imported item back."""
    assert masked(leaky(), [], {}, version=3).item.sha256 == leaky().sha256


def leak(given_flag: LeakageFlag, version: int = 1) -> ConfirmedLeak:
    """Return a confirmed leak of a version."""
    return ConfirmedLeak(unit=given_flag.unit, round="first", item_version=version, flag=given_flag)


def applied(*masks: Mask, version: int = 2) -> MaskHistory:
    """Return the history of masks that were proposed and put on."""
    on = [
        m.model_copy(update={"revision": 2, "state": MaskState.APPLIED, "made_version": version})
        for m in masks
    ]
    return MaskHistory(rows=(*masks, *on))


def test_a_leak_stands_until_the_flagged_words_are_masked_and_again_once_they_are_back() -> None:
    """A mask that waits, or one on other words, is not enough."""
    found = leak(flag(quote="Erdheim-Chester disease"))
    right = mask(spot(TEXT, "Erdheim-Chester disease"), unit=found.unit)
    other = mask(spot(TEXT, "ECD"), mask_id="m2", unit=found.unit)
    base = leaky()
    second = base.model_copy(update={"version": 2})
    assert stands(found, base, base, base, applied(right))
    assert not stands(found, base, second, base, applied(right))
    assert stands(found, base, second, base, applied(other))
    waits = MaskHistory(rows=(*applied(right).rows, other))
    assert stands(found, base, second, base, waits)
    off = right.model_copy(update={"revision": 3, "state": MaskState.WITHDRAWN, "made_version": 3})
    back = MaskHistory(rows=(*applied(right).rows, off))
    assert stands(found, base, base.model_copy(update={"version": 3}), base, back)
    assert not stands(found, base, second, base, back)
    assert (back.base(3), back.active(3), len(back.active(2))) == (1, (), 1)


def test_after_an_import_a_leak_stands_where_its_words_still_do() -> None:
    """In whatever spelling; without a span, where the field is the same."""
    base = leaky()
    same = base.model_copy(update={"version": 2})
    changed = base.model_copy(
        update={"version": 2, "content": with_texts(base.content, {"context": "Bone pain."})}
    )
    for found in (leak(flag(quote="ECD")), leak(flag())):
        assert stands(found, base, same, same, MaskHistory())
        assert not stands(found, base, changed, changed, MaskHistory())


def test_a_leak_on_an_image_stands_until_all_of_its_box_is_black() -> None:
    """A smaller box leaves some of it."""
    box = ImageBox(sha256=IMAGES[1].sha256, x=2, y=2, width=8, height=8)
    place = LeakPlace(image=1, box=box)
    found = leak(LeakageFlag(kind=LeakKind.ANSWER_IN_IMAGE, place=place))
    base, second = leaky(), leaky().model_copy(update={"version": 2})
    assert not stands(found, base, second, base, applied(mask(black(), unit=found.unit)))
    small = mask(black(width=9), unit=found.unit)
    assert stands(found, base, second, base, applied(small))


def test_a_leak_the_lead_flagged_stands_until_its_mask_is_on_or_withdrawn() -> None:
    """It needs no reader."""
    base, second = leaky(), leaky().model_copy(update={"version": 2})
    mine = mask(spot(TEXT, "ECD"), by_lead=True)
    on = applied(mine)
    assert lead_leak_stands(mine, base, MaskHistory(rows=(mine,)))
    assert lead_leak_stands(on.latest()[0], base, on)
    assert not lead_leak_stands(on.latest()[0], second, on)
    gone = mine.model_copy(update={"revision": 2, "state": MaskState.WITHDRAWN})
    assert not lead_leak_stands(gone, base, MaskHistory(rows=(mine, gone)))


def test_a_span_marked_in_a_masked_text_is_the_one_it_stands_for_in_the_base() -> None:
    """Marking a replacement marks the words behind it."""
    base = leaky()
    first = mask(spot(TEXT, "Erdheim-Chester disease", "X"))
    after = cut(TEXT, [first.spot] if isinstance(first.spot, TextSpot) else [])
    for marked, meant in (("ECD", "ECD"), ("X (", "Erdheim-Chester disease (")):
        at = after.index(marked)
        span = span_of("context", after, at, at + len(marked))
        assert in_base(base, applied(first), 2, "context", span).quote == meant


def test_before_and_after_stand_side_by_side() -> None:
    """Texts whole, images by hash; the hash after is unknown until it is made."""
    masks = [mask(spot(TEXT, "ECD", "X")), mask(black())]
    found = before_after(leaky(), masks, {})
    assert [(t.field, t.before == TEXT, "(X)" in t.after) for t in found.texts] == [
        ("context", True, True)
    ]
    assert [(i.position, i.before[0], i.after) for i in found.images] == [(1, "1", None)]


def test_a_mask_lies_on_every_field_a_model_sees_and_on_no_other() -> None:
    """The answer is not shown, so there is nothing to hide in it."""
    content: ItemContent = leaky().content
    shown = ["question", "context", "finding:1", "finding_title:1", "caption:1", "slot:2"]
    assert all(text_at(content, field) for field in shown)
    for field in ("answer", "finding:2", "finding:x", "caption:3", "label:1", ""):
        assert text_at(content, field) is None
    new = with_texts(content, {field: field for field in shown})
    assert all(text_at(new, field) == field for field in shown)
