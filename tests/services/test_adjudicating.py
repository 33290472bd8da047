"""The adjudicator's desk behind the screen: drafts, evidence, who may and who may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from src.domain.adjudication import MERGE, NEW
from src.domain.errors import BadInputError, ConflictError, NotAllowedError
from src.domain.evidence import ImageBox, WholeImage, span_of
from src.domain.people import OPERATOR, Actor, Person, Role
from src.domain.reasons import Reason
from src.domain.review import ClaimReading, Confidence, Verdict
from src.domain.ruling import RulingDraft
from src.services.adjudicating import DecidedMeanwhile, Ruling
from src.services.workbench import Workbench
from src.ui.earlier_rulings import blocks
from src.ui.shown_readings import piece_words
from tests.builders import actor, full_reading, item_line, open_round, read_all, write_items

CHEN, LENA = actor("chen"), actor("lena")
ITEM, CLAIM = "test/diagnosis/001", "claim:c1"
SECOND = Person(person_id="sofia", display_name="Sofia Rossi", roles=frozenset({Role.ADJUDICATOR}))


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give an item that two readers have read and differ on, and two adjudicators."""
    bench.people.add(OPERATOR, SECOND)
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench)
    read_all(bench, "amara", claims=(pointing(bench, Verdict.SUPPORTED, 1),))
    read_all(bench, "benoit", claims=(pointing(bench, Verdict.CONTRADICTED, 2),))
    return bench


def pointing(bench: Workbench, verdict: Verdict, image: int) -> ClaimReading:
    """Return a verdict that rests on one of the item's images."""
    link = WholeImage(sha256=sha(bench, image))
    return ClaimReading(claim_id="c1", verdict=verdict, evidence=(link,))


def sha(bench: Workbench, image: int) -> str:
    """Return the hash of an image of the item, from 1."""
    return bench.browsing.item(OPERATOR, ITEM).item.content.images[image - 1].sha256


def begin(bench: Workbench, person: str = "chen", **said: Any) -> RulingDraft:
    """Begin a ruling on the claim."""
    who = bench.people.actor(person)
    return bench.adjudicating.keep_draft(
        who, "first", ITEM, CLAIM, lambda draft: draft.model_copy(update=said)
    )


def ruling(**changes: Any) -> Ruling:
    """Return a ruling on the claim."""
    given = {"round": "first", "item_id": ITEM, "unit": CLAIM, "chosen": "A"}
    return Ruling.model_validate({**given, "reason": Reason.READER_SLIP, **changes})


def test_a_ruling_in_the_making_is_kept_until_it_is_made(study: Workbench) -> None:
    """Part by part, for its adjudicator alone; the ruling takes its place."""
    begin(study, chosen="B")
    begin(study, rationale="Half a sent")
    kept = study.adjudicating.drafts(CHEN, "first", ITEM)
    assert (kept[CLAIM].chosen, kept[CLAIM].rationale) == ("B", "Half a sent")
    assert study.adjudicating.case(CHEN, "first", ITEM).drafts == kept
    assert study.adjudicating.drafts(study.people.actor("sofia"), "first", ITEM) == {}

    study.adjudicating.decide(CHEN, ruling())

    assert study.adjudicating.drafts(CHEN, "first", ITEM) == {}
    assert study.browsing.verify(OPERATOR).problems == ()


def test_a_draft_from_which_everything_was_taken_back_is_gone(study: Workbench) -> None:
    """Nothing is restored that says nothing."""
    begin(study, chosen="B", reason=Reason.RUBRIC_GAP, confidence=Confidence.LOW)
    begin(study, chosen="", reason=None, confidence=None)
    assert study.adjudicating.drafts(CHEN, "first", ITEM) == {}


def test_who_may_not_settle_an_item_cannot_begin_to(study: Workbench) -> None:
    """Not a reader of it who is an adjudicator too, not somebody whose role was taken."""
    study.people.set_roles(OPERATOR, "amara", (Role.REVIEWER, Role.ADJUDICATOR))
    with pytest.raises(NotAllowedError, match="You read this item"):
        begin(study, "amara", chosen="A")
    with pytest.raises(NotAllowedError):
        study.adjudicating.keep_draft(LENA, "first", ITEM, CLAIM, lambda draft: draft)
    chen = study.people.actor("chen")
    study.people.set_active(OPERATOR, "chen", False)
    with pytest.raises(NotAllowedError):
        study.adjudicating.keep_draft(chen, "first", ITEM, CLAIM, lambda draft: draft)


def test_the_evidence_of_all_readers_is_shown_by_letter_and_unit(study: Workbench) -> None:
    """Two whole images, one of each reader; no name of a person."""
    case = study.adjudicating.case(CHEN, "first", ITEM)
    assert {(e.reader, e.unit, e.link.type) for e in case.evidence} == {
        ("A", CLAIM, "image"),
        ("B", CLAIM, "image"),
    }
    assert {link.sha256 for link in case.offered(CLAIM)} == {sha(study, 1), sha(study, 2)}
    assert case.readers == ("A", "B")
    assert "amara" not in case.model_dump_json()


def test_merged_evidence_is_what_the_claim_rests_on_in_gold(study: Workbench) -> None:
    """Of both readers, though only one of them gave the verdict that became gold."""
    both = study.adjudicating.case(CHEN, "first", ITEM).offered(CLAIM)
    merged = ruling(chosen=MERGE, value="supported", evidence=both)
    study.adjudicating.decide(CHEN, merged)
    study.releasing.release(LENA)
    [gold] = study.releasing.page(LENA, 1)
    assert gold.body.claims[0].verdict == "supported"
    assert set(gold.body.claims[0].evidence) == set(both)


def test_an_adjudicator_adds_a_box_and_words_of_their_own(study: Workbench) -> None:
    """Beside what a reader gave; gold says what the claim rests on, whoever marked it."""
    item = study.browsing.item(OPERATOR, ITEM).item
    [given, _] = study.adjudicating.case(CHEN, "first", ITEM).offered(CLAIM)
    box = ImageBox(sha256=sha(study, 1), x=1, y=1, width=5, height=5)
    words = span_of("context", item.content.context, 2, 13)
    study.adjudicating.decide(
        CHEN, ruling(chosen=NEW, value="supported", evidence=(given, box, words))
    )
    study.releasing.release(LENA)
    [gold] = study.releasing.page(LENA, 1)
    assert gold.body.claims[0].evidence == (given, box, words)


def test_evidence_that_does_not_lie_in_the_item_is_refused(study: Workbench) -> None:
    """A box that leaves its image, another case's image, words that stand elsewhere."""
    item = study.browsing.item(OPERATOR, ITEM).item
    words = span_of("context", item.content.context, 2, 13)
    wrong = [
        (ImageBox(sha256=sha(study, 1), x=100, y=1, width=50, height=5), "leaves the"),
        (WholeImage(sha256="0" * 64), "not one of the item's"),
        (words.model_copy(update={"start": 3, "end": 14}), "The quote is not"),
    ]
    for link, why in wrong:
        with pytest.raises(BadInputError, match=why):
            said = ruling(chosen=MERGE, value="supported", evidence=[link])
            study.adjudicating.decide(CHEN, said)
    check = ruling(unit="check:answer_correct", chosen=MERGE, value="yes", evidence=[])
    with pytest.raises(BadInputError, match="Only a claim"):
        study.adjudicating.decide(CHEN, check)


def test_an_export_of_gold_with_chosen_evidence_can_be_read_again(
    study: Workbench, tmp_path: Path
) -> None:
    """The released bytes say what the adjudicator chose, and the same again the next time."""
    one = study.adjudicating.case(CHEN, "first", ITEM).offered(CLAIM)[:1]
    study.adjudicating.decide(CHEN, ruling(chosen=MERGE, value="supported", evidence=one))
    study.releasing.release(LENA)
    for name in ("first", "again"):
        study.exporting.export(LENA, 1, tmp_path / name)
    [file] = (tmp_path / "first").rglob("*.jsonl")
    again = tmp_path / "again" / file.relative_to(tmp_path / "first")
    assert file.read_bytes() == again.read_bytes()
    assert one[0].sha256 in file.read_text(encoding="utf-8")


def revise(study: Workbench, person: str, verdict: Verdict) -> None:
    """Submit another revision of the item."""
    task = study.reviewing.task(actor(person), "first", ITEM)
    study.reviewing.submit(
        actor(person),
        "first",
        ITEM,
        full_reading(task.item, verdict),
        item_version=1,
        idempotency_key=f"{person} {verdict}",
    )


def sofia(study: Workbench) -> Actor:
    """Return the second adjudicator as an actor."""
    return study.people.actor("sofia")


def test_a_decision_that_is_stale_says_what_the_readings_were_then(study: Workbench) -> None:
    """By letter, with the ruling that rested on them; a fresh decision needs no such thing."""
    study.adjudicating.decide(CHEN, ruling(rationale="As the biopsy says."))
    fresh = study.adjudicating.case(CHEN, "first", ITEM).earlier[CLAIM]
    assert (fresh.stale, fresh.was, fresh.mine) == (False, (), True)

    revise(study, "benoit", Verdict.CANNOT_JUDGE)

    case = study.adjudicating.case(CHEN, "first", ITEM)
    [dispute] = [d for d in case.disputes if d.unit == CLAIM]
    earlier = case.earlier[CLAIM]
    assert (dispute.stale, earlier.stale) == (True, True)
    assert sorted(r.key for r in earlier.was) == ["contradicted", "supported"]
    assert sorted(r.key for r in dispute.readings) == ["cannot_judge", "supported"]
    letters = {r.key: r.reader for r in earlier.was}
    assert letters["contradicted"] == next(
        r.reader for r in dispute.readings if r.key == "cannot_judge"
    )
    assert earlier.rationale == "As the biopsy says."


def test_a_reader_who_corrects_another_claim_reopens_no_ruling(study: Workbench) -> None:
    """Nor one who mends a word of the comment: settled work is not lost by it."""
    study.adjudicating.decide(CHEN, ruling())
    task = study.reviewing.task(actor("benoit"), "first", ITEM)
    claim = pointing(study, Verdict.CONTRADICTED, 2)
    study.reviewing.submit(
        actor("benoit"),
        "first",
        ITEM,
        full_reading(task.item, claims=(claim,), comment="A word mended."),
        item_version=1,
        idempotency_key="mended",
    )
    case = study.adjudicating.case(CHEN, "first", ITEM)
    assert not case.earlier[CLAIM].stale
    assert CLAIM in {dispute.unit for dispute in case.ruled}
    assert study.browsing.verify(OPERATOR).problems == ()


def test_a_ruling_that_returns_for_a_note_alone_says_whose(study: Workbench) -> None:
    """The verdicts are what they were, so that nothing else would tell what changed."""
    study.adjudicating.decide(CHEN, ruling())
    task = study.reviewing.task(actor("benoit"), "first", ITEM)
    claim = pointing(study, Verdict.CONTRADICTED, 2).model_copy(update={"note": "On image 2."})
    study.reviewing.submit(
        actor("benoit"),
        "first",
        ITEM,
        full_reading(task.item, claims=(claim,)),
        item_version=1,
        idempotency_key="noted",
    )
    case = study.adjudicating.case(CHEN, "first", ITEM)
    earlier = case.earlier[CLAIM]
    [dispute] = [one for one in case.disputes if one.unit == CLAIM]
    benoit = next(one.reader for one in dispute.readings if one.key == "contradicted")
    assert (earlier.stale, earlier.noted) == (True, (benoit,))


def test_the_second_of_two_adjudicators_sees_the_first_before_ruling(study: Workbench) -> None:
    """Unseen, it is refused; seen, they agree, and both decisions are kept."""
    study.adjudicating.decide(CHEN, ruling(chosen="A"))
    with pytest.raises(DecidedMeanwhile, match="Look at that"):
        study.adjudicating.decide(sofia(study), ruling(chosen="A"))
    earlier = study.adjudicating.case(sofia(study), "first", ITEM).earlier[CLAIM]
    assert (earlier.mine, earlier.chosen, earlier.revision) == (False, "A", 1)

    study.adjudicating.decide(sofia(study), ruling(chosen="A", upon=1))

    assert study.adjudicating.case(CHEN, "first", ITEM).earlier[CLAIM].revision == 2
    assert study.browsing.verify(OPERATOR).problems == ()


def test_who_rules_otherwise_than_a_colleague_says_why(study: Workbench) -> None:
    """Without a rationale it is refused; with one the later ruling counts."""
    study.adjudicating.decide(CHEN, ruling(chosen="A"))
    with pytest.raises(BadInputError, match="say in the rationale why"):
        study.adjudicating.decide(sofia(study), ruling(chosen="remove", upon=1))
    study.adjudicating.decide(
        sofia(study), ruling(chosen="remove", upon=1, rationale="It is no statement.")
    )
    case = study.adjudicating.case(CHEN, "first", ITEM)
    assert next(u.key for u in case.settled if u.unit == CLAIM) == "removed"


def test_one_may_rule_again_on_what_one_ruled_oneself(study: Workbench) -> None:
    """That needs no look at anybody else's."""
    study.adjudicating.decide(CHEN, ruling(chosen="A"))
    study.adjudicating.decide(CHEN, ruling(chosen="B"))
    assert study.adjudicating.case(CHEN, "first", ITEM).earlier[CLAIM].revision == 2


def test_a_unit_handed_on_is_on_the_list_of_the_other_and_off_ones_own(study: Workbench) -> None:
    """With its note; who handed it on cannot settle it any more."""
    assert study.adjudicating.case(CHEN, "first", ITEM).colleagues == (("sofia", "Sofia Rossi"),)
    study.adjudicating.hand_on(CHEN, "first", ITEM, CLAIM, "sofia", "Your field.")

    assert study.adjudicating.worst_first(CHEN) == []
    [line] = study.adjudicating.worst_first(sofia(study))
    assert (line.open_units, line.handed_on) == (1, 1)
    handed = study.adjudicating.case(sofia(study), "first", ITEM).handed_on[CLAIM]
    assert (handed.note, handed.to_me, handed.by_me) == ("Your field.", True, False)
    with pytest.raises(NotAllowedError, match="You handed this unit on"):
        study.adjudicating.decide(CHEN, ruling())
    with pytest.raises(ConflictError, match="already"):
        study.adjudicating.hand_on(CHEN, "first", ITEM, CLAIM, "sofia", "Again.")
    study.adjudicating.decide(sofia(study), ruling())
    assert study.adjudicating.case(CHEN, "first", ITEM).handed_on == {}
    assert study.browsing.verify(OPERATOR).problems == ()


def listed(bench: Workbench, who: Actor) -> tuple[int, int]:
    """Return how many items and open units stand in somebody's list."""
    lines = bench.adjudicating.worst_first(who)
    return len(lines), sum(line.open_units for line in lines)


def test_the_head_of_the_list_counts_what_is_listed_and_nothing_else(study: Workbench) -> None:
    """Not what the adjudicator read or is to read, nor what they handed on to another."""
    study.people.set_roles(OPERATOR, "amara", (Role.REVIEWER, Role.ADJUDICATOR))
    study.people.set_roles(OPERATOR, "dalia", (Role.REVIEWER, Role.ADJUDICATOR))
    amara, dalia = study.people.actor("amara"), study.people.actor("dalia")
    for who, there in ((CHEN, (1, 1)), (sofia(study), (1, 1)), (dalia, (1, 1)), (amara, (0, 0))):
        assert study.adjudicating.totals(who)[:2] == listed(study, who) == there

    open_round(study, "second", persons=("dalia",))
    assert study.reviewing.next_item(dalia, "second") is not None
    assert study.adjudicating.totals(dalia)[:2] == listed(study, dalia) == (0, 0)

    study.adjudicating.hand_on(CHEN, "first", ITEM, CLAIM, "sofia", "Your field.")
    assert study.adjudicating.totals(CHEN)[:2] == listed(study, CHEN) == (0, 0)
    assert study.adjudicating.totals(sofia(study))[:2] == listed(study, sofia(study)) == (1, 1)


@pytest.mark.parametrize("whom", ["chen", "amara", "lena", "nobody"])
def test_a_unit_is_handed_on_only_to_an_adjudicator_who_did_not_read_it(
    study: Workbench, whom: str
) -> None:
    """Not to oneself, to a reader of the item though an adjudicator too, or to anybody else."""
    study.people.set_roles(OPERATOR, "amara", (Role.REVIEWER, Role.ADJUDICATOR))
    with pytest.raises(BadInputError, match="cannot settle this"):
        study.adjudicating.hand_on(CHEN, "first", ITEM, CLAIM, whom, "Please.")


def test_handing_on_needs_a_note_and_an_open_unit(study: Workbench) -> None:
    """What is agreed, or settled, goes to nobody."""
    with pytest.raises(BadInputError, match="Write a note"):
        study.adjudicating.hand_on(CHEN, "first", ITEM, CLAIM, "sofia", " ")
    with pytest.raises(BadInputError, match="not open"):
        study.adjudicating.hand_on(CHEN, "first", ITEM, "check:answer_correct", "sofia", "x")


def test_the_head_of_the_list_counts_nothing_of_what_one_read_oneself(study: Workbench) -> None:
    """It would tell a reader, before anything is final, how far the others differ from them."""
    both = frozenset({Role.REVIEWER, Role.ADJUDICATOR})
    study.people.set_roles(OPERATOR, "amara", both)
    amara = study.people.actor("amara")
    assert study.adjudicating.totals(amara) == (0, 0, 0)
    assert study.adjudicating.worst_first(amara) == []
    assert study.adjudicating.totals(CHEN)[0] == 1


def test_the_head_of_the_list_adds_up_to_the_list(study: Workbench) -> None:
    """What one handed on is in neither."""
    before = study.adjudicating.totals(CHEN)[1]
    study.adjudicating.hand_on(CHEN, "first", ITEM, CLAIM, "sofia", "Your field.")
    listed = study.adjudicating.worst_first(CHEN)
    items, units, _ = study.adjudicating.totals(CHEN)
    assert (items, units) == (len(listed), sum(line.open_units for line in listed))
    assert units == before - 1


def test_the_second_adjudicator_is_told_what_evidence_the_first_chose(study: Workbench) -> None:
    """To agree puts their name under it."""
    one = study.adjudicating.case(CHEN, "first", ITEM).offered(CLAIM)[:1]
    study.adjudicating.decide(CHEN, ruling(chosen=MERGE, value="supported", evidence=one))
    case = study.adjudicating.case(sofia(study), "first", ITEM)
    [block] = blocks(case, next(d for d in case.ruled if d.unit == CLAIM))
    assert f"Rests on: {piece_words(one[0], case.view)}" in block.lines
