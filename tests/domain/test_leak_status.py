"""Where an item stands with its leaks."""

from __future__ import annotations

from typing import Any

import pytest

from src.domain.evidence import ImageBox, span_of
from src.domain.leak_status import (
    LeakStatus,
    LeakUnit,
    Said,
    UnitState,
    layer_of,
    own_word,
    said_of,
    speaks_of,
    standing_of,
    undecided_hits,
)
from src.domain.leakage import (
    DismissReason,
    Hit,
    HitDismissal,
    Layer,
    LeakageFlag,
    LeakKind,
    LeakPlace,
    Mention,
    Method,
)
from src.domain.review import ReviewBody

TEXT = "A biopsy confirmed Erdheim-Chester disease in the left kidney."
ID = "0123456789abcdef"
UNIT = "flag:answer_in_text:context"


def hit(**changes: Any) -> Hit:
    """Return a hit on the answer in the context."""
    hit = Hit(
        hit_id=ID,
        layer=Layer.TEXT,
        field="context",
        start=19,
        end=42,
        quote=TEXT[19:42],
        alias="Erdheim-Chester disease",
        method=Method.EXACT,
        score=1,
        rule="answer",
    )
    return hit.model_copy(update=changes)


def flag(start: int | None = None, end: int = 0, **changes: Any) -> LeakageFlag:
    """Return a flag on the context, or on a span of it."""
    span = span_of("context", TEXT, start, end) if start is not None else None
    place = LeakPlace(field="context", span=span)
    return LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=place, **changes)


def unit(state: UnitState = "confirmed", name: str = UNIT) -> LeakUnit:
    """Return one flagged spot."""
    return LeakUnit(unit=name, layer=layer_of(name), state=state, flagged=1, readers=2)


DISMISSES = ReviewBody(
    dismissed=(HitDismissal(hit_id=ID, reason=DismissReason.TOO_GENERAL),),
)


def test_a_flag_speaks_of_the_hits_it_lies_over_or_names() -> None:
    """A span that touches it, the whole field, or its id; not the words beside it."""
    assert speaks_of(flag(19, 27), hit())
    assert speaks_of(flag(), hit())
    assert not speaks_of(flag(0, 18), hit())
    assert speaks_of(flag(0, 18, hit_id=ID), hit())
    assert not speaks_of(flag(), hit(field="question"))


def test_a_box_speaks_of_the_words_it_covers() -> None:
    """Boxes that share no pixel do not meet; a file name is another layer."""
    box = ImageBox(sha256="a" * 64, x=10, y=10, width=20, height=10)
    burned = hit(layer=Layer.IMAGE_TEXT, field=None, image=2, box=box)

    def drawn(x: int, image: int = 2) -> LeakageFlag:
        drawn = box.model_copy(update={"x": x})
        place = LeakPlace(image=image, box=drawn)
        return LeakageFlag(kind=LeakKind.ANSWER_IN_IMAGE, place=place)

    assert speaks_of(drawn(25), burned)
    assert not speaks_of(drawn(30), burned)
    assert not speaks_of(drawn(25, image=1), burned)
    whole = LeakageFlag(kind=LeakKind.ANSWER_IN_FILE_NAME, place=LeakPlace(image=2))
    assert not speaks_of(whole, burned)
    assert speaks_of(whole, hit(layer=Layer.NAMES, field="file_name:2", image=2))


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("flag:answer_in_text:context", Layer.TEXT),
        ("flag:answer_in_caption:caption:3", Layer.TEXT),
        ("flag:answer_in_image:image:1", Layer.IMAGE_TEXT),
        ("flag:answer_in_file_name:image:1", Layer.NAMES),
        ("flag:answer_in_file_name:file_name:1", Layer.NAMES),
    ],
)
def test_a_flag_lies_in_a_layer(name: str, layer: Layer) -> None:
    """By what is flagged, and for an image by how it leaks."""
    assert layer_of(name) is layer


def test_what_readers_say_of_a_hit_follows_from_what_is_settled() -> None:
    """Confirmed by a settled leak, open while they differ, dismissed when it is ruled none."""
    flags = ReviewBody(flags=(flag(19, 42),))
    assert said_of(hit(), [flags], {UNIT: "confirmed"}) is Said.CONFIRMED
    assert said_of(hit(), [flags], {UNIT: "masked"}) is Said.CONFIRMED
    assert said_of(hit(), [flags, DISMISSES], {UNIT: "disputed"}) is Said.DISPUTED
    assert said_of(hit(), [flags], {UNIT: "ruled_out"}) is Said.DISMISSED
    assert said_of(hit(), [DISMISSES, ReviewBody()], {}) is Said.DISMISSED
    assert said_of(hit(), [ReviewBody()], {}) is Said.NOTHING


def test_who_dismissed_a_hit_does_not_confirm_it_by_flagging_its_whole_field() -> None:
    """The reader flagged another part of the context."""
    both = DISMISSES.model_copy(update={"flags": (flag(),)})
    assert said_of(hit(), [both], {UNIT: "confirmed"}) is Said.DISMISSED


def test_a_hit_nobody_answered_makes_an_item_suspected_and_one_of_low_rank_does_not() -> None:
    """A negated mention is told apart, and never raises an alarm alone."""
    assert standing_of([hit()], [], []).status is LeakStatus.SUSPECTED
    low = hit(mention=Mention.NEGATED)
    assert standing_of([low], [], []).status is LeakStatus.CLEAN
    assert standing_of([], [], []).status is LeakStatus.CLEAN


def test_an_item_whose_hits_are_all_dismissed_is_clean() -> None:
    """A hit is not a flag until a reader says so."""
    assert standing_of([hit()], [DISMISSES], []).status is LeakStatus.CLEAN


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("confirmed", LeakStatus.CONFIRMED),
        ("disputed", LeakStatus.SUSPECTED),
        ("masked", LeakStatus.RESOLVED),
        ("ruled_out", LeakStatus.RESOLVED),
    ],
)
def test_a_flag_makes_the_status(state: UnitState, status: LeakStatus) -> None:
    """Of the item and of its layer."""
    found = standing_of([], [], [unit(state)])
    assert found.status is status
    assert found.layers == {Layer.TEXT: status}


def test_the_worst_layer_is_the_status_of_the_item() -> None:
    """A masked context and words in an image that nobody looked at."""
    burned = hit(layer=Layer.IMAGE_TEXT, field=None, image=1)
    found = standing_of([burned], [], [unit("masked")])
    assert found.layers == {Layer.TEXT: LeakStatus.RESOLVED, Layer.IMAGE_TEXT: LeakStatus.SUSPECTED}
    assert found.status is LeakStatus.SUSPECTED


def test_what_one_reader_says_of_a_hit_is_the_dismissal_then_the_flag_that_names_it() -> None:
    """A flag over all of the field comes last."""
    whole, named = flag(), flag(0, 18, hit_id=ID)
    assert own_word(hit(), ReviewBody()) is None
    assert own_word(hit(), ReviewBody(flags=(whole,))) == whole
    assert own_word(hit(), ReviewBody(flags=(whole, named))) == named
    both = ReviewBody(flags=(whole,), dismissed=DISMISSES.dismissed)
    assert own_word(hit(), both) == DISMISSES.dismissed[0]


def test_undecided_hits_of_high_rank_are_counted_in_one_doubt() -> None:
    """Those of low rank are nobody's duty."""
    low = hit(hit_id="f" * 16, mention=Mention.NEGATED)
    assert undecided_hits([low], ReviewBody()) == []
    assert undecided_hits([hit(), low], DISMISSES) == []
    [doubt] = undecided_hits([hit(), low], ReviewBody())
    assert (doubt.column, doubt.message) == ("hits", "1 place that the scan found is not decided.")
    two = [hit(), hit(hit_id="e" * 16, start=0, end=8)]
    assert undecided_hits(two, ReviewBody())[0].message.startswith("2 places the scan found are")
