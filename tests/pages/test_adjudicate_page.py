"""The adjudicate screen: disputes settled one by one, readers unnamed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as texts
from streamlit.testing.v1 import AppTest

from src.domain.evidence import ImageBox
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR, Person, Role
from src.domain.review import (
    ClaimReading,
    CriterionReading,
    EditReason,
    Verdict,
)
from src.domain.routing import STANDARD
from src.services.workbench import Workbench
from src.ui.differences import differences
from src.ui.session import workbench
from src.ui.shown_readings import shown_reading
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import act, button, component, message, open_page, serve, words

DESK = "rulings"
ITEM, OTHER = "test/diagnosis/001", "test/diagnosis/002"
SECOND = Person(person_id="sofia", display_name="Sofia Rossi", roles=frozenset({Role.ADJUDICATOR}))
LEAK = LeakageFlag(kind=LeakKind.GIVE_AWAY_PHRASE, place=LeakPlace(field="context"))


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of two items that two people are to read."""
    lines = [item_line("001"), item_line("002", case="case-2")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench)
    serve(bench, monkeypatch, tmp_path)
    return bench


def differ(study: Workbench) -> None:
    """Let the readers differ on the verdict and on the second criterion of both items."""
    reworded = CriterionReading(
        criterion_id="k2",
        action="edit",
        text="Mentions BRAF V600E or MAP2K1 testing",
        points=2.0,
        reason=EditReason.TOO_VAGUE,
        note="One gene is too narrow.",
    )
    read_all(study, "amara")
    read_all(study, "benoit", verdict=Verdict.PARTLY_SUPPORTED, criteria=(reworded,))


def case_page() -> AppTest:
    """Open the first item."""
    return open_page("adjudicate", "chen", item=ITEM, round="first")


def do(page: AppTest, kind: str, target: str, value: object = None) -> None:
    """Do one thing on the desk of the first item."""
    act(page, DESK, kind, target, value)


def write(page: AppTest, target: str, text: str, upon: str | None = None) -> None:
    """Type a text on the desk, upon what stands there or upon what stood there before."""
    what, _, name = target.partition(" ")
    if upon is None:
        one = unit(page, name)
        inputs = one["inputs"].get(one["draft"]["chosen"], ())
        starts = {f"in:{given['name']}": given["value"] for given in inputs}
        upon = starts[what] if what in starts else one["draft"].get(what, "")
    do(page, "text", target, [upon, text])


def unit(page: AppTest, name: str) -> Any:
    """Return a unit as it lies on the desk."""
    return next(one for one in component(page, DESK)["units"] if one["unit"] == name)


def settle(page: AppTest, name: str, chosen: str) -> None:
    """Settle a unit with a reading, and say why."""
    do(page, "choose", f"chosen {name}", chosen)
    do(page, "choose", f"reason {name}", "reader_slip")
    do(page, "choose", f"confidence {name}", "high")
    do(page, "settle", name)


def units_left(study: Workbench) -> set[str]:
    """Return the open units of the first item."""
    return {d.unit for d in study.adjudicating.disputes(actor("chen")) if d.item_id == ITEM}


def letter_of(study: Workbench, key: str) -> str:
    """Return the letter of the reader who gave a verdict on the first item."""
    case = study.adjudicating.case(actor("chen"), "first", ITEM)
    claim = next(d for d in case.disputes if d.unit == "claim:c1")
    return next(r.reader for r in claim.readings if r.key == key)


def test_nothing_disputed_says_what_still_waits(study: Workbench) -> None:
    """Before the readings are in there is no list, only what is to come."""
    page = open_page("adjudicate", "chen")
    assert "No disputes. 2 items still wait for a reading." in page.info[0].value.replace("\\", "")


def test_what_a_reader_refused_of_the_benchmark_stands_among_what_they_said(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In words, beside the verdict of the reader who refused it, and of no other."""
    claims = [{"text": "It is Erdheim-Chester disease", "images": [1, 2]}]
    path = write_items(tmp_path / "in", [item_line("001", claims=claims)])
    bench.importing.store_file(OPERATOR, path)
    open_round(bench)
    serve(bench, monkeypatch, tmp_path)
    second = bench.browsing.item(OPERATOR, ITEM).item.claims[0].links[1]
    refusing = ClaimReading(claim_id="c1", verdict=Verdict.CONTRADICTED, refused=(second,))
    read_all(bench, "amara")
    read_all(bench, "benoit", claims=(refusing,))
    said = "Not this, though the benchmark names it: Image 2"
    assert said in words(case_page())
    case = bench.adjudicating.case(actor("chen"), "first", ITEM)
    [dispute] = case.disputes
    shown = {r.key: shown_reading(case, dispute, r).evidence for r in dispute.readings}
    assert shown["supported"] == ()
    assert [(piece.words, piece.refused) for piece in shown["contradicted"]] == [(said, True)]


def test_a_person_without_the_role_is_told_so_and_sees_nothing(study: Workbench) -> None:
    """A reviewer and a stranger get one sentence and no item."""
    differ(study)
    for person in ("amara", "lena"):
        page = open_page("adjudicate", person, item=ITEM, round="first")
        assert "role adjudicator" in page.info[0].value
        assert "Erdheim" not in words(page)


def test_the_list_opens_an_item_and_the_address_says_which(study: Workbench) -> None:
    """Both items have two open units; opening one writes it into the address."""
    differ(study)
    page = open_page("adjudicate", "chen")
    assert [text.value for text in page.text if "open" in text.value] == ["2 of 6 open"] * 2
    button(page, ITEM).click().run()
    assert page.query_params["item"] == ITEM
    assert component(page, DESK)["progress"] == "0 of 2 units settled"


def test_no_byte_of_the_page_names_a_reader(study: Workbench) -> None:
    """The adjudicator sees Reader A and B, never who they are."""
    differ(study)
    shown = words(case_page())
    assert "One gene is too narrow." in shown
    for name in ("amara", "Amara", "benoit", "Beno"):
        assert name not in shown


def test_choosing_a_reading_settles_the_unit_and_shows_the_receipt(study: Workbench) -> None:
    """The verdict of the reader chosen becomes the item's, and the card is gone."""
    differ(study)
    page = case_page()
    letter = letter_of(study, "partly_supported")
    write(page, "rationale claim:c1", "The biopsy is not conclusive.")
    settle(page, "claim:c1", letter)
    assert units_left(study) == {"criterion:k2"}
    shown = component(page, DESK)
    assert shown["receipt"].startswith("Settled: Claim 1. Your receipt 1")
    assert shown["progress"] == "1 of 2 units settled"
    assert [one["unit"] for one in shown["units"]] == ["criterion:k2"]
    case = study.adjudicating.case(actor("chen"), "first", ITEM)
    settled = next(one for one in case.settled if one.unit == "claim:c1")
    assert (settled.key, settled.method) == ("partly_supported", "adjudicated")


def test_the_next_item_does_not_show_the_receipt_of_the_one_before(study: Workbench) -> None:
    """A receipt belongs to the item it proves."""
    differ(study)
    page = case_page()
    for name in ("claim:c1", "criterion:k2"):
        settle(page, name, "A")
    end = component(page, DESK)["end"]
    assert end["words"] == "Nothing is open on this item."
    do(page, "next", "")
    assert page.query_params["item"] == OTHER
    assert component(page, DESK)["receipt"] == ""
    assert "Your receipt" not in words(page)


def test_what_was_begun_is_there_again_after_a_reload_and_says_so(study: Workbench) -> None:
    """Another window, another day: the choice, the reason and half a sentence are restored."""
    differ(study)
    page = case_page()
    do(page, "choose", "chosen claim:c1", "B")
    do(page, "choose", "reason claim:c1", "image_quality")
    write(page, "rationale claim:c1", "Half a sent")
    assert unit(page, "claim:c1")["draft"]["restored"] == ""

    draft = unit(case_page(), "claim:c1")["draft"]

    assert (draft["chosen"], draft["reason"]) == ("B", "image_quality")
    assert draft["rationale"] == "Half a sent"
    assert draft["restored"]
    assert component(case_page(), DESK)["restored"].startswith("Restored what you wrote at")
    assert units_left(study) == {"claim:c1", "criterion:k2"}


def test_without_a_reason_nothing_is_settled_and_the_text_is_kept(study: Workbench) -> None:
    """The message says what is missing."""
    differ(study)
    page = case_page()
    do(page, "choose", "chosen claim:c1", "A")
    write(page, "rationale claim:c1", "Half a sentence")
    do(page, "settle", "claim:c1")
    assert units_left(study) == {"claim:c1", "criterion:k2"}
    assert message(page) == (
        "refused",
        "Choose why the readers differ. What you wrote is kept.",
    )
    assert unit(page, "claim:c1")["draft"]["rationale"] == "Half a sentence"


def test_a_ruling_that_is_sent_twice_is_stored_once(study: Workbench) -> None:
    """A server that fell before it answered is asked again, and knows better."""
    differ(study)
    page = case_page()
    settle(page, "claim:c1", "A")
    do(page, "settle", "claim:c1")
    assert message(page) == ("", "")
    case = study.adjudicating.case(actor("chen"), "first", ITEM)
    assert [one.unit for one in case.ruled] == ["claim:c1"]
    assert component(page, DESK)["receipt"].startswith("Settled: Claim 1. Your receipt 1,")


def test_a_new_criterion_starts_from_the_readers_text(study: Workbench) -> None:
    """The input holds the proposal; what is changed in it becomes the criterion of gold."""
    differ(study)
    page = case_page()
    inputs = {one["name"]: one["value"] for one in unit(page, "criterion:k2")["inputs"]["new"]}
    assert inputs == {
        "text": "Mentions BRAF V600E or MAP2K1 testing",
        "points": "1",
        "required": "required",
        "kind": "binary",
        "maximum": "",
    }
    text = "Mentions testing for BRAF V600E or a MAP kinase gene"
    write(page, "in:text criterion:k2", text)
    write(page, "in:points criterion:k2", "1.5")
    do(page, "choose", "in:required criterion:k2", "optional")
    do(page, "choose", "in:kind criterion:k2", "ordinal")
    write(page, "in:maximum criterion:k2", "4")
    settle(page, "criterion:k2", "new")
    assert units_left(study) == {"claim:c1"}
    case = study.adjudicating.case(actor("chen"), "first", ITEM)
    settled = next(one for one in case.settled if one.unit == "criterion:k2")
    assert settled.value == {
        "action": "edit",
        "text": text,
        "points": 1.5,
        "required": False,
        "kind": "ordinal",
        "maximum": 4,
    }


def test_an_empty_new_text_is_refused_and_settles_nothing(study: Workbench) -> None:
    """A criterion without a text is none."""
    differ(study)
    page = case_page()
    write(page, "in:text criterion:k2", "  ")
    settle(page, "criterion:k2", "new")
    assert message(page) == ("refused", "The criterion is empty. Nothing was settled.")
    assert units_left(study) == {"claim:c1", "criterion:k2"}


def test_a_leak_all_readers_saw_can_be_ruled_not_to_be_one(study: Workbench) -> None:
    """An agreed flag keeps the item out of gold until it is ruled on."""
    read_all(study, "amara", flags=(LEAK,))
    read_all(study, "benoit", flags=(LEAK,))
    assert study.releasing.preview(actor("lena")).ready == 0
    page = case_page()
    assert unit(page, LEAK.unit)["state"] == "leak"
    settle(page, LEAK.unit, "remove")
    assert study.releasing.preview(actor("lena")).ready == 1


def test_what_readers_agree_on_is_counted_and_not_sent(study: Workbench, tmp_path: Path) -> None:
    """Folded means not there; asked for, it is shown."""
    kept = "Kept by both readers, word for word"
    lines = [item_line("003", case="case-3", criteria=[{"key": "a", "text": kept, "points": 1}])]
    report = study.importing.store_file(OPERATOR, write_items(tmp_path / "more", lines))
    assert report.accepted
    open_round(study, "agreed", item_ids=("test/diagnosis/003",))
    read_all(study, "amara", "agreed")
    read_all(study, "benoit", "agreed", verdict=Verdict.CONTRADICTED)
    page = open_page("adjudicate", "chen", item="test/diagnosis/003", round="agreed")
    assert kept not in words(page)
    button(page, "Show the").click().run()
    assert kept in words(page)


def test_a_unit_that_was_ruled_can_be_ruled_again(study: Workbench) -> None:
    """It is shown when asked for, with its readings; the later ruling counts."""
    differ(study)
    page = case_page()
    settle(page, "claim:c1", letter_of(study, "supported"))
    assert [one["state"] for one in component(page, DESK)["units"]] == ["open"]
    button(page, "Show the 1 settled by a ruling").click().run()
    assert unit(page, "claim:c1")["state"] == "ruled"
    settle(page, "claim:c1", "remove")
    case = study.adjudicating.case(actor("chen"), "first", ITEM)
    assert next(one.key for one in case.settled if one.unit == "claim:c1") == "removed"


def test_an_item_still_to_be_read_is_refused_in_words(study: Workbench) -> None:
    """An address made by hand shows no reading before all are in."""
    read_all(study, "amara", comment="Amara's own words")
    page = case_page()
    assert "still waits for 1 reader." in page.warning[0].value.replace("\\", "")
    assert "own words" not in words(page)


def test_a_ruling_on_readings_that_changed_is_refused(study: Workbench) -> None:
    """A revision that comes in between makes the adjudicator look again."""
    differ(study)
    page = case_page()
    do(page, "choose", "chosen claim:c1", "A")
    do(page, "choose", "reason claim:c1", "reader_slip")
    do(page, "choose", "confidence claim:c1", "high")
    write(page, "rationale claim:c1", "As the biopsy shows")
    mine = study.reviewing.own_review(actor("amara"), "first", ITEM)
    assert mine is not None
    first, *others = mine.body.claims
    claims = (first.model_copy(update={"note": "On a second look."}), *others)
    assert first.claim_id == "c1"
    body = mine.body.model_copy(update={"claims": claims})
    study.reviewing.submit(
        actor("amara"), "first", ITEM, body, item_version=1, idempotency_key="again"
    )
    do(page, "settle", "claim:c1")
    assert message(page) == ("refused", "A reading changed since you opened the item. Look again.")
    assert units_left(study) == {"claim:c1", "criterion:k2"}
    draft = unit(page, "claim:c1")["draft"]
    assert (draft["chosen"], draft["outdated"]) == ("", True)
    assert draft["rationale"] == "As the biopsy shows"


def test_a_stale_ruling_comes_back_with_what_changed(study: Workbench) -> None:
    """The unit is open again; above its readings stand the old ruling and the difference."""
    differ(study)
    page = case_page()
    settle(page, "claim:c1", letter_of(study, "supported"))
    mine = study.reviewing.own_review(actor("benoit"), "first", ITEM)
    assert mine is not None
    claims = (ClaimReading(claim_id="c1", verdict=Verdict.CONTRADICTED),)
    workbench().reviewing.submit(  # by the clock of the screens, so that it comes later
        actor("benoit"),
        "first",
        ITEM,
        mine.body.model_copy(update={"claims": claims}),
        item_version=1,
        idempotency_key="again",
    )
    [block] = unit(case_page(), "claim:c1")["blocks"]
    assert block["kind"] == "changed"
    assert block["lines"][:2] == ["Supported", "A reader's slip · High certainty"]
    assert [one["words"] for one in block["readings"]] == ["Partly supported → Contradicted"]


def test_a_second_adjudicator_is_shown_the_first_ruling_and_can_agree(study: Workbench) -> None:
    """What they were writing stays; agreeing stores a ruling of their own."""
    study.people.add(OPERATOR, SECOND)
    differ(study)
    first, second = case_page(), open_page("adjudicate", "sofia", item=ITEM, round="first")
    do(second, "choose", "chosen claim:c1", "B")
    do(second, "choose", "reason claim:c1", "rubric_gap")
    do(second, "choose", "confidence claim:c1", "low")
    settle(first, "claim:c1", "A")

    do(second, "settle", "claim:c1")

    kind, words_ = message(second)
    assert kind == "refused" and "Another adjudicator settled" in words_
    shown = unit(second, "claim:c1")
    assert shown["draft"]["chosen"] == "B"
    assert [(one["kind"], one["agrees"]) for one in shown["blocks"]] == [
        ("settled by another", True)
    ]
    do(second, "agree", "claim:c1")
    earlier = study.adjudicating.case(actor("chen"), "first", ITEM).earlier["claim:c1"]
    assert (earlier.revision, earlier.chosen, earlier.mine) == (2, "A", False)


def test_a_unit_is_handed_on_with_a_note_and_leaves_the_desk(study: Workbench) -> None:
    """The other finds it first in their list, and the note above the readings."""
    study.people.add(OPERATOR, SECOND)
    differ(study)
    page = case_page()
    do(page, "choose", "to_person claim:c1", "sofia")
    write(page, "note claim:c1", "You know bone better.")
    do(page, "hand-on", "claim:c1")
    shown = component(page, DESK)
    assert [one["unit"] for one in shown["units"]] == ["criterion:k2"]
    assert shown["progress"] == "0 of 2 units settled, 1 handed on"
    assert shown["receipt"] == "Handed on to Sofia Rossi: Claim 1."

    listed = open_page("adjudicate", "sofia")
    assert [text.value for text in listed.text if "handed on" in text.value] == [
        "1 handed on to you"
    ]
    other = open_page("adjudicate", "sofia", item=ITEM, round="first")
    [block] = unit(other, "claim:c1")["blocks"]
    assert (block["kind"], block["lines"]) == ("handed on", ["You know bone better."])


@given(texts.text(), texts.text())
def test_both_texts_can_be_put_together_from_their_differences(old: str, new: str) -> None:
    """What is the same or removed is the old text; what is the same or added is the new one."""
    parts = differences(old, new)
    assert "".join(part.text for part in parts if part.kind != "added") == old
    assert "".join(part.text for part in parts if part.kind != "removed") == new


def test_a_changed_word_is_marked_and_its_neighbours_are_not() -> None:
    """The difference is shown word by word, not letter by letter."""
    parts = differences("Treat with 10 mg daily.", "Treat with 20 mg daily.")
    assert {(part.kind, part.text) for part in parts} == {
        ("same", "Treat with "),
        ("removed", "10 "),
        ("added", "20 "),
        ("same", "mg daily."),
    }


def test_an_audited_item_is_confirmed_with_one_press(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is no dispute: what the readers settled stands there, and each unit can be ruled on."""
    lines = [item_line("001"), item_line("002", case="case-2")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench, routing=STANDARD.model_copy(update={"audit_share": 1.0}))
    read_all(bench, "amara")
    read_all(bench, "benoit")
    serve(bench, monkeypatch, tmp_path)
    page = case_page()
    assert "Drawn for the audit" in words(page)
    shown = component(page, DESK)
    assert shown["progress"] == "Nothing is disputed"
    assert [one["state"] for one in shown["units"]] == ["agreed"] * 6

    button(page, "All is right").click().run()

    assert message(page) == ("", "")
    receipt = component(page, DESK)["receipt"]
    assert receipt.startswith("Audit confirmed. Your receipt 1, ")
    assert "The audit confirmed" in words(page)
    assert units_left(bench) == set()


def test_a_dispute_says_why_it_is_there(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In words; and of evidence, what each reader marked."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench, routing=STANDARD)
    sha256 = bench.browsing.item(OPERATOR, ITEM).item.content.images[0].sha256
    for reader, x in (("amara", 0), ("benoit", 60)):
        box = ImageBox(sha256=sha256, x=x, y=0, width=20, height=20)
        claim = ClaimReading(claim_id="c1", verdict=Verdict.SUPPORTED, evidence=(box,))
        read_all(bench, reader, claims=(claim,))
    serve(bench, monkeypatch, tmp_path)
    page = case_page()
    assert "The boxes marked as evidence differ" in words(page)
    assert "Evidence of claim 1" in words(page)
    assert "1 place marked" in words(page)
    shown = unit(page, "field:evidence:c1")
    assert [one["reader"] for one in shown["readings"]] == ["A", "B"]
    assert (shown["merges"], shown["writes"], len(shown["offered"])) == (True, True, 2)
    settle(page, "field:evidence:c1", "merge")
    assert units_left(bench) == set()


@pytest.fixture
def boxes(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study in which two readers agree on a verdict and mark other places for it."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    rule = STANDARD.model_copy(update={"audit_share": 0.0})
    open_round(bench, routing=rule)
    image = bench.browsing.item(OPERATOR, ITEM).item.content.images[0]
    for reader, x in (("amara", 0), ("benoit", 60)):
        box = ImageBox(sha256=image.sha256, x=x, y=0, width=20, height=20)
        claim = ClaimReading(claim_id="c1", verdict=Verdict.SUPPORTED, evidence=(box,))
        read_all(bench, reader, claims=(claim,))
    serve(bench, monkeypatch, tmp_path)
    return bench


EVIDENCE_UNIT = "field:evidence:c1"


def mark(page: AppTest, name: str, piece: dict[str, Any] | None) -> None:
    """Mark a piece of evidence for the claim as the viewer or the text would, or take it back."""
    value = None if piece is None else json.dumps(piece)
    do(page, "mark", f"{name} {EVIDENCE_UNIT}", value)


def test_evidence_is_taken_piece_by_piece_and_added_to(boxes: Workbench) -> None:
    """One reader's box, a box of one's own that was moved once, and words of the case."""
    item = boxes.browsing.item(OPERATOR, ITEM).item
    page = case_page()
    theirs = unit(page, EVIDENCE_UNIT)["offered"]
    do(page, "choose", f"chosen {EVIDENCE_UNIT}", "merge")
    do(page, "tick", EVIDENCE_UNIT, [theirs[0]["name"]])
    box = {"type": "box", "sha256": item.content.images[1].sha256}
    at = {"x": 5, "y": 6, "width": 7, "height": 8, "label": "here"}
    mark(page, "box-1", {**box, **at})
    mark(page, "box-1", {**box, **at, "x": 9})
    mark(page, "box-2", {**box, **at})
    mark(page, "box-2", None)
    mark(page, "words-1", {"type": "words", "field": "context", "start": 2, "end": 13})
    own = unit(page, EVIDENCE_UNIT)["own"]
    assert [piece["words"] for piece in own] == ["Box on image 2, here", "“54-year-old”"]

    do(page, "choose", f"reason {EVIDENCE_UNIT}", "reader_slip")
    do(page, "choose", f"confidence {EVIDENCE_UNIT}", "high")
    do(page, "settle", EVIDENCE_UNIT)

    boxes.releasing.release(actor("lena"))
    [gold] = boxes.releasing.page(OPERATOR, 1)
    links = [link.model_dump() for link in gold.body.claims[0].evidence]
    assert sorted(link["type"] for link in links) == ["box", "box", "span"]
    assert {link["x"] for link in links if link["type"] == "box"} == {0, 9}
    assert [link["quote"] for link in links if link["type"] == "span"] == ["54-year-old"]


def test_what_is_marked_outside_the_item_is_refused_in_words_and_nothing_is_kept(
    boxes: Workbench,
) -> None:
    """A box that leaves its image, words that are not there, and what cannot be read."""
    sha256 = boxes.browsing.item(OPERATOR, ITEM).item.content.images[0].sha256
    page = case_page()
    outside = {"type": "box", "sha256": sha256, "x": 110, "y": 0, "width": 90, "height": 5}
    far = {"type": "words", "field": "context", "start": 5, "end": 9_999}
    for piece, why in ((outside, "leaves the"), (far, "not inside"), ({"type": "x"}, "be read")):
        mark(page, "box-1", piece)
        assert why in message(page)[1]
        assert unit(page, EVIDENCE_UNIT)["own"] == []
    do(page, "mark", "box-1 check:answer_correct", json.dumps(outside))
    assert boxes.adjudicating.drafts(actor("chen"), "first", ITEM) == {}


def test_evidence_without_any_piece_settles_nothing(boxes: Workbench) -> None:
    """A slip of the hand does not become gold."""
    page = case_page()
    settle(page, EVIDENCE_UNIT, "new")
    assert "Nothing is ticked" in message(page)[1]
    assert unit(page, EVIDENCE_UNIT)["state"] == "open"


def test_what_two_windows_write_in_one_place_is_kept_until_one_is_chosen(
    study: Workbench,
) -> None:
    """The second is asked, with both texts; it settles nothing before; both can be kept."""
    differ(study)
    first, second = case_page(), case_page()
    write(first, "rationale claim:c1", "From the first window.")
    for what, said in (("chosen", "A"), ("reason", "reader_slip"), ("confidence", "high")):
        do(second, "choose", f"{what} claim:c1", said)
    write(second, "rationale claim:c1", "From the", upon="")
    write(second, "rationale claim:c1", "From the second.", upon="")
    drafts = study.adjudicating.drafts(actor("chen"), "first", ITEM)
    assert drafts["claim:c1"].rationale == "From the first window."
    shown = words(second)
    assert "From the first window." in shown and "From the second." in shown

    do(second, "settle", "claim:c1")
    assert "Choose above" in message(second)[1]
    assert "claim:c1" in units_left(study)

    button(second, "Keep both").click().run()
    drafts = study.adjudicating.drafts(actor("chen"), "first", ITEM)
    assert drafts["claim:c1"].rationale == "From the first window.\nFrom the second."
    assert "Both are kept until you choose" not in words(second)
    do(second, "settle", "claim:c1")
    assert "claim:c1" not in units_left(study)


@pytest.mark.parametrize(
    ("answer", "stands"), [("Keep the other", "First."), ("Take mine", "Second.")]
)
def test_one_of_two_texts_can_be_chosen(study: Workbench, answer: str, stands: str) -> None:
    """The other is gone because somebody said so."""
    differ(study)
    first, second = case_page(), case_page()
    write(first, "rationale claim:c1", "First.")
    write(second, "rationale claim:c1", "Second.", upon="")
    button(second, answer).click().run()
    drafts = study.adjudicating.drafts(actor("chen"), "first", ITEM)
    assert drafts["claim:c1"].rationale == stands
    assert "Both are kept until you choose" not in words(second)


def test_what_is_typed_on_a_unit_that_another_window_settled_is_there_still(
    study: Workbench,
) -> None:
    """The unit stays on the desk of who was at it, with their words."""
    differ(study)
    first, second = case_page(), case_page()
    settle(first, "claim:c1", "A")
    write(second, "rationale claim:c1", "Written too late.", upon="")
    assert unit(second, "claim:c1")["draft"]["rationale"] == "Written too late."
    assert unit(second, "claim:c1")["state"] == "ruled"
