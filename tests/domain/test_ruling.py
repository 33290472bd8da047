"""A ruling in the making: what can be written and merged, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from src.domain.adjudication import MERGE, NEW, Dispute, dispute_of, settled_value
from src.domain.errors import BadInputError
from src.domain.evidence import ImageBox, WholeImage
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.reasons import Reason
from src.domain.review import (
    AddedCriterion,
    Confidence,
    CriterionReading,
    EditReason,
    Proposals,
    ReviewBody,
    Verdict,
)
from src.domain.routing import EVIDENCE
from src.domain.ruling import (
    RulingDraft,
    can_be_merged,
    can_be_written,
    evidence_name,
    inputs_of,
    texts_to_merge,
    ticked,
    what_is_missing,
    written_value,
)
from src.domain.units import units_of
from tests.domain.things import body, make_item, review

ITEM = make_item()
LETTERS = {"amara": "A", "benoit": "B", "dalia": "C"}
WHOLE = WholeImage(sha256="1" * 64)
BOX = ImageBox(sha256="1" * 64, x=1, y=2, width=3, height=4)


def dispute(unit: str, *said: ReviewBody) -> Dispute:
    """Return a unit between readers who say so, in the order of the letters."""
    people = ("amara", "benoit", "dalia")
    reviews = [review(person, one) for person, one in zip(people, said, strict=False)]
    found = next(u for u in units_of(ITEM, reviews) if u.name.startswith(unit))
    return dispute_of(found, round_name="r", item_id="i", item_version=1, letters=LETTERS)


def edit(**changes: Any) -> ReviewBody:
    """Return a reading that changes the first criterion."""
    said = {"criterion_id": "k1", "action": "edit", "reason": EditReason.WRONG, **changes}
    return body(criteria=(CriterionReading.model_validate(said),))


def starts(found: Dispute, choice: str) -> dict[str, str]:
    """Return what stands in the inputs of a value before anybody wrote."""
    return {one.name: one.start for one in inputs_of(ITEM, found, choice)}


def test_a_merged_criterion_takes_each_part_from_the_first_who_changes_it() -> None:
    """The words of one reader, the points of another, and the scale of a third."""
    found = dispute(
        "criterion:k1",
        edit(text="Names Erdheim-Chester disease"),
        edit(points=2.0, required=False),
        edit(kind="ordinal", maximum=4),
    )

    assert starts(found, MERGE) == {
        "text": "Names Erdheim-Chester disease",
        "points": "2",
        "required": "optional",
        "kind": "ordinal",
        "maximum": "4",
    }
    value = written_value(ITEM, found, RulingDraft(chosen=MERGE))
    assert settled_value(found, MERGE, value)[1] == {
        "action": "edit",
        "text": "Names Erdheim-Chester disease",
        "points": 2.0,
        "required": False,
        "kind": "ordinal",
        "maximum": 4,
    }


def test_a_new_criterion_left_as_it_was_imported_is_a_keep() -> None:
    """Whoever writes the old text again changes nothing."""
    found = dispute("criterion:k1", edit(text="Other words"), body())
    assert starts(found, NEW)["text"] == "Other words"
    draft = RulingDraft(chosen=NEW, fields={"text": "Names ECD"})
    assert written_value(ITEM, found, draft) == {"action": "keep"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": " "}, "The criterion is empty"),
        ({"points": "many"}, "no number of points"),
        ({"points": "101"}, "from -100 to 100"),
        ({"points": "nan"}, "from -100 to 100"),
        ({"kind": "ordinal", "maximum": "1"}, "from 2 to 100"),
        ({"kind": "ordinal", "maximum": "four"}, "from 2 to 100"),
    ],
)
def test_a_criterion_that_cannot_be_is_refused_in_words(fields: dict[str, str], words: str) -> None:
    found = dispute("criterion:k1", edit(points=2.0), body())
    with pytest.raises(BadInputError, match=words):
        written_value(ITEM, found, RulingDraft(chosen=NEW, fields=fields))


@pytest.mark.parametrize("points", ["-0,5", "−0.5", " -0.5 "])
def test_points_are_read_as_people_write_them(points: str) -> None:
    """With a comma, a true minus sign, or a blank before them."""
    found = dispute("criterion:k1", edit(points=2.0), body())
    value = written_value(ITEM, found, RulingDraft(chosen=NEW, fields={"points": points}))
    assert value == {"action": "edit", "points": -0.5}


def test_names_of_several_readers_are_merged_into_one_list() -> None:
    """Each once, in the order of the letters; blank lines and doubles fall out."""
    said = [Proposals(aliases=("ECD", "Lipogranulomatosis")), Proposals(aliases=("ECD", "PSH"))]
    found = dispute("field:aliases", *(body(proposals=one) for one in said))
    assert can_be_merged(found, 0)
    assert written_value(ITEM, found, RulingDraft(chosen=MERGE)) == [
        "ECD",
        "Lipogranulomatosis",
        "PSH",
    ]
    own = RulingDraft(chosen=NEW, fields={"value": "A\n\n B \nA"})
    assert written_value(ITEM, found, own) == ["A", "B"]


def test_texts_of_several_readers_can_be_put_into_one() -> None:
    """Both stand ready; who leaves the field as imported brings none."""
    found = dispute(
        "field:answer",
        body(proposals=Proposals(answer="ECD of bone")),
        body(),
        body(proposals=Proposals(answer="ECD, cardiac")),
    )
    assert can_be_merged(found, 0)
    assert texts_to_merge(found) == (("A", "ECD of bone"), ("C", "ECD, cardiac"))
    assert starts(found, MERGE) == {"value": "ECD of bone"}


def test_one_reader_who_changes_something_leaves_nothing_to_merge() -> None:
    """Neither does a check, nor an addition that only one made."""
    assert not can_be_merged(dispute("criterion:k1", edit(points=2.0), body()), 0)
    added = body(added_criteria=(AddedCriterion(text="Asks for BRAF"),))
    assert not can_be_merged(dispute("criterion:+", added, body()), 0)
    assert not can_be_merged(dispute("check:", body(), body(checks={})), 0)


def test_evidence_is_ticked_by_its_name_and_starts_as_the_choice_wants() -> None:
    """A merge begins with all that readers gave, a new value with none of it."""
    offered = (WHOLE, BOX)
    assert evidence_name(WHOLE) != evidence_name(BOX)
    assert ticked(RulingDraft(), MERGE, offered) == offered
    assert ticked(RulingDraft(), NEW, offered) == ()
    only = RulingDraft(evidence=(evidence_name(BOX), "unknown"))
    assert ticked(only, MERGE, offered) == (BOX,)


def test_what_the_adjudicator_marked_counts_beside_what_is_ticked() -> None:
    """Each piece once, also one that a reader marked in the very same place."""
    own = BOX.model_copy(update={"x": 7})
    draft = RulingDraft(chosen=NEW, evidence=(evidence_name(BOX),), own={"b1": own, "b2": BOX})
    assert ticked(draft, NEW, (WHOLE, BOX)) == (BOX, own)
    assert not draft.is_empty


def test_the_evidence_of_a_claim_is_put_together_or_marked_anew_but_never_left_out() -> None:
    """A ruling on evidence that names none would be a slip: the readers' empty one can be taken."""
    unit = dispute("claim:", body()).model_copy(update={"unit": f"{EVIDENCE}c1"})
    assert can_be_written(unit.unit) and can_be_merged(unit, 2) and not can_be_merged(unit, 1)
    merged = written_value(ITEM, unit, RulingDraft(chosen=MERGE), (WHOLE, BOX))
    assert isinstance(merged, list) and len(merged) == 2
    own = RulingDraft(chosen=NEW, own={"b1": BOX})
    assert written_value(ITEM, unit, own, (WHOLE,)) == [BOX.model_dump(mode="json")]
    with pytest.raises(BadInputError, match="Nothing is ticked"):
        written_value(ITEM, unit, RulingDraft(chosen=NEW), (WHOLE, BOX))


def test_flags_of_several_readers_are_merged_with_every_spot_once() -> None:
    """Two who flag the same caption, one of them twice: both spots are kept."""
    spots = [
        LeakageFlag(kind=LeakKind.ANSWER_IN_IMAGE, place=LeakPlace(image=1, box=box))
        for box in (BOX, BOX.model_copy(update={"x": 9}))
    ]
    found = dispute("flag:", body(flags=tuple(spots)), body(flags=(spots[1],)), body())
    value = written_value(ITEM, found, RulingDraft(chosen=MERGE))
    merged = LeakageFlag.model_validate(settled_value(found, MERGE, value)[1])
    assert [flag.spot for flag in merged.each] == [flag.spot for flag in spots]


def test_a_verdict_of_ones_own_has_to_be_chosen() -> None:
    """Nothing is preset where the readers differ."""
    found = dispute("claim:c1", body(), body(Verdict.CONTRADICTED))
    with pytest.raises(BadInputError, match="Nothing was settled"):
        written_value(ITEM, found, RulingDraft(chosen=NEW))
    draft = RulingDraft(chosen=NEW, fields={"value": "cannot_judge"})
    assert written_value(ITEM, found, draft) == "cannot_judge"


def test_what_is_missing_is_said_one_thing_at_a_time() -> None:
    """First what, then why, then how sure; then nothing."""
    draft = RulingDraft()
    assert draft.is_empty
    assert what_is_missing(draft).startswith("Choose a reading")
    draft = draft.model_copy(update={"chosen": "A"})
    assert what_is_missing(draft) == "Choose why the readers differ."
    draft = draft.model_copy(update={"reason": Reason.RUBRIC_GAP})
    assert what_is_missing(draft) == "Say how sure you are."
    assert what_is_missing(draft.model_copy(update={"confidence": Confidence.LOW})) == ""
    assert not draft.is_empty
